"""The way back from a backup.

What `restore` does, in an order that leaves the old or the new catalog in place
wherever it is killed:

1. copies the backup into the data directory under another name and checks its hash;
2. brings the old catalog's write-ahead log into the old catalog;
3. removes Chroma (its numbers could name other chunks in the new catalog);
4. gives the old catalog a second name in `replaced-…`, then takes away its empty log
   (a log left lying there would be played into the new catalog);
5. renames the copy to `catalog.sqlite`, which replaces the old name in one step.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from index.backup import MANIFEST, PREFIX
from index.catalogfile import (
    CATALOG,
    CatalogInUse,
    beside,
    connect,
    forget_vectors,
    truncate_log,
)
from index.disk import (
    NoRoom,
    copy_private,
    free_name,
    make_private,
    need_room,
    second_name,
    sha256,
    sync_directory,
)
from index.lock import writer_lock
from index.migrations import STEPS
from ingest.errors import LifeArchiveError

REPLACED: Final = "replaced-"
STAGED: Final = "restoring-"


class NoBackup(LifeArchiveError):
    """There is no backup where one was said to be."""

    exit_code = 2


class BackupUnsound(LifeArchiveError):
    """A backup is damaged, or newer than this program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore put in place."""

    path: Path
    """The backup."""
    created: datetime
    """When that was made."""
    documents: int
    chunks: int
    replaced: Path | None
    """Where the catalog stands that was in its place. None if there was none."""
    passed_over: tuple[str, ...]
    """Newer backups that are unsound, and why."""


def restore(
    directory: Path, catalog: Path, vectors: Path, lock: Path, *, config: Path | None = None
) -> Restored:
    """Put a backup in the catalog's place; what stood there is kept in `replaced-…`.

    `directory` is a backup or a folder of them, of which the newest sound one is taken.
    The settings come back only if there are none at `config`. No connection of this
    process to the catalog may be open.
    """
    candidates = _backups(directory.expanduser().resolve())
    data = catalog.parent
    make_private(data)
    with writer_lock(lock):
        clear_staged(data)
        staged = data / f"{STAGED}{uuid.uuid4().hex}"
        staged.mkdir(mode=0o700)
        try:
            chosen, manifest, passed_over = _stage(candidates, staged)
            _renumber(staged / CATALOG, catalog, vectors)
            _settle(catalog)
            _remove_vectors(vectors)
            replaced = _set_aside(catalog)
            _drop_log(catalog)
            _put_in_place(staged / CATALOG, catalog)
            if config is not None and not config.exists():
                _restore_config(chosen, config)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return Restored(
        path=chosen,
        created=datetime.fromisoformat(manifest["created"]),
        documents=manifest["documents"],
        chunks=manifest["chunks"],
        replaced=replaced,
        passed_over=tuple(passed_over),
    )


def clear_staged(data: Path) -> None:
    """Remove what a restore that was killed left; the caller holds the lock."""
    for left in data.glob(f"{STAGED}*"):
        shutil.rmtree(left, ignore_errors=True)
    catalog = data / CATALOG
    for name in data.glob(f"{REPLACED}*/{CATALOG}"):
        if catalog.exists() and name.samefile(catalog):  # it was not replaced after all
            shutil.rmtree(name.parent, ignore_errors=True)


def _backups(directory: Path) -> list[Path]:
    """The backups to try, newest first."""
    if (directory / MANIFEST).is_file():
        return [directory]
    found = sorted(
        (path.parent for path in directory.glob(f"{PREFIX}*/{MANIFEST}")), reverse=True
    )
    if not found:
        raise NoBackup(
            f"There is no backup in {directory}.",
            remedy=f"Name a folder {PREFIX}…, or the one that holds such folders.",
        )
    return found


def _stage(candidates: list[Path], staged: Path) -> tuple[Path, dict[str, Any], list[str]]:
    """Copy the first that is sound; which, its manifest, and what was wrong with others."""
    reasons: list[str] = []
    for path in candidates:
        try:
            manifest = _sound_manifest(path)
            entry = manifest["files"][CATALOG]
            need_room(staged, entry["bytes"])
            if copy_private(path / CATALOG, staged / CATALOG) != entry["sha256"]:
                raise BackupUnsound(f"{path / CATALOG} is not what was written.")
            return path, manifest, reasons
        except NoRoom:
            raise
        except (BackupUnsound, OSError) as error:
            reasons.append(str(error))
    raise BackupUnsound(
        " ".join(reasons), remedy="Nothing was changed. Name another backup; or upgrade."
    )


def _sound_manifest(path: Path) -> dict[str, Any]:
    """Raises BackupUnsound. The catalog's hash is checked as it is copied."""
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_bytes())
        schema, files = int(manifest["schema"]), dict(manifest["files"])
        datetime.fromisoformat(manifest["created"])
        int(manifest["documents"]), int(manifest["chunks"]), int(files[CATALOG]["bytes"])
    except (ValueError, KeyError, TypeError) as error:
        raise BackupUnsound(f"{path / MANIFEST} is damaged.") from error
    if schema > len(STEPS):
        raise BackupUnsound(f"{path} was written by a newer version of Life Archive.")
    for name, entry in files.items():
        if name != CATALOG and sha256(path / Path(name).name) != entry["sha256"]:
            raise BackupUnsound(f"{path / name} is not what was written.")
    return manifest


def _renumber(staged: Path, catalog: Path, vectors: Path) -> None:
    """Give the copy a generation that never was, so that no reader takes it for one it has."""
    generations = [0]
    for path in vectors.glob("generation-*"):
        with suppress(ValueError):
            generations.append(int(path.name.removeprefix("generation-")))
    for path in (catalog, staged):
        with suppress(sqlite3.Error), closing(connect(path, must_exist=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key='generation'").fetchone()
            generations.append(int(row[0]) if row else 0)
    with closing(connect(staged)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        forget_vectors(connection, max(generations) + 1)
        connection.execute("COMMIT")


def _settle(catalog: Path) -> None:
    """Everything of the old catalog into its one file; a damaged one stays as it is."""
    if not catalog.exists():
        return
    try:
        with closing(connect(catalog)) as connection:
            truncate_log(connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise CatalogInUse from error


def _remove_vectors(vectors: Path) -> None:
    if vectors.exists():
        shutil.rmtree(vectors)


def _set_aside(catalog: Path) -> Path | None:
    """A second name for the old catalog, and for a log that could not be brought in."""
    if not catalog.exists():
        return None
    folder = free_name(catalog.with_name(f"{REPLACED}{datetime.now(UTC):%Y%m%d-%H%M%S}"))
    folder.mkdir(mode=0o700)
    second_name(catalog, folder / catalog.name)
    log = beside(catalog, "-wal")
    if log.exists() and log.stat().st_size:
        second_name(log, folder / log.name)
    sync_directory(folder)
    sync_directory(catalog.parent)
    return folder


def _drop_log(catalog: Path) -> None:
    for suffix in ("-wal", "-shm"):
        beside(catalog, suffix).unlink(missing_ok=True)
    sync_directory(catalog.parent)


def _put_in_place(staged: Path, catalog: Path) -> None:
    staged.replace(catalog)
    sync_directory(catalog.parent)


def _restore_config(backup: Path, config: Path) -> None:
    saved = backup / config.name
    if saved.is_file():
        make_private(config.parent)
        copy_private(saved, config)
