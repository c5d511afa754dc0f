"""Sync: the catalog is brought to what is on disk, then vectors, then Chroma.

Killed anywhere, the next sync goes on from there: files, threads and embeddings are
each written in transactions, and an embedding belongs to a text, not to a place.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index import building, soundness
from index.catalog import Catalog
from index.comparing import compare
from index.conversations import sort_mail
from index.embed import Embedder
from index.failpoint import at
from index.keywords import note_common
from index.lock import writer_lock
from index.persons import assign_people
from index.reading import FileReading, Tally, is_disk_full
from index.store import delete_documents
from index.stored import FailureRow
from ingest.discover import Found
from ingest.document import ParseFailure, Skipped
from ingest.errors import LifeArchiveError
from ingest.files import display
from ingest.ignore import Rules
from ingest.isolated import close as close_readers
from ingest.read import sweep
from ingest.registry import PROGRAMS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.server import ChromaServer

_CHUNKS_PER_TRANSACTION = 1024


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
    """How much was left alone on purpose, as of now, by reason."""

    seconds: Mapping[str, float]
    """`read`, `sort`, `embed`, `vectors` and `total`."""

    failures: tuple[FailureRow, ...]
    stopped: bool
    """True if it was asked to stop early; the next sync goes on from there."""

    repaired: tuple[str, ...] = ()
    """What was found damaged and is sound again, a sentence each."""

    @property
    def exit_code(self) -> int:
        """0 done, 1 done with failures listed, 4 damaged and repaired."""
        return 4 if self.repaired else 1 if self.failures else 0


class Sync:
    """One run. Call `run` once."""

    def __init__(
        self,
        catalog: Catalog,
        vector_directory: Path,
        lock: Path,
        *,
        embedder_name: str,
        embedder: Callable[[int], Embedder] | None,
        rules: Rules | None = None,
        server: ChromaServer | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        self._catalog = catalog
        self._vector_directory = vector_directory
        self._lock = lock
        self._embedder_name = embedder_name
        self._embedder = embedder
        self._rules = rules or Rules()
        self._tell = on_progress or (lambda _: None)
        self._should_stop = should_stop or (lambda: False)
        self._tally = Tally()
        self._server = server
        self._cut_again = 0
        self._repaired: list[str] = []
        self._seconds: dict[str, float] = {}
        self._stopped = False

    def run(self) -> SyncReport:
        """Read what is new, embed it, bring Chroma along.

        Raises SyncRunning, DiskFull, ServerAway and CatalogUnusable; whatever else goes wrong
        with a file is listed and the rest goes on.
        """
        started = time.perf_counter()
        # A mapped file counts as memory, and whoever writes gains nothing from it.
        self._catalog.connection.execute("PRAGMA mmap_size=0")
        with writer_lock(self._lock):
            try:
                with self._catalog.telling_damage():
                    sweep()
                    with self._timed("read"):
                        self._read_all()
                    close_readers()  # gives back what the office libraries took
                    with self._timed("sort"):
                        self._cut_again = sort_mail(self._catalog, self._should_stop).cut_again
                        with self._catalog.transaction() as connection:
                            assign_people(connection)
                    with self._timed("embed"):
                        self._embed_all()
                    with self._timed("vectors"):
                        self._bring_chroma()
            except (sqlite3.OperationalError, OSError) as error:
                if is_disk_full(error):
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
            skipped=self._catalog.skipped_counts(),
            seconds=self._seconds,
            failures=failures,
            stopped=self._stopped,
            repaired=tuple(self._repaired),
        )

    # --- reading ------------------------------------------------------------------------

    def _notice_new_programs(self) -> None:
        """What needed a program is read again when there is one more than last time."""
        here = [name for name in PROGRAMS if shutil.which(name)]
        before = (self._catalog.meta("programs") or "").split()
        if set(here) - set(before):
            self._catalog.retry_failures("%needs %")
        if here != before:
            self._catalog.set_meta("programs", " ".join(here))

    def _read_all(self) -> None:
        self._notice_new_programs()
        work: list[tuple[int, Found]] = []
        gone: list[int] = []
        for source in self._catalog.sources():
            seen = compare(self._catalog, source.id, Path(source.path), self._rules)
            self._replace_seen(source.id, "failure", seen.failures)
            self._replace_seen(source.id, "skipped", seen.skipped)
            work += [(source.id, found) for found, _ in seen.to_read]
            gone += seen.gone
        # Newest first: what happened lately is asked for most.
        work.sort(key=lambda item: (-item[1].mtime_ns, item[1].relative))
        total = sum(found.size for _, found in work)
        done = 0
        for source_id, found in work:
            if self._stopped:
                return
            self._read(source_id, found, done, total)
            done += found.size
        # After reading: a file that moved has given its embeddings to its new place by now.
        if not self._stopped:
            self._remove_files(gone)
            now = datetime.now(UTC).isoformat()
            with self._catalog.transaction() as connection:
                connection.execute("UPDATE source SET synced_at=?", (now,))

    def _replace_seen(
        self, source_id: int, table: str, items: Sequence[ParseFailure | Skipped]
    ) -> None:
        """What the walk could not or would not look into, instead of the last walk's."""
        connection = self._catalog.connection
        before = [
            (row["path"], row["locator"], row["reason"])
            for row in connection.execute(
                f"SELECT * FROM {table} WHERE source_id=? AND file_id IS NULL ORDER BY id",
                (source_id,),
            )
        ]
        now = [(display(item.path), item.locator, item.reason) for item in items]
        if now == before:
            return
        with self._catalog.transaction():
            connection.execute(
                f"DELETE FROM {table} WHERE source_id=? AND file_id IS NULL", (source_id,)
            )
            connection.executemany(
                f"INSERT INTO {table}(source_id, path, locator, reason) VALUES (?, ?, ?, ?)",
                [(source_id, *row) for row in now],
            )

    def _read(self, source_id: int, found: Found, done_before: int, total: int) -> None:
        def tell(done: int) -> None:
            self._tell(
                Progress(
                    stage="read",
                    done=done_before + done,
                    total=total,
                    unit="bytes",
                    detail=found.relative,
                )
            )

        tell(0)
        finished = FileReading(
            self._catalog,
            source_id,
            found,
            rules=self._rules,
            tally=self._tally,
            on_bytes=tell,
            should_stop=self._should_stop,
        ).run()
        if not finished or self._should_stop():
            self._stopped = True

    def _remove_files(self, file_ids: list[int]) -> None:
        for file_id in file_ids:
            with self._catalog.transaction() as connection:
                numbers = [
                    row[0]
                    for row in connection.execute(
                        "SELECT id FROM document WHERE file_id=?", (file_id,)
                    )
                ]
                delete_documents(self._catalog, numbers)
                connection.execute("DELETE FROM file WHERE id=?", (file_id,))
                self._tally.removed += len(numbers)
            at("files removed")

    # --- vectors ------------------------------------------------------------------------

    def _embed_all(self) -> None:
        connection = self._catalog.connection
        (number,) = connection.execute(
            "SELECT count(*) FROM chunk c INDEXED BY chunk_digest WHERE NOT EXISTS"
            " (SELECT 1 FROM embedding e WHERE e.embedder=? AND e.digest=c.digest)",
            (self._embedder_name,),
        ).fetchone()
        if not number:  # told by the indexes alone: a night with nothing to do reads no text
            return
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
        if not missing or self._stopped or self._embedder is None:
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
                at("embeddings written")
            at("embeddings committed")
            self._tally.chunks += len(numbers)
            self._tell(
                Progress(
                    stage="embed", done=begin + len(numbers), total=len(missing), unit="chunks"
                )
            )

    def _bring_chroma(self) -> None:
        """Bring Chroma, or the server, to the catalog; mend it if it is unsound."""
        if self._stopped:
            return
        generation = self._catalog.generation
        changed = self._state_digest() != self._catalog.meta("state")
        if self._embedder is None:  # a generation holds every chunk, or it is none
            if changed:
                with self._catalog.transaction() as connection:
                    note_common(connection)
            return
        wrong = self._what_is_wrong(generation, changed)
        if not changed and not wrong:
            return
        if changed:  # perhaps by a sync that was killed before it came here
            self._catalog.connection.execute(
                "DELETE FROM embedding WHERE id IN (SELECT e.id FROM embedding e"
                " WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.digest=e.digest))"
            )
            at("orphans deleted")
        generation += 1
        ids, matrix = self._catalog.vectors(self._embedder_name)
        for done in self._built(generation, ids, matrix):
            self._tell(Progress(stage="vectors", done=done, total=len(ids), unit="chunks"))
        with self._catalog.transaction() as connection:
            note_common(connection)
            self._catalog.set_meta("generation", str(generation))
            self._catalog.set_meta("state", self._state_digest())
            at("generation written")
        at("generation committed")
        if wrong:
            self._repaired.append(f"The vector index was unsound and is built anew: {wrong}.")

    def _what_is_wrong(self, generation: int, changed: bool) -> str:
        """Why what was built last cannot be used; empty if it can, or if there is none."""
        if not generation:
            return ""
        if self._server is not None:
            here = self._server.generation()
            return "" if here == generation or changed else "the server holds something else"
        if changed:  # it is built anyway, but what a reader noticed is told
            return soundness.unsound_reason(self._vector_directory)
        return soundness.is_sound(self._vector_directory, generation)

    def _built(
        self, generation: int, ids: NDArray[np.int64], matrix: NDArray[np.float32]
    ) -> Iterator[int]:
        if self._server is not None:
            return self._server.bring(generation, ids, matrix, self._embedder_name)
        return building.build(
            self._vector_directory, generation, ids, matrix, embedder=self._embedder_name
        )

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
