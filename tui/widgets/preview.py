"""The chosen result in a few more lines, before one opens it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.clean import one_line
from tui.hit import Hit
from tui.widgets.document import DocumentView


class Preview(Vertical):
    """The whole passage with the words marked that were looked for."""

    def compose(self) -> ComposeResult:
        """Only the text; its title is the border's."""
        yield DocumentView()

    def show(self, hit: Hit | None) -> None:
        """Show this passage, or nothing."""
        self.display = hit is not None
        if hit is not None:
            title = one_line(hit.passage.title) or "(no title)"
            self.border_title = title.replace("[", r"\[")
            self.query_one(DocumentView).show(hit.passage.text, hit.marks)
