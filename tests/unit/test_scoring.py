"""When a reply counts as right, and when a passage as evidence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.scoring import exists, gold, normalised, right, right_answer


@pytest.mark.parametrize(
    "written",
    [
        "7 May 2023", "May 7, 2023", "2023-05-07", "the 7th of May, 2023", "5/7/2023",
        "7.5.2023", "2023/5/7", "7-May-23", "07 may 2023", "May 7th 2023", "7 MAY, 2023",
    ],
)  # fmt: skip
def test_a_date_is_one_date_however_it_is_written(written: str) -> None:
    assert normalised(written) == "2023 may 7"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$1,577.00", "1577"),
        ("1577.0", "1577"),
        ("$8.70", "8.7"),
        ("$1.5 million", "1500000"),
        ("one million dollars", "1000000"),
        ("$1,000,000", "1000000"),
        ("€2m", "2000000"),
        ("5 m", "5 m"),
        ("two hundred and five", "205"),
        ("twenty-five", "25"),
        ("12 %", "12"),
        ("12 percent", "12"),
        ("3 pm", "3:00 pm"),
        ("15:00", "3:00 pm"),
        ("3.30 p.m.", "3:30 pm"),
        ("A U.S. Army base, the Beyoncé!", "us army base beyonce"),
        ("version 1.2.3 of 10:15", "version 1.2.3 of 10:15"),
        ("no. 7 [1] [12]", "no 7"),
        ("A", "a"),
        ("February 30", "february 30"),
    ],
)
def test_numbers_times_and_words_have_one_form(written: str, meant: str) -> None:
    assert normalised(written) == meant


@given(st.text(max_size=60))
def test_every_text_has_a_form_and_holds_itself(text: str) -> None:
    if normalised(text):
        assert right_answer(text, [text])


@pytest.mark.parametrize(
    ("reply", "answers", "is_right"),
    [
        ("They met on 7 May 2023 [1].", ["May 2023"], True),
        ("They met on 7 May 2023.", ["7 May"], True),
        ("It was in 2022.", ["2022"], True),
        ("It was 12022.", ["2022"], False),
        ("It cost 1,577 dollars.", ["nothing", "$1577.00"], True),
        ("It cost 1,578 dollars.", ["$1577.00"], False),
        ("one two three", ["one two three four"], True),  # 3 of 4
        ("one two", ["one two three"], False),
        (
            " ".join("abcdefgh".upper()) + " I",
            ["B C D E F G H I J K L M N"],  # 8 of 13 words
            True,
        ),
        ("B C D E F G H", ["B C D E F G H I J K L M N"], False),  # 7 of 13
        ("", ["x"], False),
        ("anything", [""], False),
    ],
)
def test_a_reply_is_right_if_it_holds_an_answer(
    reply: str, answers: list[str], is_right: bool
) -> None:
    assert right_answer(reply, answers) is is_right


def test_declining_is_right_where_the_archive_does_not_tell() -> None:
    def record(answers: list[str], declined: bool) -> dict[str, Any]:
        return {"answers": answers, "declined": declined, "answer": "Oslo"}

    assert right(record([], True))
    assert not right(record([], False))
    assert right(record(["Oslo"], False))
    assert not right(record(["Oslo"], True))


def found(text: str, *, page: int | None = None) -> dict[str, Any]:
    return {"id": "a.pdf", "page": page, "text": text}


LONG = "The keel bolts were drawn in March, and the yard found two of them wasted by a third."


@pytest.mark.parametrize(
    ("passage", "source", "is_gold"),
    [
        (found("Any text."), {"id": "a.pdf"}, True),
        (found("Any text."), {"id": "b.pdf"}, False),
        (found("Any text.", page=2), {"id": "a.pdf", "page": 2}, True),
        (found("Any text.", page=2), {"id": "a.pdf", "page": 3}, False),
        (found("He sang\n in  Oslo then."), {"id": "a.pdf", "evidence": ["in Oslo"]}, True),
        (found("He sang in Oslofjord."), {"id": "a.pdf", "evidence": ["Oslo"]}, False),
        (found("x. " + LONG[:50]), {"id": "a.pdf", "evidence": [LONG]}, True),
        (found(LONG[40:] + " More."), {"id": "a.pdf", "evidence": [LONG]}, True),
        (found(LONG[10:40]), {"id": "a.pdf", "evidence": ["x " + LONG]}, True),
        (found("the keel bolts"), {"id": "a.pdf", "evidence": ["The keel was sold"]}, False),
        (found("Any text."), {"id": "a.pdf", "evidence": []}, True),
        (found("Any text."), {"id": "a.pdf", "page": None}, True),
    ],
)
def test_evidence_is_the_right_document_page_and_stretch(
    passage: dict[str, Any], source: dict[str, Any], is_gold: bool
) -> None:
    assert gold(passage, [source]) is is_gold


def test_a_citation_exists_at_its_offsets_only() -> None:
    citation = {"start": 4, "end": 8, "quote": "mast"}
    assert exists(citation, "The mast, the mast")
    assert not exists({**citation, "start": 5}, "The mast, the mast")
