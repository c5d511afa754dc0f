"""What the app needs of an archive: the part of `archive.service.Archive` it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound, Token
    from archive.calibration import Calibration
    from archive.choosing import ModelRow
    from archive.cite import Citation
    from archive.figures import Figures
    from archive.history import Remembered
    from archive.models import InstalledModel, Kind, ModelInfo, PullProgress
    from archive.own_tests import Standing
    from archive.paths import Paths
    from archive.settings import Settings
    from archive.status import Status
    from archive.summary.made import Summary
    from archive.summary.noting import Progress as SummaryProgress
    from archive.summary.survey import Survey, Wanted
    from index.acquaintance import Acquaintance, LostTouch
    from index.facets import Facets
    from index.passage import Passage
    from index.people import Correspondent
    from index.query import Query
    from index.report import SourceReport
    from index.retrieve import SearchResult
    from index.stored import FailureRow, Source, StoredDocument
    from index.sync import Progress, SyncReport
    from index.threadview import ThreadMessage
    from index.timeline import Timeline
    from index.vocabulary import Vocabulary


class ModelsLike(Protocol):
    """Where models are kept."""

    def pull(
        self, spec: str, *, on_progress: Callable[[PullProgress], None] | None = None
    ) -> InstalledModel:
        """Fetch one; what raises in `on_progress` stops it, and the next call goes on."""
        ...


class ModelChoiceLike(Protocol):
    """Which models there are, and taking another."""

    def rows(self) -> list[ModelRow]:
        """Every known and every installed model."""
        ...

    def missing_defaults(self) -> list[ModelInfo]:
        """What a fresh archive needs and has not."""
        ...

    def to_embed(self) -> int:
        """Chunks that another embedder would have to embed."""
        ...

    def use(self, name: str) -> Kind:
        """Answer or embed with this one from now on."""
        ...

    def measure(self, name: str, should_stop: Callable[[], bool] = ...) -> float:
        """Tokens written a second; takes seconds."""
        ...


class OwnTestsLike(Protocol):
    """The owner's test set."""

    def standing(self) -> Standing:
        """All of it."""
        ...

    def delete(self, question: str) -> None:
        """Forget every verdict on this question."""
        ...

    def review(self, question: str, *, keep: bool) -> None:
        """Take a draft over, or drop it."""
        ...

    def draft(self, count: int, on_done: Callable[[int, int], None]) -> int:
        """Have the model draft questions."""
        ...

    def run(self, on_done: Callable[[int, int], None]) -> Figures:
        """Ask every question; what raises in `on_done` stops it."""
        ...

    def calibrate(self, on_done: Callable[[int, int], None]) -> Calibration:
        """Fit the confidence and keep the fit."""
        ...


class ArchiveLike(Protocol):
    """An opened archive. Every method may be called from any thread."""

    paths: Paths
    settings: Settings

    @property
    def models(self) -> ModelsLike:
        """Where models are kept."""
        ...

    def model_choice(self) -> ModelChoiceLike:
        """Which models there are, and taking another."""
        ...

    def own_tests(self) -> OwnTestsLike:
        """The owner's test set."""
        ...

    def sources(self) -> list[Source]:
        """Every added path."""
        ...

    def add(self, paths: Sequence[Path]) -> list[Source]:
        """Remember files or folders; a sync reads them."""
        ...

    def remove(self, path: Path) -> int:
        """Forget a source; how many documents went with it."""
        ...

    def skipped(self) -> list[FailureRow]:
        """Everything that was left alone on purpose."""
        ...

    def retry_failures(self) -> int:
        """Have the next sync read what failed once more; how many files that are."""
        ...

    def ask(
        self,
        question: str,
        *,
        earlier: Sequence[Query] = (),
        should_stop: Callable[[], bool] | None = None,
    ) -> Iterator[EvidenceFound | Token | Answer]:
        """Evidence at once, then the words, then the checked answer."""
        ...

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        order: str = "relevance",
        plain: bool = False,
    ) -> SearchResult:
        """Passages that bear on `query`, and how it was understood."""
        ...

    def facets(self, found: SearchResult) -> Facets:
        """What that search could be narrowed by."""
        ...

    def document(self, passage: Passage) -> StoredDocument:
        """The whole document that `passage` is from."""
        ...

    def judge(
        self,
        question: str,
        verdict: str,
        answer: Answer,
        *,
        expected: str | None = None,
        citation: Citation | None = None,
    ) -> Mapping[str, object]:
        """Note what the owner says of an answer; the line that was noted."""
        ...

    def take_back(self, line: Mapping[str, object]) -> None:
        """Take a verdict out of the owner's test set again."""
        ...

    def remember(self, question: str, found: EvidenceFound, answer: Answer) -> None:
        """Keep an answer in the history, unless the settings say to keep none."""
        ...

    def remembered(self) -> list[Remembered]:
        """The history, the newest first."""
        ...

    def drop_remembered(self, identity: str) -> None:
        """Take one answer out of the history."""
        ...

    def thread(self, passage: Passage) -> tuple[ThreadMessage, ...]:
        """The conversation that a passage is from, oldest first; empty if it is from none."""
        ...

    def attached(self, document: StoredDocument) -> tuple[StoredDocument, ...]:
        """The attachments of a mail that were read."""
        ...

    def correspondents(self, name: str = "", *, limit: int = 20) -> list[Correspondent]:
        """Who `name` may mean, likeliest first; without it, who takes part most."""
        ...

    def acquaintance(self, who: str | Correspondent) -> Acquaintance:
        """Everything about one person."""
        ...

    def merge_people(self, one: str, other: str) -> str:
        """Two names or addresses are one person; the label."""
        ...

    def split_people(self, key: str) -> str:
        """An address or a name is a person of its own; of whom it was."""
        ...

    def lost_touch(self) -> list[LostTouch]:
        """With whom regular contact broke off."""
        ...

    def timeline(self, query: str = "") -> Timeline:
        """How many documents satisfy all of `query`, by day."""
        ...

    def on_this_day(self, day: date, query: str = "", *, each: int = 5) -> list[Passage]:
        """What is of this day of any year, the latest first."""
        ...

    def beginnings(self, documents: Sequence[int]) -> list[Passage]:
        """How documents begin."""
        ...

    def vocabulary(self) -> Vocabulary:
        """What operators can be completed to."""
        ...

    def survey(self, wanted: Wanted) -> Survey:
        """What a summary would read, and what that touches."""
        ...

    def summarise(
        self,
        found: Survey,
        *,
        leave_out: frozenset[int] = ...,
        on_progress: Callable[[SummaryProgress], None] = ...,
        should_stop: Callable[[], bool] = ...,
    ) -> Summary:
        """The summary; if it is stopped, one of what was read until then."""
        ...

    def sync_aside(
        self,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        *,
        embed: bool = True,
    ) -> SyncReport:
        """Bring the archive up to date with the files on disk, in a process of its own."""
        ...

    def status(self) -> Status:
        """Counts and dates, read from the catalog."""
        ...

    def reports(self) -> list[SourceReport]:
        """What became of each source. Takes a moment on a large archive."""
        ...

    def failures(self) -> list[FailureRow]:
        """Everything that could not be read."""
        ...

    def model_name(self) -> str:
        """The language model. Empty if none is there."""
        ...

    def warm(self) -> None:
        """Load the models. Takes seconds."""
        ...

    def close(self) -> None:
        """Let go of every file."""
        ...
