"""Count and list by SQL, and write what was found to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.common import (
    dim,
    json_option,
    nothing_added,
    open_archive,
    print_json,
    safe,
)

if TYPE_CHECKING:
    from archive.originals import Original
    from archive.service import Archive
    from index.tally.rows import Tally

_WHATS = ("messages", "people", "threads", "attachments", "documents")
_FILE = click.Path(path_type=Path, dir_okay=False)
_DIRECTORY = click.Path(path_type=Path, file_okay=False)


@click.command(name="list")
@click.argument("query", nargs=-1, required=True, metavar="[WHAT] QUERY...")
@click.option(
    "--sort",
    "order",
    type=click.Choice(["oldest", "newest", "name", "count"]),
    help="Messages come by date, people and threads with the most first.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Show or write only so many."
)
@click.option("--csv", "csv_file", type=_FILE, help="Write them to a new CSV file.")
@click.option("--markdown", "markdown_file", type=_FILE, help="Write a new Markdown file.")
@click.option("--mbox", "mbox_file", type=_FILE, help="Write the original mail to a new mbox.")
@click.option("--eml", "eml_folder", type=_DIRECTORY, help="Write it as files into a folder.")
@json_option
def list_all(
    query: tuple[str, ...],
    order: str | None,
    limit: int | None,
    csv_file: Path | None,
    markdown_file: Path | None,
    mbox_file: Path | None,
    eml_folder: Path | None,
    as_json: bool,
) -> None:
    """List everything that fits: messages, people, threads, attachments or documents.

    WHAT is one of these. QUERY is a question ("attachments from Anna in 2004") or operators;
    all of it must hold, and words must occur. `archive search` shows the best instead.

    \b
    archive list people "the offsite"
    archive list threads from:anna after:2003-05 --sort oldest
    """
    archive = open_archive()
    found = _counted(archive, query)
    if order is not None:
        from index.tally.rows import sorted_rows

        found = sorted_rows(found, order)
    code = _write(archive, found, limit, csv_file, markdown_file, mbox_file, eml_folder)
    if as_json:
        from archive.table import as_json as form

        print_json(form(found, limit))
    elif not any((csv_file, markdown_file, mbox_file, eml_folder)):
        _print_rows(found, limit)
    raise SystemExit(code)


@click.command()
@click.argument("query", nargs=-1, required=True, metavar="[WHAT] QUERY...")
@json_option
def count(query: tuple[str, ...], as_json: bool) -> None:
    """Count what `archive list` would list, and say what was counted.

    \b
    archive count "How many mails did Anna send me in 2004?"
    archive count threads with:anna
    """
    found = _counted(open_archive(), query)
    if as_json:
        from archive.table import as_json as form

        print_json(form(found, 0))
        return
    _print_said(found)
    _print_periods(found)


def _counted(archive: Archive, words: tuple[str, ...]) -> Tally:
    from archive.counting import listed

    if not archive.sources():
        raise nothing_added()
    what = words[0] if words[0] in _WHATS else ""
    query = " ".join(words[1:] if what else words)
    return listed(query, what, archive.catalog, archive.retriever)


def _print_said(found: Tally) -> None:
    from archive.countwords import headline, reasons

    click.echo(safe(headline(found)))
    for reason in reasons(found):
        click.echo(dim(safe(reason)), err=True)


def _print_rows(found: Tally, limit: int | None) -> None:
    from archive.countwords import line

    _print_said(found)
    if found.wanted.per:
        _print_periods(found, limit)
        return
    for row in found.rows[:limit]:
        click.echo(safe(line(row, found.wanted.what)))
    if limit is not None and found.number > limit:
        click.echo(dim(f"and {found.number - limit:,} more"))


def _print_periods(found: Tally, limit: int | None = None) -> None:
    from archive.countwords import by_period

    for period in by_period(found)[:limit]:
        click.echo(period)


def _write(
    archive: Archive,
    found: Tally,
    limit: int | None,
    csv_file: Path | None,
    markdown_file: Path | None,
    mbox_file: Path | None,
    eml_folder: Path | None,
) -> int:
    """Write the files that were asked for; 1 if a message could not be found."""
    from archive.originals import originals, write_eml, write_mbox, write_text
    from archive.table import as_csv, as_markdown

    for text_file, text in ((csv_file, as_csv), (markdown_file, as_markdown)):
        if text_file is not None:
            write_text(text_file, text(found, limit))
    rows = found.rows[:limit]
    # A thread is all its messages.
    ids = list(dict.fromkeys(i for row in rows for i in row.members or (row.document_id,)))
    missing: list[Original] = []
    for written, place in ((write_mbox, mbox_file), (write_eml, eml_folder)):
        if place is None:
            continue
        if not all(ids):
            raise click.UsageError("People cannot be written as mail; list messages.")
        number, missing = written(place, originals(archive.catalog, ids))
        click.echo(f"{number:,} written to {safe(str(place))}", err=True)
        for one in missing:
            click.echo(f"{safe(one.id)}: {safe(one.reason)}", err=True)
    return 1 if missing else 0
