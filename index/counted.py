"""Which documents a query counts: all that satisfy it exactly, not the best of them.

Words must all occur, in the document or a file attached to it, in any form that the keyword
index takes for the same; filters must hold whether they were typed or understood, since a
count that prefers says nothing. An attachment is part of its mail unless files are asked for.

Where indexes alone tell what is asked, no row of `document` is read, which would take 10 µs
each; 100,000 documents are counted in 60 to 100 ms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from index.filters import condition, listed
from index.keywords import STOPWORDS, terms
from index.query import Field, Filter, Query, written

DAY_S: Final = 86_400
_EPOCH_DAYS: Final = 1_000_000
"""Added before a division and taken away after it, so that days before 1970 round down, too."""

_MAIL: Final = frozenset("mail mails email emails message messages".split())
"""What `mails from Anna` is about is not mail."""

_EARLIEST: Final = -1e12
_LATEST: Final = 1e12


@dataclass(frozen=True, slots=True)
class Counted:
    """Documents as SQL: `WITH … AS` of ids and points in time, and its values."""

    sql: str
    """Of a table `counted(id, at)`; `at` is in seconds, NULL without a date."""
    values: tuple[object, ...]
    said: str
    """The query as it is counted, in operators and words."""


def local_zone() -> tzinfo:
    """The zone whose days are counted: that of `during:` in a search."""
    return datetime.now().astimezone().tzinfo or UTC


def day_number(zone: tzinfo, column: str = "at") -> str:
    """An SQL expression: whole days from 1970 to a point in time, in a fixed zone."""
    offset = datetime.now(zone).utcoffset()
    seconds = _EPOCH_DAYS * DAY_S + (offset.total_seconds() if offset else 0.0)
    return f"(CAST(({column} + {seconds:.0f}) / {DAY_S} AS INTEGER) - {_EPOCH_DAYS})"


def counted(query: Query) -> Counted:
    """The documents that satisfy all of `query`."""
    spans = [f for f in query.filters if f.field is Field.DURING and not f.negated]
    others = [f for f in query.filters if f not in spans]
    looked_for = _words(query)
    said = " ".join(
        [*looked_for, *(f'"{p}"' for p in query.phrases), *map(written, query.filters)]
    )
    if listed(others)[0] == condition(others)[0]:  # files are asked for
        return Counted(*_of_rows(query.filters, looked_for, query.phrases), said)
    return Counted(*_of_indexes(spans, others, looked_for, query.phrases), said)


def _of_indexes(
    spans: Sequence[Filter],
    others: Sequence[Filter],
    words: Sequence[str],
    phrases: Sequence[str],
) -> tuple[str, tuple[object, ...]]:
    """Dates from the index of dates, and ids of the rest."""
    start = max((f.start.timestamp() for f in spans if f.start), default=_EARLIEST)
    end = min((f.end.timestamp() for f in spans if f.end), default=_LATEST)
    parts = ["d.created_s >= ? AND d.created_s < ?"]
    values: list[object] = [start, end]
    held: list[str] = []
    if others:
        where, more = condition(others)
        held.append(f"d.id IN (SELECT d.id FROM document d WHERE {where})")
        values += more
    for phrase in (*words, *phrases):
        held.append(f"d.id IN ({_MENTION})")
        values += [_expression(phrase)] * 2
    held.append("d.id NOT IN (SELECT id FROM document WHERE duplicate_of IS NOT NULL)")
    held.append("d.id NOT IN (SELECT id FROM document WHERE within_id IS NOT NULL)")
    sql = (
        "WITH counted(id, at) AS (SELECT d.id, d.created_s"
        f" FROM document d INDEXED BY document_created WHERE {' AND '.join([*parts, *held])}"
    )
    if not spans:
        # NULL is in the index, but in no range of it.
        sql += (
            " UNION ALL SELECT d.id, NULL FROM document d INDEXED BY document_created"
            f" WHERE d.created_s IS NULL AND {' AND '.join(held)}"
        )
        values += values[2:]
    return sql + ")", tuple(values)


def _of_rows(
    filters: Sequence[Filter], words: Sequence[str], phrases: Sequence[str]
) -> tuple[str, tuple[object, ...]]:
    """Files, with the date of the mail they came with."""
    where, values = condition(filters)
    for phrase in (*words, *phrases):
        where += f" AND d.id IN ({_HELD})"
        values = [*values, _expression(phrase)]
    sql = (
        "WITH counted(id, at) AS MATERIALIZED (SELECT d.id, coalesce(w.created_s, d.created_s)"
        f" FROM document d LEFT JOIN document w ON w.id=d.within_id WHERE {where})"
    )
    return sql, tuple(values)


_HELD: Final = (
    "SELECT c.document_id FROM keywords CROSS JOIN chunk c ON c.id=keywords.rowid"
    " WHERE keywords MATCH ?"
)
_MENTION: Final = (
    f"{_HELD} UNION ALL SELECT f.within_id FROM document f"
    f" WHERE f.within_id IS NOT NULL AND f.id IN ({_HELD})"
)
"""Documents that hold words, or come with a file that does."""


def _words(query: Query) -> list[str]:
    """What is looked for, without what became a filter or a phrase, and small words."""
    text = query.words
    for phrase in query.phrases:
        text = re.sub(rf"[\"“”„«]\s*{re.escape(phrase)}\s*[\"“”»]", " ", text)
    for one in query.filters:
        for said in one.said.split(" … "):
            if said:
                text = re.sub(rf"\b{re.escape(said)}", " ", text, flags=re.IGNORECASE)
    understood = any(not one.stated for one in query.filters)
    left_out = STOPWORDS | _MAIL if understood else STOPWORDS
    return [word for word in terms(text) if word not in left_out]


def _expression(phrase: str) -> str:
    """Words side by side, for FTS5; signs between them mean nothing."""
    return '"' + " ".join(re.findall(r"\w+", phrase)) + '"'
