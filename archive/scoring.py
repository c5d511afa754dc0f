"""Whether a recorded answer is right, and what its citations are worth.

The rules are those of public question sets: a reply is right if an acceptable answer occurs in
it or if it holds most of that answer's words, after both were brought into one form. Numbers
and dates are compared by what they say: `$1,577.00` is 1577, `May 7, 2023` is 2023-05-07.
Pure, and cheap: some 50 µs a reply.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

SHARE = 0.75
"""Of an acceptable answer's words, how many the reply must hold."""

LONG_SHARE = 0.6
"""The same for answers of more than `LONG_WORDS` words."""

LONG_WORDS = 12

_MARK = re.compile(r"\[\d{1,3}\]")
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_ABBREVIATION = re.compile(r"\b(?:[a-z]\.){2,}")

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)"
_OF = r"(?:\s*,\s*|\s+of\s+|\s+)"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:the\s+)?{_DAY}(?:\s+of)?[\s.-]*{_MONTH}(?:{_OF}|-){_YEAR}\b",
        rf"\b{_DAY}-{_MONTH}-(?P<short_year>\d\d)\b",
        rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_OF}{_YEAR}\b",
        rf"\b{_YEAR}\s+{_MONTH}\s+{_DAY}\b",
        rf"\b(?:the\s+)?{_DAY}(?:\s+of)?[\s.-]*{_MONTH}(?!\w)",
        rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}\b(?![:.]\d)",
        rf"\b{_MONTH}(?:{_OF}|(?<=\.)){_YEAR}\b",
    )
)
_ISO_DATE = re.compile(rf"\b{_YEAR}([-/.])(?P<month>0?[1-9]|1[0-2])\2{_DAY}(?!\d)")
_SHORT_DATE = re.compile(r"\b(\d{1,2})([/.])(\d{1,2})\2(\d{4}|\d\d)\b(?![/.]?\d)")
_CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?)?\s*(?P<half>[ap])\.?m\b\.?"
    r"|\b(?P<hour24>[01]?\d|2[0-3]):(?P<minute24>[0-5]\d)(?::[0-5]\d)?\b"
)

_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: number
    for number, word in zip(
        range(20, 100, 10),
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        strict=True,
    )
}
_SCALES = {
    "hundred": 100, "thousand": 10**3, "k": 10**3, "million": 10**6, "m": 10**6, "mm": 10**6,
    "mn": 10**6, "billion": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12, "tn": 10**12,
}  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<currency>[$€£¥]\s?)?(?<![\w.:])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?!\d|[.:]\d|,\d{3})"
    r"(?:\s?(?P<scale>hundred|thousand|million|billion|trillion|bn|tn|mn|mm|k|m|b)\b)?"
    r"(?:\s?(?:dollars?|usd|euros?|eur|pounds?|gbp|percent|per\s+cent|%)(?!\w))?"
)
_NUMBER_WORD = "|".join((*_UNITS, *_TENS))
_SPELT = re.compile(
    rf"\b(?:{_NUMBER_WORD})\b"
    rf"(?:(?:\s+and\s+|[\s-]+)(?:{_NUMBER_WORD}|hundred|thousand|million|billion)\b)*"
)


def normalised(text: str) -> str:
    """`text` in the form that is compared: words, numbers and dates, one space between.

    A date becomes year, month, day, as far as it is given, so that `May 2023` occurs in
    `7 May 2023`. A date in figures that could be either has its month first.
    """
    text = unicodedata.normalize("NFKD", _MARK.sub(" ", text)).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = _ISO_DATE.sub(_figures, text.replace("’", "'"))
    text = _SHORT_DATE.sub(_short_date, text)
    for pattern in _DATES:
        text = pattern.sub(_date, text)
    text = _CLOCK.sub(_clock, text)
    text = _ABBREVIATION.sub(lambda found: found[0].replace(".", ""), text)
    text = _SPELT.sub(_spelt, text)
    text = _AMOUNT.sub(_amount, text)
    text = re.sub(r"_|[^\w\s.:]|(?<!\d)[.:]|[.:](?!\d)", " ", text)
    words = text.split()
    kept = _ARTICLE.sub(" ", " ".join(words)).split()
    return " ".join(kept or words)  # an answer that is nothing but "A" stays


def _figures(found: re.Match[str]) -> str:
    """2023-05-07."""
    month = _MONTHS[int(found["month"]) - 1]
    return f" {found['year']} {month} {int(found['day'])} "


def _short_date(found: re.Match[str]) -> str:
    """5/7/2023, and 7.5.2023, whose day comes first."""
    first, second = int(found[1]), int(found[3])
    day, month = (first, second) if found[2] == "." or first > 12 else (second, first)
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return found[0]
    year = _full_year(found[4])
    return f" {year} {_MONTHS[month - 1]} {day} "


def _full_year(figures: str) -> int:
    """A year of two figures is of the hundred years to 2069."""
    year = int(figures)
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def _date(found: re.Match[str]) -> str:
    groups = found.groupdict()
    month = next(name for name in _MONTHS if name.startswith(groups["month"][:3]))
    day, year = groups.get("day"), groups.get("year")
    if groups.get("short_year"):
        year = str(_full_year(groups["short_year"]))
    return f" {year or ''} {month} {int(day) if day else ''} "


def _clock(found: re.Match[str]) -> str:
    """15:30 and 3.30 p.m. both become `3:30 pm`; 3:30 alone stays open."""
    if found["half"]:
        return f" {int(found['hour'])}:{found['minute'] or '00'} {found['half']}m "
    hour = int(found["hour24"])
    if hour > 12:
        return f" {hour - 12}:{found['minute24']} pm "
    return f" {hour}:{found['minute24']} "


def _spelt(found: re.Match[str]) -> str:
    """`two hundred and five` becomes 205; `twenty twenty` stays two numbers."""
    total, part, last = 0, 0, 0
    numbers: list[int] = []
    for word in re.split(r"[\s-]+", found[0]):
        if word == "and":
            continue
        if word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                part = max(part, 1) * 100
            else:
                total, part = total + max(part, 1) * scale, 0
            last = scale
            continue
        value = _UNITS.get(word, _TENS.get(word, 0))
        fits = last >= 100 or last == 0 or (last in _TENS.values() and 0 < value < 10)
        if not fits:
            numbers.append(total + part)
            total, part = 0, 0
        part += value
        last = value or 1
    numbers.append(total + part)
    return " ".join(map(str, numbers))


def _amount(found: re.Match[str]) -> str:
    scale = found["scale"] or ""
    # "5 m" may be metres; with a currency before it, it is millions.
    if len(scale) < 3 and scale not in ("bn", "tn", "mn") and not found["currency"]:
        factor, unit = 1, scale
    else:
        factor, unit = _SCALES.get(scale, 1), ""
    try:
        value = Decimal(found["number"].replace(",", "")) * factor
    except InvalidOperation:
        return found[0]
    return f" {_plain_number(value)} {unit} "


def _plain_number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def right_answer(reply: str, answers: Sequence[object]) -> bool:
    """Whether a reply holds one of the acceptable answers."""
    said = normalised(reply)
    words = set(said.split())
    for answer in answers:
        wanted = normalised(str(answer))
        parts = wanted.split()
        if not parts:
            continue
        if f" {wanted} " in f" {said} ":
            return True
        share = sum(part in words for part in parts) / len(parts)
        if share >= (LONG_SHARE if len(parts) > LONG_WORDS else SHARE):
            return True
    return False


def right(record: Mapping[str, Any]) -> bool:
    """Whether the reply of a record is right; without an acceptable answer: it declines."""
    if not record["answers"]:
        return bool(record["declined"])
    return not record["declined"] and right_answer(record["answer"], record["answers"])


def gold(passage: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a passage or citation comes from a right source, page and stretch of text."""
    text = _words(passage["text"])
    for source in sources:
        if source["id"] != passage["id"]:
            continue
        if source.get("page") is not None and source["page"] != passage["page"]:
            continue
        evidence = [_words(item) for item in source.get("evidence") or ()]
        if not evidence or any(_overlap(item, text) for item in evidence):
            return True
    return False


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _overlap(evidence: list[str], text: list[str]) -> bool:
    """One holds the other, or the passage begins or ends within the evidence's middle."""
    if not evidence or not text:
        return False
    held = f" {' '.join(text)} "
    whole = f" {' '.join(evidence)} "
    inner = held.strip()
    # A passage within the evidence may begin and end in the middle of a word.
    if whole in held or held in whole or (len(inner) >= 20 and inner in whole):
        return True
    half = max(5, len(evidence) // 2)
    halves = (" ".join(evidence[:half]), " ".join(evidence[-half:]))
    # A few short words occur by chance.
    return any(len(part) >= 20 and f" {part} " in held for part in halves)


def exists(citation: Mapping[str, Any], text: str) -> bool:
    """Whether a citation's quote stands at its offsets in the document's text."""
    start, end = int(citation["start"]), int(citation["end"])
    return text[start:end] == str(citation["quote"])
