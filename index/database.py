"""The catalog's SQLite file: who may read it when, and what is written together.

It is in WAL mode, so a reader never waits for the writer. Every thread has a connection of
its own, which brings an older schema up to date, after a copy, before it is used.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.migrations import STEPS, migrate
from index.premigration import before_migration
from ingest.errors import LifeArchiveError

_WAL_S = 30.0


class CatalogUnusable(LifeArchiveError):
    """The catalog cannot be opened, is damaged, or is newer than this program."""


class Database:
    """Connections to one file, for any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._guard = threading.Lock()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened and migrated on first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            with self._guard:
                self._close_ended()
                self._all.append((threading.current_thread(), connection))
        return connection

    def _close_ended(self) -> None:
        """Close the connections of threads that have ended: the app has one a question."""
        for thread, connection in self._all:
            if not thread.is_alive():
                connection.close()
        self._all = [pair for pair in self._all if pair[0].is_alive()]

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # check_same_thread only so that close() may be called from any thread.
            connection = sqlite3.connect(
                self.path, timeout=30, isolation_level=None, check_same_thread=False
            )
            self.path.chmod(0o600)
            connection.row_factory = sqlite3.Row
            _enter_wal(connection)
            connection.executescript(
                "PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=1073741824;"
                "PRAGMA cache_size=-65536;"
            )
            (taken,) = connection.execute("PRAGMA user_version").fetchone()
            if taken > len(STEPS):
                raise CatalogUnusable(
                    f"{self.path} was written by a newer version of Life Archive.",
                    remedy="Upgrade the program, or name another place with ARCHIVE_HOME.",
                )
            if taken < len(STEPS):
                if taken:
                    before_migration(self.path)
                migrate(connection)
        except (sqlite3.DatabaseError, OSError) as error:
            raise CatalogUnusable(
                f"The catalog {self.path} cannot be opened: {error}.",
                remedy="Check that its folder is writable and its disk has space; "
                "if the file is damaged, move it away and run: archive sync",
            ) from error
        return connection

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for _, connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is written inside; new chunks can be found when it ends."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            newest = _newest_chunk(connection)
            yield connection
            if _newest_chunk(connection) > newest:
                connection.execute(
                    "INSERT INTO keywords(rowid, context, text)"
                    " SELECT id, context, text FROM chunk WHERE id > ?",
                    (newest,),
                )
        except BaseException:
            # A full disk rolls back by itself, after which there is nothing to roll back.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Everything read inside is of one moment, whatever a sync writes meanwhile."""
        connection = self.connection
        if connection.in_transaction:
            yield connection
            return
        with self.telling_damage():
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")

    @contextmanager
    def telling_damage(self) -> Iterator[None]:
        """What SQLite finds damaged inside becomes CatalogUnusable."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "UTF-8" in str(error):
                raise self.damaged(error) from error
            raise

    def damaged(self, reason: object) -> CatalogUnusable:
        """What to raise where something stored is not what was written."""
        said = " ".join(str(reason).split())[:120]
        return CatalogUnusable(
            f"The catalog {self.path} is damaged: {said}.",
            remedy="Run: archive verify; then archive restore, or move it away and sync.",
        )


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch a new catalog to WAL; SQLite does not wait by itself for another who does."""
    deadline = time.monotonic() + _WAL_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _newest_chunk(connection: sqlite3.Connection) -> int:
    """The largest id ever given to a chunk."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name='chunk'").fetchone()
    return 0 if row is None else int(row[0])
