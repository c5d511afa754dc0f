"""Office Open XML, the ZIP files of Word, PowerPoint and Excel, brought into readable form.

The libraries read only what Word of 2007 wrote. Here a copy is made, in memory, in
which the strict and macro variants look like the common one and pictures are empty.
"""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

from ingest.office.common import refuse_bomb, refuse_encrypted
from ingest.text import one_line

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
C: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

Parts = dict[str, bytes]
Rewrite = Callable[[Parts], None]

_STRICT: Final = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_VARIANTS: Final = re.compile(
    rb"application/vnd\.(?:ms-(word|powerpoint)\.(?:document|template|presentation|slideshow)"
    rb"\.macroEnabled(?:Template)?|openxmlformats-officedocument\.(wordprocessingml|"
    rb"presentationml)\.(?:template|slideshow))\.main\+xml"
)
_MAIN: Final = {
    b"word": b"wordprocessingml.document",
    b"wordprocessingml": b"wordprocessingml.document",
    b"powerpoint": b"presentationml.presentation",
    b"presentationml": b"presentationml.presentation",
}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_POINTS: Final = 2000


def rewritten(path: Path, rewrite: Rewrite | None = None) -> tuple[io.BytesIO, Parts]:
    """A copy of the file in common form, and its XML parts by name."""
    refuse_encrypted(path)
    copy = io.BytesIO()
    with ZipFile(path) as source:
        refuse_bomb(source)
        parts = {
            name: source.read(name) if name.endswith((".xml", ".rels")) else b""
            for name in source.namelist()
            if not name.endswith("/")
        }
    for name, raw in parts.items():
        if b"purl.oclc.org" in raw:
            parts[name] = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", raw)
    types = "[Content_Types].xml"
    if types in parts:
        parts[types] = _VARIANTS.sub(_common_type, parts[types])
    if rewrite is not None:
        rewrite(parts)
    with ZipFile(copy, "w") as target:
        for name, raw in parts.items():
            target.writestr(name, raw)
    copy.seek(0)
    return copy, parts


def _common_type(match: re.Match[bytes]) -> bytes:
    kind = _MAIN[match.group(1) or match.group(2)]
    return b"application/vnd.openxmlformats-officedocument." + kind + b".main+xml"


def tree(raw: bytes) -> Any:
    """The root element of an XML part; entities are not expanded."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(raw, parser)


def raw_of(root: Any) -> bytes:
    """An XML part from its root element."""
    from lxml import etree

    raw: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return raw


def targets(parts: Parts, name: str) -> dict[str, str]:
    """Names of the parts that a part refers to, by the id of the relationship."""
    folder, base = posixpath.split(name)
    raw = parts.get(f"{folder}/_rels/{base}.rels")
    if raw is None:
        return {}
    return {
        relation.get("Id", ""): posixpath.normpath(
            posixpath.join("/", folder, relation.get("Target", ""))
        ).lstrip("/")
        for relation in tree(raw)
        if relation.get("TargetMode") != "External"
    }


def drawn_lines(parts: Parts, name: str) -> Iterator[str]:
    """The text of a chart or diagram part, a line each; the numbers of a chart as a table."""
    raw = parts.get(name)
    if not raw:
        return
    root = tree(raw)
    if not root.tag.startswith(C):
        for paragraph in root.iter(f"{A}p"):
            words = _words(paragraph)
            if words.strip():
                yield words
        return
    kind = next((each for each in root.iter() if str(each.tag).endswith("Chart")), None)
    shape = re.sub(r"(3D)?Chart$", "", kind.tag.rpartition("}")[2]) if kind is not None else ""
    titles = (
        "".join(t.text or "" for t in title.iter(f"{A}t")) for title in root.iter(f"{C}title")
    )
    yield ": ".join([f"{shape.capitalize()} chart".strip(), *filter(str.strip, titles)])
    series = list(root.iter(f"{C}ser"))
    if not series:
        return
    names = [" ".join(_points(each, "tx").values()) for each in series]
    columns = [_points(each, "val") or _points(each, "yVal") for each in series]
    labels = next((found for each in series if (found := _points(each, "cat"))), {})
    if any(names):
        yield " | ".join(["", *names]).strip()
    for index in sorted({*labels, *(index for column in columns for index in column)}):
        yield " | ".join([labels.get(index, ""), *(each.get(index, "") for each in columns)])


def _words(element: Any) -> str:
    return "".join(text.text or "" for text in element.iter(f"{A}t"))


def _points(series: Any, role: str) -> dict[int, str]:
    """The points that a chart shows in that role, by their index."""
    found: dict[int, str] = {}
    for holder in series.findall(f"{C}{role}"):
        for point in holder.iter(f"{C}pt"):
            index, value = point.get("idx", ""), point.findtext(f"{C}v") or ""
            if index.isdigit() and len(found) < _MOST_POINTS:
                found.setdefault(int(index), value)
    return found


def comment_line(words: str, author: str, written: str, place: str = "") -> str:
    """A comment as one line: who, when and on what, as far as the file says so."""
    by = f" by {author.strip()}" if author.strip() else ""
    on = f" on {place}" if place else ""
    day = f" ({written[:10]})" if _DAY.match(written) else ""
    return f"Comment{by}{on}{day}: {one_line(words)}"
