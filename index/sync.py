"""Sync: the catalog is brought to what is on disk, then vectors, then Chroma.

Killed anywhere, the next sync goes on from there: a file's row is only marked
as read in the transaction that holds its last documents, a document that is
already in is recognised by its digest, and an embedding belongs to a text, not
to a place.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index import vectors
from index.catalog import Catalog, FailureRow, as_json
from index.chunk import VERSION as CHUNK_VERSION
from index.chunk import chunks
from index.embed import Embedder
from ingest.discover import Found, discover
from ingest.document import Document, ParseFailure, Skipped
from ingest.errors import LifeArchiveError
from ingest.files import display
from ingest.read import read
from ingest.registry import by_name, version_of

_DOCUMENTS_PER_TRANSACTION = 500
_CHUNKS_PER_TRANSACTION = 1024
_COPY_BLOCK = 1 << 20


class SyncRunning(LifeArchiveError):
    """Another process is writing."""

    exit_code = 3

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Another sync is at work{holder}.", remedy="Wait for it, or stop it first."
        )


class DiskFull(LifeArchiveError):
    """There was no room for what had to be written."""

    def __init__(self, where: Path) -> None:
        super().__init__(
            f"The disk that holds {where} is full; what was read so far is kept.",
            remedy="Free some space and run: archive sync",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync has come."""

    stage: str
    """`read`, `embed` or `vectors`."""

    done: int
    total: int | None
    """None if not known yet."""

    unit: str
    """`bytes` for `read`, `chunks` for the others."""

    detail: str = ""
    """The file at work, below its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did. Counts are of documents, but for `chunks`."""

    added: int
    changed: int
    removed: int
    failed: int
    """Everything that could not be read as of now, also what failed before."""

    duplicates: int
    """Of those added: how many say exactly what another document says."""

    chunks: int
    """Newly embedded."""

    skipped: Mapping[str, int]
    """Files that were left alone, by reason."""

    seconds: Mapping[str, float]
    """`read`, `embed`, `vectors` and `total`."""

    failures: tuple[FailureRow, ...]
    stopped: bool
    """True if it was asked to stop early; the next sync goes on from there."""


@dataclass(slots=True)
class _Tally:
    added: int = 0
    changed: int = 0
    removed: int = 0
    duplicates: int = 0
    chunks: int = 0


class Sync:
    """One run. Call `run` once."""

    def __init__(
        self,
        catalog: Catalog,
        vector_directory: Path,
        lock: Path,
        *,
        embedder_name: str,
        embedder: Callable[[int], Embedder],
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._catalog = catalog
        self._vector_directory = vector_directory
        self._lock = lock
        self._embedder_name = embedder_name
        self._embedder = embedder
        self._tell = on_progress or (lambda _: None)
        self._should_stop = should_stop or (lambda: False)
        self._tally = _Tally()
        self._skipped: dict[str, int] = defaultdict(int)
        self._seconds: dict[str, float] = {}
        self._stopped = False

    def run(self) -> SyncReport:
        """Read what is new, embed it, bring Chroma along.

        Raises SyncRunning, DiskFull and CatalogUnusable; whatever else goes wrong with a
        file is listed and the rest goes on.
        """
        started = time.perf_counter()
        with writer_lock(self._lock):
            try:
                with self._timed("read"):
                    self._read_all()
                with self._timed("embed"):
                    self._embed_all()
                with self._timed("vectors"):
                    self._bring_chroma()
            except (sqlite3.OperationalError, OSError) as error:
                if _is_disk_full(error):
                    raise DiskFull(self._catalog.path) from error
                raise
        self._seconds["total"] = time.perf_counter() - started
        failures = tuple(self._catalog.failures())
        return SyncReport(
            added=self._tally.added,
            changed=self._tally.changed,
            removed=self._tally.removed,
            failed=len(failures),
            duplicates=self._tally.duplicates,
            chunks=self._tally.chunks,
            skipped=dict(self._skipped),
            seconds=self._seconds,
            failures=failures,
            stopped=self._stopped,
        )

    # --- reading ------------------------------------------------------------------------

    def _read_all(self) -> None:
        work: list[tuple[int, Found]] = []
        gone: list[int] = []
        for source in self._catalog.sources():
            todo, missing = self._compare(source.id, Path(source.path))
            work += [(source.id, found) for found in todo]
            gone += missing
        # Newest first: what happened lately is asked for most.
        work.sort(key=lambda item: (-item[1].mtime_ns, item[1].relative))
        total = sum(found.size for _, found in work)
        done = 0
        for source_id, found in work:
            if self._stopped:
                return
            self._tell(
                Progress(
                    stage="read", done=done, total=total, unit="bytes", detail=found.relative
                )
            )
            self._read(source_id, found, done, total)
            done += found.size
        # After reading: a file that moved has given its embeddings to its new place by now.
        if not self._stopped:
            self._remove_files(gone)
            now = datetime.now(UTC).isoformat()
            with self._catalog.transaction() as connection:
                connection.execute("UPDATE source SET synced_at=?", (now,))

    def _compare(self, source_id: int, root: Path) -> tuple[list[Found], list[int]]:
        """What has to be read below `root`, and the ids of files that are gone."""
        connection = self._catalog.connection
        known = {
            row["relative"]: row
            for row in connection.execute("SELECT * FROM file WHERE source_id=?", (source_id,))
        }
        todo: list[Found] = []
        present: set[str] = set()
        failures: list[ParseFailure] = []
        for item in discover(root):
            if isinstance(item, ParseFailure):
                failures.append(item)
            elif isinstance(item, Skipped):
                self._skipped[item.reason] += 1
            else:
                present.add(item.relative)
                row = known.get(item.relative)
                if row is None or not _unchanged(row, item):
                    todo.append(item)
        self._replace_source_failures(source_id, failures)
        if any(not failure.path.exists() or failure.path == root for failure in failures):
            # An unplugged disk or a lost permission is no reason to forget what was read.
            return todo, []
        unreadable = [str(failure.path) + os.sep for failure in failures]
        gone = [
            row["id"]
            for relative, row in known.items()
            if relative not in present and not row["path"].startswith(tuple(unreadable))
        ]
        return todo, gone

    def _replace_source_failures(self, source_id: int, failures: list[ParseFailure]) -> None:
        connection = self._catalog.connection
        before = [
            (row["path"], row["locator"], row["reason"])
            for row in connection.execute(
                "SELECT * FROM failure WHERE source_id=? AND file_id IS NULL ORDER BY id",
                (source_id,),
            )
        ]
        now = [(display(item.path), item.locator, item.reason) for item in failures]
        if now == before:
            return
        with self._catalog.transaction():
            connection.execute(
                "DELETE FROM failure WHERE source_id=? AND file_id IS NULL", (source_id,)
            )
            connection.executemany(
                "INSERT INTO failure(source_id, path, locator, reason) VALUES (?, ?, ?, ?)",
                [(source_id, *row) for row in now],
            )

    def _read(self, source_id: int, found: Found, done_before: int, total: int) -> None:
        """One file into the catalog, in transactions of a few hundred documents."""
        connection = self._catalog.connection
        with self._catalog.transaction():
            connection.execute(
                "INSERT INTO file(source_id, relative, path, format, format_version, size,"
                " mtime_ns) VALUES (?, ?, ?, ?, -1, 0, 0)"
                " ON CONFLICT(source_id, relative) DO NOTHING",
                (source_id, found.relative, display(found.path), found.format),
            )
        row = connection.execute(
            "SELECT * FROM file WHERE source_id=? AND relative=?", (source_id, found.relative)
        ).fetchone()
        file_id = int(row["id"])
        start = _resume_at(row, found)
        # Documents of this file by digest; what is left over at the end is gone from the file.
        left: dict[bytes, list[int]] = defaultdict(list)
        for stored in connection.execute(
            "SELECT id, digest, locator FROM document WHERE file_id=? ORDER BY id", (file_id,)
        ):
            if start is None or _offset(stored["locator"]) >= start:
                left[stored["digest"]].append(stored["id"])
        failures: list[ParseFailure] = []
        last_offset: int | None = None
        batch: list[Document] = []
        added_before = self._tally.added

        def write() -> None:
            with self._catalog.transaction():
                for document in batch:
                    self._store(file_id, found.relative, document, left)
            batch.clear()

        try:
            for item in read(found.path, found.format, start):
                if isinstance(item, ParseFailure):
                    failures.append(item)
                elif isinstance(item, Skipped):
                    self._skipped[item.reason] += 1
                else:
                    batch.append(item)
                if (offset := _offset(item.locator)) >= 0:
                    last_offset = offset
                if len(batch) >= _DOCUMENTS_PER_TRANSACTION:
                    write()
                    self._tell(
                        Progress(
                            stage="read",
                            done=done_before + max(last_offset or 0, 0),
                            total=total,
                            unit="bytes",
                            detail=found.relative,
                        )
                    )
                    if self._should_stop():
                        self._stopped = True
                        return
        except OSError as error:
            if _is_disk_full(error):
                raise
            failures.append(
                ParseFailure(
                    path=found.path,
                    locator="",
                    reason=f"cannot be read: {error.strerror or error}; what is known is kept",
                )
            )
            left.clear()
        if changed := _changed_meanwhile(found):
            failures.append(ParseFailure(path=found.path, locator="", reason=changed))
        head = None if last_offset is None else _digest_of_head(found.path, last_offset)
        with self._catalog.transaction():
            for document in batch:
                self._store(file_id, found.relative, document, left)
            stale = [number for numbers in left.values() for number in numbers]
            self._delete_documents(stale)
            fresh = self._tally.added - added_before
            replaced = min(len(stale), fresh)
            self._tally.changed += replaced
            self._tally.added -= replaced
            self._tally.removed += len(stale) - replaced
            if start is None:
                connection.execute("DELETE FROM failure WHERE file_id=?", (file_id,))
            else:
                connection.execute(
                    "DELETE FROM failure WHERE file_id=? AND"
                    " (locator='' OR CAST(substr(locator, 6) AS INTEGER) >= ?)",
                    (file_id, start),
                )
            connection.executemany(
                "INSERT INTO failure(source_id, file_id, path, locator, reason)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (source_id, file_id, display(item.path), item.locator, item.reason)
                    for item in failures
                ],
            )
            connection.execute(
                "UPDATE file SET format=?, format_version=?, size=?, mtime_ns=?, resume_at=?,"
                " head_digest=? WHERE id=?",
                (
                    found.format,
                    _version(found),
                    found.size,
                    found.mtime_ns,
                    last_offset if last_offset is not None else row["resume_at"],
                    head if head is not None else row["head_digest"],
                    file_id,
                ),
            )
        if self._should_stop():
            self._stopped = True

    def _store(
        self, file_id: int, relative: str, document: Document, left: dict[bytes, list[int]]
    ) -> None:
        connection = self._catalog.connection
        digest = _document_digest(document)
        if known := left.get(digest):
            connection.execute(
                "UPDATE document SET locator=? WHERE id=?", (document.locator, known.pop(0))
            )
            return
        original = connection.execute(
            "SELECT id FROM document WHERE digest=? AND duplicate_of IS NULL", (digest,)
        ).fetchone()
        passage_id = document.message_id or relative
        if document.message_id is None and document.locator:
            passage_id = f"{relative}#{document.locator}"
        cursor = connection.execute(
            "INSERT INTO document(file_id, locator, passage_id, digest, duplicate_of, kind,"
            " title, text, created, created_s, message_id, people, parts, page_starts, refs,"
            " attachments, tags, remarks)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file_id,
                document.locator,
                passage_id,
                digest,
                None if original is None else original["id"],
                document.kind.value,
                document.title,
                document.text,
                None if document.created is None else document.created.isoformat(),
                None if document.created is None else document.created.timestamp(),
                document.message_id,
                as_json((p.name, p.address, p.role.value) for p in document.people),
                as_json((p.kind.value, p.start, p.end) for p in document.parts),
                as_json(document.page_starts),
                as_json(document.references),
                as_json(document.attachments),
                as_json(document.tags),
                as_json(document.remarks),
            ),
        )
        self._tally.added += 1
        if original is not None:
            self._tally.duplicates += 1
            return
        document_id = cursor.lastrowid
        connection.executemany(
            'INSERT INTO chunk(document_id, position, start, "end", page, context, text,'
            " digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    document_id,
                    position,
                    chunk.start,
                    chunk.end,
                    chunk.page,
                    chunk.context,
                    chunk.text,
                    chunk.digest,
                )
                for position, chunk in enumerate(chunks(document))
            ],
        )

    def _remove_files(self, file_ids: list[int]) -> None:
        for file_id in file_ids:
            with self._catalog.transaction() as connection:
                numbers = [
                    row[0]
                    for row in connection.execute(
                        "SELECT id FROM document WHERE file_id=?", (file_id,)
                    )
                ]
                self._delete_documents(numbers)
                connection.execute("DELETE FROM file WHERE id=?", (file_id,))
                self._tally.removed += len(numbers)

    def _delete_documents(self, numbers: list[int]) -> None:
        delete_documents(self._catalog, numbers)

    # --- vectors ------------------------------------------------------------------------

    def _embed_all(self) -> None:
        connection = self._catalog.connection
        missing = [
            row[0]
            for row in connection.execute(
                """
                SELECT c.id FROM chunk c JOIN document d ON d.id=c.document_id
                WHERE NOT EXISTS (SELECT 1 FROM embedding e
                                  WHERE e.embedder=? AND e.digest=c.digest)
                ORDER BY d.created_s DESC NULLS LAST, c.id
                """,
                (self._embedder_name,),
            )
        ]
        if not missing or self._stopped:
            return
        self._tell(Progress(stage="embed", done=0, total=len(missing), unit="chunks"))
        embedder = self._embedder(len(missing))
        for begin in range(0, len(missing), _CHUNKS_PER_TRANSACTION):
            if self._should_stop():
                self._stopped = True
                return
            numbers = missing[begin : begin + _CHUNKS_PER_TRANSACTION]
            marks = ",".join("?" * len(numbers))
            texts = {
                row["digest"]: f"{row['context']}\n{row['text']}"
                for row in connection.execute(
                    f"SELECT digest, context, text FROM chunk WHERE id IN ({marks})", numbers
                )
            }
            matrix = embedder.embed(list(texts.values()))
            with self._catalog.transaction():
                connection.executemany(
                    "INSERT INTO embedding(embedder, digest, vector) VALUES (?, ?, ?)"
                    " ON CONFLICT(embedder, digest) DO NOTHING",
                    [
                        (self._embedder_name, digest, vector.tobytes())
                        for digest, vector in zip(texts, matrix, strict=True)
                    ],
                )
            self._tally.chunks += len(numbers)
            self._tell(
                Progress(
                    stage="embed", done=begin + len(numbers), total=len(missing), unit="chunks"
                )
            )

    def _bring_chroma(self) -> None:
        if self._stopped:
            return
        changed = self._state_digest() != self._catalog.meta("state")
        generation = self._catalog.generation
        if not changed and (
            not generation or vectors.directory_of(self._vector_directory, generation).is_dir()
        ):
            return
        connection = self._catalog.connection
        if self._tally.removed or self._tally.changed:
            connection.execute(
                "DELETE FROM embedding WHERE digest NOT IN (SELECT digest FROM chunk)"
            )
        if changed:
            generation += 1
        ids, matrix = self._catalog.vectors(self._embedder_name)
        for done in vectors.build(self._vector_directory, generation, ids, matrix):
            self._tell(Progress(stage="vectors", done=done, total=len(ids), unit="chunks"))
        with self._catalog.transaction():
            self._catalog.set_meta("generation", str(generation))
            self._catalog.set_meta("state", self._state_digest())

    def _state_digest(self) -> str:
        """Stands for which chunks are embedded by what; cheap, and never the same twice."""
        row = self._catalog.connection.execute(
            """
            SELECT (SELECT count(*) FROM chunk), (SELECT coalesce(max(id), 0) FROM chunk),
                   (SELECT coalesce(max(id), 0) FROM embedding),
                   (SELECT count(*) FROM embedding)
            """
        ).fetchone()
        return ":".join([self._embedder_name, *(str(value) for value in row)])

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._seconds[stage] = time.perf_counter() - started


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Be the only writer. Raises SyncRunning with the holder's pid.

    The lock is the operating system's: it is gone when its holder is, however that ended.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    holder = path.with_suffix(".pid")
    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        try:
            who = f" (process {holder.read_text(encoding='ascii').strip()})"
        except OSError:
            who = ""
        raise SyncRunning(who) from None
    try:
        holder.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def remove_source(catalog: Catalog, path: str) -> int:
    """Forget a source and everything read from it. Returns how many documents went."""
    with catalog.transaction() as connection:
        numbers = [
            row[0]
            for row in connection.execute(
                "SELECT d.id FROM document d JOIN file f ON f.id=d.file_id"
                " JOIN source s ON s.id=f.source_id WHERE s.path=?",
                (path,),
            )
        ]
        delete_documents(catalog, numbers)
        connection.execute("DELETE FROM source WHERE path=?", (path,))
        connection.execute(
            "DELETE FROM embedding WHERE digest NOT IN (SELECT digest FROM chunk)"
        )
    return len(numbers)


def delete_documents(catalog: Catalog, numbers: list[int]) -> None:
    """Delete documents; where a copy of one is left, the copy takes its chunks over."""
    connection = catalog.connection
    for number in numbers:
        heir = connection.execute(
            "SELECT id FROM document WHERE duplicate_of=? ORDER BY id LIMIT 1", (number,)
        ).fetchone()
        if heir is not None:
            connection.execute(
                "UPDATE chunk SET document_id=? WHERE document_id=?", (heir["id"], number)
            )
            connection.execute(
                "UPDATE document SET duplicate_of=NULL WHERE id=?", (heir["id"],)
            )
            connection.execute(
                "UPDATE document SET duplicate_of=? WHERE duplicate_of=?", (heir["id"], number)
            )
        connection.execute("DELETE FROM document WHERE id=?", (number,))


def _version(found: Found) -> int:
    return version_of(found.format) * 1000 + CHUNK_VERSION


def _unchanged(row: sqlite3.Row, found: Found) -> bool:
    return bool(
        row["size"] == found.size
        and row["mtime_ns"] == found.mtime_ns
        and row["format"] == found.format
        and row["format_version"] == _version(found)
    )


def _resume_at(row: sqlite3.Row, found: Found) -> int | None:
    """Where to go on reading a file that only grew. None if it has to be read whole."""
    resume_at = row["resume_at"]
    if (
        not by_name(found.format).appends
        or not resume_at
        or row["format_version"] != _version(found)
        or found.size < row["size"]
        or _digest_of_head(found.path, resume_at) != row["head_digest"]
    ):
        return None
    return int(resume_at)


def _offset(locator: str) -> int:
    """The N of `byte N` or `byte N › …`; -1 for any other locator."""
    word, _, number = locator.partition(" ")
    number = number.partition(" ")[0]
    return int(number) if word == "byte" and number.isdigit() else -1


def _digest_of_head(path: Path, length: int) -> bytes | None:
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


def _changed_meanwhile(found: Found) -> str:
    try:
        now = found.path.stat()
    except OSError:
        return "vanished while it was read; the next sync looks again"
    if (now.st_size, now.st_mtime_ns) != (found.size, found.mtime_ns):
        return "changed while it was read; the next sync reads it again"
    return ""


def _document_digest(document: Document) -> bytes:
    said = "\0".join(
        (
            document.kind.value,
            document.message_id or "",
            document.title,
            "" if document.created is None else document.created.isoformat(),
            document.text,
        )
    )
    return hashlib.blake2b(said.encode(), digest_size=16).digest()


def _is_disk_full(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return str(error.sqlite_errorname) == "SQLITE_FULL"
    import errno

    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
