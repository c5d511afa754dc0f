"""Fitting a linear ranking on questions with gold evidence; what the trainers share.

Questions go to train, validate or test by a hash of their text (60, 20, 20 %). The loss is a
softmax over each question's candidates (ListNet's top one, Cao et al., ICML 2007): minus the
log of the share that falls on candidates with gold evidence. A set weighs as the root of its
size. Weights are kept from going below zero, which on so few questions says more than a
regulariser; the regulariser that remains is chosen on `validate`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))

import retrieval

from archive.service import Archive

Example = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
Sets = dict[str, dict[str, list[Example]]]

PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1)
PARTS = ("train", "validate", "test")


def chosen(sets: Sets, names: Sequence[str], *, alone: str, file: Path | None) -> None:
    """Fit with the best penalty, print a table, and write the weights to `file`.

    `alone` is the feature that the table compares with.
    """
    torch.set_num_threads(1)
    counts = {name: {part: len(parts[part]) for part in PARTS} for name, parts in sets.items()}
    print(counts)
    best = None
    for penalty in PENALTIES:
        weights = fit([parts["train"] for parts in sets.values()], penalty)
        validated = np.average(
            [mean_rank(parts["validate"], weights) for parts in sets.values()],
            weights=[len(parts["validate"]) ** 0.5 for parts in sets.values()],
        )
        print(f"penalty {penalty}: reciprocal rank on validate {validated:.4f}")
        if best is None or validated > best[0]:
            best = (validated, penalty, weights)
    assert best is not None
    _, penalty, weights = best
    table(sets, weights, np.array([float(name == alone) for name in names]), alone)
    rounded = {
        name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)
    }
    for name, weight in rounded.items():
        print(f"  {name:18} {weight:7.3f}")
    if file is not None:
        stored = {"weights": rounded, "fitted_on": counts, "penalty": penalty}
        file.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def questions(folder: Path) -> Iterator[dict[str, Any]]:
    """The answerable questions of a set; where else their evidence stands is gold as well.

    Those places are in `copies.jsonl`, if there is one: question, id, and in which others.
    """
    elsewhere: dict[tuple[str, str], list[str]] = {}
    copies = folder / "copies.jsonl"
    if copies.exists():
        for line in copies.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            elsewhere[row["question"], row["id"]] = row["also"]
    for file in sorted(folder.glob("questions*.jsonl")):
        for question in retrieval.answerable(file):
            sources = list(question["sources"])
            for source in question["sources"]:
                also = elsewhere.get((question["question"], source["id"]), ())
                sources += [{**source, "id": other} for other in also]
            yield {**question, "sources": sources}


def examples(
    folder: Path,
    homes: Path,
    example: Callable[[Archive, dict[str, Any]], Example | None],
) -> dict[str, list[Example]]:
    """What `example` makes of each question of a set, by part; None is left out."""
    archive = retrieval.opened(folder, homes)
    parts: dict[str, list[Example]] = {part: [] for part in PARTS}
    for question in questions(folder):
        found = example(archive, question)
        if found is not None:
            parts[part_of(question["question"])].append(found)
    archive.close()
    return parts


def part_of(text: str) -> str:
    """Which part a question belongs to, whatever file it is in."""
    draw = hashlib.blake2b(text.encode(), digest_size=2).digest()
    share = int.from_bytes(draw, "big") / 65536
    return "train" if share < 0.6 else "validate" if share < 0.8 else "test"


def fit(sets: Sequence[Sequence[Example]], penalty: float) -> np.ndarray[Any, Any]:
    """The weights that make gold candidates likeliest; none is below zero."""
    every = [(one, len(examples) ** -0.5) for examples in sets for one in examples]
    scale = np.concatenate([rows for (rows, _), _ in every]).std(0) + 1e-6
    columns = every[0][0][0].shape[1]
    most = max(len(rows) for (rows, _), _ in every)
    features = torch.zeros(len(every), most, columns)
    gold = torch.full((len(every), most), -1e9)
    there = torch.full((len(every), most), -1e9)
    share = torch.tensor([weight for _, weight in every])
    share = share / share.sum()
    for place, ((rows, marked), _) in enumerate(every):
        features[place, : len(rows)] = torch.tensor(rows / scale, dtype=torch.float32)
        there[place, : len(rows)] = 0.0
        gold[place, : len(rows)][torch.tensor(marked)] = 0.0
    raw = torch.full((columns,), -1.0, requires_grad=True)
    optimiser = torch.optim.LBFGS([raw], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        weights = torch.nn.functional.softplus(raw)
        scores = features @ weights
        lost = torch.logsumexp(scores + there, 1) - torch.logsumexp(scores + gold, 1)
        value = (lost * share).sum() + penalty * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    weights = torch.nn.functional.softplus(raw).detach().numpy()
    return np.asarray(weights / scale)


def places(examples: Sequence[Example], weights: np.ndarray[Any, Any]) -> list[int]:
    """For each question the place of its best gold candidate, from 1."""
    found = []
    for rows, gold in examples:
        order = np.argsort(-(rows @ weights), kind="stable")
        found.append(int(np.flatnonzero(gold[order])[0]) + 1)
    return found


def mean_rank(examples: Sequence[Example], weights: np.ndarray[Any, Any]) -> float:
    """Mean reciprocal rank of the best gold candidate."""
    return float(np.mean([1 / place for place in places(examples, weights)] or [0.0]))


def table(
    examples: Sets, weights: np.ndarray[Any, Any], alone: np.ndarray[Any, Any], name_alone: str
) -> None:
    """Print, for every set and part, how the weights do beside one feature alone."""
    print(f"{'':24} {'n':>4} {'@1':>6} {'@5':>6} {'MRR':>6}   {name_alone} alone: @1, @5, MRR")
    for name, parts in examples.items():
        for part in PARTS:
            if not parts[part]:
                continue
            cells = []
            for chosen in (weights, alone):
                at = places(parts[part], chosen)
                cells += [
                    np.mean([place <= 1 for place in at]),
                    np.mean([place <= 5 for place in at]),
                    np.mean([1 / place for place in at]),
                ]
            shown = " ".join(f"{cell:6.3f}" for cell in cells)
            print(f"{name + ' ' + part:24} {len(parts[part]):4} {shown}")
