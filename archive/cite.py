"""Citations: which exact words of which document a sentence rests on.

The model's own `[n]` are only a hint. A quote is cut from the stored text in
code, so it exists by construction; whether it bears the sentence out is
checked word by word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from archive.evidence import Evidence
from index.keywords import STOPWORDS
from index.passage import Passage
from index.words import content_stems, sentences, stem, words

MARK = re.compile(r"\s*\[(\d{1,3})\]")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w’'-]+")

_HEADER = re.compile(
    r"-{3,} ?(?:original message|.{0,20}forwarded)"
    r"|(?:\b(?:from|sent|to|cc|subject|date): .*){2}"
    r"|\A\s*#{1,6} [^\n]*\s*\Z",
    re.IGNORECASE | re.DOTALL,
)

SUPPORTED = 0.6
"""Share of a sentence's own words that its quote must hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A quote that occurs verbatim in its document, and where."""

    n: int
    """The number in the answer, `[1]`. The order of the evidence."""

    passage: Passage

    quote: str
    """Exactly `document.text[start:end]`."""

    start: int
    end: int

    supported: bool
    """True if the sentence that cites it is borne out by the quote, checked in code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A reply after the check."""

    text: str
    """The reply; every `[n]` in it is the `n` of a citation."""

    citations: tuple[Citation, ...]

    support: float
    """Share of the reply's own words, numbers counted twice, that its quotes hold. 0 to 1."""

    invented: tuple[int, ...]
    """Numbers that the model cited and was never shown."""

    missing: tuple[str, ...]
    """Names and numbers in the reply that no evidence holds."""

    @classmethod
    def nothing(cls) -> Checked:
        """Of a reply without words of its own."""
        return cls(text="", citations=(), support=0.0, invented=(), missing=())


def is_header(sentence: str) -> bool:
    """Whether it is a heading, or the lines above a forwarded or quoted mail."""
    return _HEADER.search(sentence) is not None


def check(reply: str, question: str, evidence: Sequence[Evidence]) -> Checked:
    """Find for each sentence of a reply the quote that bears it out."""
    by_number = {item.n: item for item in evidence}
    asked = content_stems(question)
    pieces: list[str] = []
    citations: list[Citation] = []
    invented: list[int] = []
    weighed: list[tuple[float, int]] = []
    for start, end in sentences(reply):
        sentence = reply[start:end]
        marks = [int(found) for found in MARK.findall(sentence)]
        invented += [mark for mark in marks if mark not in by_number]
        said = MARK.sub("", sentence).strip()
        if not any(char.isalnum() for char in said):
            continue
        hinted = [by_number[mark] for mark in marks if mark in by_number]
        best = _best(said, asked, hinted, evidence)
        if best is None:
            pieces.append(said)
            continue
        share, item, span = best
        weighed.append((share, max(1, len(_own_words(said, asked)))))
        citations.append(
            Citation(
                n=item.n,
                passage=item.passage,
                quote=item.text[slice(*span)],
                start=item.start + span[0],
                end=item.start + span[1],
                supported=share >= SUPPORTED,
            )
        )
        pieces.append(f"{said} [{item.n}]")
    total = sum(weight for _, weight in weighed)
    return Checked(
        text=" ".join(pieces),
        citations=_unique(citations),
        support=sum(share * weight for share, weight in weighed) / total if total else 0.0,
        invented=tuple(dict.fromkeys(invented)),
        missing=_missing(reply, question, evidence),
    )


def _best(
    said: str, asked: set[str], hinted: Sequence[Evidence], evidence: Sequence[Evidence]
) -> tuple[float, Evidence, tuple[int, int]] | None:
    """The evidence sentence that bears `said` out best: the share it holds, and its span."""
    own = _own_words(said, asked)
    if not own:
        own = {stem(word): 1.0 for word in words(said)}
    best: tuple[tuple[float, float, float], Evidence, tuple[int, int]] | None = None
    for item in evidence:
        header = content_stems(" ".join((item.passage.title, *item.passage.people)))
        if item.passage.date is not None:
            header |= content_stems(f"{item.passage.date:%Y %B %d %A} {item.passage.date.day}")
        spans = list(sentences(item.text))
        # Two sentences together may say what neither says alone.
        spans += [(a, d) for (a, _), (_, d) in pairwise(spans) if d - a <= 500]
        for span in spans:
            held = {stem(word) for word in words(item.text[slice(*span)])}
            total = sum(own.values())
            share = sum(weight for word, weight in own.items() if word in held | header) / total
            inside = sum(weight for word, weight in own.items() if word in held) / total
            bearing = len(asked & (held | header)) / (len(asked) or 1)
            # The source that the model named wins a tie; then the shorter quote.
            rank = (
                round(0.5 * share + 0.5 * inside, 3)
                + 0.15 * bearing
                + 0.1 * (item in hinted)
                - 0.2 * is_header(item.text[slice(*span)]),
                -item.n,
                -(span[1] - span[0]) / 1000,
            )
            if best is None or rank > best[0]:
                best = (rank, item, span)
                best_share = share
    return None if best is None else (best_share, best[1], best[2])


def _own_words(said: str, asked: set[str]) -> dict[str, float]:
    """Stems that the sentence brings beyond the question, numbers with double weight."""
    return {
        stem(word): 2.0 if any(char.isdigit() for char in word) else 1.0
        for word in words(said)
        if word not in STOPWORDS and stem(word) not in asked
    }


def _missing(reply: str, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    shown = set(words(question))
    for item in evidence:
        shown |= set(words(" ".join((item.text, item.passage.title, *item.passage.people))))
        if item.passage.date is not None:
            shown |= set(words(f"{item.passage.date:%Y %B %b %d %A} {item.passage.date.day}"))
    said = MARK.sub("", reply)
    claims = [word for word in words(said) if any(char.isdigit() for char in word)]
    claims += _NAME.findall(said)
    return tuple(dict.fromkeys(claim for claim in claims if not set(words(claim)) <= shown))


def _unique(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Each quote once; it is supported if any sentence that cites it is."""
    kept: dict[tuple[int, int, int], Citation] = {}
    for citation in citations:
        key = (citation.n, citation.start, citation.end)
        if key not in kept or (citation.supported and not kept[key].supported):
            kept[key] = citation
    return tuple(kept.values())
