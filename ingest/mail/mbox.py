"""Mail in mbox files (the mboxrd variant, which Thunderbird and Takeout write).

The file is read once, front to back and never opened for writing; memory holds
one message at a time, at most `MAX_BYTES` of it, so a 20 GB archive costs what its
largest mail costs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from ingest.document import Document, ParseFailure
from ingest.mail.message import MAX_BYTES, document

_QUOTED: Final = ord(">")
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


def is_separator(line: bytes) -> bool:
    """Whether a line is what mail programs write between two messages."""
    return (
        line.startswith(b"From ")
        and len(line) <= _SEPARATOR_BYTES
        and _SEPARATOR.match(line) is not None
    )


def split(lines: BinaryIO, *, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield each message as it was before it was put into the mbox.

    With it comes the byte offset of its "From " line, counted with `start` for where
    `lines` stands now. What comes before the first "From " line is passed over, up to
    64 MB. A message is cut at `MAX_BYTES`.
    """
    offset, position = -1, start
    message: list[bytes] = []
    size = 0
    after_blank = whole_line = True
    while line := lines.readline(_LINE_BYTES):
        if after_blank and line.startswith(b"From ") and is_separator(line):
            if offset >= 0:
                yield offset, _unpadded(message)
            offset, message, size = position, [], 0
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
        whole_line = line.endswith(b"\n")
        position += len(line)
    if offset >= 0:
        yield offset, _unpadded(message)


def _unpadded(message: list[bytes]) -> bytes:
    """The message without the blank line that the mbox puts after it."""
    if message and message[-1] in (b"\n", b"\r\n"):
        del message[-1]
    return b"".join(message)[:MAX_BYTES]


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
        for offset, raw in split(lines, start=start):
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
