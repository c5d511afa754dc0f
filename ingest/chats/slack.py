"""A Slack export, unpacked: a folder for each channel, in it a JSON file for each day.

The export's own lists (users.json, channels.json ...) give the names and are no
documents themselves. A day's file is held in memory, the lists once for each export.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ingest.chats.jsonfile import Fields, each, fields, items, load, number, string, value_of
from ingest.chats.sessions import Message, documents, from_epoch
from ingest.document import Document, ParseFailure, Skipped
from ingest.files import display
from ingest.text import one_line

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d\.json", re.I)
_LISTS: Final = (
    "users.json org_users.json channels.json groups.json dms.json mpims.json"
    " integration_logs.json canvases.json lists.json huddle_transcripts.json"
    " file_conversations.json external_canvases.json"
).split()
_CHANNELS: Final = ("channels.json", "groups.json")
_PRIVATE: Final = ("dms.json", "mpims.json")
_LISTS_BYTES: Final = 64 << 20
_MARKUP: Final = re.compile(r"<([^<>\n]{1,4000})>")
# What people say comes without a subtype or with one of these.
_SAID: Final = frozenset(
    "bot_message me_message thread_broadcast file_share file_comment file_mention"
    " reply_broadcast huddle_thread slackbot_response tombstone bot_add_message".split()
)


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is part of a Slack export, from its name and those beside it."""
    name = path.name.lower()
    if name in _LISTS:
        return _is_export(path.parent)
    if not _DAY.fullmatch(name) or not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"["):
        return False
    return _is_export(path.parent.parent) or (b'"ts"' in head and b'"message"' in head)


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The messages of a channel on one day; the export's own lists are passed over."""
    if path.name.lower() in _LISTS:
        with path.open("rb"):
            yield Skipped(path=path, reason="names and settings of a Slack export")
        return
    value = load(path)
    if isinstance(value, ParseFailure):
        yield value
        return
    day = {"messages": value}
    for count, item in enumerate(items(day, "messages"), 1):
        if not isinstance(item, dict):
            yield ParseFailure(path=path, locator=f"message {count}", reason="is no message")
    names = _names(path.parent.parent)
    messages = [_message(item, names) for item in _threaded(list(each(day, "messages")))]
    chat = names.chats.get(path.parent.name) or one_line(display(Path(path.parent.name)))
    yield from documents(path, chat, messages, addresses=names.addresses)


# --- names -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Names:
    """Who and what the ids in an export stand for."""

    users: dict[str, str]
    addresses: dict[str, str]
    """E-mail address by name."""
    channels: dict[str, str]
    """With their `#`, by id."""
    chats: dict[str, str]
    """What a folder is called, by the folder's name."""


def _is_export(folder: Path) -> bool:
    return (folder / "users.json").is_file() and any(
        (folder / name).is_file() for name in (*_CHANNELS, *_PRIVATE)
    )


def _names(folder: Path) -> _Names:
    return _read_names(folder, tuple(_stamp(folder / name) for name in _LISTS))


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _read_names(folder: Path, stamps: tuple[int, ...]) -> _Names:
    """`stamps` are of the lists' files, so that a changed list is read again."""
    users: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for user in (*_list(folder, "org_users.json"), *_list(folder, "users.json")):
        name = one_line(
            string(fields(user, "profile"), "real_name", "display_name")
            or string(user, "real_name", "name", "id")
        )
        users[string(user, "id")] = name
        addresses[name] = one_line(string(fields(user, "profile"), "email"))
    channels: dict[str, str] = {}
    chats: dict[str, str] = {}
    for known in _CHANNELS:
        for channel in _list(folder, known):
            name = string(channel, "name")
            channels[string(channel, "id")] = chats[name] = f"#{name}"
    for known in _PRIVATE:
        for chat in _list(folder, known):
            members = [users.get(str(each), str(each)) for each in items(chat, "members")]
            title = f"Slack messages of {', '.join(dict.fromkeys(members))}"
            chats[string(chat, "id")] = chats[string(chat, "name", "id")] = title
    return _Names(users, addresses, channels, chats)


def _list(folder: Path, name: str) -> Iterator[Fields]:
    try:
        with (folder / name).open("rb") as file:
            raw = file.read(_LISTS_BYTES)
    except OSError:
        return
    yield from each({"list": value_of(raw)}, "list")


# --- messages ----------------------------------------------------------------


def _threaded(found: list[Fields]) -> list[Fields]:
    """Replies after what they reply to, if that is of the same day."""
    starts = {string(item, "ts") for item in found}
    replies: dict[str, list[Fields]] = {}
    above: list[Fields] = []
    for item in sorted(found, key=lambda item: number(item, "ts") or 0):
        thread = string(item, "thread_ts")
        if thread and thread != string(item, "ts") and thread in starts:
            replies.setdefault(thread, []).append(item)
        else:
            above.append(item)
    return [
        item for parent in above for item in (parent, *replies.pop(string(parent, "ts"), ()))
    ]


def _message(item: Fields, names: _Names) -> Message:
    subtype = string(item, "subtype")
    speaker = _speaker(item, names) if not subtype or subtype in _SAID else ""
    files = [string(file, "name", "title") for file in each(item, "files")]
    seconds = number(item, "ts")
    return Message(
        speaker=speaker,
        at=from_epoch(seconds) if seconds is not None else None,
        text=_plain(_text(item), names),
        attachments=tuple(one_line(name) for name in files if name),
    )


def _speaker(item: Fields, names: _Names) -> str:
    user = string(item, "user")
    return (
        names.users.get(user)
        or string(fields(item, "user_profile"), "real_name", "display_name", "name")
        or string(item, "username")
        or string(fields(item, "bot_profile"), "name")
        or user
        or string(item, "bot_id")
        or "unknown"
    )


def _text(item: Fields) -> str:
    text = string(item, "text")
    if text:
        return text
    # Programs put their words into cards instead.
    cards = [
        "\n".join(filter(None, (string(card, key) for key in ("pretext", "title", "text"))))
        or string(card, "fallback")
        for card in each(item, "attachments")
    ]
    return "\n".join(filter(None, cards)) or "\n".join(_block_texts(item))


def _block_texts(item: Fields) -> Iterator[str]:
    waiting: list[object] = list(reversed(items(item, "blocks")))
    while waiting:
        block = waiting.pop()
        if isinstance(block, dict):
            text = block.get("text")
            if isinstance(text, str):
                yield text
            waiting += [text] if isinstance(text, dict) else []
            for key in ("elements", "fields"):
                waiting += reversed(items(block, key))


def _plain(text: str, names: _Names) -> str:
    """Slack's markup as a reader sees it."""
    if "<" in text:
        text = _MARKUP.sub(lambda match: _shown(match[1], names), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(markup: str, names: _Names) -> str:
    target, _, label = markup.partition("|")
    if target.startswith("@"):
        return "@" + (names.users.get(target[1:]) or label or target[1:])
    if target.startswith("#"):
        return "#" + label if label else names.channels.get(target[1:], target)
    if target.startswith("!"):
        return label or "@" + target[1:].partition("^")[0]
    return label or target
