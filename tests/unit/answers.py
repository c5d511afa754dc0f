"""Answers as an archive would give them, for what records, scores and learns from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.answer import Answer
from archive.cite import Citation
from archive.confidence import Confidence
from tests.unit.fakes import passage

LETTER = "Dear Ben, we met in Oslo on 7 May 2023. The mast cost 1,577 crowns."


def citation(quote: str, *, supported: bool = True) -> Citation:
    """A quote of the letter, or one that is not in it."""
    start = max(0, LETTER.find(quote))
    return Citation(
        n=1,
        passage=passage(LETTER),
        quote=quote,
        start=start,
        end=start + len(quote),
        supported=supported,
    )


def answer(
    text: str = "In Oslo [1].",
    *,
    declined: bool = False,
    value: float | None = 0.8,
    features: Mapping[str, float] | None = None,
    quotes: tuple[str, ...] = ("we met in Oslo",),
    model: str = "reciter",
) -> Answer:
    """An answer from the letter."""
    return Answer(
        text=text,
        declined=declined,
        confidence=Confidence(
            value=value, calibrated=False, features=features or {"support": 0.9}
        ),
        citations=tuple(citation(quote) for quote in quotes),
        passages=(passage(LETTER),),
        model=model,
        timings_ms={"evidence": 100.0, "first_token": 900.0, "total": 2000.0},
    )


def record(
    answers: list[str] | None, text: str = "In Oslo.", *, declined: bool = False, **more: Any
) -> dict[str, Any]:
    """A line that `archive eval` wrote, as far as its scores need it."""
    made = {
        "question": "Where?",
        "answers": answers,
        "answer": text,
        "declined": declined,
        "confidence": 0.8,
        "calibrated": False,
        "citations": [],
        "passages": [],
        "timings_ms": {"evidence": 100.0, "total": 2000.0},
        "sources": [],
    }
    return {**made, **more}
