"""What exports of many notes in one file need: names for the notes, and their JSON."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Final

from ingest.document import ParseFailure, Person, Role
from ingest.files import read_whole
from ingest.text import decode, one_line

MAX_EXPORT_BYTES: Final = 512 << 20
"""A larger JSON export would need several times its size in memory."""

_LONGEST: Final = 120
# Python does not know them, and pictures from phones are often of the first.
_SUFFIXES: Final = {"image/heic": ".heic", "image/webp": ".webp", "audio/x-m4a": ".m4a"}


class Locators:
    """Gives each note of a file its own name: its title, then `title (2)` and so on."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def of(self, title: str, otherwise: str = "Untitled") -> str:
        """A locator that no other note of the file has."""
        name = title[:_LONGEST].strip() or otherwise
        found = name
        while found in self._given:
            self._next[name] = self._next.get(name, 1) + 1
            found = f"{name} ({self._next[name]})"
        self._given.add(found)
        return found


def load_json(path: Path) -> tuple[object, str] | ParseFailure:
    """What a JSON file holds, and a remark on its charset. Raises only OSError."""
    raw = read_whole(path, limit=MAX_EXPORT_BYTES)
    if isinstance(raw, ParseFailure):
        return raw
    text, remark = decode(raw)
    try:
        return json.loads(text), remark
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return ParseFailure(path=path, locator="", reason=f"is no valid JSON{where}")


def texts(value: object) -> list[str]:
    """The strings in a list that should hold only such."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def mappings(value: object) -> list[dict[str, object]]:
    """The objects in a list that should hold only such."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def author(written: object) -> tuple[Person, ...]:
    """An author's name or address as a person; none if nothing is written."""
    name = one_line(written)[:200] if isinstance(written, str) else ""
    if not name:
        return ()
    if "@" in name and " " not in name:
        return (Person(name="", address=name.lower(), role=Role.AUTHOR),)
    return (Person(name=name, address="", role=Role.AUTHOR),)


def made_name(number: int, media: str) -> str:
    """A name for a file that has none, from its place and media type."""
    what = "picture" if media.startswith("image/") else "file"
    suffix = _SUFFIXES.get(media) or mimetypes.guess_extension(media) or ""
    return f"{what} {number}{suffix}"
