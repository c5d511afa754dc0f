"""The messages of a chat become documents: a day each, with speakers and times.

A day is what people remember ("that Friday") and what a citation can name. Days of a
few messages are joined with the next ones, up to a week: a question on Monday and its
answer on Wednesday belong in one passage, and the title then names both days. A long
day is cut at its longest pauses. Memory holds all messages of one chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure, Person, Role, Turn
from ingest.text import normalise, one_line

NO_TIMEZONE: Final = "Its times name no timezone; UTC is taken."

_FEW_MESSAGES: Final = 8
_SESSION_DAYS: Final = 7
_MOST_MESSAGES: Final = 400
_MOST_CHARS: Final = 30_000
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS: Final = (
    "January February March April May June July"
    " August September October November December".split()
)
_PHONE: Final = re.compile(r"\+?(?:[\s().-]*\d){7,15}")
_MAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
_EARLIEST: Final = 1970
_WIDEST_OFFSET: Final = timedelta(hours=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one person wrote at a time, or a line of the messenger itself."""

    speaker: str
    """Empty for a line of the messenger's own, such as "Anna joined"."""

    at: datetime | None
    """With a timezone; None if the export does not say."""

    text: str
    attachments: tuple[str, ...] = ()
    """Names of files; those that `text` does not name are added to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A message as it stands in a document."""

    message: Message
    text: str
    at: datetime | None


def documents(
    path: Path,
    chat: str,
    messages: Iterable[Message],
    *,
    within: str = "",
    addresses: Mapping[str, str] | None = None,
    remarks: Sequence[str] = (),
) -> Iterator[Document | ParseFailure]:
    """The documents of one chat, by day; a failure if it has no messages.

    `within` begins the locators where a file holds several chats; `addresses` gives the
    e-mail address or phone number of a speaker.
    """
    latest = latest_year()
    lines = [_line(message, latest) for message in messages]
    if not lines:
        yield ParseFailure(path=path, locator=within, reason="holds no messages")
        return
    title = one_line(chat) or "Chat"
    for stretch in _stretches(lines):
        first = next(iter(_days(stretch)), "")
        for number, piece in enumerate(_cut(stretch), 1):
            days = _days(piece)
            locator = first if number == 1 else f"{first} ({number})".strip()
            name = " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""
            yield _document(
                path,
                ", ".join(filter(None, (title, name))),
                ", ".join(filter(None, (within, locator))),
                piece,
                addresses or {},
                remarks,
            )


def latest_year() -> int:
    """Next year; a message from later than that has a wrong date."""
    return datetime.now(UTC).year + 1


def from_epoch(seconds: float, local: str = "") -> datetime | None:
    """A moment counted from 1970 in UTC; `local`, its ISO wall clock time, gives the zone."""
    try:
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
        if not local:
            return at
        offset = datetime.fromisoformat(local).replace(tzinfo=UTC) - at
    except (ValueError, OverflowError, OSError):
        return None
    minutes = timedelta(minutes=round(offset.total_seconds() / 60))
    if not minutes or abs(minutes) > _WIDEST_OFFSET:
        return at
    return at.astimezone(timezone(minutes))


def speakers_title(messenger: str, messages: Sequence[Message]) -> str:
    """A title for a chat whose export has no name for it, from who writes in it."""
    names = list(dict.fromkeys(each.speaker for each in messages if each.speaker))
    if not names:
        return f"{messenger} chat"
    more = " and others" if len(names) > 3 else ""
    return f"{messenger} chat of {', '.join(names[:3])}{more}"


@lru_cache(maxsize=4096)
def name_line(written: str) -> str:
    """A speaker's name as one line of text; the same few come again and again."""
    return one_line(written)


def _line(message: Message, latest: int) -> _Line:
    at = message.at
    if at is not None and not _EARLIEST <= at.year <= latest:
        at = None
    missing = [f"[{name}]" for name in message.attachments if name not in message.text]
    said = " ".join(filter(None, (message.text, *missing)))
    time = f"({at:%H:%M})" if at else ""
    if message.speaker:
        head = f"{name_line(message.speaker)} {time}".strip() + ": "
    else:
        head = f"{time} ".lstrip()
    return _Line(message=message, text=normalise(head + said.lstrip("\r\n")), at=at)


def _stretches(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Whole days in order, few messages' days joined with those after them."""
    open_: list[_Line] = []
    began = date.min
    for day, day_lines in _by_day(lines):
        few = len(day_lines) < _FEW_MESSAGES
        near = (day - began).days < _SESSION_DAYS
        if open_ and few and near and _fits(open_ + day_lines):
            open_ += day_lines
            continue
        if open_:
            yield open_
        open_, began = [], day
        if few:
            open_ = day_lines
        else:
            yield day_lines
    if open_:
        yield open_


def _by_day(lines: Sequence[_Line]) -> list[tuple[date, list[_Line]]]:
    """By date, within a day in the export's order; a line without a time goes with the
    one before it."""
    days: dict[date, list[_Line]] = {}
    day = next((line.at.date() for line in lines if line.at), date.min)
    for line in lines:
        day = line.at.date() if line.at else day
        days.setdefault(day, []).append(line)
    return sorted(days.items(), key=lambda item: item[0])


def _fits(lines: Sequence[_Line]) -> bool:
    return len(lines) <= _MOST_MESSAGES and _size(lines) <= _MOST_CHARS


def _size(lines: Sequence[_Line]) -> int:
    return sum(len(line.text) + 1 for line in lines)


def _cut(lines: list[_Line]) -> Iterator[list[_Line]]:
    """At the longest pause of the middle half, again and again, until each piece fits."""
    if len(lines) < 2 or _fits(lines):
        yield lines
        return
    count = len(lines)
    middle = range(max(1, count // 4), max(2, count * 3 // 4))
    best = max(middle, key=lambda at: (_pause(lines, at), -abs(at - count // 2)))
    yield from _cut(lines[:best])
    yield from _cut(lines[best:])


def _pause(lines: Sequence[_Line], index: int) -> timedelta:
    before, after = lines[index - 1].at, lines[index].at
    return after - before if before and after else timedelta()


def _days(lines: Sequence[_Line]) -> list[str]:
    return [line.at.date().isoformat() for line in lines if line.at]


def _document(
    path: Path,
    title: str,
    locator: str,
    lines: Sequence[_Line],
    addresses: Mapping[str, str],
    remarks: Sequence[str],
) -> Document:
    pieces: list[str] = []
    turns: list[Turn] = []
    people: dict[str, Person] = {}
    position = 0
    day = None
    for line in lines:
        if line.at and line.at.date() != day:
            day = line.at.date()
            pieces.append(_heading(day))
            position += len(pieces[-1]) + 1
        pieces.append(line.text)
        end = position + len(line.text)
        speaker = name_line(line.message.speaker)
        if speaker:
            turns.append(Turn(start=position, end=end, speaker=speaker, at=line.at))
            if speaker not in people:
                people[speaker] = _person(speaker, addresses.get(line.message.speaker, ""))
        position = end + 1
    dateless = any(line.message.at and not line.at for line in lines)
    odd = ("Some of its messages have impossible dates; those were left out.",)
    return Document(
        path=path,
        locator=locator,
        kind=Kind.CHAT,
        title=title,
        text="\n".join(pieces),
        created=next((line.at for line in lines if line.at), None),
        people=tuple(people.values()),
        turns=tuple(turns),
        attachments=tuple(
            dict.fromkeys(one_line(name) for line in lines for name in line.message.attachments)
        ),
        remarks=(*remarks, *(odd if dateless else ())),
    )


def _heading(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _person(speaker: str, address: str) -> Person:
    if not address and _PHONE.fullmatch(speaker):
        address = re.sub(r"[^\d+]", "", speaker)
    elif not address and _MAIL.fullmatch(speaker):
        address = speaker
    return Person(name=speaker, address=address.lower(), role=Role.AUTHOR)
