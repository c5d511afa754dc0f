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

from ingest.document import Document, Kind, ParseFailure
from ingest.errors import UnreadableFile
from ingest.files import display_stem
from ingest.text import decode, html_to_text, normalise, one_line

MAX_BYTES: Final = 512 << 20

_LONGEST_TITLE: Final = 200
_NO_TITLES: Final = frozenset(
    ("untitled", "powerpoint presentation", "word document", "document", "presentation")
)
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})")
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


def parse_pdf(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a PDF; pages without text keep their number."""
    yield _document(path, _pdf_facts, _pdf_elements, paged=True)


def parse_docx(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a Word file. Its pages exist only when it is printed."""
    yield _document(path, _docx_facts, _docx_elements)


def parse_pptx(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a presentation, speaker notes included; a slide is a page."""
    yield _document(path, _pptx_facts, _pptx_elements, paged=True)


def parse_html(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of an HTML file."""
    yield _document(path, _html_facts, _html_elements)


def _document(
    path: Path,
    facts_of: Callable[[Path], _Facts],
    elements_of: Callable[[Path], list[Any]],
    *,
    paged: bool = False,
) -> Document | ParseFailure:
    size = path.stat().st_size
    if not size:
        return ParseFailure(path=path, locator="", reason="is empty")
    if size > MAX_BYTES:
        reason = f"is larger than {MAX_BYTES >> 20} MB; split it, or move it elsewhere"
        return ParseFailure(path=path, locator="", reason=reason)
    _prepare()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            facts = facts_of(path)
            elements = elements_of(path)
    except UnreadableFile as error:
        return ParseFailure(path=path, locator="", reason=str(error))
    except MemoryError:
        raise
    except Exception as error:  # a dozen libraries, each with its own exceptions
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = f"is damaged or not what its name says ({type(error).__name__})"
        return ParseFailure(path=path, locator="", reason=reason)
    text, page_starts = _joined(elements, facts.pages if paged else 0)
    if not text.strip():
        scanned = facts_of is _pdf_facts
        reason = "has no text layer (needs OCR)" if scanned else "has no readable text"
        return ParseFailure(path=path, locator="", reason=reason)
    heading = next((one_line(e.text) for e in elements if e.category == "Title"), "")
    return Document(
        path=path,
        locator="",
        kind=Kind.FILE,
        title=_title(facts.title) or _title(heading) or display_stem(path),
        text=text,
        created=facts.created,
        page_starts=page_starts,
    )


def _joined(elements: list[Any], pages: int) -> tuple[str, tuple[int, ...]]:
    """The elements' texts one below the other, and where each page begins."""
    pieces: list[str] = []
    starts = [0] if pages else []
    offset = 0
    for element in elements:
        table = element.metadata.text_as_html if element.category == "Table" else None
        text = html_to_text(table) if table else normalise(element.text or "")
        if not text.strip():
            continue
        if pieces:
            text = "\n\n" + text
        begins = offset + (2 if pieces else 0)
        number = element.metadata.page_number or 0
        if pages:
            starts += [begins] * (min(number, pages) - len(starts))
        pieces.append(text)
        offset += len(text)
    starts += [offset] * (pages - len(starts))
    return "".join(pieces), tuple(starts)


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


def _pdf_elements(path: Path) -> list[Any]:
    from unstructured.partition.pdf import partition_pdf

    return list(partition_pdf(str(path), strategy="fast", languages=[""]))


def _docx_facts(path: Path) -> _Facts:
    import docx

    properties = docx.Document(str(path)).core_properties
    return _Facts(properties.title or "", _plausible(properties.created))


def _docx_elements(path: Path) -> list[Any]:
    from unstructured.partition.docx import partition_docx

    return list(partition_docx(str(path), languages=[""]))


def _pptx_facts(path: Path) -> _Facts:
    import pptx

    presentation = pptx.Presentation(str(path))
    properties = presentation.core_properties
    return _Facts(
        properties.title or "", _plausible(properties.created), len(presentation.slides)
    )


def _pptx_elements(path: Path) -> list[Any]:
    from unstructured.partition.pptx import partition_pptx

    return list(partition_pptx(str(path), include_slide_notes=True, languages=[""]))


def _html_facts(path: Path) -> _Facts:
    from selectolax.lexbor import LexborHTMLParser

    with path.open("rb") as file:
        head = file.read(1 << 16)
    title = LexborHTMLParser(_html_text(head)).css_first("title")
    return _Facts(title.text() if title is not None else "")


def _html_elements(path: Path) -> list[Any]:
    from unstructured.partition.html import partition_html

    return list(partition_html(text=_html_text(path.read_bytes()), languages=[""]))


def _html_text(raw: bytes) -> str:
    declared = _CHARSET.search(raw[:4096])
    return decode(raw, declared.group(1).decode("ascii") if declared else "")[0]
