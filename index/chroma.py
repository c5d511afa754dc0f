"""Chroma, which searches the vectors and may be lost at any time.

Each generation of the catalog has a directory of its own. Chroma writes to its database when
it only opens it, so a reader works in a view of its own: a copy of the database (17 MB at
100,000 chunks) beside links to the index. A finished generation is never written to; what is
missing or unsound is noticed before it is opened, and the answer then comes, exactly, from
the catalog's own vectors.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import soundness
from index.soundness import Manifest, Unsound, directory_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "chunks"
"""Of the one collection."""

SAMPLES = 8
"""How many vectors are looked for to see whether it holds what it should."""

SEARCHED = {"ef_search": 1600}
"""How many Chroma looks at. Of the ten nearest it then finds 99 in 100 among 300,000 texts,
in 3 ms; with 200, in 1 ms, it finds 88."""

_DATABASE = "chroma.sqlite3"
_PERSISTED = "index_metadata.pickle"
"""In an index from 1,000 vectors on; to read a smaller one, Chroma writes its files anew."""

_READING = "reading-"


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
            self._client = open_client(view)
        except BaseException as error:
            self._remove_view()
            raise _refusal(directory, error) from error
        try:
            self._collection = self._client.get_collection(NAME, embedding_function=None)
            held = self._collection.count()
            # Chroma takes an empty list of ids for a mistake. To be asked for embeddings
            # makes it load the index now, while the files are those that were checked.
            names = [str(number) for number in expected]
            samples = self._collection.get(
                ids=names or None, limit=SAMPLES, include=["embeddings"]
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
    step = max(1, len(known) // SAMPLES)
    return ChromaSearch(directory, manifest, expected=known[::step][:SAMPLES])


def _view(directory: Path) -> Path:
    """A place in which Chroma may write while it reads this generation."""
    sweep(directory.parent)
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


def sweep(root: Path) -> None:
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


def open_client(directory: Path) -> Any:
    """Chroma on the files of a directory, which it may write to."""
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(
        path=str(directory), settings=Settings(anonymized_telemetry=False)
    )
