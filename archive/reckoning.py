"""What a relative time in a dated text means: "last week" in a letter of 7 July 2003.

Whoever asks when something was wants a date; whoever wrote it down said "yesterday". What is
reckoned is said as exactly as the words were: "yesterday" is a day, "last month" a month, "last
week" only "the week before 7 July 2003". The grammar is that of questions (`index/moments.py`),
and a few phrases that are said rather than asked. A bare "Friday" is left alone: is it the last
or the next? Pure, some 0.6 ms a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from index.datewords import WEEKDAYS
from index.days import DAY, around, back
from index.moments import Moment, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """A relative time and what it means."""

    start: int
    """Offset in the text."""

    said: str
    """`text[start:start + len(said)]`, such as `last week`."""

    means: str
    """Such as `the week before 7 July 2003`."""

    day: date | None = None
    """If it is one."""

    @property
    def end(self) -> int:
        """Offset in the text behind it."""
        return self.start + len(self.said)


_PLACE = re.compile(r"(?<![\w'’-])(?=[A-Za-zÀ-ÿ\d])")
_WORD = re.compile(r"[\w'’-]+")
_UNIT = r"(?P<unit>day|night|week|weekend|month|year|summer|winter)s?"
_SOME = r"(?P<some>a few|few|several|some|many|couple(?: of)?|\d{1,3}|[a-z]+)"
_COUNTED = re.compile(
    rf"(?:about |around |almost |over )?(?:a )?{_SOME} {_UNIT} (?:ago|back|earlier)\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(rf"in (?:about )?(?:a )?{_SOME} {_UNIT}(?: time|['’]s? time)?\b", re.I)
_DAY_AFTER = re.compile(r"the day after tomorrow\b", re.IGNORECASE)
_THIS_LAST = re.compile(r"(?P<this>this )(?:past|last|coming|next) ", re.IGNORECASE)
_PART = re.compile(r" (?:morning|afternoon|evening|night)\b", re.IGNORECASE)
_VAGUE = frozenset({"a few", "few", "several", "some", "many"})
_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), 1
    )
} | {"a": 1, "an": 1, "couple": 2, "couple of": 2}
_SIDES = {-1: "before", 0: "of", 1: "after"}
_WHICH = re.compile(r"^(?:this |last |past |previous |next |coming )+", re.IGNORECASE)
_SEASON = re.compile(r"\b(?:spring|summer|autumn|fall|winter)\b", re.IGNORECASE)
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b", re.IGNORECASE)


def reckoned(text: str, written: date) -> tuple[Reckoned, ...]:
    """The relative times of a text that was written on a day, in order."""
    found: list[Reckoned] = []
    at = 0
    while (place := _PLACE.search(text, at)) is not None:
        start = place.start()
        one = _at(text, start, written)
        if one is None:
            word = _WORD.match(text, start)
            at = word.end() if word else start + 1
            continue
        found.append(one)
        at = start + len(one.said)
    return tuple(found)


def spelt(text: str, written: datetime | None) -> str:
    """`text` with what its first relative time means behind it: `yesterday (7 May 2023)`."""
    if written is not None:
        for one in reckoned(text, written.date()):
            # "today's meeting", or somebody said it already.
            if not text.startswith((" (", "'", "’"), one.end):
                return f"{text[: one.end]} ({one.means}){text[one.end :]}"
            break
    return text


def happened(text: str, written: datetime | None) -> date | None:
    """The day a sentence is about: one it names by its distance, else when it was written."""
    if written is None:
        return None
    first = next(iter(reckoned(text, written.date())), None)
    return written.date() if first is None or first.day is None else first.day


def _at(text: str, start: int, written: date) -> Reckoned | None:
    for read in _READERS:
        try:
            one = read(text, start, written)
        except (ValueError, OverflowError):  # "two thousand years ago"
            continue
        if one is not None:
            return one
    return None


def _counted(text: str, start: int, written: date) -> Reckoned | None:
    """`a few weeks ago`, `two weekends ago`, `about a year ago`."""
    match = _COUNTED.match(text, start)
    return None if match is None else _away(match, written, "before")


def _ahead(text: str, start: int, written: date) -> Reckoned | None:
    """`in two weeks`."""
    match = _AHEAD.match(text, start)
    return None if match is None else _away(match, written, "after")


def _away(match: re.Match[str], written: date, side: str) -> Reckoned | None:
    some, unit = match["some"].lower(), match["unit"].lower()
    from_day = _day(written)
    number = int(some) if some.isdigit() else _NUMBERS.get(some)
    if some in _VAGUE:
        many = "many" if some == "many" else "a few"
        return _found(match, f"{many} {unit}s {side} {from_day}")
    if number is None:
        return None
    distance = f"{some} {unit}{'s' * (number > 1)} {side} {from_day}"
    if some.startswith("couple"):
        distance = f"a couple of {unit}s {side} {from_day}"
    if unit in ("weekend", "night", "summer", "winter"):
        return _found(match, distance)
    point = back(written, number if side == "before" else -number, unit)
    if unit == "day":
        return _found(match, _day(point), point)
    about = {"week": _day(point), "month": f"{point:%B %Y}", "year": f"{point:%Y}"}[unit]
    return _found(match, f"about {about}, {distance}")


def _found(match: re.Match[str], means: str, day: date | None = None) -> Reckoned:
    return Reckoned(start=match.start(), said=match[0], means=means, day=day)


def _named(text: str, start: int, written: date) -> Reckoned | None:
    """`yesterday`, `last Friday`, `next month`, `this weekend`, `last summer`."""
    if day_after := _DAY_AFTER.match(text, start):
        return _found(day_after, _day(written + DAY * 2), written + DAY * 2)
    both = _THIS_LAST.match(text, start)
    from_word = start if both is None else both.end("this")
    found = moment(text, from_word, written, day_first=True)
    if found is None and both is not None:  # "this coming Friday"
        found = moment(f"next {text[both.end() :]}", 0, written, day_first=True)
        if found is None:
            return None
        end = both.end() + found.length - len("next ")
    elif found is None:
        return None
    else:
        end = from_word + found.length
    if found.grain != "relative":
        return None
    said = text[start:end]
    means = _meaning(said, found, written)
    if means is None:
        return None
    if part := _PART.match(text, end):
        said += part[0]
    day = found.start if found.end == found.start + DAY else None
    return Reckoned(start=start, said=said, means=means, day=day)


def _meaning(said: str, found: Moment, written: date) -> str | None:
    if found.point is not None:  # "the last two weeks" is no time at which something was
        return None
    last = found.end - DAY
    words = said.lower()
    if found.start == last:
        weekday = f"{found.start:%A}, " if _WEEKDAY.search(said) else ""
        return weekday + _day(found.start)
    for unit in ("weekend", "week"):
        if words.endswith(unit):
            return f"the {unit} {_SIDES[_side(words)]} {_day(written)}"
    if season := _SEASON.search(words):
        return f"{season[0]} {found.start:%Y}"
    if (found.start, found.end) == around(found.start, "month"):
        return f"{found.start:%B %Y}"
    if (found.start, found.end) == around(found.start, "year"):
        return f"{found.start:%Y}"
    if words.endswith("quarter"):
        return f"{found.start:%B} to {last:%B %Y}"
    return f"{_WHICH.sub('', said)} {found.start:%Y}"  # Christmas


def _side(words: str) -> int:
    if re.search(r"\b(?:last|past|previous)\b", words):
        return -1
    return 1 if re.search(r"\b(?:next|coming)\b", words) else 0


def _day(day: date) -> str:
    """`7 July 2003`."""
    return f"{day.day} {day:%B %Y}"


_READERS: tuple[Callable[[str, int, date], Reckoned | None], ...] = (_counted, _ahead, _named)
