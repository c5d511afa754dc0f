"""The year of a day or month that was written without one: "in September", "on 26 October".

The tense of the clause tells whether it is the last or the next: "it was in February". Where it
tells nothing the one is meant that is near, by three months or less. Farther off no year is
added: a wrong one is worse than none. Pure.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from index.datewords import MONTHS

_MONTH: Final = "|".join(sorted((name.title() for name in MONTHS), key=len, reverse=True))
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
_SAID: Final = re.compile(
    rf"(?:\b(?P<before>{_DAY})(?: of)? )?\b(?P<month>{_MONTH})(?![\w’'])(?:\.(?= \d))?"
    rf"(?: (?P<behind>{_DAY})\b)?",
)
_YEAR: Final = re.compile(r"\b(?:1[89]|20)\d\d\b|['’]\d\d\b|\d/\d")
_AHEAD: Final = re.compile(
    r"\b(?:will|shall|going to|gonna|won['’]t|plan(?:s|ning)?|next|coming|upcoming|hopes?"
    r"|hoping|until|till|due)\b|['’]ll\b",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    r"\b(?:was|were|had|went|came|got|took|gave|met|began|last|ago|since|back in|been"
    r"|[a-z]{2,}ed)\b",
    re.IGNORECASE,
)
_NEAR_MONTHS: Final = 3
"""Whoever leaves the year out mostly speaks of what is near."""


def with_year(answer: str, sentence: str, written: date) -> str | None:
    """`answer` with the year behind its day or month. None if it has one, or none is clear.

    `sentence` is where the source says it, which was written on a day.
    """
    if _YEAR.search(answer) or _YEAR.search(sentence):
        return None
    said = _SAID.search(answer)
    if said is None:
        return None
    month = MONTHS[said["month"].lower()]
    place = next(
        (one for one in _SAID.finditer(sentence) if MONTHS[one["month"].lower()] == month), None
    )
    if place is None:
        return None
    year = _year(place, sentence, written)
    if year is None:
        return None
    return f"{answer[: said.end()]} ({year}){answer[said.end() :]}"


def _year(place: re.Match[str], sentence: str, written: date) -> int | None:
    month = MONTHS[place["month"].lower()]
    if month == written.month:
        return written.year
    ahead = (month - written.month) % 12
    next_one = written.year + (month < written.month)
    last_one = written.year - (month > written.month)
    clause = _clause(sentence, place)
    will, did = _AHEAD.search(clause), _BEHIND.search(clause)
    if bool(will) != bool(did):
        return next_one if will else last_one
    if min(ahead, 12 - ahead) <= _NEAR_MONTHS:
        return next_one if ahead <= _NEAR_MONTHS else last_one
    return None


def _clause(sentence: str, place: re.Match[str]) -> str:
    """What stands between the next commas or stops."""
    start = max(sentence.rfind(mark, 0, place.start()) for mark in ",;:.!?") + 1
    ends = [at for mark in ",;:!?" if (at := sentence.find(mark, place.end())) >= 0]
    return sentence[start : min(ends, default=len(sentence))]
