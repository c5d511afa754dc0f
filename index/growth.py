"""Match small, read wide: a hit grows to what stands around it in its document.

Chunks are small so that a match means something; an answer often stands a few lines further.
A hit grows by whole turns of a chat, by sentences of anything else, never across a page, out of
its section, or from somebody's own words into what they quote. Hits that meet become one.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from ingest.document import PartKind, Turn

MARGIN_CHARS = 450
"""How far a hit may grow on each side: half a chunk."""

MOST_CHARS = 2_700
"""How long hits that have met may become: three chunks."""

_BREAK = re.compile(r"\n\s*\n|\n|[.!?…]['\")\]]*\s+")


class StoredTurns(Sequence[Turn]):
    """Turns as the catalog stores them; made when asked for, since few of a long chat are."""

    def __init__(self, rows: Sequence[tuple[int, int, str, str | None]]) -> None:
        """Start, end, speaker and point in time of each."""
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Turn: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Turn]: ...
    def __getitem__(self, place: int | slice) -> Turn | Sequence[Turn]:
        if isinstance(place, slice):
            return tuple(_turn(row) for row in self._rows[place])
        return _turn(self._rows[place])


def _turn(row: tuple[int, int, str, str | None]) -> Turn:
    start, end, speaker, at = row
    moment = None if at is None else datetime.fromisoformat(at)
    return Turn(start=start, end=end, speaker=speaker, at=moment)


@dataclass(frozen=True, slots=True)
class Layout:
    """A document's text and what divides it."""

    text: str
    turns: Sequence[Turn] = ()
    """Ascending; they do not overlap."""

    sections: tuple[int, ...] = ()
    """Where each begins."""

    pages: tuple[int, ...] = ()
    """Where each begins."""

    parts: tuple[tuple[str, int, int], ...] = ()
    """Kind, start and end."""

    def turns_in(self, start: int, end: int) -> tuple[Turn, ...]:
        """What is said in `text[start:end]`, if only in part."""
        first = bisect.bisect_right(self.turns, start, key=lambda turn: turn.end)
        last = bisect.bisect_left(self.turns, end, key=lambda turn: turn.start)
        return tuple(self.turns[first:last])


@dataclass(slots=True)
class Stretch:
    """A grown hit."""

    start: int
    end: int


def read_layout(
    text: str, turns: Sequence[Turn], sections: str, pages: str, parts: str
) -> Layout:
    """A layout from the columns of a document, which are JSON."""
    return Layout(
        text=text,
        turns=turns,
        sections=tuple(start for start, _ in json.loads(sections)),
        pages=tuple(json.loads(pages)),
        parts=tuple((kind, start, end) for kind, start, end in json.loads(parts)),
    )


def widened(layout: Layout, start: int, end: int) -> tuple[int, int]:
    """The stretch around `text[start:end]` worth reading with it."""
    first, last = _bounds(layout, start, end)
    low = max(first, start - MARGIN_CHARS)
    high = min(last, end + MARGIN_CHARS)
    if layout.turns:
        return _to_turns(layout.turns, start, end, low, high)
    return _to_sentences(layout.text, start, end, low, high, first, last)


def _bounds(layout: Layout, start: int, end: int) -> tuple[int, int]:
    """How far growth may go at all."""
    first, last = 0, len(layout.text)
    for starts in (layout.pages, layout.sections):
        if not starts:
            continue
        above = bisect.bisect_right(starts, start) - 1
        below = bisect.bisect_left(starts, end)
        first = max(first, starts[above] if above >= 0 else 0)
        last = min(last, starts[below] if below < len(starts) else last)
    return max(first, _part_start(layout, start)), min(last, _part_end(layout, end))


def _part_start(layout: Layout, start: int) -> int:
    """Where what is (or is not) quoted around `start` begins."""
    reached = start
    quoted = None
    for kind, first, last in reversed(layout.parts):
        if first > start:
            continue
        is_quote = kind == PartKind.QUOTE
        if quoted is None:
            if last <= start:
                break
            quoted = is_quote
        elif is_quote is not quoted:
            break
        reached = first
    return reached if layout.parts else 0


def _part_end(layout: Layout, end: int) -> int:
    """Where what is (or is not) quoted before `end` ends."""
    reached = end
    quoted = None
    for kind, first, last in layout.parts:
        if last < end:
            continue
        is_quote = kind == PartKind.QUOTE
        if quoted is None:
            if first >= end:
                break
            quoted = is_quote
        elif is_quote is not quoted:
            break
        reached = last
    return reached if layout.parts else len(layout.text)


def _to_turns(
    turns: Sequence[Turn], start: int, end: int, low: int, high: int
) -> tuple[int, int]:
    first = bisect.bisect_left(turns, low, key=lambda turn: turn.start)
    last = bisect.bisect_right(turns, high, key=lambda turn: turn.end)
    if first < last:
        start = min(start, turns[first].start)
        end = max(end, turns[last - 1].end)
    return start, end


def _to_sentences(
    text: str, start: int, end: int, low: int, high: int, first: int, last: int
) -> tuple[int, int]:
    if low > first:
        broken = _BREAK.search(text, low, start)
        low = broken.end() if broken else start
    if high < last:
        breaks = list(_BREAK.finditer(text, end, high))
        high = breaks[-1].start() + 1 if breaks else end
    return _trimmed(text, low, high, start, end)


def _trimmed(text: str, low: int, high: int, start: int, end: int) -> tuple[int, int]:
    while low < start and text[low].isspace():
        low += 1
    while high > end and text[high - 1].isspace():
        high -= 1
    return low, high


class Stretches:
    """Grown hits, best first; one that meets an earlier one joins it."""

    def __init__(self) -> None:
        self.found: list[Stretch] = []
        self._of: dict[tuple[int, int | None], list[int]] = {}

    def add(
        self, place: tuple[int, int | None], hit: tuple[int, int], wide: tuple[int, int]
    ) -> tuple[int, bool]:
        """Take a hit that grew to `wide`; its number, and whether that is a new one.

        `place` is its document and page.
        """
        start, end = hit
        low, high = wide
        for number in self._of.get(place, ()):
            other = self.found[number]
            if other.start <= start and end <= other.end:
                return number, False
            if low >= other.end or high <= other.start:
                continue
            joined = min(low, other.start), max(high, other.end)
            if joined[1] - joined[0] <= MOST_CHARS:
                other.start, other.end = joined
                return number, False
            # Both stay, and share as little as their hits do.
            if other.start <= low < other.end:
                low = min(start, other.end)
            if other.start < high <= other.end:
                high = max(end, other.start)
        self.found.append(Stretch(low, high))
        self._of.setdefault(place, []).append(len(self.found) - 1)
        return len(self.found) - 1, True
