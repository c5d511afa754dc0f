"""A line for a path, completed from the disk as one types."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from tui.widgets.line import Line

_MOST_ENTRIES = 2000


class PathSuggester(Suggester):
    """The first entry, by name, that begins like what was typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """A disk may be slow, a network's may hang: never on the event loop."""
        return await asyncio.to_thread(completed, value)


def completed(value: str) -> str | None:
    """`value` with the rest of the path; a folder ends in a slash. None if there is none."""
    folder, _, begun = value.rpartition("/")
    if "/" not in value and not value.startswith("~"):
        return None
    if value == "~":
        return "~/"
    try:
        with os.scandir(Path(folder or "/").expanduser()) as entries:
            found = sorted(
                (entry.name, entry.is_dir())
                for entry in islice(entries, _MOST_ENTRIES)
                if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
            )
    except (OSError, RuntimeError):
        return None
    if not found:
        return None
    name, is_folder = found[0]
    return f"{folder}/{name}{'/' if is_folder else ''}"


class PathInput(Line):
    """Hidden until it is wanted; Enter gives the path, Escape closes it."""

    BINDING_GROUP_TITLE = "Naming a path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right", "complete", "Complete", tooltip="Take what stands in grey"),
        Binding("escape", "cancel", "Cancel"),
    ]

    @dataclass
    class Named(Message):
        """A path was entered."""

        path: Path

    def __init__(self) -> None:
        super().__init__(
            placeholder="A file or folder, such as ~/Mail", suggester=PathSuggester(), id="path"
        )
        self.display = False

    def ask(self) -> None:
        """Come up, empty."""
        self.value, self.display = "", True
        self.focus()

    def action_complete(self) -> None:
        """Take the suggestion, or move on in the line."""
        self.action_cursor_right()

    def action_cancel(self) -> None:
        """Close without a path."""
        self.display = False
        self.screen.focus_next()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.display = False
            self.post_message(self.Named(Path(event.value.strip())))
