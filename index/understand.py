"""A question understood: who, when, what kind, in which order, and what it asks for.

Rules and tables, no model: about a millisecond. What is typed as an operator is demanded;
what plain words say is preferred, and left alone as soon as an operator of the same sort
(people, time, kind …) is typed. `Query.words` keeps every word that is no operator.
"""

from __future__ import annotations

import re
from datetime import date, tzinfo

from index import towhom, when, wording
from index.operators import span_filter, typed
from index.query import PEOPLE, Field, Filter, People, Query

_PHRASE = re.compile(r"[\"“”„«]([^\"“”„«»]*\w[^\"“”„«»]*)[\"“”»]")


def understand(
    text: str,
    *,
    people: People,
    today: date,
    zone: tzinfo,
    day_first: bool | None = None,
) -> Query:
    """What `text` asks for. Days are days in `zone`; `day_first` as in `when.read`."""
    typed_in = typed(text, people=people, today=today, zone=zone, day_first=day_first)
    words = typed_in.words
    # A quoted phrase is looked for as it stands; names and dates in it say nothing.
    plain = _PHRASE.sub(lambda found: "_" * len(found[0]), words)
    stated = {_sort(each) for each in typed_in.filters}
    remarks = list(typed_in.remarks)
    found: list[Filter] = []
    if "time" not in stated:
        spans, notes = _spans(plain, today, zone, day_first)
        found += spans
        remarks += notes
    plain_names = plain if "time" in stated else _without(plain, today, day_first)
    if "people" not in stated:
        found += towhom.understood(plain_names, people)
    found += [each for each in wording.things(plain, words) if _sort(each) not in stated]
    return Query(
        text=text,
        words=words,
        phrases=tuple(" ".join(each[1].split()) for each in _PHRASE.finditer(words)),
        filters=(*typed_in.filters, *found),
        order=wording.order(plain),
        asks=wording.asks(plain),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _sort(one: Filter) -> str:
    """Filters of one sort are either all typed or all understood."""
    if one.field in PEOPLE:
        return "people"
    return "time" if one.field is Field.DURING else one.field.value


def _spans(
    text: str, today: date, zone: tzinfo, day_first: bool | None
) -> tuple[list[Filter], tuple[str, ...]]:
    found, remarks = when.find(text, today, day_first=day_first)
    if not found:
        events = tuple(f"“{clause}” has no date I know" for clause in when.undated(text))
        return [], (*remarks, *events)
    span = found[0].span
    for each in found[1:]:
        span = span.narrowed(each.span)
    said = " … ".join(each.said for each in found)
    return [span_filter(span, zone, stated=False, said=said)], remarks


def _without(text: str, today: date, day_first: bool | None) -> str:
    """The text with its dates blanked: nobody is called `May 2001`."""
    for each in when.find(text, today, day_first=day_first)[0]:
        text = text[: each.start] + "," * (each.end - each.start) + text[each.end :]
    return text
