"""Values that can be compared, and what other sources say of them."""

from __future__ import annotations

import pytest

from archive.elsewhere import elsewhere
from archive.evidence import Evidence
from archive.values import compared, values
from index.query import Query
from index.rank import Asked
from tests.unit.fakes import passage


@pytest.mark.parametrize(
    ("text", "asks", "said"),
    [
        ("We meet on 14 May at 7pm.", "time", ["14 May", "7pm"]),
        ("It moved to May 21st, 2004.", "time", ["May 21st, 2004"]),
        ("2004-05-21 it is", "time", ["2004-05-21"]),
        ("Friday then, or may be not, we sat down", "time", ["Friday"]),
        ("Anna (01:18): at 10:30 sharp", "time", ["10:30"]),
        ("May 5 pm it is not", "time", ["5 pm"]),
        ("She left in 1999.", "time", ["1999"]),
        ("It cost £1,140, not $3.5 million.", "money", ["£1,140", "$3.5 million"]),
        ("That was 200 euros.", "money", ["200 euros"]),
        ("Three kids, 12 boats on 14 May", "number", ["Three", "12"]),
        ("due on 06.04.2004, pier 7/8", "number", []),
        ("Ring +49 30 1234567 or 555-1234", "phone", ["+49 30 1234567", "555-1234"]),
        ("Anything at all", "text", []),
    ],
)
def test_values_of_the_kind_that_is_asked_for(text: str, asks: str, said: list[str]) -> None:
    found = values(text, asks)
    assert [one.said for one in found] == said
    assert all(text[one.start :].startswith(one.said) for one in found)


@pytest.mark.parametrize(
    ("mine", "theirs", "asks", "same"),
    [
        ("14 May", "on May 21", "time", False),
        ("14 May", "May 14th, 2003", "time", True),
        ("14 May 2003", "14 May 2004", "time", False),
        ("19:00", "7 pm", "time", True),
        ("Friday", "in 2004", "time", None),
        ("£300", "300 pounds", "money", True),
        ("£300", "$300", "money", False),
        ("twelve", "12 of them", "number", True),
        ("+49 30 555 1234", "030 5551234", "phone", True),
    ],
)
def test_two_values_agree_or_differ_or_cannot_be_compared(
    mine: str, theirs: str, asks: str, same: bool | None
) -> None:
    assert compared(values(mine, asks), values(theirs, asks)) is same
    assert compared(values(theirs, asks), values(mine, asks)) is same


def source(n: int, text: str) -> Evidence:
    made = passage(text, number=n, title="Launch")
    return Evidence(n=n, passage=made, text=text, start=0, end=len(text), score=0.5)


QUESTION = "When is the launch of the Petrel?"
MARCH = source(1, "The launch of the Petrel is on 14 May.")
APRIL = source(2, "Hello all. The launch of the Petrel is on 21 May. Bring cake.")


def asked() -> Asked:
    return Asked(Query(text=QUESTION, words=QUESTION, asks="time"), lambda word: 1.0)


def test_a_source_that_contradicts_is_shown_with_its_sentence() -> None:
    (other,) = elsewhere(asked(), MARCH, [MARCH, APRIL], [0.7, 0.2], "14 May")
    assert not other.agrees
    assert other.said == "21 May"
    assert other.citation.n == 2
    assert other.citation.quote == "The launch of the Petrel is on 21 May."
    text = APRIL.text[other.citation.start : other.citation.end]
    assert text == other.citation.quote


def test_a_source_that_says_the_same_agrees() -> None:
    again = source(2, "Do not forget: the launch of the Petrel, May 14th!")
    (other,) = elsewhere(asked(), MARCH, [MARCH, again], [0.7, 0.2], "14 May")
    assert other.agrees


@pytest.mark.parametrize(
    "text",
    [
        "The launch of the Heron is on 21 May.",  # of something else
        "The launch of the Petrel will be grand.",  # says no day
        "Lunch is on 21 May.",  # holds little of the question
    ],
)
def test_what_does_not_bear_on_the_question_contradicts_nothing(text: str) -> None:
    other = source(2, text)
    assert elsewhere(asked(), MARCH, [MARCH, other], [0.7, 0.2], "14 May") == ()


def test_a_source_the_model_gives_no_chance_is_left_out() -> None:
    assert elsewhere(asked(), MARCH, [MARCH, APRIL], [0.7, 0.01], "14 May") == ()


def test_a_day_that_the_chosen_source_itself_takes_back_is_no_contradiction() -> None:
    moved = source(1, "The launch of the Petrel is moved from 21 May to 14 May.")
    assert elsewhere(asked(), moved, [moved, APRIL], [0.7, 0.2], "14 May") == ()
