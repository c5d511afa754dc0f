"""Chunks give their text back, whatever the text."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.chunk import MAX_CHARS, chunks, spans
from ingest.document import Document, Kind, Person, Role, Section

# Long runs without a break, and breaks of every kind next to each other.
pieces = st.one_of(
    st.sampled_from(["\n\n", "\n", ". ", ", ", " ", "x" * 1000, "# Head\n", "…", "\u00a0"]),
    st.text(max_size=60),
)
texts = st.lists(pieces, min_size=1, max_size=40).map("".join)


def document(text: str, **more: object) -> Document:
    values = {
        "path": Path("/notes/a.md"),
        "locator": "",
        "kind": Kind.NOTE,
        "title": "A",
        "text": text,
        "created": None,
        **more,
    }
    return Document(**values)  # type: ignore[arg-type]


@given(texts)
def test_offsets_give_the_text_back_and_nothing_visible_is_lost(text: str) -> None:
    cut = list(chunks(document(text)))
    assert all(chunk.text == text[chunk.start : chunk.end] for chunk in cut)
    assert all(0 < len(chunk.text) <= MAX_CHARS for chunk in cut)
    kept = "".join("".join(chunk.text.split()) for chunk in cut)
    assert kept == "".join(text.split())


def test_a_chunk_never_crosses_a_page_and_knows_its_number() -> None:
    text = "first page\n\nsecond page"
    cut = list(chunks(document(text, page_starts=(0, 12))))
    assert [(chunk.page, chunk.text) for chunk in cut] == [
        (1, "first page"),
        (2, "second page"),
    ]


def test_cuts_fall_between_sentences() -> None:
    text = "One sentence stands here. " * 60
    assert all(text[start:end].endswith(".") for start, end in spans(text, 0, len(text)))


def test_the_section_that_a_chunk_begins_in_is_part_of_its_context() -> None:
    text = "# Boat\n\n" + "sail " * 180 + "\n\n## Mast\n\n" + "spar " * 180
    sections = (
        Section(start=0, label="Boat"),
        Section(start=text.index("## Mast"), label="Boat > Mast"),
    )
    cut = list(chunks(document(text, sections=sections)))
    assert cut[0].context.endswith("| Boat")
    assert cut[-1].context.endswith("| Boat > Mast")
    assert cut[-1].section == "Boat > Mast"


@given(texts, st.lists(st.integers(0, 400), max_size=8))
def test_what_is_set_aside_is_in_no_chunk_and_all_else_is(text: str, bounds: list[int]) -> None:
    bounds = sorted(min(bound, len(text)) for bound in bounds)
    spans_aside = [
        (start, end)
        for start, end in zip(bounds[::2], bounds[1::2], strict=False)
        if start < end
    ]
    cut = list(chunks(document(text), spans_aside))
    assert all(chunk.text == text[chunk.start : chunk.end] for chunk in cut)
    left = "".join(
        character
        for place, character in enumerate(text)
        if not any(start <= place < end for start, end in spans_aside)
    )
    assert "".join("".join(chunk.text.split()) for chunk in cut) == "".join(left.split())


def test_what_an_attachment_came_with_is_part_of_its_context() -> None:
    (cut,) = chunks(document("figures", title="costs.pdf", within_title="The boat"))
    assert cut.context == "costs.pdf | attached to The boat"


def test_a_digest_stands_for_what_is_embedded() -> None:
    (one,) = chunks(document("same words"))
    (two,) = chunks(document("same words", path=Path("/elsewhere/b.md")))
    (three,) = chunks(document("same words", title="Another title"))
    assert one.digest == two.digest != three.digest


def test_a_chat_is_between_people_and_from_none_of_them() -> None:
    people = tuple(Person(name=name, address="", role=Role.AUTHOR) for name in ("Anna", "Ben"))
    (cut,) = chunks(document("Anna (09:14): hello", kind=Kind.CHAT, people=people))
    assert cut.context == "A | between Anna, Ben"
