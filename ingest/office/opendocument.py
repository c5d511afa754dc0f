"""OpenDocument spreadsheets (.ods) and presentations (.odp), read from their XML by lxml.

`unstructured` reads neither. A sheet or a slide is a page; 10,000 rows take 0.5 s.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from ingest.document import Document, ParseFailure, Person, Role
from ingest.errors import UnreadableFile
from ingest.office.common import (
    ENCRYPTED,
    Block,
    Content,
    Facts,
    configure,
    iso_date,
    read_document,
    refuse_bomb,
)
from ingest.office.grid import Budget, sheet_blocks
from ingest.office.ooxml import tree
from ingest.text import normalise, one_line

__all__ = ["configure", "odf_facts", "parse_odp", "parse_ods"]

_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW: Final = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_SHOW: Final = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_META: Final = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_MOST_REPEATED: Final = 1000


def parse_ods(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a spreadsheet."""
    yield read_document(path, _read_sheets)


def parse_odp(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a presentation."""
    yield read_document(path, _read_slides)


def odf_facts(path: Path) -> tuple[Facts, bytes]:
    """What the file says about itself, and its content. Refuses an encrypted one."""
    with ZipFile(path) as file:
        refuse_bomb(file)
        names = file.namelist()
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in file.read(manifest):
            raise UnreadableFile(ENCRYPTED)
        content = file.read("content.xml")
        meta = file.read("meta.xml") if "meta.xml" in names else b""
    if not meta:
        return Facts(), content
    root = tree(meta)

    def first(tag: str) -> str:
        return next((element.text or "" for element in root.iter(tag)), "")

    author = one_line(first(f"{_META}initial-creator") or first(f"{_DC}creator"))
    people = (Person(name=author, address="", role=Role.AUTHOR),) if author else ()
    created = iso_date(first(f"{_META}creation-date") or first(f"{_DC}date"))
    return Facts(title=first(f"{_DC}title"), created=created, people=people), content


def _read_sheets(path: Path) -> Content:
    facts, content = odf_facts(path)
    budget = Budget()
    blocks: list[Block] = []
    tables = list(tree(content).iter(f"{_TABLE}table"))
    for page, table in enumerate(tables, 1):
        if not budget.was_cut:
            name = table.get(f"{_TABLE}name", "")
            blocks += sheet_blocks(name, _rows(table), page, budget)
    return Content(blocks=blocks, facts=facts, pages=len(tables), remarks=budget.remarks)


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            words = " ".join(_words(each) for each in cell.iter(f"{_TEXT}p"))
            times = _times(cell, f"{_TABLE}number-columns-repeated")
            cells += [words] * times
        # Empty rows up to the last possible one are written as one row, repeated.
        for _ in range(_times(row, f"{_TABLE}number-rows-repeated")):
            yield cells if any(cells) else []


def _times(element: Any, name: str) -> int:
    written = element.get(name, "1")
    return min(int(written), _MOST_REPEATED) if written.isdigit() else 1


def _words(paragraph: Any) -> str:
    """The text of a paragraph, its tabs and line breaks as space."""
    pieces = []
    for element in paragraph.iter():
        if element.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
            pieces.append(" ")
        elif isinstance(element.tag, str):
            pieces.append(element.text or "")
        if element is not paragraph:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _read_slides(path: Path) -> Content:
    facts, content = odf_facts(path)
    pages = list(tree(content).iter(f"{_DRAW}page"))
    blocks = [
        block for number, page in enumerate(pages, 1) for block in _slide_blocks(page, number)
    ]
    return Content(blocks=blocks, facts=facts, pages=len(pages))


def _slide_blocks(page: Any, number: int) -> Iterator[Block]:
    for frame in page:
        is_notes = frame.tag == f"{_SHOW}notes"
        is_title = frame.get(f"{_SHOW}class") == "title"
        lines = list(_frame_lines(frame))
        text = normalise("\n".join(lines))
        if text.strip():
            text = f"Notes: {text}" if is_notes else text
            yield Block(text=text, page=number, is_title=is_title)


def _frame_lines(frame: Any) -> Iterator[str]:
    for element in frame.iter(f"{_TEXT}p", f"{_TEXT}h", f"{_TABLE}table-row"):
        if element.tag == f"{_TABLE}table-row":
            cells = element.findall(f"{_TABLE}table-cell")
            yield " | ".join(
                " ".join(_words(each) for each in cell.iter(f"{_TEXT}p")) for cell in cells
            )
        elif next(element.iterancestors(f"{_TABLE}table-row"), None) is None:
            in_list = next(element.iterancestors(f"{_TEXT}list-item"), None) is not None
            yield f"- {_words(element)}" if in_list else _words(element)
