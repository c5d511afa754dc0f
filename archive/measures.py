"""How true a confidence is: calibration error, Brier score, ranking, coverage.

`said` are confidences from 0 to 1, `right` whether each answer was. Answers with the same
confidence are never told apart by their order. NumPy is loaded when first needed; a bootstrap
of a thousand draws over a thousand answers takes half a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 10
PRECISION = 0.9
"""How often an answer must be right to count as answered with confidence."""

Measure = Callable[[Sequence[float], Sequence[bool]], "float | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Answers of about the same confidence."""

    said: float
    """Mean confidence."""

    right: float
    """Share that was right."""

    low: float
    high: float
    """Wilson's 95 % interval of `right`."""

    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """How true the confidences of some answers are."""

    n: int
    right: float
    """Share of right answers."""

    ece: float
    """Expected calibration error over ten bins of equal mass."""

    ece_floor: float
    """What a perfectly calibrated model would show by chance with these confidences."""

    brier: float
    auroc: float | None
    """None if all answers are right or all are wrong."""

    coverage: float
    """Largest share of answers above one threshold of which 90 % are right."""


def truth(said: Sequence[float], right: Sequence[bool]) -> Truth:
    """All figures at once. Raises ValueError without an answer."""
    if not said:
        raise ValueError("no answers")
    return Truth(
        n=len(said),
        right=sum(map(bool, right)) / len(right),
        ece=calibration_error(said, right),
        ece_floor=noise_floor(said),
        brier=brier(said, right),
        auroc=auroc(said, right),
        coverage=coverage(said, right),
    )


def calibration_error(
    said: Sequence[float], right: Sequence[bool], *, bins: int = BINS
) -> float:
    """Expected calibration error over bins of equal mass."""
    import numpy as np

    values, hits = _sorted(said, right)
    return float(_errors(values, _tied_means(values, hits[np.newaxis]), bins)[0])


def noise_floor(
    said: Sequence[float], *, bins: int = BINS, draws: int = 400, seed: int = 0
) -> float:
    """The calibration error to expect of a model whose confidences are exactly true."""
    import numpy as np

    values = np.sort(np.asarray(said, float))
    chance = np.random.default_rng(seed).random((draws, len(values)))
    drawn = (chance < values).astype(float)
    return float(_errors(values, _tied_means(values, drawn), bins).mean())


def brier(said: Sequence[float], right: Sequence[bool]) -> float:
    """Mean squared distance of confidence and truth; 0.25 is what saying 50 % costs."""
    return sum((p - bool(hit)) ** 2 for p, hit in zip(said, right, strict=True)) / len(said)


def auroc(said: Sequence[float], right: Sequence[bool]) -> float | None:
    """How often a right answer ranks above a wrong one; 0.5 is chance."""
    import numpy as np

    values, hits = _sorted(said, right)
    good = int(hits.sum())
    bad = len(hits) - good
    if not good or not bad:
        return None
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[hits == 1].sum() - good * (good + 1) / 2) / (good * bad))


def coverage(
    said: Sequence[float], right: Sequence[bool], *, precision: float = PRECISION
) -> float:
    """Largest share of answers at or above one confidence of which `precision` are right."""
    point = threshold(said, right, precision=precision)
    return 0.0 if point is None else sum(value >= point for value in said) / len(said)


def threshold(
    said: Sequence[float], right: Sequence[bool], *, precision: float = PRECISION
) -> float | None:
    """The lowest confidence from which on `precision` are right. None if there is none."""
    pairs = sorted(zip(said, right, strict=True), reverse=True)
    best, hits = None, 0
    for number, (value, hit) in enumerate(pairs, start=1):
        hits += bool(hit)
        last = number == len(pairs) or pairs[number][0] < value
        # A rounding of the product must not cost exactly nine of ten.
        if last and hits >= precision * number - 1e-9:
            best = value
    return best


def reliability(
    said: Sequence[float], right: Sequence[bool], *, bins: int = BINS
) -> tuple[Bin, ...]:
    """Bins of equal mass, from the least to the most confident; empty ones are left out."""
    import numpy as np

    if not said:
        return ()
    values, hits = _sorted(said, right)
    hits = _tied_means(values, hits[np.newaxis])[0]
    found = []
    for start, end in _edges(len(values), bins):
        share, n = float(hits[start:end].mean()), end - start
        low, high = wilson(share, n)
        found.append(
            Bin(said=float(values[start:end].mean()), right=share, low=low, high=high, n=n)
        )
    return tuple(found)


def wilson(share: float, n: int, *, z: float = 1.96) -> tuple[float, float]:
    """Interval of a share that was seen in `n` cases; 95 % with the usual `z`."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap(
    measure: Measure,
    said: Sequence[float],
    right: Sequence[bool],
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of any of the measures above. NaN where a draw has no value."""
    import numpy as np

    values, hits = np.asarray(said, float), np.asarray(right, bool)
    picks = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    found = [measure(values[pick].tolist(), hits[pick].tolist()) for pick in picks]
    held = [value for value in found if value is not None]
    if not held:
        return math.nan, math.nan
    low, high = np.quantile(held, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _sorted(said: Sequence[float], right: Sequence[bool]) -> tuple[Floats, Floats]:
    import numpy as np

    values, hits = np.asarray(said, float), np.asarray(right, float)
    order = np.argsort(values, kind="stable")
    return values[order], hits[order]


def _tied_means(values: Floats, rows: Floats) -> Floats:
    """In each row the outcomes of equal confidences become their mean."""
    import numpy as np

    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    if len(starts) == len(values):
        return rows
    counts = np.diff(np.r_[starts, len(values)])
    sums = np.add.reduceat(rows, starts, axis=1)
    return np.repeat(sums / counts, counts, axis=1)


def _errors(values: Floats, rows: Floats, bins: int) -> Floats:
    import numpy as np

    total = np.zeros(len(rows))
    for start, end in _edges(len(values), bins):
        gap = rows[:, start:end].mean(axis=1) - values[start:end].mean()
        total += np.abs(gap) * (end - start) / len(values)
    return total


def _edges(size: int, bins: int) -> list[tuple[int, int]]:
    edges = [number * size // bins for number in range(bins + 1)]
    return [(start, end) for start, end in pairwise(edges) if end > start]
