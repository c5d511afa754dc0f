"""Mail in Maildirs: a folder with `cur` and `new`, one message a file.

The letters after `:2,` (`;2,` or `!2,` where a colon is not allowed) say what its
owner did with a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ingest.document import Document, ParseFailure, Skipped
from ingest.mail import message

_FLAGS: Final = re.compile(r"[:;!]2,([A-Za-z]*)$")
_TAGS: Final = {"F": "flagged", "D": "draft"}
_TRASHED: Final = "T"


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir."""
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def holds(path: Path) -> bool:
    """Whether a file is a message of a Maildir, or of what a copy left of one."""
    if path.parent.name not in ("cur", "new"):
        return False
    return _FLAGS.search(path.name) is not None or is_maildir(path.parent.parent)


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The one message of a file in a Maildir, its flags as tags."""
    match = _FLAGS.search(path.name)
    flags = match.group(1) if match else ""
    if _TRASHED in flags:
        yield Skipped(path=path, reason="marked as deleted")
        return
    tags = tuple(tag for letter, tag in _TAGS.items() if letter in flags)
    for item in message.parse(path):
        if isinstance(item, Document) and tags:
            yield replace(item, tags=(*item.tags, *tags))
        else:
            yield item
