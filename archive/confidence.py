"""How sure the archive is that an answer is right.

What is measured of an answer (`features`) becomes a probability by a calibration that was
fitted for the language model and the embedder in use (`archive/calibration.py`). Without one, a
few hand-set weights give a number that says "uncalibrated".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from archive.calibration import Calibration, sigmoid
from archive.cite import Checked
from archive.evidence import Evidence
from index.query import Query
from index.rank import Asked
from index.words import content_stems, stem, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A probability that the answer is right, and what speaks for and against it."""

    value: float | None
    """0 to 1. None if nothing can be said."""

    calibrated: bool
    """False until the number was fitted on labelled questions for this model pair."""

    reasons: tuple[str, ...] = ()
    """One short sentence each, for the person who reads the answer."""

    features: Mapping[str, float] = field(default_factory=dict)
    """What it was made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was seen while a question was answered."""

    query: Query
    asked: Asked
    evidence: Sequence[Evidence]
    chosen: Evidence

    weights: Sequence[float]
    """How likely the model was to name no source, the first, the second …"""

    words: str
    """The model's own, before they were checked."""

    log_probabilities: Sequence[float]
    checked: Checked


# For a number that calls itself uncalibrated: signs and sizes as one would expect them.
_GUESS: Mapping[str, float] = {
    "none": -4.0,
    "choice": 1.5,
    "share": 2.0,
    "coverage": 1.5,
    "support": 1.0,
    "rarest_found": 0.7,
    "kind": 0.5,
    "similarity": 1.5,
    "missing": -1.0,
}
_GUESS_BIAS = -4.5


def features(seen: Measured) -> dict[str, float]:
    """Numbers that bear on whether the answer is right, each about 0 to 1."""
    chosen, passage, asked = seen.chosen, seen.chosen.passage, seen.asked
    named = [max(weight, 1e-6) for weight in seen.weights[1:]]
    total = sum(named)
    shares = [weight / total for weight in named]
    held = _held(chosen)
    every = set().union(*(_held(item) for item in seen.evidence))
    said = content_stems(seen.words)
    new = said - set(asked.weights)
    rarest = max(asked.weights, key=lambda word: asked.weights[word], default="")
    spans = sorted((item.score for item in seen.evidence), reverse=True)
    certain = [math.exp(value) for value in seen.log_probabilities] or [0.0]
    return {
        # The model: how likely no source tells it, how clear its choice, how sure its words.
        "none": seen.weights[0] / (seen.weights[0] + total),
        "choice": shares[chosen.n - 1] if chosen.n <= len(shares) else 0.0,
        "doubt": -sum(one * math.log(one) for one in shares) / math.log(len(shares) + 1),
        "certain": sum(certain) / len(certain),
        "least_certain": min(certain),
        # The search: how much better the span and its passage are than the others.
        "share": chosen.score,
        "first": float(chosen.n == 1),
        "lead": spans[0] - spans[1] if len(spans) > 1 else spans[0],
        "similarity": passage.similarity or 0.0,
        "by_both": float(
            (passage.keyword_rank or 99) <= 5 and (passage.vector_rank or 99) <= 5
        ),
        # The question: how much of it is in the source, and in any.
        "coverage": _coverage(asked, held),
        "coverage_all": _coverage(asked, every),
        "rarest_found": float(rarest in held) if rarest else 1.0,
        "names_found": _names(asked, held),
        "numbers_found": _numbers(asked, chosen),
        "kind": float(asked.answers(seen.words)) if asked.answer is not None else 0.5,
        "length": min(1.0, len(asked.weights) / 12),
        # The answer: borne out, new, said elsewhere too, and nothing in it that nobody wrote.
        "support": seen.checked.support,
        "new": min(1.0, len(new) / 3),
        "short": 1 / (1 + len(said) / 4),
        "agreeing": _agreeing(seen, new),
        "missing": min(1.0, len(seen.checked.missing) / 2 + len(seen.checked.invented)),
    }


def _held(item: Evidence) -> set[str]:
    passage = item.passage
    text = f"{item.text} {passage.title} {' '.join(passage.people)} {passage.section}"
    if passage.date is not None:
        text += f" {passage.date:%Y %B %d %A}"
    return {stem(word) for word in words(text)}


def _coverage(asked: Asked, held: set[str]) -> float:
    return sum(weight for word, weight in asked.weights.items() if word in held) / asked.total


def _names(asked: Asked, held: set[str]) -> float:
    if not asked.names:
        return 1.0
    return sum(held.issuperset(name) for name in asked.names) / len(asked.names)


def _numbers(asked: Asked, item: Evidence) -> float:
    if not asked.numbers:
        return 1.0
    held = set(words(f"{item.text} {item.passage.title} {item.passage.date or ''}"))
    parts = {part for word in held for part in word.replace(",", " ").replace("-", " ").split()}
    return sum(number in held or number in parts for number in asked.numbers) / len(
        asked.numbers
    )


def _agreeing(seen: Measured, new: set[str]) -> float:
    """Whether another document that was found says the same."""
    if not new:
        return 0.0
    mine = seen.chosen.passage.document_id
    others = [item for item in seen.evidence if item.passage.document_id != mine]
    said = any(new <= _held(item) for item in others)
    return float(said or bool(seen.chosen.passage.also))


def judge(seen: Measured, calibration: Calibration | None) -> Confidence:
    """The confidence of an answer."""
    measured = features(seen)
    if calibration is not None:
        value = calibration.apply(measured)
    else:
        value = sigmoid(
            _GUESS_BIAS + sum(weight * measured[name] for name, weight in _GUESS.items())
        )
    return Confidence(
        value=value,
        calibrated=calibration is not None,
        reasons=_reasons(seen, measured),
        features=measured,
    )


def of_silence(answer: Confidence, calibration: Calibration | None) -> Confidence:
    """How sure the archive is that it does not tell, having no answer it would stand by.

    That is another thing than the answer's being wrong: it may have missed one that is there.
    """
    value = None if answer.value is None else 1 - answer.value
    if calibration is not None:
        value = calibration.apply(answer.features)
    return replace(
        answer,
        value=value,
        calibrated=calibration is not None,
        reasons=answer.reasons or ("The words were found, an answer was not.",),
    )


def of_nothing(evidence: Sequence[Evidence]) -> Confidence:
    """The same when no model was asked."""
    reason = "No answer was worded." if evidence else "Nothing was found."
    return Confidence(value=0.9, calibrated=False, reasons=(reason,))


def _reasons(seen: Measured, measured: Mapping[str, float]) -> tuple[str, ...]:
    """What a person would want to know, the weightiest first; at most four."""
    reasons: list[str] = []
    checked = seen.checked
    if checked.invented:
        numbers = ", ".join(f"[{number}]" for number in checked.invented)
        reasons.append(f"The model cited {numbers}, which it was not shown.")
    if checked.missing:
        reasons.append(f"Not in the evidence: {', '.join(checked.missing[:3])}.")
    absent = _absent(seen)
    if absent:
        reasons.append(f"Nowhere near the answer: {', '.join(absent[:3])}.")
    if measured["agreeing"]:
        reasons.append("Another document says so too.")
    if measured["support"] >= 0.9:
        reasons.append("The words of the answer stand in the source.")
    elif measured["support"] < 0.5:
        reasons.append("Much of the answer's wording is not in the source.")
    if measured["none"] > 0.2:
        reasons.append("The model doubted that any source tells it.")
    elif measured["choice"] < 0.4:
        reasons.append("The model wavered between sources.")
    if measured["by_both"]:
        reasons.append("Keyword and meaning search agree on the source.")
    elif measured["coverage"] < 0.5:
        reasons.append("Half of what you asked about is not in the source.")
    return tuple(reasons[:4])


def _absent(seen: Measured) -> list[str]:
    """Names and numbers of the question that the cited source does not hold."""
    held = _held(seen.chosen)
    names = [" ".join(name) for name in seen.asked.names if not held.issuperset(name)]
    wanted = set(" ".join(names).split())
    shown = [word for word in words(seen.query.words) if stem(word) in wanted]
    numbers = [
        number
        for number in sorted(seen.asked.numbers)
        if not any(number in one for one in held)
    ]
    return [*dict.fromkeys(shown), *numbers]
