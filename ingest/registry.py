"""The formats that can be read. Adding one: a module, its line here, a sample folder.

A file belongs to the first format that claims it, by its name or its first bytes.
Importing this imports no heavy library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest import office, packed
from ingest.document import Document, ParseFailure, Skipped
from ingest.mail import maildir, mbox, message
from ingest.notes import markdown
from ingest.notes import text as plain

HEAD_BYTES: Final = 1024
"""How much of a file `claims` is given."""

Claims = Callable[[Path, bytes], bool]
Parse = Callable[..., Iterator[Document | ParseFailure | Skipped]]
Unpack = Callable[[Path, Path], Iterator[ParseFailure | Skipped]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of file and how to read it."""

    name: str
    """Also the name of its sample folder, tests/data/NAME."""

    version: int
    """Goes up when the parser gives other documents for the same file."""

    claims: Claims
    """Whether a file is of this format, from its path and first bytes."""

    parse: Parse | None = None
    """Its documents and failures, from its path. Raises only OSError."""

    unpack: Unpack | None = None
    """Instead of `parse`: its members, written below an empty folder. Raises only OSError."""

    appends: bool = False
    """Programs only ever add to its end, and `parse` takes the offset to go on from."""

    holds_files: bool = False
    """Other formats may be inside, so that what it gives depends on their versions too."""


def _suffix(*suffixes: str) -> Claims:
    return lambda path, head: path.name.lower().endswith(suffixes)


def _is_mbox(path: Path, head: bytes) -> bool:
    # Mail programs name them "Inbox" or "Sent", so the first line counts as well.
    return path.suffix.lower() in (".mbox", ".mbx") or (
        head.startswith(b"From ") and mbox.is_separator(head.partition(b"\n")[0])
    )


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        name="maildir",
        version=1,
        claims=lambda path, head: maildir.holds(path),
        parse=maildir.parse,
    ),
    Format(name="eml", version=1, claims=_suffix(".eml"), parse=message.parse),
    Format(name="mbox", version=1, claims=_is_mbox, parse=mbox.parse, appends=True),
    Format(
        name="markdown", version=1, claims=_suffix(".md", ".markdown"), parse=markdown.parse
    ),
    Format(name="text", version=1, claims=_suffix(".txt", ".text"), parse=plain.parse),
    Format(name="pdf", version=1, claims=_suffix(".pdf"), parse=office.parse_pdf),
    Format(name="docx", version=1, claims=_suffix(".docx"), parse=office.parse_docx),
    Format(name="pptx", version=1, claims=_suffix(".pptx"), parse=office.parse_pptx),
    Format(name="html", version=1, claims=_suffix(".html", ".htm"), parse=office.parse_html),
    Format(
        name="zip", version=1, claims=_suffix(".zip"), unpack=packed.unzip, holds_files=True
    ),
    Format(
        name="tar",
        version=1,
        claims=_suffix(".tar", ".tgz", ".tar.gz", ".tbz2", ".txz"),
        unpack=packed.untar,
        holds_files=True,
    ),
    Format(
        name="gzip",
        version=1,
        claims=_suffix(".gz", ".bz2", ".xz"),
        unpack=packed.gunzip,
        holds_files=True,
    ),
)


def format_of(path: Path, head: bytes) -> Format | None:
    """The format that claims a file, by its path and first bytes."""
    return next((known for known in FORMATS if known.claims(path, head)), None)


def version_of(name: str) -> int:
    """What a format's documents depend on; another number means: read again."""
    known = by_name(name)
    return sum(each.version for each in FORMATS) if known.holds_files else known.version


def by_name(name: str) -> Format:
    """The format of that name; KeyError if there is none."""
    return {known.name: known for known in FORMATS}[name]
