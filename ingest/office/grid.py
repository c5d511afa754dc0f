"""Spreadsheets as text: a line a row, `cell | cell`, one page a sheet.

Every twenty rows a section begins whose label names the sheet, the rows and the
header, so that a passage from the middle of a table still says what its columns are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from ingest.office.common import Block
from ingest.text import one_line

MAX_CELLS: Final = 200_000
SECTION_ROWS: Final = 20

_LONGEST_HEADER: Final = 200
_HEADER_ROWS: Final = 10
_LONGEST_CELL: Final = 32_767
"""What a spreadsheet program allows in one."""


@dataclass(slots=True)
class Budget:
    """How many cells may still be read of a file."""

    cells: int = MAX_CELLS
    was_cut: bool = field(default=False)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to say about the file if not all of it was read."""
        if not self.was_cut:
            return ()
        return (f"Only its first {MAX_CELLS:,} cells were read; it has more.",)


def sheet_blocks(
    name: str, rows: Iterable[Sequence[str]], page: int, budget: Budget
) -> Iterator[Block]:
    """A block for every twenty rows of a sheet; the first also names it.

    `rows` are cells as text, from row 1 on; empty ones count but are not written.
    """
    waiting: list[str] = []
    first = last = 0
    header = ""
    begun = False
    for number, row in enumerate(rows, 1):
        budget.cells -= max(len(row), 1)
        if budget.cells < 0:
            budget.was_cut = True
            break
        cells = _trimmed(row)
        if not cells:
            continue
        line = " | ".join(cells)
        # The first rows are often a title over the table; the header is the first that
        # has several cells.
        if not header and sum(map(bool, cells)) > 1 and number <= _HEADER_ROWS:
            header = line[:_LONGEST_HEADER]
        first = first or number
        last = number
        waiting.append(line)
        if len(waiting) == SECTION_ROWS:
            yield _block(name, waiting, first, last, header, page, begun)
            waiting, first, begun = [], 0, True
    if waiting:
        yield _block(name, waiting, first, last, header, page, begun)


def _trimmed(row: Sequence[str]) -> list[str]:
    """The cells of a row without the empty ones at its ends, each on one line."""
    cells = [one_line(cell[:_LONGEST_CELL]) if cell else "" for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    begin = next((index for index, cell in enumerate(cells) if cell), 0)
    return cells[begin:]


def _block(
    name: str, lines: list[str], first: int, last: int, header: str, page: int, begun: bool
) -> Block:
    place = f"Sheet {name}, rows {first}-{last}" if name else f"Rows {first}-{last}"
    label = f"{place}: {header}" if header else place
    text = "\n".join(lines)
    if name and not begun:
        text = f"Sheet {name}\n{text}"
    return Block(text=text, page=page, section=label)


def shown(value: object, number_format: str = "") -> str:
    """A cell's value about as its program shows it."""
    match value:
        case None | "":
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return f"{value * 100}%" if number_format.endswith("%") else str(value)
        case float():
            if number_format.endswith("%"):
                return f"{value * 100:.10g}%"
            return (
                str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
            )
        case datetime():
            at_midnight = value.time() == time()
            return value.date().isoformat() if at_midnight else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes" if not value.second else "seconds")
        case timedelta():
            return str(value)
    return str(value)
