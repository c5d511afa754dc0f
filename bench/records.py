"""What the measuring of answers shares: which questions are asked, and what is kept of each.

A record is what `archive eval` writes, of an archive that never declines for want of
confidence, so that every threshold and every calibration can be tried on it afterwards
without asking the model again. Pure, but for the two functions that read a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.answer import DECLINED
from archive.calibration import Calibration
from archive.confidence import unfit
from archive.evaluate import complete_lines, questions, read_records
from archive.probe import from_text

Item = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """How a confidence becomes an answer or a decline."""

    decline_below: float
    answer: Calibration | None = None
    """None: the confidence stays as it was recorded."""

    silence: Calibration | None = None
    """None: the rest of the answer's confidence."""


def question_files(folder: Path) -> list[tuple[str, list[Item]]]:
    """Name and questions of each file of a set; the name is the set's, and the file's rest."""
    return [
        (folder.name + file.stem.removeprefix("questions"), list(questions(file)))
        for file in sorted(folder.glob("questions*.jsonl"))
    ]


def key(item: Item) -> str:
    """What tells a question from others, wherever it stands in its file."""
    parts = [item["question"], *(source["id"] for source in item.get("sources") or ())]
    parts.append(item.get("attack", ""))
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def sample(items: Iterable[Item], limit: int | None, seed: int) -> list[Item]:
    """`limit` of the questions, drawn by `seed`; answerable ones in the share that all have.

    A smaller limit gives the beginning of what a larger one gives, so that a run can grow.
    """
    known = {key(item): item for item in items}
    drawn = sorted(known.values(), key=lambda item: _draw(item, seed))
    placed: list[tuple[float, bool, Item]] = []
    for answerable in (True, False):
        stratum = [item for item in drawn if bool(item["answers"]) == answerable]
        placed += [
            ((place + 0.5) / len(stratum), answerable, item)
            for place, item in enumerate(stratum)
        ]
    placed.sort(key=lambda one: one[:2])
    return [item for _, _, item in placed][:limit]


def _draw(item: Item, seed: int) -> str:
    return hashlib.blake2b(f"{seed}\n{key(item)}".encode(), digest_size=8).hexdigest()


def kept(file: Path) -> dict[str, Item]:
    """The records of a run by their question's key; a line that a kill cut off is removed."""
    if not complete_lines(file):
        return {}
    return {key(record): record for record in read_records(file)}


def as_shown(record: Item, judge: Judge) -> Item:
    """The record of what the owner would have got, declining where the confidence is low."""
    features, state = record.get("features"), from_text(record.get("state"))
    sure = record["confidence"]
    if judge.answer is not None and features:
        sure = judge.answer.apply(features, state)
    # Declined by the model itself: what was recorded is how sure the silence was.
    silent = record["confidence"] if record["declined"] or sure is None else 1 - sure
    if judge.silence is not None and features:
        silent = judge.silence.apply(features, state)
    if not record["declined"] and (
        sure is None or silent is None or not unfit(sure, silent, judge.decline_below)
    ):
        return {**record, "confidence": sure}
    declined = {**record, "declined": True, "confidence": silent}
    return declined if record["declined"] else {**declined, "answer": DECLINED}


def all_shown(records: Sequence[Item], judge: Judge) -> list[Item]:
    """The same of many."""
    return [as_shown(record, judge) for record in records]
