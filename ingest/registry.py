"""The formats that can be read. Adding one: a module, its line here, a sample folder.

A file belongs to the first format that claims it, by its name or its first bytes.
Importing this imports no heavy library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest import office, packed
from ingest.chats import (
    discord,
    googlechat,
    imessage,
    messenger,
    signal,
    signal_jsonl,
    slack,
    telegram,
    whatsapp,
)
from ingest.document import Document, ParseFailure, Skipped
from ingest.mail import (
    calendar,
    emlx,
    maildir,
    mbox,
    message,
    outlook,
    pst,
    tnef,
    vcard,
)
from ingest.notes import (
    apple,
    dayone,
    enex,
    joplin,
    keep,
    markdown,
    mht,
    notion,
    org,
    roam,
    tomboy,
)
from ingest.notes import text as plain

HEAD_BYTES: Final = 4096
"""How much of a file `claims` is given."""

PROGRAMS: Final = ("tesseract", "soffice")
"""What a reason "needs …" speaks of; with one more of them it is worth another try."""

_FIRST_LINE: Final = re.compile(rb"[\r\n]")

Claims = Callable[[Path, bytes], bool]
Parse = Callable[..., Iterator[Document | ParseFailure | Skipped]]
Unpack = Callable[[Path, Path, packed.Budget], Iterator[ParseFailure | Skipped]]


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

    in_mail_folders: bool = False
    """Lies in folders that may be called Spam or Trash."""

    holds_files: bool = False
    """Other formats may be inside, so that what it gives depends on their versions too."""


def _suffix(*suffixes: str) -> Claims:
    return lambda path, head: path.name.lower().endswith(suffixes)


def _is_mbox(path: Path, head: bytes) -> bool:
    # Mail programs name them "Inbox" or "Sent", so the first line counts as well.
    return path.suffix.lower() in (".mbox", ".mbx") or (
        head.startswith(b"From ") and mbox.is_separator(_FIRST_LINE.split(head, maxsplit=1)[0])
    )


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        name="maildir",
        version=1,
        claims=lambda path, head: maildir.holds(path),
        parse=maildir.parse,
        in_mail_folders=True,
        holds_files=True,
    ),
    Format(
        name="eml",
        version=2,
        claims=message.claims,
        parse=message.parse,
        in_mail_folders=True,
        holds_files=True,
    ),
    Format(
        name="mbox",
        version=2,
        claims=_is_mbox,
        parse=mbox.parse,
        appends=True,
        in_mail_folders=True,
        holds_files=True,
    ),
    Format(name="emlx", version=1, claims=_suffix(".emlx"), parse=emlx.parse, holds_files=True),
    Format(name="msg", version=1, claims=outlook.claims, parse=outlook.parse, holds_files=True),
    Format(name="pst", version=1, claims=pst.claims, parse=pst.parse, holds_files=True),
    Format(name="tnef", version=1, claims=tnef.claims, parse=tnef.parse, holds_files=True),
    Format(name="calendar", version=1, claims=calendar.claims, parse=calendar.parse),
    Format(name="vcard", version=1, claims=vcard.claims, parse=vcard.parse),
    Format(name="whatsapp", version=1, claims=whatsapp.claims, parse=whatsapp.parse),
    Format(name="slack", version=1, claims=slack.claims, parse=slack.parse),
    Format(name="telegram", version=1, claims=telegram.claims, parse=telegram.parse),
    Format(name="messenger", version=1, claims=messenger.claims, parse=messenger.parse),
    Format(name="discord", version=1, claims=discord.claims, parse=discord.parse),
    Format(name="googlechat", version=1, claims=googlechat.claims, parse=googlechat.parse),
    Format(name="signal", version=1, claims=signal.claims, parse=signal.parse),
    Format(
        name="signal_jsonl", version=1, claims=signal_jsonl.claims, parse=signal_jsonl.parse
    ),
    Format(name="imessage", version=1, claims=imessage.claims, parse=imessage.parse),
    Format(name="keep", version=1, claims=keep.claims, parse=keep.parse),
    Format(name="dayone", version=1, claims=dayone.claims, parse=dayone.parse),
    Format(name="roam", version=1, claims=roam.claims, parse=roam.parse),
    Format(name="tomboy", version=1, claims=tomboy.claims, parse=tomboy.parse),
    Format(name="apple_notes", version=1, claims=apple.claims_note, parse=apple.parse_note),
    Format(
        name="apple_journal",
        version=1,
        claims=apple.claims_journal,
        parse=apple.parse_journal,
    ),
    Format(name="joplin", version=1, claims=joplin.claims, parse=joplin.parse),
    Format(name="notion", version=1, claims=notion.claims, parse=notion.parse),
    Format(
        name="markdown", version=2, claims=_suffix(".md", ".markdown"), parse=markdown.parse
    ),
    Format(name="enex", version=1, claims=_suffix(".enex"), parse=enex.parse),
    Format(name="mht", version=1, claims=_suffix(".mht", ".mhtml"), parse=mht.parse),
    Format(name="org", version=1, claims=_suffix(".org", ".org_archive"), parse=org.parse),
    Format(
        name="text",
        version=1,
        claims=_suffix(".txt", ".text", ".asciidoc", ".adoc", ".rst", ".tex"),
        parse=plain.parse,
    ),
    Format(name="pdf", version=2, claims=_suffix(".pdf"), parse=office.parse_pdf),
    Format(
        name="docx",
        version=2,
        claims=_suffix(".docx", ".docm", ".dotx", ".dotm"),
        parse=office.parse_docx,
    ),
    Format(
        name="pptx",
        version=2,
        claims=_suffix(".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
        parse=office.parse_pptx,
    ),
    Format(
        name="html",
        version=2,
        claims=_suffix(".html", ".htm", ".xhtml"),
        parse=office.parse_html,
    ),
    Format(
        name="xlsx",
        version=1,
        claims=_suffix(".xlsx", ".xlsm", ".xltx", ".xltm"),
        parse=office.parse_xlsx,
    ),
    Format(name="xls", version=1, claims=_suffix(".xls", ".xlt"), parse=office.parse_xlsx),
    Format(
        name="csv", version=1, claims=_suffix(".csv", ".tsv", ".tab"), parse=office.parse_csv
    ),
    Format(name="odt", version=1, claims=_suffix(".odt", ".ott"), parse=office.parse_odt),
    Format(name="ods", version=1, claims=_suffix(".ods", ".ots"), parse=office.parse_ods),
    Format(name="odp", version=1, claims=_suffix(".odp", ".otp"), parse=office.parse_odp),
    Format(name="rtf", version=1, claims=_suffix(".rtf"), parse=office.parse_rtf),
    Format(name="epub", version=1, claims=_suffix(".epub"), parse=office.parse_epub),
    Format(name="doc", version=1, claims=_suffix(".doc", ".dot"), parse=office.parse_doc),
    Format(name="ppt", version=1, claims=_suffix(".ppt", ".pps"), parse=office.parse_ppt),
    Format(
        name="image",
        version=1,
        claims=_suffix(
            ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".heic", ".heif", ".bmp", ".gif", ".webp"
        ),
        parse=office.parse_image,
    ),
    Format(
        name="zip",
        version=1,
        claims=_suffix(".zip", ".textpack", ".bear2bk"),
        unpack=packed.unzip,
        holds_files=True,
    ),
    Format(
        name="tar",
        version=1,
        claims=_suffix(".tar", ".tgz", ".tar.gz", ".tbz2", ".txz", ".jex"),
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
