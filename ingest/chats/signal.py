"""Signal chats as text, in the forms that signal-export and sigtop write.

signal-export writes Markdown, `[2022-01-01 10:00:00] Me: text`; sigtop writes the same
without brackets (text-short) or a mail-like block for each message (text). The file is
held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from ingest.chats.sessions import NO_TIMEZONE, Message, documents
from ingest.document import Document, ParseFailure
from ingest.files import display, display_stem, read_whole
from ingest.text import decode, one_line

_LINE: Final = re.compile(
    r"^(\[)?(\d{4}-\d\d-\d\d,? \d\d:\d\d(?::\d\d)?)(?(1)\]) ([^:\n]{1,80}):(?: |$)", re.M
)
_BLOCK: Final = re.compile(
    r"^(?:From: ([^\n]*)\n)?Type: ([\w-]+)\n"
    r"(?=(?:Sent|Received|Attachment|Reaction|Edited): |\n)",
    re.M,
)
_FIELD: Final = re.compile(r"(Sent|Received|Attachment|Reaction|Edited): ([^\n]*)\n?")
_LINKED: Final = re.compile(r"!?\[([^\[\]\n]{1,200})\]\(\.{1,2}/[^()\n]{1,300}\)")
_FILE: Final = re.compile(r"(.+) \([^()]*\)")
_ADDRESS: Final = re.compile(r"(.+) \((\+?[\w.-]{5,40})\)")
_LEVELS: Final = frozenset("INFO WARN WARNING ERROR DEBUG TRACE NOTICE CRITICAL FATAL".split())
_OWN_LINES: Final = ("incoming", "outgoing")


def claims(path: Path, head: bytes) -> bool:
    """Whether a text or Markdown file begins as these exports do."""
    if path.suffix.lower() not in (".md", ".txt"):
        return False
    text = head.decode("utf-8", "ignore").replace("\r\n", "\n").lstrip("\ufeff\n ")
    if text.startswith("Conversation: "):
        return bool(_BLOCK.search(text))
    if not _LINE.match(text):
        return False
    if path.name.lower() == "chat.md":
        return True
    # A diary has such lines as well, but nobody in it speaks twice.
    speakers = [match[3] for match in _LINE.finditer(text)]
    return len(set(speakers)) < len(speakers) and not _LEVELS.intersection(speakers)


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The chat of one export, by day."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    text = decoded.replace("\r\n", "\n").replace("\r", "\n")
    remarks = [remark] if remark else []
    if text.lstrip().startswith("Conversation: "):
        title, messages, addresses = _blocks(text)
    else:
        title, messages, addresses = "", _lines(text), {}
        remarks.append(NO_TIMEZONE)
    if not messages:
        reason = "holds no messages in the form of a Signal export"
        yield ParseFailure(path=path, locator="", reason=reason)
        return
    title = f"Signal chat with {title or _name(path)}"
    yield from documents(path, title, messages, addresses=addresses, remarks=remarks)


def _name(path: Path) -> str:
    generic = path.stem.lower() in ("chat", "index")
    return one_line(display(Path(path.parent.name))) if generic else display_stem(path)


def _lines(text: str) -> list[Message]:
    found = list(_LINE.finditer(text))
    found = [match for match in found if match[1] == found[0][1]]
    messages = []
    if found and text[: found[0].start()].strip():
        messages.append(Message(speaker="", at=None, text=text[: found[0].start()]))
    ends = [*(match.start() for match in found), len(text)][1:]
    for match, end in zip(found, ends, strict=True):
        said = text[match.end() : end].strip("\n")
        files = tuple(one_line(name) for name in _LINKED.findall(said))
        speaker = "" if match[3] == "No-Sender" else match[3]
        at = _at(match[2].replace(",", ""))
        messages.append(Message(speaker=speaker, at=at, text=said, attachments=files))
    return messages


def _at(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return None


def _blocks(text: str) -> tuple[str, list[Message], dict[str, str]]:
    """The chat's name, its messages, and addresses by name."""
    found = list(_BLOCK.finditer(text))
    first = found[0].start() if found else len(text)
    addresses: dict[str, str] = {}
    title = _person(text[:first].strip().partition(": ")[2], addresses)
    messages = []
    ends = [*(match.start() for match in found), len(text)][1:]
    for match, end in zip(found, ends, strict=True):
        at, files, notes = None, [], []
        position = match.end()
        while field := _FIELD.match(text, position):
            position = field.end()
            if field[1] == "Attachment":
                name = _FILE.fullmatch(field[2])
                files.append(one_line(name[1] if name else field[2]))
            elif field[1] == "Reaction":
                notes.append(f"(reaction {field[2]})")
            elif field[1] == "Sent" or (field[1] == "Received" and at is None):
                at = _mail_date(field[2])
        said = text[position:end].strip("\n")
        own = match[2] in _OWN_LINES
        body = "\n".join(filter(None, (said, *notes)))
        messages.append(
            Message(
                speaker=_person(match[1] or "", addresses) if own else "",
                at=at,
                text=body if own else f"{match[1] or ''} [{match[2]}] {body}".strip(),
                attachments=tuple(name for name in files if name != "no filename"),
            )
        )
    return title, messages, addresses


def _person(written: str, addresses: dict[str, str]) -> str:
    """A name without its phone number, which is noted."""
    match = _ADDRESS.fullmatch(written)
    if not match:
        return written
    if any(sign.isdigit() for sign in match[2]):
        addresses[match[1]] = match[2]
    return match[1]


def _mail_date(written: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
