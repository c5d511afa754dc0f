"""Apple's Notes and Journal: the copy of one's data, and the journal's HTML export.

In the copy that privacy.apple.com gives out, each note is a folder with a .txt and its
attachments below `Notes`, and `Notes Details.csv` beside that says when it was made.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ingest.document import Document, Kind, ParseFailure, Skipped
from ingest.files import read_whole
from ingest.notes import dates
from ingest.text import decode, html_to_text, normalise, one_line

_DETAILS: Final = "Notes Details.csv"
_DELETED: Final = "Recently Deleted"
_HIGHEST: Final = 6
_WRITTEN: Final = "%m-%d-%Y %H:%M:%S"
_OBJECT: Final = "\ufffc"
_TOP_CHARS: Final = 1 << 16


def claims_note(path: Path, head: bytes) -> bool:
    """Whether a file is a note in a copy of one's data."""
    return path.suffix.lower() == ".txt" and _details_of(path) is not None


def claims_journal(path: Path, head: bytes) -> bool:
    """Whether a file is an entry that the Journal app exported."""
    return path.suffix.lower() in (".html", ".htm") and (
        b"pageContainer" in head and b"pageHeader" in head
    )


def _details_of(path: Path) -> Path | None:
    """The list of notes above a note's file."""
    below = path.parent
    for folder in below.parents[:_HIGHEST]:
        if below.name in ("Notes", _DELETED) and (folder / _DETAILS).is_file():
            return folder / _DETAILS
        below = folder
    return None


def parse_note(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The one note of a file; one that was deleted is skipped."""
    details = _details_of(path)
    if details is not None and _DELETED in path.relative_to(details.parent).parts:
        yield Skipped(path=path, reason="in the bin")
        return
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    remarks = [remark] if remark else []
    # Attachments stand in the text as a character that nobody sees.
    text = normalise(decoded.replace(_OBJECT, ""))
    if not text.strip():
        yield ParseFailure(path=path, locator="", reason="has no readable text")
        return
    folder = one_line(path.parent.name)
    first = one_line(text.partition("\n")[0])
    created = None
    if details is not None:
        listed = _created(details, details.stat().st_mtime_ns)
        found = listed.get(first) or listed.get(folder) or []
        created = dates.moment(found[0], remarks) if len(found) == 1 else None
        if len(found) > 1:
            remarks.append("Several notes have its title, so its date is not known.")
    yield Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=first[:120] or folder,
        text=text,
        created=created,
        attachments=_beside(path) if path.stem.startswith(path.parent.name) else (),
        tags=_folders(path, details),
        remarks=tuple(remarks),
    )


def _folders(path: Path, details: Path | None) -> tuple[str, ...]:
    """The folder of the Notes app that a note is in."""
    parts = path.relative_to(details.parent).parts[1:-2] if details is not None else ()
    return tuple(one_line(part) for part in parts[-1:])


def _beside(path: Path) -> tuple[str, ...]:
    names = (one_line(each.name) for each in sorted(path.parent.iterdir()) if each.is_file())
    return tuple(name for name in names if not name.endswith(".txt"))


@lru_cache(maxsize=2)
def _created(details: Path, changed_ns: int) -> dict[str, list[datetime]]:
    """When the notes were made, by title."""
    found: dict[str, list[datetime]] = {}
    with details.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            for row in csv.reader(file, skipinitialspace=True):
                try:
                    when = datetime.strptime(row[1].strip(), _WRITTEN)
                except (ValueError, IndexError):
                    continue
                found.setdefault(one_line(row[0]), []).append(when)
        except csv.Error:
            pass  # what comes before it is kept
    return found


def parse_journal(path: Path) -> Iterator[Document | ParseFailure]:
    """The one entry of an HTML file of the Journal app."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw, "utf-8")
    remarks = [remark] if remark else []
    text = html_to_text(decoded)
    if not text.strip():
        yield ParseFailure(path=path, locator="", reason="has no readable text")
        return
    # Nothing that could be built to parse slowly fits into this much.
    tree = LexborHTMLParser(decoded[:_TOP_CHARS])
    header, title = (
        one_line(node.text()) if (node := tree.css_first(f"div.{name}")) is not None else ""
        for name in ("pageHeader", "title")
    )
    pictures = (node.attributes.get("src") or "" for node in tree.css("img.asset_image"))
    names = (one_line(picture.rpartition("/")[2]) for picture in pictures)
    yield Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=title or header or one_line(text.partition("\n")[0])[:120],
        text=text,
        created=dates.moment(header, remarks) or dates.named(path, remarks),
        attachments=tuple(dict.fromkeys(name for name in names if name)),
        remarks=tuple(remarks),
    )
