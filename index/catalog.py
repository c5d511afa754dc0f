"""The catalog: one SQLite file that holds everything worth keeping.

Chroma, the model's memory and whatever else is on disk can be made again from
it. It is in WAL mode, so a reader never waits for the writer. Every thread has
a connection of its own.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.chunk import chunk_digest
from index.growth import Layout, StoredTurns, read_layout
from index.migrations import STEPS, migrate
from index.passage import Passage
from index.premigration import before_migration
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_WAL_S = 30.0

RETRY = -2
"""Format version of a file that is to be read again."""

_LONG_CHAT = 100_000
"""Characters of the turns of a chat above which what was read of it is kept for a while: those
of 50,000 turns take 40 ms."""

_long_turns = lru_cache(maxsize=3)(json.loads)

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class CatalogUnusable(LifeArchiveError):
    """The catalog cannot be opened, is damaged, or is newer than this program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file or folder that its owner added."""

    id: int
    path: str
    documents: int
    failures: int
    synced_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """Something a sync could not read, or left alone."""

    source: str
    path: str
    locator: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document as the catalog keeps it, for reading in full."""

    id: int
    passage_id: str
    source: str
    path: str
    locator: str
    kind: str
    title: str
    date: datetime | None
    people: tuple[str, ...]
    text: str
    page_starts: tuple[int, ...]
    attachments: tuple[str, ...]
    remarks: tuple[str, ...]
    tags: tuple[str, ...]
    within: str | None
    """Passage id of the message that it is attached to."""
    places: tuple[tuple[str, str], ...]
    """File and locator of every copy that was found, this one among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is."""

    sources: int
    documents: int
    chunks: int
    embedded: int
    failures: int


class Catalog:
    """Reads and writes of the catalog. Only a sync, `add` and `remove` write."""

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
                raise self._damaged(error) from error
            raise

    def _damaged(self, reason: object) -> CatalogUnusable:
        said = " ".join(str(reason).split())[:120]
        return CatalogUnusable(
            f"The catalog {self.path} is damaged: {said}.",
            remedy="Run: archive verify; then archive restore, or move it away and sync.",
        )

    @staticmethod
    def moment(text: str | None) -> datetime | None:
        """A stored point in time."""
        return None if text is None else datetime.fromisoformat(text)

    # --- meta ---------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        """A stored setting of the index, e.g. `generation`. None if never written."""
        row = self.connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return None if row is None else str(row["value"])

    def set_meta(self, key: str, value: str) -> None:
        """Store a setting of the index."""
        self.connection.execute(
            "INSERT INTO meta VALUES (?, ?)"
            " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
            (key, value),
        )

    @property
    def identity(self) -> str:
        """Stands for this archive among others, e.g. on a server that several use."""
        found = self.meta("identity")
        if found is None:
            found = secrets.token_hex(8)
            self.set_meta("identity", found)
        return found

    @property
    def generation(self) -> int:
        """Grows by one with every sync that changed a chunk or an embedding."""
        return int(self.meta("generation") or 0)

    # --- sources ------------------------------------------------------------------------

    def add_source(self, path: Path) -> None:
        """Remember a path. Adding it again changes nothing."""
        self.connection.execute(
            "INSERT INTO source(path, added_at) VALUES (?, ?) ON CONFLICT(path) DO NOTHING",
            (str(path), datetime.now(UTC).isoformat()),
        )

    def sources(self) -> list[Source]:
        """Every added path, in the order of adding."""
        rows = self.connection.execute(
            """
            SELECT s.id, s.path, s.synced_at,
              (SELECT count(*) FROM file f JOIN document d ON d.file_id=f.id
               WHERE f.source_id=s.id) AS documents,
              (SELECT count(*) FROM failure x WHERE x.source_id=s.id) AS failures
            FROM source s ORDER BY s.id
            """
        )
        return [
            Source(
                id=row["id"],
                path=row["path"],
                documents=row["documents"],
                failures=row["failures"],
                synced_at=Catalog.moment(row["synced_at"]),
            )
            for row in rows
        ]

    def failures(self) -> list[FailureRow]:
        """What the last sync of each file could not read."""
        return self._unread("failure")

    def skipped(self) -> list[FailureRow]:
        """What the last sync of each file left alone on purpose."""
        return self._unread("skipped")

    def _unread(self, table: str) -> list[FailureRow]:
        rows = self.connection.execute(
            f"SELECT s.path AS source, x.path, x.locator, x.reason FROM {table} x"
            " JOIN source s ON s.id=x.source_id ORDER BY x.id"
        )
        return [FailureRow(**dict(row)) for row in rows]

    def skipped_counts(self) -> dict[str, int]:
        """How much was left alone on purpose, by reason, most first."""
        rows = self.connection.execute(
            "SELECT reason, count(*) FROM skipped GROUP BY reason ORDER BY 2 DESC, 1"
        )
        return {row[0]: row[1] for row in rows}

    def retry_failures(self, reason: str = "%") -> int:
        """Have the next sync read every file again that holds something unread.

        `reason` is a pattern of LIKE. What was left alone because a program is missing
        counts as unread. Returns how many files that are.
        """
        with self.transaction() as connection:
            return connection.execute(
                "UPDATE file SET format_version=? WHERE id IN"
                " (SELECT file_id FROM failure WHERE reason LIKE ? UNION"
                "  SELECT file_id FROM skipped WHERE reason LIKE 'needs %')",
                (RETRY, reason),
            ).rowcount

    def counts(self, embedder: str) -> Counts:
        """How much there is, and how much of it `embedder` has embedded."""
        row = self.connection.execute(
            """
            SELECT (SELECT count(*) FROM source) AS sources,
                   (SELECT count(*) FROM document) AS documents,
                   (SELECT count(*) FROM chunk) AS chunks,
                   (SELECT count(*) FROM chunk c WHERE EXISTS (SELECT 1 FROM embedding e
                    WHERE e.embedder=? AND e.digest=c.digest)) AS embedded,
                   (SELECT count(*) FROM failure) AS failures
            """,
            (embedder,),
        ).fetchone()
        return Counts(**dict(row))

    # --- reading ------------------------------------------------------------------------

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """The chunks with these ids as passages with a score of 0; unknown ids are left out."""
        marks = ",".join("?" * len(chunk_ids))
        rows = self.connection.execute(
            f"""
            SELECT c.id AS chunk_id, c.document_id, d.passage_id, s.path AS source, f.path,
                   d.locator, d.kind, c.page, c.section, d.title, d.created, d.people,
                   c.text, c.start, c."end", c.context, c.digest
            FROM chunk c JOIN document d ON d.id=c.document_id
            JOIN file f ON f.id=d.file_id JOIN source s ON s.id=f.source_id
            WHERE c.id IN ({marks})
            """,
            list(chunk_ids),
        )
        try:
            return {row["chunk_id"]: _passage(row) for row in rows if self._checked(row)}
        except (ValueError, TypeError) as error:
            raise self._damaged(error) from error

    def layout(self, document_id: int) -> Layout:
        """The text of a document with what divides it. Raises KeyError if it is gone."""
        row = self.connection.execute(
            "SELECT text, turns, sections, page_starts, parts FROM document WHERE id=?",
            (document_id,),
        ).fetchone()
        if row is None:
            raise KeyError(document_id)
        turns = row["turns"]
        try:
            rows = _long_turns(turns) if len(turns) > _LONG_CHAT else json.loads(turns)
            return read_layout(
                row["text"],
                StoredTurns(rows),
                row["sections"],
                row["page_starts"],
                row["parts"],
            )
        except (ValueError, TypeError) as error:
            raise self._damaged(error) from error

    def confirm(self, document_id: int, text: str, start: int, end: int) -> None:
        """Check `text[start:end]` of a document against its chunks, which have digests.

        Raises CatalogUnusable where they differ: a letter on the disk has changed.
        """
        rows = self.connection.execute(
            'SELECT id AS chunk_id, start, "end", text, context, digest FROM chunk'
            ' WHERE document_id=? AND start<? AND "end">?',
            (document_id, end, start),
        )
        for row in rows:
            if self._checked(row) and text[row["start"] : row["end"]] != row["text"]:
                raise self._damaged(f"document {document_id} is not what was written")

    def _checked(self, row: sqlite3.Row) -> bool:
        if chunk_digest(row["context"], row["text"]) != row["digest"]:
            raise self._damaged(f"chunk {row['chunk_id']} is not what was written")
        return True

    def document(self, document_id: int) -> StoredDocument | None:
        """One document in full. None if it is gone."""
        return self._one_document("d.id=?", (document_id,))

    def find_document(self, passage_id: str) -> StoredDocument | None:
        """The document with this Message-ID or path, the one with chunks before its copies.

        Of a file with several documents the first, unless `#` and a locator follow.
        """
        names = [passage_id]
        if not passage_id.startswith("<"):
            names.append(f"<{passage_id}>")
        for name in names:
            if found := self._one_document("d.passage_id=?", (name,)):
                return found
        name, mark, locator = passage_id.rpartition("#")
        if not mark:
            return None
        return self._one_document("d.passage_id=? AND d.locator=?", (name, locator))

    def _one_document(self, where: str, values: tuple[object, ...]) -> StoredDocument | None:
        row = self.connection.execute(
            f"""
            SELECT d.*, coalesce(o.text, '') AS original_text, h.passage_id AS within,
                   s.path AS source, f.path FROM document d
            JOIN file f ON f.id=d.file_id JOIN source s ON s.id=f.source_id
            LEFT JOIN document o ON o.id=d.duplicate_of
            LEFT JOIN document h ON h.id=d.within_id
            WHERE {where} ORDER BY d.duplicate_of IS NOT NULL, d.within_id IS NOT NULL, d.id
            LIMIT 1
            """,
            values,
        ).fetchone()
        if row is None:
            return None
        original = row["duplicate_of"] or row["id"]
        places = self.connection.execute(
            "SELECT f.path, d.locator FROM document d JOIN file f ON f.id=d.file_id"
            " WHERE d.id=? OR d.duplicate_of=? ORDER BY d.id",
            (original, original),
        )
        return _stored(row, tuple((place[0], place[1]) for place in places))

    def vectors(
        self, embedder: str, above_id: int = 0, *, among: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Embedded chunks with larger ids: ids of shape (n,), unit vectors (n, dimensions).

        Of `among`, chunk ids, only these are read.
        """
        if among is not None:
            return _as_arrays(
                self.connection.execute(
                    "SELECT c.id, e.vector FROM json_each(?) j"
                    " CROSS JOIN chunk c ON c.id=j.value"
                    " JOIN embedding e ON e.digest=c.digest AND e.embedder=? WHERE c.id>?",
                    (json.dumps(sorted(set(among.tolist()))), embedder, above_id),
                )
            )
        return _as_arrays(
            self.connection.execute(
                "SELECT c.id, e.vector FROM chunk c JOIN embedding e"
                " ON e.digest=c.digest AND e.embedder=? WHERE c.id>? ORDER BY c.id",
                (embedder, above_id),
            )
        )


def _as_arrays(
    rows: Iterable[tuple[int, bytes]],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    import numpy as np

    ids: list[int] = []
    blobs: list[bytes] = []
    for number, blob in rows:
        ids.append(number)
        blobs.append(blob)
    if not ids:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    matrix = np.frombuffer(b"".join(blobs), dtype=np.float32).reshape(len(ids), -1)
    return np.array(ids, dtype=np.int64), matrix


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


def _people(text: str) -> tuple[str, ...]:
    people = []
    for name, address, _role in json.loads(text):
        people.append(f"{name} <{address}>" if name and address else name or address)
    return tuple(people)


def _passage(row: sqlite3.Row) -> Passage:
    return Passage(
        chunk_id=row["chunk_id"],
        document_id=row["document_id"],
        id=row["passage_id"],
        source=row["source"],
        path=row["path"],
        locator=row["locator"],
        kind=row["kind"],
        page=row["page"],
        section=row["section"],
        title=row["title"],
        date=Catalog.moment(row["created"]),
        people=_people(row["people"]),
        text=row["text"],
        start=row["start"],
        end=row["end"],
        score=0.0,
        hit=(row["start"], row["end"]),
    )


def _stored(row: sqlite3.Row, places: tuple[tuple[str, str], ...]) -> StoredDocument:
    def items(column: str) -> tuple[Any, ...]:
        return tuple(json.loads(row[column]))

    return StoredDocument(
        id=row["id"],
        passage_id=row["passage_id"],
        source=row["source"],
        path=row["path"],
        locator=row["locator"],
        kind=row["kind"],
        title=row["title"],
        date=Catalog.moment(row["created"]),
        people=_people(row["people"]),
        text=row["text"] or row["original_text"],
        page_starts=items("page_starts"),
        attachments=items("attachments"),
        remarks=items("remarks"),
        tags=items("tags"),
        within=row["within"],
        places=places,
    )


def as_json(values: Iterable[object]) -> str:
    """A column that holds a list."""
    found = list(values)
    return _encoded(found) if found else "[]"
