"""PDF files with a text layer, read by `unstructured`; pages without text keep their number.

Tables and writing from right to left are taken from PDFium, which keeps their lines.
A page takes about 60 ms.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure
from ingest.errors import UnreadableFile
from ingest.office.common import (
    ENCRYPTED,
    Block,
    Content,
    Facts,
    blocks_of,
    configure,
    plausible,
    prepare,
    read_document,
)
from ingest.text import normalise

__all__ = ["NO_TEXT_LAYER", "configure", "parse", "pdf_facts", "readable_letters"]

NO_TEXT_LAYER: Final = "has no text layer"

_PICTURES: Final = "It has pages that are only pictures, which were not read: {}."
_FEW_NUMBERS: Final = 20
_NUMBERS_SHARE: Final = 0.15
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_ALEFS: Final = "\u0622\u0623\u0625\u0627"
_LAM: Final = "\u0644"
_FORMS: Final = re.compile("[\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc]")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a PDF."""
    yield read_document(path, _read)


def _read(path: Path) -> Content:
    prepare()
    facts, pages = pdf_facts(path)
    blocks, pictures = _blocks(path)
    if not blocks:
        raise UnreadableFile(NO_TEXT_LAYER)
    remarks = (_PICTURES.format(", ".join(map(str, pictures))),) if pictures else ()
    return Content(blocks=blocks, facts=facts, pages=pages, remarks=remarks)


def pdf_facts(path: Path) -> tuple[Facts, int]:
    """What the PDF says about itself, and how many pages it has."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile(ENCRYPTED)
        pages = len(reader.pages)
    except (DependencyError, FileNotDecryptedError) as error:
        raise UnreadableFile(ENCRYPTED) from error
    title, created = "", None
    try:  # the metadata is a bonus: a fault there does not cost the text
        if reader.metadata is not None:
            title = str(reader.metadata.title or "")
            created = reader.metadata.creation_date
    except Exception:
        created = None
    return Facts(title=title, created=plausible(created)), pages


def _blocks(path: Path) -> tuple[list[Block], list[int]]:
    """The blocks of all pages, and the numbers of pages that are only a picture."""
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]
    from unstructured.partition.pdf import partition_pdf

    by_page: dict[int, list[Block]] = {}
    pictures = []
    for block in blocks_of(partition_pdf(str(path), strategy="fast", languages=[""])):
        block = Block(
            text=readable_letters(block.text), page=block.page, is_title=block.is_title
        )
        by_page.setdefault(block.page, []).append(block)
    # It reads a table column by column, so that no number stands beside its name any
    # more, Arabic and Hebrew letter by letter from the left, and of a few files it reads
    # nothing; there PDFium's lines are taken.
    with PdfDocument(path) as pdf:
        for number in range(1, len(pdf) + 1):
            blocks = by_page.get(number, [])
            if not blocks or _is_tabular(blocks) or _is_from_right(blocks):
                lines = _page_lines(pdf[number - 1], from_right=_is_from_right(blocks))
                if lines.strip():
                    titles = [block for block in blocks if block.is_title]
                    is_title = bool(titles) and lines.startswith(titles[0].text)
                    by_page[number] = [Block(text=lines, page=number, is_title=is_title)]
                elif not blocks and _has_picture(pdf[number - 1]):
                    pictures.append(number)
    return [block for number in sorted(by_page) for block in by_page[number]], pictures


def _has_picture(page: Any) -> bool:
    from pypdfium2 import raw

    return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))


def _is_tabular(blocks: list[Block]) -> bool:
    """Whether so many of a page's words are numbers that they must be a table's."""
    words = " ".join(block.text for block in blocks).split()
    numbers = sum(any(map(str.isdigit, word)) for word in words)
    return numbers >= _FEW_NUMBERS and numbers > len(words) * _NUMBERS_SHARE


def _is_from_right(blocks: list[Block]) -> bool:
    text = "".join(block.text for block in blocks)
    return len(_RIGHT_TO_LEFT.findall(text)) * 5 > len(text)


def _page_lines(page: Any, *, from_right: bool) -> str:
    text_page = page.get_textpage()
    text = _right_to_left(text_page) if from_right else text_page.get_text_range()
    # U+FFFE is PDFium's mark for a hyphen at a line's end.
    return readable_letters(normalise(text.replace("\ufffe", "-")))


def _right_to_left(text_page: Any) -> str:
    """The text of a page, its ligatures of lam and alef the right way round again.

    PDFium turns a line letter by letter, and so the two letters of one sign as well;
    these stand on the same spot.
    """
    from pypdfium2 import raw

    letters = [
        chr(raw.FPDFText_GetUnicode(text_page, index))
        for index in range(text_page.count_chars())
    ]

    def spot(index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(text_page, index, x, y)
        return x.value, y.value

    for index in range(len(letters) - 1):
        if (
            letters[index] in _ALEFS
            and letters[index + 1] == _LAM
            and spot(index) == spot(index + 1)
        ):
            letters[index : index + 2] = _LAM, letters[index]
    return "".join(letters)


def readable_letters(text: str) -> str:
    """Ligatures and the shapes of Arabic letters as the letters that people search for."""
    return normalise(_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text))
