"""What other sources give for the value that an answer gives: the same, or another one.

A date, a time, an amount, a count or a telephone number can be compared; words cannot. Another
source counts if it is of another document and holds as much of the question as the one that
was chosen; then its value, if it is another, is shown beside the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.cite import Citation
from archive.evidence import Evidence
from archive.values import Value, compared, values
from index.rank import Asked
from index.words import sentences, stem, words

_LEAST_COVERED = 0.6
"""Share of the question, by the rarity of its words, that another source must hold."""

_LESS_COVERED = 0.05
"""How much less it may hold than the chosen one."""

_LEAST_LIKELY = 0.05
"""How likely the model must hold it to be the source that answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A value of the kind that was asked for, in another document."""

    agrees: bool
    said: str
    """As it stands there."""

    citation: Citation
    """The sentence that says it."""


def elsewhere(
    asked: Asked,
    chosen: Evidence,
    evidence: Sequence[Evidence],
    likely: Sequence[float],
    answer: str,
) -> tuple[Elsewhere, ...]:
    """What other sources say, the likeliest first.

    `likely` is the model's probability of naming source 1, 2, … as the one that answers.
    """
    mine = values(answer, asked.kind) or values(chosen.text, asked.kind)
    if not mine:
        return ()
    whole = values(chosen.text, asked.kind)
    least = max(_LEAST_COVERED, coverage(asked, held(chosen)) - _LESS_COVERED)
    found = []
    for item in sorted(evidence, key=lambda item: -likely[item.n - 1]):
        if (
            item.passage.document_id == chosen.passage.document_id
            or likely[item.n - 1] < _LEAST_LIKELY
            or coverage(asked, held(item)) < least
            or not _of_the_same(asked, item)
        ):
            continue
        start, end = _sentence(asked, item)
        theirs = values(item.text[start:end], asked.kind)
        agrees = compared(mine, theirs)
        # "It was moved from 14 May to 21 May" does not contradict "21 May".
        if agrees is None or (not agrees and compared(whole, theirs)):
            continue
        found.append(
            Elsewhere(
                agrees=agrees,
                said=_said(theirs, mine, agrees=agrees),
                citation=Citation(
                    n=item.n,
                    passage=item.passage,
                    quote=item.text[start:end],
                    start=item.start + start,
                    end=item.start + end,
                    supported=True,
                ),
            )
        )
    return tuple(found)


def _of_the_same(asked: Asked, item: Evidence) -> bool:
    """Whether every name of the question stands in a source as it is, and every number."""
    passage = item.passage
    text = f"{item.text} {passage.title} {' '.join(passage.people)} {passage.date or ''}"
    stems = [stem(word) for word in words(text)]
    runs = " ".join(stems)
    return all(f" {' '.join(name)} " in f" {runs} " for name in asked.names) and all(
        any(number in word for word in stems) for number in asked.numbers
    )


def held(item: Evidence) -> set[str]:
    """The stems of a source: its words, its title, people, section and date."""
    passage = item.passage
    text = f"{item.text} {passage.title} {' '.join(passage.people)} {passage.section}"
    if passage.date is not None:
        text += f" {passage.date:%Y %B %d %A}"
    return {stem(word) for word in words(text)}


def coverage(asked: Asked, stems: set[str]) -> float:
    """The share of the question that these stems hold, by the rarity of its words."""
    return sum(weight for word, weight in asked.weights.items() if word in stems) / asked.total


def _sentence(asked: Asked, item: Evidence) -> tuple[int, int]:
    """The sentence with such a value that bears most on the question."""

    def bearing(span: tuple[int, int]) -> tuple[bool, float]:
        text = item.text[slice(*span)]
        return bool(values(text, asked.kind)), coverage(asked, {stem(w) for w in words(text)})

    return max(sentences(item.text), key=bearing, default=(0, len(item.text)))


def _said(theirs: Sequence[Value], mine: Sequence[Value], *, agrees: bool) -> str:
    """The value of theirs that can be compared with mine."""
    fitting = (one for one in theirs if compared((one,), tuple(mine)) is agrees)
    return next(fitting).said
