"""Spreadsheets and CSV: every passage knows its columns, values are as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from ingest import office
from ingest.document import Document, ParseFailure
from ingest.office import delimited, grid, sheets


def only(items: Iterator[Document | ParseFailure]) -> Document:
    (found,) = items
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "", ""),
        (True, "", "TRUE"),
        (3, "General", "3"),
        (3.0, "", "3"),
        (0.1 + 0.2, "", "0.3"),
        (0.125, "0.0%", "12.5%"),
        (1, "0%", "100%"),
        (datetime(2014, 2, 3), "", "2014-02-03"),
        (datetime(2014, 2, 3, 17, 5), "", "2014-02-03 17:05"),
        (date(2014, 2, 3), "", "2014-02-03"),
        (time(17, 5), "", "17:05"),
        (float("nan"), "", "nan"),
        (float("inf"), "", "inf"),
    ],
)
def test_values_are_shown_as_people_see_them(value: object, form: str, text: str) -> None:
    assert grid.shown(value, form) == text


def test_every_section_names_its_rows_and_the_header_and_begins_with_them() -> None:
    rows = [["Title of it all"], ["Id", "Name"], *([str(n), f"Person {n}"] for n in range(50))]
    blocks = list(grid.sheet_blocks("People", rows, 1, grid.Budget()))
    assert [block.section for block in blocks] == [
        "Sheet People, rows 1-20: Id | Name",
        "Sheet People, rows 21-40: Id | Name",
        "Sheet People, rows 41-52: Id | Name",
    ]
    assert blocks[1].text.startswith("18 | Person 18\n")


def test_empty_rows_count_but_are_not_written() -> None:
    (block,) = grid.sheet_blocks("", [["a", "b"], [], ["", ""], ["", "c"]], 0, grid.Budget())
    assert (block.text, block.section) == ("a | b\nc", "Rows 1-4: a | b")


def test_a_huge_workbook_is_cut_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid.Budget, "__init__", lambda self: _small(self))
    book = openpyxl.Workbook()
    for number in range(30):
        book.active.append([number, "x"])
    book.create_sheet("later").append(["never read"])
    book.save(tmp_path / "huge.xlsx")
    found = only(sheets.parse(tmp_path / "huge.xlsx"))
    assert found.remarks == ("Only its first 200,000 cells were read; it has more.",)
    assert "9 | x" in found.text
    assert "10 | x" not in found.text
    assert "never read" not in found.text
    assert len(found.page_starts) == 2


def _small(budget: grid.Budget) -> None:
    budget.cells, budget.was_cut = 20, False


def test_merged_cells_reach_each_row_but_a_title_does_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["The costs"], ["2014", "May", 7], [None, "June", 9], ["x", "y", "z"]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "merged.xlsx")
    lines = only(sheets.parse(tmp_path / "merged.xlsx")).text.split("\n")
    assert lines[1:] == [
        "The costs",
        "2014 | May | 7",
        "2014 | June | 9",
        "x | y | z",
    ]


def test_an_empty_workbook_is_a_failure(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    (found,) = sheets.parse(tmp_path / "empty.xlsx")
    assert isinstance(found, ParseFailure)
    assert found.reason == "has no readable text"


# --- CSV -------------------------------------------------------------------------


def csv(tmp_path: Path, raw: bytes, name: str = "table.csv") -> Document | ParseFailure:
    path = tmp_path / name
    path.write_bytes(raw)
    (found,) = office.parse_csv(path)
    return found


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str, tmp_path: Path) -> None:
    rows = [["Name", "Note"], ["Ada", "a, b and c; d"], ["Ben", "none"]]
    quoted = "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    found = csv(tmp_path, quoted.encode())
    assert isinstance(found, Document)
    assert found.text == "Name | Note\nAda | a, b and c; d\nBen | none"


def test_excels_own_mark_for_the_separator(tmp_path: Path) -> None:
    found = csv(tmp_path, b"sep=;\na,1;b,2\nc,3;d,4\n")
    assert isinstance(found, Document)
    assert found.text == "a,1 | b,2\nc,3 | d,4"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "cp1252"])
def test_charsets(charset: str, tmp_path: Path) -> None:
    found = csv(tmp_path, "Straße,Ort\nMühle,Köln\n".encode(charset))
    assert isinstance(found, Document)
    assert found.text == "Straße | Ort\nMühle | Köln"


def test_a_line_break_in_a_cell_stays_in_its_row(tmp_path: Path) -> None:
    found = csv(tmp_path, b'a,"one\ntwo"\nb,three\n')
    assert isinstance(found, Document)
    assert found.text == "a | one two\nb | three"


def test_only_the_beginning_of_a_large_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MAX_BYTES", 1 << 20)
    found = csv(tmp_path, b"name,place\n" * 200_000)
    assert isinstance(found, Document)
    assert found.remarks == ("Only its first 1 MB were read; it is larger.",)
    assert found.text.count("\n") < 110_000


def test_a_quotation_mark_that_never_ends_costs_nothing(tmp_path: Path) -> None:
    found = csv(tmp_path, b'a,b\n"c,d\n' + b"row,x\n" * 300_000)
    assert isinstance(found, Document)
    assert found.text.count("row | x") == 300_000
    assert "quotation marks" in found.remarks[0]


@pytest.mark.parametrize("raw", [b"\n\n", b",,,\n", b"\x00" * 1000, b"   "])
def test_a_table_without_words_is_a_failure(raw: bytes, tmp_path: Path) -> None:
    found = csv(tmp_path, raw)
    assert isinstance(found, ParseFailure)
    assert found.reason == "has no readable text"
