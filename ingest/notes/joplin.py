"""Joplin's RAW export: a folder, or a .jex (a tar of it), with one file for each item.

Notes, notebooks, tags, attachments and the links between them all are files named by
an id, with their properties below the text. Only the notes become documents; the tags
of a note and the names of its attachments are looked up in the other files, of which
the first 4 KB are read, once for a folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from ingest.document import Document, ParseFailure, Skipped
from ingest.files import read_whole
from ingest.notes import dates, markdown
from ingest.notes.items import author
from ingest.text import decode, html_to_text, one_line

_NAME: Final = re.compile(r"[0-9a-f]{32}\.md\Z")
_LINE: Final = re.compile(r"([a-z][a-z0-9_]{1,40}): ?(.*)\Z")
_RESOURCE: Final = re.compile(r"\(:/([0-9a-f]{32})")
_ITEM_BYTES: Final = 4096
_MOST_ITEMS: Final = 100_000
_NOTE, _RESOURCE_ITEM, _TAG, _NOTE_TAG = "1", "4", "5", "6"
_HTML: Final = "2"


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is named as Joplin names its items."""
    return _NAME.match(path.name) is not None


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The note of an item's file; an item that is none is skipped."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    text, said = _split(decoded)
    if "type_" not in said:
        yield from markdown.parse(path)
    elif said["type_"] != _NOTE:
        yield Skipped(path=path, reason="an item of Joplin's that is no note")
    elif said.get("deleted_time", "0") not in ("", "0"):
        yield Skipped(path=path, reason="in the bin")
    elif said.get("encryption_applied") == "1":
        reason = "is encrypted; decrypt it in Joplin before the export"
        yield ParseFailure(path=path, locator="", reason=reason)
    else:
        yield _note(path, text, said, [remark] if remark else [])


def _note(
    path: Path, text: str, said: dict[str, str], remarks: list[str]
) -> Document | ParseFailure:
    title, _, body = text.partition("\n")
    title = one_line(title)
    if said.get("markup_language") == _HTML:
        body = html_to_text(body)
    if said.get("source_url"):
        body = f"{body.rstrip()}\n\nSource: {one_line(said['source_url'])}"
    note = markdown.note(path, body if body.strip() else title, remarks, name=title)
    if isinstance(note, ParseFailure):
        return note
    said_at = said.get("user_created_time") or said.get("created_time") or ""
    folder = _folder(path.parent, path.parent.stat().st_mtime_ns)
    tags = folder.tags.get(said.get("id", path.stem), [])
    named = (folder.resources.get(found, "") for found in _RESOURCE.findall(body))
    return replace(
        note,
        title=title or note.title,
        created=dates.moment(said_at, remarks) or note.created,
        people=author(said.get("author")),
        attachments=tuple(
            dict.fromkeys([*note.attachments, *(name for name in named if name)])
        ),
        tags=tuple(dict.fromkeys([*tags, *note.tags])),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _split(text: str) -> tuple[str, dict[str, str]]:
    """The text of an item and the properties below it, which a blank line parts."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    said: dict[str, str] = {}
    end = len(lines)
    while end and (match := _LINE.match(lines[end - 1])):
        said[match.group(1)] = match.group(2).strip()
        end -= 1
    if end and lines[end - 1].strip():
        return text, {}
    return "\n".join(lines[:end]), said


@dataclass(slots=True)
class _Folder:
    """What the items of a folder say about its notes."""

    tags: dict[str, list[str]] = field(default_factory=dict)
    """By the id of the note."""
    resources: dict[str, str] = field(default_factory=dict)
    """File names by id."""


@lru_cache(maxsize=2)
def _folder(folder: Path, changed_ns: int) -> _Folder:
    found = _Folder()
    titles: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _NAME.match(entry.name))
    except OSError:
        return found
    for name in names[:_MOST_ITEMS]:
        title, said = _item(folder / name)
        item, kind = said.get("id", name[:32]), said.get("type_")
        if kind == _TAG:
            titles[item] = title
        elif kind == _NOTE_TAG:
            links.append((said.get("note_id", ""), said.get("tag_id", "")))
        elif kind == _RESOURCE_ITEM:
            found.resources[item] = title
    for note, tag in links:
        if titles.get(tag):
            found.tags.setdefault(note, []).append(titles[tag])
    return found


def _item(path: Path) -> tuple[str, dict[str, str]]:
    """The first line of an item and its properties; both only of one without much text."""
    try:
        with path.open("rb") as file:
            raw = file.read(_ITEM_BYTES)
            if len(raw) == _ITEM_BYTES:
                return "", {}  # tags and attachments are short, so this is a note
    except OSError:
        return "", {}
    text, said = _split(raw.decode("utf-8", "replace"))
    return one_line(text.partition("\n")[0]), said
