"""The properties that Outlook keeps of everything: a number, a type and bytes each.

.msg, .pst and winmail.dat hold the same ones in different packings; each of their
modules fills `Properties` and what they mean is read here. A value that is damaged
counts as absent; nothing raises.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.text import decode

Raw = tuple[int, bytes]
"""The type of a value and its bytes, little-endian."""

INTEGER_16: Final = 0x0002
INTEGER_32: Final = 0x0003
BOOLEAN: Final = 0x000B
STRING_8: Final = 0x001E
STRING: Final = 0x001F
TIME: Final = 0x0040
BINARY: Final = 0x0102
MULTIPLE: Final = 0x1000

# What the properties are called in [MS-OXPROPS], without the `PidTag`.
MESSAGE_CLASS: Final = 0x001A
SUBJECT: Final = 0x0037
CLIENT_SUBMIT_TIME: Final = 0x0039
SENT_REPRESENTING: Final = (0x0042, 0x5D02, 0x0065)
CONVERSATION_TOPIC: Final = 0x0070
TRANSPORT_HEADERS: Final = 0x007D
SENDER: Final = (0x0C1A, 0x5D01, 0x0C1F)
RECIPIENT_TYPE: Final = 0x0C15
DISPLAY_CC: Final = 0x0E03
DISPLAY_TO: Final = 0x0E04
DELIVERY_TIME: Final = 0x0E06
BODY: Final = 0x1000
RTF_COMPRESSED: Final = 0x1009
HTML: Final = 0x1013
MESSAGE_ID: Final = 0x1035
REFERENCES: Final = 0x1039
IN_REPLY_TO: Final = 0x1042
FLAG_STATUS: Final = 0x1090
DISPLAY_NAME: Final = 0x3001
CREATION_TIME: Final = 0x3007
RECIPIENT: Final = (0x3001, 0x39FE, 0x3003)
ATTACH_DATA: Final = 0x3701
ATTACH_FILE_NAME: Final = 0x3704
ATTACH_METHOD: Final = 0x3705
ATTACH_LONG_FILE_NAME: Final = 0x3707
ATTACH_MIME_TAG: Final = 0x370E
ATTACH_CONTENT_ID: Final = 0x3712
ATTACH_FLAGS: Final = 0x3714
ATTACH_HIDDEN: Final = 0x7FFE
INTERNET_CODEPAGE: Final = 0x3FDE
MESSAGE_CODEPAGE: Final = 0x3FFD

# Named ones: by their long id, or by their name.
KEYWORDS: Final = "Keywords"

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER: Final = 0x0CB34557A3DD4000  # 4501, which stands for "no date"
_CHARSETS: Final = {
    1200: "utf-16-le",
    10000: "mac-roman",
    20127: "ascii",
    20866: "koi8-r",
    21866: "koi8-u",
    38598: "iso-8859-8",
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    50225: "iso-2022-kr",
    51932: "euc_jp",
    51936: "gb18030",
    51949: "euc_kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}
# What a message was sent in, and what Windows keeps texts of that language in.
_OF_WINDOWS: Final = {
    20127: 0, 65001: 0, 28591: 1252, 28605: 1252, 28592: 1250, 28595: 1251, 20866: 1251,
    21866: 1251, 28597: 1253, 28599: 1254, 28598: 1255, 38598: 1255, 28596: 1256, 28594: 1257,
    28603: 1257, 50220: 932, 50221: 932, 51932: 932, 50225: 949, 51949: 949, 51936: 936,
    52936: 936, 54936: 936,
}  # fmt: skip


def charset(codepage: int) -> str:
    """The name of a Windows code page's charset; "" for 0."""
    if 28591 <= codepage <= 28605:
        return f"iso-8859-{codepage - 28590}"
    return _CHARSETS.get(codepage) or (f"cp{codepage}" if codepage else "")


@dataclass(slots=True)
class Properties:
    """Everything known of one item, recipient or attachment."""

    plain: dict[int, Raw] = field(default_factory=dict)
    named: dict[int | str, Raw] = field(default_factory=dict)
    codepage: int = 0
    """Of the 8-bit strings, if the item does not say itself."""

    def text(self, *keys: int) -> str:
        """The first of these that is a text with something in it."""
        for key in keys:
            found = self._text(self.plain.get(key))
            if found.strip():
                return found
        return ""

    def named_text(self, key: int | str) -> str:
        """A named property as text, several values with commas between them."""
        return ", ".join(self.named_texts(key))

    def named_texts(self, key: int | str) -> list[str]:
        """The values of a named property of texts."""
        raw = self.named.get(key)
        if raw is None or not raw[0] & MULTIPLE:
            found = [self._text(raw)]
        else:
            kind = raw[0] & ~MULTIPLE
            found = [self._text((kind, value)) for value in _values(raw[1])]
        return [text.strip() for text in found if text.strip()]

    def named_values(self, key: int | str) -> list[bytes]:
        """The values of a named property of several, as bytes."""
        kind, value = self.named.get(key, (0, b""))
        return _values(value) if kind & MULTIPLE else []

    def number(self, key: int) -> int | None:
        """A whole number, or a truth value as 0 or 1."""
        return _number(self.plain.get(key))

    def named_number(self, key: int | str) -> int | None:
        """A named property as a whole number."""
        return _number(self.named.get(key))

    def time(self, *keys: int) -> datetime | None:
        """The first of these that is a point in time, in UTC."""
        return next((when for key in keys if (when := _time(self.plain.get(key)))), None)

    def named_time(self, key: int | str) -> datetime | None:
        """A named property as a point in time, in UTC."""
        return _time(self.named.get(key))

    def raw(self, key: int) -> bytes:
        """The bytes of a property of any type; b"" if it is absent."""
        return self.plain.get(key, (0, b""))[1]

    def own_codepage(self) -> int:
        """The code page of the 8-bit strings."""
        sent = self.number(INTERNET_CODEPAGE) or 0
        return self.number(MESSAGE_CODEPAGE) or self.codepage or _OF_WINDOWS.get(sent, sent)

    def _text(self, raw: Raw | None) -> str:
        if raw is None:
            return ""
        kind, value = raw
        if kind == STRING:
            return value.decode("utf-16-le", "replace").partition("\0")[0]
        if kind == STRING_8:
            return decode(value.partition(b"\0")[0], charset(self.own_codepage()))[0]
        return ""


def _number(raw: Raw | None) -> int | None:
    if raw is None or raw[0] not in (INTEGER_16, INTEGER_32, BOOLEAN) or not raw[1]:
        return None
    size = 4 if raw[0] == INTEGER_32 else 2
    value = int.from_bytes(raw[1][:size], "little", signed=True)
    return value & 1 if raw[0] == BOOLEAN else value


def _time(raw: Raw | None) -> datetime | None:
    if raw is None or raw[0] != TIME or len(raw[1]) < 8:
        return None
    return filetime(int.from_bytes(raw[1][:8], "little"))


def filetime(value: int) -> datetime | None:
    """A number of 0.1 µs since 1601 as a point in time."""
    if not 0 < value < _NEVER:
        return None
    return _EPOCH + timedelta(microseconds=value // 10)


def _values(raw: bytes) -> list[bytes]:
    """The values of a multiple property as a .pst packs them: count, offsets, values."""
    try:
        (count,) = struct.unpack_from("<I", raw)
        offsets = struct.unpack_from(f"<{min(count, len(raw) // 4)}I", raw, 4)
    except struct.error:
        return []
    ends = (*offsets[1:], len(raw))
    return [raw[start:end] for start, end in zip(offsets, ends, strict=True)]


def packed(values: Iterable[bytes]) -> bytes:
    """Values as one multiple property, so that all packings are read alike."""
    found = list(values)
    offset = 4 + 4 * len(found)
    head = [len(found)]
    for value in found:
        head.append(offset)
        offset += len(value)
    return struct.pack(f"<{len(head)}I", *head) + b"".join(found)


def names(entries: bytes, strings: bytes) -> dict[int, int | str]:
    """What the numbers from 0x8000 on mean in this file: a long id or a name each.

    .msg and .pst files both keep it as a stream of entries and one of strings. Which
    set an id is of is left out: those that are read here occur in one set only.
    """
    found: dict[int, int | str] = {}
    for identifier, kind, index in struct.iter_unpack("<IHH", entries[: len(entries) & ~7]):
        if not kind & 1:
            found[0x8000 + index] = identifier
            continue
        size = int.from_bytes(strings[identifier : identifier + 4], "little")
        name = strings[identifier + 4 : identifier + 4 + size].decode("utf-16-le", "replace")
        found[0x8000 + index] = name
    return found


def properties(
    raw: Mapping[int, Raw], meaning: Mapping[int, int | str], codepage: int = 0
) -> Properties:
    """Numbered properties parted into plain and named ones."""
    found = Properties(codepage=codepage)
    for key, value in raw.items():
        if key < 0x8000:
            found.plain[key] = value
        elif key in meaning:
            found.named.setdefault(meaning[key], value)
    return found
