"""A date as it is named in a text, where it stands: `March 2004`, `two weeks ago`.

English, and the months, seasons and commonest phrases of German, French and Spanish.
Everything is read by regular expressions at a place in a text: a fifth of a millisecond
for a question.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date

from index.dategrammar import GRAMMAR
from index.days import in_year


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date or a stretch of time as it is named: `length` characters of text."""

    length: int

    start: date
    end: date
    """First day after it."""

    grain: str
    """`day`, `month`, `year`, `named` (a season, a holiday, a part of something) or
    `relative`."""

    point: date | None = None
    """The day itself, where a stretch around it is meant as well: `two weeks ago`."""

    yearless: bool = False
    """It names no year, and stands in the year of `today` until something says better."""

    def in_year(self, year: int) -> Moment:
        """The same in another year."""
        shift = year - self.start.year
        return Moment(
            length=self.length,
            start=in_year(self.start, self.start.year + shift),
            end=in_year(self.end, self.end.year + shift),
            grain=self.grain,
        )


def day_first_here() -> bool:
    """Whether 3/5/2004 is the third of May where this runs: all but the United States."""
    for name in ("LC_ALL", "LC_TIME", "LANG"):
        if value := os.environ.get(name, ""):
            return not value.startswith(("en_US", "C", "POSIX"))
    return False


def moment(text: str, at: int, today: date, *, day_first: bool) -> Moment | None:
    """The longest date that begins at `text[at]`. None if none does."""
    best: Moment | None = None
    for pattern, build in GRAMMAR:
        if (found := pattern.match(text, at)) is None:
            continue
        try:
            spans = build(found, today, day_first)
        except (ValueError, OverflowError):  # the 31st of June
            continue
        if spans is None:
            continue
        length = found.end() - at
        if best is None or length > best.length:
            start, end, grain, *more = spans
            point = more[0] if more else None
            best = Moment(
                length=length,
                start=start,
                end=end,
                grain=grain.removesuffix("?"),
                point=point,
                yearless=grain.endswith("?"),
            )
    return best
