"""Where the question is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from tui.widgets.line import Line


class QuestionInput(Line):
    """A line that remembers what was asked before."""

    BINDING_GROUP_TITLE = "While typing"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Ask"),
        Binding("up", "earlier", "Earlier question", show=False),
        Binding("down", "later", "Later question, then the sources", show=False),
    ]

    @dataclass
    class Asked(Message):
        """A question was sent."""

        question: str

    class Left(Message):
        """The cursor went down, out of the line."""

    def __init__(self) -> None:
        super().__init__(
            placeholder="Ask your archive, e.g. When did we sign the lease?",
            id="question",
            select_on_focus=False,
        )
        self._history: list[str] = []
        self._at = 0

    @on(Input.Submitted)
    def _ask(self, event: Input.Submitted) -> None:
        event.stop()
        question = event.value.strip()
        if not question:
            return
        self._history.append(question)
        self._at = len(self._history)
        self.clear()
        self.post_message(self.Asked(question))

    def action_earlier(self) -> None:
        """Put the question before this one into the line."""
        self._show(self._at - 1)

    def action_later(self) -> None:
        """Put the next question into the line; after the last, leave it."""
        if self._at >= len(self._history):
            self.post_message(self.Left())
        self._show(self._at + 1)

    def _show(self, at: int) -> None:
        if self._at == len(self._history) and at > self._at:
            return
        self._at = max(at, 0)
        past = self._history[self._at :]
        self.value = past[0] if past else ""
        self.cursor_position = len(self.value)
