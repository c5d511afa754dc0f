"""Telegram Desktop's export as JSON: one chat, or the chats of an account.

Telegram writes both the wall clock and the moment in UTC; the difference is the
timezone of whoever exported, and times are shown in it. The file is held in memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingest.chats.jsonfile import Fields, each, fields, items, load, number, strays, string
from ingest.chats.sessions import NO_TIMEZONE, Message, documents, from_epoch
from ingest.document import Document, ParseFailure, Skipped
from ingest.text import one_line

_CHAT: Final = re.compile(
    rb'"type":\s*"(?:personal_chat|bot_chat|saved_messages|replies|verification_codes'
    rb'|(?:private|public)_(?:group|supergroup|channel))"'
)
_FILES: Final = ("photo", "file", "contact_vcard")
_ABOUT: Final = ("actor", "actor_id", "action", "id", "type", "date", "date_unixtime", "text")


def claims(path: Path, head: bytes) -> bool:
    """Whether a file begins as Telegram Desktop's result.json does."""
    if path.suffix.lower() != ".json":
        return False
    account = b'"about"' in head and b"Telegram" in head
    return bool(_CHAT.search(head)) or (account and path.name.lower().startswith("result"))


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """Each chat's days. Contacts, sessions and settings of an account are passed over."""
    value = load(path)
    if isinstance(value, ParseFailure):
        yield value
        return
    if items(value, "messages"):
        yield from _chat(path, fields(value), "")
        return
    chats = [
        chat
        for key in ("chats", "left_chats")
        for chat in each(fields(value, key), "list")
        if items(chat, "messages")
    ]
    if not chats:
        yield ParseFailure(path=path, locator="", reason="holds no Telegram messages")
        return
    for key in fields(value):
        if key not in ("about", "chats", "left_chats"):
            reason = "account data of a Telegram export"
            yield Skipped(path=path, locator=one_line(key), reason=reason)
    names = Counter(_name(chat) for chat in chats)
    for chat in chats:
        name = _name(chat)
        within = name if names[name] == 1 else f"{name} {string(chat, 'id')}".strip()
        yield from _chat(path, chat, within)


def _name(chat: Fields) -> str:
    saved = "Saved messages" if string(chat, "type") == "saved_messages" else "Deleted account"
    return one_line(string(chat, "name")) or saved


def _chat(path: Path, chat: Fields, within: str) -> Iterator[Document | ParseFailure]:
    yield from strays(path, chat, "messages", within)
    found = list(each(chat, "messages"))
    writers = {string(item, "id"): _writer(item) for item in found}
    messages = [_message(item, writers) for item in found]
    unzoned = any(not string(item, "date_unixtime") for item in found)
    remarks = [NO_TIMEZONE] if unzoned else []
    yield from documents(path, _name(chat), messages, within=within, remarks=remarks)


def _message(item: Fields, writers: dict[str, str]) -> Message:
    service = string(item, "type") == "service"
    return Message(
        speaker="" if service else _writer(item),
        at=_when(item),
        text=_service(item) if service else _said(item, writers),
        attachments=tuple(_files(item)),
    )


def _writer(item: Fields) -> str:
    return string(item, "from", "actor") or "Deleted account"


def _when(item: Fields) -> datetime | None:
    seconds, local = number(item, "date_unixtime"), string(item, "date")
    if seconds is not None:
        return from_epoch(seconds, local)
    try:
        at = datetime.fromisoformat(local)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _said(item: Fields, writers: dict[str, str]) -> str:
    parent = writers.get(string(item, "reply_to_message_id"))
    forwarded = string(item, "forwarded_from", "saved_from")
    poll = fields(item, "poll")
    contact = fields(item, "contact_information")
    return " ".join(
        filter(
            None,
            (
                f"(reply to {parent})" if parent else "",
                f"(forwarded from {forwarded})" if forwarded else "",
                _flat(item.get("text")) or _flat(item.get("text_entities")),
                string(item, "sticker_emoji"),
                _flat(poll.get("question")),
                "; ".join(_flat(answer.get("text")) for answer in each(poll, "answers")),
                string(item, "place_name"),
                string(item, "address"),
                *(string(contact, key) for key in ("first_name", "last_name", "phone_number")),
            ),
        )
    )


def _flat(text: object) -> str:
    """A text that may come in pieces, some with a type such as link or bold."""
    if isinstance(text, str):
        return text
    pieces = text if isinstance(text, list) else []
    return "".join(
        piece if isinstance(piece, str) else string(piece, "text") for piece in pieces
    )


def _service(item: Fields) -> str:
    """A line of Telegram's own, such as a call or somebody's joining."""
    details = [
        f"{key.replace('_', ' ')} {string(item, key)}"
        for key in item
        if key not in _ABOUT and key not in _FILES and string(item, key)
    ]
    members = [str(member) for member in items(item, "members") if member]
    action = string(item, "action").replace("_", " ")
    said = f"{_writer(item)}: {action or 'service message'} {_flat(item.get('text'))}".strip()
    return ", ".join([said, *members, *details])


def _files(item: Fields) -> Iterator[str]:
    for key in _FILES:
        name = string(item, "file_name") if key == "file" else ""
        name = name or string(item, key).rpartition("/")[2]
        # "(File not included. Change data exporting settings to download.)"
        if name and not name.startswith("("):
            yield one_line(name)
