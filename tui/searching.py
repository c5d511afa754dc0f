"""The one thread that does all searches of a screen: the catalog has a connection for each.

It takes up what was wanted last, and posts what it finds; it ends when it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from textual.message import Message

from archive.paths import Paths
from tui.hit import Hit, hits
from tui.port import ArchiveLike
from tui.trouble import Trouble, trouble

if TYPE_CHECKING:
    from index.facets import Facets
    from index.retrieve import SearchResult
    from index.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Wanted:
    """One search that was asked for; told apart by being itself."""

    text: str
    order: str
    plain: bool
    chars: int
    counts: bool
    limit: int


@dataclass
class Found(Message):
    """A search is done."""

    wanted: Wanted
    result: SearchResult
    hits: tuple[Hit, ...]


@dataclass
class Counted(Message):
    """So is the counting."""

    wanted: Wanted
    facets: Facets


@dataclass
class Learnt(Message):
    """What operators can be completed to is known."""

    known: Vocabulary


@dataclass
class Failed(Message):
    """A search could not be done."""

    wanted: Wanted
    trouble: Trouble


class Searcher:
    """Takes what is wanted from any thread; `run` is the one that searches."""

    def __init__(self, archive: Future[ArchiveLike], post: Callable[[Message], object]) -> None:
        self._archive = archive
        self._post = post
        self._asked: SimpleQueue[Wanted | None] = SimpleQueue()

    def ask(self, wanted: Wanted) -> None:
        """Search for this next, whatever else was wanted."""
        self._asked.put(wanted)

    def end(self) -> None:
        """Let the thread end."""
        self._asked.put(None)

    def run(self, is_cancelled: Callable[[], bool]) -> None:
        """Search until the end."""
        archive, learnt = None, False
        for wanted in self._latest():
            try:
                archive = archive or self._opened(is_cancelled)
                if archive is None or is_cancelled():
                    return
                if not learnt:
                    learnt = True
                    self._post(Learnt(archive.vocabulary()))
                self._search(archive, wanted)
            except Exception as error:  # a bug shows as a panel, its traceback is in the log
                self._post(Failed(wanted, trouble(error, self._log_path())))

    def _latest(self) -> Iterator[Wanted]:
        """What is wanted, without what something newer has taken the place of."""
        while (wanted := self._asked.get()) is not None:
            with suppress(Empty):
                while True:
                    newer = self._asked.get_nowait()
                    if newer is None:
                        return
                    wanted = newer
            yield wanted

    def _search(self, archive: ArchiveLike, wanted: Wanted) -> None:
        found = archive.search(
            wanted.text, limit=wanted.limit, order=wanted.order, plain=wanted.plain
        )
        self._post(Found(wanted, found, hits(found, wanted.chars)))
        if wanted.counts and self._asked.empty():
            self._post(Counted(wanted, archive.facets(found)))

    def _opened(self, is_cancelled: Callable[[], bool]) -> ArchiveLike | None:
        while not is_cancelled():
            with suppress(NotYet):
                return self._archive.result(timeout=0.05)
        return None

    def _log_path(self) -> Path:
        opened = self._archive.done() and not self._archive.exception()
        paths = self._archive.result().paths if opened else Paths.find()
        return paths.log
