"""A search among some chunks only finds what an exact search among them finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index import nearest
from index.catalog import Catalog
from index.chroma import ChromaSearch
from index.exact import ExactSearch
from index.nearest import NearestChunks
from tests.unit.fakes import WordEmbedder, mail, sync

MAILS = 40


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "source"
    folder.mkdir()
    bodies = [f"message {n} about subject {n * 7} and {n % 5}" for n in range(MAILS)]
    (folder / "inbox.mbox").write_bytes(b"".join(mail(n, b) for n, b in enumerate(bodies)))
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(folder)
    sync(made, tmp_path)
    return made


@pytest.fixture
def asked(catalog: Catalog, tmp_path: Path) -> NearestChunks:
    return NearestChunks(catalog, tmp_path / "chroma", embedder_name="words")


VECTOR = WordEmbedder().embed(["message 5 about"])[0]


def by_hand(catalog: Catalog, among: set[int], limit: int) -> list[int]:
    ids, matrix = catalog.vectors("words")
    order = np.argsort(-(matrix @ VECTOR), kind="stable")
    return [int(ids[place]) for place in order if int(ids[place]) in among][:limit]


def cosines(catalog: Catalog, chunks: list[int]) -> list[float]:
    """Of many short texts several are equally near, in an order of chance."""
    ids, matrix = catalog.vectors("words")
    return [float(matrix[list(ids).index(chunk)] @ VECTOR) for chunk in chunks]


def every_third(catalog: Catalog) -> np.ndarray:
    return catalog.vectors("words")[0][::3]


def numbers(found: list[tuple[int, float]]) -> list[int]:
    return [number for number, _ in found]


def test_exact_search_looks_at_no_other_chunk() -> None:
    matrix = np.eye(6, dtype=np.float32)
    exact = ExactSearch(np.array([9, 4, 7, 2, 5, 1]), matrix)
    found = exact.nearest(matrix[2], 10, np.array([2, 9, 7, 7, 1000]))
    assert found[0] == (7, 1.0)
    assert set(numbers(found)) == {2, 7, 9}
    assert exact.nearest(matrix[2], 10, np.array([1000])) == []
    assert exact.nearest(matrix[2], 10, np.empty(0, np.int64)) == []


def test_the_catalog_gives_the_vectors_of_these_chunks_only(catalog: Catalog) -> None:
    ids, matrix = catalog.vectors("words")
    some = np.array([ids[7], ids[2], 10_000, ids[7]], np.int64)
    found, rows = catalog.vectors("words", among=some)
    assert found.tolist() == [ids[2], ids[7]]
    assert np.array_equal(rows, matrix[[2, 7]])
    assert len(catalog.vectors("words", among=np.empty(0, np.int64))[0]) == 0
    assert len(catalog.vectors("others", among=some)[0]) == 0


@pytest.mark.parametrize("chroma", [True, False])
@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.parametrize("most", [20_000, 0])
def test_whoever_answers_looks_among_these_only(
    catalog: Catalog,
    asked: NearestChunks,
    monkeypatch: pytest.MonkeyPatch,
    chroma: bool,
    loaded: bool,
    most: int,
) -> None:
    monkeypatch.setattr(nearest, "AMONG_UP_TO", most)
    if chroma:
        asked.warm()
    elif loaded:
        asked.nearest(VECTOR, 5)
    among = every_third(catalog)
    assert isinstance(asked._chroma, ChromaSearch) == chroma
    found = asked.nearest(VECTOR, 5, among)
    wanted = cosines(catalog, by_hand(catalog, set(among.tolist()), 5))
    assert cosines(catalog, numbers(found)) == pytest.approx(wanted, abs=1e-5)
    assert set(numbers(asked.nearest(VECTOR, 100, among))) == set(among.tolist())
    assert asked.nearest(VECTOR, 5, np.empty(0, np.int64)) == []


def test_chroma_is_asked_for_more_than_is_wanted(
    catalog: Catalog, asked: NearestChunks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "AMONG_UP_TO", 0)
    asked.warm()
    among = catalog.vectors("words")[0][::2]
    limits = []
    plain = ChromaSearch.nearest

    def noted(self: ChromaSearch, vector: np.ndarray, limit: int) -> list[tuple[int, float]]:
        limits.append(limit)
        return plain(self, vector, limit)

    monkeypatch.setattr(ChromaSearch, "nearest", noted)
    monkeypatch.setattr(asked, "_of_these", lambda _: pytest.fail("read from the catalog"))
    found = asked.nearest(VECTOR, 3, among)
    assert len(found) == 3
    assert limits == [12]
    assert {number for number, _ in found} <= set(among.tolist())


def test_what_chroma_does_not_bring_is_read_from_the_catalog(
    catalog: Catalog, asked: NearestChunks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "AMONG_UP_TO", 0)
    monkeypatch.setattr(nearest, "_MOST_FETCHED", 2)
    asked.warm()
    among = np.array(by_hand(catalog, set(range(10_000)), MAILS)[-10:], np.int64)
    assert set(numbers(asked.nearest(VECTOR, 10, among))) == set(among.tolist())


def test_new_chunks_are_filtered_too(catalog: Catalog, asked: NearestChunks) -> None:
    asked.warm()
    with catalog.transaction() as connection:
        connection.execute(
            "INSERT INTO chunk(document_id, position, start, end, context, text, digest)"
            " SELECT min(id), 99, 0, 1, '', 'message 5 about', X'11' FROM document"
        )
        connection.execute(
            "INSERT INTO embedding(embedder, digest, vector) VALUES ('words', X'11', ?)",
            (VECTOR.tobytes(),),
        )
        (new,) = connection.execute("SELECT max(id) FROM chunk").fetchone()
    among = every_third(catalog)
    assert new not in numbers(asked.nearest(VECTOR, 100, among[among != new]))
    assert numbers(asked.nearest(VECTOR, 100, np.append(among, new)))[0] == new
