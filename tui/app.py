"""The full-screen app. Importing it costs Textual and nothing heavier.

The archive is opened, and its models loaded, in worker threads after the first
paint. Workers post messages; only handlers touch widgets. A screen is imported
when it is first wanted.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import App, SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.events import Event, InputEvent, Resize
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import get_current_worker

from archive.log import start_logging
from archive.paths import Paths
from tui import garbage, panes, terminal
from tui import state as kept
from tui.background import BackgroundWork
from tui.keys import checked, place, rebind
from tui.port import ArchiveLike
from tui.screens.ask import AskScreen
from tui.screens.help import HelpScreen
from tui.theme import CONTRAST, LAMPLIGHT, THEMES, few_colours
from tui.threads import DaemonThreads
from tui.trouble import trouble
from tui.widgets.header import HeaderLine
from tui.widgets.notice import Notice
from tui.widgets.searchline import SearchInput
from tui.widgets.welcome import Welcome
from tui.words import ago, count

# Name, class and what the command palette says of each screen but the conversation. Each is
# made with the archive's Future and kept; opening one again leads back to it.
SCREENS: dict[str, tuple[str, str]] = {
    "search": ("tui.screens.search:SearchScreen", "Find passages as you type"),
    "library": ("tui.screens.library:LibraryScreen", "Sources, what was read, what was not"),
    "people": ("tui.screens.people:PeopleScreen", "Who is in the archive, and all about them"),
    "timeline": ("tui.screens.timeline:TimelineScreen", "How much there is from when"),
    "summarise": ("tui.screens.summarise:SummariseScreen", "Sum up a correspondence"),
    "models": ("tui.screens.models:ModelsScreen", "Which models are here; fetch, choose, time"),
    "evaluate": ("tui.screens.evaluate:EvaluateScreen", "How true answers and confidence are"),
    "log": ("tui.screens.log:LogScreen", "What the program noted"),
    "setup": ("tui.screens.setup:SetupScreen", "Look for mail and notes on this machine"),
}
NOTICE_EVERY_S = 5.0
"""How often it is noticed that another process has written: two calls of `stat`."""

_RETURNED_TO = ("search", "library", "people", "timeline", "models", "evaluate", "log")


class LifeArchiveApp(BackgroundWork):
    """Ask one's own archive, read the sources, keep it up to date."""

    TITLE = "Life Archive"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDING_GROUP_TITLE = "Anywhere"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,f5", "sync", "Sync", tooltip="Sync; again to stop it", id="sync"),
        Binding(
            "f2,slash",
            "search",
            "Search",
            tooltip="Search as you type; Ctrl+F too",
            id="search",
        ),
        Binding("ctrl+f", "search", show=False, priority=True),
        Binding("f3", "go('library')", "Library", tooltip="Sources and failures", id="library"),
        Binding("f4", "go('people')", "People", show=False, id="people"),
        Binding("f6", "go('timeline')", "Timeline", show=False, id="timeline"),
        Binding("f7", "summarise", "Summarise", show=False, id="summarise"),
        Binding("f8", "go('models')", "Models", show=False, id="models"),
        Binding("f9", "go('evaluate')", "Evaluate", show=False, id="evaluate"),
        Binding("f10", "go('log')", "Log", show=False, id="log"),
        Binding("question_mark,f1", "help", "Help", key_display="?", id="help"),
        Binding("alt+left", "widen(-4)", "Narrower pane", show=False, id="narrower"),
        Binding("alt+right", "widen(4)", "Wider pane", show=False, id="wider"),
        Binding("ctrl+q", "quit", "Quit", priority=True, id="quit"),
    ]

    class Warmed(Message):
        """The models are loaded."""

    def __init__(
        self,
        open_archive: Callable[[], ArchiveLike],
        *,
        state_file: Path | None = None,
        first_run: bool = False,
        driver: type[Driver] | None = None,
    ) -> None:
        """`state_file`: what is remembered; None for nothing. `first_run`: offer the setup.

        `driver`: what draws; None for Textual's own.
        """
        super().__init__()
        self.driver_class = driver or self.driver_class
        self._open_archive = open_archive
        self._archive: Future[ArchiveLike] = Future()
        self._ask_screen = AskScreen(self._archive)
        self._kept_screens: dict[str, Screen[object]] = {}
        self._loading = True
        self._first_run = first_run
        self._state_file = state_file
        self.state = kept.load(state_file) if state_file else kept.AppState()
        self._last_search = self.state.search
        self.threads = DaemonThreads()
        self._few_colours = False
        self._last_input = 0.0
        self.keys: dict[str, str] = {}

    def get_default_screen(self) -> Screen[None]:
        """The conversation."""
        return self._ask_screen

    def on_load(self) -> None:
        """The colours before the first paint: later, every rule would be read once more."""
        for theme in THEMES:
            self.register_theme(theme)
        self._few_colours = few_colours(os.environ, self.console.color_system)
        self.set_class(self._few_colours, "-few-colours")
        self.set_reactive(App.theme, self._usual_theme())
        self.stylesheet.set_variables(self.get_css_variables())

    def _usual_theme(self) -> str:
        return CONTRAST.name if self._few_colours else LAMPLIGHT.name

    def on_mount(self) -> None:
        """Everything slow waits until something is on screen."""
        asyncio.get_running_loop().set_default_executor(self.threads)
        chosen = "" if self._few_colours else self.state.theme
        self.theme = chosen if chosen in self.available_themes else self._usual_theme()
        self.theme_changed_signal.subscribe(self, lambda theme: self._note_theme(theme.name))
        if self.state.screen in _RETURNED_TO:
            self.action_go(self.state.screen)
        self.call_after_refresh(self._open)
        self.set_interval(NOTICE_EVERY_S, self.notice_others)
        self.set_interval(garbage.QUIET_S, self._use_the_quiet)

    async def on_event(self, event: Event) -> None:
        """Whatever the owner does comes by here."""
        if isinstance(event, InputEvent):
            self._last_input = time.monotonic()
        await super().on_event(event)

    def _use_the_quiet(self) -> None:
        if time.monotonic() - self._last_input >= garbage.QUIET_S:
            garbage.look()

    def watch_theme(self, name: str) -> None:
        """The theme of strong colours has no shades either, however many colours there are."""
        self.set_class(self._few_colours or name == CONTRAST.name, "-few-colours")

    def _note_theme(self, name: str) -> None:
        if not self._few_colours:
            self.state.theme = "" if name == LAMPLIGHT.name else name

    # -- opening ------------------------------------------------------------------------

    @work(thread=True, exit_on_error=False, group="open")
    def _open(self) -> None:
        worker = get_current_worker()
        try:
            archive = self._open_archive()
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self._archive.set_exception(error)
            self.post_message(self.Failed(trouble(error, self.log_path()), "✗ not open"))
        else:
            self._archive.set_result(archive)
            for spec, _ in SCREENS.values():
                place(spec)  # imported here, not when a key asks for one
            self._warm(archive, lambda: worker.is_cancelled)
        finally:
            garbage.settle()

    def _warm(self, archive: ArchiveLike, should_stop: Callable[[], bool]) -> None:
        try:
            self.post_message(self.look(archive))
            if not should_stop():
                archive.warm()
        except Exception as error:
            self.post_message(self.Failed(trouble(error, self.log_path())))
        self.post_message(self.Warmed())

    def load_models(self) -> None:
        """Load what answers and embeds, after another was fetched or chosen."""
        self._load_models()

    @work(thread=True, exit_on_error=False, group="open")
    def _load_models(self) -> None:
        worker = get_current_worker()
        if self.archive is not None:
            self._warm(self.archive, lambda: worker.is_cancelled)

    def look(self, archive: ArchiveLike) -> BackgroundWork.Opened:
        """How the archive stands now."""
        return self.Opened(_name(archive.paths), archive.status(), archive.model_name())

    def log_path(self) -> Path:
        """Where bugs leave their traceback."""
        archive = self.archive
        return (archive.paths if archive else Paths.find()).log

    @property
    def archive(self) -> ArchiveLike | None:
        """None while it is being opened, or if that failed."""
        opened = self._archive.done() and not self._archive.exception()
        return self._archive.result() if opened else None

    @on(BackgroundWork.Opened)
    def _show_status(self, event: BackgroundWork.Opened) -> None:
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
            self._use_keys()
            if self._first_run and not status.sources:
                self.action_go("setup")

    def _use_keys(self) -> None:
        """Other keys, if the settings ask for some; what is wrong with them is said once."""
        archive = self.archive
        if archive is None or not archive.settings.keys or self.keys:
            return
        self.keys, refused = checked(archive.settings.keys, places())
        if self.keys:
            rebind(self._bindings.key_to_bindings, self.keys)
            self.set_keymap({name: key for name, key in self.keys.items() if "." in name})
        for line in refused:
            logging.getLogger("archive").warning("%s", line)
            self.notify(line, title="Keys", severity="warning", markup=False, timeout=12)

    @on(Warmed)
    def _show_ready(self) -> None:
        self._loading = False
        self._ask_screen.wait_for("")
        self._ask_screen.query_one(HeaderLine).show_state("● ready")

    @on(BackgroundWork.Failed)
    def _show_trouble(self, event: BackgroundWork.Failed) -> None:
        for screen in reversed(self.screen_stack):
            if notices := screen.query(Notice):
                notices.first().show(event.trouble)
                break
        if event.state:
            self._ask_screen.query_one(HeaderLine).show_state(event.state)
            self._ask_screen.wait_for("")

    # -- moving about -------------------------------------------------------------------

    def all_screens(self) -> Iterator[Screen[object]]:
        """Those that are shown or will be again."""
        seen = [*self.screen_stack, *self._kept_screens.values()]
        return iter(dict.fromkeys(screen for screen in seen if screen.is_mounted))

    def action_go(self, name: str) -> None:
        """Open a screen, or go back to it if it is below this one."""
        screen = self._kept_screens.get(name)
        if screen is None:
            made: Callable[[Future[ArchiveLike]], Screen[object]]
            made = place(SCREENS[name][0])  # type: ignore[assignment]
            screen = self._kept_screens[name] = made(self._archive)
            self.install_screen(screen, name)
        if screen in self.screen_stack:
            while self.screen is not screen:
                self.pop_screen()
        else:
            self.push_screen(name)
        self._note_screen()
        screen.call_after_refresh(self._arrange)  # in its own queue: when it is laid out

    def pop_screen(self) -> AwaitComplete:
        """Go back, and remember where to."""
        gone = super().pop_screen()
        self._note_screen()
        return gone

    def _note_screen(self) -> None:
        kept_screens = self._kept_screens.items()
        names = [name for name, one in kept_screens if one in self.screen_stack[1:2]]
        self.state.screen = names[0] if names else ""

    def _arrange(self) -> None:
        """Panes as wide, and the search as it was left."""
        panes.apply(self.screen, self.size.width, self.state.widths)
        for line in self.screen.query(SearchInput):
            if not line.value and self._last_search:
                line.value, self._last_search = self._last_search, ""

    @on(Input.Changed, "#search")
    def _note_search(self, event: Input.Changed) -> None:
        self.state.search = event.value

    def on_resize(self, event: Resize) -> None:
        """Panes may stand beside each other now that did not before."""
        panes.apply(self.screen, event.size.width, self.state.widths)

    def action_widen(self, by: int) -> None:
        """Move the border between two panes."""
        panes.resize(self.screen, by, self.state.widths)

    def action_search(self) -> None:
        """Search as one types; what was typed last time is still there."""
        self.action_go("search")
        for line in self.screen.query(SearchInput):
            line.focus()

    def action_summarise(self, query: str = "") -> None:
        """Sum up a correspondence; with a query, at once."""
        self.action_go("summarise")
        if query:
            screen = self._kept_screens["summarise"]
            self.call_after_refresh(screen.ask, query)  # type: ignore[attr-defined]

    def action_help(self) -> None:
        """Every key."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        else:
            self.push_screen(HelpScreen(places(), self.keys))

    def on_app_blur(self) -> None:
        """The terminal lost the focus: time for what would hold up a key."""
        garbage.look_everywhere()

    def on_unmount(self) -> None:
        """Remember how it was left."""
        if self._state_file is None:
            return
        kept.save(self._state_file, self.state)

    def _fatal_error(self) -> None:
        """A bug in the app itself: its traceback, with mail in the locals, is for the log.

        Textual would print it. Should it rename this method, it does so again.
        """
        error = sys.exc_info()[1]
        if isinstance(error, Exception):
            told = trouble(error, self.log_path())
            self.panic(Text(f"{told.message} {told.remedy}"))
        else:
            super()._fatal_error()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette."""
        yield from super().get_system_commands(screen)
        yield SystemCommand("Sync", "Bring the archive up to date", self.action_sync)
        for name, (_, about) in SCREENS.items():
            yield SystemCommand(
                name.capitalize(), about, lambda name=name: self.action_go(name)
            )
        yield SystemCommand("Every key", "What each key does", self.action_help)
        for one in screen.active_bindings.values():
            binding = one.binding
            if one.node is screen and binding.description and one.enabled:
                about = binding.tooltip or binding.description
                yield SystemCommand(
                    f"{binding.description} ({self.get_key_display(binding)})",
                    about,
                    lambda action=binding.action: self.call_later(
                        self.run_action, action, screen
                    ),
                )


_PLACES = (
    "tui.screens.ask:AskScreen",
    "tui.widgets.question:QuestionInput",
    "tui.widgets.sources:SourceList",
    "tui.screens.history:HistoryScreen",
    "tui.screens.search:SearchScreen",
    "tui.widgets.searchline:SearchInput",
    "tui.widgets.hitlist:HitList",
    "tui.widgets.facetlist:FacetList",
    "tui.screens.reader:ReaderScreen",
    "tui.widgets.document:DocumentView",
    "tui.screens.library:LibraryScreen",
    "tui.screens.people:PeopleScreen",
    "tui.screens.timeline:TimelineScreen",
    "tui.screens.summarise:SummariseScreen",
    "tui.screens.models:ModelsScreen",
    "tui.screens.evaluate:EvaluateScreen",
    "tui.screens.log:LogScreen",
    "tui.screens.setup:SetupScreen",
)


def places() -> list[type[DOMNode]]:
    """Wherever keys do something, the app itself first."""
    return [LifeArchiveApp, *(place(spec) for spec in _PLACES)]


def _name(paths: Paths) -> str:
    """`Life Archive`, with its folder's name if ARCHIVE_HOME chose one."""
    own = paths.data.parent == paths.config
    return f"Life Archive · {paths.config.name}" if own else "Life Archive"


def run(open_archive: Callable[[], ArchiveLike]) -> int:
    """Run the app until it is quit; returns the exit code.

    A thread that is loading a model cannot be stopped. If one is still at it, the
    process ends without Python's clean-up, which crashes under native code.
    """
    paths = Paths.find()
    start_logging(paths.log)
    app = LifeArchiveApp(
        open_archive,
        state_file=paths.state / kept.FILE,
        first_run=True,
        driver=terminal.driver(),
    )
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
