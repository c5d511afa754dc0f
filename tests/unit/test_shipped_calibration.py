"""The calibration that comes with the program is for the default models, and applies."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.answer import Answer
from archive.calibration import SHIPPED, TARGETS, file_name, load
from archive.settings import Settings
from tests.unit.test_answer import answer

MODELS = Settings().models


@pytest.mark.parametrize("target", TARGETS)
def test_it_is_of_the_default_models_and_of_what_is_measured(target: str) -> None:
    fitted = load(SHIPPED / file_name(MODELS.answer, MODELS.embedder, target))
    assert (fitted.model, fitted.embedder) == (MODELS.answer, MODELS.embedder)
    assert fitted.target == target
    made: Answer = answer("£1,140 [1]", "What did the mast cost?")
    measured = {*made.confidence.features, "foreseen", "foreseen_least", "state"}
    assert set(fitted.features) <= measured
    assert 0.01 <= fitted.apply(made.confidence.features) <= 0.99
    assert fitted.truth.n == sum(fitted.sets.values()) == sum(one.n for one in fitted.bins)


def test_nothing_else_lies_beside_them() -> None:
    names = {file_name(MODELS.answer, MODELS.embedder, target) for target in TARGETS}
    assert {path.name for path in Path(SHIPPED).iterdir()} == names
