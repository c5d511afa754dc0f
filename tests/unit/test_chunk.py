"""Chunks give their text back, whatever the text."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.chunk import MAX_CHARS, chunks, spans
from ingest.document import Document, Kind

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


def test_the_heading_above_a_chunk_is_part_of_its_context() -> None:
    text = "# Boat\n\n" + "sail " * 180 + "\n\n## Mast\n\n" + "spar " * 180
    contexts = [chunk.context for chunk in chunks(document(text))]
    assert "Boat" in contexts[0]
    assert contexts[-1].endswith("| Mast")


def test_a_digest_stands_for_what_is_embedded() -> None:
    (one,) = chunks(document("same words"))
    (two,) = chunks(document("same words", path=Path("/elsewhere/b.md")))
    (three,) = chunks(document("same words", title="Another title"))
    assert one.digest == two.digest != three.digest
