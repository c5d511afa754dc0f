"""Measures of confidence against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.measures import (
    auroc,
    bootstrap,
    brier,
    calibration_error,
    coverage,
    noise_floor,
    reliability,
    threshold,
    truth,
    wilson,
)


def simulated(n: int, seed: int = 0) -> tuple[list[float], list[bool]]:
    """Confidences that come true exactly as often as they say."""
    random = np.random.default_rng(seed)
    said = random.random(n)
    return said.tolist(), (random.random(n) < said).tolist()


def test_the_calibration_error_of_two_bins_by_hand() -> None:
    said = [0.1, 0.2, 0.8, 0.9]
    # Lower bin: said 0.15, came true 0.5. Upper bin: said 0.85, came true 1.
    assert calibration_error(said, [True, False, True, True], bins=2) == pytest.approx(
        0.5 * 0.35 + 0.5 * 0.15
    )


def test_bins_have_equal_mass_whatever_the_range() -> None:
    said = [0.01 * n for n in range(40)]
    assert [one.n for one in reliability(said, [True] * 40)] == [4] * 10


def test_equal_confidences_are_not_told_apart_by_their_order() -> None:
    said = [0.5] * 40
    ordered = [True] * 20 + [False] * 20
    mixed = [True, False] * 20
    assert calibration_error(said, ordered) == calibration_error(said, mixed) == 0.0
    assert {one.right for one in reliability(said, ordered)} == {0.5}


@pytest.mark.parametrize("n", [500, 1000])
def test_a_true_confidence_has_an_error_near_its_noise_floor(n: int) -> None:
    floor = noise_floor(simulated(n)[0])
    errors = [calibration_error(*simulated(n, seed)) for seed in range(40)]
    assert np.mean(errors) == pytest.approx(floor, rel=0.1)


def test_the_noise_floor_falls_with_n_and_is_the_same_each_time() -> None:
    small, large = simulated(500)[0], simulated(1000)[0]
    assert noise_floor(small) == noise_floor(small)
    # As the root of n, as the sets' own README has it: 0.041 and 0.029 for some confidences.
    assert noise_floor(small) / noise_floor(large) == pytest.approx(math.sqrt(2), rel=0.1)


def test_a_false_confidence_is_far_above_its_floor() -> None:
    said, _ = simulated(1000)
    assert calibration_error(said, [False] * 1000) > 10 * noise_floor(said)


def test_brier_and_ranking_by_hand() -> None:
    assert brier([0.8, 0.4], [True, False]) == pytest.approx((0.04 + 0.16) / 2)
    # Pairs of a right and a wrong one: 0.9 > 0.5, 0.9 > 0.2, 0.5 = 0.5, 0.5 > 0.2.
    assert auroc([0.9, 0.5, 0.5, 0.2], [True, True, False, False]) == pytest.approx(3.5 / 4)
    assert auroc([0.9, 0.5], [True, True]) is None


def test_coverage_is_the_most_that_can_be_answered_at_nine_in_ten() -> None:
    said = [0.99 - 0.01 * n for n in range(20)]
    hits = [True] * 5 + [False] + [True] * 4 + [False] * 10
    # The first ten hold nine right ones; eleven hold nine of eleven.
    assert coverage(said, hits) == 0.5
    assert threshold(said, hits) == said[9]
    assert coverage(said, [False] * 20) == 0.0
    assert threshold(said, [False] * 20) is None


def test_coverage_cannot_cut_between_equal_confidences() -> None:
    assert coverage([0.7, 0.7, 0.7], [True, True, False]) == 0.0
    assert coverage([0.8, 0.7, 0.7], [True, True, False]) == pytest.approx(1 / 3)


def test_wilson_by_hand() -> None:
    low, high = wilson(0.5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-3), pytest.approx(0.7634, abs=1e-3))
    assert wilson(1.0, 5)[1] == 1.0


def test_a_bootstrap_holds_the_value_and_narrows_with_n() -> None:
    widths = []
    for n in (100, 1600):
        said, hits = simulated(n)
        low, high = bootstrap(auroc, said, hits, draws=200)
        value = auroc(said, hits)
        assert value is not None
        assert low < value < high
        widths.append(high - low)
    assert widths[0] > 2.5 * widths[1]
    assert all(map(math.isnan, bootstrap(auroc, [0.5, 0.6], [True, True], draws=10)))


def test_all_at_once() -> None:
    said, hits = simulated(300)
    found = truth(said, hits)
    assert (found.n, found.right) == (300, sum(hits) / 300)
    assert found.ece == calibration_error(said, hits)
    with pytest.raises(ValueError, match="no answers"):
        truth([], [])
    assert reliability([], []) == ()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_all_measures_stay_within_bounds(pairs: list[tuple[float, bool]]) -> None:
    said, hits = [value for value, _ in pairs], [hit for _, hit in pairs]
    found = truth(said, hits)
    for value in (found.ece, found.ece_floor, found.brier, found.coverage, found.auroc or 0):
        assert -1e-12 <= value <= 1 + 1e-12
    assert sum(one.n for one in reliability(said, hits)) == len(pairs)
