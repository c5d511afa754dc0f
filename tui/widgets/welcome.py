"""What stands in the conversation before the first question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.words import count

if TYPE_CHECKING:
    from archive.status import Status


class Welcome(Static):
    """How to begin, fitted to what the archive holds."""

    def __init__(self) -> None:
        super().__init__(id="welcome", markup=False)

    def show(self, status: Status, model: str) -> None:
        """Say what can be done next."""
        self.update(welcome(status, model))


def welcome(status: Status, model: str) -> Content:
    """The text for an archive in this state."""
    if not status.sources:
        text = _titled(
            "Your archive is empty",
            "Press F3 and then n to look for mail and notes on this machine, or a to name a",
            "folder; nothing leaves this machine. In a shell:",
            "    archive add ~/Mail",
        )
    elif not status.documents:
        text = _titled(
            "Nothing has been read yet",
            f"{count(status.sources, 'source')} added. Press Ctrl+R to read.",
        )
    else:
        text = _titled(
            f"Ask about {count(status.documents, 'document')}",
            "In plain words:",
            "    What did Anna write about the lease?",
            "A name, a year or a rare word from the letter helps.",
        )
    if not model:
        text += _titled(
            "\n\nNo language model yet",
            "Sources are found without one; for worded answers, get one:",
            "    archive models pull --defaults",
        )
    return text


def _titled(title: str, *lines: str) -> Content:
    text = Content.styled(title, "bold")
    for line in lines:
        style = "$accent" if line.startswith("    ") else "$foreground 60%"
        text += Content("\n") + Content.styled(line, style)
    return text
