"""Backups of the catalog: a folder with a copy of it, the settings and a manifest.

Chroma is not in it: it is a cache, and the sync after a restore makes it again without
embedding anything. A backup costs the catalog's size on disk, reading it three times, and a
few megabytes of memory.
"""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import time
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.catalogfile import CATALOG, Tell, connect, copy_catalog, size
from index.disk import (
    NoRoom,
    copy_private,
    free_name,
    make_private,
    need_room,
    private,
    sha256,
    sync_directory,
)
from ingest.errors import LifeArchiveError

PREFIX: Final = "life-archive-"
MANIFEST: Final = "manifest.json"

_UNFINISHED: Final = ".unfinished-"
_UNFINISHED_KEPT_S: Final = 86_400


class BackupFailed(LifeArchiveError):
    """A backup could not be written."""


class BackupMisplaced(LifeArchiveError):
    """A backup was asked for where it would share the fate of what it copies."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished backup."""

    path: Path
    schema: int
    documents: int
    chunks: int
    size_bytes: int
    created: datetime
    seconds: float
    """How long it took to write."""


def backup(
    catalog: Path,
    config: Path,
    directory: Path,
    *,
    version: str,
    on_progress: Tell | None = None,
) -> Backup:
    """Write a backup below `directory`; raises what says why there is none.

    It stands under another name until it is complete, checked and on the disk, so what
    is called a backup is one. `version` is the program's.
    """
    began = time.perf_counter()
    if not catalog.is_file():
        raise BackupFailed("There is no catalog yet.", remedy="Run: archive add PATH")
    directory = directory.expanduser().resolve()
    if directory.is_relative_to(catalog.parent.resolve()):
        raise BackupMisplaced(
            f"{directory} is inside the archive's own folder {catalog.parent}.",
            remedy="Name a folder elsewhere, best on another disk.",
        )
    try:
        make_private(directory)
        _clear_unfinished(directory)
        return _write_backup(catalog, config, directory, version, on_progress, began)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(directory, size(catalog), 0) from error
        raise _failed(directory, error) from error
    except sqlite3.Error as error:
        raise _failed(directory, error) from error


def _failed(directory: Path, error: Exception) -> BackupFailed:
    return BackupFailed(
        f"No backup was written to {directory}: {error}.",
        remedy="Check that the folder can be written to, then run: archive verify",
    )


def _write_backup(
    catalog: Path,
    config: Path,
    directory: Path,
    version: str,
    on_progress: Tell | None,
    began: float,
) -> Backup:
    need_room(directory, size(catalog))
    created = datetime.now(UTC).replace(microsecond=0)
    goal = free_name(directory / f"{PREFIX}{created:%Y%m%d-%H%M%S}")
    making = directory / f"{_UNFINISHED}{uuid.uuid4().hex}"
    making.mkdir(mode=0o700)
    try:
        copy_catalog(catalog, making / CATALOG, on_progress=on_progress)
        facts = _facts(making / CATALOG)
        if config.is_file():
            copy_private(config, making / config.name)
        files = {
            file.name: {"bytes": file.stat().st_size, "sha256": sha256(file)}
            for file in sorted(making.iterdir())
        }
        manifest = {
            "format": 1,
            "created": created.isoformat(),
            "program": version,
            **facts,
            "files": files,
        }
        with private(making / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=1).encode())
        sync_directory(making)
        making.rename(goal)
        sync_directory(directory)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return Backup(
        path=goal,
        created=created,
        size_bytes=sum(file.stat().st_size for file in goal.iterdir()),
        seconds=time.perf_counter() - began,
        **facts,
    )


def _facts(catalog: Path) -> dict[str, int]:
    with closing(connect(catalog)) as connection:
        return {
            "schema": connection.execute("PRAGMA user_version").fetchone()[0],
            "documents": connection.execute("SELECT count(*) FROM document").fetchone()[0],
            "chunks": connection.execute("SELECT count(*) FROM chunk").fetchone()[0],
        }


def _clear_unfinished(directory: Path) -> None:
    """What a backup left that was killed a day ago or more."""
    for left in directory.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _UNFINISHED_KEPT_S:
                shutil.rmtree(left)
