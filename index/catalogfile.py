"""The file of the catalog and the log beside it, for whoever copies or replaces it.

A copy is taken through SQLite's online backup, from one snapshot, so a sync may go on
meanwhile (its write-ahead log grows until the copy is done).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from index.disk import private
from ingest.errors import LifeArchiveError

CATALOG: Final = "catalog.sqlite"

_PAGES_PER_STEP: Final = 2048

Tell = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""


class CatalogInUse(LifeArchiveError):
    """Somebody has been reading for so long that the catalog cannot be tidied."""

    exit_code = 3

    def __init__(self) -> None:
        super().__init__(
            "Another program is reading the catalog and does not let go.",
            remedy="Close the app and whatever else has the archive open, then try again.",
        )


def connect(path: Path, *, must_exist: bool = False) -> sqlite3.Connection:
    """A plain connection, which migrates nothing."""
    mode = "rw" if must_exist else "rwc"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10, isolation_level=None
    )


def beside(catalog: Path, suffix: str) -> Path:
    """The file of SQLite that goes with the catalog: `-wal` or `-shm`."""
    return catalog.with_name(catalog.name + suffix)


def size(catalog: Path) -> int:
    """How many bytes the catalog takes with its log."""
    log = beside(catalog, "-wal")
    return catalog.stat().st_size + (log.stat().st_size if log.exists() else 0)


def copy_catalog(source: Path, goal: Path, *, on_progress: Tell | None = None) -> None:
    """A checked copy of a catalog as it is now, in one file. `goal` must be new.

    The snapshot is held throughout: without it SQLite starts again whenever another
    process commits, and beside a busy sync would never end.
    """
    with private(goal):
        pass  # SQLite would give it the usual permissions

    def tell(_status: int, remaining: int, total: int) -> None:
        if on_progress is not None:
            on_progress((total - remaining) * page_bytes, total * page_bytes)

    with closing(connect(source)) as old, closing(connect(goal)) as new:
        (page_bytes,) = old.execute("PRAGMA page_size").fetchone()
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        old.backup(new, pages=_PAGES_PER_STEP, progress=tell)
        # One file, which can be read where nothing can be written.
        new.execute("PRAGMA journal_mode=DELETE").fetchone()
        (verdict,) = new.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"the copy is not sound: {verdict}")


def truncate_log(connection: sqlite3.Connection) -> None:
    """Write the write-ahead log into the catalog and empty it. Raises CatalogInUse."""
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise CatalogInUse


def forget_vectors(connection: sqlite3.Connection, generation: int) -> None:
    """Let the next sync make Chroma afresh; until then the catalog's vectors answer."""
    connection.execute("DELETE FROM meta WHERE key='state'")
    connection.execute(
        "INSERT INTO meta VALUES ('generation', ?)"
        " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (str(generation),),
    )
