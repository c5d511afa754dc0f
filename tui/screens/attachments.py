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


class AttachmentsScreen(ModalScreen[str]):
    """Returns the name that was chosen, as it is in the mail."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,a", "dismiss", "Close")]

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)

    def compose(self) -> ComposeResult:
        """One list."""
        listed = OptionList(
            *(Option(Content(one_line(name))) for name in self._names), markup=False
        )
        listed.border_title = "Attached"
        listed.border_subtitle = "Enter opens · Esc closes"
        yield listed

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._names[event.option_index])
