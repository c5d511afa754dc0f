"""Office files, books, tables and pictures: the doors to their parsers.

The only package that imports `unstructured`, and only in the child process of
`ingest.isolated`, when the first such file is read: that takes three to five seconds and
400 MB with everything it brings. Nothing is fetched: its telemetry is switched off and its
spaCy model is replaced, before it can download one, by the given folder's or else by
a rule-based sentence splitter. That changes which elements it calls a title, never
their text. HTML and CSV are read in this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingest import isolated
from ingest.document import Document, ParseFailure, Skipped
from ingest.isolated import close
from ingest.office import delimited, web
from ingest.office.pdf import NO_TEXT_LAYER
from ingest.office.scan import MOST_PAGES, PAGE_S, skip_unseen

__all__ = ["close", "parse_csv", "parse_html", "use_spacy_model"]

Item = Document | ParseFailure | Skipped

LIMIT_S: Final = 20.0
"""What any file may take."""
LIMIT_S_PER_MB: Final = 60.0
"""And on top of that; the slowest file seen, a Word file of 872 pages, takes 11 s a MB."""

LIBREOFFICE_S: Final = 120.0
"""It starts slowly the first time."""

_spacy_model: Path | None = None

parse_html = web.parse
parse_csv = delimited.parse


def use_spacy_model(directory: Path | None) -> None:
    """Let element classification use the unpacked spaCy model in `directory`."""
    global _spacy_model
    _spacy_model = directory


def parse_pdf(path: Path) -> Iterator[Item]:
    """The one document of a PDF; pages without text keep their number."""
    (found,) = _run("pdf:parse", path)
    if isinstance(found, ParseFailure) and found.reason == NO_TEXT_LAYER:
        yield from _run("scan:parse_pdf", path, extra_s=MOST_PAGES * PAGE_S)
    else:
        yield found


def parse_docx(path: Path) -> Iterator[Item]:
    """The one document of a Word file. Its pages exist only when it is printed."""
    yield from _run("word:parse", path)


def parse_pptx(path: Path) -> Iterator[Item]:
    """The one document of a presentation, speaker notes included; a slide is a page."""
    yield from _run("slides:parse", path)


def parse_xlsx(path: Path) -> Iterator[Item]:
    """The one document of an Excel workbook, old or new; a sheet is a page."""
    yield from _run("sheets:parse", path)


def parse_ods(path: Path) -> Iterator[Item]:
    """The one document of an OpenDocument spreadsheet; a sheet is a page."""
    yield from _run("opendocument:parse_ods", path)


def parse_odp(path: Path) -> Iterator[Item]:
    """The one document of an OpenDocument presentation; a slide is a page."""
    yield from _run("opendocument:parse_odp", path)


def parse_odt(path: Path) -> Iterator[Item]:
    """The one document of an OpenDocument text."""
    yield from _run("converted:parse_odt", path)


def parse_epub(path: Path) -> Iterator[Item]:
    """The one document of a book; its chapters are sections."""
    yield from _run("converted:parse_epub", path)


def parse_rtf(path: Path) -> Iterator[Item]:
    """The one document of an RTF file."""
    yield from _run("converted:parse_rtf", path)


def parse_doc(path: Path) -> Iterator[Item]:
    """The one document of a Word file from before 2007; needs LibreOffice."""
    yield from _run("converted:parse_doc", path, extra_s=LIBREOFFICE_S)


def parse_ppt(path: Path) -> Iterator[Item]:
    """The one document of a presentation from before 2007; needs LibreOffice."""
    yield from _run("converted:parse_ppt", path, extra_s=LIBREOFFICE_S)


def parse_image(path: Path) -> Iterator[Item]:
    """The one document of a picture with text in it, if tesseract is installed."""
    skipped = skip_unseen(path)
    if skipped is not None:
        yield skipped
        return
    yield from _run("scan:parse_image", path, extra_s=PAGE_S)


def _run(parser: str, path: Path, *, extra_s: float = 0) -> Iterator[Item]:
    limit_s = LIMIT_S + extra_s + LIMIT_S_PER_MB * path.stat().st_size / 1e6
    settings = (_spacy_model,)
    yield from isolated.run(f"ingest.office.{parser}", path, limit_s=limit_s, settings=settings)
