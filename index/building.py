"""Building a generation of Chroma beside the others, and switching to it.

It is built under another name, checked, sealed with a manifest (`index/soundness.py`) and given
its name by one rename.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from index import soundness
from index.chroma import NAME, SAMPLES, SEARCHED, open_client, sweep
from index.failpoint import at
from index.soundness import Manifest, Unsound, directory_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAKING = "making-"
_FULL_BYTES = 16 << 20
_CLOSE_ENOUGH = 1e-4

Item = TypeVar("Item")

log = logging.getLogger("archive")


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
    sweep(root)
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
    with closing(open_client(making)) as client:
        collection = client.get_collection(NAME, embedding_function=None)
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
    with closing(open_client(making)) as client:
        collection = client.create_collection(
            NAME,
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
    step = max(1, len(wanted) // SAMPLES)
    names = [str(number) for number in list(wanted)[::step][:SAMPLES]]
    if not names:
        return
    found = collection.get(ids=names, include=["embeddings"])
    for name, vector in zip(found["ids"], found["embeddings"], strict=True):
        if abs(matrix[wanted[int(name)]] - vector).max() > _CLOSE_ENOUGH:
            raise Unsound("Chroma holds other vectors than were written")


def _batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
