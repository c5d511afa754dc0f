"""Words and sentences of a text with their offsets, as evidence and checks compare them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from index.keywords import STOPWORDS

_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*", re.UNICODE)
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9ÄÖÜÉÀ])|\n\s*\n|\n(?=[-*•#>|]|\d+[.)])"
)
_ABBREVIATION = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|No|Inc|Ltd|Co|e\.g|i\.e|approx|[A-Z])\.$"
)
_SUFFIXES = (
    "ations",
    "ation",
    "ingly",
    "edly",
    "ments",
    "ment",
    "ness",
    "ings",
    "ing",
    "ies",
    "ied",
    "ers",
    "er",
    "est",
    "ed",
    "es",
    "ly",
    "s",
    "e",
    "y",
)

MAX_SENTENCE_CHARS = 400


def comparable(text: str) -> str:
    """Lower case, compatibility forms and accents folded: for comparing words only."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text).casefold()
    marks = [ord(letter) for letter in set(folded) if unicodedata.combining(letter)]
    return folded.translate(dict.fromkeys(marks)) if marks else folded


def stem(word: str) -> str:
    """A crude English stem, enough to see `moved` in `moving`. Numbers stay whole."""
    if word[:1].isdigit():
        return word.replace(",", "")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def words(text: str) -> list[str]:
    """Every word, folded for comparison, possessive `'s` removed."""
    found = []
    for match in _WORD.finditer(comparable(text)):
        word = match[0].replace("’", "'")
        found.append(word.removesuffix("'s"))
    return found


def content_stems(text: str) -> set[str]:
    """Stems of the words that carry meaning."""
    return {stem(word) for word in words(text) if word not in STOPWORDS}


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Spans of the sentences in `text[start:end]`, white space trimmed, in order.

    A line that stands alone (a list item, a header) is a sentence; one that runs on is cut at
    `MAX_SENTENCE_CHARS`.
    """
    end = len(text) if end is None else end
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(begin, match.start() - 8), match.start()):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE_CHARS:
        cut = text.rfind(" ", start + MAX_SENTENCE_CHARS // 2, start + MAX_SENTENCE_CHARS)
        line = text.rfind("\n", start + MAX_SENTENCE_CHARS // 2, start + MAX_SENTENCE_CHARS)
        cut = line if line > 0 else cut if cut > 0 else start + MAX_SENTENCE_CHARS
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
