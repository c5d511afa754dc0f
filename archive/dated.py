"""An answer to "when" is a date, whatever the source calls it.

"When did she give the speech?" is told by "my speech last week" in a note of 9 June 2003. A
small model answers "last week", or takes the note's own date for that of the speech; so where
the source says when by its distance, the date is reckoned (`archive/reckoning.py`), and both
are shown. A day or month without its year gets that (`archive/yearless.py`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from archive.elsewhere import coverage
from archive.evidence import Evidence
from archive.reckoning import Reckoned, reckoned
from archive.values import values
from archive.yearless import with_year
from index.rank import Asked
from index.words import sentences, stem, words

_QUOTED = re.compile(
    r"^\s*(?:>|-{3,}\s*original message|-{3,}.{0,30}forwarded|begin forwarded message"
    r"|on .{6,80}wrote:$)",
    re.IGNORECASE | re.MULTILINE,
)
_NEAR = 0.5
"""What the words of the sentences beside one count, when it is asked which tells of a thing."""

_LEAST_BEARING = 0.7
"""Of the best sentence's bearing on the question, how much one needs to give its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """An answer made of a relative time."""

    text: str
    """The model's words with the date in them, or the date alone."""

    start: int
    """The sentence that says it, offsets in the source's text."""

    end: int

    by_code: bool
    """True if the model's words gave no time that the source gives."""


@dataclass(frozen=True, slots=True)
class _Said:
    start: int
    end: int
    bearing: float
    times: tuple[Reckoned, ...]


def dated(answer: str, asked: Asked, source: Evidence) -> Dated | None:
    """The answer to a question for a time, if its source gives that by a distance."""
    if asked.kind != "time":
        return None
    told = _told(asked, source)
    if (whole := _of_a_year(answer, told, source)) is not None:
        return whole
    with_times = [one for one in told if one.times]
    if not with_times:
        return None
    for one in with_times:
        for time in one.times:
            if (at := answer.lower().find(time.said.lower())) >= 0:
                behind = at + len(time.said)
                text = f"{answer[:behind]} ({time.means}){answer[behind:]}"
                return Dated(text=text, start=one.start, end=one.end, by_code=False)
    if _names_another_time(answer, source):
        return None
    best = max(with_times, key=lambda one: one.bearing)
    if best.bearing < _LEAST_BEARING * max(one.bearing for one in told):
        return None
    time = best.times[0]
    here = source.text[best.start : best.end]
    clocks = (one.said for one in values(answer, "time") if one.sort == "clock")
    clock = next((said for said in clocks if said in here), "")
    text = f"{time.means}{clock and f', {clock}'} (“{time.said}”)"
    text = text[:1].upper() + text[1:]
    return Dated(text=text, start=best.start, end=best.end, by_code=True)


def _of_a_year(answer: str, told: Sequence[_Said], source: Evidence) -> Dated | None:
    """The answer with the year of its day or month, where the source leaves that out."""
    for one in sorted(told, key=lambda one: -one.bearing):
        day = said_on(source, one.start)
        if day is None:
            continue
        if (text := with_year(answer, source.text[one.start : one.end], day)) is not None:
            return Dated(text=text, start=one.start, end=one.end, by_code=False)
    return None


def said_on(source: Evidence, start: int) -> date | None:
    """The day on which what stands at an offset of a source was said. None if unclear."""
    passage = source.passage
    here = source.start + start
    when = passage.date
    if passage.turns:
        number = bisect_right(passage.turns, here, key=lambda turn: turn.start) - 1
        when = passage.turns[max(0, number)].at or when
    elif _QUOTED.search(passage.text, 0, max(0, here - passage.start)):
        return None  # what somebody quotes was written before
    return None if when is None else when.date()


def _told(asked: Asked, source: Evidence) -> list[_Said]:
    spans = list(sentences(source.text))
    held = [{stem(word) for word in words(source.text[slice(*span)])} for span in spans]
    told = []
    for number, (start, end) in enumerate(spans):
        near = set().union(*held[max(0, number - 1) : number + 2])
        bearing = coverage(asked, held[number])
        bearing += _NEAR * (coverage(asked, near | held[number]) - bearing)
        day = said_on(source, start)
        times = reckoned(source.text[start:end], day) if day is not None else ()
        told.append(_Said(start, end, bearing, times))
    return told


def _names_another_time(answer: str, source: Evidence) -> bool:
    """Whether the words give a day or a year of the source's text that is not just its own."""
    own = source.passage.date
    return any(
        one.said in source.text
        and (
            one.sort == "weekday"
            or (one.sort == "year" and (own is None or one.what != (own.year,)))
            or (
                one.sort == "date"
                and (
                    own is None
                    or one.what[:2] != (own.month, own.day)
                    or one.what[2] not in ("", own.year)
                )
            )
        )
        for one in values(answer, "time")
    )
