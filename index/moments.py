"""The grammar of a single date: `March 2004`, `the last week of May '99`, `two weeks ago`.

English, and the months, seasons and commonest phrases of German, French and Spanish.
Everything is read by regular expressions at a place in a text: a fifth of a millisecond
for a question. Seasons are those of the northern half of the world, by whole months; the
winter of a year begins in its December. Weeks begin on Monday.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)

_MONTHS = (
    "january jan januar jänner janvier janv enero ene",
    "february feb februar février févr fevrier febrero",
    "march mar mrz märz maerz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sept sep septembre septiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre diciembre dic",
)
MONTHS = {name: number for number, line in enumerate(_MONTHS, 1) for name in line.split()}
_SEASONS = {
    3: "spring frühling fruehling frühjahr printemps primavera",
    6: "summer sommer été verano",
    9: "autumn fall herbst automne otoño",
    12: "winter hiver invierno",
}
SEASONS = {name: month for month, line in _SEASONS.items() for name in line.split()}
_WEEKDAYS = (
    "monday montag lundi lunes",
    "tuesday dienstag mardi martes",
    "wednesday mittwoch mercredi miércoles",
    "thursday donnerstag jeudi jueves",
    "friday freitag vendredi viernes",
    "saturday samstag samedi sábado",
    "sunday sonntag dimanche domingo",
)
WEEKDAYS = {name: number for number, line in enumerate(_WEEKDAYS) for name in line.split()}
_NUMBERS = {
    **{
        w: n
        for n, w in enumerate("one two three four five six seven eight nine ten".split(), 1)
    },
    **{w: n for n, w in enumerate("zwei drei vier fünf sechs".split(), 2)},
    **{w: n for n, w in enumerate("deux trois quatre cinq six".split(), 2)},
    **{w: n for n, w in enumerate("dos tres cuatro cinco seis".split(), 2)},
    **dict.fromkeys("a an ein einem einer un une una".split(), 1),
    "eleven": 11,
    "twelve": 12,
    "a couple of": 2,
}
_ORDINALS = {
    **{w: n for n, w in enumerate("first second third fourth fifth".split(), 1)},
    **{w: n for n, w in enumerate("1st 2nd 3rd 4th 5th".split(), 1)},
    "last": -1,
}
_UNITS = {
    **dict.fromkeys("d day days tag tagen tage jour jours día días".split(), "day"),
    **dict.fromkeys(
        "w week weeks woche wochen semaine semaines semana semanas".split(), "week"
    ),
    **dict.fromkeys("m month months monat monaten monate mois mes meses".split(), "month"),
    **dict.fromkeys("y year years jahr jahren jahre an ans année año años".split(), "year"),
}


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
            start=_replaced(self.start, self.start.year + shift),
            end=_replaced(self.end, self.end.year + shift),
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
    for pattern, build in _GRAMMAR:
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


# --- building blocks ----------------------------------------------------------------------

_Spans = tuple[date, date, str] | tuple[date, date, str, date]
_Build = Callable[[re.Match[str], date, bool], _Spans | None]


def add_months(day: date, months: int) -> date:
    """The first of the month that is so many months later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def back(today: date, number: int, unit: str) -> date:
    """The day that is so many units ago."""
    if unit in ("day", "week"):
        return today - DAY * (number * (7 if unit == "week" else 1))
    month = add_months(today, -number * (12 if unit == "year" else 1))
    last = add_months(month, 1) - DAY
    return month.replace(day=min(today.day, last.day))


def around(day: date, unit: str) -> tuple[date, date]:
    """The calendar's day, week, month or year that a day is in."""
    if unit == "week":
        monday = day - DAY * day.weekday()
        return monday, monday + DAY * 7
    if unit == "month":
        return day.replace(day=1), add_months(day, 1)
    if unit == "year":
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day, day + DAY


def _replaced(day: date, year: int) -> date:
    # Only the 29th of February is not in every year.
    return (
        day.replace(year=year, day=min(day.day, 28))
        if day.month == 2
        else day.replace(year=year)
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


def _part(span: tuple[date, date], which: str) -> tuple[date, date]:
    """Early, mid or late: the first, second or last third."""
    third = (span[1] - span[0]) / 3
    word = which.lower()
    if word.startswith(("early", "begin", "start", "anfang", "début", "debut", "principio")):
        return span[0], span[0] + third
    if word.startswith(("mid", "mitte", "mi-")):
        return span[0] + third, span[1] - third
    return span[1] - third, span[1]


def _half(span: tuple[date, date], which: int) -> tuple[date, date]:
    middle = span[0] + (span[1] - span[0]) / 2
    return (span[0], middle) if which == 1 else (middle, span[1])


def _season(month: int, year: int) -> tuple[date, date]:
    start = date(year, month, 1)
    return start, add_months(start, 3)


def easter(year: int) -> date:
    """Easter Sunday, after Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    return date(year, (h + k - 7 * m + 114) // 31, (h + k - 7 * m + 114) % 31 + 1)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The first, second … such weekday of a month; -1: the last."""
    if number < 0:
        last = add_months(date(year, month, 1), 1) - DAY
        return last - DAY * ((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (number - 1))


def _holiday(name: str, year: int) -> tuple[date, date]:
    """First day and first day after; a weekend's Monday takes its Saturday and Sunday along."""
    word = re.sub(r"[^a-zé]", "", name.lower())
    if word.startswith("christmaseve"):
        return date(year, 12, 24), date(year, 12, 25)
    if word.startswith(("christmas", "xmas", "weihnacht", "noël", "navidad")):
        return date(year, 12, 24), date(year, 12, 27)
    if word.startswith(("newyearseve", "silvester")):
        return date(year, 12, 31), date(year + 1, 1, 1)
    if word.startswith("newyear"):
        return date(year, 1, 1), date(year, 1, 2)
    days = {
        "valentine": (date(year, 2, 14), 0, 1),
        "independence": (date(year, 7, 4), 0, 1),
        "fourthofjuly": (date(year, 7, 4), 0, 1),
        "halloween": (date(year, 10, 31), 0, 1),
        "easter": (easter(year), -2, 2),
        "ostern": (easter(year), -2, 2),
        "goodfriday": (easter(year), -2, -1),
        "memorial": (_nth(year, 5, 0, -1), 0, 1),
        "labor": (_nth(year, 9, 0, 1), 0, 1),
        "thanksgiving": (_nth(year, 11, 3, 4), 0, 1),
    }
    day, before, after = next(days[key] for key in days if word.startswith(key))
    if "weekend" in word:
        before, after = (
            (-2, 1) if day.weekday() == 0 else (0, 4) if day.weekday() == 3 else (-2, 2)
        )
    return day + DAY * before, day + DAY * after


# --- the grammar --------------------------------------------------------------------------


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
_UNIT = _alternatives(_UNITS)
_NUMBER = rf"(?P<number>\d{{1,3}}|{_alternatives(_NUMBERS)})"
_LAST = r"(?P<which>last|past|previous|this|next)\s+"
_HOLIDAY = (
    r"(?P<holiday>(?:christmas|xmas|new year['’]?s?|easter|memorial|labor|independence|"
    r"valentine['’]?s?|thanksgiving|halloween|good friday|fourth of july|weihnachten|"
    r"silvester|ostern|noël|navidad)"
    r"(?: (?:day|eve))?(?: weekend)?)\b"
)
_ORDINAL = rf"(?P<nth>{_alternatives(_ORDINALS)})"
_QUARTER = (
    r"(?:q(?P<q>[1-4])|(?P<nth>first|second|third|fourth|last|[1-4](?:st|nd|rd|th)) quarter)"
)


def _iso(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    if m["d"]:
        day = date(int(m["y"]), int(m["m"]), int(m["d"]))
        return day, day + DAY, "day"
    return *around(date(int(m["y"]), int(m["m"]), 1), "month"), "month"


def _numeric(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    first, second, year = int(m["a"]), int(m["b"]), _year(m["y"], today)
    # A dot is only ever written between day and month in this order.
    if first > 12 or (second <= 12 and (day_first or m["s"] == ".")):
        first, second = second, first
    day = date(year, first, second)
    return day, day + DAY, "day"


def _day(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    groups = m.groupdict()
    year = groups.get("year")
    if year is None and groups["month"].islower() and groups["month"].lower() in ("may", "mar"):
        return None
    day = date(_year(year, today) if year else today.year, _month(m["month"]), int(m["day"]))
    last = day.replace(day=int(groups["to"])) if groups.get("to") else day
    if last < day:
        return None
    return day, last + DAY, "day" if year else "day?"


def _month_year(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    groups = m.groupdict()
    if groups.get("year") is None:
        if m["month"].islower():  # what may be
            return None
        return *around(date(today.year, _month(m["month"]), 1), "month"), "month?"
    span = around(date(_year(m["year"], today), _month(m["month"]), 1), "month")
    if groups.get("part"):
        return *_part(span, m["part"]), "named"
    return *span, "month"


def _nth_week(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    year = _year(m["year"], today)
    span = (
        around(date(year, _month(m["month"]), 1), "month")
        if m["month"]
        else around(date(year, 1, 1), "year")
    )
    nth, unit = _ORDINALS[m["nth"].lower()], m["unit"].lower()
    if unit == "half":
        return (*_half(span, nth), "named") if nth in (1, 2, -1) else None
    if unit == "weekend":
        start = _nth(span[0].year, span[0].month, 5, nth) if m["month"] else None
        return (start, start + DAY * 2, "named") if start else None
    days = 1 if unit == "day" else 7
    start = span[1] - DAY * days if nth < 0 else span[0] + DAY * days * (nth - 1)
    return start, min(start + DAY * days, span[1]), "named"


def _week_of(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    found = _day(m, today, day_first)
    return None if found is None else (*around(found[0], "week"), "named")


def _season_year(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    span = _season(SEASONS[m["season"].lower()], _year(m["year"], today))
    return (*_part(span, m["part"]), "named") if m["part"] else (*span, "named")


def _quarter(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    nth = int(m["q"]) if m["q"] else _ORDINALS[m["nth"].lower()]
    start = date(_year(m["year"], today), (4 if nth < 0 else nth) * 3 - 2, 1)
    return start, add_months(start, 3), "named"


def _holiday_year(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    return *_holiday(m["holiday"], _year(m["year"], today)), "named"


def _last_holiday(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    return *_recent(lambda year: _holiday(m["holiday"], year), m["which"], today), "relative"


def _part_of_year(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    return *_part(around(date(_year(m["year"], today), 1, 1), "year"), m["part"]), "named"


def _plain_year(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    return *around(date(_year(m["year"], today), 1, 1), "year"), "year"


def _years(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    first, last = int(m["first"]), int(m["last"])
    if len(m["last"]) == 2:
        last += first // 100 * 100
    return (date(first, 1, 1), date(last + 1, 1, 1), "year") if first < last else None


def _decade(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    digits = m["decade"]
    first = int(digits) if len(digits) == 4 else _year(digits, today)
    return date(first, 1, 1), date(first + 10, 1, 1), "named"


def _near_day(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    word = m["word"].lower()
    if word.startswith(("the day before", "vorgestern", "avant-hier", "anteayer")):
        shift = -2
    elif word.startswith(("yesterday", "last night", "gestern", "hier", "ayer")):
        shift = -1
    else:
        shift = 1 if word.startswith(("tomorrow", "morgen", "demain", "mañana")) else 0
    day = today + DAY * shift
    return day, day + DAY, "relative"


def _recent(
    of_year: Callable[[int], tuple[date, date]], which: str, today: date
) -> tuple[date, date]:
    """What comes every year: the last one that is over, this year's, or the next to begin."""
    which = which.lower()
    if which == "this":
        return of_year(today.year)
    if which == "next":
        spans = [of_year(today.year + shift) for shift in (0, 1)]
        return next(span for span in spans if span[0] > today)
    spans = [of_year(today.year - shift) for shift in (0, 1, 2)]
    return next(span for span in spans if span[1] <= today)


def _relative(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    which, name = m["which"].lower(), m["name"].lower()
    if name in ("spring", "summer", "autumn", "fall", "winter"):
        return *_recent(lambda year: _season(SEASONS[name], year), which, today), "relative"
    if name in MONTHS:
        if m["name"].islower() and name == "may":
            return None
        month = MONTHS[name]
        return (
            *_recent(lambda y: around(date(y, month, 1), "month"), which, today),
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
    unit = _UNITS[name]
    if unit in ("day", "week"):
        return *around(today + DAY * step * (7 if unit == "week" else 1), unit), "relative"
    return *around(back(today, -step, unit), unit), "relative"


def _foreign_last(m: re.Match[str], today: date, day_first: bool) -> _Spans | None:
    unit = _UNITS.get((m["a"] or m["b"]).lower())
    return None if unit is None else (*around(back(today, 1, unit), unit), "relative")


def _ago(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    day = back(today, _number(m["number"]), _UNITS[m["unit"].lower()])
    return *around(day, _UNITS[m["unit"].lower()]), "relative", day


def _past_units(m: re.Match[str], today: date, day_first: bool) -> _Spans:
    day = back(today, _number(m["number"]), _UNITS[m["unit"].lower()])
    return day, today + DAY, "relative", day


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.lower()]


def _grammar(rules: list[tuple[str, _Build]]) -> tuple[tuple[re.Pattern[str], _Build], ...]:
    return tuple((re.compile(rf"(?:{rule})", re.IGNORECASE), build) for rule, build in rules)


_GRAMMAR = _grammar(
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
