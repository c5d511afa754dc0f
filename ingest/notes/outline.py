"""The headings of a note as the sections of its document."""

from __future__ import annotations

import html
import re
from typing import Final

from ingest.document import Section
from ingest.text import one_line

BETWEEN: Final = " > "
_LONGEST: Final = 200
_DEEPEST: Final = 6
_HTML_HEADING: Final = re.compile(
    r"<h([1-6])\b[^<>]{0,300}>((?:[^<]|<(?!/?h[1-6])[^<>]{0,300}>){1,600}?)</h\1>", re.I
)
_TAG: Final = re.compile(r"<[^<>]*>")


class Outline:
    """Collects headings in order; each is labelled with those above it."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self._open: list[tuple[int, str]] = []

    def add(self, level: int, words: str, start: int) -> None:
        """A heading of that level, counted from 1, at an offset in the text."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        if not words:
            return
        self._open.append((level, words[:_LONGEST]))
        path = [heading for _, heading in self._open[-_DEEPEST:]]
        self.sections.append(Section(start=start, label=BETWEEN.join(path)))


def of_html(written: str, text: str) -> tuple[Section, ...]:
    """The headings of an HTML note, found again in order in the text made from it."""
    # Lines after a blank one; a heading's entry in a table of contents is not.
    places: dict[str, list[int]] = {}
    offset = 0
    blank = True
    for line in text.split("\n"):
        if blank and line:
            places.setdefault(line, []).append(offset)
        blank = not line
        offset += len(line) + 1
    for found in places.values():
        found.reverse()
    outline = Outline()
    end = 0
    for level, inner in _HTML_HEADING.findall(written):
        words = one_line(html.unescape(_TAG.sub("", inner)))
        waiting = places.get(words, [])
        while waiting and waiting[-1] < end:
            waiting.pop()
        if waiting:
            start = waiting.pop()
            outline.add(int(level), words, start)
            end = start + len(words)
    return tuple(outline.sections)
