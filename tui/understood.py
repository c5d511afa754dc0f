"""How a query was understood, in a line or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.clean import one_line

if TYPE_CHECKING:
    from index.query import Filter, Query


def understood(query: Query) -> str:
    """The filters as operators, each with the words it was taken from.

    Empty if there are none, or if they stand in the query just so.
    """
    from index.query import written

    if all(each.stated and written(each) in query.text for each in query.filters):
        return ""
    return "  ".join(told(each) for each in query.filters)


def told(condition: Filter) -> str:
    """`during:2004-03 (from "in March 2004")`; a name that was said as it is, once."""
    from index.query import written

    operator = one_line(written(condition))
    value = operator.partition(":")[2].strip('"')
    if condition.said.casefold() == value.casefold():
        return operator
    return f'{operator} (from "{one_line(condition.said)}")' if condition.said else operator


def guessed(query: Query) -> bool:
    """Whether plain words were taken for more than words."""
    return any(not each.stated for each in query.filters)
