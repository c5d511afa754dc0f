"""Is what is stored what was written? Everything is read and compared, nothing is mended.

The writer lock is held, so a sync waits its turn and nothing moves meanwhile; readers
are not disturbed. Documents, chunks, vectors and Chroma's ids pass by in batches: memory
does not grow with the archive, time does (about a minute for 100,000 chunks).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from index import soundness, vectors
from index.catalog import Catalog
from index.lock import writer_lock
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BATCH: Final = 4096
_SAMPLES: Final = 256
_UNIT_WITHIN: Final = 1e-3
_FOUND_SHARE: Final = 0.9
"""Chroma's search is approximate: once in a while it misses what it looks for."""
_SHOWN: Final = 3

_SYNC: Final = "Run: archive sync"
_COMPACT: Final = "Run: archive compact"
_RESTORE: Final = (
    "Run: archive restore DIR, with DIR a backup. Without one, move catalog.sqlite away and"
    " run: archive add, archive sync"
)

Tell = Callable[[str, int, int], None]
"""Is told what is looked at, how many of it are done, and of how many."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one comparison."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    """What mends it. Empty if it is sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was compared."""

    checks: tuple[Check, ...]
    counts: dict[str, int]
    """`documents`, `copies`, `chunks`, `embeddings` (of the embedder in use),
    `other_embeddings`, `unused_embeddings` (that no chunk has; harmless), `missing_vectors`."""
    seconds: dict[str, float]
    """By check, and `total`."""

    @property
    def sound(self) -> bool:
        """Whether nothing is amiss."""
        return all(check.ok for check in self.checks)


@dataclass(slots=True)
class _Faults:
    """How many there are, and the first few in words."""

    number: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.number += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(text)

    def check(self, name: str, fine: str, remedy: str) -> Check:
        if not self.number:
            return Check(name=name, ok=True, detail=fine)
        more = f" and {self.number - len(self.shown)} more" * (self.number > len(self.shown))
        return Check(name=name, ok=False, detail="; ".join(self.shown) + more, remedy=remedy)


def verify(
    catalog: Catalog,
    vector_directory: Path,
    lock: Path,
    *,
    embedder_name: str,
    on_progress: Tell | None = None,
) -> Report:
    """Compare everything with everything. Raises SyncRunning."""
    with writer_lock(lock):
        return _Verification(
            catalog, vector_directory, embedder_name, on_progress or (lambda *_: None)
        ).run()


class _Verification:
    """One run."""

    def __init__(self, catalog: Catalog, directory: Path, embedder: str, tell: Tell) -> None:
        self._catalog = catalog
        self._directory = directory
        self._embedder = embedder
        self._tell = tell
        self._counts: dict[str, int] = {}

    def run(self) -> Report:
        began = time.perf_counter()
        checks: list[Check] = []
        seconds: dict[str, float] = {}
        for name, look, remedy in (
            ("sqlite", self._sqlite, _RESTORE),
            ("references", self._references, _RESTORE),
            ("people", self._people, _RESTORE),
            ("chunks", self._chunks, _RESTORE),
            ("keywords", self._keywords, _COMPACT),
            ("vectors", self._vectors, _SYNC),
            ("chroma", self._chroma, _SYNC),
        ):
            started = time.perf_counter()
            try:
                check = look()
            except sqlite3.DatabaseError as error:
                check = Check(name=name, ok=False, detail=str(error), remedy=remedy)
            except LifeArchiveError as error:  # it cannot even be opened
                check = Check(name=name, ok=False, detail=str(error), remedy=_RESTORE)
            checks.append(check)
            seconds[name] = time.perf_counter() - started
            if name == "sqlite" and not check.ok:
                break  # what else is amiss follows from it
        seconds["total"] = time.perf_counter() - began
        return Report(checks=tuple(checks), counts=self._counts, seconds=seconds)

    # --- the catalog ----------------------------------------------------------------------

    def _sqlite(self) -> Check:
        self._tell("Catalog", 0, 1)
        faults = _Faults()
        for (said,) in self._catalog.connection.execute("PRAGMA integrity_check(20)"):
            if said != "ok":
                faults.add(" ".join(str(said).split()))
        self._tell("Catalog", 1, 1)
        return faults.check("sqlite", "every page is sound", _RESTORE)

    def _references(self) -> Check:
        """What names another row names one that is there."""
        connection = self._catalog.connection
        faults = _Faults()
        for row in connection.execute("PRAGMA foreign_key_check"):
            faults.add(f"{row[0]} {row[1]} belongs to no {row[2]}")
        for (number,) in connection.execute(
            "SELECT d.id FROM document d LEFT JOIN document o ON o.id=d.duplicate_of"
            " WHERE d.duplicate_of IS NOT NULL AND (o.id IS NULL OR o.duplicate_of IS NOT NULL)"
        ):
            faults.add(f"document {number} is a copy of none")
        for (number,) in connection.execute(
            "SELECT c.document_id FROM chunk c JOIN document d ON d.id=c.document_id"
            " WHERE d.duplicate_of IS NOT NULL GROUP BY 1"
        ):
            faults.add(f"document {number} is a copy and has chunks")
        return faults.check("references", "every row's owner is there", _RESTORE)

    def _people(self) -> Check:
        """Who takes part in a document is who the document names; a copy has nobody."""
        self._tell("People", 0, 1)
        faults = _Faults()
        rows = self._catalog.connection.execute(
            """
            SELECT d.id, 'lacks ' FROM document d, json_each(d.people) p
            WHERE d.duplicate_of IS NULL AND NOT EXISTS (
                SELECT 1 FROM identity i JOIN participant t
                ON t.document_id=d.id AND t.identity_id=i.id
                AND t.role=json_extract(p.value, '$[2]')
                WHERE i.name=json_extract(p.value, '$[0]')
                AND i.address=json_extract(p.value, '$[1]'))
            UNION
            SELECT d.id, 'has too many of ' FROM document d WHERE
                (SELECT count(*) FROM participant t WHERE t.document_id=d.id) >
                CASE WHEN d.duplicate_of IS NULL
                THEN json_array_length(d.people) + json_array_length(d.turns) ELSE 0 END
            """
        )
        for number, amiss in rows:
            faults.add(f"document {number} {amiss}its people")
        self._tell("People", 1, 1)
        return faults.check("people", "everybody takes part in what names them", _RESTORE)

    def _chunks(self) -> Check:
        """Together they hold a document's text, each letter once, but for what is set aside."""
        connection = self._catalog.connection
        (total,) = connection.execute("SELECT count(*) FROM document").fetchone()
        chunks = _Grouped(
            connection.execute(
                'SELECT document_id, start, "end", context, text, digest FROM chunk'
                " ORDER BY document_id, position"
            )
        )
        faults = _Faults()
        copies = number = 0
        for number, row in enumerate(
            connection.execute(
                "SELECT id, duplicate_of, text, set_aside FROM document ORDER BY id"
            ),
            start=1,
        ):
            if number % _BATCH == 0:
                self._tell("Chunks", number, total)
            own = chunks.of(row["id"])
            if row["duplicate_of"] is not None:
                copies += 1
            elif fault := _document_fault(row["text"], json.loads(row["set_aside"]), own):
                faults.add(f"document {row['id']}: {fault}")
        self._counts |= {"documents": number, "copies": copies, "chunks": chunks.finish()}
        fine = f"{chunks.taken} hold the text of {number - copies} documents"
        return faults.check("chunks", fine, _RESTORE)

    def _keywords(self) -> Check:
        self._tell("Keywords", 0, 1)
        with self._catalog.transaction() as connection:
            try:
                connection.execute(
                    "INSERT INTO keywords(keywords, rank) VALUES ('integrity-check', 1)"
                )
            except sqlite3.DatabaseError as error:
                return Check(
                    name="keywords",
                    ok=False,
                    detail=f"the index does not say what the chunks say ({error})",
                    remedy=_COMPACT,
                )
        self._tell("Keywords", 1, 1)
        return Check(name="keywords", ok=True, detail="the index says what the chunks say")

    # --- vectors --------------------------------------------------------------------------

    def _vectors(self) -> Check:
        """Every chunk has one; each is finite, of unit length, as long as the others."""
        connection = self._catalog.connection
        here, elsewhere, unused, missing = connection.execute(
            """
            SELECT (SELECT count(*) FROM embedding WHERE embedder=:name),
                   (SELECT count(*) FROM embedding WHERE embedder<>:name),
                   (SELECT count(*) FROM embedding e WHERE NOT EXISTS
                     (SELECT 1 FROM chunk c WHERE c.digest=e.digest)),
                   (SELECT count(*) FROM chunk c WHERE NOT EXISTS (SELECT 1 FROM embedding e
                     WHERE e.embedder=:name AND e.digest=c.digest))
            """,
            {"name": self._embedder},
        ).fetchone()
        self._counts |= {
            "embeddings": here,
            "other_embeddings": elsewhere,
            "unused_embeddings": unused,
            "missing_vectors": missing,
        }
        bad = _Faults()
        usual = connection.execute(
            "SELECT length(vector) FROM embedding WHERE embedder=?"
            " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            (self._embedder,),
        ).fetchone()
        width = usual[0] if usual else 0
        rows = connection.execute(
            "SELECT id, vector FROM embedding WHERE embedder=?", (self._embedder,)
        )
        for done, batch in enumerate(_batches(rows)):
            for number, why in _vector_faults(batch, width):
                bad.add(f"vector {number} {why}")
            self._tell("Vectors", done * _BATCH + len(batch), here)
        if bad.number:
            # A sync embeds what has no vector; a wrong one it cannot tell.
            return bad.check("vectors", "", _RESTORE)
        if missing:
            return Check(
                name="vectors",
                ok=False,
                detail=f"{missing} chunks are not embedded by {self._embedder}",
                remedy=_SYNC,
            )
        return Check(name="vectors", ok=True, detail=f"{here} of {width // 4} dimensions")

    def _chroma(self) -> Check:
        """It holds the catalog's chunks and no others, with the catalog's vectors."""
        generation = self._catalog.generation
        if not generation:
            return Check(name="chroma", ok=True, detail="nothing embedded yet")
        if self._catalog.meta("state") is None:
            return Check(
                name="chroma",
                ok=True,
                detail="the next sync makes it; the catalog's vectors answer meanwhile",
            )
        (count,) = self._catalog.connection.execute(
            f"SELECT count(*) {_EMBEDDED}", (self._embedder,)
        ).fetchone()
        try:
            # A reader trusts what was found sound today; here every byte is read.
            soundness.check(vectors.directory_of(self._directory, generation), trust_last=False)
            with closing(
                vectors.open_generation(self._directory, generation, ids=[], count=count)
            ) as opened:
                self._compare(opened._collection, count)
        except vectors.Unsound as error:
            return Check(name="chroma", ok=False, detail=str(error), remedy=_SYNC)
        return Check(name="chroma", ok=True, detail=f"generation {generation}, {count} vectors")

    def _compare(self, collection: Any, count: int) -> None:
        """Raises Unsound. The counts are equal, so ids that are all there are the same ids."""
        ids = self._catalog.connection.execute(
            f"SELECT c.id {_EMBEDDED} ORDER BY c.id", (self._embedder,)
        )
        every = max(1, count // _SAMPLES)
        sample: list[int] = []
        done = 0
        try:
            for batch in _batches(ids):
                names = [str(row[0]) for row in batch]
                found = len(collection.get(ids=names, include=[])["ids"])
                if found != len(names):
                    raise vectors.Unsound(f"it lacks {len(names) - found} chunks")
                sample += [row[0] for row in batch][-done % every :: every]
                done += len(batch)
                self._tell("Chroma", done, count)
            self._compare_sample(collection, sample)
        except vectors.Unsound:
            raise
        except Exception as error:  # Chroma's Rust core raises kinds of its own for damage
            raise vectors.Unsound(f"it cannot be read: {error}") from error

    def _compare_sample(self, collection: Any, sample: list[int]) -> None:
        """The same vectors, and a search for one finds it. Raises Unsound."""
        import numpy as np

        if not sample:
            return
        ours = {
            str(row["id"]): np.frombuffer(row["vector"], np.float32)
            for row in self._catalog.connection.execute(
                "SELECT c.id, e.vector FROM chunk c JOIN embedding e"
                " ON e.digest=c.digest AND e.embedder=?"
                " WHERE c.id IN (SELECT value FROM json_each(?))",
                (self._embedder, json.dumps(sample)),
            )
        }
        held = collection.get(ids=list(ours), include=["embeddings"])
        for name, theirs in zip(held["ids"], held["embeddings"], strict=True):
            if not np.allclose(theirs, ours[name], atol=_UNIT_WITHIN):
                raise vectors.Unsound(f"chunk {name} has another vector than the catalog")
        near = collection.query(
            query_embeddings=[vector.tolist() for vector in ours.values()],
            n_results=1,
            include=["distances"],
        )
        found = sum(bool(row) and row[0] <= _UNIT_WITHIN for row in near["distances"])
        if found < _FOUND_SHARE * len(ours):
            raise vectors.Unsound(f"a search finds {found} of {len(ours)} chunks by themselves")


_EMBEDDED: Final = (
    "FROM chunk c WHERE EXISTS"
    " (SELECT 1 FROM embedding e WHERE e.embedder=? AND e.digest=c.digest)"
)


class _Grouped:
    """Chunks in the order of their documents, handed out document by document."""

    def __init__(self, rows: Iterator[sqlite3.Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self.taken = 0

    def of(self, document: int) -> list[sqlite3.Row]:
        """The chunks of this document, which must be asked for in ascending order."""
        own: list[sqlite3.Row] = []
        while self._next is not None and self._next["document_id"] <= document:
            if self._next["document_id"] == document:
                own.append(self._next)
            self.taken += 1
            self._next = next(self._rows, None)
        return own

    def finish(self) -> int:
        """How many chunks there are in all."""
        self.taken += (self._next is not None) + sum(1 for _ in self._rows)
        return self.taken


def _document_fault(
    text: str, set_aside: Sequence[Sequence[int]], chunks: Sequence[sqlite3.Row]
) -> str:
    """What is wrong with a document's chunks, in words. Empty if nothing is."""
    if not text:
        return "it has no text"
    spans = []
    for chunk in chunks:
        start, end = chunk["start"], chunk["end"]
        if not 0 <= start < end <= len(text):
            return f"a chunk lies outside it, at {start}"
        if text[start:end] != chunk["text"]:
            return f"the chunk at {start} says something else"
        said = f"{chunk['context']}\0{chunk['text']}".encode()
        if hashlib.blake2b(said, digest_size=16).digest() != chunk["digest"]:
            return f"the chunk at {start} has the digest of another text"
        spans.append((start, end))
    place = 0
    for start, end in sorted([*spans, *((start, end) for start, end in set_aside)]):
        if start < place:
            return f"two chunks, or a chunk and what is set aside, hold what is at {start}"
        if not _blank(text[place:start]):
            return f"no chunk holds what is at {place}"
        place = end
    return "" if _blank(text[place:]) else f"no chunk holds what is at {place}"


def _blank(text: str) -> bool:
    return not text or text.isspace()


def _vector_faults(batch: Sequence[sqlite3.Row], width: int) -> Iterator[tuple[int, str]]:
    """Ids of vectors that are none, with the reason."""
    import numpy as np

    whole = []
    for row in batch:
        if len(row["vector"]) == width and width % 4 == 0:
            whole.append(row)
        else:
            yield row["id"], "has another length than the others"
    if not whole:
        return
    matrix: NDArray[np.float32] = np.frombuffer(
        b"".join(row["vector"] for row in whole), np.float32
    ).reshape(len(whole), -1)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(matrix.astype(np.float64), axis=1)
    for place in np.flatnonzero(~(np.abs(lengths - 1) <= _UNIT_WITHIN)):
        finite = bool(np.isfinite(matrix[place]).all())
        yield (
            whole[int(place)]["id"],
            f"is {lengths[place]:.3g} long" if finite else "is not finite",
        )


def _batches(rows: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
