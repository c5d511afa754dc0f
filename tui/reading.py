"""What a document looks like in the reader: by page, or as one message of its thread.

Pure: text and spans in, text and spans out. What is put in between, a line at each page or
message and one for each folded quote, moves the spans along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from tui.words import count, day, who

if TYPE_CHECKING:
    from index.stored import StoredDocument
    from index.threadview import ThreadMessage

Span = tuple[int, int]

_HEADING = re.compile(r"^#{1,6} .+$", re.MULTILINE)
_RULE = "──"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A text to be drawn."""

    text: str
    quotes: tuple[Span, ...]
    rules: tuple[Span, ...] = ()
    """Lines that name what follows: a page, a message, a heading. One can jump to them."""

    at: int = 0
    """Where to begin if there is no quote."""


@dataclass(slots=True)
class _Pieces:
    text: list[str] = field(default_factory=list)
    length: int = 0
    rules: list[Span] = field(default_factory=list)
    moved: list[tuple[int, int, int]] = field(default_factory=list)
    """Start and end in the document, and how far that moved."""

    def add(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text)

    def rule(self, words: str) -> None:
        if self.length:
            self.add("\n" if self.text[-1].endswith("\n") else "\n\n")
        line = f"{_RULE} {words} {_RULE}"
        self.rules.append((self.length, self.length + len(line)))
        self.add(line + "\n")

    def stretch(self, text: str, start: int, end: int) -> None:
        self.moved.append((start, end, self.length - start))
        self.add(text[start:end])

    def spans(self, wanted: Sequence[Span]) -> list[Span]:
        """Where these parts of the document are now, cut at what was put in between."""
        return [
            (max(start, first) + by, min(end, last) + by)
            for start, end in wanted
            for first, last, by in self.moved
            if max(start, first) < min(end, last)
        ]


def of_document(document: StoredDocument, quotes: Sequence[Span]) -> Reading:
    """One document, a line where each of its pages begins, a note's headings set off."""
    text, pages = document.text, document.page_starts
    if len(pages) < 2:
        headings = _HEADING.finditer(text) if document.kind == "note" else ()
        rules = tuple(match.span() for match in headings)
        return Reading(text=text, quotes=tuple(quotes), rules=rules)
    pieces = _Pieces()
    for n, (start, end) in enumerate(pairwise((*pages, len(text))), start=1):
        pieces.rule(f"page {n} of {len(pages)}")
        pieces.stretch(text, start, end)
    return Reading(
        text="".join(pieces.text),
        quotes=tuple(pieces.spans(quotes)),
        rules=tuple(pieces.rules),
    )


def of_thread(
    messages: Sequence[ThreadMessage],
    source: StoredDocument,
    quotes: Sequence[Span],
    *,
    folded: bool = True,
) -> Reading:
    """All messages of a thread, oldest first, what they quote folded to a line.

    It begins at `source`, or at the mail that came with it. What is cited stays: a quote
    that holds one of `quotes` is not folded. Of a very long thread, how many are before and
    after those shown is said.
    """
    pieces = _Pieces()
    if messages and (before := messages[0].n - 1):
        pieces.add(f"… {count(before, 'earlier message')}, not shown here\n")
    found: list[Span] = []
    at = 0
    for message in messages:
        document = message.document
        mine = quotes if document.id == source.id else ()
        if document.id == source.id or document.passage_id == source.within:
            at = pieces.length
        names = " · ".join(filter(None, (who(document.people), day(document.date))))
        pieces.rule(f"{message.n} of {message.of} · {names}")
        pieces.moved.clear()
        start = 0
        for first, last in message.quoted if folded else ():
            if any(a < last and b > first for a, b in mine):
                continue
            pieces.stretch(document.text, start, first)
            lines = document.text[first:last].strip().count("\n") + 1
            pieces.add(f"▸ {count(lines, 'quoted line')}\n")
            start = last
        pieces.stretch(document.text, start, len(document.text))
        found += pieces.spans(mine)
    if messages and (after := messages[-1].of - messages[-1].n):
        pieces.add(f"\n\n… {count(after, 'later message')}, not shown here\n")
    return Reading(
        text="".join(pieces.text),
        quotes=tuple(found),
        rules=tuple(pieces.rules),
        at=at,
    )
