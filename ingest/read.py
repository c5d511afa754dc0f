"""A file becomes documents, whatever it is and whatever is inside it.

The one entry to all parsers. Attachments become documents of their own and point
to the one that holds them; compressed files are unpacked into a private folder,
within limits, and read like any other folder.
"""

from __future__ import annotations

import itertools
import mimetypes
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ingest.discover import Found, discover
from ingest.document import Document, Embedded, ParseFailure, Skipped
from ingest.files import display
from ingest.registry import HEAD_BYTES, Format, by_name, format_of

DEEPEST: Final = 4
"""A zip in a mail in a zip in a zip is opened; what is in there still, is not."""

BETWEEN: Final = " › "
"""Stands in a locator between what holds something and its name in there."""

_MOST_FILES: Final = 1000
_PICTURE_BYTES: Final = 8 << 10
_UNSAFE: Final = re.compile(r"[^\w .,()\[\]@+&=#~-]+")
_GENERIC: Final = ("", "application/octet-stream", "application/binary")

Read = Document | ParseFailure | Skipped


def read(path: Path, format_name: str, start: int | None = None) -> Iterator[Read]:
    """Everything that a file of that format holds, in order.

    `start` goes on in a file that has grown (see `Format.appends`). Raises OSError if
    the file itself cannot be read; whatever is inside is a value instead.
    """
    yield from _read(path, by_name(format_name), start, 0)


def _read(path: Path, known: Format, start: int | None, depth: int) -> Iterator[Read]:
    if known.unpack is not None:
        yield from _unpacked(path, known, depth)
        return
    assert known.parse is not None
    for item in known.parse(path) if start is None else known.parse(path, start):
        if isinstance(item, Document) and item.files:
            yield replace(item, files=())
            yield from _attached(item, depth)
        else:
            yield item


def _unpacked(path: Path, known: Format, depth: int) -> Iterator[Read]:
    """The members of a compressed file, their locators those inside it."""
    assert known.unpack is not None
    if depth >= DEEPEST:
        yield _too_deep(path)
        return
    with tempfile.TemporaryDirectory(prefix="life-archive-") as place:
        folder = Path(place)
        for problem in known.unpack(path, folder):
            yield _moved(problem, folder, path)
        for found in discover(folder):
            if not isinstance(found, Found):
                yield _moved(found, folder, path)
                continue
            try:
                for item in _read(found.path, by_name(found.format), None, depth + 1):
                    yield _moved(item, folder, path)
            except OSError as error:
                reason = f"cannot be read: {error.strerror or type(error).__name__}"
                yield ParseFailure(path=path, locator=found.relative, reason=reason)


def _too_deep(path: Path) -> ParseFailure:
    reason = f"is packed more than {DEEPEST} times over; unpack it to have it read"
    return ParseFailure(path=path, locator="", reason=reason)


def _moved(item: Read, folder: Path, container: Path) -> Read:
    """An item of an unpacked member as one of its container."""
    if item.path == container:
        return item
    member = display(item.path.relative_to(folder)) if item.path != folder else ""
    locator = BETWEEN.join(filter(None, (member, item.locator)))
    if isinstance(item, Document) and item.within is not None:
        within = BETWEEN.join(filter(None, (member, item.within)))
        return replace(item, path=container, locator=locator, within=within)
    return replace(item, path=container, locator=locator)


def _attached(holder: Document, depth: int) -> Iterator[Read]:
    """The documents that a document's attachments are."""
    for number, file in enumerate(itertools.islice(holder.files, _MOST_FILES), 1):
        name = file.name or f"part {number}"
        locator = BETWEEN.join(filter(None, (holder.locator, f"{number} {name}")))
        if not file.raw:
            continue
        if depth >= DEEPEST:
            yield replace(_too_deep(holder.path), locator=locator)
            continue
        with tempfile.TemporaryDirectory(prefix="life-archive-") as place:
            path = Path(place) / _file_name(file, number)
            path.write_bytes(file.raw)
            known = format_of(path, file.raw[:HEAD_BYTES])
            if known is None:
                suffix = path.suffix.lower()
                reason = f"attached, no format for {suffix or 'it'}"
                yield Skipped(path=holder.path, locator=locator, reason=reason)
                continue
            try:
                for item in _read(path, known, None, depth + 1):
                    yield _inside(item, holder, locator, name)
            except OSError as error:
                reason = f"cannot be read: {error.strerror or type(error).__name__}"
                yield ParseFailure(path=holder.path, locator=locator, reason=reason)


def _inside(item: Read, holder: Document, locator: str, name: str) -> Read:
    """What was read from an attachment, as a part of its holder's file."""
    locator = BETWEEN.join(filter(None, (locator, item.locator)))
    if not isinstance(item, Document):
        return replace(item, path=holder.path, locator=locator)
    remarks = item.remarks
    created = item.created
    if created is None and holder.created is not None:
        created = holder.created
        remarks = (*remarks, "It has no date of its own; that of its message is taken.")
    return replace(
        item,
        path=holder.path,
        locator=locator,
        within=holder.locator,
        title=item.title or name,
        people=item.people or holder.people,
        created=created,
        remarks=remarks,
    )


def _file_name(file: Embedded, number: int) -> str:
    """A safe name to write an attachment under, its suffix kept or found."""
    name = _UNSAFE.sub("_", os.path.basename(file.name)).strip(". ")
    stem, suffix = os.path.splitext(name)
    if not suffix and file.media not in _GENERIC:
        suffix = mimetypes.guess_extension(file.media) or ""
    return f"{stem[:100] or f'part {number}'}{suffix[:20]}"
