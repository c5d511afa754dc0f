"""Google Keep as Takeout exports it: a JSON file for each note, and an HTML twin of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from ingest.document import Document, Kind, ParseFailure, Person, Role, Skipped
from ingest.files import date_in_name, display_stem
from ingest.notes import dates
from ingest.notes.items import load_json, mappings
from ingest.text import html_to_text, normalise, one_line

_HEAD_BYTES: Final = 1024
_FLAGS: Final = (b'"isTrashed"', b'"isPinned"', b'"isArchived"')
_FIELDS: Final = (*_FLAGS, b'"textContent"', b'"listContent"', b'"userEditedTimestampUsec"')


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is a note of Keep, or the HTML twin of one."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _is_note(path, head)
    if suffix != ".html":
        return False
    note = path.with_suffix(".json")
    try:
        with note.open("rb") as file:
            return _is_note(note, file.read(_HEAD_BYTES))
    except OSError:
        return False


def _is_note(path: Path, head: bytes) -> bool:
    if not head.lstrip().startswith(b"{"):
        return False
    return (
        sum(flag in head for flag in _FLAGS) >= 2
        or (b'"isTrashed"' in head and b'"textContent"' in head)
        or (path.parent.name == "Keep" and any(name in head for name in _FIELDS))
    )


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The note of a JSON file; the HTML twin is skipped."""
    if path.suffix.lower() == ".html":
        path.stat()
        yield Skipped(path=path, reason="the same note as the .json beside it")
        return
    read = load_json(path)
    if isinstance(read, ParseFailure):
        yield read
        return
    note, remark = read
    if not isinstance(note, dict):
        yield ParseFailure(path=path, locator="", reason="is no note of Google Keep")
    elif note.get("isTrashed") is True:
        yield Skipped(path=path, reason="in the bin")
    else:
        yield _document(path, note, [remark] if remark else [])


def _document(
    path: Path, note: dict[str, object], remarks: list[str]
) -> Document | ParseFailure:
    files = mappings(note.get("attachments"))
    names = [PurePosixPath(str(file.get("filePath") or "")).name for file in files]
    title = one_line(str(note.get("title") or ""))
    text = normalise("\n\n".join(filter(None, (_text(note), _links(note)))))
    text = text or title or normalise("\n".join(names))
    if not text.strip():
        return ParseFailure(path=path, locator="", reason="has no readable text")
    created = dates.since_1970(note.get("createdTimestampUsec"), remarks, per_second=1_000_000)
    if created is None:
        edited = note.get("userEditedTimestampUsec")
        created = dates.since_1970(edited, remarks, per_second=1_000_000)
        if created is not None:
            remarks.append("It does not say when it was written; the last change is taken.")
    # A note without a title is exported under the moment it was made.
    stem = display_stem(path)
    first = text.partition("\n")[0]
    labels = [one_line(str(label.get("name") or "")) for label in mappings(note.get("labels"))]
    return Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=title or (one_line(first)[:80] if date_in_name(path) else stem),
        text=text,
        created=created,
        people=_people(note),
        attachments=tuple(one_line(name) for name in names if name),
        tags=tuple(dict.fromkeys(label for label in labels if label)),
        remarks=tuple(remarks),
    )


def _text(note: dict[str, object]) -> str:
    text = str(note.get("textContent") or "")
    if not text.strip():
        text = html_to_text(str(note.get("textContentHtml") or ""))
    lines = []
    for item in mappings(note.get("listContent")):
        mark = "x" if item.get("isChecked") is True else " "
        lines.append(f"[{mark}] {one_line(str(item.get('text') or ''))}")
    return "\n\n".join(filter(None, (normalise(text), "\n".join(lines))))


def _links(note: dict[str, object]) -> str:
    """The pages that Keep keeps with a note, by title and address."""
    text = str(note.get("textContent") or "")
    lines = []
    for link in mappings(note.get("annotations")):
        url, title = (one_line(str(link.get(key) or "")) for key in ("url", "title"))
        if url and url not in text:
            lines.append(f"{title}: {url}" if title and title != url else url)
    return "\n".join(dict.fromkeys(lines))


def _people(note: dict[str, object]) -> tuple[Person, ...]:
    """Who shares it; the owner is its author."""
    people = []
    for sharee in mappings(note.get("sharees")):
        address = one_line(str(sharee.get("email") or "")).lower()
        if address and sharee.get("isOwner") is True:
            people.append(Person(name="", address=address, role=Role.AUTHOR))
    return tuple(people)
