"""The likeliest sources, each shown to the model alone.

Beside eight others a source seems to tell what it does not: among nine a small model names the
right one no oftener than the search does, and takes an unanswerable question for answered. Of
one alone it is asked two things at once, from one reading: whether the source tells the answer
(how likely it would name none), and how far the source leads it to expect the question (its
likelihood; Sachan et al., Improving passage retrieval with zero-shot question generation, EMNLP
2022). The model reads some 200 tokens a source: two or three take no longer than nine at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.evidence import Evidence, widened
from archive.guard import one_line
from archive.llm import Turn
from archive.showing import prompt
from archive.spans import converses

if TYPE_CHECKING:
    from archive.answer import Wording

LOOKS = 3
"""Sources that are looked at; further ones hold the answer in 1 of 100 questions."""

TALK_CHARS = 800
"""What is read of the likeliest source if it is a conversation: the turn that answers often
stands some turns from those that resemble the question. Of 77 questions about conversations the
model answered 36 so, 32 with the 380 characters that the search finds. Of anything else it does
not answer more (of 212 questions three were lost), and takes a quarter to a half longer."""

_WORTH = 0.1
"""Of the best one's odds by the search, what another must have to be looked at: of 115 right
answers none came from one with less, and two in five looks are saved."""

_FORESEEN = 0.5
"""What a nat a token of the question counts beside one of the search's odds. More would find
the right source of a diary oftener, and take the mail that asks for the one that answers."""

_TELLS = 2.0
"""What one of the model's log-odds that the source tells it counts."""

_UNLIKELY = 0.1
"""A source's odds before anything is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one source alone made of the model."""

    source: Evidence

    turns: Sequence[Turn]
    """The prompt: what begins so need not be read again."""

    none: float
    """How likely the model would say that it does not tell, 0 to 1."""

    foreseen: tuple[float, ...] = ()
    """Log-probability of each token of the question once the source was read."""

    state: bytes = b""
    """The model's last hidden state, see `archive/probe.py`."""

    @property
    def weight(self) -> float:
        """Log-odds, but for a constant, of its being the source that answers."""
        none = min(max(self.none, 1e-4), 1 - 1e-4)
        mean = sum(self.foreseen) / len(self.foreseen) if self.foreseen else 0.0
        return (
            math.log(self.source.score + _UNLIKELY)
            + _FORESEEN * mean
            + _TELLS * math.log((1 - none) / none)
        )


def sources(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """What is looked at, the likeliest first.

    What stands in the surroundings of a likelier one is not looked at again; its share counts
    with that one's.
    """
    worth = _WORTH * max((source.score for source in evidence), default=0.0)
    found: list[Evidence] = []
    for source in evidence:
        place = next((n for n, likelier in enumerate(found) if _holds(likelier, source)), None)
        if place is not None:
            likelier = found[place]
            found[place] = replace(likelier, score=likelier.score + source.score)
        elif len(found) < LOOKS and source.score >= worth:
            talk = not found and converses(source.passage)
            found.append(widened(source, TALK_CHARS) if talk else source)
    return tuple(found)


def _holds(likelier: Evidence, source: Evidence) -> bool:
    return (
        likelier.passage.document_id == source.passage.document_id
        and likelier.start <= source.start
        and source.end <= likelier.end
    )


def each(model: Wording, question: str, looked_at: Sequence[Evidence]) -> Iterator[Look]:
    """Look at each, the likeliest last: what was read last is at hand."""
    for source in reversed(looked_at):
        turns = prompt(question, [replace(source, n=1)])
        weighed = model.weigh(
            turns,
            begun="[",
            options=["0", "1"],
            foreseen=one_line(question),
        )
        none, tells = weighed.shares
        yield Look(
            source=source,
            turns=turns,
            none=none / ((none + tells) or 1.0),
            foreseen=weighed.foreseen,
            state=weighed.state,
        )


def best(looks: Sequence[Look]) -> Look:
    """The one that answers most likely."""
    return max(looks, key=lambda look: (look.weight, -look.source.n))


def weights(looks: Sequence[Look], evidence: Sequence[Evidence]) -> tuple[float, ...]:
    """How likely none of the sources tells it, the first, the second …; they sum to 1."""
    chosen = best(looks)
    odds = {look.source.n: math.exp(look.weight - chosen.weight) for look in looks}
    total = sum(odds.values())
    shares = ((1 - chosen.none) * odds.get(item.n, 0.0) / total for item in evidence)
    return (chosen.none, *shares)
