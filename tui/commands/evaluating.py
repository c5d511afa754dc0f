"""How well the archive answers, measured on questions with known answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import dim, json_option, open_archive, print_json, safe

if TYPE_CHECKING:
    from archive.figures import Figures
    from archive.service import Archive

_FILE = click.Path(path_type=Path)
png_option = click.option(
    "--png", type=_FILE, help="Draw the reliability diagram into this file."
)


@click.command("eval")
@click.argument("file", type=_FILE, required=False)
@click.option("--models", "names", metavar="A,B", help="Language models to compare.")
@click.option(
    "--records",
    type=_FILE,
    help="Where the records go, a line a question; a stopped run goes on. Of several models "
    "each has its own beside it, OUT.MODEL.jsonl.",
)
@click.option(
    "--limit", type=click.IntRange(1), metavar="N", help="Only the first so many questions."
)
@click.option(
    "--never-decline",
    is_flag=True,
    help="Answer however unsure, as `archive calibrate --records` wants it.",
)
@click.option("--retrieval-only", is_flag=True, help="Search, but do not ask the model.")
@click.option(
    "--draft",
    "drafts",
    type=click.IntRange(1),
    metavar="N",
    help="Have the model draft N questions of its own from the archive.",
)
@click.option("--review", is_flag=True, help="Confirm drafted questions one after another.")
@png_option
@json_option
def evaluate(
    file: Path | None,
    names: str | None,
    records: Path | None,
    limit: int | None,
    never_decline: bool,
    retrieval_only: bool,
    drafts: int | None,
    review: bool,
    png: Path | None,
    as_json: bool,
) -> None:
    """Ask every question of a JSONL file and say how many answers are right.

    Without FILE the questions are your own: answers you marked in the app, and drafts you
    confirmed with --review.
    """
    archive = open_archive()
    if drafts:
        _draft(archive, drafts)
    if review:
        _review(archive)
    if drafts or review:
        return
    asked = questions_of(archive, file, retrieval_only=retrieval_only)[:limit]
    chosen = [name for name in (names or "").split(",") if name.strip()]
    models = [name.strip() for name in chosen] or [archive.settings.models.answer]
    kind = set_name(file) + ("-search" if retrieval_only else "")
    kind += "-never-declining" if never_decline else ""
    places = {
        name: place_of(archive, kind, asked, name, records, several=len(models) > 1)
        for name in models
    }
    for name, place in places.items():
        if not retrieval_only and recorded(place) < len(asked):
            archive.models.get(name)  # before hours are spent on the others
    found: list[tuple[Figures, Path, list[dict[str, Any]]]] = []
    for name, place in places.items():
        with answering(archive, name, never_decline=never_decline) as one:
            found.append(ask_and_score(one, asked, place, retrieval_only=retrieval_only))
    if as_json:
        print_json(_as_form(found))
    else:
        from tui.commands.scores import print_diagrams, print_table

        print_table([item for item, _, _ in found])
        print_diagrams([item for item, _, _ in found])
    if png is not None:
        _draw(png, [item for item, _, _ in found])


def questions_of(
    archive: Archive, file: Path | None, *, retrieval_only: bool = False
) -> list[dict[str, Any]]:
    """The questions of a file, or the owner's own. Raises QuestionsWrong."""
    from archive import evaluate as asking
    from archive.testset import to_ask

    if file is not None:
        return list(asking.questions(file))
    return to_ask(archive.paths.questions, sources_only=retrieval_only)


def place_of(
    archive: Archive,
    name: str,
    asked: list[dict[str, Any]],
    model: str,
    records: Path | None = None,
    *,
    several: bool = False,
) -> Path:
    """Where the records of a model go: where its owner says, or among the program's own."""
    from archive.evaluate import records_of_model, records_path
    from archive.paths import private_directory

    if records is not None:
        return records_of_model(records, model) if several else records
    folder = private_directory(archive.paths.evaluations)
    place = records_path(folder, asked, model, name)
    # What was finished before is asked anew: the program or the archive may have changed.
    if recorded(place) >= len(asked):
        place.unlink(missing_ok=True)
    return place


def recorded(place: Path) -> int:
    """How many whole records a file holds; 0 if there is none."""
    return place.read_bytes().count(b"\n") if place.exists() else 0


def set_name(file: Path | None) -> str:
    """What a set of questions is called: the folder says more than `questions.jsonl`."""
    if file is None:
        return "own"
    return file.absolute().parent.name if file.stem == "questions" else file.stem


@contextmanager
def answering(archive: Archive, name: str, *, never_decline: bool = False) -> Iterator[Archive]:
    """The archive with this model; it is freed afterwards, as two at once may not fit."""
    same = name == archive.settings.models.answer and not never_decline
    one = archive if same else archive.with_model(name, never_decline=never_decline)
    try:
        yield one
    finally:
        one.close()


def ask_and_score(
    archive: Archive,
    asked: list[dict[str, Any]],
    place: Path,
    *,
    retrieval_only: bool = False,
) -> tuple[Figures, Path, list[dict[str, Any]]]:
    """Ask what has no record yet; the figures of all records, where they are, and they."""
    from archive.evaluate import ask_all, read_records
    from archive.figures import figures
    from tui.progress import CountBar

    with CountBar("questions") as bar:
        count = ask_all(archive, asked, place, retrieval_only=retrieval_only, on_done=bar.show)
    click.echo(f"{count} questions asked; the records are in {place}", err=True)
    records = read_records(place)[: len(asked)] if place.exists() else []
    return figures(records, archive.settings.models.answer), place, records


def _as_form(
    found: Sequence[tuple[Figures, Path, list[dict[str, Any]]]],
) -> dict[str, Any]:
    from archive import forms
    from archive.figures import as_form, intervals

    return {
        "schema": forms.SCHEMA,
        "models": [
            {**as_form(item), "records": str(place), "intervals": intervals(records)}
            for item, place, records in found
        ],
    }


def _draw(png: Path, found: Sequence[Figures]) -> None:
    from archive.diagram import picture
    from tui.commands.scores import truth_line

    drawn = [item for item in found if item.truth is not None]
    if not drawn:
        click.echo("There is no confidence to draw.", err=True)
        return
    picture(png, [(item.name, truth_line(item.truth), item.bins) for item in drawn])
    click.echo(f"The diagram is in {png}", err=True)


def _draft(archive: Archive, count: int) -> None:
    from archive.drafting import draft
    from tui.progress import CountBar

    with CountBar("drafts") as bar:
        written = draft(archive, count, on_done=bar.show)
    click.echo(f"{written} questions drafted. Confirm them with: archive eval --review")


def _review(archive: Archive) -> None:
    from archive import testset

    path, kept = archive.paths.question_drafts, 0
    drafts = testset.read(path)
    if not drafts:
        click.echo("There are no drafts. Make some with: archive eval --draft 20")
        return
    click.echo("y keep, n drop, e edit, q stop")
    while drafts:
        item = drafts[0]
        _show_draft(item, len(drafts))
        choice = click.prompt("Keep it?", type=click.Choice(["y", "n", "e", "q"]))
        if choice == "q":
            break
        if choice == "e":
            item["question"] = click.prompt("Question", default=item["question"])
            answer = click.prompt("Answer", default=item["answers"][0])
            item["answers"] = [answer]
        if choice in ("y", "e"):
            testset.add(
                archive.paths.questions,
                item["question"],
                "right",
                answers=item["answers"],
                sources=item["sources"],
                kind="drafted",
            )
            kept += 1
        drafts = drafts[1:]
        testset.rewrite(path, drafts)  # at once: what is decided stays decided
    click.echo(f"{kept} questions added to {archive.paths.questions}")


def _show_draft(item: dict[str, Any], left: int) -> None:
    click.echo()
    click.echo(dim(f"{left} left. {safe(item.get('title', ''))}"))
    for source in item["sources"]:
        for quote in source.get("evidence", ()):
            click.echo(dim(f"  “{safe(quote)}”"))
    click.echo(f"Question  {safe(item['question'])}")
    click.echo(f"Answer    {safe(', '.join(item['answers']))}")
