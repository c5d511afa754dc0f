"""What was added, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.common import json_option, nothing_added, open_archive, print_json, safe

if TYPE_CHECKING:
    from archive.service import Archive
    from index.sync import SyncReport

_FAILURES_SHOWN = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def add(paths: tuple[Path, ...], as_json: bool) -> None:
    """Add files or folders: mbox, Maildir, notes, documents. `archive sync` reads them."""
    from archive import forms

    added = open_archive().add(paths)
    if as_json:
        print_json({"schema": forms.SCHEMA, "sources": [forms.source(item) for item in added]})
        return
    for item in added:
        click.echo(f"Added {item.path}")
    click.echo("Now run: archive sync")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def remove(path: Path) -> None:
    """Take a source out of the archive. The files themselves are not touched."""
    gone = open_archive().remove(path)
    click.echo(f"Removed {path} and the {gone} documents read from it.")


@click.command()
@json_option
def sources(as_json: bool) -> None:
    """List what was added."""
    from archive import forms

    found = open_archive().sources()
    if as_json:
        print_json({"schema": forms.SCHEMA, "sources": [forms.source(item) for item in found]})
        return
    for item in found:
        synced = f"{item.synced_at.astimezone():%Y-%m-%d %H:%M}" if item.synced_at else "never"
        failed = f", {item.failures} unread" if item.failures else ""
        click.echo(f"{item.path}\t{item.documents} documents{failed}, synced {synced}")
    if not found:
        click.echo("Nothing added yet. Try: archive add ~/Mail", err=True)


@click.command()
@json_option
@click.option("--quiet", is_flag=True, help="No progress bar and no summary, for cron.")
def sync(as_json: bool, quiet: bool) -> None:
    """Bring the index up to date with the files on disk. Cron runs this."""
    archive = open_archive()
    if not archive.sources():
        raise nothing_added()
    report = _sync(archive, as_json=as_json, quiet=quiet)
    raise SystemExit(1 if report.failures else 0)


def _sync(archive: Archive, *, as_json: bool, quiet: bool) -> SyncReport:
    """Run a sync and say what it did."""
    from archive import forms
    from tui.progress import SyncBar, stopping
    from tui.reporting import failure_line

    with SyncBar(show=not (as_json or quiet)) as bar, stopping() as should_stop:
        report = archive.sync(bar.show, should_stop)
    if as_json:
        print_json(forms.sync(report))
    else:
        for item in report.failures[:_FAILURES_SHOWN]:
            where, why = failure_line(item)
            click.echo(f"{safe(where)}: {safe(why)}", err=True)
        if len(report.failures) > _FAILURES_SHOWN:
            more = len(report.failures) - _FAILURES_SHOWN
            click.echo(f"… and {more} more: archive failures", err=True)
        if not quiet:
            click.echo(
                f"{report.added} added, {report.changed} changed, {report.removed} removed, "
                f"{report.failed} unread, {report.chunks} chunks embedded "
                f"in {report.seconds['total']:.1f} s"
            )
            if report.duplicates:
                click.echo(f"{report.duplicates} of those added are copies of another one")
            for reason, count in report.skipped.items():
                click.echo(f"{count} left out: {safe(reason)}")
            if report.stopped:
                click.echo("Stopped early; the next sync goes on from here.")
    return report


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Show what is in the archive, what could not be read, and when it was last synced."""
    from archive import forms
    from archive.models import readable_bytes
    from tui.reporting import report_lines

    archive = open_archive()
    state = archive.status()
    if as_json:
        print_json(forms.status(state, archive.sources(), archive.reports()))
        return
    synced = f"{state.last_sync.astimezone():%Y-%m-%d %H:%M}" if state.last_sync else "never"
    click.echo(f"Documents   {state.documents} from {state.sources} sources")
    click.echo(
        f"Chunks      {state.chunks}, {state.embedded} embedded by {state.embedder or '-'}"
    )
    click.echo(f"Model       {state.model or 'none: run archive models pull --defaults'}")
    click.echo(f"Last sync   {synced}")
    click.echo(f"On disk     {readable_bytes(state.size_bytes)}")
    for report in archive.reports():
        click.echo(f"\n{safe(report.path)}")
        for label, text in report_lines(report):
            click.echo(f"  {label:<9} {safe(text)}")
    if state.failures:
        click.echo("\nWhat could not be read, one by one: archive failures")


@click.command()
@click.option("--skipped", is_flag=True, help="Also what was left alone on purpose.")
@click.option("--retry", is_flag=True, help="Read those files again, e.g. after an upgrade.")
@json_option
def failures(skipped: bool, retry: bool, as_json: bool) -> None:
    """List what could not be read: where, and why."""
    from archive import forms
    from tui.reporting import failure_line

    archive = open_archive()
    if retry:
        files = archive.retry_failures()
        click.echo(f"{files} files will be read again.", err=True)
        _sync(archive, as_json=False, quiet=as_json)
    unread = archive.failures()
    left_alone = archive.skipped() if skipped else []
    if as_json:
        value = {"schema": forms.SCHEMA, "failures": [forms.failure(item) for item in unread]}
        if skipped:
            value["skipped"] = [forms.failure(item) for item in left_alone]
        print_json(value)
        return
    for item in [*unread, *left_alone]:
        where, why = failure_line(item)
        click.echo(f"{safe(where)}\t{safe(why)}")
    if not unread and not left_alone:
        click.echo("Everything could be read.", err=True)
