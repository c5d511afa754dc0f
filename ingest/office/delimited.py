"""Tables in plain text, .csv and .tsv; the separator is found from the first lines.

Read a row at a time in this process: 1 MB takes 0.3 s, and of a file over 20 MB only
the beginning is read.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from ingest.document import Document, ParseFailure
from ingest.office.common import Block, Content, Facts, read_document
from ingest.office.grid import Budget, sheet_blocks
from ingest.text import decode

MAX_BYTES: Final = 20 << 20

_SAMPLE_CHARS: Final = 32_768
_SAMPLE_ROWS: Final = 50
_SEPARATORS: Final = ",;\t|"
_NO_LIMIT: Final = 1 << 40


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a table."""
    yield read_document(path, _read)


def _read(path: Path) -> Content:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    remarks: tuple[str, ...] = ()
    if len(raw) > MAX_BYTES:
        raw = raw[: raw.rfind(b"\n", 0, MAX_BYTES) + 1 or MAX_BYTES]
        remarks = (f"Only its first {MAX_BYTES >> 20} MB were read; it is larger.",)
    if raw.count(b"\x00") * 3 > len(raw) and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Content(blocks=[], facts=Facts())
    text, remark = decode(raw)
    text = text.replace("\x00", "")
    found = list(filter(None, (remark, *remarks)))
    try:
        blocks = list(_blocks(text, csv.QUOTE_MINIMAL))
    except csv.Error:
        blocks = list(_blocks(text, csv.QUOTE_NONE))
        found.append("Its quotation marks do not match; they were kept as text.")
    return Content(blocks=blocks, facts=Facts(), remarks=tuple(found))


def _blocks(text: str, quoting: Literal[0, 3]) -> Iterator[Block]:
    separator = _separator(text[:_SAMPLE_CHARS])
    if text[:4].lower() == "sep=":  # Excel's own mark
        text = text.partition("\n")[2]
    rows = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, quoting=quoting, strict=False
    )
    yield from sheet_blocks("", rows, 0, Budget(cells=_NO_LIMIT))


def _separator(sample: str) -> str:
    """The character that parts most lines into the same number of cells."""
    first = sample.partition("\n")[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    lines = io.StringIO(sample.rpartition("\n")[0] or sample, newline="")

    def fitness(separator: str) -> tuple[float, int]:
        lines.seek(0)
        try:
            found = csv.reader(lines, delimiter=separator)
            rows = list(itertools.islice(found, _SAMPLE_ROWS))
        except csv.Error:
            return 0, 0
        widths = [len(row) for row in rows if row]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths) if usual > 1 else 0, usual)

    return max(_SEPARATORS, key=fitness)
