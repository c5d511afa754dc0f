"""What keeps the archive safe: verify, backup, restore, compact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.common import json_option, open_archive, print_json, safe

if TYPE_CHECKING:
    from index.verify.report import Report

_SCHEMA = 1
_UNSOUND = 5


@click.command()
@json_option
def verify(as_json: bool) -> None:
    """Compare everything that is stored with everything else. Says nothing if it is sound.

    Exit code 5 if something is amiss; each line then names what mends it.
    """
    from tui.progress import Bar

    with Bar(show=not as_json) as bar:
        report = open_archive().verify(
            lambda what, done, total: bar.draw(what, done, total, "items")
        )
    if as_json:
        print_json(_as_data(report))
    else:
        for check in report.checks:
            if not check.ok:
                click.echo(f"BAD  {check.name}: {safe(check.detail)}", err=True)
                click.echo(f"     {check.remedy}", err=True)
    raise SystemExit(0 if report.sound else _UNSOUND)


def _as_data(report: Report) -> dict[str, object]:
    return {
        "schema": _SCHEMA,
        "ok": report.sound,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "detail": check.detail,
                "remedy": check.remedy,
                "seconds": round(report.seconds[check.name], 3),
            }
            for check in report.checks
        ],
        "counts": report.counts,
        "seconds": round(report.seconds["total"], 3),
    }


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def backup(directory: Path, as_json: bool) -> None:
    """Write a backup into a new folder below DIR. A sync may go on meanwhile.

    It holds the catalog and the settings, not your files and not the models. Chroma is
    made again from the catalog after a restore.
    """
    from tui.progress import Bar

    with Bar(show=not as_json) as bar:
        done = open_archive().backup(
            directory, lambda copied, total: bar.draw("Copying", copied, total, "bytes")
        )
    if as_json:
        print_json(
            {
                "schema": _SCHEMA,
                "path": str(done.path),
                "created": done.created.isoformat(),
                "documents": done.documents,
                "chunks": done.chunks,
                "size_bytes": done.size_bytes,
                "seconds": round(done.seconds, 3),
            }
        )
    else:
        click.echo(str(done.path))


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def restore(directory: Path, as_json: bool) -> None:
    """Put a backup in the catalog's place. DIR is a backup, or a folder of backups.

    Of several the newest sound one is taken. What it replaces is kept beside it until
    `archive compact --replaced`. Close the app first: it would go on showing the old one.
    """
    done = open_archive().restore(directory)
    if as_json:
        print_json(
            {
                "schema": _SCHEMA,
                "path": str(done.path),
                "created": done.created.isoformat(),
                "documents": done.documents,
                "chunks": done.chunks,
                "replaced": done.replaced and str(done.replaced),
                "passed_over": list(done.passed_over),
            }
        )
        return
    for reason in done.passed_over:
        click.echo(f"Passed over: {safe(reason)}", err=True)
    click.echo(
        f"Restored {done.documents} documents as of {done.created.astimezone():%Y-%m-%d %H:%M}."
    )
    if done.replaced is not None:
        click.echo(f"What was there before is in {done.replaced}")
    click.echo("Now run: archive sync")


@click.command()
@click.option("--replaced", is_flag=True, help="Also catalogs that a restore has replaced.")
@json_option
def compact(replaced: bool, as_json: bool) -> None:
    """Take what was deleted off the disk, and make the catalog as small as it can be.

    The next sync makes Chroma again, without embedding anything. The log and backups
    elsewhere are not touched.
    """
    from tui.progress import Bar

    archive = open_archive()
    with Bar(show=not as_json) as bar:
        done = archive.compact(
            replaced=replaced,
            on_progress=lambda what, step, steps: bar.draw(what, step, steps, "steps"),
        )
    if as_json:
        print_json(
            {
                "schema": _SCHEMA,
                "bytes_before": done.bytes_before,
                "bytes_after": done.bytes_after,
                "unused_embeddings": done.unused_embeddings,
                "replaced": [str(path) for path in done.replaced],
                "log": str(archive.paths.log),
                "seconds": round(done.seconds, 3),
            }
        )
        return
    for path in done.replaced:
        click.echo(f"Still there with all it holds: {path} (archive compact --replaced)")
    if archive.paths.log.exists():
        click.echo(f"Not touched: the log {archive.paths.log}, and backups elsewhere")
    click.echo("Now run: archive sync")
