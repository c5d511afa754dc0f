"""Retrieval: what is found, in what order and how much of it; Chroma need not be sound."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from index import keywords
from index.catalog import Catalog
from index.database import CatalogUnusable
from index.growth import MARGIN_CHARS
from index.passage import Passage
from index.query import Field, Filter, Query
from index.rank import Asked, Candidate, Ranked, Ranker
from index.retrieve import PARTS, QUESTION_CHARS, Retriever
from index.soundness import directory_of
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
    place = directory_of(tmp_path / "chroma", catalog.generation)
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
    assert best.node.metadata["hit"] == [0, 23]
    assert best.node.metadata["also"] == []


# --- an archive with longer documents -----------------------------------------------------

FILLER = "Nothing of note was seen on that day, and the weather stayed as it was. "


@pytest.fixture
def notes(tmp_path: Path) -> Catalog:
    folder = tmp_path / "source"
    folder.mkdir()
    long = FILLER * 40 + "The varnish is in the cellar. " + FILLER * 40
    (folder / "long.md").write_text(f"# Boat\n\n{long}\n\n# Tent\n\nThe tent leaks. {FILLER}\n")
    (folder / "umlaut.txt").write_text(
        "İİ 🚲 … Größe: der Mast aus Kiefernholz ist zwölf Meter lang"
    )
    alert = "Please remember to bring the blue folder to the harbour office on the first of May"
    (folder / "a.mbox").write_bytes(
        mail(1, alert, subject="Folder")
        + mail(2, alert + " thanks", subject="Fwd: Folder")
        + mail(3, "the folder is green", subject="Colours").replace(
            b"5 Mar 2004", b"7 Mar 2005"
        )
    )
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(folder)
    sync(made, tmp_path)
    return made


def search(catalog: Catalog, question: str | Query, **more: Any) -> tuple[Passage, ...]:
    """With a zone, so that days are the same everywhere."""
    folder = catalog.path.parent / "chroma"
    asked = Retriever(catalog, folder, embedder_name="words", embedder=WordEmbedder, zone=UTC)
    return asked.search(question, **more).passages


def test_the_best_come_first_and_no_more_than_wanted(notes: Catalog) -> None:
    found = search(notes, "blue folder varnish mast tent")
    assert len(found) > 3
    scores = [passage.score for passage in found]
    assert scores == sorted(scores, reverse=True)
    for limit in (0, 1, 3):
        fewer = search(notes, "blue folder varnish mast tent", limit=limit)
        assert [one.id for one in fewer] == [one.id for one in found[:limit]]


def test_every_passage_is_exactly_a_stretch_of_its_document(notes: Catalog) -> None:
    found = search(notes, "varnish mast tent folder note weather", limit=20)
    assert any(passage.start < passage.hit[0] for passage in found)
    for passage in found:
        stored = notes.document(passage.document_id)
        assert stored is not None
        assert stored.text[passage.start : passage.end] == passage.text
        assert passage.start <= passage.hit[0] < passage.hit[1] <= passage.end


def test_a_hit_is_grown_unless_that_is_left_out(notes: Catalog) -> None:
    plain = search(notes, "varnish cellar", parts=PARTS - {"grow"})[0]
    grown = search(notes, "varnish cellar")[0]
    assert plain.hit == (plain.start, plain.end)
    assert grown.hit == plain.hit
    assert grown.start < plain.start
    assert len(grown.text) <= len(plain.text) + 2 * MARGIN_CHARS


def test_a_text_whose_folded_form_has_another_length_is_read_exactly(notes: Catalog) -> None:
    (best, *_) = search(notes, "Wie lang ist der Mast?")
    assert best.text == "İİ 🚲 … Größe: der Mast aus Kiefernholz ist zwölf Meter lang"


def test_a_letter_that_changed_on_the_disk_is_not_shown(notes: Catalog) -> None:
    (number,) = {passage.document_id for passage in search(notes, "mast", limit=1)}
    notes.connection.execute(
        "UPDATE document SET text=replace(text, 'a', 'o') WHERE id=?", (number,)
    )
    with pytest.raises(CatalogUnusable, match="not what was written"):
        search(notes, "mast", limit=1)


def test_what_says_the_same_is_named_beside_what_is_shown(notes: Catalog) -> None:
    found = search(notes, "who brings the blue folder to the harbour office")
    shown = [one for one in found if "blue folder" in one.text]
    assert len(shown) == 1
    assert {shown[0].id, *shown[0].also} == {"<1@example.org>", "<2@example.org>"}
    apart = search(notes, "blue folder harbour office", parts=PARTS - {"repeats"})
    assert {"<1@example.org>", "<2@example.org>"} <= {one.id for one in apart}
    assert all(one.also == () for one in apart)


def test_operators_alone_list_by_date(notes: Catalog) -> None:
    found = search(notes, "kind:mail")
    assert found[0].id == "<3@example.org>"
    assert {one.id for one in found[1:]} == {"<1@example.org>", "<2@example.org>"}
    (only,) = search(notes, "kind:mail", limit=1)
    assert only.id == "<3@example.org>"
    mails = Filter(field=Field.KIND, value="mail")
    oldest = search(notes, Query(text="", words="", filters=(mails,), order="oldest"))
    assert oldest[-1].id == "<3@example.org>"
    assert search(notes, "kind:chat") == ()


def test_operators_are_demanded(notes: Catalog) -> None:
    (early,) = search(notes, "folder before:2005")
    assert {early.id, *early.also} == {"<1@example.org>", "<2@example.org>"}
    assert {one.id for one in search(notes, "folder after:2004")} == {"<3@example.org>"}
    assert {one.kind for one in search(notes, "the folder varnish kind:file")} <= {"file"}


def test_a_phrase_is_demanded(notes: Catalog) -> None:
    (only,) = search(notes, 'where is the "folder is green"')
    assert only.id == "<3@example.org>"
    assert search(notes, '"green is folder"') == ()


@pytest.mark.parametrize("question", ["", "   ", "?", Query(text="", words="")])
def test_nothing_asked_nothing_found(notes: Catalog, question: str | Query) -> None:
    assert search(notes, question) == ()


def test_without_vectors_words_are_found(notes: Catalog) -> None:
    notes.connection.execute("DELETE FROM embedding")
    (best, *_) = search(notes, "varnish")
    assert "varnish" in best.text
    assert best.vector_rank is None
    assert best.similarity is None


@pytest.mark.parametrize("part", sorted(PARTS))
def test_each_part_can_be_left_out(notes: Catalog, part: str) -> None:
    found = search(notes, "where is the varnish", parts=PARTS - {part})
    assert "varnish" in found[0].text
    assert (found[0].keyword_rank is None) == (part == "keywords")
    assert (found[0].vector_rank is None) == (part == "vectors")


def test_a_score_is_told_apart_into_what_made_it(notes: Catalog) -> None:
    asked = retriever(notes, notes.path.parent)
    result = asked.search("where is the varnish in 2005")
    best = result.passages[0]
    assert sum(result.scores[best.chunk_id].values()) == pytest.approx(best.score)
    assert {"understand", "keywords", "vectors", "rank", "total"} <= set(result.timings_ms)


def test_what_is_deleted_meanwhile_is_still_read_as_it_was(notes: Catalog) -> None:
    """Somebody removes everything between the gathering of candidates and the reading."""
    asked = retriever(notes, notes.path.parent)
    elsewhere = Catalog(notes.path)

    class Removing(Ranker):
        def rank(self, asked: Asked, candidates: Sequence[Candidate]) -> list[Ranked]:
            with elsewhere.transaction() as connection:
                connection.execute("DELETE FROM document")
            return super().rank(asked, candidates)

    asked._ranker = Removing({"coverage": 1.0})
    found = asked.search("where is the varnish").passages
    assert "varnish" in found[0].text
    assert asked.search("where is the varnish").passages == ()


@pytest.mark.parametrize(
    "question",
    [
        "x" * 900 + " varnish",
        "varnish " + "1" * 60_000,
        "varnish " + "Ab'Cd-" * 9_000,
        " ".join(f"varnish word{number}" for number in range(5_000)),
        "varnish \0 \ud800 NEAR( OR ) * ^ {x}: - + ' \"",
        'varnish from:"O\'Brien \ud800"',
        "varnish שלום עולם مرحبا",
        'varnish "שלום',
    ],
)
def test_hostile_questions_are_answered(notes: Catalog, question: str) -> None:
    found = search(notes, question)
    stated = "from:" in question
    assert stated or "varnish" in found[0].text


def test_of_a_very_long_question_the_beginning_is_read(notes: Catalog) -> None:
    question = "varnish " * 1_000 + "tent"
    query = retriever(notes, notes.path.parent).understand(question)
    assert query.text == question
    assert len(query.words) <= QUESTION_CHARS
    assert "2,000" in query.remarks[-1]
