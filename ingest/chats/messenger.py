"""Chats in the data download of Facebook Messenger and Instagram, as JSON.

Both write message_1.json, message_2.json ... with the newest message first and UTF-8
taken for Latin-1 ("Ã¼"), which is undone here. End-to-end encrypted chats come with
other names for the same things and sound text. A file is held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingest.chats.jsonfile import Fields, each, fields, load, number, strays, string
from ingest.chats.sessions import Message, documents, from_epoch, speakers_title
from ingest.document import Document, ParseFailure
from ingest.text import one_line

_NAME: Final = re.compile(r"message_\d+\.json", re.I)
_FILES: Final = ("photos", "videos", "audio_files", "files", "gifs", "media")


def claims(path: Path, head: bytes) -> bool:
    """Whether a file begins with the people of a chat, as Meta's downloads do."""
    if path.suffix.lower() != ".json" or b'"participants"' not in head:
        return False
    marks = (b'"sender_name"', b'"senderName"', b'"threadName"')
    return bool(_NAME.fullmatch(path.name)) or any(mark in head for mark in marks)


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The chat of one file, by day."""
    value = load(path)
    if isinstance(value, ParseFailure):
        yield value
        return
    yield from strays(path, value, "messages")
    found = sorted(each(value, "messages"), key=lambda item: _milliseconds(item) or 0)
    messages = [_message(item) for item in found]
    title = _sound(string(value, "title", "threadName"))
    yield from documents(path, title or speakers_title("Messenger", messages), messages)


def _milliseconds(item: Fields) -> float | None:
    return number(item, "timestamp_ms", "timestamp")


def _message(item: Fields) -> Message:
    milliseconds = _milliseconds(item)
    share = fields(item, "share")
    said = [
        string(item, "content", "text"),
        string(share, "share_text"),
        string(share, "link"),
        "(unsent)" if item.get("is_unsent") is True or item.get("isUnsent") is True else "",
    ]
    files = [string(file, "uri") for key in _FILES for file in each(item, key)]
    files += [string(fields(item, "sticker"), "uri")]
    return Message(
        speaker=_sound(string(item, "sender_name", "senderName")) or "Deleted account",
        at=from_epoch(milliseconds / 1000) if milliseconds is not None else None,
        text=_sound("\n".join(dict.fromkeys(filter(None, said)))),
        attachments=tuple(one_line(_sound(name.rpartition("/")[2])) for name in files if name),
    )


def _sound(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except ValueError:
        return text
