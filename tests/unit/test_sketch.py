"""A sketch finds, among many vectors, those that an exact search finds."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from index import exact, sketch
from index.exact import ExactSearch
from index.sketch import Sketch

LIMIT = 10


def topics(count: int, dimensions: int = 64, seed: int = 1) -> NDArray[np.float32]:
    """Unit vectors that lie about 200 subjects, as texts do."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((200, dimensions))
    matrix = centres[random.integers(200, size=count)]
    matrix += 0.8 * random.standard_normal((count, dimensions))
    unit: NDArray[np.float32] = (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sketch is worth it for tests of a few thousand vectors."""
    monkeypatch.setattr(exact, "SKETCHED_FROM", 1000)
    monkeypatch.setattr(sketch, "_ROWS", 1 << 10)


def pair(matrix: NDArray[np.float32]) -> tuple[ExactSearch, ExactSearch]:
    """One that compares all, and one with a sketch; ids are other than places."""
    ids = np.arange(len(matrix), dtype=np.int64) * 3 + 7
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(exact, "SKETCHED_FROM", len(matrix) + 1)
        plain = ExactSearch(ids, matrix)
    sketched = ExactSearch(ids, matrix)
    assert plain._sketch is None
    assert sketched._sketch is not None
    return plain, sketched


def shared(plain: ExactSearch, sketched: ExactSearch, among: object = None) -> float:
    """The part of what the exact search finds that the other one finds."""
    same = 0
    asked = topics(30, seed=2)
    for vector in asked:
        wanted = plain.nearest(vector, LIMIT, among)  # type: ignore[arg-type]
        found = sketched.nearest(vector, LIMIT, among)  # type: ignore[arg-type]
        assert len(found) == len(wanted)
        assert [cosine for _, cosine in found] == sorted(
            (cosine for _, cosine in found), reverse=True
        )
        same += len(dict(wanted).keys() & dict(found).keys())
    return same / (len(asked) * LIMIT)


@pytest.mark.usefixtures("small")
def test_what_is_nearest_is_found_among_the_candidates() -> None:
    plain, sketched = pair(topics(20_001))
    assert shared(plain, sketched) >= 0.99


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("share", [2, 5, 400])
def test_a_filter_is_kept_whatever_it_lets_through(share: int) -> None:
    plain, sketched = pair(topics(20_001))
    among = np.arange(20_001, dtype=np.int64)[::share] * 3 + 7
    assert shared(plain, sketched, among) >= 0.99
    found = {number for number, _ in sketched.nearest(topics(1, seed=2)[0], 200, among)}
    assert found <= set(among.tolist())


@pytest.mark.usefixtures("small")
def test_the_cosine_is_that_of_the_vectors_themselves() -> None:
    matrix = topics(5000)
    _, sketched = pair(matrix)
    vector = topics(1, seed=2)[0]
    for number, cosine in sketched.nearest(vector, LIMIT):
        assert cosine == pytest.approx(float(matrix[(number - 7) // 3] @ vector), abs=1e-6)


def test_a_small_archive_has_no_sketch() -> None:
    assert ExactSearch(np.arange(2000), topics(2000))._sketch is None


@pytest.mark.usefixtures("small")
def test_as_many_as_there_are_can_be_asked_for() -> None:
    plain, sketched = pair(topics(1500))
    vector = topics(1, seed=2)[0]
    assert (
        dict(sketched.nearest(vector, 5000)).keys() == dict(plain.nearest(vector, 5000)).keys()
    )


def test_of_many_that_are_the_same_no_more_are_compared_than_is_worth_it() -> None:
    matrix = np.repeat(topics(1), 4000, axis=0)
    matrix[123] = topics(1, seed=5)
    made = Sketch(matrix)
    assert len(made.nearby(matrix[0], 500)) == 500
    assert 123 in made.nearby(matrix[123], 500)


def test_never_fewer_candidates_than_wanted() -> None:
    matrix = topics(3000)
    made = Sketch(matrix)
    for vector in topics(20, seed=3):
        assert 100 <= len(set(made.nearby(vector, 100).tolist())) <= 200
    assert len(made.nearby(matrix[0], 9000)) == 3000


@pytest.mark.parametrize("dimensions", [8, 33, 64, 384])
def test_any_number_of_dimensions_fills_whole_words(dimensions: int) -> None:
    matrix = topics(500, dimensions)
    made = Sketch(matrix)
    assert made._words.shape[0] == -(-2 * dimensions // 64)
    assert 77 in made.nearby(matrix[77], 20)
    assert np.array_equal(Sketch(matrix)._words, made._words)
