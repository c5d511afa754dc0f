"""What all commands share: the archive, JSON, and text that is safe on a terminal."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.service import Archive
    from index.passage import Passage


def open_archive() -> Archive:
    """The archive of this environment."""
    from archive.service import Archive

    return Archive.open()


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON instead of text."
)


def print_json(value: object) -> None:
    """One line of JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False))


def nothing_added() -> LifeArchiveError:
    """The error of a command that needs a source."""
    from archive.opened import NotThere

    return NotThere("Nothing was added yet.", remedy="Run: archive add PATH")


def safe(text: str) -> str:
    """Text from the archive on one line, without what could drive the terminal."""
    from archive.guard import one_line

    return one_line(text)


def heading(passage: Passage) -> str:
    """Title, people and date of a passage."""
    from archive.showing import header

    return header(passage) or safe(passage.id)


def excerpt(text: str, width: int = 160) -> str:
    """The beginning of a text, cut between words."""
    line = safe(text)
    return line if len(line) <= width else line[: width - 1].rsplit(" ", 1)[0] + "…"


def dim(text: str) -> str:
    """Text in the background, unless NO_COLOR is set."""
    return text if os.environ.get("NO_COLOR") else click.style(text, dim=True)
