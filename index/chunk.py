"""Documents are cut into chunks whose offsets give their text back exactly.

LlamaIndex's splitters return text without dependable offsets and take 1.3 to
2.6 s to import; a citation needs `document.text[start:end]`, so the cutting is
ours. A chunk never crosses a page.
"""

from __future__ import annotations

import bisect
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.document import Document, Kind, Role

MAX_CHARS = 900
"""About 220 word pieces; MiniLM reads 256 and ignores the rest."""

VERSION = 2
"""Raise it when cutting or context change: what is stored is cut again."""

# Where a cut hurts least, best first. A cut falls after the match.
_BREAKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n\s*\n",
        r"\n(?=[#*\-•>\d])|\n",
        r"[.!?…]['\")\]]*\s+",
        r"[,;:]\s+",
        r"\s+",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A stretch of a document, small enough to be embedded whole."""

    start: int
    end: int

    page: int | None
    """Counts from 1. None if the document has no pages."""

    context: str
    """One line that says what it is part of: title, sender, date, section."""

    section: str
    """Label of the section it begins in, e.g. a heading. Empty if there is none."""

    text: str
    """Exactly `document.text[start:end]`."""

    @property
    def digest(self) -> bytes:
        """16 bytes that stand for what is embedded."""
        return chunk_digest(self.context, self.text)


def chunk_digest(context: str, text: str) -> bytes:
    """16 bytes that stand for what is embedded."""
    return hashlib.blake2b(f"{context}\0{text}".encode(), digest_size=16).digest()


def chunks(document: Document, set_aside: Sequence[tuple[int, int]] = ()) -> Iterator[Chunk]:
    """Cut a document in order.

    Together the chunks hold every visible character, those of the spans in `set_aside`
    excepted.
    """
    base = _context(document)
    starts = [section.start for section in document.sections]
    for page, page_start, page_end in _pages(document):
        for kept_start, kept_end in _without(set_aside, page_start, page_end):
            for start, end in spans(document.text, kept_start, kept_end):
                above = bisect.bisect_right(starts, start) - 1
                section = document.sections[above].label if above >= 0 else ""
                named = section and section != document.title
                yield Chunk(
                    start=start,
                    end=end,
                    page=page,
                    context=f"{base} | {section}" if named else base,
                    section=section,
                    text=document.text[start:end],
                )


def _without(
    set_aside: Sequence[tuple[int, int]], start: int, end: int
) -> Iterator[tuple[int, int]]:
    """What is left of a stretch; `set_aside` is in order."""
    for first, last in set_aside:
        if last > start and first < end:
            yield start, max(first, start)
            start = min(last, end)
    yield start, end


def spans(
    text: str, start: int, end: int, max_chars: int = MAX_CHARS
) -> Iterator[tuple[int, int]]:
    """Cut `text[start:end]` into spans of at most `max_chars`, white space trimmed.

    Each cut is made at the best kind of break in the second half of what would fit.
    """
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        if start == end:
            return
        stop = end if end - start <= max_chars else _cut(text, start, start + max_chars)
        trimmed = stop
        while text[trimmed - 1].isspace():
            trimmed -= 1
        yield start, trimmed
        start = stop


def _cut(text: str, start: int, limit: int) -> int:
    for pattern in _BREAKS:
        last = None
        for last in pattern.finditer(text, start + (limit - start) // 2, limit):  # noqa: B007
            pass
        if last is not None:
            return last.end()
    return limit


def _pages(document: Document) -> Iterator[tuple[int | None, int, int]]:
    if not document.page_starts:
        yield None, 0, len(document.text)
        return
    ends = (*document.page_starts[1:], len(document.text))
    for number, (start, end) in enumerate(
        zip(document.page_starts, ends, strict=True), start=1
    ):
        yield number, start, end


def _context(document: Document) -> str:
    pieces = [document.title]
    if document.within_title:
        pieces.append("attached to " + document.within_title)
    senders = [
        person.name or person.address
        for person in document.people
        if person.role in (Role.SENDER, Role.AUTHOR)
    ]
    receivers = [
        person.name or person.address
        for person in document.people
        if person.role is Role.RECIPIENT
    ]
    if senders:
        word = "between " if document.kind is Kind.CHAT else "from "
        pieces.append(word + ", ".join(senders[:3]))
    if receivers:
        pieces.append("to " + ", ".join(receivers[:5]))
    if document.created is not None:
        pieces.append(f"{document.created:%d %B %Y}")
    if document.attachments:
        pieces.append("attached " + ", ".join(document.attachments[:5]))
    return " | ".join(piece for piece in pieces if piece)
