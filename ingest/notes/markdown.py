"""Markdown notes (Obsidian and the like), one document a file.

The text is the Markdown as it was written, without the front matter, so that a
quotation can be found in the file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure
from ingest.files import date_in_name, display_stem, read_whole
from ingest.text import decode, normalise, one_line

_FRONT_MATTER: Final = re.compile(
    r"---[ \t]*\n(.{0,65536}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S
)
_EMPHASIS: Final = re.compile(r"[*_`]+(?=\S)|(?<=\S)[*_`]+|\[\[|\]\]")
_TAGS: Final = ("tags", "tag", "keywords")
_DATES: Final = ("date", "created", "created_at", "date created", "creation date")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one note of a Markdown file."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    text = normalise(decoded)
    remarks = [remark] if remark else []
    matter: dict[str, object] = {}
    match = _FRONT_MATTER.match(text)
    if match:
        read = _yaml(match.group(1))
        if read is None:
            remarks.append("Its front matter is no valid YAML; it was kept as text.")
        else:
            matter = read
            text = normalise(text[match.end() :])
    stem = display_stem(path)
    title = one_line(str(matter.get("title") or "")) or _heading(text) or stem
    if not text.strip():
        # A note that is all properties, as importers of tables write them.
        text = normalise(match.group(1)) if match else ""
    if not text.strip():
        yield ParseFailure(path=path, locator="", reason="has no readable text")
        return
    created = next((when for key in _DATES if (when := _when(matter.get(key)))), None)
    yield Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=title,
        text=text,
        created=created or date_in_name(path),
        tags=_tags(matter),
        remarks=tuple(remarks),
    )


def _yaml(text: str) -> dict[str, object] | None:
    import yaml  # type: ignore[import-untyped]  # only front matter needs it

    try:
        read = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError):
        return None
    if read is None:
        return {}
    if not isinstance(read, dict):
        return None
    return {str(key).lower(): value for key, value in read.items()}


def _heading(text: str) -> str:
    """The first heading outside a code block, without its marks; "" if there is none."""
    lines = text.split("\n")
    fenced = False
    for number, line in enumerate(lines):
        if line.startswith(("```", "~~~")):
            fenced = not fenced
        elif fenced:
            continue
        elif line.startswith("#") and line.lstrip("#").startswith(" "):
            words = _EMPHASIS.sub("", line.strip("# "))
            if words:
                return one_line(words)
        elif number + 1 < len(lines) and line.strip() and _underlines(lines[number + 1]):
            return one_line(_EMPHASIS.sub("", line))
    return ""


def _underlines(line: str) -> bool:
    return len(line) > 2 and not line.strip("=")


def _when(value: object) -> datetime | None:
    """A front matter date with a timezone; UTC if it names none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace("/", "-"))
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return None


def _tags(matter: dict[str, object]) -> tuple[str, ...]:
    found: list[str] = []
    for key in _TAGS:
        value = matter.get(key)
        if isinstance(value, str):
            # Commas part tags that have spaces, otherwise spaces do.
            found += value.split(",") if "," in value else value.split()
        elif isinstance(value, list):
            found += [str(item) for item in value if isinstance(item, str | int | float)]
    tags = (one_line(tag).lstrip("#") for tag in found)
    return tuple(dict.fromkeys(tag for tag in tags if tag))
