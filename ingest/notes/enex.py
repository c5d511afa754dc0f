"""Evernote exports (.enex): many notes in one XML file, their attachments inside.

The file is cut at its `<note>` tags and each note is parsed alone, so that a damaged
one costs only itself, nothing outside it can define entities, and memory holds one
note with its attachments, whatever the size of the file.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from ingest.document import Document, Embedded, Kind, ParseFailure
from ingest.notes import dates, outline
from ingest.notes.items import Locators, author, made_name
from ingest.notes.xml import walk
from ingest.text import decode, html_to_text, normalise, one_line

MAX_NOTE_BYTES: Final = 1 << 30
"""Evernote's own limit for a note is 200 MB, a third more in an export."""

_BLOCK: Final = 1 << 20
_MARK: Final = re.compile(rb"<note[\s>]|</note>")
_CLOSE: Final = b"</note>"
_CHARSET: Final = re.compile(rb"""<\?xml[^>]{0,99}encoding=["']([A-Za-z0-9._-]{1,40})""")
_TITLE: Final = re.compile(r"<title>([^<]{0,1000})")
_DEEPEST: Final = 4

_PROLOG: Final = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>]*>)?")
_TODO: Final = re.compile(r"<en-todo\b([^<>]{0,999})>(?:</en-todo>)?")
_ITEM: Final = re.compile(
    r"<li\b[^<>]{0,999}?--en-checked:\s*(true|false)[^<>]{0,999}>(?:\s*<div>)?"
)
_MEDIA: Final = re.compile(r"<en-media\b([^<>]{0,9999})>(?:\s*</en-media>)?")
_HASH: Final = re.compile(r"""hash=["']([0-9a-fA-F]{32})["']""")
_CRYPT: Final = re.compile(r"<en-crypt\b([^<>]{0,999})>[^<]*(?:</en-crypt>)?")
_HINT: Final = re.compile(r"""hint=["']([^"'<>]+)["']""")
_BARE_LINK: Final = re.compile(
    r"""<a\b[^<>]{0,500}?href=["']([^"'<>]{1,2000})["'][^<>]{0,500}>\s*</a>"""
)
# XML may close a tag in itself; to HTML that is a tag never closed.
_SELF_CLOSED: Final = re.compile(r"<(?!br\b|hr\b|img\b|col\b)([a-z][\w-]*)\b([^<>]*)/>")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The notes of an export, in file order; a damaged one is a failure."""
    locators = Locators()
    found = False
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(0)
        charset = _CHARSET.search(head)
        declared = charset.group(1).decode("ascii") if charset else ""
        for cut in _notes(file):
            found = True
            yield _read(path, cut, declared, locators)
    if not found:
        reason = "holds no notes" if head else "is empty"
        yield ParseFailure(path=path, locator="", reason=reason)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The bytes of a note, from `<note` on."""

    raw: bytes
    problem: str = ""


def _notes(file: IO[bytes]) -> Iterator[_Cut]:
    """Cut a file at its notes. One that is not closed before the next one begins is cut
    off there, as a transfer that broke leaves it."""
    buffer = bytearray()
    inside = False
    searched = 0
    while block := file.read(_BLOCK):
        buffer += block
        while mark := _MARK.search(buffer, searched):
            closes = mark.group() == _CLOSE
            end = mark.end() if closes else mark.start()
            if inside:
                yield _Cut(bytes(buffer[:end]), "" if closes else "is cut short")
            inside = not closes
            del buffer[:end]
            searched = 1 if inside else 0
        if not inside:
            del buffer[: -len(_CLOSE)]
        elif len(buffer) > MAX_NOTE_BYTES:
            yield _Cut(bytes(buffer[:4096]), f"is larger than {MAX_NOTE_BYTES >> 30} GB")
            del buffer[: -len(_CLOSE)]
            inside = False
        searched = max(searched, len(buffer) - len(_CLOSE)) if inside else 0
    if inside:
        yield _Cut(bytes(buffer), "is cut short")


class _Note:
    """The elements of a note that are of use, by their path below it."""

    def __init__(self, text: str) -> None:
        self.fields: dict[str, list[str]] = {}
        self.resources: list[dict[str, str]] = []
        self.tasks: list[dict[str, str]] = []
        self.encoding = ""
        self._path: list[str] = []
        self._pieces: list[str] = []
        self.whole = walk(text, self._start, self._end, self._data)
        while self._path:  # what was open where the damage is
            self._end("")

    def first(self, name: str) -> str:
        return self.fields.get(name, [""])[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._pieces.clear()
        if len(self._path) == 2:
            if name == "resource":
                self.resources.append({})
            elif name == "task":
                self.tasks.append({})
            elif name == "content":
                self.encoding = attributes.get("encoding", "")

    def _data(self, text: str) -> None:
        if 1 < len(self._path) <= _DEEPEST:
            self._pieces.append(text)

    def _end(self, name: str) -> None:
        if self._pieces:
            path = self._path[1:]
            text = "".join(self._pieces).strip()
            self._pieces.clear()
            if path[0] in ("resource", "task"):
                items = self.resources if path[0] == "resource" else self.tasks
                items[-1].setdefault(path[-1], text)
            else:
                self.fields.setdefault("/".join(path), []).append(text)
        self._path.pop()


def _read(path: Path, cut: _Cut, declared: str, locators: Locators) -> Document | ParseFailure:
    decoded, remark = decode(cut.raw, declared)
    if cut.problem:
        title = _TITLE.search(decoded[:4096])
        locator = locators.of(one_line(title.group(1)) if title else "")
        return ParseFailure(path=path, locator=locator, reason=f"the note {cut.problem}")
    note = _Note(decoded)
    del decoded
    title_of = one_line(note.first("title"))
    locator = locators.of(title_of)
    remarks = [remark] if remark else []
    if not note.whole:
        remarks.append("Its XML is damaged; what could be read was kept.")
    if "content" not in note.fields and not note.resources:
        return ParseFailure(path=path, locator=locator, reason="the note has no content")
    if "aes" in note.encoding.lower():
        reason = "the note is encrypted; decrypt it before the export"
        return ParseFailure(path=path, locator=locator, reason=reason)
    files, names = _resources(note, remarks)
    text = _text(note.first("content"), names, remarks)
    lines = [*_tasks(note), _source(note)]
    text = "\n\n".join(filter(None, (text, "\n".join(filter(None, lines)))))
    text = normalise(text) or title_of or ", ".join(file.name for file in files)
    if not text.strip():
        return ParseFailure(path=path, locator=locator, reason="the note has no readable text")
    tags = (one_line(tag) for tag in note.fields.get("tag", []))
    return Document(
        path=path,
        locator=locator,
        kind=Kind.NOTE,
        title=title_of or locator,
        text=text,
        created=_created(note, remarks),
        sections=outline.of_html(note.first("content"), text),
        people=author(note.first("note-attributes/author")),
        attachments=tuple(file.name for file in files),
        files=tuple(files),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        remarks=tuple(remarks),
    )


def _created(note: _Note, remarks: list[str]) -> datetime | None:
    when = dates.moment(note.first("created"), remarks)
    if when is None:
        when = dates.moment(note.first("updated"), remarks)
        if when is not None:
            remarks.append("It does not say when it was written; the last change is taken.")
    return when


def _resources(note: _Note, remarks: list[str]) -> tuple[list[Embedded], dict[str, str]]:
    """The attachments of a note, and their names by the hash its text has of them."""
    files: list[Embedded] = []
    names: dict[str, str] = {}
    for number, resource in enumerate(note.resources, 1):
        media = one_line(resource.get("mime", "")).lower()
        name = one_line(resource.get("file-name", "")) or made_name(number, media)
        try:
            raw = base64.b64decode(resource.pop("data", ""))
        except (binascii.Error, ValueError):
            raw = b""
        if not raw:
            remarks.append("An attachment in it is damaged; left out.")
            continue
        files.append(Embedded(name=name, media=media, raw=raw))
        names[hashlib.md5(raw, usedforsecurity=False).hexdigest()] = name
    return files, names


def _text(enml: str, names: dict[str, str], remarks: list[str]) -> str:
    """What a reader of a note's content sees; attachments by their names."""

    def media(match: re.Match[str]) -> str:
        found = _HASH.search(match.group(1))
        name = names.get(found.group(1).lower(), "") if found else ""
        return f" [{_escaped(name)}] " if name else " "

    enml = enml[_PROLOG.match(enml).end() :]  # type: ignore[union-attr]  # matches nothing too
    enml = _TODO.sub(lambda todo: "[x] " if '"true"' in todo.group(1) else "[ ] ", enml)
    enml = _ITEM.sub(
        lambda item: item.group() + ("[x] " if item.group(1) == "true" else "[ ] "), enml
    )
    enml = _MEDIA.sub(media, enml)
    enml = _BARE_LINK.sub(r"\1", enml)
    enml, encrypted = _CRYPT.subn(_crypt, enml)
    if encrypted:
        remarks.append("Some of its text is encrypted; left out.")
    return html_to_text(_SELF_CLOSED.sub(r"<\1\2></\1>", enml))


def _crypt(match: re.Match[str]) -> str:
    hint = _HINT.search(match.group(1))
    return f"[encrypted text, hint: {hint.group(1)}]" if hint else "[encrypted text]"


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;")


def _tasks(note: _Note) -> Iterator[str]:
    for task in note.tasks:
        title = one_line(task.get("title", ""))
        if title:
            done = "x" if task.get("taskStatus", "").lower() == "completed" else " "
            due = dates.moment(task.get("dueDate"), [])
            by = f" (due {due.date().isoformat()})" if due else ""
            yield f"[{done}] {title}{by}"


def _source(note: _Note) -> str:
    url = one_line(note.first("note-attributes/source-url"))
    return f"Source: {url}" if url else ""
