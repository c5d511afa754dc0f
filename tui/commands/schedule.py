"""`archive schedule`: have a sync run every night, see how the nights went, or stop it."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import json_option, open_archive, print_json, safe

if TYPE_CHECKING:
    from archive.log import LastRun
    from archive.schedule import Found


@click.group()
def schedule() -> None:
    """Have `archive sync` run every night, by systemd, cron or launchd."""


@schedule.command()
@click.option(
    "--time",
    "at",
    type=click.DateTime(["%H:%M"]),
    default="03:30",
    show_default=True,
    metavar="HH:MM",
    help="When, on this machine's clock.",
)
@click.option(
    "--print", "only_print", is_flag=True, help="Show what would be written; do nothing."
)
@json_option
def install(at: datetime, only_print: bool, as_json: bool) -> None:
    """Sync every night from now on. Run it again to change the time or after a move."""
    from archive import schedulers
    from archive.schedule import plan
    from ingest.registry import PROGRAMS

    wanted = plan(at.time(), argv0=sys.argv[0], needs=PROGRAMS)
    among = schedulers.backends(wanted.name)
    if only_print:
        chosen = schedulers.choose(among, wanted)
        written = chosen.preview(wanted)
        if as_json:
            files = [{"where": item.where, "text": item.text} for item in written]
            _print({"backend": chosen.name, "files": files})
            return
        click.echo("\n".join(f"# {item.where}\n{item.text}" for item in written), nl=False)
        return
    found = schedulers.install(among, wanted)
    if as_json:
        _print({"installed": True, **_form(found)})
        return
    click.echo(f"Every night at {wanted.at:%H:%M}, by {found.backend}: archive sync --quiet")
    if found.note:
        click.echo(found.note)


@schedule.command()
@json_option
def status(as_json: bool) -> None:
    """Say what is scheduled, when it runs next and how the last sync went.

    Ends with 1 if nothing is scheduled or something is wrong with it.
    """
    from archive import schedulers
    from archive.log import last_run
    from archive.paths import Paths
    from archive.schedule import archive_name

    found = schedulers.find(schedulers.backends(archive_name()))
    last = last_run(Paths.find().log)
    warnings = _warnings(found)
    if as_json:
        _print(
            {
                "installed": found is not None,
                **_form(found),
                "last_run": last
                and {"at": last.at.isoformat(), "exit_code": last.exit_code, "text": last.text},
                "warnings": warnings,
            }
        )
    else:
        _show(found, last, warnings)
    raise SystemExit(1 if warnings else 0)


@schedule.command()
@json_option
def remove(as_json: bool) -> None:
    """Sync no more by itself: takes out exactly what `install` wrote."""
    from archive import schedulers
    from archive.schedule import archive_name

    gone = schedulers.remove(schedulers.backends(archive_name()))
    if as_json:
        _print({"removed": gone})
    elif gone:
        click.echo(f"Taken out of {' and '.join(gone)}.")
    else:
        click.echo("Nothing was scheduled.", err=True)


def _warnings(found: Found | None) -> list[str]:
    from pathlib import Path

    from archive.nightly import stale

    said = []
    if found is None:
        said.append("Nothing is scheduled. To sync every night: archive schedule install")
    elif found.program and not Path(found.program).exists():
        said.append(f"{found.program} is not there any more. Run: archive schedule install")
    archive = open_archive()
    synced = [source.synced_at for source in archive.sources()]
    archive.close()
    known = [moment for moment in synced if moment is not None]
    if synced and (late := stale(max(known, default=None), datetime.now().astimezone())):
        said.append(late.removesuffix(" See: archive schedule status"))
    return said


def _show(found: Found | None, last: LastRun | None, warnings: list[str]) -> None:
    if found is not None:
        runs = f"every day at {found.at:%H:%M}" if found.at else "at a time of your own"
        click.echo(f"Scheduled   {runs}, by {found.backend}")
        if found.next_run:
            click.echo(f"Next run    {found.next_run.astimezone():%Y-%m-%d %H:%M}")
        if found.note:
            click.echo(f"Note        {safe(found.note)}")
    if last is not None:
        ended = f"{last.at.astimezone():%Y-%m-%d %H:%M}"
        click.echo(f"Last run    {ended}: {safe(last.text)} (exit {last.exit_code})")
    for warning in warnings:
        click.echo(f"Warning     {safe(warning)}")


def _form(found: Found | None) -> dict[str, Any]:
    return {
        "backend": found and found.backend,
        "at": f"{found.at:%H:%M}" if found and found.at else None,
        "next_run": found.next_run.isoformat() if found and found.next_run else None,
        "program": (found and found.program) or None,
        "note": found.note if found else "",
    }


def _print(value: dict[str, Any]) -> None:
    from archive.forms import SCHEMA

    print_json({"schema": SCHEMA, **value})
