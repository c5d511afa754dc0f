"""Retrieval finds by words and by vectors, and never depends on Chroma being sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from index import keywords, vectors
from index.catalog import Catalog
from index.retrieve import Retriever
from tests.unit.fakes import WordEmbedder, mail, sync


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "source"
    folder.mkdir()
    bodies = ["the red bicycle is broken", "the boat has a new mast", "lunch on friday?"]
    (folder / "inbox.mbox").write_bytes(b"".join(mail(n, b) for n, b in enumerate(bodies)))
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(folder)
    sync(made, tmp_path)
    return made


def retriever(catalog: Catalog, tmp_path: Path) -> Retriever:
    return Retriever(catalog, tmp_path / "chroma", embedder_name="words", embedder=WordEmbedder)


def test_a_passage_carries_exact_offsets_and_both_ranks(
    catalog: Catalog, tmp_path: Path
) -> None:
    best = retriever(catalog, tmp_path).search("what about the mast?").passages[0]
    assert best.id == "<1@example.org>"
    stored = catalog.document(best.document_id)
    assert stored is not None
    assert stored.text[best.start : best.end] == best.text == "the boat has a new mast"
    assert best.people[0] == "Anna <anna@example.org>"
    assert best.keyword_rank == 1
    assert best.vector_rank is not None


@pytest.mark.parametrize("damage", ["missing", "emptied", "foreign"])
def test_answers_come_from_the_catalog_when_chroma_is_unsound(
    catalog: Catalog, tmp_path: Path, damage: str
) -> None:
    sound = retriever(catalog, tmp_path)
    sound.warm()
    expected = [passage.id for passage in sound.search("broken bicycle").passages]
    place = vectors.directory_of(tmp_path / "chroma", catalog.generation)
    if damage == "missing":
        shutil.rmtree(place)
    elif damage == "emptied":
        shutil.rmtree(place)
        place.mkdir()
    else:
        (place / "chroma.sqlite3").write_bytes(b"not a database" * 100)
    asked = retriever(catalog, tmp_path)
    asked.warm()
    assert [passage.id for passage in asked.search("broken bicycle").passages] == expected


def test_a_newer_generation_is_seen_without_reopening(catalog: Catalog, tmp_path: Path) -> None:
    asked = retriever(catalog, tmp_path)
    asked.warm()
    with (tmp_path / "source" / "inbox.mbox").open("ab") as inbox:
        inbox.write(mail(9, "the tent leaks"))
    sync(catalog, tmp_path)
    best = asked.search("tent").passages[0]
    assert best.id == "<9@example.org>"
    assert best.vector_rank == 1


def test_the_same_words_are_shown_once(catalog: Catalog, tmp_path: Path) -> None:
    with (tmp_path / "source" / "inbox.mbox").open("ab") as inbox:
        inbox.write(mail(9, "the boat has a new mast"))
    sync(catalog, tmp_path)
    found = retriever(catalog, tmp_path).search("new mast").passages
    assert [passage.text for passage in found].count("the boat has a new mast") == 1


@pytest.mark.parametrize("question", ["", "  ", '"', "a OR (", "NEAR(", "*", "??!", "-"])
def test_any_question_is_taken(catalog: Catalog, tmp_path: Path, question: str) -> None:
    retriever(catalog, tmp_path).search(question)


def test_small_words_of_a_question_do_not_count() -> None:
    assert keywords.terms("When did the mast of the boat break?") == ["mast", "boat", "break"]
    assert keywords.terms("Who is he?") == ["who", "is", "he"]


def test_the_archive_is_a_llamaindex_retriever(catalog: Catalog, tmp_path: Path) -> None:
    from index.llamaindex import ArchiveRetriever

    (best, *rest) = ArchiveRetriever(retriever(catalog, tmp_path), limit=2).retrieve("mast")
    assert len(rest) <= 1
    assert best.node.metadata["id"] == "<1@example.org>"
    assert best.node.get_content() == "the boat has a new mast"
    assert best.score > 0
