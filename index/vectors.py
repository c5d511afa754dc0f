"""Chroma, which searches the vectors and may be lost at any time.

Each generation of the catalog has a directory of its own, built under another name,
checked, sealed with a manifest (`index/soundness.py`) and given its name by one rename.
Chroma writes to its database when it only opens it, so a reader works in a view of its own:
a copy of the database (17 MB at 100,000 chunks) beside links to the index. A finished
generation is never written to; what is missing or unsound is noticed before it is opened,
and the answer then comes, exactly, from the catalog's own vectors.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from index import soundness
from index.failpoint import at
from index.sketch import Sketch
from index.soundness import Manifest, Unsound, directory_of, is_sound, mark_unsound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "ChromaSearch",
    "ExactSearch",
    "Unsound",
    "VectorSearch",
    "build",
    "directory_of",
    "is_sound",
    "mark_unsound",
    "open_generation",
]

_NAME = "chunks"
_DATABASE = "chroma.sqlite3"
_PERSISTED = "index_metadata.pickle"
"""In an index from 1,000 vectors on; to read a smaller one, Chroma writes its files anew."""

_MAKING = "making-"
_READING = "reading-"
_SAMPLES = 8
_FULL_BYTES = 16 << 20

SEARCHED = {"ef_search": 1600}
"""How many Chroma looks at. Of the ten nearest it then finds 99 in 100 among 300,000 texts,
in 3 ms; with 200, in 1 ms, it finds 88."""

SKETCHED_FROM = 150_000
"""From so many vectors on the nearest are looked for in a sketch first."""

_COMPARED_SHARE = 100
_COMPARED_EACH = 64
"""Of how many vectors one is compared exactly, or how many for each that is wanted."""

_CLOSE_ENOUGH = 1e-4

Item = TypeVar("Item")

log = logging.getLogger("archive")


class VectorSearch(Protocol):
    """Whatever finds the chunks whose vectors are nearest to another."""

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first. Raises Unsound."""

    def close(self) -> None:
        """Let go of whatever is held."""


class ExactSearch:
    """Every vector in memory: 6 ms a question at 100,000 chunks, and never wrong.

    Of more than `SKETCHED_FROM` only those are compared that a sketch takes for near: 20 ms
    at a million instead of 70, and of the nearest 60 fewer than one in a hundred is missed.
    """

    def __init__(self, ids: NDArray[np.int64], matrix: NDArray[np.float32]) -> None:
        self._ids = ids
        self._matrix = matrix
        self._sketch = Sketch(matrix) if len(ids) >= SKETCHED_FROM else None

    def __len__(self) -> int:
        return len(self._ids)

    def nearest(
        self,
        vector: NDArray[np.float32],
        limit: int,
        among: NDArray[np.int64] | None = None,
    ) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first; only of those `among`, if given."""
        import numpy as np

        if not len(self._ids):
            return []
        places = None if among is None else np.flatnonzero(np.isin(self._ids, among))
        rows = len(self._ids) if places is None else len(places)
        count = max(len(self._ids) // _COMPARED_SHARE, _COMPARED_EACH * limit)
        if self._sketch is not None and rows > 4 * count:
            places = self._sketch.nearby(vector, count, places)
        if places is None:
            return _best(self._ids, self._matrix @ vector, limit)
        if 4 * len(places) > len(self._ids):  # to copy them takes longer than to compare all
            cosines = (self._matrix @ vector)[places]
        else:
            cosines = self._matrix[places] @ vector
        return _best(self._ids[places], cosines, limit)

    def close(self) -> None:
        """Nothing is held but memory."""


def _best(
    ids: NDArray[np.int64], cosines: NDArray[np.float32], limit: int
) -> list[tuple[int, float]]:
    """The `limit` largest cosines with their ids, largest first."""
    import numpy as np

    limit = min(limit, len(cosines))
    if limit < 1:
        return []
    best = np.argpartition(-cosines, limit - 1)[:limit]
    best = best[np.argsort(-cosines[best], kind="stable")]
    return [(int(ids[place]), float(cosines[place])) for place in best]


class ChromaSearch:
    """One finished generation, open for reading in a view of its own."""

    def __init__(self, directory: Path, manifest: Manifest, *, expected: Sequence[int]) -> None:
        """Open what has just been checked; look whether `expected` is in it.

        Raises Unsound.
        """
        self.manifest = manifest
        view = _view(directory)
        self._remove_view = weakref.finalize(self, shutil.rmtree, view, ignore_errors=True)
        try:
            self._client = _client(view)
        except BaseException as error:
            self._remove_view()
            raise _refusal(directory, error) from error
        try:
            self._collection = self._client.get_collection(_NAME, embedding_function=None)
            held = self._collection.count()
            # Chroma takes an empty list of ids for a mistake. To be asked for embeddings
            # makes it load the index now, while the files are those that were checked.
            names = [str(number) for number in expected]
            samples = self._collection.get(
                ids=names or None, limit=_SAMPLES, include=["embeddings"]
            )
            found = len(samples["ids"])
        except BaseException as error:
            self.close()
            raise _refusal(directory, error) from error
        if held != manifest.count or (names and found != len(names)):
            self.close()
            raise Unsound(
                f"{directory.name} holds {held} of {manifest.count} vectors,"
                f" and {found} of {len(names)} looked for"
            )

    @property
    def count(self) -> int:
        """How many vectors are in it."""
        return self.manifest.count

    @property
    def largest(self) -> int:
        """The largest chunk id that may be in it."""
        return self.manifest.largest

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first. Raises Unsound."""
        limit = min(limit, self.count)
        if not limit:
            return []
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
        self._remove_view()


def open_generation(
    root: Path,
    generation: int,
    *,
    embedder: str = "",
    ids: Sequence[int] = (),
    count: int | None = None,
    trust_last: bool = True,
) -> ChromaSearch:
    """A sound Chroma of just this generation and embedder. Raises Unsound.

    `ids` are chunk ids of the catalog to look for, of which a few are sampled; those above
    the manifest's largest came later. With `count` it must hold just so many, and without
    `trust_last` every byte of it is read.
    """
    directory = directory_of(root, generation)
    manifest = soundness.check(directory, trust_last=trust_last)
    if embedder and manifest.embedder and manifest.embedder != embedder:
        reason = f"{directory.name} holds vectors of {manifest.embedder}"
        raise Unsound(reason, damaged=False)
    if count is not None and count != manifest.count:
        raise Unsound(f"{directory.name} holds {manifest.count} of {count} vectors")
    known = [number for number in ids if number <= manifest.largest]
    step = max(1, len(known) // _SAMPLES)
    return ChromaSearch(directory, manifest, expected=known[::step][:_SAMPLES])


def build(
    root: Path,
    generation: int,
    ids: NDArray[np.int64],
    matrix: NDArray[np.float32],
    *,
    embedder: str = "",
    afresh: bool = False,
) -> Iterator[int]:
    """Build a generation beside the others and switch to it. Yields how many are in.

    What a sound older generation already holds is copied and only the difference is
    written, as long as that is the smaller part. `afresh` copies nothing, so that no byte
    of a deleted vector is left. `ids` are all that `embedder` has embedded.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(root)
    for left in root.glob(f"{_MAKING}*"):
        shutil.rmtree(left, ignore_errors=True)
    goal = directory_of(root, generation)
    # A later one is of a catalog that a power cut took back: its ids may be others' by now.
    older = [found for found in soundness.generations(root) if found.name < goal.name]
    for later in soundness.generations(root):
        if later.name > goal.name:
            shutil.rmtree(later, ignore_errors=True)
            soundness.forget(later)
    wanted = {int(number): place for place, number in enumerate(ids)}
    # Chroma remembers a directory by its name for as long as the process lives, so every
    # attempt has a name of its own.
    making = root / f"{_MAKING}{uuid.uuid4().hex}"
    removed = 0
    try:
        try:
            if afresh or not older:
                raise Unsound("nothing is to be copied")
            before = _copy(older[-1], making, embedder)
            removed = yield from _grow(making, before, wanted, matrix)
        except Exception as error:  # damage takes many forms; all are mended by starting afresh
            log.info("Chroma is built afresh: %s", error)
            shutil.rmtree(making, ignore_errors=True)
            making = root / f"{_MAKING}{uuid.uuid4().hex}"
            yield from _afresh(making, wanted, matrix)
        soundness.seal(
            making,
            generation=generation,
            embedder=embedder,
            count=len(wanted),
            largest=max(wanted, default=0),
            removed=removed,
        )
        replaced = root / f"{_MAKING}{uuid.uuid4().hex}"
        if goal.exists():
            goal.rename(replaced)
        at("chroma built")
        making.rename(goal)
        soundness.fsync(root)
        at("chroma renamed")
        shutil.rmtree(replaced, ignore_errors=True)
    except Exception as error:  # Chroma has many words for a full disk
        if shutil.disk_usage(root).free < _FULL_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(root)) from error
        raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    soundness.remember(goal)
    # The one before stays for whoever is still reading it.
    others = [directory for directory in older if directory != goal]
    for stale in others if afresh else others[:-1]:
        shutil.rmtree(stale, ignore_errors=True)
        soundness.forget(stale)
    soundness.clear_mark(root)


def _copy(older: Path, making: Path, embedder: str) -> Manifest:
    """Copy a generation, every byte of which is read and checked first. Raises Unsound."""
    manifest = soundness.check(older, trust_last=False)
    if manifest.embedder != embedder:
        raise Unsound("the older generation is of another embedder", damaged=False)
    for name in manifest.files:
        (making / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(older / name, making / name)
    return manifest


def _grow(
    making: Path, before: Manifest, wanted: dict[int, int], matrix: NDArray[np.float32]
) -> Generator[int, None, int]:
    """Write the difference into a copy; Unsound if it is the larger part.

    Returns how many deleted vectors are in it.
    """
    with closing(_client(making)) as client:
        collection = client.get_collection(_NAME, embedding_function=None)
        held = {int(name) for name in collection.get(include=[])["ids"]}
        gone = [str(number) for number in held - wanted.keys()]
        removed = before.removed + len(gone)
        new = wanted.keys() - held
        if 2 * (len(new) + removed) > len(wanted) or collection.count() != len(held):
            raise Unsound("the older generation has too little in common")
        # One that was made with fewer is searched like a new one when it is next opened.
        collection.modify(configuration={"hnsw": SEARCHED})
        for batch in _batches(gone, client.get_max_batch_size()):
            collection.delete(ids=batch)
        yield from _add(client, collection, sorted(new), wanted, matrix)
        _check(collection, wanted, matrix)
    return removed


def _afresh(making: Path, wanted: dict[int, int], matrix: NDArray[np.float32]) -> Iterator[int]:
    making.mkdir(mode=0o700)
    with closing(_client(making)) as client:
        collection = client.create_collection(
            _NAME,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "ef_construction": 200, **SEARCHED}},
        )
        yield from _add(client, collection, sorted(wanted), wanted, matrix)
        _check(collection, wanted, matrix)


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


def _check(collection: Any, wanted: dict[int, int], matrix: NDArray[np.float32]) -> None:
    """Raises Unsound unless it holds exactly what the catalog does."""
    held = {int(name) for name in collection.get(include=[])["ids"]}
    if held != wanted.keys():
        raise Unsound("Chroma does not hold what was written")
    step = max(1, len(wanted) // _SAMPLES)
    names = [str(number) for number in list(wanted)[::step][:_SAMPLES]]
    if not names:
        return
    found = collection.get(ids=names, include=["embeddings"])
    for name, vector in zip(found["ids"], found["embeddings"], strict=True):
        if abs(matrix[wanted[int(name)]] - vector).max() > _CLOSE_ENOUGH:
            raise Unsound("Chroma holds other vectors than were written")


def _batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _view(directory: Path) -> Path:
    """A place in which Chroma may write while it reads this generation."""
    _sweep(directory.parent)
    try:
        view = directory.parent / f"{_READING}{os.getpid()}-{uuid.uuid4().hex}"
        try:
            view.mkdir(mode=0o700)
        except OSError:  # a read-only archive
            view = Path(tempfile.mkdtemp(prefix="life-archive-"))
        try:
            shutil.copyfile(directory / _DATABASE, view / _DATABASE)
            for item in directory.iterdir():
                if item.is_dir() and not (item / _PERSISTED).exists():
                    shutil.copytree(item, view / item.name)
                elif item.is_dir():
                    (view / item.name).symlink_to(item.absolute(), target_is_directory=True)
        except OSError:
            shutil.rmtree(view, ignore_errors=True)
            raise
    except OSError as error:
        raise Unsound(f"{directory.name} cannot be opened: {error}", damaged=False) from error
    return view


def _sweep(root: Path) -> None:
    """Remove the views of readers that were killed."""
    for left in root.glob(f"{_READING}*"):
        number = left.name.removeprefix(_READING).partition("-")[0]
        with suppress(ValueError, PermissionError):
            try:
                os.kill(int(number), 0)
            except ProcessLookupError:
                shutil.rmtree(left, ignore_errors=True)


def _refusal(directory: Path, error: BaseException) -> BaseException:
    """Chroma's Rust core raises kinds of its own for damage, a panic among them."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
        return error
    return Unsound(f"{directory.name} cannot be opened: {error}")


def _client(directory: Path) -> Any:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(directory), settings=Settings(anonymized_telemetry=False)
    )
