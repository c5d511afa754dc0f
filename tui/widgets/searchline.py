"""Where a search is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

OPERATORS = (
    *("from:", "to:", "with:", "cc:", "subject:", "in:", "after:", "before:", "on:", "during:"),
    *("has:attachment", "kind:mail", "kind:note", "kind:chat", "kind:file", "kind:pdf", "tag:"),
)


class SearchInput(Input):
    """A line that searches as it is typed; the arrow keys walk through the results."""

    BINDING_GROUP_TITLE = "While searching"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Open", show=False, tooltip="Open the chosen result"),
        Binding("down", "move(1)", "Next result", show=False),
        Binding("up", "move(-1)", "Result before", show=False),
        Binding("pagedown", "move(5)", "Five results on", show=False),
        Binding("pageup", "move(-5)", "Five results back", show=False),
        Binding("right", "cursor_right", "Take the completion", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another result is wanted."""

        step: int

    def __init__(self) -> None:
        super().__init__(
            placeholder='Search, e.g. mast from:anna during:2004 or "new mast"',
            id="search",
            select_on_focus=False,
            suggester=_Operators(),
        )

    def action_move(self, step: int) -> None:
        """Choose a result further on."""
        self.post_message(self.Moved(step))

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every letter but `?`, so that the footer goes on naming it."""
        return character != "?" and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        """`?` in the empty line asks for help, as in the line for questions."""
        if event.character == "?" and not self.value:
            event.stop()
            event.prevent_default()
            await self.app.run_action("app.help")


class _Operators(Suggester):
    """Completes the last word to an operator."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """`mast fr` becomes `mast from:`."""
        last = value.rpartition(" ")[2]
        begun = last.removeprefix("-").lower()
        if len(begun) < 2:
            return None
        fits = next((one for one in OPERATORS if one.startswith(begun) and one != begun), None)
        return value + fits[len(begun) :] if fits else None
