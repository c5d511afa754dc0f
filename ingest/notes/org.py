"""Org-mode files (Emacs), one document a file.

The text is the outline as it was written, without what Org keeps for itself:
drawers of properties and clocks, and settings such as `#+STARTUP`. One pass over
the lines; memory holds the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from ingest.document import Document, Kind, ParseFailure, Person, Role, Section
from ingest.files import display_stem, read_whole
from ingest.notes import dates
from ingest.notes.outline import Outline
from ingest.text import decode, normalise, one_line

_KEYWORD: Final = re.compile(r"\s*#\+([A-Za-z_]+):\s*(.*)\Z")
_DRAWER: Final = re.compile(r"\s*:(PROPERTIES|LOGBOOK|CLOCK):\s*\Z", re.I)
_END: Final = re.compile(r"\s*:END:\s*\Z", re.I)
_PROPERTY: Final = re.compile(r"\s*:([\w-]+):\s+(\S.*)\Z")
_STARS: Final = re.compile(r"(\*+)\s+(.*)\Z")
_HEADLINE_TAGS: Final = re.compile(r"(?:^|\s):((?:[\w@#%]+:)+)\s*\Z")
_STATES: Final = "TODO DONE NEXT WAITING HOLD CANCELLED CANCELED STARTED"
_STATE: Final = re.compile(r"[^\W\d_][\w-]*")
_PRIORITY: Final = re.compile(r"\[#[A-Z0-9]\]\s*")
_COOKIE: Final = re.compile(r"\s*\[\d*(?:/\d*|%)\]")
_LINK: Final = re.compile(r"\[\[([^\[\]]+)\](?:\[([^\[\]]*)\])?\]")
_MARKS: Final = re.compile(r"(?<![\w*/_=~+])[*/_=~+](?=\S)|(?<=\S)[*/_=~+](?![\w*/_=~+])")
_STAMP: Final = re.compile(
    r"[\[<](\d{4}-\d\d-\d\d)(?:\s+[^\W\d]+\.?)?(?:\s+(\d{1,2}:\d\d))?[^\]>\n]{0,40}[\]>]"
)
_FILE: Final = re.compile(r"\[\[(?:file:|attachment:|\./)([^\[\]\n]+?)(?:::[^\[\]\n]*)?\]")
_NOT_FILES: Final = (".org", ".org_archive", ".el")
# What a reader of the file reads too; every other keyword is a setting.
_SHOWN: Final = frozenset(("caption", "subtitle", "description", "results", "name", "include"))
_LONGEST_DRAWER: Final = 1000


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of an Org file."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    remarks = [remark] if remark else []
    kept, settings, stamps = _sorted_out(normalise(decoded).split("\n"))
    text = normalise("\n".join(kept))
    title = one_line(_plain(" ".join(settings.get("title", []))))
    if not text.strip() and not title:
        yield ParseFailure(path=path, locator="", reason="has no readable text")
        return
    named = [*settings.get("todo", []), *settings.get("seq_todo", []), _STATES]
    sections, tags = _outline(text, frozenset(_STATE.findall(" ".join(named))))
    first = sections[0].label if sections else ""
    filetags = " ".join(settings.get("filetags", [])).replace(":", " ").split()
    author = one_line(" ".join(settings.get("author", [])))[:200]
    address = one_line(" ".join(settings.get("email", []))).lower()[:200]
    yield Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=title or first or display_stem(path),
        text=text or title,
        created=_created(path, settings, stamps, remarks),
        people=(Person(name=author, address=address, role=Role.AUTHOR),) if author else (),
        sections=sections,
        attachments=_attachments(text),
        tags=tuple(dict.fromkeys([*filetags, *tags])),
        remarks=tuple(remarks),
    )


def _sorted_out(lines: list[str]) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """The lines of the text, the settings, and the dates in `:CREATED:` properties.

    Properties above the first headline are the file's own and count as settings.
    """
    kept: list[str] = []
    settings: dict[str, list[str]] = {}
    stamps: list[str] = []
    number = 0
    headed = False
    while number < len(lines):
        line = lines[number]
        if _DRAWER.match(line):
            end = _drawer_end(lines, number)
            for inside in lines[number + 1 : end]:
                found = _PROPERTY.match(inside)
                if found and found.group(1).lower() in ("created", "date", "date_created"):
                    if headed:
                        stamps.append(found.group(2))
                    else:
                        settings.setdefault("created", []).append(found.group(2))
            if end == number:
                kept.append(line)  # never closed, so it is text
            number = end
        elif (keyword := _KEYWORD.match(line)) and keyword.group(1).lower() not in _SHOWN:
            settings.setdefault(keyword.group(1).lower(), []).append(keyword.group(2))
        else:
            headed = headed or _STARS.match(line) is not None
            kept.append(line)
        number += 1
    return kept, settings, stamps


def _drawer_end(lines: list[str], start: int) -> int:
    """The line that closes the drawer opened at `start`; `start` itself if none does."""
    for number in range(start + 1, min(len(lines), start + _LONGEST_DRAWER)):
        if _END.match(lines[number]):
            return number
        if _STARS.match(lines[number]) or _DRAWER.match(lines[number]):
            break
    return start


def _outline(text: str, states: frozenset[str]) -> tuple[tuple[Section, ...], list[str]]:
    """A section for each headline, and the tags on them. `states` are words such as TODO."""
    outline = Outline()
    tags: list[str] = []
    offset = 0
    for line in text.split("\n"):
        stars = _STARS.match(line)
        if stars:
            words = stars.group(2)
            found = _HEADLINE_TAGS.search(words)
            if found:
                tags += found.group(1).strip(":").split(":")
                words = words[: found.start()]
            outline.add(len(stars.group(1)), _headline(words, states), offset)
        offset += len(line) + 1
    return tuple(outline.sections), tags


def _headline(words: str, states: frozenset[str]) -> str:
    state, _, rest = words.partition(" ")
    words = rest if state in states else words
    return one_line(_plain(_COOKIE.sub("", _PRIORITY.sub("", words.strip(), count=1))))


def _plain(words: str) -> str:
    """Words without the marks for links and emphasis."""
    return _MARKS.sub("", _LINK.sub(lambda link: link.group(2) or link.group(1), words))


def _created(
    path: Path, settings: dict[str, list[str]], stamps: list[str], remarks: list[str]
) -> datetime | None:
    for key in ("date", "created"):
        for written in settings.get(key, []):
            when = _when(written, remarks)
            if when:
                return when
    day = dates.named(path, remarks)
    if day is not None:
        return day
    found = [when for written in stamps if (when := _when(written, remarks))]
    if len(found) > 1:
        remarks.append("Its headlines have dates of their own; the earliest is taken.")
    return min(found, default=None)


def _when(written: str, remarks: list[str]) -> datetime | None:
    stamp = _STAMP.search(written)
    if stamp:
        day, clock = stamp.groups()
        written = f"{day} {clock.zfill(5)}" if clock else day
    return dates.moment(written, remarks)


def _attachments(text: str) -> tuple[str, ...]:
    names = (PurePosixPath(found).name for found in _FILE.findall(text))
    return tuple(dict.fromkeys(name for name in names if _is_file(name)))


def _is_file(name: str) -> bool:
    return "." in name and not name.lower().endswith(_NOT_FILES)
