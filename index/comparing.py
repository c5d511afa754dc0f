"""Which files of a source have to be read, and from where: what is on disk beside the catalog.

A file is told by its size and time; one that only grew, by the digest of the part already read.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from index.catalog import RETRY, Catalog
from index.chunk import VERSION as CHUNK_VERSION
from ingest.discover import Found, discover
from ingest.document import ParseFailure, Skipped
from ingest.ignore import Rules
from ingest.registry import by_name, version_of

NEVER_FINISHED: Final = -1
"""Format version of a file whose first reading has begun."""

_COPY_BLOCK: Final = 1 << 20


class FileState(Enum):
    """Why a file has to be read."""

    NEW = auto()
    CHANGED = auto()
    OTHER_PROGRAM = auto()
    """A parser, or how documents are cut, is another than when it was read."""
    RETRIED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a walk through a source found, beside what the catalog knows of it."""

    to_read: list[tuple[Found, FileState]]
    gone: list[int]
    """Ids of files that are not there any more."""
    failures: list[ParseFailure]
    skipped: list[Skipped]


def compare(catalog: Catalog, source_id: int, root: Path, rules: Rules) -> Seen:
    """Walk through a source and compare it with the catalog. Writes nothing."""
    known = {
        row["relative"]: row
        for row in catalog.connection.execute(
            "SELECT * FROM file WHERE source_id=?", (source_id,)
        )
    }
    seen = Seen(to_read=[], gone=[], failures=[], skipped=[])
    present: set[str] = set()
    for item in discover(root, rules=rules):
        if isinstance(item, ParseFailure):
            seen.failures.append(item)
        elif isinstance(item, Skipped):
            seen.skipped.append(item)
        else:
            present.add(item.relative)
            state = _state(known.get(item.relative), item)
            if state is not None:
                seen.to_read.append((item, state))
    if any(not failure.path.exists() or failure.path == root for failure in seen.failures):
        # An unplugged disk or a lost permission is no reason to forget what was read.
        return seen
    unreadable = tuple(str(failure.path) + os.sep for failure in seen.failures)
    seen.gone.extend(
        row["id"]
        for relative, row in known.items()
        if relative not in present and not row["path"].startswith(unreadable)
    )
    return seen


def _state(row: sqlite3.Row | None, found: Found) -> FileState | None:
    """Why a file has to be read; None if it has not."""
    if row is None or row["format_version"] == NEVER_FINISHED:
        return FileState.NEW
    if (row["size"], row["mtime_ns"]) != (found.size, found.mtime_ns):
        return FileState.CHANGED
    if row["format_version"] == RETRY:
        return FileState.RETRIED
    if (row["format"], row["format_version"]) != (found.format, version(found)):
        return FileState.OTHER_PROGRAM
    return None


def version(found: Found) -> int:
    """What the stored documents of a file depend on besides the file."""
    return version_of(found.format) * 1000 + CHUNK_VERSION


def resume_at(row: sqlite3.Row, found: Found) -> int | None:
    """Where to go on reading a file that only grew. None if it has to be read whole."""
    place = row["resume_at"]
    if (
        not by_name(found.format).appends
        or not place
        or row["format_version"] != version(found)
        or found.size < row["size"]
        or digest_of_head(found.path, place) != row["head_digest"]
    ):
        return None
    return int(place)


def digest_of_head(path: Path, length: int) -> bytes | None:
    """16 bytes that stand for the first `length` bytes. None if they cannot be read."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while length > 0 and (block := file.read(min(_COPY_BLOCK, length))):
                digest.update(block)
                length -= len(block)
    except OSError:
        return None
    return digest.digest()
