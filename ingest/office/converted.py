"""Formats that `unstructured` has another program convert: pandoc or LibreOffice.

EPUB, OpenDocument text and RTF become HTML by pandoc, which comes with the package;
.doc and .ppt need LibreOffice to be installed. The text of the HTML is `html_to_text`'s.
A short letter takes 0.1 s, a book 1 s.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote
from zipfile import ZipFile

from ingest.document import Document, ParseFailure, Person, Role
from ingest.errors import UnreadableFile
from ingest.office import opendocument, slides, web, word
from ingest.office.common import (
    Block,
    Content,
    Facts,
    configure,
    failure,
    iso_date,
    plausible,
    prepare,
    read_document,
    refuse_bomb,
    refuse_encrypted,
)
from ingest.office.ooxml import tree
from ingest.text import html_to_text, one_line

__all__ = ["configure", "parse_doc", "parse_epub", "parse_odt", "parse_ppt", "parse_rtf"]

_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_OPF: Final = "{http://www.idpf.org/2007/opf}"
_MIME: Final = re.compile(
    rb"\A(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?MIME-Version:", re.IGNORECASE
)
_HEADING: Final = re.compile(r"<h([1-3])\b[^<>]*>(.{0,2000}?)</h\1>", re.IGNORECASE | re.DOTALL)
_RTF_DATE: Final = re.compile(
    rb"\\creatim\s*\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})(?:\\hr(\d{1,2}))?(?:\\min(\d{1,2}))?"
)
_RTF_TITLE: Final = re.compile(rb"\{\\title\s+([^{}\\]{1,300})\}")


def parse_epub(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a book; its chapters are sections."""
    yield read_document(path, _read_epub)


def parse_odt(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of an OpenDocument text."""
    yield read_document(path, _read_odt)


def parse_rtf(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of an RTF file."""
    yield read_document(path, _read_rtf)


def _html(path: Path, form: str) -> str:
    prepare()
    from unstructured.file_utils.file_conversion import convert_file_to_html_text_using_pandoc

    return web.flat_cells(convert_file_to_html_text_using_pandoc(form, str(path)))


def _read_odt(path: Path) -> Content:
    facts, _ = opendocument.odf_facts(path)
    html = _html(path, "odt")
    return Content(blocks=list(_chapters(html, sections=False)), facts=facts)


def _read_rtf(path: Path) -> Content:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if not head.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile("is damaged or not what its name says")
    match = _RTF_TITLE.search(head)
    title = match.group(1).decode("cp1252", "replace") if match else ""
    created = None
    if found := _RTF_DATE.search(head):
        year, month, day, hour, minute = (int(each or 0) for each in found.groups())
        try:
            created = plausible(datetime(year, month, day, hour, minute, tzinfo=UTC))
        except ValueError:
            created = None
    html = _html(path, "rtf")
    facts = Facts(title=title, created=created)
    return Content(blocks=list(_chapters(html, sections=False)), facts=facts)


def _chapters(html: str, *, sections: bool) -> Iterator[Block]:
    """A block for each stretch of the HTML that begins with a heading."""
    starts = [match.start() for match in _HEADING.finditer(html)]
    for start, end in zip([0, *starts], [*starts, len(html)], strict=True):
        match = _HEADING.match(html, start)
        heading = one_line(html_to_text(match.group(2))) if match else ""
        text = html_to_text(html[start:end])
        if text.strip():
            label = heading if sections else ""
            yield Block(text=text, is_title=bool(heading), section=label)


# --- EPUB ----------------------------------------------------------------------


def _read_epub(path: Path) -> Content:
    facts = _epub_facts(path)
    html = _html(path, "epub")
    return Content(blocks=list(_chapters(html, sections=True)), facts=facts)


def _epub_facts(path: Path) -> Facts:
    """Title, authors and date of a book. Refuses one with copy protection."""
    with ZipFile(path) as book:
        refuse_bomb(book)
        names = book.namelist()
        container = tree(book.read("META-INF/container.xml"))
        package = next(
            (root.get("full-path", "") for root in container.iter("{*}rootfile")), ""
        )
        root = tree(book.read(package))
        if "META-INF/rights.xml" in names or _is_protected(book, names):
            raise UnreadableFile("is copy-protected")
    authors = [one_line(creator.text or "") for creator in root.iter(f"{_DC}creator")]
    dates = (iso_date(date.text or "") for date in root.iter(f"{_DC}date"))
    return Facts(
        title=next((title.text or "" for title in root.iter(f"{_DC}title")), ""),
        created=next((date for date in dates if date is not None), None),
        people=tuple(
            Person(name=name, address="", role=Role.AUTHOR)
            for name in dict.fromkeys(authors)
            if name
        ),
    )


def _is_protected(book: ZipFile, names: list[str]) -> bool:
    if "META-INF/encryption.xml" not in names:
        return False
    encrypted = tree(book.read("META-INF/encryption.xml")).iter("{*}CipherReference")
    # Fonts are often scrambled; that does not touch the text.
    return any(
        unquote(each.get("URI", "")).lower().endswith((".html", ".xhtml", ".htm", ".opf"))
        for each in encrypted
    )


# --- what needs LibreOffice ----------------------------------------------------


def parse_doc(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a Word file from before 2007, or of what is called one."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.lstrip().startswith(b"{\\rtf"):
        yield from parse_rtf(path)
    elif head.startswith(b"PK"):
        yield from word.parse(path)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<html", b"<!doctype html")):
        yield from web.parse(path)
    elif _MIME.search(head):
        yield from web.parse_mht(path)  # what Confluence exports as a Word file
    else:
        yield from _by_libreoffice(path, "docx")


def parse_ppt(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a presentation from before 2007."""
    yield from _by_libreoffice(path, "pptx")


def _by_libreoffice(path: Path, target: str) -> Iterator[Document | ParseFailure]:
    if not path.stat().st_size:
        yield failure(path, "is empty")
        return
    try:
        refuse_encrypted(path)
    except UnreadableFile as error:
        yield failure(path, str(error))
        return
    except Exception as error:
        yield failure(path, f"is damaged or not what its name says ({type(error).__name__})")
        return
    if shutil.which("soffice") is None:
        yield failure(path, f"needs LibreOffice to be read; install it, or save as .{target}")
        return
    with tempfile.TemporaryDirectory(prefix="life-archive-") as folder:
        converted = _convert(path, Path(folder), target)
        if converted is None:
            yield failure(path, "is damaged or not what its name says (LibreOffice)")
            return
        parse = word.parse if target == "docx" else slides.parse
        for item in parse(converted):
            yield _of(item, path)


def _convert(path: Path, folder: Path, target: str) -> Path | None:
    prepare()
    from unstructured.partition.common.common import convert_office_doc

    try:
        convert_office_doc(str(path), str(folder), target_format=target)
    except Exception:
        return None
    return next(folder.glob(f"*.{target}"), None)


def _of(item: Document | ParseFailure, path: Path) -> Document | ParseFailure:
    from dataclasses import replace

    from ingest.files import display_stem

    if isinstance(item, Document) and item.title == display_stem(item.path):
        return replace(item, path=path, title=display_stem(path))
    return replace(item, path=path)
