"""Presentations (.pptx and its variants), read by `unstructured` from a rewritten copy.

A slide is a page. To what it reads, each slide gets its charts, its speaker notes and
its comments. A slide takes about 20 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure
from ingest.office.common import (
    Block,
    Content,
    Facts,
    blocks_of,
    configure,
    plausible,
    prepare,
    read_document,
)
from ingest.office.ooxml import (
    A,
    Parts,
    comment_line,
    drawn_lines,
    raw_of,
    rewritten,
    targets,
    tree,
)
from ingest.text import normalise

__all__ = ["configure", "parse"]

_MOST_REPEATED: Final = 10_000
_LONGEST_REPEATED: Final = 80


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a presentation."""
    yield read_document(path, _read)


def _read(path: Path) -> Content:
    file, parts = rewritten(path, _rewrite)
    prepare()
    import pptx
    from unstructured.partition.pptx import partition_pptx

    presentation = pptx.Presentation(file)
    properties = presentation.core_properties
    facts = Facts(title=properties.title or "", created=plausible(properties.created))
    file.seek(0)
    found = blocks_of(partition_pptx(file=file, languages=[""]))
    authors = _authors(parts)
    for number, slide in enumerate(presentation.slides, 1):
        # `include_slide_notes` would put the notes before the slide that they speak about.
        frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        beside = list(_drawn(parts, slide.part.partname.lstrip("/")))
        if frame is not None and frame.text.strip():
            beside.append(f"Notes: {frame.text}")
        beside += _comments(parts, slide.part.partname.lstrip("/"), authors)
        for words in beside:
            text = normalise(words)
            if text.strip():
                found.append(Block(text=text, page=number))
    found.sort(key=lambda block: block.page)
    return Content(blocks=found, facts=facts, pages=len(presentation.slides))


def _rewrite(parts: Parts) -> None:
    for name, raw in parts.items():
        if name.startswith("ppt/slides/slide") and (b"Merge=" in raw or b"Span=" in raw):
            root = tree(raw)
            _repeat_merged(root)
            parts[name] = raw_of(root)


def _repeat_merged(root: Any) -> None:
    """A short cell that goes over several columns or rows says its words in each."""
    left = _MOST_REPEATED
    for table in root.iter(f"{A}tbl"):
        above: dict[int, Any] = {}
        for row in table.findall(f"{A}tr"):
            beside = None
            cells = row.findall(f"{A}tc")
            whole = bool(cells) and cells[0].get("gridSpan") == str(len(cells))
            for column, cell in enumerate(cells):
                origin = None
                if cell.get("vMerge"):
                    origin = above.get(column)
                elif cell.get("hMerge"):
                    origin = None if whole else beside
                if origin is not None and left > 0 and _is_short(origin):
                    left -= 1
                    for old in list(cell):
                        cell.remove(old)
                    cell.extend(deepcopy(each) for each in origin)
                beside = above[column] = cell
            for cell in cells:
                for name in ("gridSpan", "rowSpan", "hMerge", "vMerge"):
                    cell.attrib.pop(name, None)


def _is_short(cell: Any) -> bool:
    return sum(len(text.text or "") for text in cell.iter(f"{A}t")) <= _LONGEST_REPEATED


def _drawn(parts: Parts, slide: str) -> Iterator[str]:
    for name in targets(parts, slide).values():
        if "/charts/chart" in name or "/diagrams/data" in name:
            yield "\n".join(drawn_lines(parts, name))


def _authors(parts: Parts) -> dict[str, str]:
    """Names of those who commented, by the ids that comments give."""
    found = {}
    for name in ("ppt/commentAuthors.xml", "ppt/authors.xml"):
        if name in parts:
            for author in tree(parts[name]):
                found[author.get("id", "")] = author.get("name", "")
    return found


def _comments(parts: Parts, slide: str, authors: dict[str, str]) -> Iterator[str]:
    for name in targets(parts, slide).values():
        if "/comments/" not in name or not parts.get(name):
            continue
        for comment in tree(parts[name]).iter("{*}cm", "{*}reply"):
            own = [each for each in comment if not each.tag.endswith("replyLst")]
            words = " ".join(
                text.text or "" for each in own for text in each.iter("{*}text", f"{A}t")
            )
            author = authors.get(comment.get("authorId", ""), "")
            if words.strip():
                written = comment.get("dt") or comment.get("created") or ""
                yield comment_line(words, author, written)
