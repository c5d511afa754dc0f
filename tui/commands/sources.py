"""What was added, and what became of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from tui.commands.common import json_option, open_archive, print_json, safe
from tui.commands.syncing import run_sync
from tui.words import count


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
@click.option(
    "--message-id",
    "message_ids",
    multiple=True,
    metavar="ID",
    help="A mail, by its Message-ID.",
)
@click.option(
    "--from", "senders", multiple=True, metavar="ADDRESS", help="All mail from this address."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(message_ids: tuple[str, ...], senders: tuple[str, ...], yes: bool) -> None:
    """Delete mail from the archive for good; its file is not touched.

    Copies and attachments go too, and no sync brings them back. What others quoted of it
    stays with them. `archive compact` then takes it out of every file on disk.
    """
    if not message_ids and not senders:
        raise click.UsageError("Say which: --message-id ID or --from ADDRESS.")
    what = ", ".join([*message_ids, *(f"everything from {sender}" for sender in senders)])
    if not yes:
        click.confirm(f"Forget {what}? This cannot be undone", abort=True)
    gone = open_archive().forget(message_ids, senders)
    click.echo(f"{gone} documents forgotten. To wipe them from disk: archive compact")
    raise SystemExit(0 if gone else 2)


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
def status(as_json: bool) -> None:
    """Show what is in the archive, what could not be read, and when it was last synced."""
    from archive import forms
    from archive.models import readable_bytes
    from archive.nightly import stale
    from tui.reporting import report_lines

    archive = open_archive()
    state = archive.status()
    warning = stale(state.last_sync, datetime.now().astimezone()) if state.sources else ""
    if as_json:
        value = forms.status(state, archive.sources(), archive.reports())
        print_json({**value, "warning": warning})
        return
    synced = f"{state.last_sync.astimezone():%Y-%m-%d %H:%M}" if state.last_sync else "never"
    click.echo(f"Documents   {state.documents:,} from {count(state.sources, 'source')}")
    click.echo(
        f"Chunks      {state.chunks:,}, {state.embedded:,} embedded by {state.embedder or '-'}"
    )
    click.echo(f"Model       {state.model or 'none: run archive models pull --defaults'}")
    click.echo(f"Last sync   {synced}")
    click.echo(f"On disk     {readable_bytes(state.size_bytes)}")
    if warning:
        click.echo(f"Warning     {warning}")
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
        run_sync(archive, quiet=as_json)
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
