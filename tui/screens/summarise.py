"""A summary of a correspondence: asked for in a line, each of its sources one key away.

Before anything is read the owner is told what the letters touch and may leave that out. What
was read is kept by the archive, so stopping and asking again goes on from there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.port import ArchiveLike
from tui.screens.base import ArchiveScreen
from tui.screens.reader import ReaderScreen
from tui.screens.tender import TenderScreen
from tui.summed import STOPS, drawn, opened, reading, source
from tui.threads import MODEL_NICENESS, be_nice
from tui.widgets.keysline import KeysLine
from tui.widgets.line import Line
from tui.widgets.notice import Notice
from tui.words import count, duration
from tui.written import free_path

if TYPE_CHECKING:
    from archive.cite import Citation
    from archive.summary.made import Summary
    from archive.summary.noting import Progress
    from archive.summary.survey import Survey

SHAPES = ("paragraph", "timeline", "open", "decisions", "who")
LENGTHS = ("medium", "long", "short")
_SHAPE_WORDS = {
    "paragraph": "in a paragraph",
    "timeline": "as a timeline",
    "open": "open questions and promises",
    "decisions": "decisions",
    "who": "who was involved",
}
_EVERY_S = 0.15
_STOPPED = " · stopped; Enter in the line goes on"
_HELP = """\
Whom, when and what about, e.g.

  with:anna during:2004          all mail with Anna in 2004
  with:"Tom Lee" lease           the threads about the lease
  in:Sent during:2004-03         a folder, a month

Enter reads all that matches. What was read once is kept."""


class SummariseScreen(ArchiveScreen):
    """Ask, be told what there is, read, open a source."""

    AUTO_FOCUS = "#asked"
    BINDING_GROUP_TITLE = "Summarising"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Stop reading; else back"),
        Binding("tab", "app.focus_next", "Sources", tooltip="To the sources and back"),
        Binding("shift+tab", "app.focus_previous", show=False),
        Binding("ctrl+t", "shape", "Form", tooltip="Paragraph, timeline, open, decisions, who"),
        Binding("ctrl+l", "length", "Length", tooltip="Short, medium or long"),
        Binding(
            "ctrl+e",
            "export",
            "Export",
            tooltip="Write the summary with its sources to a file",
            show=False,
            priority=True,
            id="summary.export",
        ),
    ]
    DEFAULT_CSS = """
    SummariseScreen {
        #asked { background: $surface; border: round $primary 60%; height: 3; padding: 0 1;
            &:focus { border: round $accent; background-tint: $foreground 0%; } }
        &.-short #asked { border: none; border-left: outer $primary 60%; height: 1;
            &:focus { border: none; border-left: outer $accent; } }
        #state { height: auto; max-height: 3; padding: 0 2; color: $text-muted; }
        #made { layout: vertical; height: 1fr; }
        &.-wide #made { layout: horizontal; }
        #told { height: 1fr; width: 1fr; padding: 0 2; scrollbar-size-vertical: 1; }
        #told Static { height: auto; max-width: 100; }
        #cited { display: none; border: none; border-top: solid $primary 50%; padding: 0;
            border-title-color: $text-muted; background: $background; max-height: 8;
            scrollbar-size-vertical: 1;
            &:focus { border-top: solid $accent; border-title-color: $accent;
                background-tint: $foreground 0%; }
            & > .option-list--option { padding: 0 1; } }
        &.-wide #cited { width: 45%; max-width: 84; height: 1fr; max-height: 100%; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012

    @dataclass
    class Surveyed(Message):
        """It is known what there is to read."""

        found: Survey

    @dataclass
    class Moved(Message):
        """Reading got further."""

        progress: Progress

    @dataclass
    class Made(Message):
        """The summary is there."""

        summary: Summary

    @dataclass
    class Exported(Message):
        """The summary is in a file."""

        path: Path

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__(archive)
        self._made: Summary | None = None
        self._shape = SHAPES[0]
        self._length = LENGTHS[0]
        self._asked = ""
        self._citations: tuple[Citation, ...] = ()
        self._reading = False
        self._about = ""
        self._began = self._moved_at = 0.0
        self._progress: Progress | None = None
        self._stop = threading.Event()

    def compose(self) -> ComposeResult:
        """The line, how far it is, the summary and its sources."""
        yield Line(placeholder="with:anna during:2004, or a few words", id="asked")
        yield Static(id="state", markup=False)
        yield Notice()
        with Container(id="made"):
            with VerticalScroll(id="told", can_focus=False):
                yield Static(_HELP, id="text", markup=False)
            yield OptionList(id="cited")
        yield KeysLine()

    def on_mount(self) -> None:
        """Say which form and length there will be."""
        self._show_choice()
        self.set_interval(1, self._show_state)

    # -- asking -------------------------------------------------------------------------

    def ask(self, query: str) -> None:
        """Write `query` into the line and begin."""
        self.query_one("#asked", Input).value = query
        self._begin(query)

    @on(Input.Submitted, "#asked")
    def _submitted(self, event: Input.Submitted) -> None:
        self._begin(event.value)

    def _begin(self, query: str) -> None:
        if self._reading or not query.strip():
            return
        self._asked = query.strip()
        self._reading = True
        self._stop.clear()
        self.query_one(Notice).dismiss()
        self._about = ""
        self._say("Looking at what there is …")
        self.run_job(self._survey)

    def _survey(self, archive: ArchiveLike, should_stop: Callable[[], bool]) -> Message:
        from archive.summary.made import Length, Shape
        from archive.summary.survey import Wanted

        wanted = Wanted(
            query=self._asked, shape=Shape(self._shape), length=Length(self._length)
        )
        return self.Surveyed(archive.survey(wanted))

    @on(Surveyed)
    def _offer(self, event: Surveyed) -> None:
        found = event.found
        if not found.touched:
            self._read(found, frozenset())
            return

        def answered(choice: str | None) -> None:
            if choice is None:
                self._reading = False
                self._say("Nothing was read.")
            else:
                self._read(found, found.tender_threads if choice == "gently" else frozenset())

        self.app.push_screen(TenderScreen(found), answered)

    def _read(self, found: Survey, leave_out: frozenset[int]) -> None:
        about = f"{count(found.messages, 'message')} in {count(found.threads, 'thread')}"
        self._show_none()
        self._about, self._progress, self._began = about, None, time.monotonic()
        self._show_state()

        def job(archive: ArchiveLike, should_stop: Callable[[], bool]) -> Message:
            be_nice(MODEL_NICENESS)
            summary = archive.summarise(
                found,
                leave_out=leave_out,
                on_progress=self._throttled(),
                should_stop=lambda: should_stop() or self._stop.is_set(),
            )
            return self.Made(summary)

        self.run_job(job)

    def _throttled(self) -> Callable[[Progress], None]:
        last = 0.0

        def moved(progress: Progress) -> None:
            nonlocal last
            if time.monotonic() - last >= _EVERY_S or progress.done == progress.total:
                last = time.monotonic()
                self.post_message(self.Moved(progress))

        return moved

    # -- showing ------------------------------------------------------------------------

    @on(Moved)
    def _show_progress(self, event: Moved) -> None:
        self._progress, self._moved_at = event.progress, time.monotonic()
        self._show_state()

    def _show_state(self) -> None:
        """Also between two parts, of which a slow machine reads one in a minute."""
        if not (self._about and self._reading) or self._stop.is_set():
            return
        progress, now = self._progress, time.monotonic()
        elapsed = now - self._began
        if progress is None:
            self._say(f"Reading {self._about} …  {duration(elapsed)}  ·  {STOPS}")
        else:
            left = progress.seconds_left - (now - self._moved_at)
            self._say(reading(progress, elapsed, left))

    @on(Made)
    def _show(self, event: Made) -> None:
        self._reading = False
        summary = self._made = event.summary
        told = summary.coverage.told()
        self._say(told[:1].upper() + told[1:] + (_STOPPED if summary.stopped else ""))
        self._citations = summary.citations
        self.query_one("#text", Static).update(drawn(summary))
        self.query_one("#told", VerticalScroll).scroll_home(animate=False)
        listed = self.query_one("#cited", OptionList)
        listed.clear_options()
        listed.add_options([Option(source(one)) for one in summary.citations])
        listed.highlighted = 0 if summary.citations else None
        listed.display = bool(summary.citations)
        listed.border_title = count(len(summary.citations), "source")

    def _show_none(self) -> None:
        """What was summed up before is not taken for what is read now."""
        self._made, self._citations = None, ()
        self.query_one("#text", Static).update("")
        self.query_one("#cited", OptionList).display = False

    @on(ArchiveScreen.Failed)
    def _failed(self) -> None:
        self._reading = False
        self._show_choice()

    @on(OptionList.OptionSelected, "#cited")
    def _open(self, event: OptionList.OptionSelected) -> None:
        listed = event.option_list

        def back(at: int | None) -> None:
            if at is not None and at < listed.option_count:
                listed.highlighted = at

        findings = tuple(opened(one) for one in self._citations)
        reader = ReaderScreen(self._archive.result(), findings, event.option_index)
        self.app.push_screen(reader, back)

    # -- choosing -----------------------------------------------------------------------

    def action_shape(self) -> None:
        """The next form."""
        self._shape = _next(SHAPES, self._shape)
        self._chosen()

    def action_length(self) -> None:
        """The next length."""
        self._length = _next(LENGTHS, self._length)
        self._chosen()

    def _chosen(self) -> None:
        self._show_choice()
        if self._asked and not self._reading:
            self._begin(self._asked)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a summary Ctrl+E goes to the end of the line."""
        return action != "export" or (self._made is not None and not self._reading)

    def action_export(self) -> None:
        """Write the summary with its sources to Markdown in the present folder."""
        summary = self._made
        if summary is None:
            return

        def job(archive: ArchiveLike, should_stop: Callable[[], bool]) -> Message:
            from archive.export import save_summary

            path = free_path(f"summary {summary.asked}", "summary")
            save_summary(path, summary, made=datetime.now().astimezone())
            return self.Exported(path)

        self.run_job(job)

    @on(Exported)
    def _exported(self, event: Exported) -> None:
        self.notify(str(event.path), title="Written", markup=False, timeout=6)

    def action_back(self) -> None:
        """Stop what runs; else close an error; else leave."""
        if self._reading:
            self._stop.set()
            self._say("Stopping, once the model has read this part …")
        else:
            super().action_back()

    def _show_choice(self) -> None:
        line = self.query_one("#asked", Input)
        line.border_subtitle = f"{_SHAPE_WORDS[self._shape]} · {self._length}"
        if not self._reading:
            self._say(f"{_SHAPE_WORDS[self._shape].capitalize()}, {self._length}")

    def _say(self, text: str) -> None:
        self.query_one("#state", Static).update(text)


def _next(values: tuple[str, ...], value: str) -> str:
    return values[(values.index(value) + 1) % len(values)]
