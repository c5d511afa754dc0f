"""The grammar of a single date: `March 2004`, `the last week of May '99`, `two weeks ago`.

Each rule is a regular expression and what makes a stretch of time of its match: its first day,
the first after it, what it is (as `Moment.grain` has it, with `?` if it names no year), and the
day itself where a stretch around it is meant as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from index.datewords import MONTHS, NUMBERS, ORDINALS, SEASONS, UNITS, WEEKDAYS
from index.days import (
    DAY,
    add_months,
    around,
    back,
    half,
    holiday,
    nth_weekday,
    recent,
    season,
    third,
)

Spans = tuple[date, date, str] | tuple[date, date, str, date]
Build = Callable[[re.Match[str], date, bool], Spans | None]


def _alternatives(names: object) -> str:
    return "|".join(sorted((re.escape(str(n)) for n in names), key=len, reverse=True))  # type: ignore[attr-defined]


_M = rf"(?P<month>{_alternatives(MONTHS)})\b\.?"
_Y = r"(?P<year>(?:1[89]|20)\d\d(?![\d-]|[.,]\d)|['’]\d\d\b)"
_OF = r"\s*(?:,|\bof\b|\bde\b|\bdel\b|-|/)?\s*"
_D = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|º|\.(?=\s))?"
_WD = rf"(?:(?:{_alternatives(WEEKDAYS)})\b,?\s+(?:the\s+)?)?"
_EARLY = (
    r"(?P<part>early|mid|late|beginning of|start of|middle of|end of|anfang|mitte|ende|"
    r"début|mi-|fin|principios de|finales de)[\s-]*(?:in\s+)?"
)
_SEASON = rf"(?P<season>{_alternatives(SEASONS)})\b"
_UNIT = _alternatives(UNITS)
_NUMBER = rf"(?P<number>\d{{1,3}}|{_alternatives(NUMBERS)})"
_LAST = r"(?P<which>last|past|previous|this|next)\s+"
_HOLIDAY = (
    r"(?P<holiday>(?:christmas|xmas|new year['’]?s?|easter|memorial|labor|independence|"
    r"valentine['’]?s?|thanksgiving|halloween|good friday|fourth of july|weihnachten|"
    r"silvester|ostern|noël|navidad)"
    r"(?: (?:day|eve))?(?: weekend)?)\b"
)
_ORDINAL = rf"(?P<nth>{_alternatives(ORDINALS)})"
_QUARTER = (
    r"(?:q(?P<q>[1-4])|(?P<nth>first|second|third|fourth|last|[1-4](?:st|nd|rd|th)) quarter)"
)


def _year(text: str, today: date) -> int:
    digits = text.strip().lstrip("'’")
    if len(digits) == 4:
        return int(digits)
    century = today.year // 100 * 100
    year = century + int(digits)
    return year if year <= today.year + 1 else year - 100


def _month(text: str) -> int:
    return MONTHS[text.lower().rstrip(".")]


def _iso(m: re.Match[str], today: date, day_first: bool) -> Spans:
    if m["d"]:
        day = date(int(m["y"]), int(m["m"]), int(m["d"]))
        return day, day + DAY, "day"
    return *around(date(int(m["y"]), int(m["m"]), 1), "month"), "month"


def _numeric(m: re.Match[str], today: date, day_first: bool) -> Spans:
    first, second, year = int(m["a"]), int(m["b"]), _year(m["y"], today)
    # A dot is only ever written between day and month in this order.
    if first > 12 or (second <= 12 and (day_first or m["s"] == ".")):
        first, second = second, first
    day = date(year, first, second)
    return day, day + DAY, "day"


def _day(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    groups = m.groupdict()
    year = groups.get("year")
    if year is None and groups["month"].islower() and groups["month"].lower() in ("may", "mar"):
        return None
    day = date(_year(year, today) if year else today.year, _month(m["month"]), int(m["day"]))
    last = day.replace(day=int(groups["to"])) if groups.get("to") else day
    if last < day:
        return None
    return day, last + DAY, "day" if year else "day?"


def _month_year(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    groups = m.groupdict()
    if groups.get("year") is None:
        if m["month"].islower():  # what may be
            return None
        return *around(date(today.year, _month(m["month"]), 1), "month"), "month?"
    span = around(date(_year(m["year"], today), _month(m["month"]), 1), "month")
    if groups.get("part"):
        return *third(span, m["part"]), "named"
    return *span, "month"


def _nth_week(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    year = _year(m["year"], today)
    span = (
        around(date(year, _month(m["month"]), 1), "month")
        if m["month"]
        else around(date(year, 1, 1), "year")
    )
    nth, unit = ORDINALS[m["nth"].lower()], m["unit"].lower()
    if unit == "half":
        return (*half(span, nth), "named") if nth in (1, 2, -1) else None
    if unit == "weekend":
        start = nth_weekday(span[0].year, span[0].month, 5, nth) if m["month"] else None
        return (start, start + DAY * 2, "named") if start else None
    days = 1 if unit == "day" else 7
    start = span[1] - DAY * days if nth < 0 else span[0] + DAY * days * (nth - 1)
    return start, min(start + DAY * days, span[1]), "named"


def _week_of(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    found = _day(m, today, day_first)
    return None if found is None else (*around(found[0], "week"), "named")


def _season_year(m: re.Match[str], today: date, day_first: bool) -> Spans:
    span = season(SEASONS[m["season"].lower()], _year(m["year"], today))
    return (*third(span, m["part"]), "named") if m["part"] else (*span, "named")


def _quarter(m: re.Match[str], today: date, day_first: bool) -> Spans:
    nth = int(m["q"]) if m["q"] else ORDINALS[m["nth"].lower()]
    start = date(_year(m["year"], today), (4 if nth < 0 else nth) * 3 - 2, 1)
    return start, add_months(start, 3), "named"


def _holiday_year(m: re.Match[str], today: date, day_first: bool) -> Spans:
    return *holiday(m["holiday"], _year(m["year"], today)), "named"


def _last_holiday(m: re.Match[str], today: date, day_first: bool) -> Spans:
    return *recent(lambda year: holiday(m["holiday"], year), m["which"], today), "relative"


def _part_of_year(m: re.Match[str], today: date, day_first: bool) -> Spans:
    return *third(around(date(_year(m["year"], today), 1, 1), "year"), m["part"]), "named"


def _plain_year(m: re.Match[str], today: date, day_first: bool) -> Spans:
    return *around(date(_year(m["year"], today), 1, 1), "year"), "year"


def _years(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    first, last = int(m["first"]), int(m["last"])
    if len(m["last"]) == 2:
        last += first // 100 * 100
    return (date(first, 1, 1), date(last + 1, 1, 1), "year") if first < last else None


def _decade(m: re.Match[str], today: date, day_first: bool) -> Spans:
    digits = m["decade"]
    first = int(digits) if len(digits) == 4 else _year(digits, today)
    return date(first, 1, 1), date(first + 10, 1, 1), "named"


def _near_day(m: re.Match[str], today: date, day_first: bool) -> Spans:
    word = m["word"].lower()
    if word.startswith(("the day before", "vorgestern", "avant-hier", "anteayer")):
        shift = -2
    elif word.startswith(("yesterday", "last night", "gestern", "hier", "ayer")):
        shift = -1
    else:
        shift = 1 if word.startswith(("tomorrow", "morgen", "demain", "mañana")) else 0
    day = today + DAY * shift
    return day, day + DAY, "relative"


def _relative(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    which, name = m["which"].lower(), m["name"].lower()
    if name in ("spring", "summer", "autumn", "fall", "winter"):
        return *recent(lambda year: season(SEASONS[name], year), which, today), "relative"
    if name in MONTHS:
        if m["name"].islower() and name == "may":
            return None
        month = MONTHS[name]
        return (
            *recent(lambda y: around(date(y, month, 1), "month"), which, today),
            "relative",
        )
    step = 0 if which == "this" else 1 if which == "next" else -1
    if name == "weekend":
        saturday = around(today, "week")[0] + DAY * (5 + 7 * step)
        return saturday, saturday + DAY * 2, "relative"
    if name in WEEKDAYS:
        days = (WEEKDAYS[name] - today.weekday()) % 7
        days = days if step == 0 else (days or 7) if step == 1 else (days or 7) - 7
        day = today + DAY * (days if step >= 0 or days else -7)
        return day, day + DAY, "relative"
    if name == "quarter":
        start = add_months(today.replace(month=(today.month - 1) // 3 * 3 + 1), 3 * step)
        return start, add_months(start, 3), "relative"
    unit = UNITS[name]
    if unit in ("day", "week"):
        return *around(today + DAY * step * (7 if unit == "week" else 1), unit), "relative"
    return *around(back(today, -step, unit), unit), "relative"


def _foreign_last(m: re.Match[str], today: date, day_first: bool) -> Spans | None:
    unit = UNITS.get((m["a"] or m["b"]).lower())
    return None if unit is None else (*around(back(today, 1, unit), unit), "relative")


def _ago(m: re.Match[str], today: date, day_first: bool) -> Spans:
    day = back(today, _number(m["number"]), UNITS[m["unit"].lower()])
    return *around(day, UNITS[m["unit"].lower()]), "relative", day


def _past_units(m: re.Match[str], today: date, day_first: bool) -> Spans:
    day = back(today, _number(m["number"]), UNITS[m["unit"].lower()])
    return day, today + DAY, "relative", day


def _number(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS[text.lower()]


def _grammar(rules: list[tuple[str, Build]]) -> tuple[tuple[re.Pattern[str], Build], ...]:
    return tuple((re.compile(rf"(?:{rule})", re.IGNORECASE), build) for rule, build in rules)


GRAMMAR = _grammar(
    [
        (r"(?P<y>(?:1[89]|20)\d\d)[-/.](?P<m>\d\d?)(?:[-/.](?P<d>\d\d?))?(?![\d-])", _iso),
        (r"(?P<a>\d\d?)(?P<s>[./-])(?P<b>\d\d?)(?P=s)(?P<y>\d{4}|\d\d)(?![\d.])", _numeric),
        (rf"{_WD}(?:the\s+)?{_D}\s*(?:of\s+|de\s+)?{_M}{_OF}{_Y}", _day),
        (rf"(?:the\s+)?{_D}\s*(?:-|–|to|and|bis)\s*(?P<to>[0-3]?\d)(?:st|nd|rd|th|\.)?"
         rf"\s*(?:of\s+|de\s+)?{_M}{_OF}{_Y}", _day),
        (rf"{_M}\s+{_D}\s*(?:-|–|to|and)\s*(?P<to>[0-3]?\d)(?:st|nd|rd|th)?,?\s+{_Y}", _day),
        (rf"{_WD}{_M}\s*(?:the\s+)?{_D},?\s+{_Y}", _day),
        (rf"{_WD}(?:the\s+)?{_D}\s*(?:of\s+)?{_M}(?!\s*\d)", _day),
        (rf"{_WD}{_M}\s+(?:the\s+)?{_D}\b(?!\s*[\d:])", _day),
        (rf"(?:(?:the\s+)?{_EARLY})?{_M}{_OF}{_Y}", _month_year),
        (rf"{_M}", _month_year),
        (rf"(?:the\s+)?{_ORDINAL}\s+(?P<unit>weekend|week|half|day)\s+(?:of|in)\s+"
         rf"(?:{_M}{_OF})?{_Y}", _nth_week),
        (rf"(?:the\s+)?week\s+of\s+(?:the\s+)?(?:{_D}\s*(?:of\s+)?{_M}{_OF}{_Y})", _week_of),
        (rf"(?:the\s+)?week\s+of\s+{_M}\s+{_D},?\s+{_Y}", _week_of),
        (rf"(?:the\s+)?(?:{_EARLY}(?:the\s+)?)?{_SEASON}{_OF}{_Y}(?:[/-]\d\d(?:\d\d)?)?",
         _season_year),
        (rf"(?:the\s+)?{_QUARTER}{_OF}{_Y}", _quarter),
        (rf"{_HOLIDAY}{_OF}{_Y}", _holiday_year),
        (rf"{_LAST}{_HOLIDAY}", _last_holiday),
        (rf"(?:the\s+)?{_EARLY}{_Y}", _part_of_year),
        (r"(?P<first>(?:1[89]|20)\d\d)\s?[-–/]\s?(?P<last>(?:1[89]|20)\d\d|\d\d)(?![\d-])",
         _years),
        (rf"(?:(?:the|im|in dem) (?:year|jahr)e? )?{_Y}", _plain_year),
        (r"(?:the\s+)?(?P<decade>(?:1[89]|20)\d0|['’]?\d0)['’]?s\b", _decade),
        (r"(?P<word>the day before yesterday|yesterday|today|tomorrow|tonight|this (?:morning|"
         r"afternoon|evening)|last night|vorgestern|gestern|heute|avant-hier|hier|"
         r"aujourd['’]hui|demain|anteayer|ayer|hoy)\b", _near_day),
        (rf"{_LAST}(?P<name>week|month|year|quarter|weekend|spring|summer|autumn|fall|winter|"
         rf"{_alternatives(WEEKDAYS)}|{_alternatives(MONTHS)})\b", _relative),
        (rf"(?:(?:letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?)\s+(?P<a>{_UNIT})|"
         rf"(?:(?:la|le|el|l['’])\s?)?(?P<b>{_UNIT})\s*(?:derni[eè]re?|pass[eé]e?|pasad[oa]))\b",
         _foreign_last),
        (rf"{_NUMBER}\s*(?P<unit>{_UNIT})\s+ago\b", _ago),
        (rf"(?:vor|il y a|hace)\s+{_NUMBER}\s+(?P<unit>{_UNIT})\b", _ago),
        (rf"(?:the\s+|in the\s+)?(?:last|past)\s+{_NUMBER}\s+(?P<unit>{_UNIT})\b", _past_units),
    ]
)  # fmt: skip
