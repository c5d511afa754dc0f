"""Fits a probe (`archive/probe.py`) to the states of labelled answers.

A state has more numbers than there are answers, so it is first reduced to the directions in
which the states differ most, each scaled to vary alike; a logistic regression reads those.
What the probe says of the answers it was fitted on is too good: a calibration is fitted to
what probes say of answers that they have not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.probe import Probe, unpacked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]
    Logistic = Callable[[Floats, Floats, float], Floats]

LEAST_STATES = 200
"""With fewer answers a probe learns them by heart."""

DIRECTIONS = 48
PENALTY = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Hidden states of answers, and from which of them a probe may learn."""

    rows: Floats
    """One for each answer, NaN where its state is not known."""

    teaching: NDArray[np.bool_]
    """Known ones only."""

    def of(self, places: Indices) -> States:
        """Those of some answers."""
        return States(rows=self.rows[places], teaching=self.teaching[places])


def table(states: Sequence[bytes], teaching: Sequence[bool] | None = None) -> States | None:
    """The states as numbers. None if there are too few of one size to learn from."""
    import numpy as np

    wanted = [True] * len(states) if teaching is None else teaching
    sizes = Counter(
        len(state) for state, taken in zip(states, wanted, strict=True) if state and taken
    )
    if not sizes or max(sizes.values()) < LEAST_STATES:
        return None
    size = max(sizes, key=lambda one: sizes[one])
    rows = np.full((len(states), size // 2), np.nan)
    for row, state in zip(rows, states, strict=True):
        if len(state) == size:
            row[:] = unpacked(state)
    return States(rows=rows, teaching=np.asarray(wanted, bool) & ~np.isnan(rows[:, 0]))


def fitted(states: States, hits: Floats, logistic: Logistic) -> Probe:
    """The probe of these states."""
    import numpy as np

    rows = states.rows[states.teaching]
    mean = rows.mean(axis=0)
    centred = rows - mean
    # The directions are those of the small matrix of products between answers.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    count = min(DIRECTIONS, max(1, len(rows) // 8))
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    kept = values > 1e-9 * max(float(values[0]), 1e-12)
    values, vectors = values[kept], vectors[:, kept]
    scaled = vectors * np.sqrt(len(rows))
    directions = centred.T @ vectors / values * np.sqrt(len(rows))
    read = logistic(scaled, hits[states.teaching], PENALTY)
    weights = directions @ read[1:]
    return Probe(weights=tuple(weights.tolist()), bias=float(read[0] - mean @ weights))


def said(probe: Probe, rows: Floats) -> Floats:
    """What a probe says of each state; NaN where there is none."""
    import numpy as np

    odds: Floats = probe.bias + rows @ np.asarray(probe.weights)
    return odds


def unseen(
    states: States,
    hits: Floats,
    parts: Sequence[tuple[Indices, Indices]],
    logistic: Logistic,
) -> Floats:
    """What is said of each state by a probe that was fitted on the other parts."""
    import numpy as np

    odds = np.full(len(hits), np.nan)
    for inside, outside in parts:
        probe = fitted(states.of(inside), hits[inside], logistic)
        odds[outside] = said(probe, states.rows[outside])
    return odds
