"""Follow-up questions: what they lean on, and questions that stand alone."""

from __future__ import annotations

import pytest

from index.followup import stand_alone
from index.query import Query
from tests.unit.test_understand import asked

BEFORE = "What did Anna Berg send me about the roof repair in May 2001?"


def after(question: str, *earlier: str) -> str:
    return stand_alone(question, [asked(each) for each in earlier or (BEFORE,)]).text


@pytest.mark.parametrize(
    "question",
    [
        "and when did she reply?",
        "why?",
        "When?",
        "who else was there?",
        "When did they arrive?",
        "What did she say about it?",
        "Did he agree?",
        "Who told her?",
        "How much was it?",
        "And how much did the roof cost?",
        "und wann?",
        "What happened then?",
    ],
)
def test_subject_is_kept(question: str) -> None:
    found = stand_alone(question, [asked(BEFORE)])
    assert found.text == f"{question} (Anna Berg roof repair in May 2001)"
    assert found.added == "Anna Berg roof repair in May 2001"


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("what about 2003?", "What did Anna Berg send me about the roof repair in 2003?"),
        ("And in June 2003?", "What did Anna Berg send me about the roof repair in June 2003?"),
        ("and Ben Kohler?", "What did Ben Kohler send me about the roof repair in May 2001?"),
        (
            "what about last year?",
            "What did Anna Berg send me about the roof repair last year?",
        ),
        ("what about the garden?", "what about the garden? (Anna Berg in May 2001)"),
    ],
)
def test_new_name_or_time_takes_the_place_of_the_old(question: str, whole: str) -> None:
    assert after(question) == whole


@pytest.mark.parametrize(
    "question",
    [
        "What did Ben Kohler write about the garden?",
        "And what did Ben Kohler write about the boiler in the cellar?",
        "Did Anna say she would come?",
        "Why did the narrator say he left?",
        "Who lost his job?",
        "Which people said they would come?",
        "What do cats need before they sleep?",
        "In his letter, what did Ben ask?",
        "When did my sister say that she would marry?",
        "How long does it take to bake bread?",
        "Is it true that the harbour closed?",
        "What is it called when a bird sings at night?",
        "Which rooms are there?",
        "Where do we keep the passports?",
        "When is my flight?",
        "So what did we decide about the car?",
        "from:anna it",
        '"and then"',
        "roof",
        "passport number",
        "Anna Berg",
        "",
    ],
)
def test_whole_question_is_left_alone(question: str) -> None:
    found = stand_alone(question, [asked(BEFORE)])
    assert found.text == question
    assert found.added == ""


def test_nothing_before_it() -> None:
    assert stand_alone("and when did she reply?", []).text == "and when did she reply?"
    empty = Query(text="why?", words="why?")
    assert stand_alone("why?", [empty]).text == "why?"


def test_it_reaches_back_over_a_bare_why() -> None:
    assert after("and when did she reply?", BEFORE, "why?").endswith(
        "(Anna Berg roof repair in May 2001)"
    )


def test_follow_up_is_understood_like_the_question_before() -> None:
    query = asked(after("and when did she reply?"))
    assert [each.value for each in query.filters] == ["2001-05", "Anna Berg"]
    assert query.asks == "time"
