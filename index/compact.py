"""What was deleted is taken off the disk, and the catalog made as small as it can be.

A deleted row is gone from every answer at once, but its bytes stay: in free pages of
the catalog, in its log, in the keyword index (which notes a deletion beside the word it
deletes), in Chroma (which marks a vector as deleted and keeps it), and in the copies
that migrations made. Here the keyword index is built anew from the chunks, the catalog
is written anew without its free pages, and the log, Chroma and the copies are removed;
the next sync makes Chroma again without embedding anything.

Not touched, but told of: catalogs that a restore replaced (unless asked for), the
program's log, and backups elsewhere. What a disk keeps of a deleted file is beyond any
program; an encrypted disk is the remedy.

It costs twice the catalog's size on disk for a while and little memory. Readers go on
reading. Killed anywhere, the catalog is sound and the next compact does what is left.
`PRAGMA secure_delete` is not needed: no page of the old file is kept.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.catalog import Catalog
from index.catalogfile import forget_vectors, truncate_log
from index.disk import need_room
from index.keywords import note_common
from index.lock import writer_lock
from index.premigration import migration_copies
from index.restore import REPLACED, clear_staged

_MAKING: Final = "compacting-"

Tell = Callable[[str, int, int], None]
"""Is told what is done now, how many steps are behind it, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What a compact did."""

    bytes_before: int
    """Of everything in the data directory."""
    bytes_after: int
    unused_embeddings: int
    """Embeddings that no chunk had, removed."""
    replaced: tuple[Path, ...]
    """Catalogs that a restore replaced and that are still there, with what they hold."""
    seconds: float


def compact(
    catalog: Catalog,
    vector_directory: Path,
    lock: Path,
    *,
    replaced: bool = False,
    on_progress: Tell | None = None,
) -> Compacted:
    """Leave nothing of what was deleted in the data directory.

    `replaced` removes the catalogs that restores have replaced as well. Raises
    SyncRunning, NoRoom, and CatalogInUse if a reader does not let go of an old state:
    then the old text is still in the log.
    """
    began = time.perf_counter()
    tell = on_progress or (lambda *_: None)
    data = catalog.path.parent
    with writer_lock(lock):
        before = _size(data)
        _clear(data)
        need_room(data, 2 * _live_bytes(catalog.connection))
        tell("Keywords", 0, 4)
        unused = _forget(catalog)
        tell("Copying", 1, 4)
        _rewrite(catalog)
        tell("Emptying the log", 2, 4)
        truncate_log(catalog.connection)
        tell("Clearing", 3, 4)
        if vector_directory.exists():
            shutil.rmtree(vector_directory)
        for path in migration_copies(data):
            path.unlink()
        kept = tuple(sorted(data.glob(f"{REPLACED}*")))
        if replaced:
            for folder in kept:
                shutil.rmtree(folder)
            kept = ()
        tell("Clearing", 4, 4)
        return Compacted(
            bytes_before=before,
            bytes_after=_size(data),
            unused_embeddings=unused,
            replaced=kept,
            seconds=time.perf_counter() - began,
        )


def _clear(data: Path) -> None:
    """Remove what a compact, a restore or a migration left that was killed."""
    clear_staged(data)
    for pattern in (f"{_MAKING}*", "catalog-schema-*.making*"):
        for left in data.glob(pattern):
            left.unlink()


def _live_bytes(connection: sqlite3.Connection) -> int:
    """What the catalog will take."""
    pages, free, page_bytes = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page_bytes)


def _forget(catalog: Catalog) -> int:
    """Words and embeddings that no chunk has; how many embeddings."""
    with catalog.transaction() as connection:
        unused = connection.execute(
            "DELETE FROM embedding WHERE digest NOT IN (SELECT digest FROM chunk)"
        ).rowcount
        # A number of its own: an open app lets go of the Chroma that is removed below.
        forget_vectors(connection, catalog.generation + 1)
    # From the chunks alone: no deleted word is left, and a damaged index is mended.
    connection.execute("INSERT INTO keywords(keywords) VALUES ('rebuild')")
    connection.execute("INSERT INTO keywords(keywords) VALUES ('optimize')")
    with catalog.transaction():
        connection.execute("DELETE FROM common_term")
        connection.execute("DELETE FROM meta WHERE key='common_at'")
        note_common(connection)
    return unused


def _rewrite(catalog: Catalog) -> None:
    """The catalog without free pages, in one transaction.

    As VACUUM does it, but with the copy in the data directory: VACUUM's own goes to
    /tmp, which may be small, or memory.
    """
    making = catalog.path.with_name(f"{_MAKING}{uuid.uuid4().hex}")
    making.touch(mode=0o600)
    try:
        catalog.connection.execute("VACUUM INTO ?", (str(making),))
        with closing(sqlite3.connect(making)) as fresh:
            (verdict,) = fresh.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError(f"the compacted copy is not sound: {verdict}")
            fresh.backup(catalog.connection)
    finally:
        for left in making.parent.glob(f"{making.name}*"):
            left.unlink()


def _size(data: Path) -> int:
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
