"""Values of a kind in a text: days, times of day, amounts, counts, telephone numbers.

Two sources that give one kind of value for one thing agree or contradict each other, and that
can be compared; most answers are words, which cannot. English day and month names only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>(?:19|20)\d\d))?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_DAY}(?: of)? {_MONTH}{_YEAR}(?!\w)",
        rf"\b{_MONTH}\.? {_DAY}(?![\d:%])(?!\s?(?:am|pm)\b){_YEAR}",
        r"\b(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)\b",
    )
)
_WEEKDAY = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?\b", re.IGNORECASE)
_CLOCK = re.compile(
    r"\b(?P<hour>[0-2]?\d)(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b"
    r"|\b(?P<hour24>[0-2]?\d):(?P<minute24>[0-5]\d)\b",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(r"\b(?:19|20)\d\d\b")
_AMOUNT = re.compile(
    r"(?P<before>[$€£¥])\s?(?P<one>\d+(?:,\d{3})*(?:\.\d+)?)\s?(?P<many>k|m|million|thousand)?\b"
    r"|\b(?P<two>\d+(?:,\d{3})*(?:\.\d+)?)\s?(?P<after>usd|eur|gbp|dollars?|euros?|pounds?)\b",
    re.IGNORECASE,
)
_TIMES_OF = {"k": 1_000.0, "thousand": 1_000.0, "m": 1_000_000.0, "million": 1_000_000.0}
_COIN = {"usd": "$", "dollar": "$", "dollars": "$", "eur": "€", "euro": "€", "euros": "€"}
_COIN |= {"gbp": "£", "pound": "£", "pounds": "£"}
_NUMBERS = {
    word: float(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
} | {"twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "hundred": 100.0}
_NUMBER = re.compile(
    rf"(?<![\w.,:/$€£-])(?:\d+(?:,\d{3})*(?:\.\d+)?|{'|'.join(_NUMBERS)})(?![\w:/]|[-.]\d)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w-])\+?\(?\d[\d ()./-]{5,}\d(?![\w-])")


@dataclass(frozen=True, slots=True)
class Value:
    """One value and where it stands."""

    sort: str
    """Only values of one sort can be compared: a weekday says nothing of a year."""

    what: tuple[float | str, ...]
    said: str
    start: int


def values(text: str, asks: str) -> tuple[Value, ...]:
    """The values in a text that a question of this kind (`index/wording.py`) may ask for."""
    read = _READERS.get(asks)
    return tuple(read(text)) if read is not None else ()


def compared(mine: tuple[Value, ...], others: tuple[Value, ...]) -> bool | None:
    """Whether others hold one of mine; None if nothing of one sort stands in both.

    Dates are compared where both are given to the day; a year that one leaves out may be any.
    """
    verdicts = [
        any(_alike(one, other) for other in others if other.sort == one.sort)
        for one in mine
        if any(other.sort == one.sort for other in others)
    ]
    return any(verdicts) if verdicts else None


def _alike(one: Value, other: Value) -> bool:
    return all(a == b or "" in (a, b) for a, b in zip(one.what, other.what, strict=True))


def _moments(text: str) -> Iterator[Value]:
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            month = match["month"].lower()
            number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
            year = float(match["year"]) if match["year"] else ""
            taken.append(match.span())
            yield Value(
                "date", (float(number), float(match["day"]), year), match[0], match.start()
            )
    for match in _CLOCK.finditer(text):
        if text[match.end() : match.end() + 2] == "):":  # when a turn of a chat was said
            continue
        hour = int(match["hour"] or match["hour24"])
        if match["half"]:
            hour = hour % 12 + 12 * (match["half"].lower() == "p")
        minute = float(match["minute"] or match["minute24"] or 0)
        yield Value("clock", (float(hour), minute), match[0], match.start())
    for match in _WEEKDAY.finditer(text):
        if len(match[0]) > 3 or match[0][0].isupper():
            day = float(_DAYS.index(match[1].lower()))
            yield Value("weekday", (day,), match[0], match.start())
    for match in _YEAR_ALONE.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            yield Value("year", (float(match[0]),), match[0], match.start())


def _amounts(text: str) -> Iterator[Value]:
    for match in _AMOUNT.finditer(text):
        after = (match["after"] or "").lower()
        coin = match["before"] or _COIN[after]
        number = float((match["one"] or match["two"]).replace(",", ""))
        number *= _TIMES_OF.get((match["many"] or "").lower(), 1.0)
        yield Value("amount", (coin, number), match[0].strip(), match.start())


def _numbers(text: str) -> Iterator[Value]:
    dated = [(one.start, one.start + len(one.said)) for one in _moments(text)]
    for match in _NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in dated):
            continue
        word = match[0].lower()
        number = _NUMBERS[word] if word in _NUMBERS else float(word.replace(",", ""))
        yield Value("number", (number,), match[0], match.start())


def _phones(text: str) -> Iterator[Value]:
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) >= 7:
            # With or without the country's code it is one number.
            yield Value("phone", (digits[-7:],), match[0], match.start())


_READERS: Mapping[str, Callable[[str], Iterator[Value]]] = {
    "time": _moments,
    "money": _amounts,
    "number": _numbers,
    "phone": _phones,
}
