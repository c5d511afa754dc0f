"""Before letters are summed up, their owner is told what they touch and may leave that out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.words import count

if TYPE_CHECKING:
    from archive.summary.survey import Survey


class TenderScreen(ModalScreen[str | None]):
    """What the letters touch, before they are summarised. Gives `gently`, `all` or None."""

    AUTO_FOCUS = "#gently"
    BINDING_GROUP_TITLE = "What the letters touch"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "answer('gently')", "Leave out"),
        Binding("a", "answer('all')", "All of it"),
        Binding("escape", "answer('')", "Not now"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]
    DEFAULT_CSS = """
    TenderScreen {
        align: center middle; background: $background 60%;
        #tender { width: 68; max-width: 96%; height: auto; padding: 1 2; background: $surface;
            border: round $accent; border-title-color: $accent;
            Static { height: auto; margin-bottom: 1; }
            Horizontal { height: auto; align-horizontal: right; }
            Button { margin-left: 2; } }
    }
    """

    def __init__(self, found: Survey) -> None:
        super().__init__()
        self._found = found

    def compose(self) -> ComposeResult:
        """One sentence and three ways on."""
        from archive.tender import sentence

        few = count(len(self._found.tender_threads), "thread")
        with Vertical(id="tender") as panel:
            panel.border_title = "Before you read"
            yield Static(sentence(self._found.touched), markup=False)
            yield Static(
                f"{few} of {self._found.threads:,} can be left out of the summary.",
                markup=False,
            )
            with Horizontal():
                yield Button("Leave out (l)", id="gently", compact=True)
                yield Button("All of it (a)", id="all", compact=True)
                yield Button("Not now (Esc)", id="later", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id or "")

    def action_answer(self, choice: str) -> None:
        """Answer and close."""
        self.dismiss(choice if choice in ("gently", "all") else None)
