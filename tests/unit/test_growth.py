"""A hit grows to what stands around it, and never further than it may."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.growth import (
    MARGIN_CHARS,
    MOST_CHARS,
    Layout,
    StoredTurns,
    Stretches,
    read_layout,
    widened,
)
from ingest.document import Turn

SENTENCES = "".join(f"This is sentence number {number:03}. " for number in range(100))


def grown(layout: Layout, hit: str) -> str:
    start = layout.text.index(hit)
    low, high = widened(layout, start, start + len(hit))
    return layout.text[low:high]


def chat(count: int) -> Layout:
    text, turns = "", []
    for number in range(count):
        line = f"Anna: this is what I said at {number:05}"
        turns.append(Turn(start=len(text), end=len(text) + len(line), speaker="Anna", at=None))
        text += line + "\n"
    return Layout(text=text, turns=turns)


def test_a_hit_grows_by_whole_sentences_on_both_sides() -> None:
    found = grown(Layout(text=SENTENCES), "This is sentence number 050.")
    assert found.startswith("This is sentence number 0")
    assert found.endswith(".")
    assert "number 045." in found
    assert "number 055." in found
    assert len(found) <= 2 * MARGIN_CHARS + 28


def test_a_short_document_is_read_whole() -> None:
    text = "Dear Ben,\n\nthe boat is sold.\n\nAnna\n"
    assert grown(Layout(text=text), "the boat") == text.strip()


@pytest.mark.parametrize("divides", ["pages", "sections"])
def test_growth_stays_on_its_page_and_in_its_section(divides: str) -> None:
    text = (
        "First one here. About boats.\nSecond one here. About tents.\nThird one. About bikes."
    )
    starts = (0, text.index("Second"), text.index("Third"))
    layout = Layout(text=text, **{divides: starts})
    assert grown(layout, "About tents.") == "Second one here. About tents."
    assert grown(layout, "First") == "First one here. About boats."
    assert grown(layout, "bikes") == "Third one. About bikes."


def test_growth_does_not_go_from_own_words_into_quoted_ones() -> None:
    own, quoted = "I agree. See you there.\n", "> Shall we meet? At noon?\n"
    text = own + quoted + "Yours, Ben\n"
    parts = (
        ("own", 0, len(own)),
        ("quote", len(own), len(own) + len(quoted)),
        ("own", len(own) + len(quoted), len(text)),
    )
    layout = Layout(text=text, parts=parts)
    assert grown(layout, "agree") == "I agree. See you there."
    assert grown(layout, "noon") == "> Shall we meet? At noon?"
    assert grown(layout, "Yours") == "Yours, Ben"


def test_a_chat_grows_by_whole_turns() -> None:
    layout = chat(200)
    found = grown(layout, "said at 00100").splitlines()
    assert 10 < len(found) < 40
    assert all(line.startswith("Anna: ") and len(line) == 34 for line in found)
    assert grown(layout, "said at 00000").startswith("Anna: this is what I said at 00000")


def test_a_turn_longer_than_the_margin_is_not_cut_further() -> None:
    text = "Anna: " + "x" * 3000
    layout = Layout(text=text, turns=(Turn(start=0, end=len(text), speaker="Anna", at=None),))
    assert widened(layout, 1000, 1900) == (1000, 1900)


def test_turns_of_a_stretch_are_those_that_touch_it() -> None:
    turns = [Turn(start=10 * n, end=10 * n + 9, speaker=str(n), at=None) for n in range(10)]
    layout = Layout(text="x" * 100, turns=turns)

    def speakers(start: int, end: int) -> str:
        return "".join(turn.speaker for turn in layout.turns_in(start, end))

    assert speakers(20, 39) == "23"
    assert speakers(25, 31) == "23"
    assert speakers(29, 30) == ""
    assert speakers(0, 100) == "0123456789"


def test_stored_turns_are_turns() -> None:
    rows = [(0, 5, "Anna", "2004-03-05T10:00:00+00:00"), (6, 9, "", None)]
    turns = StoredTurns(rows)
    assert list(turns) == [
        Turn(start=0, end=5, speaker="Anna", at=datetime(2004, 3, 5, 10, tzinfo=UTC)),
        Turn(start=6, end=9, speaker="", at=None),
    ]
    assert tuple(turns[1:]) == (turns[1],)


def test_a_layout_is_read_from_columns() -> None:
    layout = read_layout("abcdef", (), '[[0,"One"],[3,"Two"]]', "[0,4]", '[["own",0,6]]')
    assert (layout.sections, layout.pages, layout.parts) == ((0, 3), (0, 4), (("own", 0, 6),))


PLACE = (1, None)


def test_hits_that_meet_become_one() -> None:
    stretches = Stretches()
    assert stretches.add(PLACE, (100, 200), (50, 250)) == (0, True)
    assert stretches.add(PLACE, (300, 400), (240, 450)) == (0, False)
    assert stretches.add(PLACE, (310, 320), (280, 340)) == (0, False)
    assert [(one.start, one.end) for one in stretches.found] == [(50, 450)]


def test_hits_apart_on_another_page_or_in_another_document_stay_apart() -> None:
    stretches = Stretches()
    for number, place in enumerate([(1, None), (1, 2), (1, 3), (2, None)]):
        assert stretches.add(place, (100, 200), (50, 250)) == (number, True)
    assert stretches.add(PLACE, (400, 500), (300, 600)) == (4, True)
    # Two sections may end and begin at one place.
    assert stretches.add(PLACE, (600, 650), (600, 700)) == (5, True)


def test_hits_that_meet_do_not_grow_without_end() -> None:
    stretches = Stretches()
    for number in range(30):
        hit = (200 * number, 200 * number + 180)
        stretches.add(PLACE, hit, (max(0, hit[0] - MARGIN_CHARS), hit[1] + MARGIN_CHARS))
    assert len(stretches.found) > 1
    assert all(one.end - one.start <= MOST_CHARS for one in stretches.found)
    for one, other in zip(stretches.found, stretches.found[1:], strict=False):
        assert one.end - other.start <= 180  # both hold the hit, and share nothing else


pieces = st.lists(
    st.sampled_from(
        ["a", " ", "\n", "\n\n", ". ", "é", "🚲", "İ", "x" * 300, "Ab cd. ", "?! "]
    ),
    min_size=1,
    max_size=60,
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Layout, int, int]:
    text = "".join(draw(pieces))
    places = st.integers(0, len(text))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    cuts = sorted(draw(st.sets(places, max_size=5)) | {0, len(text)})
    kinds = draw(st.lists(st.sampled_from(["own", "quote", "forward"]), min_size=6, max_size=6))
    spans = list(pairwise(cuts))
    pages = sorted(draw(st.sets(places, max_size=3)) | {0})
    sections = sorted(draw(st.sets(places, max_size=3)))
    turns = [Turn(start=low, end=high, speaker="A", at=None) for low, high in spans]
    layout = Layout(
        text=text,
        turns=turns if draw(st.booleans()) else (),
        pages=tuple(pages) if draw(st.booleans()) else (),
        sections=tuple(sections),
        parts=tuple((kind, *span) for kind, span in zip(kinds, spans, strict=False)),
    )
    return layout, start, end


@given(cases())
def test_what_was_grown_contains_the_hit_and_lies_in_the_document(
    case: tuple[Layout, int, int],
) -> None:
    layout, start, end = case
    low, high = widened(layout, start, end)
    assert 0 <= low <= start < end <= high <= len(layout.text)
    assert high - low <= end - start + 2 * MARGIN_CHARS
    for begins in (layout.pages, layout.sections):
        # No page and no section begins in what was added.
        assert not any(low < begin <= start or end <= begin < high for begin in begins)


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 900)), max_size=20))
def test_every_hit_is_in_the_stretch_it_was_given_to(hits: list[tuple[int, int]]) -> None:
    stretches = Stretches()
    for start, length in hits:
        end = start + length
        wide = (max(0, start - MARGIN_CHARS), end + MARGIN_CHARS)
        number, is_new = stretches.add(PLACE, (start, end), wide)
        assert stretches.found[number].start <= start
        assert stretches.found[number].end >= end
        assert is_new == (number == len(stretches.found) - 1) or not is_new
        assert all(one.end - one.start <= MOST_CHARS for one in stretches.found)
