"""Discord channels as DiscordChatExporter writes them in JSON, one channel a file.

The file is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingest.chats.jsonfile import Fields, each, fields, load, strays, string
from ingest.chats.sessions import Message, documents
from ingest.document import Document, ParseFailure
from ingest.text import one_line

_SAID: Final = ("", "Default", "Reply", "ThreadStarterMessage", "ChatInputCommand")
_DIRECT: Final = ("DirectTextChat", "DirectGroupTextChat")


def claims(path: Path, head: bytes) -> bool:
    """Whether a file begins with a Discord server and channel."""
    return (
        path.suffix.lower() == ".json"
        and head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
        and b'"guild"' in head
        and b'"channel"' in head
    )


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The channel of one file, by day."""
    value = load(path)
    if isinstance(value, ParseFailure):
        yield value
        return
    yield from strays(path, value, "messages")
    channel = fields(value, "channel")
    name, guild = string(channel, "name"), string(fields(value, "guild"), "name")
    title = name if string(channel, "type") in _DIRECT else f"#{name} ({guild})"
    yield from documents(path, title, [_message(item) for item in each(value, "messages")])


def _message(item: Fields) -> Message:
    author = string(fields(item, "author"), "nickname", "name")
    text = [string(item, "content")]
    for card in each(item, "embeds"):
        text += [string(card, "title"), string(card, "description")]
    said = "\n".join(filter(None, text))
    files = [string(file, "fileName", "url") for file in each(item, "attachments")]
    own = string(item, "type") in _SAID
    return Message(
        speaker=(author or "unknown") if own else "",
        at=_when(string(item, "timestamp")),
        text=said if own else f"{author}: {said or string(item, 'type')}",
        attachments=tuple(one_line(name) for name in files if name),
    )


def _when(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    at = at.replace(microsecond=0)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
