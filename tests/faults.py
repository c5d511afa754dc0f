"""Syncs that are killed, starved of disk or crowded, and what is left of them.

A `Folder` is mail and notes that are made up and changed at random from a seed. A `Forker`
is one process that has imported everything and forks a child for each job, so that a sync
with real Chroma costs 0.2 s instead of 2; a child can be killed at a moment, at the Nth
failpoint that it passes, or at a named one. `run_kills` and `run_names` kill syncs of such
a folder and compare what the next sync leaves with what one gave that nobody disturbed.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zipfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import IO, Any, Final

ROOT: Final = Path(__file__).parent.parent
Dump = dict[str, list[list[Any]]]
Job = dict[str, Any]

# --- what is read ---

_WORDS: Final = (
    "harbour bicycle lamp kettle winter ferry orchard copper violin ladder garden engine "
    "pepper market cellar bridge candle summer letter window carpet anchor barley thunder "
    "meadow pencil island ribbon saddle turnip walnut canvas helmet mirror needle parcel"
).split()
_FIRST_DAY: Final = datetime(2004, 3, 5, 10, tzinfo=UTC)
_MOST_MAILS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    number: int
    subject: str
    body: str
    references: tuple[int, ...] = ()
    attached: str = ""

    def raw(self) -> bytes:
        """As in a Maildir."""
        people = ["anna", "ben", "carla", "dirk"]
        head = [
            f"From: {people[self.number % 4]}@example.org",
            f"To: {people[(self.number + 1) % 4]}@example.org",
            f"Subject: {self.subject}",
            f"Message-ID: <{self.number}@example.org>",
            f"Date: {format_datetime(_FIRST_DAY + timedelta(hours=7 * self.number))}",
        ]
        if self.references:
            names = " ".join(f"<{number}@example.org>" for number in self.references)
            head.append(f"References: {names}")
        if not self.attached:
            return "\n".join([*head, "", self.body, ""]).encode()
        encoded = b64encode(self.attached.encode()).decode()
        head.append('Content-Type: multipart/mixed; boundary="seam"')
        return (
            "\n".join(head)
            + f"\n\n--seam\nContent-Type: text/plain\n\n{self.body}\n"
            + f'--seam\nContent-Type: text/plain; name="list-{self.number}.txt"\n'
            + f'Content-Disposition: attachment; filename="list-{self.number}.txt"\n'
            + f"Content-Transfer-Encoding: base64\n\n{encoded}\n--seam--\n"
        ).encode()


class Folder:
    """Mailboxes, a Maildir, notes and a zip; every change of them comes from the seed."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self.root = root
        self._rng = rng
        self._clock_ns = 1_700_000_000 * 10**9
        self._count = 0
        self._boxes: dict[str, list[_Mail]] = {"inbox.mbox": [], "mail/sent.mbox": []}
        self._maildir: dict[str, _Mail] = {}
        self._notes: dict[str, str] = {}
        self._notes_folder = "notes"
        for name, number in (("inbox.mbox", 40), ("mail/sent.mbox", 20)):
            self._boxes[name] = [self._mail() for _ in range(number)]
            self._write_box(name)
        for _ in range(8):
            self._deliver()
        for number in range(6):
            self._write_note(f"{number}.md")
        self._pack()

    def edit(self, *, everything: bool = False) -> list[str]:
        """Change a few things, or one of each kind; what was done."""
        kinds: list[Callable[[], None]] = [
            self._append,
            self._drop,
            self._deliver,
            self._undeliver,
            self._read_one,
            self._change_note,
            self._delete_note,
            self._move_notes,
            self._pack,
            self._copy_box,
            self._delete_copy,
            self._cut_off,
        ]
        if not everything:
            kinds = self._rng.sample(kinds, self._rng.randint(1, 4))
        for kind in kinds:
            kind()
        return [kind.__name__.strip("_") for kind in kinds]

    def grow(self, count: int) -> None:
        """So many mails more."""
        self._boxes["inbox.mbox"] += [self._mail() for _ in range(count)]
        self._write_box("inbox.mbox")

    # Words and mails

    def _sentences(self, count: int) -> str:
        return " ".join(
            " ".join(self._rng.choices(_WORDS, k=11)).capitalize() + f" {self._rng.random()}."
            for _ in range(count)
        )

    def _mail(self) -> _Mail:
        self._count += 1
        known = [mail for box in self._boxes.values() for mail in box]
        number, chance = self._count, self._rng.random()
        attached = self._sentences(4) if self._rng.random() < 0.15 else ""
        if known and chance < 0.1:
            return self._rng.choice(known)  # the same mail again
        if known and chance < 0.55:
            asked = self._rng.choice(known)
            quoted = "\n".join(f"> {line}" for line in asked.body.splitlines())
            return _Mail(
                number=number,
                subject=f"Re: {asked.subject.removeprefix('Re: ')}",
                body=f"{self._sentences(3)}\n\n{quoted}",
                references=(*asked.references, asked.number)[-5:],
                attached=attached,
            )
        body = self._sentences(self._rng.choice((2, 5, 30)))
        return _Mail(number=number, subject=f"About {number}", body=body, attached=attached)

    # Files

    def _write(self, name: str, raw: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        self._touch(path)

    def _touch(self, path: Path) -> None:
        self._clock_ns += 10**9
        os.utime(path, ns=(self._clock_ns, self._clock_ns))

    def _write_box(self, name: str, *, cut_bytes: int = 0) -> None:
        raw = b"".join(
            b"From anna@example.org Fri Mar  5 10:00:00 2004\n" + mail.raw() + b"\n"
            for mail in self._boxes[name]
        )
        self._write(name, raw[: len(raw) - cut_bytes])

    def _append(self) -> None:
        name = self._rng.choice(list(self._boxes))
        self._boxes[name] += [self._mail() for _ in range(self._rng.randint(1, 20))]
        self._write_box(name)

    def _drop(self) -> None:
        name = max(self._boxes, key=lambda name: len(self._boxes[name]))
        box = self._boxes[name]
        most = max(len(box) - _MOST_MAILS // 2, 4)
        for _ in range(min(self._rng.randint(1, most), len(box) - 1)):
            box.pop(self._rng.randrange(len(box)))
        self._write_box(name)

    def _cut_off(self) -> None:
        self._write_box(self._rng.choice(list(self._boxes)), cut_bytes=30)

    def _deliver(self) -> None:
        mail = self._mail()
        name = f"Maildir/new/{self._count}.host"
        for folder in ("cur", "new", "tmp"):
            (self.root / "Maildir" / folder).mkdir(parents=True, exist_ok=True)
        self._maildir[name] = mail
        self._write(name, mail.raw())

    def _undeliver(self) -> None:
        while len(self._maildir) > 4:
            name = self._rng.choice(list(self._maildir))
            del self._maildir[name]
            (self.root / name).unlink()

    def _read_one(self) -> None:
        fresh = [name for name in self._maildir if "/new/" in name]
        if fresh:
            name = self._rng.choice(fresh)
            there = name.replace("/new/", "/cur/") + ":2,S"
            (self.root / name).rename(self.root / there)
            self._maildir[there] = self._maildir.pop(name)

    def _write_note(self, name: str) -> None:
        self._notes[name] = f"# Note {name}\n\n{self._sentences(self._rng.randint(1, 12))}\n"
        self._write(f"{self._notes_folder}/{name}", self._notes[name].encode())

    def _change_note(self) -> None:
        self._write_note(self._rng.choice([*self._notes, f"{self._count}-new.md"]))

    def _delete_note(self) -> None:
        if len(self._notes) > 3:
            name = self._rng.choice(list(self._notes))
            del self._notes[name]
            (self.root / self._notes_folder / name).unlink()

    def _move_notes(self) -> None:
        there = "notes" if self._notes_folder == "notes/old" else "notes/old"
        keep = self.root / "moving"
        (self.root / self._notes_folder).rename(keep)
        shutil.rmtree(self.root / "notes", ignore_errors=True)
        (self.root / there).parent.mkdir(exist_ok=True)
        keep.rename(self.root / there)
        self._notes_folder = there

    def _pack(self) -> None:
        path = self.root / "packed.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for number in range(self._rng.randint(1, 4)):
                info = zipfile.ZipInfo(f"in/{number}.txt", (2004, 3, 5, 10, 0, 0))
                packed.writestr(info, self._sentences(4))
            info = zipfile.ZipInfo("in/mail.eml", (2004, 3, 5, 10, 0, 0))
            packed.writestr(info, self._mail().raw())
        self._touch(path)

    def _copy_box(self) -> None:
        self._write("copy.mbox", (self.root / self._rng.choice(list(self._boxes))).read_bytes())

    def _delete_copy(self) -> None:
        if self._rng.random() < 0.5:
            (self.root / "copy.mbox").unlink(missing_ok=True)


# --- what a catalog holds ---

_TABLES: Final = {
    "source": ("SELECT id, path FROM source ORDER BY id"),
    "file": "SELECT * FROM file ORDER BY id",
    "document": "SELECT * FROM document ORDER BY id",
    "chunk": "SELECT * FROM chunk ORDER BY id",
    "embedding": "SELECT embedder, digest, vector FROM embedding ORDER BY embedder, digest",
    # These have no ids that anything outside could hold on to.
    "failure": "SELECT source_id, file_id, path, locator, reason FROM failure ORDER BY id",
    "skipped": "SELECT source_id, file_id, path, locator, reason FROM skipped ORDER BY id",
    "forgotten": "SELECT digest FROM forgotten ORDER BY 1",
    "meta": "SELECT key, value FROM meta WHERE key<>'state' ORDER BY key",
    "sequence": "SELECT name, seq FROM sqlite_sequence ORDER BY name",
    "integrity": "PRAGMA integrity_check",
    "foreign": "PRAGMA foreign_key_check",
}


def dump(catalog: Any, vector_directory: Path) -> Dump:
    """All that must be the same, byte for byte, whatever befell the syncs."""
    connection = catalog.connection
    found: Dump = {
        name: [[_plain(value) for value in row] for row in connection.execute(query)]
        for name, query in _TABLES.items()
    }
    # Compares the keyword index with the chunks' texts; raises where they differ.
    connection.execute("INSERT INTO keywords(keywords, rank) VALUES ('integrity-check', 1)")
    found["chroma"] = [[_chroma_against(catalog, vector_directory)]]
    return found


def _plain(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    return value.hex() if len(value) <= 32 else hashlib.blake2b(value).hexdigest()[:32]


def _chroma_against(catalog: Any, vector_directory: Path) -> str:
    """Whether Chroma holds the ids and vectors that the catalog does."""
    import numpy as np

    from index.chroma import open_generation

    ids, matrix = catalog.vectors("words")
    opened = open_generation(
        vector_directory, catalog.generation, ids=ids.tolist(), count=len(ids)
    )
    try:
        held = opened._collection.get(include=["embeddings"])
    finally:
        opened.close()
    by_id = dict(zip(map(int, held["ids"]), held["embeddings"], strict=True))
    if sorted(by_id) != ids.tolist():
        return f"holds other ids: {sorted(set(by_id) ^ set(ids.tolist()))[:10]}"
    if len(ids) and not np.allclose(matrix, [by_id[number] for number in ids], atol=1e-6):
        return "holds other vectors"
    return "equal"


@dataclass(slots=True)
class Differences:
    """How what a disturbed sync left differs from what it should have left."""

    lost: int = 0
    duplicated: int = 0
    """Documents and chunks that are missing or there once too often, ids aside."""

    lines: list[str] = field(default_factory=list)
    """Everything that differs at all, at most a few of each table."""


def differences(expected: Dump, found: Dump) -> Differences:
    """Compare two dumps."""
    told = Differences()
    for table in ("document", "chunk"):
        ours, theirs = (_said(dump, table) for dump in (found, expected))
        told.lost += (theirs - ours).total()
        told.duplicated += (ours - theirs).total()
    for table, rows in expected.items():
        wanted, there = ([json.dumps(row) for row in part] for part in (rows, found[table]))
        if wanted != there:
            missing, extra = Counter(wanted) - Counter(there), Counter(there) - Counter(wanted)
            told.lines.append(f"{table}: {missing.total()} missing, {extra.total()} extra")
            told.lines += [f"  - {line[:300]}" for line in list(missing)[:3]]
            told.lines += [f"  + {line[:300]}" for line in list(extra)[:3]]
    return told


def _said(dump: Dump, table: str) -> Counter[str]:
    """What documents or chunks say and where, without their ids."""
    if table == "document":
        return Counter(json.dumps([row[1], row[2], row[4]]) for row in dump["document"])
    places = {row[0]: json.dumps([row[1], row[2], row[4]]) for row in dump["document"]}
    return Counter(json.dumps([places.get(row[1]), row[3:5], row[8]]) for row in dump["chunk"])


# --- the process that forks ---

_SHARED: Final = struct.Struct(">I28s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended."""

    killed: bool
    result: Any
    error: str
    """Class and message of what it raised; empty if it raised nothing."""

    is_expected: bool
    """Whether what it raised is a LifeArchiveError: one line and no traceback."""

    trace: str
    passes: int
    """How many failpoints it came by."""

    last: str
    """The last one."""

    seconds: float


class Forker:
    """The process that forks, seen from the test. Close it."""

    def __init__(self, *, temporary: Path | None = None) -> None:
        environ = dict(os.environ, OPENBLAS_NUM_THREADS="1", ANONYMIZED_TELEMETRY="False")
        environ.pop("LIFE_ARCHIVE_FAILPOINT", None)
        if temporary is not None:
            temporary.mkdir(exist_ok=True)
            environ["TMPDIR"] = str(temporary)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.faults import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environ,
            text=True,
        )

    def run(self, *jobs: Job) -> list[Outcome]:
        """Run jobs at the same time, each in a child of its own; wait for all."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(jobs) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the process that forks has died")
        return [Outcome(**item) for item in json.loads(answer)]

    def one(self, **job: Any) -> Outcome:
        """Run one job."""
        return self.run(job)[0]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@contextmanager
def forker(place: Path) -> Iterator[Forker]:
    """A `Forker` whose children unpack below `place`."""
    made = Forker(temporary=place / "tmp")
    try:
        yield made
    finally:
        made.close()


@contextmanager
def quick_place() -> Iterator[Path]:
    """A folder, in memory if possible: Chroma waits for the disk, and a kill does not care."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="life-archive-faults-", dir=memory if os.access(memory, os.W_OK) else None
    ) as place:
        yield Path(place)


@dataclass(slots=True)
class _Child:
    pid: int
    pipe: int
    shared: mmap.mmap
    started: float
    kill_at: float | None
    said: bytes = b""
    ended: float | None = None


def serve() -> None:
    """Run the jobs of each line of standard input until it ends."""
    import chromadb  # noqa: F401

    import tests.unit.fakes  # noqa: F401

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        children = [_fork(job) for job in json.loads(line)]
        _wait_for(children)
        print(json.dumps([_outcome(child) for child in children]), file=answers, flush=True)


def _fork(job: Job) -> _Child:
    ours, theirs = os.pipe()
    shared = mmap.mmap(-1, _SHARED.size)
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(ours)
            with os.fdopen(theirs, "wb") as pipe:
                _work(job, shared, pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(theirs)
    after_s = job.get("kill_after_s")
    return _Child(pid, ours, shared, started, None if after_s is None else started + after_s)


def _wait_for(children: Sequence[_Child]) -> None:
    open_now = {child.pipe: child for child in children}
    while open_now:
        dues = [child.kill_at for child in open_now.values() if child.kill_at is not None]
        wait_s = max(min(dues) - time.perf_counter(), 0) if dues else None
        for pipe in select.select(list(open_now), [], [], wait_s)[0]:
            piece = os.read(pipe, 1 << 20)
            open_now[pipe].said += piece
            if not piece:
                open_now.pop(pipe).ended = time.perf_counter()
        for child in open_now.values():
            if child.kill_at is not None and time.perf_counter() >= child.kill_at:
                os.kill(child.pid, signal.SIGKILL)
                child.kill_at = None


def _outcome(child: _Child) -> dict[str, Any]:
    _, status = os.waitpid(child.pid, 0)
    os.close(child.pipe)
    passes, last = _SHARED.unpack(child.shared[:])
    child.shared.close()
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    said = {"result": None, "error": "", "is_expected": False, "trace": "", "seconds": 0.0}
    if not killed and child.said:
        said = json.loads(child.said)
    elif not killed:
        said["error"] = f"the child ended with status {status} and said nothing"
    return {
        **said,
        "killed": killed,
        "passes": passes,
        "last": last.rstrip(b"\0").decode(),
    }


def _work(job: Job, shared: mmap.mmap, pipe: IO[bytes]) -> None:
    """In the child: do the job and say how it went."""
    from ingest.errors import LifeArchiveError

    said: dict[str, Any] = {"result": None, "error": "", "is_expected": False, "trace": ""}
    if not job.get("large"):
        _make_batches_small()
    _watch_failpoints(job, shared)
    started = time.perf_counter()
    try:
        said["result"] = _JOBS[job["kind"]](job)
    except BaseException as error:
        said["error"] = f"{type(error).__module__}.{type(error).__name__}: {error}"
        said["is_expected"] = isinstance(error, LifeArchiveError)
        said["trace"] = traceback.format_exc()
    said["seconds"] = time.perf_counter() - started
    pipe.write(json.dumps(said).encode())


def _make_batches_small() -> None:
    """So that a small folder takes many transactions."""
    import index.conversations as conversations
    import index.reading as reading
    import index.sync as sync_module

    reading._DOCUMENTS_PER_TRANSACTION = 7  # type: ignore[misc]
    conversations._THREADS_PER_TRANSACTION = 4  # type: ignore[misc]
    sync_module._CHUNKS_PER_TRANSACTION = 16


def _watch_failpoints(job: Job, shared: mmap.mmap) -> None:
    from index import failpoint

    failpoint._wanted, failpoint._left = job.get("kill_name", ""), job.get("kill_count", 1)
    passed_by = failpoint.at
    passes = 0

    def at(name: str) -> None:
        nonlocal passes
        passes += 1
        shared[:] = _SHARED.pack(passes, name.encode())
        if passes == job.get("kill_pass"):
            threading.Timer(
                job.get("then_s", 0.0), os.kill, (os.getpid(), signal.SIGKILL)
            ).start()
        passed_by(name)

    for name, module in list(sys.modules.items()):
        if name.startswith("index.") and getattr(module, "at", None) is passed_by:
            module.at = at  # type: ignore[attr-defined]
    failpoint.at = at


# --- jobs ---


def _open(job: Job) -> Any:
    from index.catalog import Catalog

    catalog = Catalog(Path(job["home"]) / "catalog.sqlite")
    if pages := job.get("most_pages"):
        catalog.connection.execute(f"PRAGMA max_page_count={pages}")
    return catalog


def _job_sync(job: Job) -> Any:
    """`home` and `source`; with `dump` also what the catalog holds afterwards.

    With `nice` it gives way to others, as `archive sync` does.
    """
    from tests.unit.fakes import sync

    os.nice(int(job.get("nice", 0)))
    home = Path(job["home"])
    catalog = _open(job)
    catalog.add_source(Path(job["source"]))
    started = time.perf_counter()
    report = sync(catalog, home)
    told: dict[str, Any] = {
        "counts": [report.added, report.changed, report.removed, report.failed],
        "seconds": time.perf_counter() - started,
    }
    if job.get("dump"):
        told["dump"] = dump(catalog, home / "chroma")
    catalog.close()
    return told


def _job_search(job: Job) -> Any:
    """What each of `questions` finds: texts with the place they are from."""
    from index.retrieve import Retriever
    from tests.unit.fakes import WordEmbedder

    catalog = _open(job)
    retriever = Retriever(
        catalog, Path(job["home"]) / "chroma", embedder_name="words", embedder=WordEmbedder
    )
    told = []
    for question in job["questions"]:
        with catalog.snapshot():
            found = retriever.search(question, limit=5).passages
        told.append([[p.chunk_id, p.id, p.locator, p.title, p.text] for p in found])
    return told


def _job_read(job: Job) -> Any:
    """Ask until the file `until` is there; every passage must be of one moment.

    Returns the times in ms and what was torn.
    """
    from index import nearest
    from index.retrieve import Retriever
    from tests.unit.fakes import WordEmbedder

    if job.get("chroma"):
        nearest.EXACT_UP_TO = 0
    rng = random.Random(job["seed"])
    catalog = _open(job)
    retriever = Retriever(
        catalog, Path(job["home"]) / "chroma", embedder_name="words", embedder=WordEmbedder
    )
    times_ms: list[float] = []
    torn: list[str] = []
    generations: set[int] = set()
    until = Path(job["until"])
    while not until.exists():
        question = " ".join(rng.choices(_WORDS, k=2))
        started = time.perf_counter()
        with catalog.snapshot() as connection:
            found = retriever.search(question, limit=10).passages
            times_ms.append((time.perf_counter() - started) * 1000)
            generations.add(catalog.generation)
            torn += [line for passage in found if (line := _torn(connection, passage))]
        if not found:
            torn.append(f"nothing found for {question}")
        if len(times_ms) == 1:
            with Path(job["begun"]).open("wb", buffering=0) as pipe:
                pipe.write(b".")
        time.sleep(job["pause_s"])
    return {"ms": times_ms, "torn": torn[:10], "generations": len(generations)}


def _torn(connection: Any, passage: Any) -> str:
    row = connection.execute(
        "SELECT substr(text, ?, ?) AS said FROM document WHERE id=? AND duplicate_of IS NULL",
        (passage.start + 1, passage.end - passage.start, passage.document_id),
    ).fetchone()
    if row is not None and row["said"] == passage.text:
        return ""
    return f"chunk {passage.chunk_id} is not what document {passage.document_id} says there"


def _job_documents(job: Job) -> Any:
    """What every document says, by the name, the place and the title that it goes by."""
    catalog = _open(job)
    numbers = [row[0] for row in catalog.connection.execute("SELECT id FROM document")]
    found = [catalog.document(number) for number in numbers]
    return [[d.passage_id, d.locator, d.title, d.text] for d in found]


_JOBS: Final[Mapping[str, Callable[[Job], Any]]] = {
    "sync": _job_sync,
    "search": _job_search,
    "documents": _job_documents,
    "read": _job_read,
}


# --- kills ---


@dataclass(slots=True)
class KillReport:
    """What became of syncs that were killed."""

    seed: int
    kills: int = 0
    rounds: int = 0
    """Changes of the folder, each followed by kills and one sync that ran to its end."""

    by_place: Counter[str] = field(default_factory=Counter)
    """Kills by the failpoint that was passed last."""

    lost: int = 0
    duplicated: int = 0
    differing: list[str] = field(default_factory=list)
    """A paragraph for each round whose outcome differs."""

    left_over: int = 0
    """What killed syncs left in the temporary folder."""

    @property
    def is_clean(self) -> bool:
        """Whether it all came out the same."""
        return not (self.lost or self.duplicated or self.differing)

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}: {self.kills} kills in {self.rounds} rounds, {self.lost} lost,"
            f" {self.duplicated} duplicated, {len(self.differing)} rounds differ"
        ]
        return "\n".join([*lines, *self.differing[:5]])


class KillRun:
    """A folder and two archives of it, one of which is never disturbed."""

    def __init__(self, forker: Forker, place: Path, seed: int) -> None:
        self._forker = forker
        self._rng = random.Random(seed)
        self._place = place
        place.mkdir(parents=True, exist_ok=True)
        self.folder = Folder(place / "source", self._rng)
        self.report = KillReport(seed=seed)
        self._edits = ["made"]

    def random_round(self, most: int) -> None:
        """Kill syncs of the present folder at random moments, `most` at most; finish."""
        whole = self._sync("twin", dump=True)
        passes_left = max(whole.passes, 1)
        for _ in range(most):
            if self._rng.random() < 0.5:
                kill = {"kill_after_s": self._rng.uniform(0, whole.result["seconds"] + 0.01)}
            else:  # Chroma takes most of the time; this way the rest gets its share
                kill = {
                    "kill_pass": self._rng.randint(1, passes_left),
                    "then_s": self._rng.choice((0.0, self._rng.uniform(0, 0.004))),
                }
            outcome = self._sync("victim", **kill)
            if not self._was_killed(outcome):
                break
            passes_left = max(passes_left - outcome.passes, 1)
        self._finish(whole)

    def named_round(self, name: str) -> int:
        """Kill a sync at a failpoint, and the one after it; how many of them came by it."""
        whole = self._sync("twin", dump=True)
        killed = 0
        for _ in range(2):
            killed += self._was_killed(self._sync("victim", kill_name=name))
        self._finish(whole)
        return killed

    def edit(self, *, everything: bool = False) -> None:
        """Change the folder."""
        self._edits = self.folder.edit(everything=everything)

    def _sync(self, home: str, **job: Any) -> Outcome:
        outcome = self._forker.one(
            kind="sync", home=str(self._place / home), source=str(self.folder.root), **job
        )
        if outcome.error:
            raise AssertionError(
                f"seed {self.report.seed}, round {self.report.rounds} of {home},"
                f" {self._edits}: {outcome.error}\n{outcome.trace}"
            )
        return outcome

    def _was_killed(self, outcome: Outcome) -> bool:
        if outcome.killed:
            self.report.kills += 1
            self.report.by_place[outcome.last or "before any"] += 1
        return outcome.killed

    def _finish(self, whole: Outcome) -> None:
        found = self._sync("victim", dump=True).result["dump"]
        told = differences(whole.result["dump"], found)
        self.report.lost += told.lost
        self.report.duplicated += told.duplicated
        if told.lines:
            title = f"seed {self.report.seed}, round {self.report.rounds}, {self._edits}:"
            self.report.differing.append("\n".join([title, *told.lines]))
        self.report.rounds += 1


def run_kills(
    forker: Forker, place: Path, *, seed: int, kills: int, most_each: int = 6
) -> KillReport:
    """Kill so many syncs at random moments."""
    run = KillRun(forker, place, seed)
    rng = random.Random(seed + 1)
    while run.report.kills < kills:
        run.random_round(min(rng.randint(1, most_each), kills - run.report.kills))
        run.edit()
    return run.report


def run_names(
    forker: Forker, place: Path, names: Sequence[str], *, seed: int
) -> tuple[KillReport, list[str]]:
    """Kill at each failpoint and again while recovering; those that no sync came by."""
    run = KillRun(forker, place, seed)
    missed = []
    for name in names:
        if not run.named_round(name):
            missed.append(name)
        run.edit(everything=True)
    return run.report, missed


# --- a full disk ---


@contextmanager
def tmpfs(place: Path, size_kb: int) -> Iterator[Callable[[int], None]]:
    """A small disk at `place`; call what comes to give it another size. Raises OSError."""
    place.mkdir(parents=True, exist_ok=True)
    try:
        _mount("-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(place))
    except subprocess.CalledProcessError as error:
        raise OSError(error.stderr.strip()) from error
    try:
        yield lambda size_kb: _mount("-o", f"remount,size={size_kb}k", str(place))
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True, text=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FullDisk:
    """What a sync said on a disk of some size, and what one gave when there was room."""

    size_kb: int
    """Free when the sync began."""

    ending: Outcome
    differing: tuple[str, ...]
    """How the catalog differs afterwards from one that always had room."""

    @property
    def finished(self) -> bool:
        """Whether there was room enough."""
        return not self.ending.error

    @property
    def said_so(self) -> bool:
        """Whether it ended with a line that its owner can understand."""
        return self.ending.is_expected and "full" in self.ending.error


def run_full_disk(
    forker: Forker, place: Path, *, seed: int, step_kb: int = 256
) -> Iterator[FullDisk]:
    """A first sync, then one after many changes, with 256 KB, 512 KB, … free until it fits."""
    rng = random.Random(seed)
    folder = Folder(place / "source", rng)
    twin = place / "twin"
    source = str(folder.root)
    room_kb = 128 << 10
    before: Path | None = None
    for number in range(2):
        whole = forker.one(kind="sync", home=str(twin), source=source, dump=True)
        assert not whole.error, whole.trace
        free_kb, finished = 0, False
        while not finished:
            free_kb += step_kb
            disk = place / "disk"
            with tmpfs(disk, room_kb) as resize:
                if before is not None:
                    shutil.copytree(before, disk, dirs_exist_ok=True)
                resize(_used_kb(disk) + free_kb)
                ending = forker.one(kind="sync", home=str(disk), source=source)
                resize(room_kb)
                after = forker.one(kind="sync", home=str(disk), source=source, dump=True)
            told = (
                [after.error]
                if after.error
                else differences(whole.result["dump"], after.result["dump"]).lines
            )
            yield FullDisk(size_kb=free_kb, ending=ending, differing=tuple(told))
            finished = not ending.error
        if number == 0:
            before = place / "before"
            shutil.copytree(twin, before)
            folder.edit(everything=True)


def _used_kb(disk: Path) -> int:
    room = os.statvfs(disk)
    return (room.f_blocks - room.f_bfree) * room.f_frsize // 1024


# --- a damaged catalog ---

QUESTIONS: Final = ("harbour bicycle", "copper violin", "About 7", "winter ferry orchard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What was done to a file of the catalog, and how the program took it."""

    what: str
    search: str
    """`told`, `sound`, `other` (true, but not what it said before), `wrong`, `traceback`."""

    sync: str
    """`told`, `done` or `traceback`."""

    detail: str


def run_damage(forker: Forker, place: Path, *, seed: int, trials: int) -> Iterator[Damage]:
    """Turn bits of the catalog and its log, or cut them off; then search, then sync."""
    rng = random.Random(seed)
    folder = Folder(place / "source", rng)
    source = str(folder.root)
    closed, left = place / "closed", place / "left"
    for home in (closed, left):
        job = {"kind": "sync", "home": str(home), "source": source}
        if home == left:  # a log stays behind
            job["kill_name"] = "generation committed"
        forker.run(job)
    everything = forker.one(kind="documents", home=str(closed)).result
    known = {(name, where, title): text for name, where, title, text in everything}
    right = forker.one(kind="search", home=str(closed), questions=QUESTIONS).result
    aims = [passage[4].encode()[:40] for answer in right for passage in answer]
    for _ in range(trials):
        home = place / "trial"
        shutil.copytree(rng.choice((closed, left)), home)
        name = rng.choice(sorted(path.name for path in home.glob("catalog.sqlite*")))
        what = _damage(home / name, rng, aims)
        found = forker.one(kind="search", home=str(home), questions=QUESTIONS)
        synced = forker.one(kind="sync", home=str(home), source=source)
        yield Damage(
            what=f"seed {seed}: {name} {what}",
            search=_verdict(found, known, right),
            sync="done" if not synced.error else "told" if synced.is_expected else "traceback",
            detail=f"search: {found.error or 'answered'}; sync: {synced.error or 'done'}",
        )
        shutil.rmtree(home)


def _damage(path: Path, rng: random.Random, aims: Sequence[bytes]) -> str:
    raw = bytearray(path.read_bytes())
    if not raw:
        return "is empty anyhow"
    if rng.random() < 0.3 and (places := _occurrences(raw, rng.choice(aims))):
        first = rng.choice(places) + rng.randrange(40)
        raw[first] ^= 1  # a letter becomes another one: SQLite cannot notice
        path.write_bytes(raw)
        return f"flipped a letter at {first}"
    if rng.random() < 0.3:
        length = rng.randrange(len(raw))
        path.write_bytes(raw[:length])
        return f"cut off at {length} of {len(raw)}"
    first, count = rng.randrange(len(raw)), rng.choice((1, 16, 4096))
    for place in range(first, min(first + count, len(raw))):
        raw[place] ^= 1 << rng.randrange(8)
    path.write_bytes(raw)
    return f"flipped {count} from {first} of {len(raw)}"


def _occurrences(raw: bytearray, aim: bytes) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(aim), raw)]


def _verdict(found: Outcome, known: Mapping[tuple[str, str, str], str], right: Any) -> str:
    if found.error:
        return "told" if found.is_expected else "traceback"
    if found.result == right:
        return "sound"
    true = all(
        text in known.get((name, where, title), "")
        for answer in found.result
        for _, name, where, title, text in answer
    )
    return "other" if true else "wrong"


# --- a power cut ---


def run_power_cuts(forker: Forker, place: Path, *, seed: int, cuts: int) -> KillReport:
    """Take the catalog back to what it was before its last sync, and leave Chroma.

    SQLite promises no more to a database in WAL mode with `synchronous=NORMAL`. The folder
    changes meanwhile, so that ids are given again to what is not the same.
    """
    rng = random.Random(seed)
    folder = Folder(place / "source", rng)
    source, twin, victim = str(folder.root), place / "twin", place / "victim"
    kept = place / "kept"
    report = KillReport(seed=seed)
    for home in (twin, victim):
        forker.one(kind="sync", home=str(home), source=source)
    for number in range(cuts):
        shutil.copytree(victim, kept, ignore=shutil.ignore_patterns("chroma", "lock*"))
        for _ in range(rng.randint(1, 2)):
            done = folder.edit()
            forker.one(kind="sync", home=str(victim), source=source)
        for path in victim.glob("catalog.sqlite*"):
            path.unlink()
        shutil.copytree(kept, victim, dirs_exist_ok=True)
        shutil.rmtree(kept)
        folder.edit(everything=True)
        ended = [
            forker.one(kind="sync", home=str(home), source=source, dump=True)
            for home in (twin, victim)
        ]
        report.kills += 1
        report.rounds += 1
        if errors := [outcome.trace for outcome in ended if outcome.error]:
            report.differing.append(f"seed {seed}, cut {number}, {done}: {errors[0]}")
            continue
        told = differences(*(outcome.result["dump"] for outcome in ended))
        report.lost += told.lost
        report.duplicated += told.duplicated
        if told.lines:
            report.differing.append("\n".join([f"seed {seed}, cut {number}:", *told.lines]))
    return report


# --- a crowd ---


@dataclass(slots=True)
class Readers:
    """What those who asked all the time got to hear."""

    times_ms: list[float] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)
    """How many each of them saw."""

    def p95_ms(self) -> float:
        """What 95 of 100 answers took at most."""
        return sorted(self.times_ms)[int(0.95 * (len(self.times_ms) - 1))]


@contextmanager
def readers(
    forker: Forker, home: Path, count: int, *, seed: int, pause_s: float = 0.02
) -> Iterator[Readers]:
    """So many processes that ask all the time; what they heard is there at the end.

    Every other one asks Chroma, few chunks though there are. `forker` is theirs alone.
    """
    until = home.parent / f"{home.name}-until"
    until.unlink(missing_ok=True)
    begun = home.parent / f"{home.name}-begun"
    begun.unlink(missing_ok=True)
    os.mkfifo(begun)
    jobs = [
        {
            "kind": "read",
            "home": str(home),
            "seed": seed + number,
            "until": str(until),
            "begun": str(begun),
            "chroma": number % 2 == 0,
            "pause_s": pause_s,
        }
        for number in range(count)
    ]
    told = Readers()
    ended: list[Outcome] = []
    asking = threading.Thread(target=lambda: ended.extend(forker.run(*jobs)))
    asking.start()
    pipe = os.open(begun, os.O_RDWR)  # opened for writing too, it waits for nobody
    try:
        for _ in range(count):
            if select.select([pipe], [], [], 60)[0]:
                os.read(pipe, 1)
        yield told
    finally:
        os.close(pipe)
        until.touch()
        asking.join()
    for outcome in ended:
        if outcome.error:
            told.errors.append(f"{outcome.error}\n{outcome.trace}")
        else:
            told.times_ms += outcome.result["ms"]
            told.torn += outcome.result["torn"]
            told.generations.append(outcome.result["generations"])
