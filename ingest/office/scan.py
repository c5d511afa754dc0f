"""Pictures and scanned PDF pages, read by tesseract if it is installed.

`unstructured`'s own way, `partition_image(strategy="ocr_only")`, runs the same program
but imports torch for it, which takes 6 s and 600 MB; so its pytesseract is called directly. A
page takes 1 to 3 s, a photo of 12 megapixels without text 2 s.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure, Skipped
from ingest.errors import UnreadableFile
from ingest.office.common import Block, Content, Facts, configure, plausible, read_document
from ingest.office.pdf import NO_TEXT_LAYER, pdf_facts, readable_letters
from ingest.text import normalise

__all__ = ["configure", "has_tesseract", "parse_image", "parse_pdf"]

MOST_PAGES: Final = 50
PAGE_S: Final = 60
"""Seconds that one page may take."""
REMARK: Final = "Its text was read by OCR; it may hold mistakes."
NO_TEXT: Final = "a picture without text"
NEEDS_OCR: Final = "needs OCR"
PDF_NEEDS_OCR: Final = f"{NO_TEXT_LAYER}; needs OCR: install tesseract-ocr"

_DPI: Final = 200
_MOST_PIXELS: Final = 40_000_000
_FEWEST_WORDS: Final = 3
_SMALLEST_SIDE: Final = 64
_SMALLEST_BYTES: Final = 2048
_SURE: Final = 50  # of 100; below it tesseract guesses letters into trees and faces


def has_tesseract() -> bool:
    """Whether the program is installed."""
    return shutil.which("tesseract") is not None


def skip_unseen(path: Path) -> Skipped | None:
    """Why a picture need not be looked at, if so."""
    size = path.stat().st_size
    if 0 < size < _SMALLEST_BYTES:
        return Skipped(path=path, reason=NO_TEXT)
    if size and not has_tesseract():
        return Skipped(path=path, reason=NEEDS_OCR)
    return None


def parse_image(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The one document of a picture, if there is text in it."""
    found = read_document(path, _read_image)
    if isinstance(found, ParseFailure) and found.reason in (NO_TEXT, NEEDS_OCR):
        yield Skipped(path=path, reason=found.reason)
    else:
        yield found


def _read_image(path: Path) -> Content:
    from PIL import Image, ImageOps

    if path.suffix.lower() in (".heic", ".heif"):
        from pi_heif import register_heif_opener  # type: ignore[import-untyped]

        register_heif_opener()
    Image.MAX_IMAGE_PIXELS = 4 * _MOST_PIXELS
    with Image.open(path) as image:
        if min(image.size) < _SMALLEST_SIDE:
            raise UnreadableFile(NO_TEXT)
        if not has_tesseract():
            raise UnreadableFile(NEEDS_OCR)
        created = _taken(image)
        frames = min(getattr(image, "n_frames", 1), MOST_PAGES) if image.format == "TIFF" else 1
        texts = []
        for frame in range(frames):
            image.seek(frame)
            texts.append(_words(ImageOps.exif_transpose(image)))
    if sum(len(text.split()) for text in texts) < _FEWEST_WORDS:
        raise UnreadableFile(NO_TEXT)
    blocks = [Block(text=text, page=page) for page, text in enumerate(texts, 1) if text]
    pages = frames if frames > 1 else 0
    return Content(blocks=blocks, facts=Facts(created=created), pages=pages, remarks=(REMARK,))


def _taken(image: Any) -> Any:
    """When a photo was taken, from its EXIF data; UTC stands for the unknown timezone."""
    from datetime import datetime

    try:
        exif = image.getexif()
        written = exif.get_ifd(0x8769).get(0x9003) or exif.get(0x0132)
        return plausible(datetime.strptime(str(written)[:19], "%Y:%m:%d %H:%M:%S"))
    except (ValueError, AttributeError, KeyError, TypeError, OSError):
        return None


def parse_pdf(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a scanned PDF; a page that shows no text is empty."""
    yield read_document(path, _read_pdf)


def _read_pdf(path: Path) -> Content:
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

    if not has_tesseract():
        raise UnreadableFile(PDF_NEEDS_OCR)
    facts, pages = pdf_facts(path)
    blocks = []
    with PdfDocument(path) as pdf:
        for number in range(1, min(len(pdf), MOST_PAGES) + 1):
            page = pdf[number - 1]
            width, height = page.get_size()
            scale = min(_DPI / 72, (_MOST_PIXELS / max(width * height, 1)) ** 0.5)
            text = _words(page.render(scale=scale, grayscale=True).to_pil())
            if text:
                blocks.append(Block(text=text, page=number))
    if not blocks:
        raise UnreadableFile(f"{NO_TEXT_LAYER}, and OCR found no text")
    remarks = [REMARK]
    if pages > MOST_PAGES:
        remarks.append(f"Only its first {MOST_PAGES} pages were read; it has {pages}.")
    return Content(blocks=blocks, facts=facts, pages=pages, remarks=tuple(remarks))


def _words(image: Any) -> str:
    """The text on a picture, its lines kept; words it is not sure of only beside others."""
    import os

    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # more threads make it slower
    import unstructured_pytesseract as tesseract  # type: ignore[import-untyped]

    image = image.convert("L")
    if image.width * image.height > _MOST_PIXELS:
        image.thumbnail((6300, 6300))
    try:
        rows = tesseract.image_to_data(
            image, lang=_languages(), timeout=PAGE_S, output_type=tesseract.Output.DICT
        )
    except RuntimeError as error:  # its timeout, or tesseract's own complaint
        raise UnreadableFile("its text could not be read by OCR") from error
    return readable_letters(normalise("\n".join(_sure_lines(rows))))


def _sure_lines(rows: dict[str, list[Any]]) -> Iterator[str]:
    """The lines that tesseract is sure of on average; a blank one between paragraphs."""
    lines: dict[tuple[int, int, int], list[tuple[str, float]]] = {}
    for text, sure, *place in zip(
        rows["text"],
        rows["conf"],
        rows["block_num"],
        rows["par_num"],
        rows["line_num"],
        strict=True,
    ):
        if str(text).strip():
            key = (int(place[0]), int(place[1]), int(place[2]))
            lines.setdefault(key, []).append((str(text), float(sure)))
    last = None
    for (block, paragraph, _), words in lines.items():
        if sum(sure for _, sure in words) < _SURE * len(words):
            continue
        if last not in (None, (block, paragraph)):
            yield ""
        last = (block, paragraph)
        yield " ".join(word for word, _ in words)


def _languages() -> str:
    """All that tesseract has installed, English first; `osd` is no language."""
    import unstructured_pytesseract as tesseract

    found = [name for name in tesseract.get_languages() if name not in ("osd", "equ", "snum")]
    found.sort(key=lambda name: (name != "eng", name))
    return "+".join(found[:4]) or "eng"
