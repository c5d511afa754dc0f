"""One of a few lines is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.clean import one_line


class PickScreen(ModalScreen[int | None]):
    """Gives the place of the line, or None."""

    AUTO_FOCUS = "#pick"
    BINDING_GROUP_TITLE = "Choosing"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title, self._lines = title, lines

    def compose(self) -> ComposeResult:
        """The lines in a panel."""
        with Vertical(id="confirm") as panel:
            panel.border_title = one_line(self._title).replace("[", r"\[")
            yield OptionList(
                *(Option(Content(one_line(line))) for line in self._lines),
                id="pick",
                markup=False,
            )

    @on(OptionList.OptionSelected, "#pick")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
