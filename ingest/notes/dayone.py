"""Day One's JSON export: a journal in one file, a document for each entry.

Photos lie in folders beside the file; entries name them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ingest.document import Document, Kind, ParseFailure
from ingest.notes import dates, marks
from ingest.notes.items import Locators, load_json, mappings, texts
from ingest.text import normalise, one_line

_HEAD: Final = re.compile(
    rb'\s*\{\s*"metadata"\s*:\s*\{\s*"version"|\s*\{\s*"entries"\s*:\s*\['
)
_ENTRY: Final = re.compile(rb'"(?:creationDate|creationDevice|timeZone|richText|entries)"\s*:')
# Day One puts a backslash before every mark that Markdown could take for its own.
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_MOMENT: Final = re.compile(
    r"!\[[^\[\]\n]{0,200}\]\(dayone-moment:/+(?:\w+/)?([0-9A-Za-z-]{1,64})\)"
)
_MEDIA: Final = ("photos", "videos", "audios", "pdfAttachments")
_PLACE: Final = ("placeName", "localityName", "administrativeArea", "country")
_LONGEST_TITLE: Final = 80


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is a journal of Day One's."""
    return (
        path.suffix.lower() == ".json"
        and _HEAD.match(head) is not None
        and _ENTRY.search(head) is not None
    )


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The entries of a journal, in file order."""
    read = load_json(path)
    if isinstance(read, ParseFailure):
        yield read
        return
    journal, remark = read
    entries = mappings(journal.get("entries")) if isinstance(journal, dict) else []
    if not entries:
        yield ParseFailure(path=path, locator="", reason="holds no journal entries")
        return
    locators = Locators()
    for entry in entries:
        yield _document(path, entry, locators, [remark] if remark else [])


def _document(
    path: Path, entry: dict[str, object], locators: Locators, remarks: list[str]
) -> Document | ParseFailure:
    created = _created(entry, remarks)
    day = f"{created:%Y-%m-%d %H:%M}" if created else ""
    locator = locators.of(day, one_line(str(entry.get("uuid") or "entry")))
    names = _names(entry)
    text = _text(entry)
    text = _MOMENT.sub(lambda moment: f"![]({names.get(moment.group(1), '')})", text)
    text = normalise(_ESCAPED.sub(r"\1", text).replace("![]()", ""))
    place = _place(entry)
    if not text.strip() and not names:
        return ParseFailure(path=path, locator=locator, reason="the entry has no text")
    found = marks.scan(text)
    first = marks.plain(text.partition("\n")[0].lstrip("#> "))[:_LONGEST_TITLE]
    files = tuple(dict.fromkeys(names.values()))
    text = "\n\n".join(filter(None, (text, place))) or "\n".join(files)
    tags = (one_line(tag) for tag in texts(entry.get("tags")))
    return Document(
        path=path,
        locator=locator,
        kind=Kind.NOTE,
        title=found.title or first or day or locator,
        text=text,
        created=created,
        sections=found.sections,
        attachments=files,
        tags=tuple(dict.fromkeys([*(tag for tag in tags if tag), *found.tags])),
        remarks=tuple(remarks),
    )


def _created(entry: dict[str, object], remarks: list[str]) -> datetime | None:
    """When an entry was written, on the clock of the place it was written at."""
    when = dates.moment(entry.get("creationDate"), remarks)
    zone = entry.get("timeZone")
    if when is None or not isinstance(zone, str):
        return when
    try:
        return when.astimezone(ZoneInfo(zone))
    except (ValueError, OSError, LookupError, OverflowError):
        return when


def _text(entry: dict[str, object]) -> str:
    text = entry.get("text")
    if isinstance(text, str) and text.strip():
        return text
    try:
        rich = json.loads(str(entry.get("richText") or "{}"))
    except (ValueError, RecursionError):
        return ""
    pieces = mappings(rich.get("contents")) if isinstance(rich, dict) else []
    return "".join(str(piece.get("text") or "") for piece in pieces)


def _names(entry: dict[str, object]) -> dict[str, str]:
    """The file names of an entry's photos and recordings, by their identifiers."""
    found = {}
    for media in _MEDIA:
        for item in mappings(entry.get(media)):
            stem, suffix = str(item.get("md5") or ""), str(item.get("type") or "")
            name = one_line(str(item.get("filename") or "") or f"{stem}.{suffix}".strip("."))
            if name:
                found[str(item.get("identifier") or name)] = name
    return found


def _place(entry: dict[str, object]) -> str:
    location = entry.get("location")
    if not isinstance(location, dict):
        return ""
    names = (one_line(str(location.get(key) or "")) for key in _PLACE)
    place = ", ".join(dict.fromkeys(name for name in names if name))
    return f"Place: {place}" if place else ""
