"""What all formats need from a file: its bytes, its name, the date in its name."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingest.document import ParseFailure
from ingest.text import one_line

MAX_TEXT_BYTES: Final = 64 << 20
"""A larger note is a data file with a text's name."""

_DATE: Final = re.compile(r"(?<!\d)((?:1[6-9]|20)\d\d)([-_. ]?)(\d\d)\2(\d\d)(?!\d)")


def read_whole(
    path: Path, *, limit: int = MAX_TEXT_BYTES, cut: bool = False
) -> bytes | ParseFailure:
    """The bytes of a file of at most `limit`; a larger one is refused, or cut.

    Only an unreadable file raises (OSError).
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit and not cut:
            reason = f"is larger than {limit >> 20} MB; split it, or move it elsewhere"
            return ParseFailure(path=path, locator="", reason=reason)
        raw = file.read(limit)
    return raw or ParseFailure(path=path, locator="", reason="is empty")


def display(path: Path) -> str:
    """A path as text; bytes that are no UTF-8 as backslash escapes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def display_stem(path: Path) -> str:
    """A file's name without its suffix, as one line of text."""
    return one_line(display(Path(path.stem)))


def date_in_name(path: Path) -> datetime | None:
    """The day that a file's name begins with or holds, such as `2004-03-05 Trip`."""
    for match in _DATE.finditer(path.stem):
        year, _, month, day = match.groups()
        try:
            return datetime(int(year), int(month), int(day), tzinfo=UTC)
        except ValueError:
            continue
    return None
