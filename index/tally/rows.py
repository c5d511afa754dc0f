"""What was counted, as values, and the orders it can be listed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from index.countable import Form, Wanted, What


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was counted."""

    label: str
    """Subject, name of a person, a file or a chat."""

    who: str = ""
    """Of a message who wrote it, of a person the addresses, of a thread who takes part."""

    count: int = 1
    """Messages of a person or a thread."""

    first: datetime | None = None
    last: datetime | None = None

    document_id: int = 0
    """Where to read it; of a thread its first message. 0 for a person."""

    id: str = ""
    """That document's id in a citation. Empty for a person."""

    members: tuple[int, ...] = ()
    """Of a thread all its messages, the oldest first. Otherwise empty."""

    span: tuple[int, int] | None = None
    """The turn of a chat that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was counted, and every one of it."""

    wanted: Wanted
    rows: tuple[Row, ...]
    """Messages, attachments and documents by date, people and threads with the most first."""

    besides: int = 0
    """Senders or receivers that are lists and machines; they are not counted as people."""

    chats: int = 0
    """How many of the messages are turns of chats."""

    undated: int = 0
    """Documents without a date that fit otherwise, where a time was asked for."""

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.rows)

    @property
    def periods(self) -> tuple[tuple[str, int], ...]:
        """How many in each day, month or year that was asked for, the earliest first.

        Months and years between that have none are there with 0. Days are those here.
        """
        written = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}.get(self.wanted.per)
        dates = [row.first.astimezone() for row in self.rows if row.first is not None]
        if written is None or not dates:
            return ()
        found: dict[str, int] = {}
        if self.wanted.per != "day":
            months = range(_month(min(dates)), _month(max(dates)) + 1)
            found = {datetime(m // 12, m % 12 + 1, 1).strftime(written): 0 for m in months}
        for at in sorted(dates):
            name = at.strftime(written)
            found[name] = found.get(name, 0) + 1
        return tuple(found.items())


def _month(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def narrowed(found: Tally) -> Tally:
    """Only what a question asks for of all that fits: the first, the last, the longest."""
    form, rows = found.wanted.form, found.rows
    dated = tuple(row for row in rows if row.first is not None) or rows
    if form is Form.FIRST:
        rows = dated[:1]
    elif form is Form.LAST:
        rows = dated[-1:]
    elif form is Form.MOST and found.wanted.what is What.THREADS:
        rows = tuple(row for row in rows if row.count == rows[0].count)
    return replace(found, rows=rows)


def by_date(row: Row) -> tuple[bool, float, int]:
    """What rows are sorted by: the oldest first, those without a date last."""
    return row.first is None, row.first.timestamp() if row.first else 0.0, row.document_id


def sorted_rows(found: Tally, order: str) -> Tally:
    """The same by `date`, newest first with `newest`; by `name`; by `count`, most first."""
    if order == "name":
        rows = sorted(found.rows, key=lambda row: (row.label.casefold(), by_date(row)))
    elif order == "count":
        rows = sorted(found.rows, key=lambda row: (-row.count, row.label.casefold()))
    else:
        dated = [row for row in found.rows if row.first is not None]
        dated.sort(key=by_date, reverse=order == "newest")
        rows = [*dated, *(row for row in found.rows if row.first is None)]
    return replace(found, rows=tuple(rows))
