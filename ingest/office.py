"""PDF, Word, PowerPoint and HTML files, read by `unstructured`.

The only module that imports it, and only when the first such file is read: that
takes three to five seconds and 700 MB with everything it brings. Nothing is fetched:
its telemetry is switched off and its spaCy model is replaced, before it can
download one, by the given folder's or else by a rule-based sentence splitter.
That changes which elements it calls a title, never their text.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from ingest.document import Document, Kind, ParseFailure
from ingest.errors import UnreadableFile
from ingest.files import display_stem
from ingest.text import decode, html_to_text, normalise, one_line

MAX_BYTES: Final = 512 << 20
MAX_UNPACKED_BYTES: Final = 1 << 30

_LONGEST_TITLE: Final = 200
_NO_TITLES: Final = frozenset(
    ("untitled", "powerpoint presentation", "word document", "document", "presentation")
)
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})")
_FEW_NUMBERS: Final = 20
_NUMBERS_SHARE: Final = 0.15
_EARLIEST_YEAR: Final = 1970
_spacy_model: Path | None = None


def use_spacy_model(directory: Path | None) -> None:
    """Let element classification use the unpacked spaCy model in `directory`."""
    global _spacy_model
    if directory != _spacy_model:
        _spacy_model = directory
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
def _prepare() -> None:
    """Make `unstructured` safe to import: quiet, and unable to fetch anything."""
    os.environ.update(
        UNSTRUCTURED_DISABLE_NOTICE="1", SCARF_NO_ANALYTICS="true", DO_NOT_TRACK="true"
    )
    for name in ("unstructured", "pypdf", "pdfminer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import unstructured.nlp.tokenize as tokenize

    tokenize._get_nlp = _language


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a file says about itself."""

    title: str = ""
    created: datetime | None = None
    pages: int = 0


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, heading or table; normalised and not empty."""

    text: str
    page: int
    """Counted from 1; 0 if the file has no pages."""
    is_title: bool = False


def parse_pdf(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a PDF; pages without text keep their number."""
    yield _document(path, _pdf_facts, _pdf_blocks, paged=True)


def parse_docx(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a Word file. Its pages exist only when it is printed."""
    yield _document(path, _docx_facts, _docx_blocks)


def parse_pptx(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a presentation, speaker notes included; a slide is a page."""
    yield _document(path, _pptx_facts, _pptx_blocks, paged=True)


def parse_html(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of an HTML file."""
    yield _document(path, _html_facts, _html_blocks)


def _document(
    path: Path,
    facts_of: Callable[[Path], _Facts],
    blocks_of: Callable[[Path], list[_Block]],
    *,
    paged: bool = False,
) -> Document | ParseFailure:
    size = path.stat().st_size
    if not size:
        return ParseFailure(path=path, locator="", reason="is empty")
    if size > MAX_BYTES:
        reason = f"is larger than {MAX_BYTES >> 20} MB; split it, or move it elsewhere"
        return ParseFailure(path=path, locator="", reason=reason)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _prepare()
            facts = facts_of(path)
            blocks = blocks_of(path)
    except UnreadableFile as error:
        return ParseFailure(path=path, locator="", reason=str(error))
    except MemoryError:
        raise
    except Exception as error:  # a dozen libraries, each with its own exceptions
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = f"is damaged or not what its name says ({type(error).__name__})"
        return ParseFailure(path=path, locator="", reason=reason)
    text, page_starts = _joined(blocks, facts.pages if paged else 0)
    if not text.strip():
        scanned = facts_of is _pdf_facts
        reason = "has no text layer (needs OCR)" if scanned else "has no readable text"
        return ParseFailure(path=path, locator="", reason=reason)
    heading = next((one_line(block.text) for block in blocks if block.is_title), "")
    return Document(
        path=path,
        locator="",
        kind=Kind.FILE,
        title=_title(facts.title) or _title(heading) or display_stem(path),
        text=text,
        created=facts.created,
        page_starts=page_starts,
    )


def _joined(blocks: list[_Block], pages: int) -> tuple[str, tuple[int, ...]]:
    """The blocks one below the other, and where each page begins."""
    pieces: list[str] = []
    starts = [0] if pages else []
    offset = 0
    for block in blocks:
        if pieces:
            pieces.append("\n\n")
            offset += 2
        if pages:
            starts += [offset] * (min(block.page, pages) - len(starts))
        pieces.append(block.text)
        offset += len(block.text)
    starts += [offset] * (pages - len(starts))
    return "".join(pieces), tuple(starts)


def _blocks(elements: list[Any]) -> list[_Block]:
    """What `unstructured` found, as our own values."""
    found = []
    for element in elements:
        table = element.metadata.text_as_html if element.category == "Table" else None
        text = html_to_text(table) if table else normalise(element.text or "")
        if text.strip():
            page = element.metadata.page_number or 0
            found.append(_Block(text, page, element.category == "Title"))
    return found


def _title(written: str) -> str:
    """A title if it looks like one that a person gave, else ""."""
    title = one_line(written)
    lower = title.lower()
    if (
        not title
        or len(title) > _LONGEST_TITLE
        or lower in _NO_TITLES
        or lower.startswith(("microsoft word - ", "microsoft powerpoint - ", "file://", "http"))
        or lower.endswith((".doc", ".docx", ".pdf", ".ppt", ".pptx", ".indd", ".qxd", ".html"))
        or not any(character.isalpha() for character in title)
    ):
        return ""
    return title


def _plausible(when: datetime | None) -> datetime | None:
    """A date with a timezone, unless it cannot be one."""
    if when is None:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return when if _EARLIEST_YEAR <= when.year <= datetime.now(UTC).year + 1 else None


# --- one pair of functions a format ------------------------------------------


def _pdf_facts(path: Path) -> _Facts:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile("is encrypted; save a copy without the password")
        pages = len(reader.pages)
    except (DependencyError, FileNotDecryptedError) as error:
        raise UnreadableFile("is encrypted; save a copy without the password") from error
    title, created = "", None
    try:  # the metadata is a bonus: a fault there does not cost the text
        if reader.metadata is not None:
            title = str(reader.metadata.title or "")
            created = reader.metadata.creation_date
    except Exception:
        created = None
    return _Facts(title, _plausible(created), pages)


def _pdf_blocks(path: Path) -> list[_Block]:
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]
    from unstructured.partition.pdf import partition_pdf

    by_page: dict[int, list[_Block]] = {}
    for block in _blocks(partition_pdf(str(path), strategy="fast", languages=[""])):
        by_page.setdefault(block.page, []).append(block)
    # It reads a table column by column, so that no number stands beside its name any
    # more, and of a few files it reads nothing; there PDFium's lines are taken.
    with PdfDocument(path) as pdf:
        for number in range(1, len(pdf) + 1):
            blocks = by_page.get(number, [])
            if not blocks or _is_tabular(blocks):
                lines = _page_lines(pdf[number - 1])
                if lines:
                    titles = [block for block in blocks if block.is_title]
                    is_title = bool(titles) and lines.startswith(titles[0].text)
                    by_page[number] = [_Block(lines, number, is_title)]
    return [block for number in sorted(by_page) for block in by_page[number]]


def _is_tabular(blocks: list[_Block]) -> bool:
    """Whether so many of a page's words are numbers that they must be a table's."""
    words = " ".join(block.text for block in blocks).split()
    numbers = sum(any(map(str.isdigit, word)) for word in words)
    return numbers >= _FEW_NUMBERS and numbers > len(words) * _NUMBERS_SHARE


def _page_lines(page: Any) -> str:
    text_page = page.get_textpage()
    # U+FFFE is PDFium's mark for a hyphen at a line's end.
    return normalise(text_page.get_text_range().replace("\ufffe", "-"))


def _refuse_zip_bomb(path: Path) -> None:
    """Word and PowerPoint files are ZIP files; a small one can unpack to any size."""
    with ZipFile(path) as members:
        if sum(member.file_size for member in members.infolist()) > MAX_UNPACKED_BYTES:
            raise UnreadableFile(f"unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB")


def _docx_facts(path: Path) -> _Facts:
    import docx

    _refuse_zip_bomb(path)
    properties = docx.Document(str(path)).core_properties
    return _Facts(properties.title or "", _plausible(properties.created))


def _docx_blocks(path: Path) -> list[_Block]:
    from unstructured.partition.docx import partition_docx

    return _blocks(partition_docx(str(path), languages=[""]))


def _pptx_facts(path: Path) -> _Facts:
    import pptx

    _refuse_zip_bomb(path)
    presentation = pptx.Presentation(str(path))
    properties = presentation.core_properties
    return _Facts(
        properties.title or "", _plausible(properties.created), len(presentation.slides)
    )


def _pptx_blocks(path: Path) -> list[_Block]:
    import pptx
    from unstructured.partition.pptx import partition_pptx

    found = _blocks(partition_pptx(str(path), languages=[""]))
    # `include_slide_notes` would put the notes before the slide that they speak about.
    for number, slide in enumerate(pptx.Presentation(str(path)).slides, 1):
        frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        notes = normalise(frame.text) if frame is not None else ""
        if notes.strip():
            found.append(_Block(f"Notes: {notes}", number))
    return sorted(found, key=lambda block: block.page)


def _html_facts(path: Path) -> _Facts:
    from selectolax.lexbor import LexborHTMLParser

    with path.open("rb") as file:
        head = file.read(1 << 16)
    title = LexborHTMLParser(_html_text(head)).css_first("title")
    return _Facts(title.text() if title is not None else "")


def _html_blocks(path: Path) -> list[_Block]:
    from unstructured.partition.html import partition_html

    html = _html_text(path.read_bytes())
    found = _blocks(partition_html(text=html, languages=[""])) if html.strip() else []
    text = "" if found else html_to_text(html)  # it gives up on deeply nested pages
    return [_Block(text, 0)] if text.strip() else found


def _html_text(raw: bytes) -> str:
    declared = _CHARSET.search(raw[:4096])
    return decode(raw, declared.group(1).decode("ascii") if declared else "")[0]
