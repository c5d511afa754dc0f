"""The catalog: one SQLite file that holds everything worth keeping.

Chroma, the model's memory and whatever else is on disk can be made again from it.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.chunk import chunk_digest
from index.database import Database
from index.growth import Layout, StoredTurns, read_layout
from index.passage import Passage
from index.stored import (
    Counts,
    FailureRow,
    Source,
    StoredDocument,
    moment,
    passage_of_chunk,
    stored_document,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


RETRY = -2
"""Format version of a file that is to be read again."""

_LONG_CHAT = 100_000
"""Characters of the turns of a chat above which what was read of it is kept for a while: those
of 50,000 turns take 40 ms."""

_long_turns = lru_cache(maxsize=3)(json.loads)


class Catalog(Database):
    """Reads and writes of the catalog. Only a sync, `add` and `remove` write."""

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
                synced_at=moment(row["synced_at"]),
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
            return {
                row["chunk_id"]: passage_of_chunk(row) for row in rows if self._checked(row)
            }
        except (ValueError, TypeError) as error:
            raise self.damaged(error) from error

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
            raise self.damaged(error) from error

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
                raise self.damaged(f"document {document_id} is not what was written")

    def _checked(self, row: sqlite3.Row) -> bool:
        if chunk_digest(row["context"], row["text"]) != row["digest"]:
            raise self.damaged(f"chunk {row['chunk_id']} is not what was written")
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
        return stored_document(row, tuple((place[0], place[1]) for place in places))

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
