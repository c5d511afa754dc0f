"""Google Chat and Hangouts in a Google Takeout: messages.json beside group_info.json.

The file is held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingest.chats.jsonfile import Fields, each, fields, load, strays, string
from ingest.chats.sessions import Message, documents, speakers_title
from ingest.document import Document, ParseFailure, Skipped
from ingest.text import one_line

_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()
_DATE: Final = re.compile(r"\w+, (\w+) (\d\d?), (\d{4}) at (\d\d?):(\d\d):(\d\d)\s([AP]M) UTC")


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is one of the two that Takeout writes for a chat."""
    name = path.name.lower()
    if name == "group_info.json":
        return b'"members"' in head and (path.parent / "messages.json").is_file()
    return name == "messages.json" and b'"creator"' in head and b'"messages"' in head


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The chat of one folder, by day."""
    if path.name.lower() == "group_info.json":
        with path.open("rb"):
            yield Skipped(path=path, reason="names of a Google Chat export")
        return
    value = load(path)
    if isinstance(value, ParseFailure):
        yield value
        return
    yield from strays(path, value, "messages")
    found = list(each(value, "messages"))
    messages = [_message(item) for item in found]
    writers = [fields(item, "creator") for item in found]
    addresses = {_writer(writer): string(writer, "email") for writer in writers}
    title = _group_name(path.parent) or speakers_title("Google", messages)
    yield from documents(path, title, messages, addresses=addresses)


def _group_name(folder: Path) -> str:
    try:
        value = load(folder / "group_info.json")
    except OSError:
        return ""
    return "" if isinstance(value, ParseFailure) else one_line(string(value, "name"))


def _writer(creator: Fields) -> str:
    return string(creator, "name", "email") or "unknown"


def _message(item: Fields) -> Message:
    files = [
        string(file, "original_name", "export_name") for file in each(item, "attached_files")
    ]
    return Message(
        speaker=_writer(fields(item, "creator")),
        at=_when(string(item, "created_date", "updated_date")),
        text=string(item, "text"),
        attachments=tuple(one_line(name) for name in files if name),
    )


def _when(written: str) -> datetime | None:
    """Such as "Tuesday, March 5, 2019 at 9:14:05 PM UTC"."""
    match = _DATE.fullmatch(written)
    if not match or match[1] not in _MONTHS:
        return None
    hour = int(match[4]) % 12 + (12 if match[7] == "PM" else 0)
    try:
        day = (int(match[3]), _MONTHS.index(match[1]) + 1, int(match[2]))
        return datetime(*day, hour, int(match[5]), int(match[6]), tzinfo=UTC)
    except ValueError:
        return None
