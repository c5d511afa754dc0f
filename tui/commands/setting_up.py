"""The first run in the shell: the same finds as in the app, plain prompts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.common import open_archive, safe
from tui.commands.syncing import run_sync

if TYPE_CHECKING:
    from archive.finding import Find
    from archive.service import Archive


@click.command()
@click.option("--yes", is_flag=True, help="Take all that is found, without asking.")
@click.option("--no-models", is_flag=True, help="Fetch no models; search by words only.")
def setup(yes: bool, no_models: bool) -> None:
    """Find mail and notes on this machine, fetch the models, and read what you choose."""
    from archive.finding import find

    archive = open_archive()
    added = {source.path for source in archive.sources()}
    click.echo("Looking for mail and notes …", err=True)
    home = Path(os.environ.get("HOME") or Path.home())
    finds = [one for one in find(home) if str(one.path) not in added]
    chosen = [one.path for one in finds if _wanted(one, yes)]
    if not finds:
        click.echo("Nothing new was found.")
    if not yes:
        chosen += _others()
    if chosen:
        for item in archive.add(chosen):
            click.echo(f"Added {safe(item.path)}")
    if not archive.sources():
        click.echo("Nothing to read yet. Add a folder: archive add PATH")
        return
    report = run_sync(archive, embed=False)  # found by its words from here on
    if not no_models:
        _fetch(archive, yes)
    if archive.status().embedder:
        report = run_sync(archive)
    click.echo("Ready. Ask: archive ask QUESTION, or open the app: archive")
    raise SystemExit(report.exit_code)


def _wanted(one: Find, yes: bool) -> bool:
    from tui.words import count, size

    more = "" if one.whole else "more than "
    what = f"{more}{size(one.size_bytes)} in {count(one.files, 'file')}"
    line = f"{safe(one.label)}: {safe(str(one.path))} ({what})"
    if yes:
        click.echo(line)
        return True
    return click.confirm(f"{line}. Read it?", default=True)


def _others() -> list[Path]:
    found: list[Path] = []
    while said := click.prompt(
        "Another file or folder (Enter for none)", default="", show_default=False
    ).strip():
        path = Path(said).expanduser()
        if path.exists():
            found.append(path)
        else:
            click.echo(f"There is no {safe(said)}.")
    return found


def _fetch(archive: Archive, yes: bool) -> None:
    from archive.models import readable_bytes
    from tui.progress import PullBar

    missing = archive.model_choice().missing_defaults()
    if not missing:
        return
    total = readable_bytes(sum(one.size_bytes for one in missing))
    names = ", ".join(one.name for one in missing)
    if not yes and not click.confirm(f"Fetch the models, {total}: {names}?", default=True):
        return
    for one in missing:
        with PullBar() as bar:
            archive.models.pull(one.name, on_progress=bar.show)
        click.echo(f"{one.name}: here and checked ({one.licence})")
