"""Roam Research's JSON export: all pages in one file, a document for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure
from ingest.notes import dates, marks
from ingest.notes.items import Locators, load_json, mappings
from ingest.text import normalise, one_line

_START: Final = re.compile(rb"\s*\[\s*\{")
_PAGE: Final = re.compile(rb'"(?:title|string)"\s*:')
_OWN: Final = re.compile(rb'"(?:create-time|edit-time|uid|:create/user|:edit/user)"\s*:')
_DAY: Final = re.compile(r"([A-Z][a-z]+) (\d{1,2})(?:st|nd|rd|th), (\d{4})\Z")
_REFERENCE: Final = re.compile(r"\(\(([\w-]{9,12})\)\)")
_TODO: Final = re.compile(r"\{\{(?:\[\[)?(TODO|DONE)(?:\]\])?\}\}")
_DEEPEST: Final = 200


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is the JSON of a Roam graph."""
    return (
        path.suffix.lower() == ".json"
        and _START.match(head) is not None
        and b'"children"' in head
        and b'"string"' in head
        and _PAGE.search(head) is not None
        and _OWN.search(head) is not None
    )


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The pages of a graph, in file order; those without text only if all are."""
    read = load_json(path)
    if isinstance(read, ParseFailure):
        yield read
        return
    pages = mappings(read[0])
    blocks = _blocks(pages)
    locators = Locators()
    found = False
    for page in pages:
        title = one_line(str(page.get("title") or ""))
        text = normalise("\n".join(_lines(page, blocks)))
        if title and text.strip():
            found = True
            yield _document(path, page, title, text, locators.of(title))
    if not found:
        yield ParseFailure(path=path, locator="", reason="holds no pages with text")


def _document(
    path: Path, page: dict[str, object], title: str, text: str, locator: str
) -> Document:
    remarks: list[str] = []
    found = marks.scan(text)
    when = _day(title, remarks) or dates.since_1970(
        page.get("create-time"), remarks, per_second=1000
    )
    if when is None:
        times = (block.get("create-time") for block in mappings(page.get("children")))
        earliest = min((time for time in times if isinstance(time, int)), default=None)
        when = dates.since_1970(earliest, remarks, per_second=1000)
    return Document(
        path=path,
        locator=locator,
        kind=Kind.NOTE,
        title=marks.plain(title),
        text=text,
        created=when,
        sections=found.sections,
        attachments=marks.file_names(found.embeds),
        tags=found.tags,
        remarks=tuple(remarks),
    )


def _day(title: str, remarks: list[str]) -> datetime | None:
    """The day of a page of daily notes, such as `March 5th, 2024`."""
    match = _DAY.match(title)
    return dates.moment("{} {}, {}".format(*match.groups()), remarks) if match else None


def _blocks(pages: list[dict[str, object]]) -> dict[str, str]:
    """The text of every block by its id, for references to it."""
    found: dict[str, str] = {}
    waiting = list(pages)
    while waiting:
        block = waiting.pop()
        if isinstance(block.get("string"), str):
            found[str(block.get("uid"))] = one_line(str(block["string"]))
        waiting += mappings(block.get("children"))
    return found


def _lines(page: dict[str, object], blocks: dict[str, str]) -> Iterator[str]:
    """The blocks of a page as a list, nested as they are."""
    waiting = [(block, 0) for block in reversed(mappings(page.get("children")))]
    while waiting:
        block, depth = waiting.pop()
        string = _REFERENCE.sub(
            lambda found: blocks.get(found.group(1), found.group()),
            str(block.get("string") or ""),
        )
        string = _TODO.sub(lambda todo: "[ ]" if todo.group(1) == "TODO" else "[x]", string)
        level = block.get("heading")
        heading = "#" * level + " " if isinstance(level, int) and 0 < level < 7 else ""
        if string.strip():
            indent = "  " * min(depth, _DEEPEST)
            yield f"{indent}- {heading}{string.strip()}"
        children = reversed(mappings(block.get("children")))
        waiting += [(child, depth + 1) for child in children]
