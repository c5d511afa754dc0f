"""The last lines of the log, filtered by level.

Half a megabyte from the end is read, in a thread; the log never holds more than that of
interest, and what is older can be seen with any pager.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.clean import one_line
from tui.port import ArchiveLike
from tui.screens.base import ArchiveScreen
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice

TAIL_BYTES = 500_000
MOST_LINES = 400
LEVELS = ("INFO", "WARNING", "ERROR")
_MARKS = {"WARNING": "!", "ERROR": "✗", "CRITICAL": "✗"}
_ENTRY = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ (\d+) (\w+) (.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was noted."""

    at: str
    level: str
    text: str
    """With the lines of a traceback, if one followed."""


class LogScreen(ArchiveScreen):
    """Newest last, as in a pager."""

    AUTO_FOCUS = "#log"
    BINDING_GROUP_TITLE = "In the log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f10,q", "back", "Back"),
        Binding("l", "level", "Level", tooltip="All, warnings, errors", id="log.level"),
        Binding("c", "copy", "Copy", tooltip="Copy what is shown", id="log.copy"),
        Binding("r", "load", "Again", tooltip="Read it again", id="log.load"),
    ]

    @dataclass
    class Read(Message):
        """The end of the file."""

        path: Path
        entries: list[Entry]

    def compose(self) -> ComposeResult:
        """A line of facts and the lines."""
        yield Static("Log", id="about", markup=False)
        yield Notice()
        with VerticalScroll(id="log"):
            yield Static("Reading …", id="lines", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """All levels at first."""
        self._level = 0
        self._path = Path()
        self._entries: list[Entry] = []

    def on_screen_resume(self) -> None:
        """More may have been noted."""
        super().on_screen_resume()
        self.action_load()

    def action_load(self) -> None:
        """Read the end of the file."""
        self.run_job(_read)

    def action_level(self) -> None:
        """All, warnings and errors, errors; and round again."""
        self._level = (self._level + 1) % len(LEVELS)
        self._draw()

    def action_copy(self) -> None:
        """Put what is shown on the clipboard (OSC 52 reaches it over ssh too)."""
        self.app.copy_to_clipboard("\n".join(self._plain()))
        self.notify(f"{len(self._wanted)} entries copied.", timeout=3)

    @on(Read)
    def _show(self, event: Read) -> None:
        self._path, self._entries = event.path, event.entries
        self._draw()

    @property
    def _wanted(self) -> list[Entry]:
        levels = {*LEVELS[self._level :], "CRITICAL"}
        return [one for one in self._entries if one.level in levels][-MOST_LINES:]

    def _plain(self) -> list[str]:
        return [f"{one.at} {one.level} {one.text}" for one in self._wanted]

    def _draw(self) -> None:
        shown = self._wanted
        level = ("everything", "warnings and errors", "errors only")[self._level]
        about = f"  ·  {level}  ·  {len(shown)} entries  ·  {one_line(str(self._path))}"
        line = Content.styled("Log", "bold") + Content.styled(about, "$foreground 60%")
        self.query_one("#about", Static).update(line)
        text = Content("\n").join([_drawn(one) for one in shown])
        self.query_one("#lines", Static).update(text if shown else "Nothing was noted.")
        self.query_one("#log").scroll_end(animate=False)


def entries(text: str) -> list[Entry]:
    """The entries in the end of a log; what stands before the first whole one is dropped."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        if match := _ENTRY.match(line):
            found.append((match[1], match[3], [match[4]]))
        elif found:
            found[-1][2].append(line)
    return [Entry(at=at, level=level, text="\n".join(lines)) for at, level, lines in found]


def _read(archive: ArchiveLike, _stop: Callable[[], bool]) -> Message:
    path = archive.paths.log
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        text = ""
    return LogScreen.Read(path, entries(text))


def _drawn(entry: Entry) -> Content:
    mark = _MARKS.get(entry.level, " ")
    style = {"!": "$text-warning", "✗": "$text-error"}.get(mark, "$foreground")
    first, *more = entry.text.split("\n")
    line = Content.styled(f"{entry.at} ", "$foreground 60%")
    line += Content.styled(f"{mark} {one_line(first)}", style)
    for rest in more:
        indent = " " * (len(rest) - len(rest.lstrip()))
        line += Content.styled(f"\n{' ' * 22}{indent}{one_line(rest)}", "$foreground 70%")
    return line
