"""The first line: whose archive, how much, how fresh, and whether it is ready."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.clean import one_line


class HeaderLine(Horizontal):
    """Name and facts on the left, the state of the models on the right."""

    def compose(self) -> ComposeResult:
        """The two ends of the line."""
        yield Static(Content.styled("Life Archive", "bold"), id="facts", markup=False)
        yield Static("◌ opening…", id="state", markup=False)

    def show_facts(self, name: str, facts: list[str]) -> None:
        """What is known of the archive."""
        line = Content.styled(one_line(name), "bold")
        for fact in facts:
            line += Content.styled(f"  ·  {one_line(fact)}", "$foreground 60%")
        self.query_one("#facts", Static).update(line)

    def show_state(self, state: str) -> None:
        """`● ready`, `◌ loading model…` or what else is the case."""
        self.query_one("#state", Static).update(Content(state))
