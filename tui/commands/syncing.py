"""Sync: what cron runs. Quiet when all is well, one line when it is not."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from archive.yielding import give_way
from tui.commands.common import json_option, nothing_added, open_archive, print_json, safe

if TYPE_CHECKING:
    from archive.service import Archive
    from index.plan import SyncPlan
    from index.sync import SyncReport

_FAILURES_SHOWN = 20


@click.command()
@json_option
@click.option("--quiet", is_flag=True, help="For cron: one line, and only if there is need.")
@click.option("--dry-run", is_flag=True, help="Only say how much there would be to do.")
def sync(as_json: bool, quiet: bool, dry_run: bool) -> None:
    """Bring the index up to date with the files on disk. Cron runs this."""
    archive = open_archive()
    if not archive.sources():
        raise nothing_added()
    if dry_run:
        _show_plan(archive.plan(), as_json=as_json)
        return
    give_way()
    report = run_sync(archive, as_json=as_json, quiet=quiet)
    if quiet and archive.settings.summaries.nightly_minutes and not report.stopped:
        from tui.commands.summarizing import ahead_quietly

        ahead_quietly(archive)
    raise SystemExit(report.exit_code)


def run_sync(
    archive: Archive, *, as_json: bool = False, quiet: bool = False, embed: bool = True
) -> SyncReport:
    """Run a sync and say what it did. Without `embed`: for search by words only."""
    from archive import forms
    from archive.nightly import report_line, threads
    from tui.progress import SyncBar, stopping

    first = not any(source.synced_at for source in archive.sources())
    most = threads(archive.settings.threads, os.cpu_count() or 1) if quiet else 0
    with SyncBar(show=not (as_json or quiet)) as bar, stopping() as should_stop:
        report = archive.sync(bar.show, should_stop, embed=embed, threads=most)
    if as_json:
        print_json(forms.sync(report))
    elif quiet:
        if line := report_line(report, repaired=" ".join(report.repaired)):
            click.echo(safe(line))
        if archive.settings.sync.digest and report.added:
            from tui.commands.digest import print_new

            print_new(archive)
    else:
        _show(report)
        if first and report.added and sys.stdout.isatty():
            click.echo('Now open the app: archive, or: archive ask "…"')
    return report


def _show(report: SyncReport) -> None:
    from tui.reporting import failure_line

    for item in report.failures[:_FAILURES_SHOWN]:
        where, why = failure_line(item)
        click.echo(f"{safe(where)}: {safe(why)}", err=True)
    if len(report.failures) > _FAILURES_SHOWN:
        more = len(report.failures) - _FAILURES_SHOWN
        click.echo(f"… and {more} more: archive failures", err=True)
    click.echo(
        f"{report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.failed} unread, {report.chunks} chunks embedded "
        f"in {report.seconds['total']:.1f} s"
    )
    if report.duplicates:
        click.echo(f"{report.duplicates} of those added are copies of another one")
    for reason, count in report.skipped.items():
        click.echo(f"{count} left out: {safe(reason)}")
    for mended in report.repaired:
        click.echo(mended)
    if report.stopped:
        click.echo("Stopped early; the next sync goes on from here.")


def _show_plan(plan: SyncPlan, *, as_json: bool) -> None:
    from archive import forms
    from archive.models import readable_bytes

    if as_json:
        print_json(forms.plan(plan))
        return
    for reason, count in plan.files.items():
        click.echo(f"{count} files to read: {reason}")
    if plan.files:
        click.echo(
            f"{readable_bytes(plan.bytes_to_read)} at most, with {plan.documents_again} "
            "documents that are in already; what says the same is kept"
        )
    if plan.files_gone:
        click.echo(f"{plan.files_gone} files are gone, {plan.documents_gone} documents go")
    if plan.chunks_to_embed:
        click.echo(f"{plan.chunks_to_embed} chunks to embed, besides what is read")
    if not (plan.files or plan.files_gone or plan.chunks_to_embed):
        click.echo("Nothing to do.")
