"""A panel for what went wrong outside of a question."""

from __future__ import annotations

from textual.widgets import Static

from tui.said import told
from tui.trouble import Trouble


class Notice(Static):
    """Message and remedy, until Escape."""

    def __init__(self) -> None:
        super().__init__(id="notice", markup=False)
        self.border_title = "Error"
        self.border_subtitle = "Esc closes"
        self.display = False

    def show(self, trouble: Trouble) -> None:
        """Put this error before the eyes."""
        self.update(told(trouble))
        self.display = True

    def dismiss(self) -> None:
        """Make room."""
        self.display = False
