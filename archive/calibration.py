"""From what was measured about an answer to the probability that it is right.

A logistic regression on standardised features, then a curve that straightens what is left
(beta calibration, isotonic regression, or none). It is fitted for one language model and one
embedder by `archive/fitting.py` and kept as a small JSON file. Applying it is plain
arithmetic: some 10 µs, and no library.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.measures import Bin, Truth
from archive.probe import NAME, Probe, packed_weights, unpacked_weights
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.paths import Paths

log = logging.getLogger("archive")

SCHEMA = 1
LEAST, MOST = 0.01, 0.99
"""No answer is impossible, and none is certain."""

FAR = 5.0
"""Standard deviations from the mean beyond which a feature says no more."""

TARGETS = ("answer", "silence")
"""That the answer is right; that the archive does not tell, so that declining is right. The
one is not the rest of the other: a wrong answer may be wrong because a right one was missed."""

SHIPPED = Path(__file__).parent / "calibrations"


class CalibrationDamaged(LifeArchiveError):
    """A stored calibration cannot be used."""

    exit_code = 5

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(
            f"{path} is no calibration of this version: {reason}.",
            remedy="Run `archive calibrate` again; it is replaced.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What log-odds mean, as they were seen to come true. Never falls."""

    kind: str
    """`none`, `beta` or `isotonic`."""

    numbers: tuple[float, ...] = ()
    """`beta`: a, b, c of c + a ln s - b ln(1 - s). `isotonic`: log-odds ascending, and after
    them the share that was right at each; straight lines between."""

    def __call__(self, odds_log: float) -> float:
        """The probability at these log-odds."""
        if self.kind == "beta":
            a, b, c = self.numbers
            return sigmoid(c - a * _softplus(-odds_log) + b * _softplus(odds_log))
        if self.kind == "isotonic":
            half = len(self.numbers) // 2
            return _between(odds_log, self.numbers[:half], self.numbers[half:])
        return sigmoid(odds_log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A fitted confidence and what is known of its truth."""

    model: str
    embedder: str
    target: str
    """What it is the probability of, one of `TARGETS`."""

    features: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    """Standard deviation of each feature, never 0."""

    coefficients: tuple[float, ...]
    """Log-odds for one standard deviation."""

    intercept: float
    curve: Curve
    penalty: float
    """L2, as cross-validation chose it."""

    truth: Truth
    """Out of fold: each answer was judged by a fit that had not seen its group."""

    bins: tuple[Bin, ...]
    """The reliability diagram of the same."""

    sets: Mapping[str, int]
    """Name of each set of questions and how many of its answers were used."""

    date: str
    """ISO 8601."""

    probe: Probe | None = None
    """What it says of the model's state is the feature `state`."""

    def apply(self, features: Mapping[str, float], state: bytes = b"") -> float:
        """The probability that an answer is right, from `LEAST` to `MOST`.

        `state` is the model's (`archive/probe.py`). A feature that is missing counts as
        average; one that is unknown does not count.
        """
        odds_log = self.intercept + sum(self.contributions(features, state).values())
        return min(MOST, max(LEAST, self.curve(odds_log)))

    def contributions(
        self, features: Mapping[str, float], state: bytes = b""
    ) -> dict[str, float]:
        """What each feature adds in log-odds to an average answer, before the curve."""
        read = self.probe.read(state) if self.probe is not None else None
        if read is not None:
            features = {**features, NAME: read}
        added = {}
        for name, mean, scale, coefficient in zip(
            self.features, self.means, self.scales, self.coefficients, strict=True
        ):
            value = features.get(name)
            if value is None or not math.isfinite(value):
                added[name] = 0.0
                continue
            added[name] = coefficient * min(FAR, max(-FAR, (value - mean) / scale))
        return added

    def to_json(self) -> str:
        """As it is stored."""
        form: dict[str, Any] = {"schema": SCHEMA, **asdict(self)}
        if self.probe is not None:
            packed = packed_weights(self.probe.weights)
            form["probe"] = {"weights": packed, "bias": self.probe.bias}
        return json.dumps(form, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """What `to_json` gave. Raises ValueError, KeyError or TypeError."""
        form: dict[str, Any] = json.loads(text)
        if form.pop("schema") != SCHEMA:
            raise ValueError("it is of another version")
        curve = form.pop("curve")
        columns: dict[str, Any] = {
            name: tuple(form.pop(name))
            for name in ("features", "means", "scales", "coefficients")
        }
        if len({len(column) for column in columns.values()}) != 1:
            raise ValueError("its columns differ in length")
        probe = form.pop("probe", None)
        if probe is not None:
            weights = unpacked_weights(probe["weights"])
            probe = Probe(weights=weights, bias=float(probe["bias"]))
        made = cls(
            probe=probe,
            curve=Curve(kind=curve["kind"], numbers=tuple(curve["numbers"])),
            truth=Truth(**form.pop("truth")),
            bins=tuple(Bin(**one) for one in form.pop("bins")),
            **columns,
            **form,
        )
        made.apply({})  # a curve with too few numbers shows here, not in an answer
        return made


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value)) without overflow."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    power = math.exp(value)
    return power / (1 + power)


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))


def _between(value: float, places: tuple[float, ...], heights: tuple[float, ...]) -> float:
    from bisect import bisect_right

    after = bisect_right(places, value)
    if after == 0:
        return heights[0]
    if after == len(places):
        return heights[-1]
    left, right = places[after - 1], places[after]
    share = (value - left) / (right - left)
    return heights[after - 1] + share * (heights[after] - heights[after - 1])


def file_name(model: str, embedder: str, target: str = "answer") -> str:
    """The name of the file of a pair of models."""
    of = "" if target == "answer" else f"--{target}"
    return re.sub(r"[^\w.+-]", "_", f"{model}--{embedder}{of}") + ".json"


def load(path: Path) -> Calibration:
    """A stored calibration. Raises OSError or CalibrationDamaged."""
    try:
        return Calibration.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise CalibrationDamaged(path, error) from error


def save(paths: Paths, calibration: Calibration) -> Path:
    """Store a calibration of one's own; the file, which replaces an older one at once."""
    from archive.paths import private_directory

    name = file_name(calibration.model, calibration.embedder, calibration.target)
    path = private_directory(paths.calibrations) / name
    temporary = path.with_suffix(".new")
    temporary.write_text(calibration.to_json() + "\n", encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
    return path


def find(
    paths: Paths,
    model: str,
    embedder: str,
    *,
    target: str = "answer",
    shipped: Path = SHIPPED,
) -> Calibration | None:
    """The calibration of this pair, one's own before the one that came with the program.

    None: nobody has fitted one. A damaged one is noted in the log and passed over.
    """
    for folder in (paths.calibrations, shipped):
        try:
            found = load(folder / file_name(model, embedder, target))
        except OSError:
            continue
        except CalibrationDamaged as error:
            log.warning("%s %s", error, error.remedy)
            continue
        if (found.model, found.embedder, found.target) == (model, embedder, target):
            return found
    return None
