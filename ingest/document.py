"""What ingest hands on: documents, the parts they are made of, and failures.

All of it is plain frozen data; no parser's own types leave this room.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What its owner would call it."""

    MAIL = "mail"
    NOTE = "note"
    CHAT = "chat"
    FILE = "file"


class Role(StrEnum):
    """How a person is connected with a document."""

    SENDER = "from"
    RECIPIENT = "to"
    COPIED = "cc"
    AUTHOR = "author"


class PartKind(StrEnum):
    """What a stretch of text is to its document."""

    OWN = "own"
    """Written by the sender or author."""
    QUOTE = "quote"
    """Taken over from an earlier message."""
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone named in a document's own headers. At least one of the two is set."""

    name: str
    """As written, decoded. Empty if only an address was given."""

    address: str
    """Lower case. Empty if only a name was given."""

    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch `text[start:end]` of a document. Parts cover it in order."""

    kind: PartKind
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing its owner would call a document: a mail, a note, a report."""

    path: Path
    """The file it came from."""

    locator: str
    """Where in that file, e.g. `byte 1234` in an mbox. Empty for the whole file."""

    kind: Kind

    title: str
    """Subject, heading or file name; one line, may be empty for a mail."""

    text: str
    """NFC, newlines as \\n, at least one visible character."""

    created: datetime | None
    """When it was written, with a timezone. None if the file does not say."""

    people: tuple[Person, ...] = ()

    parts: tuple[Part, ...] = ()
    """Empty means: all of it is the author's own."""

    page_starts: tuple[int, ...] = ()
    """Offset of each page in `text`, ascending from 0. Empty if it has no pages."""

    message_id: str | None = None
    """With its angle brackets. None for what is not mail or has none."""

    references: tuple[str, ...] = ()
    """Message-IDs of the thread above it, oldest first, the parent last."""

    attachments: tuple[str, ...] = ()
    """File names, decoded, in order."""

    tags: tuple[str, ...] = ()
    """Labels or tags that the file itself gives it."""

    remarks: tuple[str, ...] = ()
    """What had to be guessed or left out, one sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailure:
    """Something that could not be read, and why. The rest goes on."""

    path: Path
    locator: str
    reason: str
    """One line: what is wrong and, where there is something, what to do."""
