"""What was noted of threads, kept so that nothing is read by the model twice.

An SQLite file of its own beside the catalog, readable by its owner only. A portion is found
again by a digest of what was shown, of the prompt and of the model's name; offsets are within
its items, so a mail that moved is found too. Each portion is written when it is done: killed
anywhere, what is done stays. What was noted of a document goes when the document does.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from archive.prompts import load
from archive.summary.extract import MAX_TOKENS, Note, Portion, shown

_VERSION = 5
"""Grows when notes are checked differently."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS portion (
    digest BLOB PRIMARY KEY,
    notes TEXT NOT NULL
) WITHOUT ROWID;
-- Digests of the documents that a portion is of, as the catalog has them.
CREATE TABLE IF NOT EXISTS origin (
    portion BLOB NOT NULL REFERENCES portion(digest) ON DELETE CASCADE,
    document BLOB NOT NULL,
    PRIMARY KEY (portion, document)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS origin_document ON origin(document);
"""


def key(portion: Portion, model: str) -> bytes:
    """Stands for what is shown, how it is asked and who is."""
    prompts = [load(name) for name in ("summarise", "summarise_example", "summarise_now")]
    said = (_VERSION, MAX_TOKENS, model, prompts)
    # Checked against the names too, which a prompt may shorten.
    names = [(item.speakers, item.passage.people, item.text) for item in portion.items]
    whole = json.dumps([said, shown(portion, "§"), names], ensure_ascii=False)
    return hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=16).digest()


class Cache:
    """The notes that were made. May be used from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        path = self._path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _connect(path)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise
            # It can be made again, and a damaged cache must not stop anybody.
            path.unlink(missing_ok=True)
            return _connect(path)

    def find(self, digest: bytes) -> tuple[Note, ...] | None:
        """What was noted of a portion. None if it was not read yet."""
        with self._guard:
            row = self._connection.execute(
                "SELECT notes FROM portion WHERE digest=?", (digest,)
            ).fetchone()
        return None if row is None else tuple(Note(**note) for note in json.loads(row[0]))

    def keep(self, digest: bytes, notes: Iterable[Note], documents: Iterable[bytes]) -> None:
        """Remember what was noted of a portion; on disk when this returns."""
        said = [{name: getattr(note, name) for name in _FIELDS} for note in notes]
        with self._guard, self._connection as connection:
            connection.execute("DELETE FROM portion WHERE digest=?", (digest,))
            connection.execute(
                "INSERT INTO portion VALUES (?, ?)",
                (digest, json.dumps(said, ensure_ascii=False)),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO origin VALUES (?, ?)",
                [(digest, document) for document in documents],
            )

    def forget_gone(self, catalog: sqlite3.Connection) -> int:
        """Drop what was noted of documents that are not in the catalog; how many portions."""
        with self._guard, self._connection as connection:
            known = connection.execute("SELECT DISTINCT document FROM origin").fetchall()
            gone = [
                (document,)
                for (document,) in known
                if catalog.execute(
                    "SELECT 1 FROM document WHERE digest=? LIMIT 1", (document,)
                ).fetchone()
                is None
            ]
            before = connection.total_changes
            connection.executemany(
                "DELETE FROM portion WHERE digest IN"
                " (SELECT portion FROM origin WHERE document=?)",
                gone,
            )
            return connection.total_changes - before

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


_FIELDS = ("text", "item", "start", "end", "speaker", "quoted")


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
    # What is deleted is written over; there is no log that would keep it.
    connection.executescript(
        "PRAGMA journal_mode=DELETE; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON;"
        "PRAGMA synchronous=NORMAL;" + _SCHEMA
    )
    return connection


def forget_gone(path: Path, catalog: sqlite3.Connection) -> int:
    """The same for a file that may not be there."""
    if not path.exists():
        return 0
    with closing(Cache(path)) as cache:
        return cache.forget_gone(catalog)
