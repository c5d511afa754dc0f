"""Pages saved as one file (.mht, .mhtml): OneNote's export and saved web pages.

Such a file is a mail in form, so the mail reader reads it; what it then says of a
sender or a conversation means nothing here and is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure
from ingest.files import display_stem, read_whole
from ingest.mail import headers as header
from ingest.mail import message
from ingest.notes import dates
from ingest.text import one_line

MAX_BYTES: Final = 128 << 20
_ONENOTE: Final = b"Microsoft OneNote"
_HEAD_BYTES: Final = 1 << 16
_DATE_LINES: Final = 4
_CLOCK: Final = re.compile(r"\d{1,2}[:.]\d\d(?:\s*[AaPp]\.?[Mm]\.?)?\Z")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one page of a file."""
    raw = read_whole(path, limit=MAX_BYTES)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    page = message.document(raw, path=path, locator="")
    if isinstance(page, ParseFailure):
        reason = page.reason.replace("has no mail headers", "is no saved page")
        yield replace(page, reason=reason)
        return
    headers, _ = header.split(raw.lstrip(b"\r\n"))
    url = one_line(header.first(headers, "snapshot-content-location"))
    remarks = list(page.remarks)
    lines = page.text.split("\n")
    if _ONENOTE in raw[:_HEAD_BYTES]:
        created = _written(lines, remarks)
    else:
        created = page.created
        if created is not None:
            remarks.append("Its date is that on which it was saved.")
    yield replace(
        page,
        kind=Kind.NOTE,
        title=page.title or one_line(lines[0])[:120] or display_stem(path),
        text=f"{page.text}\n\nSource: {url}" if url else page.text,
        created=created,
        people=(),
        parts=(),
        message_id=None,
        references=(),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _written(lines: list[str], remarks: list[str]) -> datetime | None:
    """The day and time that OneNote puts below a page's title."""
    top = [line.strip() for line in lines if line.strip()][1 : 1 + _DATE_LINES]
    for number, line in enumerate(top):
        when = dates.moment(line, remarks)
        if when is None:
            continue
        clock = top[number + 1] if number + 1 < len(top) else ""
        if _CLOCK.match(clock):
            timed = dates.moment(f"{when:%B} {when.day}, {when.year} {clock}", remarks)
            return timed or when
        return when
    return None
