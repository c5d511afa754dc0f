"""Where a search is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester

from tui.completion import completions, names_something
from tui.widgets.line import Line

if TYPE_CHECKING:
    from index.vocabulary import Vocabulary


class SearchInput(Line):
    """A line that searches as it is typed; the arrow keys walk through the results."""

    BINDING_GROUP_TITLE = "While searching"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Open", show=False, tooltip="Open the chosen result"),
        Binding("down", "move(1)", "Next result", show=False),
        Binding("up", "move(-1)", "Result before", show=False),
        Binding("pagedown", "move(5)", "Five results on", show=False),
        Binding("pageup", "move(-5)", "Five results back", show=False),
        Binding("right", "cursor_right", "Take the completion", show=False),
        Binding("tab", "complete_or_leave", "Complete a name, or to the lists", show=False),
        Binding("ctrl+at,ctrl+space", "complete", "Take the first one listed", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another result is wanted."""

        step: int

    def __init__(self) -> None:
        self._completing = _Completing()
        super().__init__(
            placeholder='Search, e.g. mast from:anna during:2004 or "new mast"',
            id="search",
            select_on_focus=False,
            suggester=self._completing,
        )

    def complete_with(self, known: Vocabulary) -> None:
        """Values of operators are completed from these."""
        self._completing.known = known

    @property
    def completions(self) -> list[str]:
        """What the line could become; none while the cursor is within it."""
        at_end = self.cursor_position >= len(self.value)
        return completions(self.value, self._completing.known) if at_end else []

    def action_complete(self) -> None:
        """Take the first completion."""
        if found := self.completions:
            self.value = found[0]
            self.cursor_position = len(self.value)

    @property
    def tab_completes(self) -> bool:
        """Whether Tab completes here: half a name is no use, but a year is one already."""
        return names_something(self.value) and bool(self.completions)

    def action_complete_or_leave(self) -> None:
        """Complete the name that is being typed; without one, go on to the lists."""
        if self.tab_completes:
            self.action_complete()
        else:
            self.app.action_focus_next()

    def action_move(self, step: int) -> None:
        """Choose a result further on."""
        self.post_message(self.Moved(step))


class _Completing(Suggester):
    """Goes on with the first completion that only adds to what is typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.known: Vocabulary | None = None

    async def get_suggestion(self, value: str) -> str | None:
        """`mast fr` becomes `mast from:`, `from:an` becomes `from:anna@example.org`."""
        found = completions(value, self.known)
        return next((one for one in found if one.startswith(value)), None)
