"""Signal's own readable export, main.jsonl: a JSON object for each line.

People and chats come as lines of their own and are pointed to by number. The file is
read once; memory holds the messages, as text, of all chats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ingest.chats.jsonfile import Fields, each, fields, number, string, value_of
from ingest.chats.sessions import Message, documents, from_epoch
from ingest.document import Document, ParseFailure
from ingest.text import one_line

_PLAIN: Final = ("standardMessage", "updateMessage")


@dataclass(slots=True)
class _Export:
    """What has been read so far."""

    people: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)
    """The recipient of each chat."""
    items: dict[str, list[Fields]] = field(default_factory=dict)
    """The messages of each chat."""


def claims(path: Path, head: bytes) -> bool:
    """Whether a file of JSON lines begins as Signal's export does."""
    if path.suffix.lower() != ".jsonl":
        return False
    return head.startswith(b"{") and any(
        mark in head.replace(b" ", b"") for mark in (b'"chatItem":{', b'"backupTimeMs":')
    )


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """Each chat's days; a line that is no JSON is a failure and the rest goes on."""
    found = _Export()
    count = 0
    with path.open("rb") as lines:
        for count, line in enumerate(lines, 1):
            if not line.strip():
                continue
            value = value_of(line)
            if not isinstance(value, dict):
                reason = "is no valid JSON; the export may have been cut short"
                yield ParseFailure(path=path, locator=f"line {count}", reason=reason)
            else:
                _note(value, found)
    if not found.items:
        reason = "holds no Signal messages" if count else "is empty"
        yield ParseFailure(path=path, locator="", reason=reason)
    names = {
        chat: found.people.get(found.chats.get(chat, ""), "") or f"chat {chat}"
        for chat in found.items
    }
    often = Counter(names.values())
    for chat, chat_items in found.items.items():
        name = names[chat]
        within = name if often[name] == 1 else f"{name} {chat}"
        messages = [_message(item, found.people) for item in chat_items]
        title = f"Signal chat with {name}"
        yield from documents(path, title, messages, within=within, addresses=found.phones)


def _note(frame: Fields, found: _Export) -> None:
    if "recipient" in frame:
        recipient = fields(frame, "recipient")
        name = one_line(_recipient(recipient))
        found.people[string(recipient, "id")] = name
        phone = string(fields(recipient, "contact"), "e164")
        if phone:
            found.phones[name] = "+" + phone.lstrip("+")
    elif "chat" in frame:
        chat = fields(frame, "chat")
        found.chats[string(chat, "id")] = string(chat, "recipientId")
    elif "chatItem" in frame:
        item = fields(frame, "chatItem")
        found.items.setdefault(string(item, "chatId"), []).append(item)


def _recipient(recipient: Fields) -> str:
    contact = fields(recipient, "contact")
    for first, last in (
        (
            string(fields(contact, "nickname"), "given"),
            string(fields(contact, "nickname"), "family"),
        ),
        (string(contact, "systemGivenName"), string(contact, "systemFamilyName")),
        (string(contact, "profileGivenName"), string(contact, "profileFamilyName")),
    ):
        if first or last:
            return f"{first} {last}".strip()
    group = string(fields(recipient, "group", "snapshot", "title"), "title")
    if "self" in recipient:
        return "Me"
    phone = string(contact, "e164")
    return (
        group
        or string(contact, "username")
        or (f"+{phone.lstrip('+')}" if phone else "")
        or f"person {string(recipient, 'id')}"
    )


def _message(item: Fields, people: dict[str, str]) -> Message:
    milliseconds = number(item, "dateSent")
    said, files = _said(item)
    writer = people.get(string(item, "authorId"), "") or "unknown"
    own = not fields(item, "updateMessage")
    return Message(
        speaker=writer if own else "",
        at=from_epoch(milliseconds / 1000) if milliseconds else None,
        text=said if own else f"{writer}: {said}",
        attachments=tuple(one_line(name) for name in files if name),
    )


def _said(item: Fields) -> tuple[str, list[str]]:
    message = fields(item, "standardMessage")
    text = string(fields(message, "text"), "body")
    files = [
        string(fields(file, "pointer"), "fileName")
        or string(fields(file, "pointer"), "caption")
        for file in each(message, "attachments")
    ]
    if text or files:
        return text, files
    if "remoteDeletedMessage" in item:
        return "(deleted)", []
    poll = fields(item, "poll")
    if poll:
        answers = "; ".join(string(option, "option") for option in each(poll, "options"))
        return f"{string(poll, 'question')} {answers}", []
    sticker = string(fields(item, "stickerMessage", "sticker"), "emoji")
    kinds = [key for key in item if key.endswith("Message") and key not in _PLAIN]
    update = fields(item, "updateMessage")
    return sticker or f"[{', '.join([*kinds, *update]) or 'message without text'}]", []
