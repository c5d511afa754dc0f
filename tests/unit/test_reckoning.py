"""What relative times in a dated text mean."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from archive.reckoning import happened, reckoned, spelt

MONDAY = date(2023, 5, 8)


@pytest.mark.parametrize(
    ("text", "said", "means"),
    [
        ("It came yesterday.", "yesterday", "7 May 2023"),
        ("It comes tomorrow night.", "tomorrow night", "9 May 2023"),
        ("We leave the day after tomorrow.", "the day after tomorrow", "10 May 2023"),
        ("I saw her last Friday.", "last Friday", "Friday, 5 May 2023"),
        ("See you this coming Friday!", "this coming Friday", "Friday, 12 May 2023"),
        ("It rained this past weekend.", "this past weekend", "the weekend before 8 May 2023"),
        ("It came last week.", "last week", "the week before 8 May 2023"),
        ("It comes next month.", "next month", "June 2023"),
        ("It was last summer.", "last summer", "summer 2022"),
        ("It came last year.", "last year", "2022"),
        ("We met last Christmas.", "last Christmas", "Christmas 2022"),
        ("Three days ago it broke.", "Three days ago", "5 May 2023"),
        (
            "He left two weeks ago.",
            "two weeks ago",
            "about 24 April 2023, two weeks before 8 May 2023",
        ),
        ("A few years ago we moved.", "A few years ago", "a few years before 8 May 2023"),
        (
            "We sail in a month.",
            "in a month",
            "about June 2023, a month after 8 May 2023",
        ),
        ("10 years ago I was born.", "10 years ago", "about 2013, 10 years before 8 May 2023"),
    ],
)
def test_a_relative_time_is_said_as_exactly_as_it_was_meant(
    text: str, said: str, means: str
) -> None:
    (one,) = reckoned(text, MONDAY)
    assert (one.said, one.means) == (said, means)
    assert text[one.start : one.end] == said


@pytest.mark.parametrize(
    "text",
    [
        "See you on Friday.",
        "It was in 2013.",
        "It happened on 5 May.",
        "In the last two weeks much happened.",
        "They won five in a row, a long time ago.",
        "That was 2000000 years ago.",
        "",
    ],
)
def test_what_is_no_distance_or_an_unclear_one_is_left_alone(text: str) -> None:
    assert reckoned(text, MONDAY) == ()


def test_several_are_found_in_order() -> None:
    found = reckoned("Yesterday I wrote, last week I called.", MONDAY)
    assert [one.said for one in found] == ["Yesterday", "last week"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It came yesterday.", "It came yesterday (7 May 2023)."),
        ("It came last week.", "It came last week (the week before 8 May 2023)."),
        ("It comes next month.", "It comes next month (June 2023)."),
        ("Today's meeting is off.", "Today's meeting is off."),
        ("It came yesterday (7 May).", "It came yesterday (7 May)."),
        ("It came.", "It came."),
    ],
)
def test_a_relative_time_is_spelt_out(text: str, expected: str) -> None:
    assert spelt(text, datetime(2023, 5, 8, tzinfo=UTC)) == expected
    assert spelt(text, None) == text


def test_a_sentence_is_about_the_day_it_names_else_its_own() -> None:
    written = datetime(2023, 5, 8, tzinfo=UTC)
    assert happened("It came yesterday.", written) == date(2023, 5, 7)
    assert happened("It came last week.", written) == MONDAY
    assert happened("It came.", written) == MONDAY
    assert happened("It came yesterday.", None) is None
