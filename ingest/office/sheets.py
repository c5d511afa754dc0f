"""Excel workbooks: .xlsx and .xlsm by openpyxl, .xls by xlrd; a sheet is a page.

Not through `unstructured`: its `partition_xlsx` makes one element of a sheet, without
row numbers or page starts, so that no passage could name its rows, and shows no comments,
charts or number formats. It takes 3.4 s for a sheet of 10,000 rows, this 1.1 s.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure
from ingest.errors import UnreadableFile
from ingest.office.common import (
    ENCRYPTED,
    OLE_MAGIC,
    Block,
    Content,
    Facts,
    configure,
    plausible,
    read_document,
)
from ingest.office.grid import Budget, sheet_blocks, shown
from ingest.office.ooxml import Parts, R, comment_line, drawn_lines, rewritten, targets, tree
from ingest.text import normalise, one_line

__all__ = ["configure", "parse"]

_TAGS: Final = (b"<html", b"<table", b"<!doctype", b"<?xml")
_EMPTY_ROWS: Final = 1000
_MERGED: Final = re.compile(rb'mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_MOST_MERGED: Final = 5000
_LONGEST_REPEATED: Final = 80


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a workbook."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(OLE_MAGIC) and path.suffix.lower() == ".xls":
        yield read_document(path, _read_old)
    elif head.startswith((b"PK", OLE_MAGIC)) or not head:
        yield read_document(path, _read)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_TAGS):
        from ingest.office import web  # what websites call an Excel file

        yield from web.parse(path)
    elif path.suffix.lower() == ".xls" and head[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x00"):
        yield read_document(path, _read_old)
    elif b"\x00" not in head and path.suffix.lower() == ".xls":
        from ingest.office import delimited

        yield from delimited.parse(path)
    else:
        yield read_document(path, _read)


def _read(path: Path) -> Content:
    import openpyxl  # type: ignore[import-untyped]

    file, parts = rewritten(path)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    properties = book.properties
    facts = Facts(title=properties.title or "", created=plausible(properties.created))
    persons = {
        person.get("id", ""): person.get("displayName", "")
        for name, raw in parts.items()
        if name.startswith("xl/persons/")
        for person in tree(raw)
    }
    budget = Budget()
    blocks: list[Block] = []
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    places = _places(parts)
    for page, (name, part) in enumerate(places, 1):
        if name in sheets and sheets[name].sheet_state != "veryHidden" and not budget.was_cut:
            sheets[name].reset_dimensions()  # often wrong, and millions of empty rows long
            rows = _rows(sheets[name], Merged(parts.get(part, b"")))
            blocks += sheet_blocks(name, rows, page, budget)
        blocks += _beside(parts, part, page, persons)
    return Content(blocks=blocks, facts=facts, pages=len(places), remarks=budget.remarks)


def _places(parts: Parts) -> list[tuple[str, str]]:
    """Name and part of each sheet, in the workbook's order; charts may be sheets as well."""
    name = next((name for name in parts if name.endswith("/workbook.xml")), "")
    found = targets(parts, name)
    return [
        (sheet.get("name", ""), found.get(sheet.get(f"{R}id", ""), ""))
        for sheet in tree(parts[name]).iter("{*}sheet")
    ]


def _rows(sheet: Any, merged: Merged) -> Iterator[list[str]]:
    empty = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [
            shown(cell.value, cell.number_format or "") if cell.value is not None else ""
            for cell in row
        ]
        merged.fill(number, cells)
        empty = 0 if any(cells) else empty + 1
        if empty > _EMPTY_ROWS:
            return
        yield cells


class Merged:
    """The merged cells of a sheet; a short one says its words in each of its places.

    So that a row read by itself still has its label. A cell alone in its row, such as a
    title over the table, does not.
    """

    def __init__(self, raw: bytes) -> None:
        self._by_row: dict[int, list[tuple[int, int, int]]] = {}  # first row to its areas
        self._reaching: list[tuple[int, int, int, str]] = []  # last row, columns, words
        for match in itertools.islice(_MERGED.finditer(raw), _MOST_MERGED):
            left, top, right, bottom = (each.decode("ascii") for each in match.groups())
            area = (_column(left), _column(right), int(bottom))
            self._by_row.setdefault(int(top), []).append(area)

    def fill(self, number: int, cells: list[str]) -> None:
        """Write the words into the row's empty cells; rows come in order."""
        self._reaching = [area for area in self._reaching if area[0] >= number]
        if sum(map(bool, cells)) > 1 or (any(cells) and self._reaching):
            for left, right, _ in self._by_row.get(number, ()):
                words = cells[left] if left < len(cells) else ""
                if 0 < len(words) <= _LONGEST_REPEATED:
                    _write(cells, left, right, words)
        if any(cells):
            for _, left, right, words in self._reaching:
                _write(cells, left, right, words)
        for left, right, bottom in self._by_row.get(number, ()):
            words = cells[left] if left < len(cells) else ""
            if bottom > number and 0 < len(words) <= _LONGEST_REPEATED:
                self._reaching.append((bottom, left, right, words))


def _write(cells: list[str], left: int, right: int, words: str) -> None:
    for column in range(left, min(right + 1, len(cells))):
        cells[column] = cells[column] or words


def _column(letters: str) -> int:
    """0 for A, 26 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _beside(parts: Parts, part: str, page: int, persons: dict[str, str]) -> Iterator[Block]:
    """The text boxes, charts and comments of a sheet."""
    lines: list[str] = []
    found = targets(parts, part) if part else {}
    near = sorted({name for name in found.values() if parts.get(name)})
    is_threaded = any("/threadedComments/" in name for name in near)
    for name in near:
        if "/drawings/drawing" in name:
            lines += drawn_lines(parts, name)
            for drawn in targets(parts, name).values():
                if "/charts/chart" in drawn:
                    lines += drawn_lines(parts, drawn)
        elif name.endswith(".xml") and ("/threadedComments/" in name or "/comments" in name):
            lines += _comments(parts[name], persons, is_threaded)
    text = normalise("\n".join(lines))
    if text.strip():
        yield Block(text=text, page=page)


def _comments(raw: bytes, persons: dict[str, str], is_threaded: bool) -> Iterator[str]:
    root = tree(raw)
    authors = [one_line(author.text or "") for author in root.iter("{*}author")]
    for comment in root.iter("{*}comment", "{*}threadedComment"):
        words = "".join(text.text or "" for text in comment.iter("{*}t", "{*}text"))
        if is_threaded and words.startswith("[Threaded comment]"):
            continue  # the same once more, for older programs
        number = comment.get("authorId", "")
        author = persons.get(comment.get("personId", ""), "")
        if number.isdigit() and int(number) < len(authors):
            author = authors[int(number)]
        yield comment_line(words, author, comment.get("dT", ""), comment.get("ref", ""))


def _read_old(path: Path) -> Content:
    import xlrd  # type: ignore[import-untyped]

    try:
        book = xlrd.open_workbook(path, formatting_info=False, on_demand=True)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise UnreadableFile(ENCRYPTED) from error
        raise
    budget = Budget()
    blocks: list[Block] = []
    for page in range(1, book.nsheets + 1):
        if budget.was_cut:
            break
        sheet = book.sheet_by_index(page - 1)
        rows = ([_old_cell(cell, book.datemode) for cell in row] for row in sheet.get_rows())
        blocks += sheet_blocks(sheet.name, rows, page, budget)
        book.unload_sheet(page - 1)
    return Content(blocks=blocks, facts=Facts(), pages=book.nsheets, remarks=budget.remarks)


def _old_cell(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return shown(xlrd.xldate_as_datetime(cell.value, datemode))
        except (ValueError, OverflowError):
            return shown(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return shown(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return shown(cell.value)
