"""What the readers of office files share: limits, titles, dates, how blocks are joined."""

from __future__ import annotations

import errno
import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from ingest.document import Document, Kind, ParseFailure, Person, Section
from ingest.errors import UnreadableFile
from ingest.files import display_stem
from ingest.text import html_to_text, normalise, one_line

MAX_BYTES: Final = 512 << 20
MAX_UNPACKED_BYTES: Final = 1 << 30
ENCRYPTED: Final = "is encrypted; save a copy without the password"
OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_LONGEST_TITLE: Final = 200
_NO_TITLES: Final = frozenset(
    ("untitled", "powerpoint presentation", "word document", "document", "presentation")
)
_PROGRAM_TITLES: Final = ("microsoft word - ", "microsoft powerpoint - ", "file://", "http")
_FILE_TITLES: Final = (
    ".doc", ".docx", ".pdf", ".ppt", ".pptx", ".indd", ".qxd", ".html", ".xls", ".xlsx", ".rtf",
)  # fmt: skip
_EARLIEST_YEAR: Final = 1970
_spacy_model: Path | None = None


def configure(spacy_model: Path | None) -> None:
    """Let element classification use the unpacked spaCy model in that folder."""
    global _spacy_model
    if spacy_model != _spacy_model:
        _spacy_model = spacy_model
        _language.cache_clear()


@cache
def _language() -> Any:
    import spacy

    if _spacy_model is not None and _spacy_model.is_dir():
        return spacy.load(_spacy_model, exclude=["ner", "lemmatizer", "attribute_ruler"])
    language = spacy.blank("en")
    language.add_pipe("sentencizer")
    return language


@cache
def prepare() -> None:
    """Make `unstructured` safe to import: quiet, and unable to fetch anything."""
    os.environ.update(
        UNSTRUCTURED_DISABLE_NOTICE="1", SCARF_NO_ANALYTICS="true", DO_NOT_TRACK="true"
    )
    for name in ("unstructured", "pypdf", "pdfminer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import unstructured.nlp.tokenize as tokenize

    tokenize._get_nlp = _language


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a file says about itself."""

    title: str = ""
    created: datetime | None = None
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, heading or table; normalised and not empty."""

    text: str
    page: int = 0
    """Counted from 1; 0 if the file has no pages."""
    is_title: bool = False
    section: str = ""
    """Label of the section that begins with it; empty if none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a reader found in a file."""

    blocks: list[Block]
    facts: Facts
    pages: int = 0
    remarks: tuple[str, ...] = ()


def read_document(path: Path, read: Callable[[Path], Content]) -> Document | ParseFailure:
    """The document of a file, or why there is none. Raises OSError, nothing else."""
    size = path.stat().st_size
    if not size:
        return failure(path, "is empty")
    if size > MAX_BYTES:
        reason = f"is larger than {MAX_BYTES >> 20} MB; split it, or move it elsewhere"
        return failure(path, reason)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = read(path)
    except UnreadableFile as error:
        return failure(path, str(error))
    except MemoryError:
        raise
    except Exception as error:  # a dozen libraries, each with its own exceptions
        # A place that a damaged file names but does not have is an "invalid argument".
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        name = type(error).__name__
        return failure(path, f"is damaged or not what its name says ({name})")
    return _document(path, content)


def _document(path: Path, content: Content) -> Document | ParseFailure:
    text, page_starts, sections = _joined(content.blocks, content.pages)
    if not text.strip():
        return failure(path, "has no readable text")
    facts = content.facts
    heading = next((one_line(block.text) for block in content.blocks if block.is_title), "")
    return Document(
        path=path,
        locator="",
        kind=Kind.FILE,
        title=likely_title(facts.title) or likely_title(heading) or display_stem(path),
        text=text,
        created=facts.created,
        people=facts.people,
        page_starts=page_starts,
        sections=sections,
        remarks=content.remarks,
    )


def failure(path: Path, reason: str) -> ParseFailure:
    """A failure of the whole file."""
    return ParseFailure(path=path, locator="", reason=reason)


def _joined(
    blocks: list[Block], pages: int
) -> tuple[str, tuple[int, ...], tuple[Section, ...]]:
    """The blocks one below the other, and where each page and section begins."""
    pieces: list[str] = []
    sections: list[Section] = []
    starts = [0] if pages else []
    offset = 0
    for block in blocks:
        if pieces:
            pieces.append("\n\n")
            offset += 2
        if pages:
            starts += [offset] * (min(block.page, pages) - len(starts))
        if block.section:
            sections.append(Section(start=offset, label=one_line(block.section)))
        pieces.append(block.text)
        offset += len(block.text)
    starts += [offset] * (pages - len(starts))
    return "".join(pieces), tuple(starts), tuple(sections)


def blocks_of(elements: list[Any]) -> list[Block]:
    """What `unstructured` found, as our own values."""
    found = []
    for element in elements:
        table = element.metadata.text_as_html if element.category == "Table" else None
        text = html_to_text(table) if table else normalise(element.text or "")
        if text.strip():
            page = element.metadata.page_number or 0
            found.append(Block(text=text, page=page, is_title=element.category == "Title"))
    return found


def likely_title(written: str) -> str:
    """A title if it looks like one that a person gave, else ""."""
    title = one_line(written)
    lower = title.lower()
    if (
        not title
        or len(title) > _LONGEST_TITLE
        or lower in _NO_TITLES
        or lower.startswith(_PROGRAM_TITLES)
        or lower.endswith(_FILE_TITLES)
        or not any(character.isalpha() for character in title)
    ):
        return ""
    return title


def plausible(when: datetime | None) -> datetime | None:
    """A date with a timezone, unless it cannot be one."""
    if when is None:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return when if _EARLIEST_YEAR <= when.year <= datetime.now(UTC).year + 1 else None


def iso_date(written: str) -> datetime | None:
    """A plausible date from what most metadata hold, such as `2004-03-05T10:00:00Z`."""
    try:
        return plausible(datetime.fromisoformat(written.strip()[:32]))
    except ValueError:
        pass
    for length, form in ((10, "%Y-%m-%d"), (4, "%Y")):
        try:
            return plausible(datetime.strptime(written.strip()[:length], form))
        except ValueError:
            continue
    return None


def refuse_bomb(members: ZipFile) -> None:
    """Most office files are ZIP files; a small one can unpack to any size."""
    if sum(member.file_size for member in members.infolist()) > MAX_UNPACKED_BYTES:
        raise UnreadableFile(f"unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB")


def refuse_encrypted(path: Path) -> None:
    """An encrypted Word, Excel or PowerPoint file is an OLE file, not a ZIP file."""
    with path.open("rb") as file:
        if file.read(len(OLE_MAGIC)) != OLE_MAGIC:
            return
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(path) as container:
        if container.exists("EncryptedPackage") or container.exists("EncryptionInfo"):
            raise UnreadableFile(ENCRYPTED)
