"""An archive by time: how many documents on each day, month and year, and when it was silent.

SQL counts by day; months, years and silences are sums over at most some ten thousand days.
All of an archive of 100,000 mails is counted in about 60 ms. Days are days in the zone that a
search uses, so that a month's count is that of `during:2004-03`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import pairwise
from statistics import median
from typing import Final

from index.counted import counted, day_number, local_zone
from index.query import Query

_FIRST_DAY: Final = date(1970, 1, 1)
_YEAR_DAYS: Final = 365
REGULAR_DAYS: Final = 6
"""Contact on so many days of the year before makes it regular."""
SILENT_DAYS: Final = 120
TIMES_USUAL: Final = 6
"""A silence is so many times longer than the pauses were before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A stretch without a document."""

    last: date
    """The last day before it."""
    next: date | None
    """The day it ended. None: it lasts to the end of the archive."""
    days: int
    before: int
    """Documents in the 365 days up to `last`."""
    usual_days: float
    """The median pause between two days with documents in that year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """How many documents, by day."""

    said: str
    """The query as it was counted. Empty: everything."""
    days: Mapping[date, int]
    """Days without any are not in it; ascending."""
    undated: int
    remarks: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Every document that was counted."""
        return sum(self.days.values()) + self.undated

    def years(self) -> dict[int, int]:
        """From the first year to the last, empty ones between them too."""
        found = Counter[int]()
        for day, number in self.days.items():
            found[day.year] += number
        return (
            {year: found[year] for year in range(min(found), max(found) + 1)} if found else {}
        )

    def months(self, year: int) -> tuple[int, ...]:
        """The twelve months of a year."""
        found = [0] * 12
        for day, number in self.days.items():
            if day.year == year:
                found[day.month - 1] += number
        return tuple(found)

    def on(self, day: date) -> dict[int, int]:
        """How many there are on this day of each year that has any."""
        return {
            each.year: number
            for each, number in self.days.items()
            if (each.month, each.day) == (day.month, day.day)
        }

    def silences(self, most: int = 3) -> list[Silence]:
        """The longest stretches without a document, at least two days each."""
        days = list(self.days)
        pairs = [(later - earlier, earlier, later) for earlier, later in pairwise(days)]
        pairs.sort(key=lambda pair: (-pair[0], pair[1]))
        return [
            _silence(self.days, days, earlier, later)
            for gap, earlier, later in pairs[:most]
            if gap.days > 1
        ]


def timeline(
    connection: sqlite3.Connection, query: Query, zone: tzinfo | None = None
) -> Timeline:
    """Count the documents that satisfy all of `query`, by day."""
    among = counted(query)
    rows = connection.execute(
        f"{among.sql} SELECT {day_number(zone or local_zone())} AS day, count(*)"
        " FROM counted GROUP BY day ORDER BY day",
        among.values,
    ).fetchall()
    return Timeline(
        said=among.said,
        days={as_date(day): number for day, number in rows if day is not None},
        undated=sum(number for day, number in rows if day is None),
        remarks=query.remarks,
    )


def on_this_day(
    connection: sqlite3.Connection,
    query: Query,
    day: date,
    *,
    each: int = 5,
    zone: tzinfo | None = None,
) -> list[int]:
    """Documents of this day of any year, at most `each` a year; the latest year first."""
    among = counted(query)
    number = day_number(zone or local_zone())
    rows = connection.execute(
        f"{among.sql}, placed AS (SELECT id, at, {number} AS day FROM counted"
        " WHERE at IS NOT NULL), numbered AS (SELECT id, at, day, row_number() OVER"
        " (PARTITION BY day ORDER BY at, id) AS place FROM placed"
        " WHERE strftime('%m-%d', day * 86400, 'unixepoch') = ?)"
        " SELECT id FROM numbered WHERE place <= ? ORDER BY day DESC, at, id",
        (*among.values, f"{day:%m-%d}", each),
    )
    return [row[0] for row in rows]


def lapses(days: Mapping[date, int], until: date | None = None) -> list[Silence]:
    """When regular contact broke off: silences that are long against the year before.

    `days` ascend; `until` is the last day of the archive, to which the last silence lasts.
    """
    at = list(days)
    following: Sequence[date | None] = [*at[1:], None]
    found = []
    for last, later in zip(at, following, strict=False):
        end = later or until
        if end is None or (end - last).days < SILENT_DAYS:
            continue
        one = _silence(days, at, last, later, end)
        recent = _within_year(at, last)
        if len(recent) >= REGULAR_DAYS and one.days >= TIMES_USUAL * one.usual_days:
            found.append(one)
    return sorted(found, key=lambda one: (-one.days, one.last))


def by_day(rows: Iterable[tuple[int, int]]) -> dict[date, int]:
    """Counts by the number of the day, ascending, as counts by date."""
    return {as_date(day): number for day, number in rows}


def as_date(day: int) -> date:
    """The date of a day's number; what no calendar holds is put to its ends."""
    try:
        return _FIRST_DAY + timedelta(days=day)
    except OverflowError:
        return date.min if day < 0 else date.max


def _within_year(at: Sequence[date], last: date) -> list[date]:
    return [day for day in at if 0 <= (last - day).days < _YEAR_DAYS]


def _silence(
    days: Mapping[date, int],
    at: Sequence[date],
    last: date,
    later: date | None,
    end: date | None = None,
) -> Silence:
    recent = _within_year(at, last)
    pauses = [(b - a).days for a, b in pairwise(recent)]
    until = later or end or last
    return Silence(
        last=last,
        next=later,
        days=(until - last).days,
        before=sum(days[day] for day in recent),
        usual_days=float(median(pauses)) if pauses else 0.0,
    )
