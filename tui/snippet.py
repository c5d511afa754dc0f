"""The lines of a passage around what was looked for, with the words of the query marked.

A passage has grown around its hit; shown is the sentence that holds most of the query's words
and what follows it. A word matches by its stem, as the ranker compares words. A passage takes
about a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.keywords import terms
from index.passage import Passage
from index.query import Query
from index.words import comparable, sentences, stem
from tui.clean import one_line

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_RULE = re.compile(r"([-=_*#.~>|])\1{3,}")
"""A line drawn across a mail; three of its signs say as much."""

Marks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of text, however long, with the offsets of the words that match."""

    text: str
    marks: Marks


class Sought:
    """The words of a query, ready to be found again in what was found."""

    def __init__(self, query: Query) -> None:
        wanted = terms(query.words) if query.words.strip() else []
        self._stems = _stems(" ".join(wanted))
        # "in 2001" was understood and satisfied; the year alone is not worth showing.
        understood = _stems(" ".join(one.said for one in query.filters if not one.stated))
        self._telling = self._stems - understood or self._stems

    def marks(self, text: str) -> Marks:
        """Where the words stand in `text`."""
        return tuple((start, end) for start, end, _ in self._found(text))

    def snippet(self, passage: Passage, chars: int) -> Snippet:
        """About `chars` characters of the passage, around its best sentence."""
        start, end = self._stretch(passage, chars)
        text = _RULE.sub(r"\1\1\1", one_line(passage.text[start:end]))
        if start > 0:
            text = f"…{text}"
        if end < len(passage.text):
            text = f"{text}…"
        return Snippet(text, self.marks(text))

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        if not self._stems:
            return []
        return [
            (match.start(), match.end(), found)
            for match in _WORD.finditer(text)
            if (found := _stem(match[0])) in self._stems
        ]

    def _stretch(self, passage: Passage, chars: int) -> tuple[int, int]:
        text = passage.text
        if len(text) <= chars:
            return 0, len(text)
        start, last = self._best(passage)
        if last - start > chars:
            start = self._first_word(text, start, last, chars)
        end = min(len(text), start + chars)
        if end == len(text):
            start = _back_to_a_word(text, max(0, end - chars))
        elif (space := text.rfind(" ", start + chars // 2, end)) > 0:
            end = space
        return start, end

    def _best(self, passage: Passage) -> tuple[int, int]:
        """The sentence with most of the words; of several, the first within the hit."""
        text = passage.text
        hit = (passage.hit[0] - passage.start, passage.hit[1] - passage.start)
        best: tuple[int, bool, int, int] | None = None
        for start, end in sentences(text):
            held = len({found for _, _, found in self._found(text[start:end])} & self._telling)
            inside = start < hit[1] and end > hit[0]
            if best is None or (held, inside) > best[:2]:
                best = (held, inside, start, end)
        return (best[2], best[3]) if best else (0, len(text))

    def _first_word(self, text: str, start: int, end: int, chars: int) -> int:
        """Where to begin in a sentence that is too long: a little before its first match."""
        found = self._found(text[start:end])
        if not found or found[0][0] < chars // 3:
            return start
        return _back_to_a_word(text, start + found[0][0] - chars // 4)


def _back_to_a_word(text: str, at: int) -> int:
    """The beginning of the word after `at`, unless that is far."""
    space = text.find(" ", at, at + 40)
    return space + 1 if at > 0 and space >= 0 else at


def marked_lines(
    snippet: Snippet, lines: Sequence[tuple[int, int]]
) -> list[list[tuple[str, bool]]]:
    """Each line, given by its offsets, as pieces of text that match or do not."""
    cut = []
    for start, end in lines:
        pieces: list[tuple[str, bool]] = []
        at = start
        for first, last in snippet.marks:
            first, last = max(first, at), min(last, end)
            if first < last:
                pieces += [(snippet.text[at:first], False), (snippet.text[first:last], True)]
                at = last
        pieces.append((snippet.text[at:end], False))
        cut.append([piece for piece in pieces if piece[0]])
    return cut


def _stems(text: str) -> set[str]:
    return {_stem(part) for part in _WORD.findall(text)}


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return stem(comparable(word))
