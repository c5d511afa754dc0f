"""Mail in Maildirs: a folder with `cur` and `new`, one message a file."""

from __future__ import annotations

from pathlib import Path

from ingest.mail.message import parse

__all__ = ["holds", "is_maildir", "parse"]


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir."""
    return (folder / "cur").is_dir() and (folder / "new").is_dir()


def holds(path: Path) -> bool:
    """Whether a file is a message of a Maildir."""
    return path.parent.name in ("cur", "new") and is_maildir(path.parent.parent)
