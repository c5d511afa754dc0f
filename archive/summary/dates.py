"""When something happened that a message only calls `yesterday` or `last week`. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from index import moments

_RELATIVE = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|last (?:night|week|month|year|weekend"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|next (?:week|month|year)"
    r"|(?:\d+|a|two|three|four|five|six|a few) (?:day|week|month|year)s? ago)\b(?! \()",
    re.IGNORECASE,
)
_DAYS = {"yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_WEEK = timedelta(days=7)


def spelt(text: str, written: datetime | None) -> str:
    """`text` with what its first relative date means behind it: `yesterday (7 May 2023)`."""
    found = _RELATIVE.search(text)
    if found is None or written is None:
        return text
    meant = _meant(found[0].lower(), written.date())
    return f"{text[: found.end()]} ({meant}){text[found.end() :]}" if meant else text


def happened(text: str, written: datetime | None) -> date | None:
    """The day a sentence is about: a day it names by its distance, else when it was written."""
    if written is None:
        return None
    found = _RELATIVE.search(text)
    days = _DAYS.get(found[0].lower()) if found else None
    return written.date() + timedelta(days=days or 0)


def _meant(said: str, written: date) -> str:
    if said in _DAYS:
        return _day(written + timedelta(days=_DAYS[said]))
    if said in ("last week", "last weekend"):
        return f"the week{'end' if said.endswith('end') else ''} before {_day(written)}"
    if said == "next week":
        return f"the week after {_day(written)}"
    if said in ("next month", "next year"):
        month = moments.add_months(written, 12 if said == "next year" else 1)
        return f"{month:%Y}" if said == "next year" else f"{month:%B %Y}"
    if said.startswith("a few"):
        return f"before {_day(written)}"
    moment = moments.moment(said, 0, written, day_first=True)
    if moment is None or moment.length != len(said):
        return ""
    if moment.point is not None:
        return _day(moment.point)
    length = moment.end - moment.start
    if length <= timedelta(days=1):
        return _day(moment.start)
    return f"{moment.start:%Y}" if length > 5 * _WEEK else f"{moment.start:%B %Y}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
