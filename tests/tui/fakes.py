"""A made-up archive that can be paused at every step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from archive.answer import Answer, Evidence, EvidenceFound, Token
from archive.choosing import ModelRow
from archive.cite import Citation
from archive.confidence import Confidence
from archive.history import Remembered
from archive.models import REGISTRY, Kind, ModelInfo, PullProgress
from archive.own_tests import Standing
from archive.paths import Paths
from archive.settings import Settings
from index.facets import Count, Facets
from index.passage import Passage
from index.query import Field, Filter, Query
from index.report import SourceReport
from index.retrieve import SearchResult
from index.stored import FailureRow, Source
from index.vocabulary import Vocabulary
from tests.tui.fake_people import FakePeople

LEASE = (
    "Dear Tom,\n\nthank you for coming by on Sunday. The garden looks well again.\n\n"
    + "\n\n".join(
        f"{n}. The house needs this and that before the winter, and nobody has the time."
        for n in range(1, 25)
    )
    + "\n\nWe signed the lease on 12 March 2019 at the notary's office in Lindau.\n\n"
    + "The keys are with Mrs Berg.\n\nAnna\n"
)
QUOTE = "We signed the lease on 12 March 2019 at the notary's office in Lindau."

HOSTILE_TITLE = "[bold red]Invoice[/] \x1b[31mred\x1b[0m \u202egnp.exe\u200b"
HOSTILE = "Look: [bold red]not markup[/] \x1b]0;owned\x07 [link=http://x]go[/link] \u202eend"
HOSTILE_QUOTE = "[bold red]not markup[/] \x1b]0;owned\x07 [link=http://x]go[/link]"


@dataclass(frozen=True, kw_only=True)
class Status:
    sources: int = 2
    documents: int = 12_345
    chunks: int = 40_000
    embedded: int = 40_000
    failures: tuple[Any, ...] = ()
    last_sync: datetime | None = None
    model: str = ""
    embedder: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Document:
    passage: Passage
    text: str
    page_starts: tuple[int, ...] = ()
    attachments: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    within: str | None = None
    places: tuple[tuple[str, str], ...] = ()


class Stored:
    """A document as the catalog hands it out: what its passage says is its own."""

    def __init__(self, made: Document) -> None:
        self._made = made
        self.id, self.passage_id = made.passage.document_id, made.passage.id

    def __getattr__(self, name: str) -> Any:
        held = self._made if hasattr(self._made, name) else self._made.passage
        return getattr(held, name)


@dataclass(frozen=True, kw_only=True)
class Progress:
    stage: str
    done: int
    total: int | None
    unit: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    added: int = 0
    changed: int = 0
    removed: int = 0
    failed: int = 0
    duplicates: int = 0
    chunks: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    failures: tuple[Any, ...] = ()
    stopped: bool = False


def passage(
    n: int,
    text: str,
    *,
    title: str = "The lease",
    kind: str = "mail",
    page: int | None = None,
    people: tuple[str, ...] = ("Anna Weber <anna@example.org>", "Tom Lee <tom@example.org>"),
    year: int = 2019,
) -> Passage:
    return Passage(
        chunk_id=n,
        document_id=n,
        id=f"<{n}@example.org>",
        source="/home/tom/Mail",
        path=f"/home/tom/Mail/archive-{year}.mbox",
        locator=f"byte {n * 4711}",
        kind=kind,
        page=page,
        title=title,
        date=datetime(year, 3, 14, 9, 30, tzinfo=UTC),
        people=people,
        text=text,
        start=0,
        end=len(text),
        score=1 / (60 + n),
    )


OTHER = "The notary in Lindau can see us on Tuesday, 12 March, at ten. Please bring the papers."
REPORT = "Annual report of the house. Rent is due on the first day of each month, in advance."

DOCUMENTS = {
    1: Document(
        passage=passage(1, LEASE), text=LEASE, attachments=("lease.pdf",),
        remarks=("the date is from the Received header",),
        places=(
            ("/home/tom/Mail/archive-2019.mbox", "byte 4711"),
            ("/home/tom/Mail/Sent", "byte 99"),
        ),
    ),
    2: Document(passage=passage(2, OTHER, title="Re: Appointment at the notary"), text=OTHER),
    3: Document(
        passage=passage(
            3, REPORT, title="House report 2019.pdf", kind="file", page=1, people=()
        ),
        text=REPORT,
        page_starts=(0, 28),
    ),
    4: Document(
        passage=passage(
            4,
            HOSTILE,
            title=HOSTILE_TITLE,
            people=("[red]Eve[/] \x1b[2J\u202e <eve@example.org>",),
            year=2021,
        ),
        text=HOSTILE,
    ),
}  # fmt: skip


def evidence(n: int, quote: str) -> Evidence:
    start = DOCUMENTS[n].text.index(quote)
    return Evidence(
        n=n,
        passage=DOCUMENTS[n].passage,
        text=quote,
        start=start,
        end=start + len(quote),
        score=1 / n,
    )


REPORTED = SourceReport(
    path="/home/tom/Mail",
    documents={"mail": 4711, "note": 1},
    copies=12,
    attachments=3,
    threads=800,
    quoted_chars=1000,
    set_aside_chars=600,
    remarks={"Its charset is not …; read as …": 7},
    failures={"has no mail headers": 1},
    skipped={"in a spam or bin folder": 40},
)

FOUND = EvidenceFound(
    passages=tuple(document.passage for document in DOCUMENTS.values()),
    evidence=(
        evidence(1, QUOTE),
        evidence(2, OTHER),
        evidence(3, "Rent is due on the first day of each month, in advance."),
        evidence(4, HOSTILE_QUOTE),
    ),
    elapsed_ms=120.0,
)


def cite(item: Evidence, *, supported: bool = True) -> Citation:
    return Citation(
        n=item.n,
        passage=item.passage,
        quote=item.text,
        start=item.start,
        end=item.end,
        supported=supported,
    )


ANSWER = Answer(
    text="You signed the lease on 12 March 2019 [1], at ten in the morning [2]. See also [9].",
    declined=False,
    confidence=Confidence(
        word="Likely right",
        value=0.72,
        calibrated=False,
        reasons=("Source 1 says so in these words.", "The hour is not in source 2."),
    ),
    citations=(cite(FOUND.evidence[0]), cite(FOUND.evidence[1], supported=False)),
    passages=FOUND.passages,
    model="Qwen2.5-1.5B-Instruct",
    timings_ms={"evidence": 120.0, "first_token": 1400.0, "total": 6200.0},
)

DECLINED = Answer(
    text="Your archive does not say. The closest I found is “The lease” [1].",
    declined=True,
    confidence=Confidence(
        value=0.12,
        calibrated=True,
        word="It may be there all the same",
        reasons=("No source names a price.",),
    ),
    citations=(),
    passages=FOUND.passages,
    model="Qwen2.5-1.5B-Instruct",
    timings_ms={"evidence": 120.0, "total": 900.0},
)


ANNA = Count(label="Anna Weber", documents=2, operator='with:"Anna Weber"')
FACETS = Facets(
    documents=3,
    people=(ANNA, Count(label="[red]Eve[/]", documents=1, operator="with:eve@example.org")),
    years=(Count(label="2019", documents=2, operator="during:2019"),),
    kinds=(Count(label="mail", documents=3, operator="kind:mail"),),
)


def understand(text: str, *, plain: bool = False) -> Query:
    """Operators are taken out; `in March 2019` is a span, unless words are only words."""
    operators = [word for word in text.split() if ":" in word]
    stated = [word.split(":", 1) for word in operators]
    filters = [
        Filter(field=Field(name), value=value) for name, value in stated if name in set(Field)
    ]
    if "in March 2019" in text and not plain and "during" not in text:
        filters.append(
            Filter(field=Field.DURING, value="2019-03", stated=False, said="in March 2019")
        )
    return Query(
        text=text,
        words=" ".join(word for word in text.split() if word not in operators),
        filters=tuple(filters),
        remarks=tuple(f"{n}:{v} is nobody" for n, v in stated if v == "nobody"),
    )


class Gate:
    """Open unless closed; whoever passes a closed one waits for it."""

    def __init__(self, *, closed: bool) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()
        if not closed:
            self._open.set()

    def open(self) -> None:
        self._open.set()

    def passes(self, should_stop: Callable[[], bool] | None = None) -> bool:
        """Wait until it is open; False if asked to stop meanwhile."""
        self.reached.set()
        while not self._open.wait(0.005):
            if should_stop is not None and should_stop():
                return False
        return True


class FakeModels:
    """Fetches in three steps; the gate is passed before the last."""

    def __init__(self, gate: Gate) -> None:
        self.pulled: list[str] = []
        self._gate = gate

    def pull(self, spec: str, *, on_progress: Callable[[PullProgress], None] | None) -> Any:
        assert on_progress is not None
        step = PullProgress(name=spec, done_bytes=250, total_bytes=1000, detail="part 1")
        on_progress(step)
        while not self._gate.passes(lambda: True):
            on_progress(step)
        self.pulled.append(spec)
        info = next(known.info for known in REGISTRY if known.info.name == spec)
        return SimpleNamespace(info=info)


class FakeChoice:
    """The registry, with the language model in `installed` and in use."""

    def __init__(self, missing: tuple[str, ...] = ()) -> None:
        self.missing = missing
        self.used: list[str] = []

    def rows(self) -> list[ModelRow]:
        return [
            ModelRow(
                info=known.info,
                installed=known.info.name not in self.missing,
                chosen=n in (0, 2),
                quantization="Q4_K_M" if n == 0 else "",
                fits=n != 1,
                tokens_s=14.8 if n == 0 else None,
            )
            for n, known in enumerate(REGISTRY)
        ]

    def missing_defaults(self) -> list[ModelInfo]:
        return [known.info for known in REGISTRY if known.info.name in self.missing]

    def to_embed(self) -> int:
        return 40_000

    def use(self, name: str) -> Kind:
        self.used.append(name)
        return next(known.info.kind for known in REGISTRY if known.info.name == name)

    def measure(self, name: str, should_stop: Callable[[], bool] = lambda: False) -> float:
        return 31.4


class FakeTests:
    """Two questions and a draft; a run is of four questions."""

    def __init__(self, gate: Gate) -> None:
        self.items = [
            {"question": "When was the lease signed?", "verdict": "right", "answers": ["2019"]},
            {"question": "[red]Who[/] has the keys?", "verdict": "wrong"},
        ]
        self.drafts = [{"question": "What does the notary ask for?", "answers": ["papers"]}]
        self.calibration: Any = None
        self.figures: Any = None
        self._gate = gate

    def standing(self) -> Standing:
        return Standing(
            items=tuple(self.items),
            drafts=tuple(self.drafts),
            calibration=self.calibration,
            figures=self.figures,
            model="Qwen2.5-1.5B-Instruct",
            embedder="all-minilm-l6-v2",
        )

    def delete(self, question: str) -> None:
        self.items = [one for one in self.items if one["question"] != question]

    def review(self, question: str, *, keep: bool) -> None:
        found = [one for one in self.drafts if one["question"] == question]
        self.drafts = [one for one in self.drafts if one["question"] != question]
        self.items += found if keep else []

    def draft(self, count: int, on_done: Callable[[int, int], None]) -> int:
        on_done(count, count)
        return count

    def run(self, on_done: Callable[[int, int], None]) -> Any:
        on_done(1, 4)
        while not self._gate.passes(lambda: True):
            on_done(1, 4)
        on_done(4, 4)
        return SimpleNamespace(n=4)

    def calibrate(self, on_done: Callable[[int, int], None]) -> Any:
        on_done(4, 4)
        return SimpleNamespace(truth=SimpleNamespace(n=64))


class FakeArchive(FakePeople):
    """Answers every question with `answer`, through gates named in `closed`.

    Gates: `warm`, `evidence`, `tokens`, `answer`, `sync`, `search`, `facets`, `pull`, `eval`,
    `summary`.
    """

    def __init__(
        self,
        *,
        answer: Answer = ANSWER,
        found: EvidenceFound = FOUND,
        status: Status | None = None,
        model: str = "Qwen2.5-1.5B-Instruct",
        closed: tuple[str, ...] = (),
        error: Exception | None = None,
        sync_error: Exception | None = None,
        search_error: Exception | None = None,
        token_s: float = 0.0,
        settings: Settings | None = None,
        missing_models: tuple[str, ...] = (),
    ) -> None:
        self.settings = settings or Settings()
        self.paths = Paths.find({"HOME": "/home/tom"})
        self.questions: list[str] = []
        self.stopped = threading.Event()
        self.closed = False
        self.gates = {
            name: Gate(closed=name in closed)
            for name in (
                *("warm", "evidence", "tokens", "answer"),
                *("sync", "search", "facets", "pull", "eval", "summary"),
            )
        }
        self.models = FakeModels(self.gates["pull"])
        self.choice = FakeChoice(missing_models)
        self.tests = FakeTests(self.gates["eval"])
        self.summaries: list[Any] = []
        self.left_out: list[frozenset[int]] = []
        self.added: list[Path] = []
        self.removed: list[Path] = []
        self.retried = 0
        self.embedded: list[bool] = []
        self._answer, self.found, self._model = answer, found, model
        self._status = status or Status(last_sync=datetime.now(UTC))
        self._error, self._sync_error = error, sync_error
        self._search_error = search_error
        self.searches: list[tuple[str, str, bool]] = []
        self.search_threads: set[int] = set()
        self.earlier: list[tuple[Query, ...]] = []
        self.verdicts: list[dict[str, object]] = []
        self.history: list[Remembered] = []
        self.messages: tuple[Any, ...] = ()
        self._token_s = token_s

    def ask(
        self,
        question: str,
        *,
        earlier: Sequence[Query] = (),
        should_stop: Callable[[], bool] | None = None,
    ) -> Iterator[EvidenceFound | Token | Answer]:
        self.questions.append(question)
        self.earlier.append(tuple(earlier))
        try:
            if not self.gates["evidence"].passes(should_stop):
                return
            if self._error:
                raise self._error
            yield self.found
            if not self.gates["tokens"].passes(should_stop):
                return
            for word in self._answer.text.split(" "):
                if self._token_s:
                    time.sleep(self._token_s)
                yield Token(text=word + " ")
            if not self.gates["answer"].passes(should_stop):
                return
            yield self._answer
        finally:
            if should_stop is not None and should_stop():
                self.stopped.set()

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        order: str = "relevance",
        plain: bool = False,
    ) -> SearchResult:
        """Documents with any of the words; `in March 2019` is understood, `from:` is read."""
        self.searches.append((query, order, plain))
        self.search_threads.add(threading.get_ident())
        self.gates["search"].passes()
        if self._search_error:
            raise self._search_error
        understood = understand(query, plain=plain)
        words = understood.words.lower().split()
        found = [
            replace(one.passage, hit=(one.passage.start, one.passage.end))
            for one in DOCUMENTS.values()
            if any(word in one.text.lower() for word in words)
        ]
        return SearchResult(
            passages=tuple(found[::-1] if order == "oldest" else found)[:limit],
            timings_ms={"total": 12.0},
            query=understood,
        )

    def facets(self, found: SearchResult) -> Facets:
        self.gates["facets"].passes()
        return FACETS

    def judge(
        self,
        question: str,
        verdict: str,
        answer: Answer,
        *,
        expected: str | None = None,
        citation: Citation | None = None,
    ) -> dict[str, object]:
        line = {"question": question, "verdict": verdict, "n": citation.n if citation else 0}
        self.verdicts.append(line)
        return line

    def take_back(self, line: Any) -> None:
        self.verdicts.remove(line)

    def remember(self, question: str, found: EvidenceFound, answer: Answer) -> None:
        self.history.insert(
            0,
            Remembered(
                id=str(len(self.history)),
                question=question,
                asked_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
                found=found,
                answer=answer,
            ),
        )

    def remembered(self) -> list[Remembered]:
        return list(self.history)

    def drop_remembered(self, identity: str) -> None:
        self.history = [one for one in self.history if one.id != identity]

    def thread(self, passage: Passage) -> Any:
        return self.messages if passage.document_id == 1 else ()

    def attached(self, document: Any) -> Any:
        return ()

    def vocabulary(self) -> Vocabulary:
        return Vocabulary(
            people=("Anna Weber", "Tom Lee", "Andrea Berg"),
            folders=("Mail", "Old notes"),
            tags=("boat",),
            first=datetime(2018, 11, 2, tzinfo=UTC),
            last=datetime(2021, 3, 14, tzinfo=UTC),
        )

    def survey(self, wanted: Any) -> Any:
        """Two threads, one of which tells of a death if it is about the `funeral`."""
        from archive.summary.survey import Survey
        from archive.summary.words import Rarity
        from archive.tender import Theme, Touched

        self.summaries.append(wanted)
        if self._error:
            raise self._error
        touched = (Touched(theme=Theme.DEATH, messages=("2",)),)
        return Survey(
            wanted=wanted,
            asked=wanted.operators,
            works=(),
            rarity=Rarity(),
            messages=3,
            new_portions=2,
            seconds=20.0,
            touched=touched if "funeral" in wanted.query else (),
            remarks=(),
        )

    def summarise(
        self,
        found: Any,
        *,
        leave_out: frozenset[int] = frozenset(),
        on_progress: Callable[[Any], None] = lambda progress: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Any:
        """The lease, and Eve's hostile letter; waits at the gate `summary`."""
        from archive.summary import made
        from archive.summary.noting import Progress

        self.left_out.append(leave_out)
        on_progress(Progress(done=0, total=2, seconds_left=20.0, title=HOSTILE_TITLE))
        stopped = not self.gates["summary"].passes(should_stop)
        cited = (cite(evidence(1, QUOTE)), cite(evidence(4, HOSTILE_QUOTE)))
        lines = (
            made.Line(text="The lease was signed.", quoted=False, cites=(1,), date=None),
            made.Line(text=HOSTILE_QUOTE, quoted=True, cites=(4,), date=None),
        )
        return made.Summary(
            shape=found.wanted.shape,
            length=found.wanted.length,
            asked=found.asked,
            sections=(made.Section(heading="2019", lines=lines),),
            citations=cited,
            coverage=made.Coverage(
                messages=3, by_model=2, by_code=0 if stopped else 1, threads=2,
                threads_read=1, left_out=len(leave_out),
                first=datetime(2019, 3, 1, tzinfo=UTC), last=datetime(2019, 5, 1, tzinfo=UTC),
            ),
            flagged=(),
            themes=(),
            remarks=(),
            model=self._model,
            stopped=stopped,
            seconds=1.0,
            tokens_read=0,
            tokens_written=0,
        )  # fmt: skip

    def document(self, passage: Passage) -> Any:
        return Stored(DOCUMENTS[passage.document_id])

    def sync_aside(
        self,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        *,
        embed: bool = True,
    ) -> Any:
        self.embedded.append(embed)
        if self._sync_error:
            raise self._sync_error
        on_progress(
            Progress(
                stage="read",
                done=310_000_000,
                total=500_000_000,
                unit="bytes",
                detail="Mail/[red]\x1b[31minbox.mbox",
            )
        )
        if not self.gates["sync"].passes(should_stop):
            return SyncReport(added=3, stopped=True)
        on_progress(Progress(stage="embed", done=5, total=10, unit="chunks"))
        return SyncReport(added=12, changed=1, failed=2, seconds={"total": 14.2})

    def status(self) -> Any:
        return self._status

    def model_choice(self) -> FakeChoice:
        return self.choice

    def own_tests(self) -> FakeTests:
        return self.tests

    def sources(self) -> list[Source]:
        paths = ["/home/tom/Mail", *map(str, self.added)]
        return [
            Source(id=n, path=path, documents=4712, failures=1, synced_at=None)
            for n, path in enumerate(paths)
            if Path(path) not in self.removed
        ]

    def add(self, paths: Sequence[Path]) -> list[Source]:
        self.added += paths
        return self.sources()

    def remove(self, path: Path) -> int:
        self.removed.append(path)
        return 4712

    def skipped(self) -> list[FailureRow]:
        return []

    def retry_failures(self) -> int:
        self.retried += 1
        return 1

    def reports(self) -> list[SourceReport]:
        return [REPORTED]

    def failures(self) -> list[FailureRow]:
        return [
            FailureRow(
                source="/home/tom/Mail",
                path="/home/tom/Mail/\x1b[2Jold.mbox",
                locator="byte 9",
                reason="has no mail headers",
            )
        ]

    def model_name(self) -> str:
        return self._model

    def warm(self) -> None:
        self.gates["warm"].passes()

    def close(self) -> None:
        self.closed = True


def demo() -> FakeArchive:
    """For looking at the app by hand: words come as a small model writes them."""
    archive = FakeArchive(token_s=0.12)
    archive.paths = Paths.find({"ARCHIVE_HOME": str(Path.home() / "family")})
    return archive
