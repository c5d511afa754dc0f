"""Files that have to survive: private, on the disk when they are done, with room to spare."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ingest.errors import LifeArchiveError

_BLOCK: Final = 1 << 20
_SPARE_BYTES: Final = 4 << 20


class NoRoom(LifeArchiveError):
    """A disk has less room than is needed."""

    def __init__(self, where: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{where} has {free / 1e6:.0f} MB free; {needed / 1e6:.0f} MB are needed.",
            remedy="Free some space there, or name a folder on another disk.",
        )


def need_room(where: Path, needed: int) -> None:
    """Raises NoRoom unless the disk has `needed` bytes and a little to spare."""
    free = shutil.disk_usage(where).free
    if free < needed + _SPARE_BYTES:
        raise NoRoom(where, needed + _SPARE_BYTES, free)


def make_private(path: Path) -> None:
    """Make `path` and what is missing above it, readable by its owner only."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)


def free_name(path: Path) -> Path:
    """`path`, or the first of it with a number that nothing has."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


@contextmanager
def private(path: Path) -> Iterator[Any]:
    """A new file that only its owner may read, on the disk when this is left."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def copy_private(source: Path, goal: Path) -> str:
    """Copy a file; the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, private(goal) as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()


def second_name(path: Path, name: Path) -> None:
    """Give a file another name; a copy where that cannot be."""
    try:
        os.link(path, name)
    except OSError:  # some file systems know no hard links
        need_room(name.parent, path.stat().st_size)
        copy_private(path, name)


def sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_directory(path: Path) -> None:
    """A rename is on the disk once its folder is."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
