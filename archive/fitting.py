"""Fits a confidence to labelled answers.

Logistic regression with an L2 penalty (Newton's method), then the curve that does best in
cross-validation. Everything that is chosen is chosen within the fold it is judged by, so the
figures are those of answers the fit has not seen. A second for a thousand answers of twenty
features.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from archive import probe as probes
from archive import probing
from archive.calibration import FAR, LEAST, MOST, Calibration, Curve
from archive.measures import brier, reliability, truth
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

FOLDS = 5
LEAST_ANSWERS = 60
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0)
"""Of the squared coefficients, beside the sum of the log losses."""

_KINDS = ("none", "beta", "isotonic")
_LEAST_IN_BLOCK = 15
"""Answers that a step of the isotonic curve rests on: fewer, and it repeats their luck."""

_CURVE_PENALTY = 1.0


class TooFewAnswers(LifeArchiveError):
    """There is not enough to fit a confidence to."""

    exit_code = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    means: Floats
    scales: Floats
    coefficients: Floats
    intercept: float
    curve: Curve
    penalty: float

    def odds(self, table: Floats) -> Floats:
        scores: Floats = self.intercept + _standard(table, self.means, self.scales) @ (
            self.coefficients
        )
        return scores


def fit(
    rows: Sequence[Mapping[str, float]],
    right: Sequence[bool],
    groups: Sequence[Hashable] | None = None,
    *,
    states: Sequence[bytes] | None = None,
    teaching: Sequence[bool] | None = None,
    model: str = "",
    embedder: str = "",
    target: str = "answer",
    sets: Mapping[str, int] | None = None,
    on: date | None = None,
    seed: int = 0,
) -> Calibration:
    """The confidence that fits these answers best.

    `states` are the model's, see `archive/probe.py`; with enough of them a probe is fitted, and
    is one feature more if that does better. It learns of all answers, or of those that
    `teaching` marks: its weights are so many that they could give away what they learnt from.
    Answers of one group are never on both sides of a fold. Raises TooFewAnswers.
    """
    import numpy as np

    _require_enough(right)
    names, table = _table(rows)
    hits = np.asarray(right, float)
    keys = list(groups) if groups is not None else list(range(len(rows)))
    if len(set(keys)) < 2:
        raise ValueError("one group cannot be divided into folds")
    believed = _unseen(table, None, hits, keys, seed)
    minds = probing.table(states, teaching) if states is not None else None
    probe: probes.Probe | None = None
    if minds is not None:
        read = _unseen(table, minds, hits, keys, seed)
        # The plainer fit wins a tie, and where answers are few it often wins.
        if brier(read, right) < brier(believed, right):
            believed = read
            probe, column = _probed(minds, hits, keys, seed + 2)
            names, table = (*names, probes.NAME), np.column_stack([table, column])
    whole = _fit_once(table, hits, keys, seed + 1)
    return Calibration(
        model=model,
        embedder=embedder,
        target=target,
        features=names,
        means=tuple(whole.means.tolist()),
        scales=tuple(whole.scales.tolist()),
        coefficients=tuple(whole.coefficients.tolist()),
        intercept=whole.intercept,
        curve=whole.curve,
        penalty=whole.penalty,
        probe=probe,
        truth=truth(believed, right),
        bins=reliability(believed, right),
        sets=dict(sets or {}),
        date=(on or date.today()).isoformat(),
    )


def _unseen(
    table: Floats,
    minds: probing.States | None,
    hits: Floats,
    keys: Sequence[Hashable],
    seed: int,
) -> list[float]:
    """What fits that had not seen an answer's group say of it, with a probe of `minds`."""
    import numpy as np

    said = np.zeros(len(hits))
    for inside, outside in folds(keys, seed):
        within = [keys[i] for i in inside]
        seen, unseen = table[inside], table[outside]
        if minds is not None:
            probe, column = _probed(minds.of(inside), hits[inside], within, seed + 2)
            seen = np.column_stack([seen, column])
            unseen = np.column_stack([unseen, probing.said(probe, minds.rows[outside])])
        made = _fit_once(seen, hits[inside], within, seed + 1)
        said[outside] = _through(made.curve, made.odds(unseen))
    numbers: list[float] = said.tolist()
    return numbers


def _probed(
    minds: probing.States, hits: Floats, keys: Sequence[Hashable], seed: int
) -> tuple[probes.Probe, Floats]:
    """A probe, and what others like it say of the same states without having seen them."""
    column = probing.unseen(minds, hits, folds(keys, seed), logistic)
    return probing.fitted(minds, hits, logistic), column


def _require_enough(right: Sequence[bool]) -> None:
    good = sum(map(bool, right))
    if len(right) < LEAST_ANSWERS:
        raise TooFewAnswers(
            f"{len(right)} labelled answers are too few: a confidence needs {LEAST_ANSWERS}.",
            remedy="Give a file of questions with answers, or mark more answers as right or "
            "wrong.",
        )
    if min(good, len(right) - good) < FOLDS:
        raise TooFewAnswers(
            f"Of {len(right)} answers {good} are right: it takes at least {FOLDS} of either "
            "kind to tell them apart.",
            remedy="Ask harder questions, or easier ones.",
        )


def folds(keys: Sequence[Hashable], seed: int) -> list[tuple[Indices, Indices]]:
    """Up to five divisions of the rows, the larger part first; groups stay together."""
    import numpy as np

    members: dict[Hashable, list[int]] = {}
    for number, key in enumerate(keys):
        members.setdefault(key, []).append(number)
    shuffled = list(members.values())
    order = np.random.default_rng(seed).permutation(len(shuffled))
    parts: list[list[int]] = [[] for _ in range(min(FOLDS, len(shuffled)))]
    # The largest group first, each to the smallest part: parts end up of nearly one size.
    for place in sorted(order.tolist(), key=lambda place: -len(shuffled[place])):
        min(parts, key=len).extend(shuffled[place])
    every = np.arange(len(keys))
    return [(np.setdiff1d(every, part), np.array(sorted(part))) for part in parts]


def _table(rows: Sequence[Mapping[str, float]]) -> tuple[tuple[str, ...], Floats]:
    """Names and values, NaN where a row has none; what never varies is left out."""
    import numpy as np

    names = sorted({name for row in rows for name in row})
    table = np.full((len(rows), len(names)), np.nan)
    for number, row in enumerate(rows):
        for place, name in enumerate(names):
            value = row.get(name)
            if value is not None and math.isfinite(value):
                table[number, place] = value
    kept = [
        place
        for place in range(len(names))
        if len(set(table[~np.isnan(table[:, place]), place].tolist())) > 1
    ]
    return tuple(names[place] for place in kept), table[:, kept]


def _standard(table: Floats, means: Floats, scales: Floats) -> Floats:
    import numpy as np

    spread = np.clip((table - means) / scales, -FAR, FAR)
    return np.nan_to_num(spread, nan=0.0)


def _fit_once(table: Floats, hits: Floats, keys: Sequence[Hashable], seed: int) -> _Fit:
    import numpy as np

    present = ~np.isnan(table)
    counts = np.maximum(present.sum(axis=0), 1)
    filled = np.where(present, table, 0.0)
    means = filled.sum(axis=0) / counts
    spread = np.where(present, table - means, 0.0)
    scales = np.sqrt((spread**2).sum(axis=0) / counts)
    scales[scales < 1e-9] = 1.0
    ready = _standard(table, means, scales)
    parts = folds(keys, seed)
    best: tuple[float, float, Floats] | None = None
    for penalty in PENALTIES:
        odds = np.zeros(len(hits))
        for inside, outside in parts:
            weights = logistic(ready[inside], hits[inside], penalty)
            odds[outside] = weights[0] + ready[outside] @ weights[1:]
        loss = float(np.logaddexp(0, np.where(hits > 0, -odds, odds)).mean())
        if best is None or loss < best[0]:
            best = (loss, penalty, odds)
    assert best is not None
    _, penalty, odds = best
    weights = logistic(ready, hits, penalty)
    return _Fit(
        means=means,
        scales=scales,
        coefficients=weights[1:],
        intercept=float(weights[0]),
        curve=_best_curve(odds, hits, parts),
        penalty=penalty,
    )


def logistic(
    table: Floats, hits: Floats, penalty: float, *, towards: Floats | None = None
) -> Floats:
    """Intercept and coefficients that minimise log loss plus half the penalty.

    Coefficients are drawn to zero, or all weights but the intercept to `towards`.
    """
    import numpy as np

    design = np.column_stack([np.ones(len(table)), table])
    goal = np.zeros(design.shape[1])
    if towards is not None:
        goal[1:] = towards
    pull = np.full(len(goal), penalty)
    pull[0] = 1e-6
    weights = goal.copy()
    for _ in range(50):
        odds = np.clip(design @ weights, -30, 30)
        chance = 1 / (1 + np.exp(-odds))
        slope = design.T @ (chance - hits) + pull * (weights - goal)
        bend = (design.T * np.maximum(chance * (1 - chance), 1e-9)) @ design + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        # Far from the minimum a whole step may overshoot.
        weights = weights - step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights


def _best_curve(odds: Floats, hits: Floats, parts: Sequence[tuple[Indices, Indices]]) -> Curve:
    """The kind whose out-of-fold Brier score is least, fitted to everything."""
    import numpy as np

    losses = {}
    for kind in _KINDS:
        said = np.zeros(len(hits))
        for inside, outside in parts:
            said[outside] = _through(_curve(kind, odds[inside], hits[inside]), odds[outside])
        losses[kind] = brier(said.tolist(), (hits > 0).tolist())
    # The plainer kinds come first and win a tie.
    return _curve(min(_KINDS, key=losses.__getitem__), odds, hits)


def _through(curve: Curve, odds: Floats) -> Floats:
    import numpy as np

    return np.clip([curve(value) for value in odds.tolist()], LEAST, MOST)


def _curve(kind: str, odds: Floats, hits: Floats) -> Curve:
    if kind == "beta":
        return _beta(odds, hits)
    return _isotonic(odds, hits) if kind == "isotonic" else Curve(kind="none")


def _beta(odds: Floats, hits: Floats) -> Curve:
    """Kull, Silva Filho and Flach, AISTATS 2017, drawn towards the straight line."""
    import numpy as np

    columns = np.column_stack([-np.logaddexp(0, -odds), np.logaddexp(0, odds)])
    goal = np.ones(2)
    c, a, b = logistic(columns, hits, _CURVE_PENALTY, towards=goal).tolist()
    # A negative one would let the probability fall where the log-odds rise.
    if a < 0:
        c, b = logistic(columns[:, 1:], hits, _CURVE_PENALTY, towards=goal[1:]).tolist()
        a = 0.0
    elif b < 0:
        c, a = logistic(columns[:, :1], hits, _CURVE_PENALTY, towards=goal[:1]).tolist()
        b = 0.0
    return Curve(kind="beta", numbers=(max(a, 0.0), max(b, 0.0), c))


def _isotonic(odds: Floats, hits: Floats) -> Curve:
    """Pool adjacent violators over small bins; lines between the middles of the blocks.

    Steps would give many answers one confidence and forget which of them is the better.
    """
    import numpy as np

    order = np.argsort(odds, kind="stable")
    count = max(1, min(50, len(order) // _LEAST_IN_BLOCK))
    blocks: list[tuple[float, float, int]] = []  # sum of log-odds, of hits, how many
    for part in np.array_split(order, count):
        blocks.append((float(odds[part].sum()), float(hits[part].sum()), len(part)))
        while (
            len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] >= blocks[-1][1] * blocks[-2][2]
        ):
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    places: list[float] = []
    heights: list[float] = []
    for odds_sum, good, size in blocks:
        place = odds_sum / size
        if places and place <= places[-1]:
            continue
        places.append(place)
        # Laplace's rule: a block that was always right is not certain.
        heights.append((good + 1) / (size + 2))
    for number in range(1, len(heights)):
        heights[number] = max(heights[number], heights[number - 1])
    return Curve(kind="isotonic", numbers=(*places, *heights))


def _mean(block: tuple[float, float, int]) -> float:
    return block[1] / block[2]
