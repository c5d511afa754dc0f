"""iMessage and SMS chats as imessage-exporter writes them in text files.

Each message is a line with its time, a line with its sender, its text and an empty
line. A reply is written twice, indented below what it answers and again at its own
time; it is kept once. The file is held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ingest.chats.sessions import NO_TIMEZONE, Message, documents
from ingest.document import Document, ParseFailure
from ingest.files import display_stem, read_whole
from ingest.text import decode, one_line

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TIME: Final = re.compile(
    rf"^(?P<indent> *)(?P<month>{'|'.join(_MONTHS)}) (?P<day>\d\d?), (?P<year>\d{{4}})"
    r" {1,2}(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d) (?P<half>[AP]M)"
    r"(?: \(Read by [^\n]{1,80}\))?(?P<notice> [^\n]{1,400})?$",
    re.M,
)
_ATTACHED: Final = re.compile(
    r"^ *\S[^\n]*\battachments[/\\][^\n]*?([^/\\\n]+\.\w{2,5})$", re.M | re.I
)
_REPLIED: Final = "This message responded to an earlier message."


def claims(path: Path, head: bytes) -> bool:
    """Whether a text file begins with such a time, to the second, and a name below it."""
    if path.suffix.lower() != ".txt":
        return False
    text = head.decode("utf-8", "ignore").replace("\r\n", "\n").lstrip("\ufeff\n")
    first = _TIME.match(text)
    if not first or first["indent"]:
        return False
    if first["notice"]:
        return len(_TIME.findall(text)) > 1
    return text[first.end() : first.end() + 2].strip("\n") != ""


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The chat of one file, by day."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    text = decoded.replace("\r\n", "\n").replace("\r", "\n")
    messages = _messages(text)
    if not messages:
        reason = "holds no messages in the form of an iMessage export"
        yield ParseFailure(path=path, locator="", reason=reason)
        return
    remarks = [NO_TIMEZONE, *filter(None, (remark,))]
    title = f"Messages with {display_stem(path)}"
    yield from documents(path, title, messages, remarks=remarks)


def _messages(text: str) -> list[Message]:
    found = list(_TIME.finditer(text))
    messages: list[Message] = []
    if found and text[: found[0].start()].strip("\ufeff\n "):
        messages.append(Message(speaker="", at=None, text=text[: found[0].start()]))
    ends = [*(match.start() for match in found), len(text)][1:]
    replies: set[Message] = set()
    for match, end in zip(found, ends, strict=True):
        message = _message(match, text[match.end() : end].strip("\n"))
        if message in replies:
            continue
        if match["indent"]:
            replies.add(message)
        messages.append(message)
    return messages


def _message(match: re.Match[str], below: str) -> Message:
    at = _at(match)
    if match["notice"]:
        text = "\n".join(filter(None, (match["notice"].strip(), below)))
        return Message(speaker="", at=at, text=text)
    speaker, _, said = below.partition("\n")
    indent = match["indent"]
    lines = [line.removeprefix(indent) for line in said.split("\n")]
    said = "\n".join(line for line in lines if line.strip() != _REPLIED).strip("\n")
    files = tuple(one_line(name) for name in _ATTACHED.findall(said))
    return Message(speaker=speaker.strip(), at=at, text=said, attachments=files)


def _at(match: re.Match[str]) -> datetime | None:
    hour = int(match["hour"]) % 12 + (12 if match["half"] == "PM" else 0)
    month = _MONTHS.index(match["month"]) + 1
    rest = (hour, int(match["minute"]), int(match["second"]))
    try:
        return datetime(int(match["year"]), month, int(match["day"]), *rest, tzinfo=UTC)
    except ValueError:
        return None
