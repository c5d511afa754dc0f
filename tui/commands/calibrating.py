"""How the confidence becomes true: a fit to answers known to be right or wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import json_option, open_archive, print_json, safe
from tui.commands.evaluating import (
    answering,
    ask_and_score,
    place_of,
    png_option,
    questions_of,
    set_name,
)

if TYPE_CHECKING:
    from archive.calibration import Calibration
    from archive.labels import Labels
    from archive.service import Archive

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_FILE)
@click.option(
    "--records",
    "recorded",
    multiple=True,
    type=_FILE,
    help="Records of `archive eval` to learn from instead of asking; may be repeated.",
)
@click.option(
    "--model", "name", metavar="NAME", help="Which language model.  [default: the one in use]"
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Only the first so many of each FILE."
)
@click.option("--dry-run", is_flag=True, help="Show the figures, but store nothing.")
@png_option
@json_option
def calibrate(
    files: tuple[Path, ...],
    recorded: tuple[Path, ...],
    name: str | None,
    limit: int | None,
    dry_run: bool,
    png: Path | None,
    as_json: bool,
) -> None:
    """Fit the confidence to answers known to be right or wrong.

    FILE are questions with answers, as for `archive eval`; they are asked first, or without
    FILE your own. What you said of answers in the app counts in any case. It takes 60
    answers, and is done again for every model.
    """
    from archive import calibration
    from archive.fitting import TooFewAnswers, fit

    archive = open_archive()
    model = name or archive.settings.models.answer
    labels = _labels(archive, model, files, recorded, limit)
    about: dict[str, Any] = {
        "model": model,
        "embedder": labels.embedder,
        "sets": labels.sets,
        "states": labels.states,
    }
    fitted = [fit(labels.rows, labels.right, labels.groups, **about)]
    with suppress(TooFewAnswers):  # then a declined question keeps an uncalibrated number
        fitted.append(fit(labels.rows, labels.silent, labels.groups, target="silence", **about))
    _tell_left_out(labels)
    stored = [] if dry_run else [calibration.save(archive.paths, one) for one in fitted]
    _report(fitted, stored, png, as_json=as_json)


def _tell_left_out(labels: Labels) -> None:
    left_out = {
        "records of other models": labels.other_models,
        "records without a known answer or without features": labels.unlabelled,
        "declined questions; ask with `archive eval --never-decline`": labels.withheld,
    }
    for what, count in left_out.items():
        if count:
            click.echo(f"Left out: {count} {what}", err=True)


def _labels(
    archive: Archive,
    model: str,
    files: Sequence[Path],
    recorded: Sequence[Path],
    limit: int | None,
) -> Labels:
    from archive import testset
    from archive.evaluate import QuestionsWrong, read_records
    from archive.labels import Labels

    labels = Labels(model=model, embedder=archive.settings.models.embedder)
    asked = [(set_name(file), questions_of(archive, file)[:limit]) for file in files]
    if not files and not recorded:
        with suppress(QuestionsWrong):  # verdicts alone may be enough
            asked = [("own", questions_of(archive, None)[:limit])]
    for path in recorded:
        labels.add_records(path.stem, read_records(path))
    if asked:
        archive.models.get(model)
        with answering(archive, model, never_decline=True) as one:
            for named, items in asked:
                place = place_of(archive, f"{named}-never-declining", items, model)
                labels.add_records(named, ask_and_score(one, items, place)[2])
    labels.add_verdicts("own", testset.judged(archive.paths.questions, model, labels.embedder))
    return labels


_TITLES = {"answer": "that an answer is right", "silence": "that the archive does not tell"}


def _report(
    fitted: Sequence[Calibration], stored: Sequence[Path], png: Path | None, *, as_json: bool
) -> None:
    from archive.diagram import picture
    from tui.commands.scores import truth_line

    if as_json:
        forms = [json.loads(one.to_json()) for one in fitted]
        print_json({"schema": 1, "fitted": forms, "stored": [str(path) for path in stored]})
    else:
        for one in fitted:
            _show(one)
    if png is not None:
        picture(png, [(_TITLES[one.target], truth_line(one.truth), one.bins) for one in fitted])
    for path in stored:
        click.echo(f"Stored in {path}", err=True)


def _show(fitted: Calibration) -> None:
    from archive.diagram import lines
    from tui.commands.scores import truth_line

    sets = ", ".join(f"{safe(name)} {n}" for name, n in fitted.sets.items())
    click.echo(f"{fitted.model} with {fitted.embedder}, on {sets}: {_TITLES[fitted.target]}")
    click.echo(f"Out of fold: {truth_line(fitted.truth)}")
    for line in lines(fitted.bins):
        click.echo(line)
    weights = sorted(
        zip(fitted.features, fitted.coefficients, strict=True), key=lambda pair: -abs(pair[1])
    )
    for feature, weight in weights[:12]:
        click.echo(f"{weight:+6.2f}  {safe(feature)}")
