"""Apple Mail's message files (.emlx): a length, the message, and a list of properties.

In a `.partial.emlx` the attachments are left out of the message; they lie beside it and
are found there like any other file.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.parsers.expat import ExpatError

from ingest.document import Document, ParseFailure
from ingest.files import read_whole
from ingest.mail import message

_LENGTH: Final = re.compile(rb"\s*(\d{1,12})[ \t]*\r?\n")
_PROPERTIES: Final = b"<?xml"
_FLAGGED: Final = 1 << 4
_MOST_TRAILER: Final = 1 << 20
_EARLIEST_YEAR: Final = 1970


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one message of an .emlx file."""
    raw = read_whole(path, limit=message.MAX_BYTES, cut=True)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    match = _LENGTH.match(raw)
    start = match.end() if match else 0
    end = start + int(match[1]) if match else len(raw)
    found = message.document(raw[start:end], path=path, locator="")
    if isinstance(found, Document):
        found = _with_properties(found, _properties(raw[end:]))
        if match is None:
            remark = "Its length is missing; all of it was read as the message."
            found = replace(found, remarks=(*found.remarks, remark))
    yield found


def message_bytes(raw: bytes) -> bytes:
    """The message alone, without the length before it and the properties behind it."""
    match = _LENGTH.match(raw)
    return raw[match.end() : match.end() + int(match[1])] if match else raw


def _properties(raw: bytes) -> dict[str, Any]:
    """What Apple Mail notes behind the message; nothing if that is damaged."""
    start = raw.find(_PROPERTIES)
    if start < 0:
        return {}
    try:
        found = plistlib.loads(raw[start : start + _MOST_TRAILER], fmt=plistlib.FMT_XML)
    except (ValueError, ExpatError, LookupError, AttributeError, TypeError, OverflowError):
        return {}
    return found if isinstance(found, dict) else {}


def _with_properties(found: Document, known: dict[str, Any]) -> Document:
    flags = known.get("flags")
    if isinstance(flags, int) and flags & _FLAGGED:
        found = replace(found, tags=(*found.tags, "flagged"))
    received = known.get("date-received")
    if found.created is None and isinstance(received, int | float):
        try:
            when = datetime.fromtimestamp(received, UTC)
        except (ValueError, OverflowError, OSError):
            return found
        if _EARLIEST_YEAR <= when.year <= datetime.now(UTC).year + 1 and received > 0:
            remark = "It has no date of its own; the one on which it came is taken."
            found = replace(found, created=when, remarks=(*found.remarks, remark))
    return found
