"""Outlook's own message files (.msg): one document each, with what is attached to it.

A .msg is a small file system (OLE) of properties. It is opened in place and streams are
read one by one; memory holds one message with its attachments.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.document import Document, ParseFailure
from ingest.mail import itemdocument, mapi
from ingest.mail.item import Attached, Item
from ingest.mail.mapi import Properties, Raw

if TYPE_CHECKING:
    from olefile import OleFileIO  # type: ignore[import-untyped]
    from olefile.olefile import OleDirectoryEntry  # type: ignore[import-untyped]

_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAM: Final = "__substg1.0_"
_FIXED: Final = "__properties_version1.0"
_NAMES: Final = "__nameid_version1.0"
_RECIPIENT: Final = "__recip_version1.0_"
_ATTACHMENT: Final = "__attach_version1.0_"
_ITEM_WITHIN: Final = "3701000d"
_TAG: Final = re.compile(f"{_STREAM}([0-9a-f]{{4}})([0-9a-f]{{4}})")
_IN_STREAMS: Final = tuple(
    mapi.MULTIPLE | kind for kind in (mapi.STRING, mapi.STRING_8, mapi.BINARY)
)
_IS_STREAM: Final = 2
# A property stream begins with a header, as long as what it belongs to is large.
_TOP_HEADER: Final = 32
_WITHIN_HEADER: Final = 24
_PART_HEADER: Final = 8
_DEEPEST: Final = 8
_MOST_BYTES: Final = 256 << 20
# What a damaged file makes of reading it; olefile raises some of these as OSError.
_DAMAGE: Final = (OSError, ValueError, LookupError, struct.error, TypeError, RecursionError,
                  AttributeError, OverflowError)  # fmt: skip


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is one of Outlook's messages or templates."""
    return path.suffix.lower() in (".msg", ".oft") and not head.startswith(b"From ")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one item of a .msg file."""
    import warnings

    import olefile

    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
        if head != _MAGIC:
            reason = "is no Outlook message" if head else "is empty"
            yield ParseFailure(path=path, locator="", reason=reason)
            return
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with olefile.OleFileIO(file) as ole:
                    found = _Reader(ole).top()
        except _DAMAGE as error:
            reason = f"is damaged or no Outlook message ({type(error).__name__})"
            yield ParseFailure(path=path, locator="", reason=reason)
            return
    if not found.properties.plain:
        yield ParseFailure(path=path, locator="", reason="is no Outlook message")
        return
    yield itemdocument.document(found, path=path, locator="")


class _Reader:
    """Reads the items in one file system, the outer one and those within."""

    def __init__(self, ole: OleFileIO) -> None:
        self._ole = ole
        self._left = _MOST_BYTES
        self._damaged = False
        self._too_large = False
        meaning = self._kids(ole.root).get(_NAMES)
        streams = self._kids(meaning) if meaning else {}
        entries, strings = (
            self._read(streams.get(f"{_STREAM}{tag}")) for tag in ("00030102", "00040102")
        )
        self._names = mapi.names(entries, strings)

    def top(self) -> Item:
        """The item that the file is."""
        found = self._item(self._ole.root, _TOP_HEADER, 0)
        if self._damaged:
            found.remarks.append("It is damaged; what could be read was kept.")
        if self._too_large:
            found.remarks.append(
                f"It is larger than {_MOST_BYTES >> 20} MB; the rest was left out."
            )
        return found

    def _item(self, storage: OleDirectoryEntry, header: int, depth: int) -> Item:
        known = self._properties(storage, header, 0)
        codepage = known.own_codepage()
        found = Item(properties=known)
        for name, kid in sorted(self._kids(storage).items()):
            if name.startswith(_RECIPIENT):
                found.recipients.append(self._properties(kid, _PART_HEADER, codepage))
            elif name.startswith(_ATTACHMENT):
                found.attachments.append(self._attached(kid, codepage, depth))
        return found

    def _attached(self, storage: OleDirectoryEntry, codepage: int, depth: int) -> Attached:
        found = Attached(properties=self._properties(storage, _PART_HEADER, codepage))
        within = self._kids(storage).get(f"{_STREAM}{_ITEM_WITHIN}")
        if within is not None and _FIXED in self._kids(within) and depth < _DEEPEST:
            found.item = self._item(within, _WITHIN_HEADER, depth + 1)
        return found

    def _properties(self, storage: OleDirectoryEntry, header: int, codepage: int) -> Properties:
        """What a storage says of itself: short values in one stream, long ones in their own."""
        raw: dict[int, Raw] = {}
        kids = self._kids(storage)
        fixed = self._read(kids.get(_FIXED))[header:]
        for kind, key, _, value in struct.iter_unpack("<HHI8s", fixed[: len(fixed) & ~15]):
            raw[key] = (kind, value)
        for name, kid in kids.items():
            tag = _TAG.fullmatch(name)
            if tag is None:
                continue
            key, kind = int(tag[1], 16), int(tag[2], 16)
            if kind in _IN_STREAMS:  # its values have streams of their own
                values: list[bytes] = []
                while (value := kids.get(f"{name}-{len(values):08x}")) is not None:
                    values.append(self._read(value))
                raw[key] = (kind, mapi.packed(values))
            elif not kind & mapi.MULTIPLE:
                raw[key] = (kind, self._read(kid))
        return mapi.properties(raw, self._names, codepage)

    def _kids(self, storage: OleDirectoryEntry) -> dict[str, OleDirectoryEntry]:
        """What is directly in a storage, by name in lower case."""
        found: dict[str, OleDirectoryEntry] = storage.kids_dict
        return found

    def _read(self, entry: OleDirectoryEntry | None) -> bytes:
        """A stream; b"" if it is missing, damaged or more than there is room for."""
        if entry is None or entry.entry_type != _IS_STREAM:
            return b""
        if entry.size > self._left:
            self._too_large = True
            return b""
        try:
            # Not `openstream`, which looks through all names again for each stream.
            with self._ole._open(entry.isectStart, entry.size) as stream:
                raw: bytes = stream.read()
        except _DAMAGE:
            self._damaged = True
            return b""
        self._left -= len(raw)
        return raw
