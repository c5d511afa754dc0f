"""A line above a list: what is typed narrows the list, the arrow keys walk through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import Input


class FilterInput(Input):
    """Leaves `?` to the help, as the other lines do."""

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

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every letter but `?`, so that the footer goes on naming it."""
        return character != "?" and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        if event.character == "?" and not self.value:
            event.stop()
            event.prevent_default()
            await self.app.run_action("app.help")
