"""Chat exports that are JSON: loaded whole, their fields read without trusting them.

The standard library has no streaming reader; a file takes about six times its size of
memory while it is read, so one above 512 MB is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingest.document import ParseFailure
from ingest.files import read_whole

_MAX_BYTES: Final = 512 << 20

Fields = dict[str, object]


def load(path: Path) -> object | ParseFailure:
    """The value in a JSON file. Only an unreadable file raises (OSError)."""
    raw = read_whole(path, limit=_MAX_BYTES)
    if isinstance(raw, ParseFailure):
        return raw
    value = value_of(raw)
    if value is None:
        reason = "is no valid JSON; it may have been cut short"
        return ParseFailure(path=path, locator="", reason=reason)
    return value


def value_of(raw: bytes) -> object:
    """The value in JSON bytes; None if they are not JSON."""
    try:
        value: object = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return value


def fields(value: object, *keys: str) -> Fields:
    """The object at `keys` inside `value`; empty if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def string(value: object, *keys: str) -> str:
    """The first of `keys` that is a text or number and not empty; else ""."""
    found = fields(value)
    for key in keys:
        item = found.get(key)
        if isinstance(item, str | int | float) and not isinstance(item, bool) and item != "":
            return str(item)
    return ""


def number(value: object, *keys: str) -> float | None:
    """The first of `keys` that is a number, or a text that is one."""
    for key in keys:
        try:
            return float(string(value, key))
        except ValueError:
            continue
    return None


def each(value: object, key: str) -> Iterator[Fields]:
    """The objects in the list at `key`."""
    for item in items(value, key):
        if isinstance(item, dict):
            yield item


def items(value: object, key: str) -> list[object]:
    """The list at `key`; empty if there is none."""
    found = fields(value).get(key)
    return found if isinstance(found, list) else []


def strays(path: Path, value: object, key: str, within: str = "") -> Iterator[ParseFailure]:
    """One failure for each entry of a list of messages that is no object at all."""
    for count, item in enumerate(items(value, key), 1):
        if not isinstance(item, dict):
            locator = ", ".join(filter(None, (within, f"message {count}")))
            yield ParseFailure(path=path, locator=locator, reason="is no message")
