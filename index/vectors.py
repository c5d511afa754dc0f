"""Chroma, which searches the vectors and may be lost at any time.

Each generation of the catalog has a directory of its own, built under another
name, checked, and given its name by one rename. A reader opens a finished
generation and finds it unchanged for as long as it looks. What is missing or
unsound is noticed when it is opened; the answer then comes, exactly, from the
catalog's own vectors.
"""

from __future__ import annotations

import logging
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAME = "chunks"
_PREFIX = "generation-"
_SAMPLES = 8

Item = TypeVar("Item")

log = logging.getLogger("archive")


class Unsound(Exception):
    """This generation of Chroma is missing, damaged, or not what the catalog holds."""


class ExactSearch:
    """Every vector in memory: 6 ms a question at 100,000 chunks, and never wrong."""

    def __init__(self, ids: NDArray[np.int64], matrix: NDArray[np.float32]) -> None:
        self._ids = ids
        self._matrix = matrix

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first."""
        import numpy as np

        if not len(self._ids):
            return []
        cosines = self._matrix @ vector
        limit = min(limit, len(cosines))
        best = np.argpartition(-cosines, limit - 1)[:limit]
        best = best[np.argsort(-cosines[best], kind="stable")]
        return [(int(self._ids[place]), float(cosines[place])) for place in best]


class ChromaSearch:
    """One finished generation, open for reading."""

    def __init__(self, directory: Path, *, expected: Sequence[int], count: int) -> None:
        """Open it and compare it with the catalog: its count, and whether `expected` is there.

        Raises Unsound.
        """
        if not directory.is_dir():
            raise Unsound(f"{directory} is missing")
        try:
            self._client = _client(directory)
            self._collection = self._client.get_collection(_NAME, embedding_function=None)
            held = self._collection.count()
            # Chroma takes an empty list of ids for a mistake.
            names = [str(number) for number in expected]
            found = len(self._collection.get(ids=names, include=[])["ids"]) if names else 0
        except Exception as error:  # Chroma's Rust core raises kinds of its own for damage
            raise Unsound(f"{directory} cannot be opened: {error}") from error
        if held != count or found != len(expected):
            raise Unsound(f"{directory} holds {held} of {count} vectors")

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first. Raises Unsound."""
        try:
            found = self._collection.query(
                query_embeddings=[vector.tolist()], n_results=limit, include=["distances"]
            )
        except Exception as error:
            raise Unsound(str(error)) from error
        return [
            (int(name), 1.0 - float(distance))
            for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()


def directory_of(root: Path, generation: int) -> Path:
    """Where this generation stands, or would."""
    return root / f"{_PREFIX}{generation:08d}"


def open_generation(
    root: Path, generation: int, *, ids: Sequence[int], count: int
) -> ChromaSearch:
    """A sound Chroma of just this generation. Raises Unsound.

    `ids` are chunk ids of the catalog to look for, of which a few are sampled.
    """
    step = max(1, len(ids) // _SAMPLES)
    return ChromaSearch(
        directory_of(root, generation), expected=list(ids)[::step][:_SAMPLES], count=count
    )


def build(
    root: Path,
    generation: int,
    ids: NDArray[np.int64],
    matrix: NDArray[np.float32],
) -> Iterator[int]:
    """Build a generation beside the others and switch to it. Yields how many are in.

    What the newest older generation already holds is copied and only the difference is
    written, as long as that is the smaller part.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    goal = directory_of(root, generation)
    for left in root.glob("making-*"):
        shutil.rmtree(left, ignore_errors=True)
    shutil.rmtree(goal, ignore_errors=True)
    older = sorted(root.glob(f"{_PREFIX}*"))
    wanted = {int(number): place for place, number in enumerate(ids)}
    # Chroma remembers a directory by its name for as long as the process lives, so every
    # attempt has a name of its own.
    making = root / f"making-{uuid.uuid4().hex}"
    try:
        try:
            if not older:
                raise Unsound("there is no older generation")
            yield from _grow(making, older[-1], wanted, matrix)
        except Exception as error:  # damage takes many forms; all are mended by starting afresh
            log.info("Chroma is built afresh: %s", error)
            shutil.rmtree(making, ignore_errors=True)
            making = root / f"making-{uuid.uuid4().hex}"
            yield from _afresh(making, wanted, matrix)
        making.rename(goal)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    # The one before stays for whoever is still reading it.
    for stale in older[:-1]:
        shutil.rmtree(stale, ignore_errors=True)


def _grow(
    making: Path, older: Path, wanted: dict[int, int], matrix: NDArray[np.float32]
) -> Iterator[int]:
    """A copy of `older` with the difference written; Unsound if it is the larger part."""
    shutil.copytree(older, making)
    with closing(_client(making)) as client:
        collection = client.get_collection(_NAME, embedding_function=None)
        held = {int(name) for name in collection.get(include=[])["ids"]}
        if 2 * len(held ^ wanted.keys()) > len(wanted) or collection.count() != len(held):
            raise Unsound("the older generation has too little in common")
        gone = [str(number) for number in held - wanted.keys()]
        for batch in _batches(gone, client.get_max_batch_size()):
            collection.delete(ids=batch)
        yield from _add(client, collection, sorted(wanted.keys() - held), wanted, matrix)
        _check(collection, wanted)


def _afresh(making: Path, wanted: dict[int, int], matrix: NDArray[np.float32]) -> Iterator[int]:
    making.mkdir(mode=0o700)
    with closing(_client(making)) as client:
        collection = client.create_collection(
            _NAME,
            embedding_function=None,
            configuration={
                "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}
            },
        )
        yield from _add(client, collection, sorted(wanted), wanted, matrix)
        _check(collection, wanted)


def _add(
    client: Any,
    collection: Any,
    new: list[int],
    wanted: dict[int, int],
    matrix: NDArray[np.float32],
) -> Iterator[int]:
    done = len(wanted) - len(new)
    for batch in _batches(new, min(client.get_max_batch_size(), 2000)):
        collection.add(
            ids=[str(number) for number in batch],
            embeddings=matrix[[wanted[number] for number in batch]],
        )
        done += len(batch)
        yield done


def _check(collection: Any, wanted: dict[int, int]) -> None:
    """Raises Unsound unless it holds exactly what the catalog does."""
    held = {int(name) for name in collection.get(include=[])["ids"]}
    if held != wanted.keys():
        raise Unsound("Chroma does not hold what was written")


def _batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _client(directory: Path) -> Any:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(directory), settings=Settings(anonymized_telemetry=False)
    )
