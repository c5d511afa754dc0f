"""Fits the confidence that comes with the program.

    python bench/train_confidence.py RECORDS.jsonl … [--dry-run]

RECORDS are those of an archive that never declines (`bench/answers.py --out`, its `ours`, or
`archive eval --never-decline`); the name of a file is its set's. A calibration's few
coefficients are fitted on all sets. A probe (`archive/probe.py`) has a weight for each number
of a hidden state, and learns only from sets that may be passed on: `TEACHING`. Both targets are
written to `archive/calibrations/`, the figures are out of fold. Ten seconds for 1,000 answers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.calibration import SHIPPED, TARGETS, file_name
from archive.evaluate import read_records
from archive.fitting import fit
from archive.labels import Labels
from bench.records import Item

TEACHING = frozenset({"articles", "topics", "injected_mail", "mailbox", "talks"})
"""CC BY-SA, MIT, and our own text."""


def main() -> None:
    """Fit, store and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=Path, nargs="+")
    parser.add_argument("--dry-run", action="store_true", help="store nothing")
    options = parser.parse_args()
    labels, teaching = gathered({file.stem: read_records(file) for file in options.records})
    print(f"{len(labels.rows)} answers: {labels.sets}; a probe learns from {sum(teaching)}")
    for target in TARGETS:
        fitted = fit(
            labels.rows,
            labels.right if target == "answer" else labels.silent,
            labels.groups,
            states=labels.states,
            teaching=teaching,
            model=labels.model,
            embedder=labels.embedder,
            target=target,
            sets=labels.sets,
        )
        print(f"{target}: {fitted.truth}, with a probe: {fitted.probe is not None}")
        by_weight = sorted(
            zip(fitted.features, fitted.coefficients, strict=True), key=lambda one: -abs(one[1])
        )
        print("  " + ", ".join(f"{name} {weight:+.2f}" for name, weight in by_weight[:10]))
        if not options.dry_run:
            name = file_name(fitted.model, fitted.embedder, target)
            (SHIPPED / name).write_text(fitted.to_json() + "\n", encoding="utf-8")


def gathered(sets: Mapping[str, Sequence[Item]]) -> tuple[Labels, list[bool]]:
    """The labelled answers of the first record's models, and which may teach a probe.

    Raises StopIteration if no record names its model.
    """
    first = next(one for records in sets.values() for one in records if one.get("model"))
    labels = Labels(model=first["model"], embedder=first["embedder"])
    teaching: list[bool] = []
    for name, records in sets.items():
        labels.add_records(name, records)
        teaching += [name in TEACHING] * (len(labels.rows) - len(teaching))
    return labels, teaching


if __name__ == "__main__":
    main()
