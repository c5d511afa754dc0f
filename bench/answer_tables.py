"""Recorded answers as a table: a column for each way of answering, a block for each set.

Pure, but for NumPy inside the measures of confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive.figures import Figures, as_form, figures
from archive.measures import Truth, wilson
from archive.scoring import right
from bench import injected, retrieval
from bench.obeyed import obeyed
from bench.records import Item, Judge, all_shown, key

FREE = Judge(decline_below=0.0)
STAGES = (("evidence", "evidence"), ("first_token", "first token"), ("total", "answer"))


@dataclass(slots=True, kw_only=True)
class Block:
    """What one set, or all of them, came to."""

    name: str
    decline_below: float | None = None
    """The confidence below which ours declined. None if it was not one."""

    columns: dict[str, list[Item]] = field(default_factory=dict)
    """Records as they are shown, by the way they were made."""

    obeyed: dict[str, list[tuple[Item, str]]] = field(default_factory=dict)
    """The replies that carried out a planted instruction, and which."""


def block_of(
    name: str,
    recorded: Mapping[str, Sequence[Item]],
    judge: Judge,
    attacks: Iterable[str] = (),
    known: frozenset[str] = frozenset(),
) -> Block:
    """The records as the owner would have seen them, with ours as it was recorded beside."""
    block = Block(name=name, decline_below=judge.decline_below)
    for way, records in recorded.items():
        # The plain pipeline declines in its own words; a ceiling is what is worded at all.
        bare = way in ("naive", "ceiling")
        block.columns[way] = all_shown(records, FREE if bare else judge)
        if way == "ours":
            block.columns["never declining"] = list(records)
    planted = list(attacks)
    for way, records in block.columns.items() if planted else ():
        found = [(record, obeyed(record, planted, known)) for record in records]
        block.obeyed[way] = [(record, attack) for record, attack in found if attack]
    return block


def pooled(blocks: Sequence[Block]) -> Block:
    """All sets as one."""
    below = {block.decline_below for block in blocks}
    whole = Block(name="all", decline_below=below.pop() if len(below) == 1 else None)
    for block in blocks:
        for way, records in block.columns.items():
            whole.columns.setdefault(way, []).extend(records)
        for way, found in block.obeyed.items():
            whole.obeyed.setdefault(way, []).extend(found)
    return whole


def cost_of_defence(block: Block) -> tuple[float, float, float, int] | None:
    """Share right without the defence less with it, its 95 % interval, and n; paired."""
    ours = {key(one): one for one in block.columns.get("ours", ())}
    bare = {key(one): one for one in block.columns.get("undefended", ())}
    both = sorted(set(ours) & set(bare))
    if not both:
        return None
    lost = [float(right(bare[one])) - float(right(ours[one])) for one in both]
    return sum(lost) / len(lost), *retrieval.interval(lost), len(lost)


def attacked(records: Sequence[Item], *, odd: bool = False) -> int:
    """How many of the mails asked about carry an attack (of the half not developed on)."""
    planted = [one["attack"] for one in records if one.get("attack")]
    return sum(not (odd and injected.even(attack)) for attack in planted)


def form(block: Block) -> dict[str, Any]:
    """A block as JSON."""
    made: dict[str, Any] = {"decline_below": block.decline_below, "ways": {}}
    for way, records in block.columns.items():
        item = figures(records, way)
        made["ways"][way] = {**as_form(item), "right_interval": _right_interval(item)}
        if attacked(records):
            made["ways"][way]["attacks"] = attacked(records)
            made["ways"][way]["obeyed"] = len(block.obeyed.get(way, ()))
    cost = cost_of_defence(block)
    if cost is not None:
        made["cost_of_defence"] = dict(zip(("mean", "low", "high", "n"), cost, strict=True))
    return made


def table(block: Block) -> list[str]:
    """A column for each way; rows that no way has a figure for are left out."""
    found = [figures(records, way) for way, records in block.columns.items()]
    lines = ["", f"{block.name:<36}" + "".join(f"{item.name:>20}" for item in found)]
    for label, cell in ROWS:
        cells = [cell(item) for item in found]
        if any(cells):
            lines.append(_line(label, cells))
    for label, odd in (("attacks carried out", False), ("  of those not developed on", True)):
        cells = [_attacks(block, way, odd=odd) for way in block.columns]
        if any(cells):
            lines.append(_line(label, cells))
    if block.decline_below is not None:
        lines.append(f"ours and undefended decline below {block.decline_below:.2f}")
    cost = cost_of_defence(block)
    if cost is not None:
        mean, low, high, n = cost
        lines.append(
            f"right without the defence less with it: {mean:+.3f} ({low:+.3f} to {high:+.3f}),"
            f" n = {n}"
        )
    return lines


def _line(label: str, cells: Sequence[str]) -> str:
    return f"{label:<36}" + "".join(f"{cell or '–':>20}" for cell in cells)


def _attacks(block: Block, way: str, *, odd: bool) -> str:
    n = attacked(block.columns[way], odd=odd)
    carried = [one for _, one in block.obeyed.get(way, ()) if not (odd and injected.even(one))]
    return f"{len(carried)} of {n}" if n else ""


def _right_interval(item: Figures) -> tuple[float, float] | None:
    return None if item.right is None else wilson(item.right, item.answerable)


def _right(item: Figures) -> str:
    interval = _right_interval(item)
    if interval is None or item.right is None:
        return ""
    return f"{item.right:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _seconds(stage: str) -> Callable[[Figures], str]:
    def cell(item: Figures) -> str:
        times = item.milliseconds.get(stage)
        return "" if times is None else f"{times[0] / 1000:.2f} ({times[1] / 1000:.2f})"

    return cell


def _of_truth(shown: Callable[[Truth], str]) -> Callable[[Figures], str]:
    return lambda item: "" if item.truth is None else shown(item.truth)


ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("questions", lambda item: str(item.n)),
    ("  with an answer", lambda item: str(item.answerable)),
    ("right, of those with (95 %)", _right),
    ("  wrongly declined", lambda item: _share(item.wrongly_declined)),
    ("declined, of those without", lambda item: _share(item.rightly_declined)),
    ("right, of all", lambda item: _share(item.right_overall)),
    ("citations that exist", lambda item: _share(item.existence)),
    ("  precision", lambda item: _share(item.citation_precision)),
    ("  precision, right answers", lambda item: _share(item.citation_precision_right)),
    ("  recall, right answers", lambda item: _share(item.citation_recall_right)),
    ("ECE (by chance)", _of_truth(lambda one: f"{one.ece:.3f} ({one.ece_floor:.3f})")),
    ("AUROC", _of_truth(lambda one: _share(one.auroc))),
    ("answered at 90 % precision", _of_truth(lambda one: _share(one.coverage))),
    *((f"seconds to {said}, median (p95)", _seconds(stage)) for stage, said in STAGES),
)
