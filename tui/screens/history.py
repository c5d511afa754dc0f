"""What was asked before: type to narrow the list, Enter brings an answer back as it was.

The file is read in a thread, a few megabytes in a tenth of a second, and narrowed in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.clean import one_line
from tui.port import ArchiveLike
from tui.trouble import Trouble, trouble
from tui.widgets.line import Line
from tui.words import count, lately
from tui.wrap import shorten

if TYPE_CHECKING:
    from archive.history import Remembered

_MOST = 200
_KEYS = "Enter brings it back · Del takes it out of the history · Esc closes"


class HistoryScreen(ModalScreen["Remembered | None"]):
    """Returns the answer that was chosen, if one was."""

    AUTO_FOCUS = "#asked-before"
    BINDING_GROUP_TITLE = "In the history"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close"),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("delete", "drop", "Take out", priority=True),
    ]

    @dataclass
    class Loaded(Message):
        """The history was read."""

        kept: list[Remembered]

    @dataclass
    class Failed(Message):
        """It could not be."""

        trouble: Trouble

    def __init__(self, archive: ArchiveLike) -> None:
        super().__init__()
        self._archive = archive
        self._kept: list[Remembered] = []
        self._shown: list[Remembered] = []

    def compose(self) -> ComposeResult:
        """A line to type in, the list, and what the keys do."""
        with Vertical(id="history") as panel:
            panel.border_title = "Asked before"
            yield Line(placeholder="Words of the question or the answer", id="asked-before")
            yield OptionList(id="past", markup=False)
            yield Static("Reading…", id="history-said", markup=False)

    def on_mount(self) -> None:
        """Read the file."""
        self.query_one(OptionList).can_focus = False
        self._load()

    @work(thread=True, exit_on_error=False)
    def _load(self) -> None:
        try:
            self.post_message(self.Loaded(self._archive.remembered()))
        except Exception as error:  # a bug shows as a line, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self._archive.paths.log)))

    @on(Loaded)
    def _show(self, event: Loaded) -> None:
        self._kept = event.kept
        self._narrow()

    @on(Failed)
    def _tell(self, event: Failed) -> None:
        said = f"{event.trouble.message} {event.trouble.remedy}"
        self.query_one("#history-said", Static).update(one_line(said))

    @on(Input.Changed)
    def _narrow(self) -> None:
        from archive.history import matching

        found = matching(self._kept, self.query_one(Input).value)
        self._shown = found[:_MOST]
        listed = self.query_one(OptionList)
        width = max(20, listed.scrollable_content_region.width - 2)
        listed.set_options([Option(drawn(one, width)) for one in self._shown])
        listed.highlighted = 0 if self._shown else None
        said = f"{count(len(found), 'answer')} · {_KEYS}"
        if not self._kept:
            said = "Nothing was asked yet, or [app] keep_history is off. Esc closes."
        self.query_one("#history-said", Static).update(said)

    def action_move(self, step: int) -> None:
        """Choose another one."""
        listed = self.query_one(OptionList)
        if self._shown:
            at = (listed.highlighted or 0) + step
            listed.highlighted = max(0, min(at, len(self._shown) - 1))

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _choose(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            self.dismiss(chosen)

    @property
    def _chosen(self) -> Remembered | None:
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def action_drop(self) -> None:
        """Take the chosen one out of the file and the list."""
        chosen = self._chosen
        if chosen is not None:
            self._kept = [one for one in self._kept if one is not chosen]
            self._narrow()
            self._drop(chosen.id)

    @work(thread=True, exit_on_error=False)
    def _drop(self, identity: str) -> None:
        try:
            self._archive.drop_remembered(identity)
        except Exception as error:
            self.post_message(self.Failed(trouble(error, self._archive.paths.log)))


def drawn(kept: Remembered, width: int) -> Content:
    """The question and its date, then a line of the answer."""
    date = lately(kept.asked_at.astimezone())
    question = shorten(one_line(kept.question), width - len(date) - 2)[0]
    gap = " " * max(1, width - Content(question).cell_length - len(date))
    answer = shorten(one_line(kept.answer.text), width - 2)[0]
    return (
        Content.styled(question, "bold")
        + Content.styled(gap + date, "$foreground 60%")
        + Content.styled(f"\n  {answer}", "$foreground 75%")
    )
