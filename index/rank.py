"""How well a candidate bears on a question: a linear model of sixteen features.

The weights are in `ranker.json`, with how they were fitted (`bench/train_ranker.py`: a softmax
over each question's candidates, weights not below zero). Features are shares from 0 to 1 where
nothing else is said, so that a weight tells what a feature may bring at most. Scoring the
hundred candidates of a question takes about 7 ms.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from index.keywords import STOPWORDS
from index.query import Field, Query
from index.words import comparable, stem

WEIGHTS_FILE = Path(__file__).with_name("ranker.json")

FEATURES = (
    "keywords",
    "meaning",
    "coverage",
    "nearby",
    "pairs",
    "names",
    "context",
    "named_in_context",
    "numbers",
    "kind_of_answer",
    "thread",
    "person",
    "time",
    "kind",
    "own",
    "length",
)
"""In the order of a row. What each is, `Ranker.features` says."""

_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
_NAME = re.compile(r"[^\W\d_][\w'’-]*")
_POSSESSIVE = re.compile(r"['’]s?$")
_WINDOW_TOKENS = 30
_AROUND_CHARS = 80

_NUMBER_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|"
    r"forty|fifty|hundred|thousand|million|once|twice|half"
)
_TIME_WORDS = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|yesterday|tonight|"
    r"weekend|week|month|year|morning|evening|noon|midnight"
)
_ANSWERS: Mapping[str, re.Pattern[str]] = {
    "time": re.compile(rf"\d|\b(?:{_TIME_WORDS})\b", re.IGNORECASE),
    "number": re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE),
    "count": re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE),
    "money": re.compile(
        r"[$€£¥]\s?\d|\d[,.]?\s?(?:k\b|usd|eur|gbp|dollars?|euros?|pounds?|cents?)|\d\.\d\d\b",
        re.IGNORECASE,
    ),
    "person": re.compile(r"\b[A-Z][\w'’-]{1,40},? [A-Z][\w'’-]"),
    "place": re.compile(r"\b(?:at|in|to|from|near|on) (?:the )?[A-Z]|\broom\b", re.UNICODE),
    "reason": re.compile(
        r"\b(?:because|since|due|so that|reason|as|therefore|cause[ds]?)\b", re.IGNORECASE
    ),
    "phone": re.compile(r"\d{3}[-./ )]{1,2}\d{3,4}|\+\d[\d ]{6,}"),
    "address": re.compile(r"\S@[^\s@]{1,80}\.\S|https?://|www\."),
}
_ASKS_PHONE = re.compile(r"\b(?:phone|fax|telephone|mobile|cell|extension)\b", re.IGNORECASE)
_ASKS_ADDRESS = re.compile(r"\b(?:e-?mail address|website|web ?site|url|link)\b", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Candidate:
    """A chunk that may be worth showing, with what is known of it without reading wider."""

    chunk_id: int
    document_id: int

    thread: int | None
    """Smallest document id of its conversation. None if it is no mail."""

    text: str
    context: str
    """What was embedded before the text: title, people, date, section."""

    own_share: float = 1.0
    """How much of it its author wrote, the rest being quoted."""

    keyword_rank: int | None = None
    keyword_score: float = 0.0
    """BM25; 0 if it was not among the keyword hits."""

    vector_rank: int | None = None
    similarity: float = 0.0
    """Cosine; 0 if the chunk is not embedded yet."""

    fits: Mapping[Field, float] = field(default_factory=dict)
    """For each kind of filter understood from plain words: the share of them that hold."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score, and what each feature added to it."""

    candidate: Candidate
    score: float
    parts: Mapping[str, float]


class Asked:
    """A question, prepared once for all its candidates."""

    def __init__(self, query: Query, rarity: Callable[[str], float]) -> None:
        """`rarity` gives the inverse document frequency of a word as it stands."""
        words = [match[0] for match in _TOKEN.finditer(comparable(query.words))]
        self.weights: dict[str, float] = {}
        for word in words:
            if word not in STOPWORDS and (len(word) > 1 or word.isdigit()):
                self.weights.setdefault(stem(word), rarity(word))
        self.total = sum(self.weights.values()) or 1.0
        stems = [stem(word) for word in words]
        self.pairs = {
            pair
            for pair in pairwise(stems)
            if pair[0] in self.weights and pair[1] in self.weights
        }
        self.names = _names(query.words)
        self.name_stems = {part for name in self.names for part in name}
        self.numbers = {word for word in words if any(char.isdigit() for char in word)}
        self.kind = _kind_of_answer(query)
        """`time`, `money` … as in `index/wording.py`, or `phone`, or `address`."""
        self.answer = _ANSWERS.get(self.kind)

    def answers(self, text: str) -> bool:
        """Whether something of the kind that is asked for stands in a text."""
        return self.answer is not None and self.answer.search(text) is not None

    def names_one_of(self, speaker: str) -> bool:
        """Whether a name, or a part of it, is among the names in the question."""
        return bool(speaker) and not self.name_stems.isdisjoint(_stems(speaker))


def _names(text: str) -> list[tuple[str, ...]]:
    """Runs of capitalised words, as stems."""
    runs: list[list[str]] = [[]]
    words = list(_NAME.finditer(text))
    for match in words:
        word = _POSSESSIVE.sub("", match[0])
        if word[:1].isupper() and word.lower() not in STOPWORDS:
            runs[-1].append(word)
        if word != match[0] or not word[:1].isupper():
            runs.append([])
    # A question's first word has a capital whatever it is.
    if words and len(runs[0]) == 1 and runs[0][0] == words[0][0]:
        runs.pop(0)
    return [
        tuple(_stem(part) for word in run for part in _TOKEN.findall(comparable(word)))
        for run in runs
        if run
    ]


def _kind_of_answer(query: Query) -> str:
    if _ASKS_PHONE.search(query.words):
        return "phone"
    return "address" if _ASKS_ADDRESS.search(query.words) else query.asks


class Ranker:
    """Scores candidates with one set of weights."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = [weights.get(name, 0.0) for name in FEATURES]

    @classmethod
    def shipped(cls) -> Ranker:
        """The one that comes with the program."""
        return cls(_shipped_weights())

    def rank(self, asked: Asked, candidates: Sequence[Candidate]) -> list[Ranked]:
        """Every candidate, best first; ties by chunk id."""
        ranked = []
        for candidate, row in zip(candidates, features(asked, candidates), strict=True):
            parts = {
                name: weight * value
                for name, weight, value in zip(FEATURES, self._weights, row, strict=True)
                if weight * value
            }
            ranked.append(Ranked(candidate, sum(parts.values()), parts))
        ranked.sort(key=lambda one: (-one.score, one.candidate.chunk_id))
        return ranked


@lru_cache(maxsize=1)
def _shipped_weights() -> Mapping[str, float]:
    stored = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return {name: float(value) for name, value in stored["weights"].items()}


def features(asked: Asked, candidates: Sequence[Candidate]) -> list[list[float]]:
    """A row for each candidate, columns as in FEATURES."""
    best = max((one.keyword_score for one in candidates), default=0.0) or 1.0
    of_document = _support(candidates, lambda one: one.document_id)
    of_thread = _support(candidates, lambda one: one.thread)
    rows = []
    for one in candidates:
        read = Reading(asked, one.text, one.context)
        rows.append(
            [
                # BM25 beside the best of this question, and the cosine.
                one.keyword_score / best,
                max(0.0, one.similarity),
                # The question's words, each by its rarity: in the text, and within 30 words.
                read.coverage,
                read.nearby,
                # Words that follow each other in the question and (nearly) here.
                read.pairs,
                # Names whole in the text; words and names that are in the context only.
                read.names,
                read.context,
                read.named_in_context,
                read.numbers,
                # Where most of the words are there is something that could be the answer.
                read.kind_of_answer,
                # Hits in other mail of the thread.
                _share(of_thread[one.thread] - of_document[one.document_id])
                if one.thread is not None
                else 0.0,
                max((one.fits.get(name, 0.0) for name in _PEOPLE), default=0.0),
                one.fits.get(Field.DURING, 0.0),
                max(one.fits.get(Field.KIND, 0.0), one.fits.get(Field.HAS, 0.0)),
                one.own_share,
                min(1.0, math.log1p(read.length) / 6),
            ]
        )
    return rows


_PEOPLE = (Field.FROM, Field.TO, Field.WITH, Field.CC)


def _weight(one: Candidate) -> float:
    return 1 / (5 + one.keyword_rank) if one.keyword_rank is not None else 0.0


def _share(support: float) -> float:
    return min(1.0, max(0.0, support) * 4)


def _support(
    candidates: Sequence[Candidate], key: Callable[[Candidate], int | None]
) -> dict[int | None, float]:
    found: dict[int | None, float] = {}
    for one in candidates:
        found[key(one)] = found.get(key(one), 0.0) + _weight(one)
    return found


class Reading:
    """A text, read for one question: shares of what was asked about that are in it."""

    def __init__(self, asked: Asked, text: str, context: str) -> None:
        stems = _words(text)
        held = set(stems)
        around = _stems(context)
        weights = asked.weights
        self.length = len(stems)
        self.held = {word for word in weights if word in held}
        """The stems of the question that are in it."""
        self.coverage = sum(weights[word] for word in self.held) / asked.total
        self.context = (
            sum(weights[word] for word in weights if word in around and word not in held)
            / asked.total
        )
        self.pairs = 0.0
        if asked.pairs and self.held:
            found = {*pairwise(stems), *zip(stems, stems[2:], strict=False)}
            self.pairs = len(asked.pairs & found) / len(asked.pairs)
        self.names, self.named_in_context = _named(asked, stems, held, around)
        numbers = asked.numbers
        there = held | around
        self.numbers = (
            sum(number in there for number in numbers) / len(numbers) if numbers else 0.0
        )
        self.nearby, first, last = _window(weights, stems)
        self.nearby /= asked.total
        self.kind_of_answer = 0.0
        if self.nearby and asked.answer is not None:
            start, end = _stretch(text, first, last, self.length)
            near = text[max(0, start - _AROUND_CHARS) : end + _AROUND_CHARS]
            self.kind_of_answer = float(asked.answers(near))


def _stretch(text: str, first: int, last: int, words: int) -> tuple[int, int]:
    """Where the words of these numbers stand; all of it, if folding changed their number."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    if len(spans) != words:  # "½" is one word, folded it is "1⁄2"
        return 0, len(text)
    return spans[first][0], spans[last][1]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return stem(word)


# Who types on, or asks further, is shown much the same again: 5 MB.
@lru_cache(maxsize=2_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in _TOKEN.findall(comparable(text)))


@lru_cache(maxsize=2_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in _TOKEN.findall(comparable(text)))


def _window(weights: Mapping[str, float], stems: Sequence[str]) -> tuple[float, int, int]:
    """The most that thirty words in a row hold, and the first and last hit among them."""
    hits = [(place, word) for place, word in enumerate(stems) if word in weights]
    best = (0.0, 0, 0)
    for number, (begin, _) in enumerate(hits):
        seen: set[str] = set()
        total = 0.0
        last = begin
        for place, word in hits[number:]:
            if place - begin > _WINDOW_TOKENS:
                break
            if word not in seen:
                seen.add(word)
                total += weights[word]
                last = place
        if total > best[0]:
            best = (total, begin, last)
    return best


def _named(
    asked: Asked, stems: Sequence[str], held: set[str], context: frozenset[str]
) -> tuple[float, float]:
    """Share of the question's names that stand in the text, and in the context only."""
    if not asked.names:
        return 0.0, 0.0
    inside = outside = 0.0
    for name in asked.names:
        if held.issuperset(name):
            inside += 1.0 if len(name) == 1 or _together(name, stems) else 0.5
        elif all(part in context or part in held for part in name):
            outside += 1.0
    return inside / len(asked.names), outside / len(asked.names)


def _together(name: tuple[str, ...], stems: Sequence[str]) -> bool:
    """Whether the parts stand side by side, in any order: `Last, First` is `First Last`."""
    wanted = set(name)
    size = len(name) + 1
    return any(
        wanted <= set(stems[max(0, place - size + 1) : place + size])
        for place, word in enumerate(stems)
        if word == name[0]
    )
