"""Plain text files, one note each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.document import Document, Kind, ParseFailure
from ingest.files import display_stem, read_whole
from ingest.notes import dates
from ingest.text import decode, normalise


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one note of a text file; its title is the file's name."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    text = normalise(decoded)
    if not text.strip():
        yield ParseFailure(path=path, locator="", reason="has no readable text")
        return
    remarks = [remark] if remark else []
    created = dates.headed(text, remarks) or dates.named(path, remarks)
    yield Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=display_stem(path),
        text=text,
        created=created,
        remarks=tuple(remarks),
    )
