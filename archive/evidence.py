"""Evidence: the few sentences of the passages that bear on a question.

Small models fail on long context, and every 100 tokens of prompt cost about a
second on two cores, so spans compete for a small budget. How they are scored is
in `archive/spans.py`; every span keeps its offsets in the document.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from archive.spans import Span, cut, scored
from index.passage import Passage
from index.query import Query
from index.rank import Asked
from index.wording import asks
from index.words import stem, words

CHARS_PER_TOKEN = 3.0
"""Real mail, full of addresses and numbers, under Qwen's tokenizer: 2.7 to 3.2."""

HEADER_TOKENS = 25
"""What naming a source costs in the prompt."""


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
    """How likely it is, among the spans of all passages, to be the one that answers: the best
    of its parts' shares of a softmax, 0 to 1."""


def select(
    question: str,
    passages: Sequence[Passage],
    *,
    max_tokens: int,
    asked: Asked | None = None,
) -> tuple[Evidence, ...]:
    """The spans worth showing, best first, within about `max_tokens` tokens.

    `asked` is what the search made of the question, with the rarity of its words in the
    archive; without it, their rarity among the passages stands in.
    """
    found = scored(asked or unfamiliar(question, passages), passages)
    _to_shares(found)
    return tuple(
        Evidence(
            n=n,
            passage=passages[number],
            text=passages[number].text[start:end],
            start=passages[number].start + start,
            end=passages[number].start + end,
            score=score,
        )
        for n, (number, start, end, score) in enumerate(_spend(found, max_tokens), start=1)
    )


def widened(item: Evidence, chars: int) -> Evidence:
    """`item` and what is around it in its passage, after it first, up to so many characters."""
    passage = item.passage
    spans = cut(0, passage.text)
    start, end = item.start - passage.start, item.end - passage.start
    before = [span.start for span in spans if span.start < start]
    after = [span.end for span in spans if span.end > end]
    grows = True
    while grows:
        grows = False
        if after and after[0] - start <= chars:
            end, grows = after.pop(0), True
        if before and end - before[-1] <= chars:
            start, grows = before.pop(), True
    return replace(
        item,
        text=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
    )


def unfamiliar(question: str, passages: Sequence[Passage]) -> Asked:
    """The question, when nothing is known of the archive but these passages."""
    query = Query(text=question, words=question, asks=asks(question))
    return Asked(query, _rarity(passages))


def _rarity(passages: Sequence[Passage]) -> Callable[[str], float]:
    """Words that few of the passages hold tell them apart; those that all hold say little."""
    held = [
        {stem(word) for word in words(f"{passage.title} {passage.text}")}
        for passage in passages
    ]

    def rarity(word: str) -> float:
        count = sum(stem(word) in one for one in held)
        return math.log(1 + (len(held) + 1) / (1 + count))

    return rarity


def _to_shares(found: Sequence[Sequence[Span]]) -> None:
    """Scores become shares of the whole."""
    every = [span for spans in found for span in spans]
    best = max((span.score for span in every), default=0.0)
    total = sum(math.exp(span.score - best) for span in every)
    for span in every:
        span.score = math.exp(span.score - best) / total


def _spend(
    found: Sequence[Sequence[Span]], max_tokens: int
) -> list[tuple[int, int, int, float]]:
    """Take groups by score while the budget lasts, then join neighbours to spans.

    Returns (passage, start, end, score), in the order of the passages' best score.
    """
    budget = max_tokens * CHARS_PER_TOKEN
    header = HEADER_TOKENS * CHARS_PER_TOKEN
    taken: dict[int, set[int]] = {}
    every = (span for spans in found for span in spans if span.tells)
    for span in sorted(every, key=lambda s: -s.score):
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
