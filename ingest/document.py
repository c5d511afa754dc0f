"""What ingest hands on: documents, the parts they are made of, and what was not read.

All of it is plain frozen data; no parser's own types leave this room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
class Section:
    """A stretch of a document that begins at `start` and goes on to the next one."""

    start: int
    label: str
    """One line that names it and goes with every passage from it, such as a heading, or
    `Sheet Costs, rows 21-40: Item | Amount` for the rows of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one person said at a time, `text[start:end]` of a chat."""

    start: int
    end: int
    speaker: str
    at: datetime | None
    """With a timezone; None if the export does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A file inside a document, still unread: an attachment, a picture in a note."""

    name: str
    """Decoded, one line; may be empty."""
    media: str
    """Its declared media type in lower case, e.g. `application/pdf`; may be empty."""
    raw: bytes = field(repr=False)


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

    sections: tuple[Section, ...] = ()
    """By `start`. Empty if nothing in it has a name of its own."""

    turns: tuple[Turn, ...] = ()
    """Of a chat, in order. Empty for everything else."""

    attachments: tuple[str, ...] = ()
    """File names, decoded, in order."""

    files: tuple[Embedded, ...] = ()
    """Only between a parser and `ingest.read`, which makes documents of them."""

    within: str | None = None
    """Locator, in the same file, of the document that holds this one as an attachment."""

    within_title: str = ""
    """That document's title."""

    tags: tuple[str, ...] = ()
    """Labels or tags that the file itself gives it."""

    remarks: tuple[str, ...] = ()
    """What had to be guessed or left out, one sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that was seen and left alone on purpose: no format, ignored, spam."""

    path: Path
    reason: str
    """Without names or numbers in it, so that equal reasons can be counted."""
    locator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseFailure:
    """Something that could not be read, and why. The rest goes on."""

    path: Path
    locator: str
    reason: str
    """One line: what is wrong and, where there is something, what to do."""
