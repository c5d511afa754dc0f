"""What goes on beside the screens: syncs, and models that are fetched.

Each runs in one thread and posts how far it is, ten times a second at most; every screen
that shows a bar for it is told. Stopping keeps what was done: the next one goes on there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual import on, work
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import get_current_worker

from tui.port import ArchiveLike
from tui.trouble import Trouble, trouble
from tui.widgets.pullbar import PullBar
from tui.widgets.syncbar import SyncBar

if TYPE_CHECKING:
    from archive.models import PullProgress
    from archive.status import Status
    from index.sync import Progress, SyncReport

PROGRESS_EVERY_S = 0.1
LOOK_AGAIN_S = 2.0
"""While a sync goes on, what it has brought is shown so often."""

_W = TypeVar("_W", bound=Widget)


class Stopped(Exception):
    """Raised inside of long work that its owner stopped."""


class BackgroundWork(App[None]):
    """An app with one sync and one pull at a time."""

    @dataclass
    class SyncMoved(Message):
        """A sync got further."""

        progress: Progress

    @dataclass
    class SyncEnded(Message):
        """A sync is over. `report` is None if it failed."""

        report: SyncReport | None

    @dataclass
    class PullMoved(Message):
        """A model is further on its way here."""

        progress: PullProgress

    @dataclass
    class PullEnded(Message):
        """Models are here, or the fetching was stopped, or failed."""

        names: tuple[str, ...]
        """Those that are here and checked."""

        stopped: bool
        trouble: Trouble | None

    @dataclass
    class Opened(Message):
        """The archive is open, or was looked at again."""

        name: str
        status: Status
        model: str

    @dataclass
    class Failed(Message):
        """Something outside of a question went wrong."""

        trouble: Trouble
        state: str = ""

    def __init__(self) -> None:
        super().__init__()
        self.syncing = False
        self.pulling = False
        self._sync_again = False
        self._words_only = False
        self._looked_again = 0.0
        self._touched = 0.0
        self.sync_step: Progress | None = None
        """How far the sync was heard to be. None before and after."""

    # What the app itself knows.

    @property
    def archive(self) -> ArchiveLike | None:
        """None while it is being opened, or if that failed."""
        raise NotImplementedError

    def log_path(self) -> Path:
        """Where bugs leave their traceback."""
        raise NotImplementedError

    def look(self, archive: ArchiveLike) -> Opened:
        """How the archive stands now."""
        raise NotImplementedError

    def all_screens(self) -> Iterator[Screen[object]]:
        """Those that are shown or will be again."""
        raise NotImplementedError

    def load_models(self) -> None:
        """Load what answers and embeds, in a thread."""
        raise NotImplementedError

    def _everywhere(self, kind: type[_W]) -> Iterator[_W]:
        for screen in self.all_screens():
            yield from screen.query(kind)

    # -- sync ---------------------------------------------------------------------------

    def action_sync(self) -> None:
        """Start a sync, or stop the one that runs."""
        if self.syncing:
            self._sync_again = False
            self.workers.cancel_group(self, "sync")
            for bar in self._everywhere(SyncBar):
                bar.stopping()
        else:
            self.start_sync()

    def start_sync(self, *, words_only: bool = False) -> None:
        """Start one, or have one follow that which runs. `words_only`: nothing is embedded."""
        archive = self.archive
        if archive is None:
            self.notify("The archive is not open yet.", timeout=3)
        elif self.syncing:
            self._sync_again = True
        else:
            self.syncing, self._words_only = True, words_only
            for bar in self._everywhere(SyncBar):
                bar.begin()
            self._sync(archive, words_only)

    @work(thread=True, exit_on_error=False, group="sync")
    def _sync(self, archive: ArchiveLike, words_only: bool) -> None:
        worker = get_current_worker()
        shown: tuple[str, float] = ("", 0.0)

        def progress(step: Progress) -> None:
            nonlocal shown
            now = time.monotonic()
            stage, at = shown
            if step.stage != stage or now - at >= PROGRESS_EVERY_S:
                shown = (step.stage, now)
                self.post_message(self.SyncMoved(step))

        report: SyncReport | None = None
        try:
            report = archive.sync_aside(
                progress, lambda: worker.is_cancelled, embed=not words_only
            )
            self.post_message(self.look(archive))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self.log_path())))
        self.post_message(self.SyncEnded(report))

    def notice_others(self) -> None:
        """Look again if another process, such as cron's sync, has written to the catalog."""
        archive = self.archive
        if archive is None or self.syncing:
            return
        touched = max(map(_written_at, (archive.paths.catalog, _log_of(archive.paths.catalog))))
        if self._touched and touched != self._touched:
            self._look_from_a_thread(archive)
        self._touched = touched

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def _look_from_a_thread(self, archive: ArchiveLike) -> None:
        try:
            self.post_message(self.look(archive))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self.log_path())))

    @on(SyncMoved)
    def _show_sync(self, event: SyncMoved) -> None:
        self.sync_step = event.progress
        for bar in self._everywhere(SyncBar):
            bar.advance(event.progress)
        now = time.monotonic()
        if now - self._looked_again >= LOOK_AGAIN_S:
            self._looked_again = now
            self._look_again()

    def _look_again(self) -> None:
        """What is on the screen may have become more."""
        look: Callable[[], None] | None = getattr(self.screen, "look_again", None)
        if look is not None:
            look()

    @on(SyncEnded)
    def _end_sync(self, event: SyncEnded) -> None:
        self.syncing, self.sync_step = False, None
        for bar in self._everywhere(SyncBar):
            if event.report is None:
                bar.dismiss()
            else:
                bar.finish(event.report)
        self._look_again()
        if self._sync_again and event.report is not None:
            self._sync_again = False
            self.start_sync()

    # -- models -------------------------------------------------------------------------

    def start_pull(self, names: Sequence[str]) -> None:
        """Fetch these models, one after another."""
        archive = self.archive
        if archive is None:
            self.notify("The archive is not open yet.", timeout=3)
        elif self.pulling:
            self.notify("A model is being fetched already.", timeout=3)
        elif names:
            self.pulling = True
            for bar in self._everywhere(PullBar):
                bar.begin(names[0])
            self._pull(archive, tuple(names))

    def stop_pull(self) -> None:
        """Stop fetching; what has arrived is kept."""
        self.workers.cancel_group(self, "pull")

    @work(thread=True, exit_on_error=False, group="pull")
    def _pull(self, archive: ArchiveLike, names: tuple[str, ...]) -> None:
        worker = get_current_worker()
        shown = 0.0

        def progress(step: PullProgress) -> None:
            nonlocal shown
            if worker.is_cancelled:
                raise Stopped
            now = time.monotonic()
            if now - shown >= PROGRESS_EVERY_S:
                shown = now
                self.post_message(self.PullMoved(step))

        here: list[str] = []
        stopped, told = False, None
        try:
            for name in names:
                here.append(archive.models.pull(name, on_progress=progress).info.name)
                if archive.settings.models.embedder == here[-1]:
                    self.call_from_thread(self._embed_what_waits)
        except Stopped:
            stopped = True
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            told = trouble(error, self.log_path())
        self.post_message(self.PullEnded(tuple(here), stopped, told))

    def _embed_what_waits(self) -> None:
        """The embedder has come: what was indexed by its words alone is embedded too."""
        if self._words_only:
            self.start_sync()

    @on(PullMoved)
    def _show_pull(self, event: PullMoved) -> None:
        for bar in self._everywhere(PullBar):
            bar.advance(event.progress)

    @on(PullEnded)
    def _end_pull(self, event: PullEnded) -> None:
        self.pulling = False
        for bar in self._everywhere(PullBar):
            bar.finish(event.names, stopped=event.stopped, failed=event.trouble is not None)
        if event.trouble is not None:
            self.post_message(self.Failed(event.trouble))
        if event.names:
            self.load_models()


def throttled(post: Callable[[int, int], object]) -> Callable[[int, int], None]:
    """`post` called ten times a second at most, and always at the end."""
    shown = 0.0

    def step(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if done >= total or now - shown >= PROGRESS_EVERY_S:
            shown = now
            post(done, total)

    return step


def _log_of(catalog: Path) -> Path:
    """Where SQLite writes first."""
    return catalog.with_name(f"{catalog.name}-wal")


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
