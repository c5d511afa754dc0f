"""Days of the calendar: the month, the week, the season or the holiday that is meant.

A stretch of time is its first day and the first after it. Seasons are by whole months, the
winter of a year begins in its December; weeks begin on Monday.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

DAY = timedelta(days=1)


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


def in_year(day: date, year: int) -> date:
    """The same day of another year."""
    # Only the 29th of February is not in every year.
    return (
        day.replace(year=year, day=min(day.day, 28))
        if day.month == 2
        else day.replace(year=year)
    )


def third(span: tuple[date, date], which: str) -> tuple[date, date]:
    """Early, mid or late: the first, second or last third."""
    length = (span[1] - span[0]) / 3
    word = which.lower()
    if word.startswith(("early", "begin", "start", "anfang", "début", "debut", "principio")):
        return span[0], span[0] + length
    if word.startswith(("mid", "mitte", "mi-")):
        return span[0] + length, span[1] - length
    return span[1] - length, span[1]


def half(span: tuple[date, date], which: int) -> tuple[date, date]:
    """The first half, or the other one."""
    middle = span[0] + (span[1] - span[0]) / 2
    return (span[0], middle) if which == 1 else (middle, span[1])


def season(month: int, year: int) -> tuple[date, date]:
    """The one that begins with this month."""
    start = date(year, month, 1)
    return start, add_months(start, 3)


def recent(
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


def easter(year: int) -> date:
    """Easter Sunday, after Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    return date(year, (h + k - 7 * m + 114) // 31, (h + k - 7 * m + 114) % 31 + 1)


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    """The first, second … such weekday of a month; -1: the last."""
    if number < 0:
        last = add_months(date(year, month, 1), 1) - DAY
        return last - DAY * ((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (number - 1))


def holiday(name: str, year: int) -> tuple[date, date]:
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
        "memorial": (nth_weekday(year, 5, 0, -1), 0, 1),
        "labor": (nth_weekday(year, 9, 0, 1), 0, 1),
        "thanksgiving": (nth_weekday(year, 11, 3, 4), 0, 1),
    }
    day, before, after = next(days[key] for key in days if word.startswith(key))
    if "weekend" in word:
        before, after = (
            (-2, 1) if day.weekday() == 0 else (0, 4) if day.weekday() == 3 else (-2, 2)
        )
    return day + DAY * before, day + DAY * after
