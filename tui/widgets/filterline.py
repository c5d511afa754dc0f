"""A line above a list: what is typed narrows the list, the arrow keys walk through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from tui.widgets.line import Line


class FilterInput(Line):
    """Narrows as it is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another row is wanted."""

        step: int

    def __init__(self, placeholder: str, *, name: str) -> None:
        super().__init__(placeholder=placeholder, id=name, select_on_focus=False)

    def action_move(self, step: int) -> None:
        """Choose a row further on."""
        self.post_message(self.Moved(step))
