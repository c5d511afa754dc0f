"""What is attached to a mail, to choose one from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.clean import one_line


class AttachmentsScreen(ModalScreen[tuple[str, str]]):
    """Returns `open` or `save`, and the name that was chosen, as it is in the mail."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,a", "dismiss", "Close"),
        Binding("s", "save", "Save"),
    ]

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)

    def compose(self) -> ComposeResult:
        """One list."""
        listed = OptionList(
            *(Option(Content(one_line(name))) for name in self._names), markup=False
        )
        listed.border_title = "Attached"
        listed.border_subtitle = "Enter opens · s saves · Esc closes"
        yield listed

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(("open", self._names[event.option_index]))

    def action_save(self) -> None:
        """Write the chosen one into the present folder."""
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self.dismiss(("save", self._names[at]))
