"""The full-screen app. Importing it costs Textual and nothing heavier.

The archive is opened, and its models loaded, in worker threads after the first
paint. Workers post messages; only handlers touch widgets.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from archive.log import start_logging
from archive.paths import Paths
from tui.port import ArchiveLike
from tui.screens.ask import AskScreen
from tui.screens.help import HelpScreen
from tui.screens.reader import ReaderScreen
from tui.screens.report import ReportScreen
from tui.screens.search import SearchScreen
from tui.theme import DAYLIGHT, LAMPLIGHT
from tui.threads import DaemonThreads
from tui.trouble import Trouble, trouble
from tui.widgets.document import DocumentView
from tui.widgets.facetlist import FacetList
from tui.widgets.header import HeaderLine
from tui.widgets.hitlist import HitList
from tui.widgets.notice import Notice
from tui.widgets.question import QuestionInput
from tui.widgets.searchline import SearchInput
from tui.widgets.sources import SourceList
from tui.widgets.syncbar import SyncBar
from tui.widgets.welcome import Welcome
from tui.words import ago, count

if TYPE_CHECKING:
    from archive.service import Status
    from index.sync import Progress, SyncReport

_PROGRESS_EVERY_S = 0.1


class LifeArchiveApp(App[None]):
    """Ask one's own archive, read the sources, keep it up to date."""

    TITLE = "Life Archive"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDING_GROUP_TITLE = "Anywhere"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,f5", "sync", "Sync", tooltip="Sync; again to stop it"),
        Binding("f2,slash", "search", "Search", tooltip="Search as you type; Ctrl+F too"),
        Binding("ctrl+f", "search", show=False, priority=True),
        Binding("f3", "report", "Report", tooltip="What was read, and what could not be"),
        Binding("question_mark,f1", "help", "Help", key_display="?"),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    @dataclass
    class Opened(Message):
        """The archive is open, or was looked at again."""

        name: str
        status: Status
        model: str

    class Warmed(Message):
        """The models are loaded."""

    @dataclass
    class SyncMoved(Message):
        """A sync got further."""

        progress: Progress

    @dataclass
    class SyncEnded(Message):
        """A sync is over. `report` is None if it failed."""

        report: SyncReport | None

    @dataclass
    class Failed(Message):
        """Something outside of a question went wrong."""

        trouble: Trouble
        state: str = ""

    def __init__(self, open_archive: Callable[[], ArchiveLike]) -> None:
        super().__init__()
        self._open_archive = open_archive
        self._archive: Future[ArchiveLike] = Future()
        self._ask_screen = AskScreen(self._archive)
        self._loading = True
        self._syncing = False
        self.threads = DaemonThreads()

    def get_default_screen(self) -> Screen[None]:
        """The conversation."""
        return self._ask_screen

    def on_mount(self) -> None:
        """Everything slow waits until something is on screen."""
        asyncio.get_running_loop().set_default_executor(self.threads)
        self.register_theme(LAMPLIGHT)
        self.register_theme(DAYLIGHT)
        self.theme = LAMPLIGHT.name
        self.install_screen(SearchScreen(self._archive), "search")
        self.call_after_refresh(self._open)

    # -- opening ------------------------------------------------------------------------

    @work(thread=True, exit_on_error=False, group="open")
    def _open(self) -> None:
        worker = get_current_worker()
        try:
            archive = self._open_archive()
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self._archive.set_exception(error)
            self.post_message(self.Failed(trouble(error, self._log_path()), "✗ not open"))
            return
        self._archive.set_result(archive)
        try:
            self.post_message(self._look(archive))
            if not worker.is_cancelled:
                archive.warm()
        except Exception as error:
            self.post_message(self.Failed(trouble(error, self._log_path())))
        self.post_message(self.Warmed())

    def _look(self, archive: ArchiveLike) -> Opened:
        return self.Opened(_name(archive.paths), archive.status(), archive.model_name())

    def _log_path(self) -> Path:
        archive = self.archive
        return (archive.paths if archive else Paths.find()).log

    @property
    def archive(self) -> ArchiveLike | None:
        """None while it is being opened, or if that failed."""
        opened = self._archive.done() and not self._archive.exception()
        return self._archive.result() if opened else None

    @on(Opened)
    def _show_status(self, event: Opened) -> None:
        status = event.status
        facts = [count(status.documents, "document")]
        if status.last_sync:
            facts.append(f"synced {ago(status.last_sync)}")
        facts.append(event.model or "no model")
        header = self._ask_screen.query_one(HeaderLine)
        header.show_facts(event.name, facts)
        self._ask_screen.query_one(Welcome).show(status, event.model)
        if self._loading:
            loading = "loading model…" if event.model else "loading…"
            header.show_state(f"◌ {loading}")
            self._ask_screen.wait_for("Loading the model" if event.model else "")

    @on(Warmed)
    def _show_ready(self) -> None:
        self._loading = False
        self._ask_screen.wait_for("")
        self._ask_screen.query_one(HeaderLine).show_state("● ready")

    @on(Failed)
    def _show_trouble(self, event: Failed) -> None:
        self.screen_stack[-1].query(Notice).first().show(event.trouble)
        if event.state:
            self._ask_screen.query_one(HeaderLine).show_state(event.state)
            self._ask_screen.wait_for("")

    # -- sync ---------------------------------------------------------------------------

    def action_sync(self) -> None:
        """Start a sync, or stop the one that runs."""
        archive = self.archive
        if archive is None:
            self.notify("The archive is not open yet.", timeout=3)
        elif self._syncing:
            self.workers.cancel_group(self, "sync")
            self._ask_screen.query_one(SyncBar).stopping()
        else:
            self._syncing = True
            self._ask_screen.query_one(SyncBar).begin()
            self._sync(archive)

    @work(thread=True, exit_on_error=False, group="sync")
    def _sync(self, archive: ArchiveLike) -> None:
        worker = get_current_worker()
        shown: tuple[str, float] = ("", 0.0)

        def progress(step: Progress) -> None:
            nonlocal shown
            now = time.monotonic()
            stage, at = shown
            if step.stage != stage or now - at >= _PROGRESS_EVERY_S:
                shown = (step.stage, now)
                self.post_message(self.SyncMoved(step))

        report: SyncReport | None = None
        try:
            report = archive.sync(progress, lambda: worker.is_cancelled)
            self.post_message(self._look(archive))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self._log_path())))
        self.post_message(self.SyncEnded(report))

    @on(SyncMoved)
    def _show_sync(self, event: SyncMoved) -> None:
        self._ask_screen.query_one(SyncBar).advance(event.progress)

    @on(SyncEnded)
    def _end_sync(self, event: SyncEnded) -> None:
        self._syncing = False
        bar = self._ask_screen.query_one(SyncBar)
        if event.report is None:
            bar.dismiss()
        else:
            bar.finish(event.report)

    # -- the rest -----------------------------------------------------------------------

    def action_help(self) -> None:
        """Every key."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            self.push_screen(HelpScreen(_PLACES))

    def action_search(self) -> None:
        """Search as one types; what was typed last time is still there."""
        screen = self.screen
        if isinstance(screen, SearchScreen):
            screen.query_one(SearchInput).focus()
        elif any(isinstance(one, SearchScreen) for one in self.screen_stack):
            while not isinstance(self.screen, SearchScreen):
                self.pop_screen()
        else:
            self.push_screen("search")

    def action_report(self) -> None:
        """What became of each source."""
        if self.archive is None:
            self.notify("The archive is not open yet.", timeout=3)
        elif not isinstance(self.screen, ReportScreen):
            self.push_screen(ReportScreen(self.archive))

    def _fatal_error(self) -> None:
        """A bug in the app itself: its traceback, with mail in the locals, is for the log.

        Textual would print it. Should it rename this method, it does so again.
        """
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            told = trouble(error, self._log_path())
            self.panic(Text(f"{told.message} {told.remedy}"))
        else:
            super()._fatal_error()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette."""
        yield from super().get_system_commands(screen)
        yield SystemCommand("Sync", "Bring the archive up to date", self.action_sync)
        yield SystemCommand("Search", "Find passages as you type", self.action_search)
        yield SystemCommand(
            "Report", "What was read, and what could not be", self.action_report
        )


_PLACES: list[type[DOMNode]] = [
    LifeArchiveApp,
    AskScreen,
    QuestionInput,
    SourceList,
    SearchScreen,
    SearchInput,
    HitList,
    FacetList,
    ReaderScreen,
    DocumentView,
    ReportScreen,
]


def _name(paths: Paths) -> str:
    """`Life Archive`, with its folder's name if ARCHIVE_HOME chose one."""
    own = paths.data.parent == paths.config
    return f"Life Archive · {paths.config.name}" if own else "Life Archive"


def run(open_archive: Callable[[], ArchiveLike]) -> int:
    """Run the app until it is quit; returns the exit code.

    A thread that is loading a model cannot be stopped. If one is still at it, the
    process ends without Python's clean-up, which crashes under native code.
    """
    start_logging(Paths.find().log)
    app = LifeArchiveApp(open_archive)
    app.run()
    code = app.return_code or 0
    if app.threads.running():
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    if app.archive is not None:
        app.archive.close()
    return code
