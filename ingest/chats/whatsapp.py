"""WhatsApp's "export chat" text files, from Android and iPhone, in any locale.

The export writes dates as the phone's region does and does not say which that is. The
order of day, month and year is decided once for the whole file: the one in which most
dates exist and time goes backwards least often. The file is held in memory.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from ingest.chats.sessions import (
    NO_TIMEZONE,
    Message,
    documents,
    latest_year,
    name_line,
    speakers_title,
)
from ingest.document import Document, ParseFailure
from ingest.files import display, display_stem, read_whole
from ingest.text import decode, one_line

Order = Literal["dmy", "mdy", "ymd"]

_MARKS: Final = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_SEPARATOR: Final = rf"[{_MARKS}]*[./-][{_MARKS} \u00a0]*"
_OPEN: Final = rf"^[{_MARKS}]*(?P<open>\[)?[{_MARKS}]*"
_DATE: Final = rf"(?P<a>\d{{4}}|\d\d?){_SEPARATOR}(?P<b>\d\d?){_SEPARATOR}(?P<c>\d{{4}}|\d\d?)"
_CLOCK: Final = (
    r"(?P<hour>\d\d?)[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?"
    r"(?P<after>[^\d\n:\]-]{0,16}?)"
)
_CLOSE: Final = r"(?:(?P<close>\])|[^\S\n]+[-–][^\S\n])[^\S\n]?"
# `before` is "," or "à" or "klo", and where a language puts it there, its word for morning.
_STAMP: Final = re.compile(
    rf"{_OPEN}{_DATE}(?P<before>[^\d\n:\]-]{{1,16}}?){_CLOCK}{_CLOSE}", re.M
)
_TIME_FIRST: Final = re.compile(rf"{_OPEN}{_CLOCK}(?P<before>,?[^\S\n]){_DATE}{_CLOSE}", re.M)
_SPEAKER: Final = re.compile(r"[^:\n\"“”„«»]{1,80}?(?=:(?:\s|\Z))")
_SKIN: Final = re.compile(rf"[\s{_MARKS}.,،'\"״]+")
# As they stand without dots and spaces, in small letters.
_PM: Final = frozenset(
    "pm p nachm nachmittags μμ م بظ بعدازظهر مساء 下午 中午 傍晚 晚上 오후 午後 अपराह्न"
    " ös ip em du odp odpoledne пп ch chiều popoldne popoludní slob слоб אחהצ".split()
)
_AM: Final = frozenset(
    "am a vorm vormittags πμ ص قظ قبلازظهر صباحا 上午 凌晨 清晨 早上 오전 午前 पूर्वाह्न"
    " öö ap fm de dop dopoledne дп sa sáng dopoldne dopoludnia prob проб לפנהצ".split()
)
_OTHER_WORDS: Final = frozenset(("", "uhr", "h", "г", "ч", "น", "klo"))

_ATTACHED: Final = re.compile(r"<[^<>:\n]{2,30}: ?([^<>\n]{1,200}\.\w{2,5})>")
_FILE: Final = re.compile(rf"[{_MARKS}]*([^\n]{{1,200}}\.\w{{2,5}}) \(([^()\n]{{4,40}})\)")
_WHATSAPP_FILE: Final = re.compile(r"[A-Z]{3}-\d{8}-WA\d{4}\.")
_FILE_WORDS: Final = re.compile(
    r"attached|angehängt|adjunto|joint|anexado|allegato|bijgevoegd|vedhæftet|bifogad"
    r"|vedlagt|załączono|приложен|прикреплен|eklendi|liitetty|terlampir|添付|附|첨부",
    re.I,
)
_ENCRYPTION: Final = re.compile(
    r"end-to-end|Ende-zu-Ende|extremo a extremo|ponta a ponta|de bout en bout|crittografia end"
    r"|versleutel|uçtan uca|сквозн|端到端|エンドツーエンド|종단간",
    re.I,
)
_LEVELS: Final = frozenset(
    "INFO WARN WARNING ERROR DEBUG TRACE NOTICE CRITICAL FATAL SEVERE".split()
)
_EXPORT_NAME: Final = re.compile(r"whats ?app|^_chat", re.I)

# WhatsApp is from 2009; no two-digit year means an earlier one.
_FIRST_YEAR: Final = 2009
_BUDDHIST_YEARS: Final = range(2552, 2643)


def claims(path: Path, head: bytes) -> bool:
    """Whether a file begins as a WhatsApp export; any other list of dates does not."""
    if path.suffix.lower() != ".txt":
        return False
    text = head.decode("utf-8", "ignore").replace("\r\n", "\n").lstrip(" \n\t\ufeff")
    pattern = _pattern(text)
    first = pattern.match(text)
    if not first:
        return False
    if _EXPORT_NAME.search(path.name) or _ENCRYPTION.search(text):
        return True
    # A diary or a log may have such lines as well, but nobody in it speaks twice.
    speakers = [
        said.group()
        for stamp in pattern.finditer(text)
        if stamp["open"] == first["open"] and (said := _SPEAKER.match(text, stamp.end()))
    ]
    return len(set(speakers)) < len(speakers) and not _LEVELS.intersection(speakers)


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The chat of one export, by day."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    text = decoded.replace("\r\n", "\n").replace("\r", "\n")
    stamps = _stamps(text)
    if not stamps:
        reason = "holds no messages in the form of a WhatsApp export"
        yield ParseFailure(path=path, locator="", reason=reason)
        return
    order, doubt = _order(stamps)
    remarks = [NO_TIMEZONE, *filter(None, (remark, doubt, _unknown_half(stamps)))]
    messages = _messages(text, stamps, order)
    yield from documents(path, _title(path, messages), messages, remarks=remarks)


def _pattern(text: str) -> re.Pattern[str]:
    """How messages begin in a file that begins so; Vietnamese phones put the time first."""
    return _TIME_FIRST if _TIME_FIRST.match(text) else _STAMP


def _stamps(text: str) -> list[re.Match[str]]:
    """Where messages begin; all with a bracket or all without, as the first."""
    found = list(_pattern(text).finditer(text))
    return [
        each
        for each in found
        if bool(each["open"]) == bool(found[0]["open"]) == bool(each["close"])
    ]


def _title(path: Path, messages: Sequence[Message]) -> str:
    stem = display_stem(path)
    if not stem.lower().startswith("_chat"):
        return stem
    folder = one_line(display(Path(path.parent.name)))
    named = _EXPORT_NAME.search(folder) and len(folder) > len("WhatsApp Chat")
    return folder if named else speakers_title("WhatsApp", messages)


# --- dates -------------------------------------------------------------------


def _order(stamps: Sequence[re.Match[str]]) -> tuple[Order, str]:
    """The order of day, month and year, and a remark if that is a guess.

    A date that begins with four digits needs no decision.
    """
    unclear = [each for each in stamps if len(each["a"]) < 4]
    if not unclear:
        return "ymd", ""
    orders: list[Order] = ["dmy", "mdy"]
    if all(len(each["c"]) < 3 for each in unclear):
        orders.append("ymd")
    if _looks_american(unclear):
        orders[:2] = ["mdy", "dmy"]
    judged = [_judge(unclear, order) for order in orders]
    best = min(judged, key=lambda each: each.against)
    tied = [each for each in judged if each.against == best.against]
    if all(each.times == best.times for each in tied):
        return best.order, ""
    # Weeks of chat make more sense than a message a month; a year first is rare.
    chosen = min(tied, key=lambda each: (each.order == "ymd", each.span))
    first = unclear[0]
    written = re.sub(rf"[{_MARKS}]", "", first.string[first.start("a") : first.end("c")])
    names = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
    return chosen.order, f"Dates such as '{written}' were read with the {names[chosen.order]}."


@dataclass(frozen=True, slots=True)
class _Judged:
    order: Order
    times: list[datetime | None]
    against: int
    """How many dates do not exist or lie before the one above them."""
    span: timedelta


def _judge(stamps: Sequence[re.Match[str]], order: Order) -> _Judged:
    times = [_time(each, order) for each in stamps]
    known = [each for each in times if each is not None]
    backwards = sum(
        after < before - timedelta(hours=12) for before, after in itertools.pairwise(known)
    )
    span = max(known) - min(known) if known else timedelta.max
    return _Judged(order, times, len(times) - len(known) + backwards, span)


def _looks_american(stamps: Sequence[re.Match[str]]) -> bool:
    """Slashes, no leading zeros and a twelve-hour clock."""
    plain = any(each["a"][0] in "123456789" and len(each["a"]) == 1 for each in stamps)
    first = stamps[0]
    slashes = "/" in first.string[first.end("a") : first.start("b")]
    return plain and slashes and _half(first["after"]) in _PM | _AM


def _half(words: str) -> str:
    return _SKIN.sub("", words).casefold()


def _unknown_half(stamps: Sequence[re.Match[str]]) -> str:
    for words in dict.fromkeys(each["after"] for each in stamps):
        if _half(words) not in _PM | _AM | _OTHER_WORDS:
            return f"The word '{one_line(words)}' after its times was not understood."
    return ""


def _time(stamp: re.Match[str], order: Order) -> datetime | None:
    """When a message was written; None if there is no such day."""
    a, b, c = stamp["a"], stamp["b"], stamp["c"]
    if len(a) == 4:
        order = "ymd"
    year, month, day = {"dmy": (c, b, a), "mdy": (c, a, b), "ymd": (a, b, c)}[order]
    number = int(year) if len(year) == 4 else 2000 + int(year)
    if len(year) < 4 and not _FIRST_YEAR <= number <= latest_year():
        return None
    if number in _BUDDHIST_YEARS:
        number -= 543
    half = _half(stamp["after"]) or _half(stamp["before"])
    hour = int(stamp["hour"])
    if half in _PM and hour < 12:
        hour += 12
    elif half in _AM and hour == 12:
        hour = 0
    second = int(stamp["second"] or 0)
    try:
        return datetime(
            number, int(month), int(day), hour, int(stamp["minute"]), second, tzinfo=UTC
        )
    except ValueError:
        return None


# --- messages ----------------------------------------------------------------


def _messages(text: str, stamps: Sequence[re.Match[str]], order: Order) -> list[Message]:
    messages = []
    if text[: stamps[0].start()].strip(" \n\ufeff"):
        messages.append(Message(speaker="", at=None, text=text[: stamps[0].start()]))
    ends = [each.start() for each in stamps[1:]] + [len(text)]
    own: set[str] = set()
    for stamp, end in zip(stamps, ends, strict=True):
        written = text[stamp.end() : end].rstrip("\n")
        said = _SPEAKER.match(written)
        speaker = _name(said.group()) if said else ""
        body = written[said.end() + 1 :].removeprefix(" ") if said else written
        messages.append(
            Message(
                speaker=speaker, at=_time(stamp, order), text=body, attachments=_files(body)
            )
        )
        if speaker and not body.startswith("\u200e"):
            own.add(speaker)
    return _settled(messages, own)


def _name(written: str) -> str:
    # "~ Anna": the name that a stranger gave herself.
    return name_line(written).lstrip("~ ") or name_line(written)


def _settled(messages: list[Message], own: set[str]) -> list[Message]:
    """The messenger's own lines lose the speaker that they are not from.

    iPhones write them, after a mark, under the name of the group or of the other person;
    the first line of an export is such a line and gives the group's name away.
    """
    first = next((each for each in messages if each.at or each.speaker), None)
    if first is None or not first.speaker:
        return messages
    group = first.speaker if first.speaker not in own else None
    return [
        replace(each, speaker="", text=f"{each.speaker}: {each.text}")
        if (each.speaker == group and not each.attachments)
        or (each is first and _ENCRYPTION.search(each.text))
        else each
        for each in messages
    ]


def _files(body: str) -> tuple[str, ...]:
    """Names of the files that a message says it carries."""
    names = [each.strip() for each in _ATTACHED.findall(body)] if "<" in body else []
    named = _FILE.match(body) if "(" in body else None
    if named and (_WHATSAPP_FILE.match(named[1]) or _FILE_WORDS.search(named[2])):
        names.append(named[1])
    return tuple(names)
