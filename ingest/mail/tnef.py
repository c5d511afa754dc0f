"""The `winmail.dat` that Outlook attaches (TNEF): a mail's text and its files, packed.

Its properties are those of a .msg. Read whole, up to 64 MB, linear in its size; of a
damaged file, what comes before the damage is kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.document import Document, ParseFailure
from ingest.files import read_whole
from ingest.mail import itemdocument, mapi
from ingest.mail.item import Attached, Item
from ingest.mail.mapi import Properties

_MAGIC: Final = b"\x78\x9f\x3e\x22"
_DEEPEST: Final = 8
_MOST_RECIPIENTS: Final = 5000
_DAMAGED: Final = "It is damaged; what could be read was kept."

# Attributes, by the low half of their number.
_SUBJECT: Final = 0x8004
_MESSAGE_CLASS: Final = 0x8008
_BODY: Final = 0x800C
_FILE: Final = 0x800F
_FILE_TITLE: Final = 0x8010
_FILE_BEGINS: Final = 0x9002
_PROPERTIES: Final = 0x9003
_RECIPIENTS: Final = 0x9004
_FILE_PROPERTIES: Final = 0x9005
_CODEPAGE: Final = 0x9007

# How many bytes the value of a property takes, padding included.
_SIZES: Final = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x000B: 4,
    0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
_OBJECT: Final = 0x000D
_VARIABLE: Final = (mapi.STRING_8, mapi.STRING, mapi.BINARY, _OBJECT)
_MESSAGE_INTERFACE: Final = bytes.fromhex("0703020000000000c000000000000046")


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is TNEF, whatever it is called."""
    return head.startswith(_MAGIC)


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one item of a winmail.dat."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
    elif not raw.startswith(_MAGIC):
        yield ParseFailure(path=path, locator="", reason="is no winmail.dat (TNEF)")
    else:
        yield itemdocument.document(_item(raw, 0), path=path, locator="")


def _item(raw: bytes, depth: int) -> Item:
    found = Item(properties=Properties())
    plain = found.properties.plain
    attached: Attached | None = None
    try:
        for number, value in _attributes(raw):
            if number == _CODEPAGE:
                found.properties.codepage = int.from_bytes(value[:4], "little")
            elif number == _SUBJECT:
                plain.setdefault(mapi.SUBJECT, (mapi.STRING_8, value))
            elif number == _MESSAGE_CLASS:
                plain.setdefault(mapi.MESSAGE_CLASS, (mapi.STRING_8, _meant(value)))
            elif number == _BODY:
                plain.setdefault(mapi.BODY, (mapi.STRING_8, value))
            elif number == _PROPERTIES:
                _Fields(value).into(found.properties)
            elif number == _RECIPIENTS:
                found.recipients = _recipients(value, found.properties.codepage)
            elif number == _FILE_BEGINS:
                attached = Attached(Properties(codepage=found.properties.codepage))
                found.attachments.append(attached)
            elif attached is not None:
                _describe(attached, number, value, depth)
    except (struct.error, ValueError):
        found.remarks.append(_DAMAGED)
    return found


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    while position + 9 <= len(raw):
        number, size = struct.unpack_from("<xHxxI", raw, position)
        start = position + 9
        if start + size > len(raw):
            yield number, raw[start:]
            raise ValueError("is cut short")
        yield number, raw[start : start + size]
        position = start + size + 2  # a checksum follows; programs get it wrong


def _meant(value: bytes) -> bytes:
    """A message class; the oldest ones have another name for a mail."""
    old = value.partition(b"\0")[0].lower()
    return b"IPM.Note" if old.startswith(b"ipm.microsoft mail") else value


def _describe(attached: Attached, number: int, value: bytes, depth: int) -> None:
    if number == _FILE:
        attached.raw = value
    elif number == _FILE_TITLE:
        attached.properties.plain.setdefault(mapi.ATTACH_FILE_NAME, (mapi.STRING_8, value))
    elif number == _FILE_PROPERTIES:
        # A name given here is better than the title, which is in 8.3 form.
        _Fields(value).into(attached.properties)
        content = attached.properties.raw(mapi.ATTACH_DATA)
        if content.startswith(_MESSAGE_INTERFACE) and depth < _DEEPEST:
            inner = content[len(_MESSAGE_INTERFACE) :]
            if inner.startswith(_MAGIC):
                attached.item = _item(inner, depth + 1)


def _recipients(raw: bytes, codepage: int) -> list[Properties]:
    fields = _Fields(raw)
    found: list[Properties] = []
    for _ in range(min(fields.number(), _MOST_RECIPIENTS)):
        known = Properties(codepage=codepage)
        fields.into(known)
        found.append(known)
    return found


@dataclass(slots=True)
class _Fields:
    """Lists of properties, one after the other."""

    raw: bytes
    position: int = 0

    def number(self) -> int:
        """The next four bytes as a number."""
        (value,) = struct.unpack_from("<I", self.raw, self.position)
        self.position += 4
        return int(value)

    def take(self, size: int) -> bytes:
        """The next `size` bytes and what pads them to four."""
        if self.position + size > len(self.raw):
            raise ValueError("is cut short")
        value = self.raw[self.position : self.position + size]
        self.position += size + -size % 4
        return value

    def into(self, known: Properties) -> None:
        """Read one list and add what it says."""
        for _ in range(self.number()):
            kind, key = struct.unpack_from("<HH", self.raw, self.position)
            self.position += 4
            name: int | str = 0
            if key >= 0x8000:
                name = self._name()
            value = self._value(kind)
            if key >= 0x8000:
                known.named.setdefault(name, (kind, value))
            else:
                known.plain[key] = (kind, value)

    def _name(self) -> int | str:
        self.take(16)  # the set it is of
        if not self.number():
            return self.number()
        return self.take(self.number()).decode("utf-16-le", "replace").rstrip("\0")

    def _value(self, kind: int) -> bytes:
        single = kind & ~mapi.MULTIPLE
        if single in _VARIABLE:
            values = [self.take(self.number()) for _ in self._counted()]
            if kind & mapi.MULTIPLE:
                return mapi.packed(values)
            return values[0] if values else b""
        size = _SIZES.get(single)
        if size is None:
            raise ValueError(f"has a property of the unknown type {kind:#06x}")
        if kind & mapi.MULTIPLE:
            return b"".join(self.take(size) for _ in self._counted())
        return self.take(size)

    def _counted(self) -> range:
        count = self.number()
        if count * 4 > len(self.raw) - self.position + 4:
            raise ValueError("is cut short")
        return range(count)
