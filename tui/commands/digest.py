"""The digest: what came in, and who waits for an answer."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING

import click

from tui.commands.common import json_option, nothing_added, open_archive, print_json

if TYPE_CHECKING:
    from archive.digest import Digest
    from archive.service import Archive

LAST_SYNC = "last-sync"


@click.command()
@click.option(
    "--since", metavar="DATE|last-sync", help="Since then, not since the last digest."
)
@json_option
def digest(since: str | None, as_json: bool) -> None:
    """Say what came in since the last digest, and which threads wait for an answer.

    `--since DATE` takes what was written since that day, `--since last-sync` what the last
    sync added; the next digest then begins where it would have anyway.
    """
    from archive import digest as digests

    archive = open_archive()
    if not archive.sources():
        raise nothing_added()
    found = made(archive, since)
    if as_json:
        print_json(digests.as_json(found))
    else:
        click.echo(digests.as_text(found))


def made(archive: Archive, since: str | None = None) -> Digest:
    """A digest; without `since` the next one goes on where this one ends."""
    from archive import digest as digests

    kept = digests.marks(archive.paths.state)
    owner = archive.people().owner
    with archive.catalog.snapshot() as connection:
        if since == LAST_SYNC:
            return digests.digest(
                connection, owner, after=kept.sync, said="the last sync began"
            )
        if since is not None:
            day = _day(since)
            return digests.digest(connection, owner, since=day, said=f"{day:%Y-%m-%d}")
        said = "the last digest" if kept.read else ""
        found = digests.digest(connection, owner, after=kept.read, said=said)
        reached = digests.newest(connection)
    digests.keep(archive.paths.state, digests.Marks(read=reached, sync=kept.sync))
    return found


def print_new(archive: Archive) -> None:
    """The digest of what came in, for cron to mail; nothing if nothing did."""
    from archive import digest as digests

    found = made(archive)
    if not found.is_empty:
        click.echo(digests.as_text(found))


def _day(text: str) -> datetime:
    from index import when

    span = when.read(text, date.today(), operator="after")
    span = when.read(text, date.today(), operator="on") or span
    if span is None or span.start is None:
        raise click.BadParameter(f"{text} is no date; write 2004-03-05.", param_hint="--since")
    return datetime.combine(span.start, time()).astimezone()
