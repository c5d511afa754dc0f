"""The figures of recorded answers: how many are right, declined, borne out, and how dear.

Pure, but for NumPy inside the measures of confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from archive import scoring
from archive.measures import (
    Bin,
    Truth,
    auroc,
    bootstrap,
    calibration_error,
    coverage,
    reliability,
    truth,
)

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one model did with one set of questions. A share of nothing is None."""

    name: str
    n: int
    answerable: int
    """Questions that have an answer."""

    right: float | None
    """Share of the answerable."""

    wrongly_declined: float | None
    """Share of the answerable."""

    rightly_declined: float | None
    """Share of those without an answer."""

    right_overall: float | None
    """Share of all, declining rightly included."""

    recall: Mapping[int, float]
    """Share of the answerable with right evidence among the first 1, 5 and 10 passages."""

    citation_precision: float | None
    """Share of citations that point to a right source."""

    citation_recall: float | None
    """Share of answered questions with at least one such citation."""

    citation_precision_right: float | None
    citation_recall_right: float | None
    """The same of the right answers alone."""

    existence: float | None
    """Share of citations whose words stand in the document. None if nobody looked."""

    citations: int
    truth: Truth | None
    """Of the confidences. None if there are none."""

    bins: tuple[Bin, ...]
    calibrated: bool
    milliseconds: Mapping[str, tuple[float, float]]
    """Median and 95th percentile of each stage."""

    peak_memory_bytes: int | None

    @property
    def seconds(self) -> float | None:
        """Median from question to answer, or to evidence if no model was asked."""
        found = self.milliseconds.get("total") or self.milliseconds.get("evidence")
        return None if found is None else found[0] / 1000


def figures(records: Sequence[Record], name: str = "") -> Figures:
    """The figures of records whose questions have `answers`; others are left out.

    Records of a search without an answer give recall and times only.
    """
    known = [one for one in records if one.get("answers") is not None]
    answered_all = [one for one in known if "answer" in one]
    answerable = [one for one in known if one["answers"]]
    said = [one for one in answered_all if one["answers"]]
    silent = [one for one in answered_all if not one["answers"]]
    given = [one for one in answered_all if not one["declined"] and "sources" in one]
    good = [one for one in given if scoring.right(one)]
    pairs = confidences(answered_all)
    values, hits = [value for value, _ in pairs], [hit for _, hit in pairs]
    looked_up = [
        cited for one in answered_all for cited in one["citations"] if "exists" in cited
    ]
    return Figures(
        name=name,
        n=len(known),
        answerable=len(answerable),
        right=_share(said, scoring.right),
        wrongly_declined=_share(said, _declined),
        rightly_declined=_share(silent, _declined),
        right_overall=_share(answered_all, scoring.right),
        recall=_recall(answerable),
        citation_precision=_precision(given),
        citation_recall=_citation_recall(given),
        citation_precision_right=_precision(good),
        citation_recall_right=_citation_recall(good),
        existence=_share(looked_up, lambda cited: bool(cited["exists"])),
        citations=sum(len(one["citations"]) for one in given),
        truth=truth(values, hits) if pairs else None,
        bins=reliability(values, hits),
        calibrated=bool(answered_all) and all(one.get("calibrated") for one in answered_all),
        milliseconds=_times(known),
        peak_memory_bytes=max(
            (one["peak_memory_bytes"] for one in known if one.get("peak_memory_bytes")),
            default=None,
        ),
    )


def confidences(records: Sequence[Record]) -> list[tuple[float, bool]]:
    """Each confidence and whether that answer was right; declining is an answer too."""
    return [
        (float(one["confidence"]), scoring.right(one))
        for one in records
        if one.get("confidence") is not None
    ]


def intervals(records: Sequence[Record]) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of `ece`, `auroc` and `coverage`."""
    pairs = confidences([one for one in records if one.get("answers") is not None])
    if not pairs:
        return {}
    values, hits = [value for value, _ in pairs], [hit for _, hit in pairs]
    return {
        "ece": bootstrap(calibration_error, values, hits),
        "auroc": bootstrap(auroc, values, hits),
        "coverage": bootstrap(coverage, values, hits),
    }


def as_form(item: Figures) -> dict[str, Any]:
    """The figures as JSON."""
    form = asdict(item)
    form["recall"] = {str(k): value for k, value in item.recall.items()}
    form["milliseconds"] = {
        stage: {"median": median, "p95": p95}
        for stage, (median, p95) in item.milliseconds.items()
    }
    return form


def _declined(record: Record) -> bool:
    return bool(record["declined"])


def _share(items: Sequence[Any], holds: Callable[[Any], bool]) -> float | None:
    return sum(map(holds, items)) / len(items) if items else None


def _recall(answerable: Sequence[Record]) -> dict[int, float]:
    judged = [one for one in answerable if one.get("sources") and "passages" in one]
    if not judged:
        return {}
    hits = [
        [scoring.gold(found, one["sources"]) for found in one["passages"]] for one in judged
    ]
    return {k: sum(any(row[:k]) for row in hits) / len(hits) for k in (1, 5, 10)}


def _precision(given: Sequence[Record]) -> float | None:
    cited = [(citation, one["sources"]) for one in given for citation in one["citations"]]
    return _share(cited, lambda pair: scoring.gold(*pair))


def _citation_recall(given: Sequence[Record]) -> float | None:
    return _share(
        [one for one in given if one["sources"]],
        lambda one: any(
            scoring.gold(citation, one["sources"]) for citation in one["citations"]
        ),
    )


def _times(records: Sequence[Record]) -> dict[str, tuple[float, float]]:
    stages: dict[str, list[float]] = {}
    for one in records:
        for stage, value in one.get("timings_ms", {}).items():
            stages.setdefault(stage, []).append(value)
    return {
        stage: (sorted(values)[len(values) // 2], sorted(values)[int(len(values) * 0.95)])
        for stage, values in stages.items()
    }
