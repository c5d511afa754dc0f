"""Backups of the catalog, and the way back.

A backup is a folder with a copy of the catalog, the settings and a manifest. It is
taken through SQLite's online backup, from one snapshot, so a sync may go on meanwhile
(its write-ahead log grows until the copy is done). Chroma is not in it: it is a cache,
and the sync after a restore makes it again without embedding anything. A backup costs
the catalog's size on disk, reading it three times, and a few megabytes of memory.

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

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from index.lock import writer_lock
from index.migrations import STEPS
from ingest.errors import LifeArchiveError

PREFIX: Final = "life-archive-"
REPLACED: Final = "replaced-"
STAGED: Final = "restoring-"
BEFORE_MIGRATION: Final = "catalog-schema-"

_CATALOG: Final = "catalog.sqlite"
_MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished-"
_UNFINISHED_KEPT_S: Final = 86_400
_PAGES_PER_STEP: Final = 2048
_BLOCK: Final = 1 << 20
_SPARE_BYTES: Final = 4 << 20
_MIGRATION_COPIES: Final = 2

Tell = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""


class BackupFailed(LifeArchiveError):
    """A backup could not be written."""


class BackupMisplaced(LifeArchiveError):
    """A backup was asked for where it would share the fate of what it copies."""

    exit_code = 2


class NoRoom(LifeArchiveError):
    """A disk has less room than is needed."""

    def __init__(self, where: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{where} has {free / 1e6:.0f} MB free; {needed / 1e6:.0f} MB are needed.",
            remedy="Free some space there, or name a folder on another disk.",
        )


class NoBackup(LifeArchiveError):
    """There is no backup where one was said to be."""

    exit_code = 2


class BackupUnsound(LifeArchiveError):
    """A backup is damaged, or newer than this program."""


class CatalogInUse(LifeArchiveError):
    """Somebody has been reading for so long that the catalog cannot be tidied."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            "Another program is reading the catalog and does not let go.",
            remedy="Close the app and whatever else has the archive open, then try again.",
        )


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


# --- backup -------------------------------------------------------------------------------


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
        _make_private(directory)
        _clear_unfinished(directory)
        return _write_backup(catalog, config, directory, version, on_progress, began)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(directory, _size(catalog), 0) from error
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
    need_room(directory, _size(catalog))
    created = datetime.now(UTC).replace(microsecond=0)
    goal = _free_name(directory / f"{PREFIX}{created:%Y%m%d-%H%M%S}")
    making = directory / f"{_UNFINISHED}{uuid.uuid4().hex}"
    making.mkdir(mode=0o700)
    try:
        copy_catalog(catalog, making / _CATALOG, on_progress=on_progress)
        facts = _facts(making / _CATALOG)
        if config.is_file():
            _copy_private(config, making / config.name)
        files = {
            file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)}
            for file in sorted(making.iterdir())
        }
        manifest = {
            "format": 1,
            "created": created.isoformat(),
            "program": version,
            **facts,
            "files": files,
        }
        with _private(making / _MANIFEST) as file:
            file.write(json.dumps(manifest, indent=1).encode())
        _sync_directory(making)
        making.rename(goal)
        _sync_directory(directory)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return Backup(
        path=goal,
        created=created,
        size_bytes=sum(file.stat().st_size for file in goal.iterdir()),
        seconds=time.perf_counter() - began,
        **facts,
    )


def copy_catalog(source: Path, goal: Path, *, on_progress: Tell | None = None) -> None:
    """A checked copy of a catalog as it is now, in one file. `goal` must be new.

    The snapshot is held throughout: without it SQLite starts again whenever another
    process commits, and beside a busy sync would never end.
    """
    with _private(goal):
        pass  # SQLite would give it the usual permissions

    def tell(_status: int, remaining: int, total: int) -> None:
        if on_progress is not None:
            on_progress((total - remaining) * page_bytes, total * page_bytes)

    with closing(_connect(source)) as old, closing(_connect(goal)) as new:
        (page_bytes,) = old.execute("PRAGMA page_size").fetchone()
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        old.backup(new, pages=_PAGES_PER_STEP, progress=tell)
        # One file, which can be read where nothing can be written.
        new.execute("PRAGMA journal_mode=DELETE").fetchone()
        (verdict,) = new.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"the copy is not sound: {verdict}")


def _facts(catalog: Path) -> dict[str, int]:
    with closing(_connect(catalog)) as connection:
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


# --- before a migration -------------------------------------------------------------------


def before_migration(catalog: Path) -> Path | None:
    """Copy a catalog of an older schema beside itself, once; where, or None.

    The newest two copies are kept. Raises NoRoom, OSError, sqlite3.Error: without a copy
    there is no migration.
    """
    if not catalog.is_file():
        return None
    with closing(_connect(catalog)) as connection:
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if not 0 < schema < len(STEPS):
        return None
    goal = catalog.with_name(f"{BEFORE_MIGRATION}{schema}.sqlite")
    if goal.exists():
        return goal
    need_room(catalog.parent, _size(catalog))
    making = catalog.with_name(f"{BEFORE_MIGRATION}{uuid.uuid4().hex}.making")
    try:
        copy_catalog(catalog, making)
        making.replace(goal)
        _sync_directory(goal.parent)
    finally:
        making.unlink(missing_ok=True)
    for stale in migration_copies(catalog.parent)[:-_MIGRATION_COPIES]:
        stale.unlink(missing_ok=True)
    return goal


def migration_copies(data: Path) -> list[Path]:
    """The copies that migrations left, oldest schema first."""
    found = {
        int(path.stem.removeprefix(BEFORE_MIGRATION)): path
        for path in data.glob(f"{BEFORE_MIGRATION}*.sqlite")
        if path.stem.removeprefix(BEFORE_MIGRATION).isdigit()
    }
    return [found[schema] for schema in sorted(found)]


# --- restore ------------------------------------------------------------------------------


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
    _make_private(data)
    with writer_lock(lock):
        clear_staged(data)
        staged = data / f"{STAGED}{uuid.uuid4().hex}"
        staged.mkdir(mode=0o700)
        try:
            chosen, manifest, passed_over = _stage(candidates, staged)
            _renumber(staged / _CATALOG, catalog, vectors)
            _settle(catalog)
            _remove_vectors(vectors)
            replaced = _set_aside(catalog)
            _drop_log(catalog)
            _put_in_place(staged / _CATALOG, catalog)
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
    catalog = data / _CATALOG
    for name in data.glob(f"{REPLACED}*/{_CATALOG}"):
        if catalog.exists() and name.samefile(catalog):  # it was not replaced after all
            shutil.rmtree(name.parent, ignore_errors=True)


def _backups(directory: Path) -> list[Path]:
    """The backups to try, newest first."""
    if (directory / _MANIFEST).is_file():
        return [directory]
    found = sorted(
        (path.parent for path in directory.glob(f"{PREFIX}*/{_MANIFEST}")), reverse=True
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
            entry = manifest["files"][_CATALOG]
            need_room(staged, entry["bytes"])
            if _copy_private(path / _CATALOG, staged / _CATALOG) != entry["sha256"]:
                raise BackupUnsound(f"{path / _CATALOG} is not what was written.")
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
        manifest: dict[str, Any] = json.loads((path / _MANIFEST).read_bytes())
        schema, files = int(manifest["schema"]), dict(manifest["files"])
        datetime.fromisoformat(manifest["created"])
        int(manifest["documents"]), int(manifest["chunks"]), int(files[_CATALOG]["bytes"])
    except (ValueError, KeyError, TypeError) as error:
        raise BackupUnsound(f"{path / _MANIFEST} is damaged.") from error
    if schema > len(STEPS):
        raise BackupUnsound(f"{path} was written by a newer version of Life Archive.")
    for name, entry in files.items():
        if name != _CATALOG and _sha256(path / Path(name).name) != entry["sha256"]:
            raise BackupUnsound(f"{path / name} is not what was written.")
    return manifest


def _renumber(staged: Path, catalog: Path, vectors: Path) -> None:
    """Give the copy a generation that never was, so that no reader takes it for one it has."""
    generations = [0]
    for path in vectors.glob("generation-*"):
        with suppress(ValueError):
            generations.append(int(path.name.removeprefix("generation-")))
    for path in (catalog, staged):
        with suppress(sqlite3.Error), closing(_connect(path, must_exist=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key='generation'").fetchone()
            generations.append(int(row[0]) if row else 0)
    with closing(_connect(staged)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        forget_vectors(connection, max(generations) + 1)
        connection.execute("COMMIT")


def forget_vectors(connection: sqlite3.Connection, generation: int) -> None:
    """Let the next sync make Chroma afresh; until then the catalog's vectors answer."""
    connection.execute("DELETE FROM meta WHERE key='state'")
    connection.execute(
        "INSERT INTO meta VALUES ('generation', ?)"
        " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (str(generation),),
    )


def _settle(catalog: Path) -> None:
    """Everything of the old catalog into its one file; a damaged one stays as it is."""
    if not catalog.exists():
        return
    try:
        with closing(_connect(catalog)) as connection:
            truncate_log(connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise CatalogInUse from error


def truncate_log(connection: sqlite3.Connection) -> None:
    """Write the write-ahead log into the catalog and empty it. Raises CatalogInUse."""
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise CatalogInUse


def _remove_vectors(vectors: Path) -> None:
    if vectors.exists():
        shutil.rmtree(vectors)


def _set_aside(catalog: Path) -> Path | None:
    """A second name for the old catalog, and for a log that could not be brought in."""
    if not catalog.exists():
        return None
    folder = _free_name(catalog.with_name(f"{REPLACED}{datetime.now(UTC):%Y%m%d-%H%M%S}"))
    folder.mkdir(mode=0o700)
    _second_name(catalog, folder / catalog.name)
    log = _beside(catalog, "-wal")
    if log.exists() and log.stat().st_size:
        _second_name(log, folder / log.name)
    _sync_directory(folder)
    _sync_directory(catalog.parent)
    return folder


def _second_name(path: Path, name: Path) -> None:
    try:
        os.link(path, name)
    except OSError:  # some file systems know no hard links
        need_room(name.parent, path.stat().st_size)
        _copy_private(path, name)


def _drop_log(catalog: Path) -> None:
    for suffix in ("-wal", "-shm"):
        _beside(catalog, suffix).unlink(missing_ok=True)
    _sync_directory(catalog.parent)


def _put_in_place(staged: Path, catalog: Path) -> None:
    staged.replace(catalog)
    _sync_directory(catalog.parent)


def _restore_config(backup: Path, config: Path) -> None:
    saved = backup / config.name
    if saved.is_file():
        _make_private(config.parent)
        _copy_private(saved, config)


# --- files --------------------------------------------------------------------------------


def need_room(where: Path, needed: int) -> None:
    """Raises NoRoom unless the disk has `needed` bytes and a little to spare."""
    free = shutil.disk_usage(where).free
    if free < needed + _SPARE_BYTES:
        raise NoRoom(where, needed + _SPARE_BYTES, free)


def _size(catalog: Path) -> int:
    log = _beside(catalog, "-wal")
    return catalog.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _beside(catalog: Path, suffix: str) -> Path:
    return catalog.with_name(catalog.name + suffix)


def _connect(path: Path, *, must_exist: bool = False) -> sqlite3.Connection:
    mode = "rw" if must_exist else "rwc"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10, isolation_level=None
    )


def _make_private(path: Path) -> None:
    """Make `path` and what is missing above it, readable by its owner only."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)


def _free_name(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


@contextmanager
def _private(path: Path) -> Iterator[Any]:
    """A new file that only its owner may read, on the disk when this is left."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _copy_private(source: Path, goal: Path) -> str:
    """Copy a file; the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, _private(goal) as writing:
        while block := reading.read(_BLOCK):
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_directory(path: Path) -> None:
    """A rename is on the disk once its folder is."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
