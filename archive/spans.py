"""Spans of the passages that may carry the answer, and how much each bears on the question.

A span is a turn of a conversation, or sentences that stand together, about two lines long. It
is scored by a linear model like the passages (`index/rank.py`); its weights are in `spans.json`
with what they were fitted on (`bench/train_spans.py`). A span's words are compared with the
question's both alone and with its neighbours: the answer to a question in a chat often shares
no word with it.
"""

from __future__ import annotations

import bisect
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path

from index.passage import Passage
from index.rank import Asked, Reading
from index.words import sentences

WEIGHTS_FILE = Path(__file__).with_name("spans.json")

FEATURES = (
    "passage",
    "passage_place",
    "coverage",
    "around",
    "pairs",
    "numbers",
    "answer",
    "speaker",
    "says",
    "hit",
    "context",
    "length",
)

SPAN_CHARS = 200
"""Sentences are joined up to so many characters."""

SPEAKER = re.compile(
    r"^\W{0,4}([^\W\d_][^\n:*]{0,40}?)(?: \(\d\d?:\d\d\))?:(?:\*\*)?\s", re.MULTILINE
)
"""Who begins to speak, at the start of a line: `Anna: `, `**Anna:** `, `Anna (17:03): `."""

_WORD = re.compile(r"[^\W_]+")
_GREETING = re.compile(r"\b(?:hi|hey|hello|thanks|thank you|wow|congrat\w*|cool|nice)\b", re.I)


@dataclass(slots=True)
class Span:
    """A stretch of one passage."""

    passage: int
    """Index of the passage, from 0."""

    place: int
    """Number of the span in its passage, from 0."""

    start: int
    """Offset in the passage's text."""

    end: int
    tells: bool = True
    """False of a word or two, such as the name below a letter, which tell nothing alone."""

    score: float = 0.0


def cut(number: int, text: str) -> list[Span]:
    """The spans of a passage in order; a blank line or a new speaker begins a new one."""
    speaking = {match.start() for match in SPEAKER.finditer(text)}
    spans: list[Span] = []
    for start, end in _within_turns(text, speaking):
        if (
            spans
            and end - spans[-1].start <= SPAN_CHARS
            and start not in speaking
            and "\n\n" not in text[spans[-1].end : start]
        ):
            spans[-1].end = end
        else:
            spans.append(Span(number, len(spans), start, end))
    for span in spans:
        said = text[span.start : span.end]
        span.tells = len(_WORD.findall(said)) > 2 or any(char.isdigit() for char in said)
    return spans


def _within_turns(text: str, speaking: set[int]) -> Iterator[tuple[int, int]]:
    """Sentences, cut where somebody else begins to speak; who chats sets few full stops."""
    turns = sorted(speaking)
    for start, end in sentences(text):
        first, last = bisect.bisect_right(turns, start), bisect.bisect_left(turns, end)
        edges = [start, *turns[first:last], end]
        yield from pairwise(edges)


def features(
    asked: Asked, passages: Sequence[Passage], spans: Sequence[Sequence[Span]]
) -> list[list[list[float]]]:
    """For each span of each passage a row, columns as in FEATURES."""
    best = max((passage.score for passage in passages), default=0.0)
    return [
        _rows(asked, passage, number, passage.score - best, spans[number])
        for number, passage in enumerate(passages)
    ]


def _rows(
    asked: Asked, passage: Passage, number: int, behind: float, spans: Sequence[Span]
) -> list[list[float]]:
    context = f"{passage.title} {' '.join(passage.people)} {passage.section}"
    texts = [passage.text[span.start : span.end] for span in spans]
    readings = [Reading(asked, text, context) for text in texts]
    speakers = _speakers(passage)
    rows = []
    for place, (span, text, reading) in enumerate(zip(spans, texts, readings, strict=True)):
        near = readings[max(0, place - 1) : place + 2]
        speaker = _speaker_at(speakers, span.start)
        rows.append(
            [
                math.exp(max(-20.0, behind)),
                1 / (1 + number),
                reading.coverage,
                _joint(asked, near),
                reading.pairs,
                reading.numbers,
                float(asked.answers(text)),
                float(asked.names_one_of(speaker)),
                # A question tells nothing, nor does a greeting.
                float(not text.rstrip().endswith("?") and not _GREETING.match(text)),
                float(passage.start + span.start < passage.hit[1])
                * float(passage.start + span.end > passage.hit[0]),
                reading.context,
                min(1.0, (span.end - span.start) / SPAN_CHARS),
            ]
        )
    return rows


def _joint(asked: Asked, readings: Sequence[Reading]) -> float:
    """Share of the question's words that are in any of several spans."""
    held = set().union(*(reading.held for reading in readings))
    return sum(asked.weights[word] for word in held) / asked.total


def _speakers(passage: Passage) -> list[tuple[int, str]]:
    """Who begins to speak where in the passage's text."""
    if passage.turns:
        return [(turn.start - passage.start, turn.speaker) for turn in passage.turns]
    return [(match.start(), match[1]) for match in SPEAKER.finditer(passage.text)]


def converses(passage: Passage) -> bool:
    """Whether people speak in turns there: somebody again, after another did.

    The header lines that mails quote look like turns, and they do repeat.
    """
    if passage.kind == "mail":
        return False
    said = [name for name, _ in groupby(name for _, name in _speakers(passage))]
    return len(set(said)) < len(said)


def _speaker_at(speakers: Sequence[tuple[int, str]], place: int) -> str:
    above = bisect.bisect_right(speakers, place, key=lambda one: one[0]) - 1
    return speakers[above][1] if above >= 0 else ""


def scored(
    asked: Asked, passages: Sequence[Passage], weights: Mapping[str, float] | None = None
) -> list[list[Span]]:
    """Every span of every passage with its score."""
    chosen = weights or _shipped_weights()
    row_weights = [chosen.get(name, 0.0) for name in FEATURES]
    found = [cut(number, passage.text) for number, passage in enumerate(passages)]
    for spans, rows in zip(found, features(asked, passages, found), strict=True):
        for span, row in zip(spans, rows, strict=True):
            span.score = sum(w * value for w, value in zip(row_weights, row, strict=True))
    return found


@lru_cache(maxsize=1)
def _shipped_weights() -> Mapping[str, float]:
    stored = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return {name: float(value) for name, value in stored["weights"].items()}
