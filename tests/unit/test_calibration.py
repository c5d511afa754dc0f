"""The fitted confidence: what it recovers, how it is stored, and what it does with gaps."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from archive import calibration as stored
from archive.calibration import Calibration, CalibrationDamaged, Curve, sigmoid
from archive.fitting import TooFewAnswers, _beta, _isotonic, fit, folds, logistic
from archive.measures import calibration_error, noise_floor
from archive.paths import Paths

Rows = list[dict[str, float]]


def simulated(
    n: int, *, seed: int = 0, overconfident: float = 1.0
) -> tuple[Rows, list[bool], list[float]]:
    """Answers of which `near` speaks for, `far` against, and `noise` says nothing."""
    random = np.random.default_rng(seed)
    table = random.normal(size=(n, 3)) * [1.0, 2.0, 1.0] + [5.0, 0.0, 1.0]
    odds = 0.4 + 1.5 * (table[:, 0] - 5) - 0.6 * table[:, 1]
    chance = 1 / (1 + np.exp(-odds * overconfident))
    names = ("near", "far", "noise")
    rows = [dict(zip(names, row, strict=True)) for row in table.tolist()]
    return rows, (random.random(n) < chance).tolist(), chance.tolist()


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    rows, right, _ = simulated(2000)
    return fit(rows, right, model="m", embedder="e", sets={"own": 2000}, on=date(2026, 1, 2))


def test_the_coefficients_of_the_simulation_are_recovered(fitted: Calibration) -> None:
    found = dict(zip(fitted.features, fitted.coefficients, strict=True))
    # Per standard deviation: 1.5 * 1 and -0.6 * 2.
    assert found["near"] == pytest.approx(1.5, abs=0.2)
    assert found["far"] == pytest.approx(-1.2, abs=0.2)
    assert found["noise"] == pytest.approx(0.0, abs=0.15)
    assert fitted.intercept == pytest.approx(0.4, abs=0.2)


def test_the_confidence_is_true_of_answers_it_has_not_seen(fitted: Calibration) -> None:
    rows, right, chance = simulated(2000, seed=7)
    said = [fitted.apply(row) for row in rows]
    assert calibration_error(said, right) < 2 * noise_floor(said)
    assert np.mean(np.abs(np.array(said) - chance)) < 0.03


def test_the_reported_figures_are_out_of_fold(fitted: Calibration) -> None:
    assert fitted.truth.n == 2000
    assert fitted.truth.ece < 2 * fitted.truth.ece_floor
    assert sum(one.n for one in fitted.bins) == 2000
    assert fitted.truth.auroc is not None
    # Noise alone must not look as if it could rank anything.
    random = np.random.default_rng(3)
    rows = [
        {f"f{k}": float(v) for k, v in enumerate(row)} for row in random.normal(size=(120, 30))
    ]
    blind = fit(rows, (random.random(120) < 0.5).tolist())
    assert blind.truth.auroc is not None
    assert blind.truth.auroc < 0.65


def test_a_missing_feature_counts_as_average_and_an_unknown_one_not_at_all(
    fitted: Calibration,
) -> None:
    mean = dict(zip(fitted.features, fitted.means, strict=True))
    assert fitted.apply({}) == pytest.approx(fitted.apply(mean))
    assert fitted.apply({"near": 6.0}) == fitted.apply({"near": 6.0, "other": 99.0})
    assert fitted.apply({"near": math.nan, "far": math.inf}) == fitted.apply({})
    assert fitted.apply({"near": 6.0}) > fitted.apply({"near": 4.0})


def test_the_confidence_is_never_certain(fitted: Calibration) -> None:
    assert fitted.apply({"near": 1e9, "far": -1e9}) <= 0.99
    assert fitted.apply({"near": -1e9, "far": 1e9}) >= 0.01
    # Beyond what was seen a feature says no more.
    assert fitted.contributions({"near": 1e9}) == fitted.contributions({"near": 1e12})


def test_contributions_add_up_to_the_log_odds(fitted: Calibration) -> None:
    plain = replace(fitted, curve=Curve(kind="none"))
    features = {"near": 6.0, "far": 1.0}
    added = plain.contributions(features)
    assert added["noise"] == 0.0
    assert added["near"] > 0 > added["far"]
    assert plain.apply(features) == pytest.approx(
        sigmoid(plain.intercept + sum(added.values()))
    )


def test_json_and_back_gives_the_same(fitted: Calibration) -> None:
    again = Calibration.from_json(fitted.to_json())
    assert again == fitted
    assert json.loads(fitted.to_json())["schema"] == 1
    assert again.date == "2026-01-02"


def test_features_that_are_missing_in_some_answers_do_not_bend_the_fit() -> None:
    rows, right, _ = simulated(2000)
    gaps: Rows = [
        {name: value for name, value in row.items() if not (number % 3 and name == "noise")}
        for number, row in enumerate(rows)
    ]
    constant = [{**row, "always": 1.0} for row in gaps]
    found = fit(constant, right)
    assert found.features == ("far", "near", "noise")
    near = found.coefficients[found.features.index("near")]
    assert near == pytest.approx(1.5, abs=0.2)


def test_a_group_is_never_on_both_sides_and_folds_are_of_one_size() -> None:
    keys = [f"g{number // 4}" for number in range(100)]
    seen: list[int] = []
    for inside, outside in folds(keys, seed=1):
        assert not {keys[i] for i in inside} & {keys[i] for i in outside}
        assert 16 <= len(outside) <= 24
        seen += outside.tolist()
    assert sorted(seen) == list(range(100))
    assert len(folds(["a", "b", "b"], seed=0)) == 2


def test_one_group_cannot_be_divided() -> None:
    rows, right, _ = simulated(100)
    with pytest.raises(ValueError, match="one group"):
        fit(rows, right, ["a"] * 100)


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ([True, False] * 29, "58 labelled answers are too few"),
        ([True] * 97 + [False] * 3, "Of 100 answers 97 are right"),
    ],
)
def test_too_few_answers_are_refused(right: list[bool], said: str) -> None:
    with pytest.raises(TooFewAnswers, match=said):
        fit([{"x": 1.0}] * len(right), right)


def test_the_logistic_of_one_column_by_hand() -> None:
    # Half of those at 0 are right and three of four at 1: log-odds 0 and log 3.
    table = np.array([[0.0]] * 4 + [[1.0]] * 4)
    hits = np.array([1, 1, 0, 0, 1, 1, 1, 0], float)
    intercept, slope = logistic(table, hits, 1e-9)
    assert intercept == pytest.approx(0.0, abs=1e-4)
    assert slope == pytest.approx(math.log(3), abs=1e-4)


@pytest.mark.parametrize("make", [_beta, _isotonic])
def test_a_curve_straightens_overconfidence_and_never_falls(make: object) -> None:
    random = np.random.default_rng(0)
    odds = random.normal(size=4000) * 3
    hits = (random.random(4000) < 1 / (1 + np.exp(-odds / 3))).astype(float)
    curve = make(odds, hits)  # type: ignore[operator]
    assert curve(3.0) == pytest.approx(sigmoid(1.0), abs=0.06)
    assert curve(-3.0) == pytest.approx(sigmoid(-1.0), abs=0.06)
    heights = [curve(value) for value in np.linspace(-12, 12, 200).tolist()]
    assert heights == sorted(heights)


def test_a_curve_does_not_turn_where_the_scores_mislead() -> None:
    odds = np.linspace(-3, 3, 300)
    curve = _beta(odds, (odds < 0).astype(float))
    heights = [curve(value) for value in odds.tolist()]
    assert heights == sorted(heights)
    flat = _isotonic(odds, (odds < 0).astype(float))
    assert flat(-3) == flat(3) == pytest.approx(0.5, abs=0.01)


# --- where it is kept ---------------------------------------------------------------------


def paths(tmp_path: Path) -> Paths:
    return Paths.find({"ARCHIVE_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)})


def test_ones_own_calibration_comes_before_the_shipped_one(
    fitted: Calibration, tmp_path: Path
) -> None:
    place, shipped = paths(tmp_path), tmp_path / "shipped"
    shipped.mkdir()
    assert stored.find(place, "m", "e", shipped=shipped) is None
    other = replace(fitted, intercept=9.0)
    (shipped / "m--e.json").write_text(other.to_json())
    assert stored.find(place, "m", "e", shipped=shipped) == other
    path = stored.save(place, fitted)
    assert path == place.data / "calibration" / "m--e.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert stored.find(place, "m", "e", shipped=shipped) == fitted
    assert stored.find(place, "m", "other", shipped=shipped) is None


@pytest.mark.parametrize("harm", ["{", "[]", '{"schema": 2}', '{"schema": 1}', "null"])
def test_a_damaged_calibration_is_passed_over_and_named_when_asked_for(
    fitted: Calibration, tmp_path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = paths(tmp_path)
    path = stored.save(place, fitted)
    path.write_text(harm)
    assert stored.find(place, "m", "e", shipped=tmp_path) is None
    assert "archive calibrate" in caplog.text
    with pytest.raises(CalibrationDamaged, match="is no calibration"):
        stored.load(path)


def test_a_curve_with_too_few_numbers_is_damage(fitted: Calibration, tmp_path: Path) -> None:
    path = stored.save(paths(tmp_path), replace(fitted, curve=Curve(kind="beta", numbers=(1,))))
    with pytest.raises(CalibrationDamaged):
        stored.load(path)


def test_names_that_look_alike_as_files_are_told_apart(
    fitted: Calibration, tmp_path: Path
) -> None:
    place = paths(tmp_path)
    stored.save(place, replace(fitted, model="a/b"))
    assert stored.find(place, "a/b", "e") is not None
    assert stored.find(place, "a_b", "e") is None
