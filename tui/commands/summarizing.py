"""Summaries of a correspondence, and the notes for them made ahead at night."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.yielding import give_way
from tui.commands.common import (
    dim,
    excerpt,
    heading,
    json_option,
    nothing_added,
    open_archive,
    print_json,
    safe,
)

if TYPE_CHECKING:
    from archive.service import Archive
    from archive.summary.made import Summary
    from archive.summary.survey import Survey

FORMS = ["paragraph", "timeline", "open", "decisions", "who"]
LENGTHS = ["short", "medium", "long"]

_NIGHT_MINUTES = 60
_LONG_S = 60


@click.command()
@click.argument("query", nargs=-1)
@click.option("--with", "people", multiple=True, metavar="NAME", help="Mail with this person.")
@click.option("--thread", default="", metavar="ID", help="The thread of this message.")
@click.option(
    "--during", default="", metavar="PERIOD", help="Such as 2004, or 2003-05..2004-01."
)
@click.option(
    "--in", "folder", default="", metavar="FOLDER", help="Below this folder or label."
)
@click.option(
    "--form",
    default="paragraph",
    show_default=True,
    type=click.Choice(FORMS),
    help="`open`: questions and promises; `who`: who was involved.",
)
@click.option(
    "--length",
    default="medium",
    show_default=True,
    type=click.Choice(LENGTHS),
    help="How much of it.",
)
@click.option("--gently", "gently", flag_value="gently", help="Leave out what may hurt.")
@click.option("--all", "gently", flag_value="all", help="Leave nothing out and do not ask.")
@click.option("--quick", is_flag=True, help="Read nothing new with the model; choose by code.")
@click.option("--nightly", is_flag=True, help="Only read ahead, for when a summary is wanted.")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it with its sources to a new file, .md or .html.",
)
@json_option
def summarize(
    query: tuple[str, ...],
    people: tuple[str, ...],
    thread: str,
    during: str,
    folder: str,
    form: str,
    length: str,
    gently: str | None,
    quick: bool,
    nightly: bool,
    save: Path | None,
    as_json: bool,
) -> None:
    """Summarise a correspondence: all messages that match, each sentence with its source.

    QUERY is words and operators, as in `archive search`. What was read once is kept, so
    Ctrl-C loses nothing; it gives a summary of what was read until then.

    \b
    archive summarize --with anna --during 2004
    archive summarize "the lease" --form timeline
    """
    from archive.export import check, save_summary
    from archive.summary.made import Length, Shape
    from archive.summary.survey import Wanted

    if save is not None:
        check(save)
    archive = open_archive()
    if not archive.sources():
        raise nothing_added()
    if nightly:
        raise SystemExit(ahead(archive, _minutes(archive)))
    wanted = Wanted(
        query=" ".join(query),
        people=people,
        period=during,
        folder=folder,
        thread=thread,
        shape=Shape(form),
        length=Length(length),
        new_portions=0 if quick else None,
    )
    found = archive.survey(wanted)
    leave_out = _chosen(found, gently)
    if found.seconds > _LONG_S and not quick:
        click.echo(_takes(found), err=True)
    with _Shown() as shown, until_told() as should_stop:
        summary = archive.summarise(
            found, leave_out=leave_out, on_progress=shown.show, should_stop=should_stop
        )
    if save is not None:
        save_summary(save, summary, made=datetime.now().astimezone())
    if as_json:
        from archive.summary import forms

        print_json(forms.summary(summary))
        return
    _show(summary)


def _minutes(archive: Archive) -> int:
    return archive.settings.summaries.nightly_minutes or _NIGHT_MINUTES


def ahead(archive: Archive, minutes: int) -> int:
    """Read threads ahead for at most so long, giving way to everybody; the exit code."""
    from archive.summary.nightly import make_ahead

    give_way()
    with _Shown() as shown, until_told() as should_stop:
        done = make_ahead(
            archive, minutes=minutes, on_progress=shown.show, should_stop=should_stop
        )
    if sys.stderr.isatty():
        click.echo(
            f"{done.fresh:,} of {done.threads:,} threads are ready; {done.noted:,} portions"
            f" read in {done.seconds / 60:.0f} min",
            err=True,
        )
    return 0


def ahead_quietly(archive: Archive) -> None:
    """After a sync that nobody watches: trouble is for the log, the sync is what counts."""
    import logging

    from ingest.errors import LifeArchiveError

    try:
        ahead(archive, archive.settings.summaries.nightly_minutes)
    except LifeArchiveError as error:
        logging.getLogger("archive").warning("no notes for summaries: %s", error)


@contextmanager
def until_told() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or a SIGTERM came. A second Ctrl-C stops at once."""
    asked = False

    def note(number: int, _frame: Any) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True
        if number == signal.SIGINT and sys.stderr.isatty():
            sys.stderr.write("\nStopping; what was read is kept.\n")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Shown:
    """The bar: portions read, and how long it takes still."""

    def __enter__(self) -> _Shown:
        from tui.progress import Bar

        self._bar = Bar()
        return self

    def __exit__(self, *given: object) -> None:
        self._bar.__exit__(*given)

    def show(self, progress: Any) -> None:
        """Draw one report."""
        chars = progress.chars_total
        self._bar.draw(
            "Reading",
            progress.chars_done if chars else progress.done,
            chars or progress.total,
            "characters" if chars else "threads",
            safe(progress.title)[:40],
        )


def _chosen(found: Survey, gently: str | None) -> frozenset[int]:
    """Say what is touched, and which threads are to be left out for it."""
    from archive.tender import sentence

    if not found.touched:
        return frozenset()
    click.echo(sentence(found.touched), err=True)
    tender = found.tender_threads
    if gently == "gently":
        return tender
    if gently is None and sys.stdin.isatty() and sys.stderr.isatty():
        few = "1 thread" if len(tender) == 1 else f"{len(tender):,} threads"
        if click.confirm(f"Leave {few} of {found.threads:,} out?", default=False, err=True):
            return tender
    return frozenset()


def _takes(found: Survey) -> str:
    minutes = found.seconds / 60
    return (
        f"{found.messages:,} messages in {found.threads:,} threads; reading what was not read"
        f" before takes about {minutes:.0f} min. Ctrl-C keeps what is done."
    )


def _show(summary: Summary) -> None:
    flowing = summary.shape.value == "paragraph"
    for section in summary.sections:
        if section.heading:
            click.echo(click.style(safe(section.heading), bold=True))
        lines = [safe(line.marked) for line in section.lines]
        if flowing:
            click.echo(click.wrap_text(" ".join(lines), width=96))
        else:
            for line in lines:
                click.echo(click.wrap_text(line, 96, "- ", "  "))
        click.echo()
    for item in summary.citations:
        click.echo(f"[{item.n}] “{excerpt(item.quote)}”")
        click.echo(dim(f"    {heading(item.passage)}"))
        click.echo(dim(f"    archive show '{safe(item.passage.id)}'"))
    told = summary.coverage.told()
    click.echo(("\n" if summary.citations else "") + told[:1].upper() + told[1:] + ".")
    if summary.stopped:
        click.echo("Stopped; the same command goes on from there.", err=True)
    for remark in summary.remarks:
        click.echo(safe(remark), err=True)
    for name in summary.flagged:
        click.echo(
            f"{safe(name)} holds what seems to be an instruction to a model; left out.",
            err=True,
        )
