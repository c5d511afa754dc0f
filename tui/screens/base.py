"""What screens that show something of the archive share: waiting for it, threads, errors."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from archive.paths import Paths
from tui.port import ArchiveLike
from tui.trouble import Trouble, trouble
from tui.widgets.notice import Notice
from tui.widgets.pullbar import PullBar
from tui.widgets.syncbar import SyncBar

if TYPE_CHECKING:
    from tui.background import BackgroundWork

Job = Callable[[ArchiveLike, Callable[[], bool]], Message | None]
"""Something that takes time: given the archive and whether to stop, gives what to post."""


class ArchiveScreen(Screen[None]):
    """Made once, and shown again as it was left."""

    @dataclass
    class Failed(Message):
        """A job could not be done."""

        trouble: Trouble

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__()
        self._archive = archive

    @property
    def background(self) -> BackgroundWork:
        """The app, which syncs and fetches."""
        return cast("BackgroundWork", self.app)

    @work(thread=True, exit_on_error=False, group="jobs")
    def run_job(self, job: Job) -> None:
        """Do `job` in a thread, once the archive is open, and post what it gives."""
        worker = get_current_worker()
        message: Message | None = None
        try:
            while not worker.is_cancelled:
                with suppress(NotYet):
                    archive = self._archive.result(timeout=0.05)
                    message = job(archive, lambda: worker.is_cancelled)
                    break
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            message = self.Failed(trouble(error, self.log_path()))
        if message is not None:
            self.post_message(message)

    def log_path(self) -> Path:
        """Where bugs leave their traceback."""
        opened = self._archive.done() and not self._archive.exception()
        return (self._archive.result().paths if opened else Paths.find()).log

    @on(Failed)
    def tell(self, event: Failed) -> None:
        """Show what went wrong and what to do."""
        self.query_one(Notice).show(event.trouble)

    def on_screen_resume(self) -> None:
        """What runs was perhaps begun elsewhere."""
        show_what_runs(self)

    def look_again(self) -> None:
        """A sync has brought something; to be asked for anew if it is shown here."""

    def action_back(self) -> None:
        """Close an error or what was announced; else leave."""
        notice = self.query_one(Notice)
        bars = [bar for bar in self.query(SyncBar) if bar.finished]
        if notice.display:
            notice.dismiss()
        elif bars:
            bars[0].dismiss()
        else:
            self.app.pop_screen()


def show_what_runs(screen: Screen[None]) -> None:
    """The bars of a sync and a pull that were begun before the screen was seen."""
    background = cast("BackgroundWork", screen.app)
    for bar in screen.query(SyncBar):
        if background.syncing and not bar.busy:
            bar.begin()
            if background.sync_step is not None:
                bar.advance(background.sync_step)
    for pulling in screen.query(PullBar):
        if background.pulling and not pulling.display:
            pulling.begin("a model")
