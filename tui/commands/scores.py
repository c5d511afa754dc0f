"""Figures of models side by side, for a terminal and without colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from archive.figures import Figures
    from archive.measures import Truth

_WIDEST = 34


def print_table(found: Sequence[Figures]) -> None:
    """A column for each model; a line that no model has a figure for is left out."""
    names = [item.name[-_WIDEST:] for item in found]
    widths = [max(10, len(name)) for name in names]
    click.echo(_line("", names, widths))
    for label, cell in _ROWS:
        cells = [cell(item) for item in found]
        if any(cells):
            click.echo(_line(label, [text or "–" for text in cells], widths))


def print_diagrams(found: Sequence[Figures]) -> None:
    """What was said beside what came true."""
    from archive.diagram import lines

    for item in found:
        if item.truth is None:
            continue
        kind = "" if item.calibrated else " (uncalibrated)"
        click.echo(f"\nConfidence of {item.name}{kind}: {truth_line(item.truth)}")
        for line in lines(item.bins):
            click.echo(line)


def truth_line(truth: Truth | None) -> str:
    """How true a confidence is, in one line; never without n."""
    if truth is None:
        return ""
    ranked = "–" if truth.auroc is None else f"{truth.auroc:.2f}"
    return (
        f"n = {truth.n}, ECE {truth.ece:.3f} (by chance {truth.ece_floor:.3f}), "
        f"AUROC {ranked}, Brier {truth.brier:.3f}, "
        f"{truth.coverage:.0%} answered at 90 % precision"
    )


def _line(label: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    columns = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{label:<36}" + "  ".join(columns)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _of_truth(shown: Callable[[Truth], str]) -> Callable[[Figures], str]:
    return lambda item: "" if item.truth is None else shown(item.truth)


def _recall(k: int) -> Callable[[Figures], str]:
    return lambda item: _share(item.recall.get(k))


_ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("questions", lambda item: str(item.n)),
    ("  with an answer", lambda item: str(item.answerable)),
    ("evidence among the first passage", _recall(1)),
    ("  the first 5", _recall(5)),
    ("  the first 10", _recall(10)),
    ("right, of those with an answer", lambda item: _share(item.right)),
    ("  wrongly declined", lambda item: _share(item.wrongly_declined)),
    ("rightly declined, of those without", lambda item: _share(item.rightly_declined)),
    ("right, of all", lambda item: _share(item.right_overall)),
    ("citations: there word for word", lambda item: _share(item.existence)),
    ("  precision", lambda item: _share(item.citation_precision)),
    ("  recall", lambda item: _share(item.citation_recall)),
    ("  precision, of right answers", lambda item: _share(item.citation_precision_right)),
    ("  recall, of right answers", lambda item: _share(item.citation_recall_right)),
    ("confidence: ECE", _of_truth(lambda truth: f"{truth.ece:.3f}")),
    ("  ECE by chance at this n", _of_truth(lambda truth: f"{truth.ece_floor:.3f}")),
    ("  AUROC", _of_truth(lambda truth: _share(truth.auroc))),
    ("  answered at 90 % precision", _of_truth(lambda truth: f"{truth.coverage:.2f}")),
    ("seconds, median", lambda item: "" if item.seconds is None else f"{item.seconds:.1f}"),
    (
        "memory, peak",
        lambda item: (
            "" if item.peak_memory_bytes is None else f"{item.peak_memory_bytes / 1e9:.1f} GB"
        ),
    ),
)
