"""How true a confidence stays on answers it was not fitted on.

    python bench/calibrating.py RECORDS.jsonl … [--fit articles] [--seed S] [--decline-below P]
        [--json]

RECORDS are those of `bench/answers.py` (its `--out`/ours), or of any archive that never
declines; the name of a file is its set's. Three divisions: fitted on `--fit` and tested on
every other set; each set tested by a fit on all others; random halves of everything, each
tested by a fit on the other, with questions about one document on one side. Question files of
one folder are never on both sides of the first two. Where to decline is chosen on what was
fitted: the lowest threshold that declines `DECLINED` of the questions without an answer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.calibration import Calibration
from archive.evaluate import QuestionsWrong, read_records
from archive.figures import Figures, as_form, figures
from archive.fitting import TooFewAnswers, fit
from archive.settings import AnswerSettings
from bench.records import Item, Judge, all_shown
from bench.train_confidence import gathered

DECLINED = 0.8
"""Of the questions without an answer, how many are to be declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one fit did on one set it had not seen."""

    fitted: str
    tested: str
    figures: Figures | None
    """None if there was too little to fit on."""

    decline_below: float | None
    """None if it was not one."""


Part = dict[str, list[Item]]
"""Records by set."""


def main() -> None:
    """Print a table for each division."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=Path, nargs="+")
    parser.add_argument("--fit", default="articles", help="the set to test all others with")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--decline-below", type=float, help="instead of one that is chosen")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sets = {file.stem: usable(read_records(file)) for file in options.records}
    tables = {
        f"fitted on {options.fit}": list(one_for_others(sets, options.fit, options)),
        "fitted on all other sets": list(leaving_out(sets, options)),
        "random halves": list(halves(sets, options)),
    }
    if options.json:
        print(
            json.dumps({name: [as_json(row) for row in rows] for name, rows in tables.items()})
        )
        return
    for name, rows in tables.items():
        print(f"\n{name}")
        for line in table(rows):
            print(line)


def usable(records: Sequence[Item]) -> list[Item]:
    """Records with known answers. Raises QuestionsWrong if answers were withheld."""
    known = [one for one in records if one.get("answers") is not None and "answer" in one]
    if any(one.get("decline_below") != 0.0 for one in known):
        raise QuestionsWrong(
            "These records are of an archive that declines when it is unsure.",
            remedy="Take those of bench/answers.py, or of archive calibrate.",
        )
    return known


def one_for_others(sets: Part, fitted: str, options: argparse.Namespace) -> Iterator[Row]:
    """Fit on one set, test on every other."""
    if fitted not in sets:
        return
    inside = _of_folder(sets, fitted)
    judge = judge_of({name: sets[name] for name in sets if name in inside}, options)
    yield from tested({name: sets[name] for name in sets if name not in inside}, fitted, judge)


def leaving_out(sets: Part, options: argparse.Namespace) -> Iterator[Row]:
    """Test every set by a fit on all others."""
    every: list[Item] = []
    for name, records in sets.items():
        out = _of_folder(sets, name)
        judge = judge_of({one: sets[one] for one in sets if one not in out}, options)
        shown = [] if judge is None else all_shown(records, judge)
        every += shown
        yield row_of("the others", name, shown, None if judge is None else judge.decline_below)
    yield row_of("the others", "all", every, None)


def tested(part: Part, fitted: str, judge: Judge | None) -> Iterator[Row]:
    """What one fit does on each set, and on all of them."""
    below = None if judge is None else judge.decline_below
    shown: Part = {
        name: [] if judge is None else all_shown(records, judge)
        for name, records in part.items()
    }
    for name, records in shown.items():
        yield row_of(fitted, name, records, below)
    yield row_of(fitted, "all", _together(shown), below)


def halves(sets: Part, options: argparse.Namespace) -> Iterator[Row]:
    """Test each half of everything by a fit on the other half."""
    sides: list[Part] = [{name: [] for name in sets} for _ in range(2)]
    for name, records in sets.items():
        for record in records:
            sides[side_of(name, record, options.seed)][name].append(record)
    shown: Part = {name: [] for name in sets}
    below: list[float] = []
    for inside, outside in (sides, sides[::-1]):
        judge = judge_of(inside, options)
        if judge is not None:
            below.append(judge.decline_below)
            for name, records in outside.items():
                shown[name] += all_shown(records, judge)
    mean = sum(below) / len(below) if below else None
    for name, records in shown.items():
        yield row_of("the other half", name, records, mean)
    yield row_of("the other half", "all", _together(shown), mean)


def side_of(name: str, record: Item, seed: int) -> int:
    """Which half a record belongs to: that of all questions about its document."""
    about = next((one["id"] for one in record.get("sources") or ()), record["question"])
    return hashlib.blake2b(f"{seed}\n{name}\n{about}".encode()).digest()[0] % 2


def judge_of(part: Part, options: argparse.Namespace) -> Judge | None:
    """What these records teach: the confidence, and where to decline. None: too little."""
    if not any(one.get("model") for one in _together(part)):
        return None
    labels, teaching = gathered(part)
    fitting = partial(fit, labels.rows, states=labels.states, teaching=teaching)
    try:
        answer = fitting(labels.right, labels.groups)
    except TooFewAnswers:
        return None
    silence = None
    with suppress(TooFewAnswers):  # a set may have no question without an answer
        silence = fitting(labels.silent, labels.groups, target="silence")
    below = options.decline_below
    if below is None:
        below = chosen_threshold(
            [
                _beside(one, state, answer, silence)
                for one, state in zip(labels.rows, labels.states, strict=True)
            ],
            labels.silent,
        )
    return Judge(decline_below=below, answer=answer, silence=silence)


def _beside(
    features: Mapping[str, float],
    state: bytes,
    answer: Calibration,
    silence: Calibration | None,
) -> float:
    """That the answer is right, beside that the archive does not tell (`confidence.unfit`)."""
    right = answer.apply(features, state)
    silent = 1 - right if silence is None else silence.apply(features, state)
    return right / (right + silent)


def chosen_threshold(said: Sequence[float], silent: Sequence[bool]) -> float:
    """The least confidence to answer at that declines `DECLINED` of what has no answer.

    Without such questions the one that comes with the program.
    """
    without = sorted(value for value, none in zip(said, silent, strict=True) if none)
    if not without:
        return AnswerSettings().decline_below
    last = without[math.ceil(DECLINED * len(without)) - 1]
    return math.nextafter(last, 1.0)


def row_of(fitted: str, tested: str, shown: Sequence[Item], below: float | None) -> Row:
    """The figures of answers as they would have been shown."""
    made = figures(shown, tested) if shown else None
    return Row(fitted=fitted, tested=tested, figures=made, decline_below=below)


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each set."""
    lines = [
        f"{'tested on':22}{'n':>6}{'right':>8}{'declined':>10}{'wrongly':>9}"
        f"{'ECE (by chance)':>18}{'AUROC':>8}{'at 90 %':>9}{'below':>8}"
    ]
    for row in rows:
        item = row.figures
        if item is None or item.truth is None:
            lines.append(f"{row.tested:22}{'–':>6}  too little to fit on")
            continue
        truth = item.truth
        lines.append(
            f"{row.tested:22}{item.n:6}{_share(item.right):>8}"
            f"{_share(item.rightly_declined):>10}{_share(item.wrongly_declined):>9}"
            f"{f'{truth.ece:.3f} ({truth.ece_floor:.3f})':>18}{_share(truth.auroc):>8}"
            f"{truth.coverage:9.2f}{_share(row.decline_below):>8}"
        )
    return lines


def as_json(row: Row) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "fitted": row.fitted,
        "tested": row.tested,
        "decline_below": row.decline_below,
        "figures": None if row.figures is None else as_form(row.figures),
    }


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _together(part: Part) -> list[Item]:
    return [record for records in part.values() for record in records]


def _folder(sets: Part, name: str) -> str:
    """The folder that the questions of a set are about."""
    return next((str(one["set"]) for one in sets[name] if one.get("set")), name)


def _of_folder(sets: Part, name: str) -> set[str]:
    """The sets about the same folder, this one among them."""
    return {one for one in sets if _folder(sets, one) == _folder(sets, name)}


if __name__ == "__main__":
    main()
