"""The command line. Quiet when all is well; every command loads what it needs and no more."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from archive import __version__
from ingest.errors import LifeArchiveError
from tui import garbage
from tui.commands import (
    asking,
    calibrating,
    completing,
    digest,
    evaluating,
    keep,
    listing,
    models,
    people,
    serving,
    setting_up,
    sources,
    summarizing,
    syncing,
    timeline,
)
from tui.commands.common import open_archive
from tui.commands.schedule import schedule

_AFTERWARDS = """\b
Exit codes:
  0  done
  1  done, with failures listed
  2  wrong usage, setting, or name
  3  another run is at work
  4  damaged and repaired
  5  could not
  6  a model is missing, damaged, or too large

\b
Environment:
  ARCHIVE_HOME=DIR   keep one archive's settings, data and log below DIR
  NO_COLOR=1         no colours
  FORCE_HYPERLINK=0  titles are no links; with 1 they are in any terminal
  EDITOR             what opens a source at its line

\b
Files:
  ~/.config/life-archive/config.toml       settings
  ~/.local/share/life-archive              the archive and the models
  ~/.local/state/life-archive/archive.log  log
"""


class _Cli(click.Group):
    """Turns an expected error into two lines and its exit code; a bug is logged and named."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LifeArchiveError as error:
            click.echo(f"archive: {error}", err=True)
            if error.remedy:
                click.echo(error.remedy, err=True)
            ctx.exit(error.exit_code)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("Stopped; what was done is kept.", err=True)
            ctx.exit(130)
        except Exception as error:
            log = _log_bug()
            click.echo(
                f"archive: this is a bug: {type(error).__name__}: {error}\nThe log: {log}",
                err=True,
            )
            ctx.exit(5)


def _log_bug() -> Path:
    import logging

    from archive.log import start_logging
    from archive.paths import Paths

    path = Paths.find().log
    start_logging(path)
    logging.getLogger("archive").exception("a command failed: %s", " ".join(sys.argv[1:]))
    return path


@click.group(
    cls=_Cli,
    invoke_without_command=True,
    epilog=_AFTERWARDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.version_option(__version__, prog_name="archive")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Ask questions of your own mail, notes and documents, on this machine.

    Without a command the full-screen app opens.
    """
    os.umask(0o077)  # what is written about a life is for its owner's eyes
    if ctx.invoked_subcommand is None:
        garbage.postpone()
        from tui.app import run

        raise SystemExit(run(open_archive))


for command in (
    setting_up.setup,
    sources.add,
    sources.remove,
    sources.forget,
    sources.sources,
    syncing.sync,
    schedule,
    sources.status,
    sources.failures,
    asking.search,
    asking.ask,
    asking.show,
    listing.list_all,
    listing.count,
    summarizing.summarize,
    serving.serve,
    people.people,
    timeline.timeline,
    digest.digest,
    keep.verify,
    keep.backup,
    keep.restore,
    keep.compact,
    models.doctor,
    models.models,
    evaluating.evaluate,
    calibrating.calibrate,
    completing.completion,
):
    main.add_command(command)
completing.attach(main)
