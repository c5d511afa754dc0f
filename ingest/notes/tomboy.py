"""Notes of Tomboy and Gnote: one XML file each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure, Skipped
from ingest.files import display_stem, read_whole
from ingest.notes import dates
from ingest.notes.xml import walk
from ingest.text import decode, normalise, one_line

_NOTEBOOK: Final = "system:notebook:"
_TEMPLATE: Final = "system:template"
_DEEPEST: Final = 20


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is a note of Tomboy or Gnote."""
    return path.suffix.lower() == ".note" and b"<note" in head and b"tomboy" in head


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The one note of a file."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    remarks = [remark] if remark else []
    note = _Note(decoded)
    if not note.whole:
        remarks.append("Its XML is damaged; what could be read was kept.")
    tags = [one_line(tag) for tag in note.fields.get("tag", [])]
    if _TEMPLATE in tags:
        yield Skipped(path=path, reason="a template for notes")
        return
    text = normalise("".join(note.written))
    if not text.strip():
        yield ParseFailure(path=path, locator="", reason="has no readable text")
        return
    own = (tag.removeprefix(_NOTEBOOK) for tag in tags)
    yield Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=one_line(note.first("title")) or display_stem(path),
        text=text,
        created=dates.moment(note.first("create-date"), remarks)
        or dates.moment(note.first("last-change-date"), remarks),
        tags=tuple(dict.fromkeys(tag for tag in own if tag and not tag.startswith("system:"))),
        remarks=tuple(remarks),
    )


class _Note:
    """What a note's XML holds: the text as pieces, the other elements by name."""

    def __init__(self, text: str) -> None:
        self.written: list[str] = []
        self.fields: dict[str, list[str]] = {}
        self._inside = False  # the text
        self._lists = 0
        self._pieces: list[str] = []
        self.whole = walk(text, self._start, self._end, self._data)

    def first(self, name: str) -> str:
        return self.fields.get(name, [""])[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "note-content":
            self._inside = True
        elif name == "list":
            self._lists += 1
        elif name == "list-item":
            self._break()
            self.written.append("  " * (min(self._lists, _DEEPEST) - 1) + "- ")
        self._pieces.clear()

    def _end(self, name: str) -> None:
        if name == "note-content":
            self._inside = False
        elif name == "list":
            self._lists -= 1
            if not self._lists:
                self._break()
        elif not self._inside and self._pieces:
            self.fields.setdefault(name, []).append("".join(self._pieces))
        self._pieces.clear()

    def _data(self, text: str) -> None:
        if not self._inside:
            self._pieces.append(text)
        elif not self._lists:
            self.written.append(text)
        elif text.strip("\n"):
            self.written.append(text.strip("\n"))

    def _break(self) -> None:
        if self.written and not self.written[-1].endswith("\n"):
            self.written.append("\n")
