"""Evidence: the few sentences of the passages that bear on a question.

Small models fail on long context, and every 100 tokens of prompt cost about a
second on two cores, so groups of sentences compete for a small budget. What
they are scored by is in `_score`; every span keeps its offsets in the document.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archive.words import content_stems, sentences, stem, words
from index.passage import Passage

CHARS_PER_TOKEN = 3.0
"""Real mail, full of addresses and numbers, under Qwen's tokenizer: 2.7 to 3.2."""

HEADER_TOKENS = 25
"""What naming a source costs in the prompt."""

# Chosen by a grid (group size, decay, base) over the share of public questions whose answer is
# among the evidence: groups of 150 to 250 characters beat whole passages at small budgets.
# bench/evidence.py measures the present choice.
_GROUP_CHARS = 160
_RANK_DECAY = 0.3
_BASE = 0.3
_ASKS_NUMBER = frozenset(
    "when much many old long often far date year time day number phone price cost".split()
)
_NUMBER_WORDS = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty
    fifty hundred thousand million monday tuesday wednesday thursday friday saturday
    sunday january february march april may june july august september october november
    december today tomorrow yesterday tonight weekend week month year
    """.split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A span that the model is shown, as source `[n]`."""

    n: int
    passage: Passage

    text: str
    """Exactly `document.text[start:end]`."""

    start: int
    end: int

    score: float
    """How much it bears on the question: weighted share of the question's terms, from 0."""


@dataclass(slots=True)
class _Group:
    """Sentences that stand together, of one passage."""

    passage: int
    place: int
    start: int
    end: int
    score: float = 0.0


def select(
    question: str, passages: Sequence[Passage], *, max_tokens: int
) -> tuple[Evidence, ...]:
    """The spans worth showing, best passage first, within about `max_tokens` tokens."""
    wanted = content_stems(question)
    weights = _term_weights(wanted, passages)
    found: list[list[_Group]] = []
    for number, passage in enumerate(passages):
        found.append(_groups(number, passage.text))
    _score(question, passages, found, weights)
    chosen = _spend(found, max_tokens)
    return tuple(
        Evidence(
            n=n,
            passage=passages[number],
            text=passages[number].text[start:end],
            start=passages[number].start + start,
            end=passages[number].start + end,
            score=score,
        )
        for n, (number, start, end, score) in enumerate(chosen, start=1)
    )


def _groups(number: int, text: str) -> list[_Group]:
    groups: list[_Group] = []
    for start, end in sentences(text):
        if groups and end - groups[-1].start <= _GROUP_CHARS:
            groups[-1].end = end
        else:
            groups.append(_Group(number, len(groups), start, end))
    return groups


def _term_weights(wanted: set[str], passages: Sequence[Passage]) -> dict[str, float]:
    """Terms that few of the passages hold tell them apart; those that all hold say little."""
    held = Counter(
        term
        for passage in passages
        for term in wanted & content_stems(f"{passage.title} {passage.text}")
    )
    total = len(passages) + 1
    weights = {term: math.log(1 + total / (1 + held[term])) for term in wanted}
    whole = sum(weights.values()) or 1.0
    return {term: weight / whole for term, weight in weights.items()}


def _score(
    question: str,
    passages: Sequence[Passage],
    found: list[list[_Group]],
    weights: dict[str, float],
) -> None:
    asked = words(question)
    asks_number = bool(_ASKS_NUMBER & set(asked))
    for number, (passage, spans) in enumerate(zip(passages, found, strict=True)):
        title = content_stems(f"{passage.title} {' '.join(passage.people)}")
        own = []
        for span in spans:
            text = passage.text[span.start : span.end]
            held = {stem(word) for word in words(text)}
            share = _BASE + sum(weights[term] for term in weights if term in held)
            share += 0.5 * sum(weights[term] for term in weights if term in title - held)
            if asks_number and _tells_number(text):
                share += 0.1
            own.append(share)
        for place, span in enumerate(spans):
            around = own[max(0, place - 1) : place] + own[place + 1 : place + 2]
            span.score = (own[place] + 0.3 * max(around, default=0.0)) / (
                1 + _RANK_DECAY * number
            )


def _tells_number(text: str) -> bool:
    return any(char.isdigit() for char in text) or bool(_NUMBER_WORDS & set(words(text)))


def _spend(found: list[list[_Group]], max_tokens: int) -> list[tuple[int, int, int, float]]:
    """Take groups by score while the budget lasts, then join neighbours to spans.

    Returns (passage, start, end, score), in the order of the passages' best score.
    """
    budget = max_tokens * CHARS_PER_TOKEN
    header = HEADER_TOKENS * CHARS_PER_TOKEN
    taken: dict[int, set[int]] = {}
    for span in sorted((s for spans in found for s in spans), key=lambda s: -s.score):
        cost = span.end - span.start + (0 if span.passage in taken else header)
        if cost > budget:
            continue
        budget -= cost
        taken.setdefault(span.passage, set()).add(span.place)
    joined = []
    for number, places in taken.items():
        for first, last in _runs(sorted(places)):
            spans = found[number][first : last + 1]
            joined.append((number, spans[0].start, spans[-1].end, max(s.score for s in spans)))
    joined.sort(key=lambda item: -item[3])
    return joined


def _runs(places: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
