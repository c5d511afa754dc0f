"""How sure the archive is that an answer is right.

A logistic of a few features. Until it is fitted on enough labelled questions
for the models in use, every number it gives says "uncalibrated".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from archive.cite import Checked
from archive.evidence import Evidence
from index.words import content_stems


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """A probability that the answer is right, and what speaks for and against it."""

    value: float | None
    """0 to 1. None if nothing can be said."""

    calibrated: bool
    """False until the number was fitted on labelled questions for this model pair."""

    reasons: tuple[str, ...] = ()
    """One short sentence each, for the person who reads the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the confidence is made of. All from 0 to 1."""

    support: float
    """Share of the answer's own words that the quoted sentences hold."""

    coverage: float
    """Share of the question's terms that the best source holds."""

    agreement: float
    """1 if keywords and vectors both rank the cited passage in the first five; 0.5 if one."""

    certainty: float
    """exp of the mean log-probability of the model's tokens."""

    sound: float
    """0 if the model named a source it was not shown, or a name or number nobody wrote."""


# A ridge-regularised logistic regression on 79 answers of the default model to public questions
# (29 of mail and long documents, 50 of short notes); held-out AUROC 0.66 to 0.76. Too few to
# call it calibrated. The model's token probabilities told right from wrong hardly at all.
WEIGHTS = Features(support=0.7, coverage=0.65, agreement=1.1, certainty=0.05, sound=0.45)
BIAS = -2.95


def features(
    question: str,
    evidence: Sequence[Evidence],
    checked: Checked,
    log_probabilities: Sequence[float],
) -> Features:
    """Measure an answer."""
    cited = [c.passage for c in checked.citations] or [e.passage for e in evidence[:1]]
    ranks = [(p.keyword_rank, p.vector_rank) for p in cited]
    agreement = max(
        (sum(rank is not None and rank <= 5 for rank in pair) / 2 for pair in ranks),
        default=0.0,
    )
    mean = sum(log_probabilities) / len(log_probabilities) if log_probabilities else -10.0
    return Features(
        support=checked.support,
        coverage=coverage(question, evidence),
        agreement=agreement,
        certainty=math.exp(mean),
        sound=0.0 if checked.invented or checked.missing else 1.0,
    )


def coverage(question: str, evidence: Sequence[Evidence]) -> float:
    """Share of the question's terms that one source holds, the best of them. 0 to 1."""
    asked = content_stems(question)
    if not asked:
        return 0.0
    best = 0.0
    for item in evidence:
        held = content_stems(" ".join((item.text, item.passage.title, *item.passage.people)))
        best = max(best, len(asked & held) / len(asked))
    return best


def judge(measured: Features, checked: Checked) -> Confidence:
    """The confidence of an answer."""
    names = ("support", "coverage", "agreement", "certainty", "sound")
    score = BIAS + sum(getattr(WEIGHTS, name) * getattr(measured, name) for name in names)
    return Confidence(
        value=1 / (1 + math.exp(-score)), calibrated=False, reasons=_reasons(measured, checked)
    )


def of_declining(question: str, evidence: Sequence[Evidence]) -> Confidence:
    """How sure the archive is that it does not hold the answer."""
    held = coverage(question, evidence)
    if not evidence:
        return Confidence(value=0.9, calibrated=False, reasons=("Nothing was found.",))
    reason = (
        "Some of what you asked about occurs nowhere near the rest."
        if held < 0.7
        else "The words of your question were found, an answer was not."
    )
    return Confidence(value=0.85 - 0.4 * held, calibrated=False, reasons=(reason,))


def _reasons(measured: Features, checked: Checked) -> tuple[str, ...]:
    reasons = []
    places = {
        citation.passage.document_id for citation in checked.citations if citation.supported
    }
    if len(places) > 1:
        reasons.append(f"{len(places)} documents say so.")
    elif measured.support >= 0.9:
        reasons.append("The words of the answer stand in the source.")
    elif measured.support < 0.5:
        reasons.append("Much of the answer's wording is not in the source.")
    if measured.coverage < 0.5:
        reasons.append("Half of what you asked about is not in the source.")
    if measured.agreement == 1.0:
        reasons.append("Keyword and meaning search agree on the source.")
    elif measured.agreement == 0.0:
        reasons.append("The source ranked low in both searches.")
    if measured.certainty < 0.6:
        reasons.append("The model was unsure of its words.")
    if checked.missing:
        reasons.append(f"Not in the evidence: {', '.join(checked.missing[:3])}.")
    if checked.invented:
        numbers = ", ".join(f"[{number}]" for number in checked.invented)
        reasons.append(f"The model cited {numbers}, which it was not shown.")
    return tuple(reasons)
