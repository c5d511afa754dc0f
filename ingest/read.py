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
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from ingest.discover import Found, discover, no_format
from ingest.document import Document, Embedded, Kind, ParseFailure, Skipped
from ingest.files import display
from ingest.ignore import SPAM, Rules, is_spam_or_bin
from ingest.packed import Budget
from ingest.registry import HEAD_BYTES, Format, by_name, format_of

DEEPEST: Final = 4
"""A zip in a mail in a zip in a zip is opened; what is in there still, is not."""

BETWEEN: Final = " › "
"""Stands in a locator between what holds something and its name in there."""

_FOLDERS: Final = "life-archive-"
_DEEPEST_MAIL: Final = 20
_MOST_FILES: Final = 1000
_UNSAFE: Final = re.compile(r"[^\w .,()\[\]@+&=#~-]+")
_GENERIC: Final = ("", "application/octet-stream", "application/binary")

Read = Document | ParseFailure | Skipped


def read(
    path: Path, format_name: str, start: int | None = None, *, rules: Rules | None = None
) -> Iterator[Read]:
    """Everything that a file of that format holds, in order.

    `start` goes on in a file that has grown (see `Format.appends`). Raises OSError if
    the file itself cannot be read; whatever is inside is a value instead.
    """
    within = _Within(Budget(path.stat().st_size), rules or Rules())
    yield from _read(path, by_name(format_name), start, within)


@dataclass(frozen=True, slots=True)
class _Within:
    """How deep something is inside the file that is read."""

    budget: Budget
    rules: Rules
    packed: int = 0
    """So many compressed files are around it."""
    attached: int = 0
    """So many messages or notes are around it."""


def _read(path: Path, known: Format, start: int | None, within: _Within) -> Iterator[Read]:
    if known.unpack is not None:
        yield from _unpacked(path, known, within)
        return
    assert known.parse is not None
    for item in known.parse(path) if start is None else known.parse(path, start):
        if (
            isinstance(item, Document)
            and not within.rules.spam_and_bin
            and item.kind is Kind.MAIL
            and is_spam_or_bin(item.tags)
        ):
            yield Skipped(path=item.path, locator=item.locator, reason=SPAM)
        elif isinstance(item, Document) and item.files:
            yield replace(item, files=())
            yield from _attached(item, within)
        else:
            yield item


def _private_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that only its owner can look into, named after this process."""
    return tempfile.TemporaryDirectory(prefix=f"{_FOLDERS}{os.getpid()}-")


def sweep() -> None:
    """Remove what readers that were killed have left unpacked behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}*-*"):
        pid = folder.name.removeprefix(_FOLDERS).partition("-")[0]
        try:
            if pid.isdigit() and folder.stat().st_uid == os.getuid() and not _lives(int(pid)):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _unpacked(path: Path, known: Format, within: _Within) -> Iterator[Read]:
    """The members of a compressed file, their locators those inside it."""
    assert known.unpack is not None
    if within.packed >= DEEPEST:
        yield _too_deep(path)
        return
    inside = replace(within, packed=within.packed + 1)
    with _private_folder() as place:
        folder = Path(place)
        for problem in known.unpack(path, folder, within.budget):
            yield _moved(problem, folder, path)
        for found in discover(folder, rules=within.rules):
            if not isinstance(found, Found):
                yield _moved(found, folder, path)
                continue
            try:
                for item in _read(found.path, by_name(found.format), None, inside):
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


def _attached(holder: Document, within: _Within) -> Iterator[Read]:
    """The documents that a document's attachments are."""
    inside = replace(within, attached=within.attached + 1)
    for number, file in enumerate(itertools.islice(holder.files, _MOST_FILES), 1):
        name = file.name or f"part {number}"
        locator = BETWEEN.join(filter(None, (holder.locator, f"{number} {name}")))
        if not file.raw:
            continue
        if within.attached >= _DEEPEST_MAIL:
            reason = f"is forwarded more than {_DEEPEST_MAIL} times over; the rest was left out"
            yield ParseFailure(path=holder.path, locator=locator, reason=reason)
            continue
        with _private_folder() as place:
            path = Path(place) / _file_name(file, number)
            path.write_bytes(file.raw)
            known = format_of(path, file.raw[:HEAD_BYTES])
            if known is None:
                reason = f"attached, {no_format(path)}"
                yield Skipped(path=holder.path, locator=locator, reason=reason)
                continue
            try:
                for item in _read(path, known, None, inside):
                    yield _inside(item, holder, locator, name)
            except OSError as error:
                reason = f"cannot be read: {error.strerror or type(error).__name__}"
                yield ParseFailure(path=holder.path, locator=locator, reason=reason)


def _inside(item: Read, holder: Document, locator: str, name: str) -> Read:
    """What was read from an attachment, as a part of its holder's file."""
    inner = BETWEEN.join(filter(None, (locator, item.locator)))
    if not isinstance(item, Document):
        return replace(item, path=holder.path, locator=inner)
    if item.within is not None:  # inside something that was attached
        within = BETWEEN.join(filter(None, (locator, item.within)))
        return replace(item, path=holder.path, locator=inner, within=within)
    remarks = item.remarks
    created = item.created
    if created is None and holder.created is not None:
        created = holder.created
        remarks = (*remarks, "It has no date of its own; that of its message is taken.")
    return replace(
        item,
        path=holder.path,
        locator=inner,
        within=holder.locator,
        within_title=holder.title,
        title=item.title or name,
        people=item.people or holder.people,
        created=created,
        remarks=remarks,
    )


def _file_name(file: Embedded, number: int) -> str:
    """A safe name to write an attachment under, its suffix kept or found."""
    name = _UNSAFE.sub("_", file.name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    if not suffix and file.media not in _GENERIC:
        suffix = mimetypes.guess_extension(file.media) or ""
    return f"{stem[:100] or f'part {number}'}{suffix[:20]}"
