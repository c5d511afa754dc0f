"""Outlook's data files (.pst, .ost): one document for each item, folder by folder.

They are read by libpff in a process of its own (`ingest.mail.pff`). When it crashes or
hangs, that item is a failure and reading goes on behind it. Memory holds one item at a
time. A password on such a file hides nothing and is not asked for.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure
from ingest.mail import itemdocument, mapi
from ingest.mail.item import Attached, Item
from ingest.mail.mapi import Properties
from ingest.text import one_line

_MAGIC: Final = b"!BDN"
_MOST_CRASHES: Final = 20
_BY_VALUE: Final = 1
_EMBEDDED: Final = 5


class Reader:
    """The lines of one run of the reading process."""

    def __init__(self, lines: Iterable[bytes], ended: Callable[[], int]) -> None:
        self.lines = lines
        self.ended = ended
        """Waits for the process; its exit code, negative for a signal."""


Start = Callable[[Path, int, int], AbstractContextManager[Reader]]


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is an Outlook data file."""
    return head.startswith(_MAGIC) or path.suffix.lower() in (".pst", ".ost")


@contextmanager
def started(path: Path, skipped: int, shallow: int) -> Iterator[Reader]:
    """A process that reads the file, without its first `skipped` items.

    Of the item number `shallow` the messages attached to it are left out.
    """
    command = [sys.executable, "-P", "-m", "ingest.mail.pff", str(path.absolute())]
    # The same modules as here, wherever the program was started.
    places = os.pathsep.join(filter(None, map(os.path.abspath, filter(None, sys.path))))
    with subprocess.Popen(
        [*command, str(skipped), str(shallow)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": places},
    ) as process:
        assert process.stdout is not None
        try:
            yield Reader(process.stdout, process.wait)
        finally:
            process.kill()


def parse(path: Path, start: Start = started) -> Iterator[Document | ParseFailure]:
    """The items of a data file, in the order of its folders."""
    with path.open("rb") as file:
        head = file.read(4)
    if head != _MAGIC:
        reason = "is no Outlook data file" if head else "is empty"
        yield ParseFailure(path=path, locator="", reason=reason)
        return
    state = _State(path)
    for _ in range(_MOST_CRASHES):
        with start(path, state.next, state.shallow) as reader:
            for line in reader.lines:
                yield from state.read(line)
            code = reader.ended()
        if state.finished:
            break
        yield from state.crash(code)
        if state.finished:
            return
    else:
        reason = f"broke off {_MOST_CRASHES} times; the rest was left out"
        yield ParseFailure(path=path, locator="", reason=reason)
        return
    if not state.found:
        yield ParseFailure(path=path, locator="", reason="has no items in it")


@dataclass(slots=True)
class _State:
    """How far reading has come."""

    path: Path
    next: int = 0
    """The item to begin with."""
    shallow: int = -1
    """The item that broke the reader, to be tried again with less in it."""
    at: int | None = None
    """The item that is being read; None before the first."""
    folder: str = ""
    found: int = 0
    finished: bool = False
    meaning: dict[int, int | str] | None = None

    def read(self, raw: bytes) -> Iterator[Document | ParseFailure]:
        """What one line of the process gives."""
        try:
            line: dict[str, Any] = json.loads(raw)
        except ValueError:
            return  # cut short by a crash
        if "names" in line:
            entries, strings = map(base64.b64decode, line["names"])
            self.meaning = mapi.names(entries, strings)
        elif "at" in line:
            self.at = self.next = line["at"]
            self.folder = "/".join(filter(None, map(one_line, line["folder"])))
        elif "item" in line:
            self.found += 1
            self.next += 1
            yield self._document(line)
        elif "failed" in line:
            self.found += 1
            self.next += 1
            yield self._failure("is damaged")
        elif "missing" in line:
            self.finished, self.found = True, 1
            reason = f"needs {line['missing']}; install it with pip"
            yield ParseFailure(path=self.path, locator="", reason=reason)
        elif "unreadable" in line:
            self.finished, self.found = True, 1
            reason = "is damaged or no Outlook data file; Outlook's scanpst may mend it"
            yield ParseFailure(path=self.path, locator="", reason=reason)
        elif "end" in line:
            self.finished = True

    def crash(self, code: int) -> Iterator[ParseFailure]:
        """What is said of the item at which the process ended, if it is given up."""
        slow = code == -signal.SIGALRM
        reason = "takes too long to read" if slow else "is damaged; reading it broke off"
        if self.at is None or self.at < self.next:  # not within an item, so nothing is behind
            self.finished = True
            yield ParseFailure(path=self.path, locator=self.folder, reason=reason)
        elif self.shallow != self.at:
            self.shallow = self.at
        else:
            self.found += 1
            self.next += 1
            yield self._failure(reason)

    def _failure(self, reason: str) -> ParseFailure:
        locator = self._locator(f"no. {self.at + 1}") if self.at is not None else ""
        return ParseFailure(path=self.path, locator=locator, reason=reason)

    def _locator(self, name: str) -> str:
        return f"{self.folder}, {name}" if self.folder else name

    def _document(self, line: dict[str, Any]) -> Document | ParseFailure:
        found = self._item(line["item"])
        # The number an item has in its file; it keeps it when others come and go.
        locator = self._locator(f"item {line['id']}")
        tags = (self.folder,) if self.folder else ()
        return itemdocument.document(found, path=self.path, locator=locator, tags=tags)

    def _item(self, packed: dict[str, Any]) -> Item:
        known = self._properties(packed["p"], 0)
        codepage = known.own_codepage()
        found = Item(properties=known)
        found.recipients = [self._properties(each, codepage) for each in packed.get("r", ())]
        if packed.get("damaged"):
            found.remarks.append("It is damaged; what could be read was kept.")
        if packed.get("bare"):
            found.remarks.append("What is attached to it, if anything, was left out.")
        for each in packed.get("a", ()):
            attached = Attached(properties=self._properties(each["p"], codepage))
            method = attached.properties.number(mapi.ATTACH_METHOD)
            if method == _BY_VALUE and "d" not in each:
                found.remarks.append("An attachment of it cannot be read or is too large.")
            if "i" in each:
                attached.item = self._item(each["i"])
            elif method == _EMBEDDED and not attached.properties.number(mapi.ATTACH_HIDDEN):
                found.remarks.append("A message attached to it cannot be read.")
            attached.raw = base64.b64decode(each.get("d", ""))
            found.attachments.append(attached)
        return found

    def _properties(self, packed: list[list[Any]], codepage: int) -> Properties:
        raw = {key: (kind, base64.b64decode(value)) for key, kind, value in packed}
        return mapi.properties(raw, self.meaning or {}, codepage)
