"""Dates: as values of operators, and in the plain words of questions."""

from __future__ import annotations

from datetime import date

import pytest

from index import when
from index.days import easter

TODAY = date(2026, 11, 21)  # a Saturday


def written(value: str, operator: str = "during", *, day_first: bool = False) -> str | None:
    span = when.read(value, TODAY, operator=operator, day_first=day_first)
    return None if span is None else span.written


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("2004", "2004"),
        ("2004-03", "2004-03"),
        ("2004-03-05", "2004-03-05"),
        ("2004/3/5", "2004-03-05"),
        ("3/5/2004", "2004-03-05"),
        ("13/5/2004", "2004-05-13"),
        ("3.5.2004", "2004-05-03"),
        ("3/5/99", "1999-03-05"),
        ("March 2004", "2004-03"),
        ("mar-2004", "2004-03"),
        ("5 March 2004", "2004-03-05"),
        ("March 5th, 2004", "2004-03-05"),
        ("Friday, March 5, 2004", "2004-03-05"),
        ("March 3-7, 2004", "2004-03-03..2004-03-07"),
        ("5 March", "2026-03-05"),
        ("24 December", "2025-12-24"),  # the last one
        ("today", "2026-11-21"),
        ("yesterday", "2026-11-20"),
        ("last week", "2026-11-09..2026-11-15"),
        ("last month", "2026-10"),
        ("last year", "2025"),
        ("last March", "2026-03"),
        ("last December", "2025-12"),
        ("last Saturday", "2026-11-14"),
        ("last summer", "2026-06-01..2026-08-31"),
        ("last Christmas", "2025-12-24..2025-12-26"),
        ("2w", "2026-11-07..2026-11-21"),
        ("1y ago", "2025"),
        ("two weeks ago", "2026-11-02..2026-11-08"),
        ("the last 3 months", "2026-08-21..2026-11-21"),
        ("spring 2004", "2004-03-01..2004-05-31"),
        ("winter 2004/05", "2004-12-01..2005-02-28"),
        ("summer of '99", "1999-06-01..1999-08-31"),
        ("Q2 2003", "2003-04-01..2003-06-30"),
        ("early 2003", "2003-01-01..2003-05-01"),
        ("the last week of September 2001", "2001-09-24..2001-09-30"),
        ("1990s", "1990-01-01..1999-12-31"),
        ("2001-2003", "2001-01-01..2003-12-31"),
        ("May to July 2003", "2003-05-01..2003-07-31"),
        ("November 2003 to January 2004", "2003-11-01..2004-01-31"),
        ("Easter 2005", "2005-03-25..2005-03-28"),
        ("Memorial Day weekend 2001", "2001-05-26..2001-05-28"),
        ("Thanksgiving 2004", "2004-11-25"),
        ("März 2004", "2004-03"),
        ("août 2004", "2004-08"),
        ("vor zwei Wochen", "2026-11-02..2026-11-08"),
        ("la semaine dernière", "2026-11-09..2026-11-15"),
        ("el año pasado", "2025"),
        ("2004-03-05..2004-03-09", "2004-03-05..2004-03-09"),
        ("2004-03..", "2004-03-01.."),
        ("..2004-03", "..2004-03-31"),
    ],
)
def test_value(value: str, meant: str) -> None:
    assert written(value) == meant


@pytest.mark.parametrize(
    "value",
    [
        "foo",
        "",
        "30 February 2004",
        "31/31/2004",
        "12:30",
        "may",
        "..",
        "2004..2003",
        "20045",
        "5",
    ],
)
def test_no_date(value: str) -> None:
    assert written(value) is None


def test_day_comes_first_where_it_does() -> None:
    assert written("3/5/2004", day_first=True) == "2004-05-03"
    assert written("5/13/2004", day_first=True) == "2004-05-13"


@pytest.mark.parametrize(
    ("locale", "first"),
    [("en_US.UTF-8", False), ("en_GB.UTF-8", True), ("de_DE.UTF-8", True), ("C", False)],
)
def test_order_of_the_locale(monkeypatch: pytest.MonkeyPatch, locale: str, first: bool) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    assert when.day_first_here() is first


@pytest.mark.parametrize(
    ("operator", "value", "meant"),
    [
        ("after", "2004", "2005-01-01.."),
        ("after", "2004-03-05", "2004-03-06.."),
        ("before", "2004-03", "..2004-02-29"),
        ("after", "2w", "2026-11-07.."),
        ("before", "1y", "..2025-11-20"),
        ("after", "2 weeks ago", "2026-11-07.."),
        ("on", "2004-03-05", "2004-03-05"),
    ],
)
def test_bounds(operator: str, value: str, meant: str) -> None:
    assert written(value, operator) == meant


@pytest.mark.parametrize(
    ("text", "said", "meant"),
    [
        ("What did she write in spring 2004?", "in spring 2004", "2004-03-01..2004-05-31"),
        ("What came in March 2001?", "in March 2001", "2001-03"),
        ("Who called on October 26, 2001?", "on October 26, 2001", "2001-10-26"),
        ("at the close of Friday, November 9, 2001", "Friday, November 9, 2001", "2001-11-09"),
        ("between May and July 2003", "between May and July 2003", "2003-05-01..2003-07-31"),
        (
            "between August 11 and August 15 2023",
            "between August 11 and August 15 2023",
            "2023-08-11..2023-08-15",
        ),
        ("between 1901 and 2000", "between 1901 and 2000", "1901-01-01..2000-12-31"),
        ("what happened before 2003?", "before 2003", "..2002-12-31"),
        ("since March 2004", "since March 2004", "2004-03-01.."),
        ("until 5 May 2004", "until 5 May 2004", "..2004-05-05"),
        ("after March 2004", "after March 2004", "2004-04-01.."),
        ("from 2004 on", "from 2004 on", "2004-01-01.."),
        ("since two weeks ago", "since two weeks ago", "2026-11-07.."),
        ("in 2004 we moved", "in 2004", "2004"),
        ("in the summer of '99", "in the summer of '99", "1999-06-01..1999-08-31"),
        ("late in 2003", "late in 2003", "2003-09-02..2003-12-31"),
        ("over Christmas 2005", "over Christmas 2005", "2005-12-24..2005-12-26"),
        ("What did I do last March?", "last March", "2026-03"),
        ("mails from 2004", "from 2004", "2004"),
        ("mails of March 2004", "March 2004", "2004-03"),
        ("what about 2003?", "2003", "2003"),
        ("before the year 2000", "before the year 2000", "..1999-12-31"),
        ("on the Monday before July 24, 2023", "the Monday before July 24, 2023",
         "2023-07-17..2023-07-24"),
        ("shortly before 7 Jan 2024", "shortly before 7 Jan 2024", "2023-12-24..2024-01-07"),
        ("as of December 2023", "as of December 2023", "2023-12"),
        ("on the 5th of March 2001", "on the 5th of March 2001", "2001-03-05"),
        ("was schrieb sie im März 2004?", "im März 2004", "2004-03"),
        ("on 25.01.2024", "on 25.01.2024", "2024-01-25"),
    ],
)  # fmt: skip
def test_found_in_words(text: str, said: str, meant: str) -> None:
    found, _ = when.find(text, TODAY, day_first=False)
    assert [(each.said, each.span.written) for each in found] == [(said, meant)]
    assert text[found[0].start : found[0].end].strip() == said


@pytest.mark.parametrize(
    "text",
    [
        "the 2003 enlargement of the harbour",
        "the December 2001 contracts",
        "the March 3, 2001 meeting",
        "a 1929 film",
        "It cost 2000 dollars",
        "in 2000 dollars",
        "$2001 in cash",
        "in room 2001",
        "between 2000 and 2500 people",
        "the outing planned for March 2001",
        "the budget for 2003",
        "a report about May 2001",
        "paid by the end of 1999",
        "the budget of 2003",
        "last year's budget",
        "the last year of school",
        "at 20:04",
        "call 2001-555",
        "What may Anna do?",
        "to march in the rain",
        "after 3 days",
        "a second helping, the first quarter",
        "version 2001.4 of it",
    ],
)
def test_number_that_says_nothing_about_when(text: str) -> None:
    assert when.find(text, TODAY, day_first=False) == ((), ())


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("What happened in May?", "“in May” names no year"),
        ("Did he call on May 5?", "“on May 5” names no year"),
    ],
)
def test_date_without_a_year_is_remarked(text: str, remark: str) -> None:
    assert when.find(text, TODAY, day_first=False) == ((), (remark,))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Where did we live before we moved?", ("before we moved",)),
        ("What did she eat when she was in Paris?", ("when she was in Paris",)),
        ("since Anna left, who cooks?", ("since Anna left",)),
        ("When did we move?", ()),
        ("When she left?", ()),
        ("before 2003", ()),
        ("since March we wait", ()),
    ],
)
def test_clause_without_a_date(text: str, clauses: tuple[str, ...]) -> None:
    assert when.undated(text) == clauses


@pytest.mark.parametrize(
    ("year", "day"),
    [(1999, date(1999, 4, 4)), (2008, date(2008, 3, 23)), (2038, date(2038, 4, 25))],
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


def test_two_spans_are_narrowed_or_joined() -> None:
    year = when.Span(date(2004, 1, 1), date(2005, 1, 1))
    may = when.Span(date(2004, 5, 1), date(2004, 6, 1))
    later = when.Span(date(2006, 5, 1), None)
    assert year.narrowed(may) == may
    assert may.narrowed(later) == when.Span(date(2004, 5, 1), None)
