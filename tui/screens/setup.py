"""The first run: what may be read on this machine, and what has to be fetched for it.

The machine is looked over in a thread, and finds are listed as they come. What is ticked is
indexed by its words at once, so that one can search after seconds; models are fetched
beside it, the small one for meaning first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.widgets.selection_list import Selection

from tui.clean import one_line
from tui.port import ArchiveLike
from tui.screens.base import ArchiveScreen
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.pathinput import PathInput
from tui.widgets.pullbar import PullBar
from tui.widgets.syncbar import SyncBar
from tui.widgets.ticklist import TickList
from tui.words import count, place, size

if TYPE_CHECKING:
    from archive.finding import Find
    from archive.models import ModelInfo

_INTRODUCTION = """\
Choose what may be read. Nothing in it is ever changed, and nothing you read or ask leaves \
this machine. Space ticks, a names another file or folder, Enter begins."""


class SetupScreen(ArchiveScreen):
    """Tick, begin, and search while the rest goes on."""

    AUTO_FOCUS = "#finds"
    BINDING_GROUP_TITLE = "Setting up"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", tooltip="Read what is ticked", priority=True),
        Binding("a", "other", "Another", tooltip="Name another file or folder", id="setup.add"),
        Binding("m", "models", "Models", tooltip="Fetch the models too, or not"),
        Binding("escape", "back", "Later", tooltip="Set up later"),
    ]

    @dataclass
    class Found(Message):
        """One more that may be read."""

        find: Find

    @dataclass
    class Looked(Message):
        """The machine was looked over; these models are missing."""

        missing: Sequence[ModelInfo]

    @dataclass
    class Added(Message):
        """What was ticked is part of the archive."""

        paths: int

    def compose(self) -> ComposeResult:
        """What it is about, the finds, the models, and what goes on."""
        yield Static(Content.styled("Set up your archive", "bold"), id="about", markup=False)
        yield Notice()
        yield Static(_INTRODUCTION, id="introduction", markup=False)
        yield TickList(id="finds", compact=True)
        yield Static("", id="fetch", markup=False)
        yield PathInput()
        yield SyncBar()
        yield PullBar()
        yield KeysLine()

    def on_mount(self) -> None:
        """Look the machine over."""
        self._missing: Sequence[ModelInfo] = ()
        self._fetch = True
        self.query_one("#finds").border_title = "Looking for mail and notes …"
        self.run_job(self._look)

    def _look(self, archive: ArchiveLike, stop: Callable[[], bool]) -> Message:
        from archive.finding import find

        added = {source.path for source in archive.sources()}
        for one in find(Path(os.environ.get("HOME") or Path.home()), should_stop=stop):
            if str(one.path) not in added:
                self.post_message(self.Found(one))
        return self.Looked(archive.model_choice().missing_defaults())

    @on(Found)
    def _list(self, event: Found) -> None:
        one = event.find
        listed = self.query_one("#finds", TickList)
        width = max(40, listed.size.width - 6)
        listed.add_option(Selection(_drawn(one, width), str(one.path), True))
        if listed.highlighted is None:
            listed.highlighted = 0

    @on(Looked)
    def _end(self, event: Looked) -> None:
        listed = self.query_one("#finds", TickList)
        found = count(listed.option_count, "place")
        listed.border_title = (
            f"{found} found" if listed.option_count else "Nothing found: press a"
        )
        self._missing = event.missing
        self._show_models()

    def _show_models(self) -> None:
        line = self.query_one("#fetch", Static)
        if not self._missing:
            line.update("The models are all here.")
            return
        total = size(sum(one.size_bytes for one in self._missing))
        names = ", ".join(f"{one.name} ({one.licence})" for one in self._missing)
        mark = "[x]" if self._fetch else "[ ]"
        line.update(f"{mark} Fetch the models, {total}: {names}   (m)")

    # -- doing ----------------------------------------------------------------------------

    def action_models(self) -> None:
        """Fetch them too, or leave that for later."""
        self._fetch = not self._fetch
        self._show_models()

    def action_other(self) -> None:
        """Ask for a path."""
        self.query_one(PathInput).ask()

    @on(PathInput.Named)
    def _take_path(self, event: PathInput.Named) -> None:
        path = event.path.expanduser().absolute()
        listed = self.query_one("#finds", TickList)
        listed.focus()
        known = {listed.get_option_at_index(at).value for at in range(listed.option_count)}
        if str(path) not in known:
            listed.add_option(Selection(Content(one_line(str(path))), str(path), True))
        listed.select(str(path))

    async def action_begin(self) -> None:
        """Add what is ticked, read it, and fetch the models beside it."""
        line = self.query_one(PathInput)
        if line.has_focus:
            await line.action_submit()
            return
        paths = [Path(one) for one in self.query_one("#finds", TickList).selected]
        if paths:
            self.run_job(partial(_add, paths=paths))
        else:
            self.notify("Nothing is ticked. Space ticks, a names a folder.", timeout=4)

    @on(Added)
    def _added(self, event: Added) -> None:
        wanted = self._missing if self._fetch else ()
        self.notify(
            f"{count(event.paths, 'place')} added. What has been read can be searched already.",
            timeout=8,
        )
        waits = any(one.kind == "embedder" for one in self._missing)
        self.background.start_sync(words_only=waits)
        if wanted:
            self.background.start_pull([one.name for one in wanted])
        self.app.pop_screen()
        self.call_later(self.app.run_action, "search")


def _add(archive: ArchiveLike, _stop: Callable[[], bool], *, paths: Sequence[Path]) -> Message:
    return SetupScreen.Added(len(archive.add(paths)))


def amount(one: Find) -> str:
    """`1.2 GB in 14 files`."""
    more = "" if one.whole else "more than "
    return f"{more}{size(one.size_bytes)} in {count(one.files, 'file')}"


def _drawn(one: Find, width: int) -> Content:
    facts = f"  {amount(one)}"
    label = one_line(one.label)
    name = place(one.path, max(12, width - Content(label + facts).cell_length - 2))
    return Content.styled(label, "bold") + Content.styled(f"{facts}  {name}", "$foreground 60%")
