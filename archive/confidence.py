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
from archive.elsewhere import Elsewhere, coverage, held
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

    word: str = ""
    """What the value is called. Empty if there is none."""

    reasons: tuple[str, ...] = ()
    """One short sentence each, for the person who reads the answer."""

    features: Mapping[str, float] = field(default_factory=dict)
    """What it was made of."""

    parts: Mapping[str, float] = field(default_factory=dict)
    """What each feature added to an average answer's log-odds. Empty if uncalibrated."""

    state: bytes = b""
    """What the model had in mind, see `archive/probe.py`. Empty if it was not asked."""


_TWICE = "Another document says so too."
_VERBATIM = "The words of the answer stand in the source."
_BOTH = "Keyword and meaning search agree on the source."

_RIGHT = ((0.0, "Doubtful"), (0.5, "Uncertain"), (0.7, "Likely right"))
_SILENT = ((0.0, "It may be there all the same"), (0.7, "Likely not there"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was seen while a question was answered."""

    query: Query
    asked: Asked
    evidence: Sequence[Evidence]
    chosen: Evidence

    weights: Sequence[float]
    """How likely none of the sources tells it, the first, the second …"""

    foreseen: Sequence[float]
    """Log-probability of each token of the question, once the model had read the source."""

    state: bytes
    """The model's last hidden state then, see `archive/probe.py`."""

    words: str
    """The model's own, before they were checked."""

    log_probabilities: Sequence[float]
    checked: Checked
    elsewhere: Sequence[Elsewhere] = ()
    """What other documents give for the value that the answer gives."""


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
    "conflicting": -1.0,
}
_GUESS_BIAS = -4.5


def features(seen: Measured) -> dict[str, float]:
    """Numbers that bear on whether the answer is right, most from 0 to 1."""
    chosen, passage, asked = seen.chosen, seen.chosen.passage, seen.asked
    named = [max(weight, 1e-6) for weight in seen.weights[1:]]
    total = sum(named)
    shares = [weight / total for weight in named]
    here = held(chosen)
    every = set().union(*(held(item) for item in seen.evidence))
    said = content_stems(seen.words)
    new = said - set(asked.weights)
    rarest = max(asked.weights, key=lambda word: asked.weights[word], default="")
    spans = sorted((item.score for item in seen.evidence), reverse=True)
    certain = [math.exp(value) for value in seen.log_probabilities] or [0.0]
    return {
        # The model: how likely the source tells nothing, how clear the choice, how sure its
        # words.
        "none": seen.weights[0] / (seen.weights[0] + total),
        "choice": shares[chosen.n - 1] if chosen.n <= len(shares) else 0.0,
        "doubt": -sum(one * math.log(one) for one in shares) / math.log(len(shares) + 1),
        "certain": sum(certain) / len(certain),
        "least_certain": min(certain),
        **_foreseen(seen.foreseen),
        # The search: how much better the span and its passage are than the others.
        "share": chosen.score,
        "first": float(chosen.n == 1),
        "lead": spans[0] - spans[1] if len(spans) > 1 else spans[0],
        "similarity": passage.similarity or 0.0,
        "by_both": float(
            (passage.keyword_rank or 99) <= 5 and (passage.vector_rank or 99) <= 5
        ),
        # The question: how much of it is in the source, and in any.
        "coverage": coverage(asked, here),
        "coverage_all": coverage(asked, every),
        "rarest_found": float(rarest in here) if rarest else 1.0,
        "names_found": _names(asked, here),
        "numbers_found": _numbers(asked, chosen),
        "kind": float(asked.answers(seen.words)) if asked.answer is not None else 0.5,
        "length": min(1.0, len(asked.weights) / 12),
        # The answer: borne out, new, said elsewhere too, and nothing in it that nobody wrote.
        "support": seen.checked.support,
        "new": min(1.0, len(new) / 3),
        "short": 1 / (1 + len(said) / 4),
        "agreeing": _agreeing(seen, new),
        "conflicting": float(any(not other.agrees for other in seen.elsewhere)),
        "missing": min(1.0, len(seen.checked.missing) / 2 + len(seen.checked.invented)),
    }


def _foreseen(log_probabilities: Sequence[float]) -> dict[str, float]:
    """How far the source led the model to expect the question, in nats a token.

    A question that a source answers is likely once it is read; one word that the source does
    not fit ("When did she sell it?" of a letter on buying) is a surprise. After Lewis and Fan,
    Generative Question Answering, ICLR 2019, with the question where it stands in the prompt.
    """
    if not log_probabilities:
        return {}
    least = sorted(log_probabilities)[:3]
    return {
        "foreseen": sum(log_probabilities) / len(log_probabilities),
        "foreseen_least": sum(least) / len(least),
    }


def _names(asked: Asked, here: set[str]) -> float:
    if not asked.names:
        return 1.0
    return sum(here.issuperset(name) for name in asked.names) / len(asked.names)


def _numbers(asked: Asked, item: Evidence) -> float:
    if not asked.numbers:
        return 1.0
    here = set(words(f"{item.text} {item.passage.title} {item.passage.date or ''}"))
    parts = {part for word in here for part in word.replace(",", " ").replace("-", " ").split()}
    return sum(number in here or number in parts for number in asked.numbers) / len(
        asked.numbers
    )


def _agreeing(seen: Measured, new: set[str]) -> float:
    """Whether another document that was found says the same."""
    if any(other.agrees for other in seen.elsewhere):
        return 1.0
    # A number that happens to stand in another text is not said of the same thing.
    if not new or any(char.isdigit() for word in new for char in word):
        return float(bool(new) and bool(seen.chosen.passage.also))
    mine = seen.chosen.passage.document_id
    others = [item for item in seen.evidence if item.passage.document_id != mine]
    said = any(new <= held(item) for item in others)
    return float(said or bool(seen.chosen.passage.also))


def judge(seen: Measured, calibration: Calibration | None) -> Confidence:
    """The confidence of an answer."""
    measured = features(seen)
    if calibration is not None:
        value = calibration.apply(measured, seen.state)
    else:
        value = sigmoid(
            _GUESS_BIAS + sum(weight * measured[name] for name, weight in _GUESS.items())
        )
    return Confidence(
        value=value,
        calibrated=calibration is not None,
        reasons=_reasons(seen, measured),
        features=measured,
        parts=_parts(measured, seen.state, calibration),
        state=seen.state,
    )


def _parts(
    measured: Mapping[str, float], state: bytes, calibration: Calibration | None
) -> dict[str, float]:
    return {} if calibration is None else calibration.contributions(measured, state)


def called(sure: Confidence, *, silent: bool, confident_from: float) -> Confidence:
    """With its word. Only what is `confident_from` or more is called `Confident`."""
    if sure.value is None:
        return sure
    if sure.value >= confident_from:
        return replace(sure, word="Confident that it is not there" if silent else "Confident")
    steps = _SILENT if silent else _RIGHT
    return replace(
        sure, word=next(word for least, word in reversed(steps) if sure.value >= least)
    )


def unfit(right: float, silent: float, decline_below: float) -> bool:
    """Whether to decline, by the probabilities that the answer is right and that none is there.

    An answer to a hard question is seldom surely right; what counts against giving it is that
    the archive may not tell at all. Where the two are one the other's rest, this compares the
    confidence itself.
    """
    return right < decline_below * (right + silent)


def of_silence(answer: Confidence, calibration: Calibration | None) -> Confidence:
    """How sure the archive is that it does not tell, having no answer it would stand by.

    That is another thing than the answer's being wrong: it may have missed one that is there.
    """
    value = None if answer.value is None else 1 - answer.value
    if calibration is not None:
        value = calibration.apply(answer.features, answer.state)
    return replace(
        answer,
        value=value,
        parts=_parts(answer.features, answer.state, calibration),
        calibrated=calibration is not None,
        # What speaks for the answer that was not given does not speak for silence.
        reasons=tuple(one for one in answer.reasons if one not in (_TWICE, _VERBATIM, _BOTH))
        or ("The words were found, an answer was not.",),
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
    if measured["conflicting"]:
        reasons.append("Another document says otherwise.")
    elif measured["agreeing"]:
        reasons.append(_TWICE)
    if measured["support"] >= 0.9:
        reasons.append(_VERBATIM)
    elif measured["support"] < 0.5:
        reasons.append("Much of the answer's wording is not in the source.")
    if measured["none"] > 0.2:
        reasons.append("The model doubted that the source tells it.")
    elif measured["choice"] < 0.4:
        reasons.append("Other sources fit the question as well.")
    if measured["by_both"]:
        reasons.append(_BOTH)
    elif measured["coverage"] < 0.5:
        reasons.append("Half of what you asked about is not in the source.")
    return tuple(reasons[:4])


def _absent(seen: Measured) -> list[str]:
    """Names and numbers of the question that the cited source does not hold."""
    here = held(seen.chosen)
    names = [" ".join(name) for name in seen.asked.names if not here.issuperset(name)]
    wanted = set(" ".join(names).split())
    shown = [word for word in words(seen.query.words) if stem(word) in wanted]
    numbers = [
        number
        for number in sorted(seen.asked.numbers)
        if not any(number in one for one in here)
    ]
    return [*dict.fromkeys(shown), *numbers]
