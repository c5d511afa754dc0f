"""What the app needs of an archive: the part of `archive.service.Archive` it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound, Token
    from archive.paths import Paths
    from archive.service import Status
    from index.catalog import FailureRow, StoredDocument
    from index.facets import Facets
    from index.passage import Passage
    from index.query import Query
    from index.report import SourceReport
    from index.retrieve import SearchResult
    from index.sync import Progress, SyncReport


class ArchiveLike(Protocol):
    """An opened archive. Every method may be called from any thread."""

    paths: Paths

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

    def sync(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> SyncReport:
        """Bring the archive up to date with the files on disk."""
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
