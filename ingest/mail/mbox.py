"""Mail in mbox files: mboxrd (which Thunderbird and Takeout write), mboxo, mboxcl.

The file is read once, front to back and never opened for writing; memory holds
one message at a time, at most `MAX_BYTES` of it, so a 20 GB archive costs what its
largest mail costs.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from ingest.document import Document, ParseFailure
from ingest.mail.message import MAX_BYTES, document

_QUOTED: Final = ord(">")
_TELLING: Final = b"cC\r\n"  # how a Content-Length begins, or the blank line below headers
_LINE_BYTES: Final = 1 << 20
_SEPARATOR_BYTES: Final = 500
_MOST_LEADING_BYTES: Final = 64 << 20
_BUFFER_BYTES: Final = 1 << 18
# Day, month, clock and year, in any order, and nothing but a timezone after them:
# "From " at the start of a sentence does not look like that.
_SEPARATOR: Final = re.compile(
    rb"From (?=.*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b)"
    rb"(?=.*\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b)"
    rb"(?=.*\b(?:19|20)\d\d\b)"
    rb".*\b\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?(?: +[+-]\d{4}| +[A-Z]{1,5})*"
    rb"(?: +(?:19|20)\d\d)?(?: +[+-]\d{4}| +[A-Z]{1,5}| +remote from \S+)*\s*$"
)


_HEADER: Final = re.compile(rb"(?:[A-Za-z][\w-]*:(?: |\t|\r?\n)|>From )")


class Lines(Protocol):
    """What messages are split from."""

    def readline(self, limit: int, /) -> bytes:
        """The next line, cut at `limit` bytes; b"" at the end."""
        ...


def is_separator(line: bytes) -> bool:
    """Whether a line is what mail programs write between two messages."""
    return (
        line.startswith(b"From ")
        and len(line) <= _SEPARATOR_BYTES
        and _SEPARATOR.match(line) is not None
    )


def split(lines: Lines, *, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield each message as it was before it was put into the mbox.

    With it comes the byte offset of its "From " line, counted with `start` for where
    `lines` stands now. What comes before the first "From " line is passed over, up to
    64 MB. A message is cut at `MAX_BYTES`.
    """
    offset, position = -1, start
    message: list[bytes] = []
    size = 0
    length = _ContentLength(lines)
    after_blank = whole_line = True
    ahead: bytes | None = None
    while line := lines.readline(_LINE_BYTES) if ahead is None else ahead:
        ahead = None
        separates = whole_line and line.startswith(b"From ") and is_separator(line)
        if separates and not after_blank:
            # Some programs leave the blank line out; then headers follow at once.
            ahead = lines.readline(_LINE_BYTES)
            separates = _HEADER.match(ahead) is not None
        if separates and not length.covers(position, position + len(line) + len(ahead or b"")):
            if offset >= 0:
                yield offset, _unpadded(message)
            offset, message, size = position, [], 0
            length.begin()
            after_blank = False
        elif offset < 0 and position - start > _MOST_LEADING_BYTES:
            return
        else:
            if offset >= 0 and size < MAX_BYTES:
                if whole_line and line[0] == _QUOTED and line.lstrip(b">").startswith(b"From "):
                    message.append(line[1:])
                else:
                    message.append(line)
                size += len(line)
            after_blank = whole_line and line in (b"\n", b"\r\n")
            if length.in_headers and line[0] in _TELLING:
                length.see(line, position + len(line))
        whole_line = line.endswith(b"\n")
        position += len(line)
    if offset >= 0:
        yield offset, _unpadded(message)


class _ContentLength:
    """How far a message reaches by its own Content-Length (mboxcl, mboxcl2).

    Many a Content-Length is wrong, so it is only believed if another message, or the
    end of the file, is where it says; and that is only looked up when it matters.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._claimed = 0
        self._end = 0
        self._believed = 0
        self.in_headers = False

    def begin(self) -> None:
        """A message begins."""
        self._claimed = self._end = self._believed = 0
        self.in_headers = True

    def see(self, line: bytes, end: int) -> None:
        """Look at a header line; the blank one after them is at `end`."""
        if line in (b"\n", b"\r\n"):
            self.in_headers = False
            self._end = end + self._claimed if self._claimed else 0
        elif line[:15].lower() == b"content-length:" and line[15:].strip().isdigit():
            self._claimed = int(line[15:].strip()[:12])

    def covers(self, position: int, now: int) -> bool:
        """Whether `position` is inside the message; the file has been read to `now`."""
        if position < self._believed:
            return True
        if position >= self._end or not isinstance(self._lines, io.IOBase):
            return False
        here = self._lines.tell()
        self._lines.seek(here + self._end - now - 1)
        last, after = self._lines.read(1), self._lines.read(_SEPARATOR_BYTES)
        self._lines.seek(here)
        following = after.lstrip(b"\r\n").partition(b"\n")[0]
        if last and (not after or is_separator(following)):
            self._believed = self._end
        self._end = 0
        return position < self._believed


def _unpadded(message: list[bytes]) -> bytes:
    """The message without the blank line that the mbox puts after it."""
    if message and message[-1] in (b"\n", b"\r\n"):
        del message[-1]
    return b"".join(message)[:MAX_BYTES]


class _OldMacLines:
    """The lines of a file that ends them with a CR, as if with a LF."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pending = b""

    def readline(self, limit: int, /) -> bytes:
        """The next line, or a piece of it of at most `limit` bytes; b"" at the end."""
        while (at := self._pending.find(b"\r", 0, limit)) < 0 and len(self._pending) < limit:
            block = self._file.read(_BUFFER_BYTES)
            if not block:
                break
            self._pending += block
        end = at + 1 if at >= 0 else limit
        line, self._pending = self._pending[:end], self._pending[end:]
        return line[:-1] + b"\n" if line.endswith(b"\r") else line


def _lines_of(file: BinaryIO) -> Lines:
    here = file.tell()
    sample = file.read(_BUFFER_BYTES)
    file.seek(here)
    return _OldMacLines(file) if b"\r" in sample and b"\n" not in sample else file


def parse(path: Path, start: int = 0) -> Iterator[Document | ParseFailure]:
    """Yield one document for each mail, in file order.

    A mail that cannot be read becomes a `ParseFailure` and the next one is tried;
    only an unreadable file raises (OSError). `start` is the offset of a "From " line:
    reading begins there, for a file that has grown.
    """
    with path.open("rb", buffering=_BUFFER_BYTES) as lines:
        size = os.fstat(lines.fileno()).st_size
        if size <= start:
            if not size:
                yield ParseFailure(path=path, locator="", reason="is empty")
            return
        lines.seek(start)
        found = False
        for offset, raw in split(_lines_of(lines), start=start):
            if not found and offset > start:
                left_out = f'{offset - start} bytes before the first "From " line were left out'
                yield ParseFailure(path=path, locator=f"byte {start}", reason=left_out)
            found = True
            yield document(raw, path=path, locator=f"byte {offset}")
        if not found:
            yield ParseFailure(
                path=path,
                locator=f"byte {start}",
                reason='holds no "From " line, so it is no mbox',
            )
