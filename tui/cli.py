"""The command line. Quiet when all is well; every command loads what it needs and no more."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import __version__
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound
    from archive.service import Archive
    from index.passage import Passage
    from index.sync import SyncReport

_FAILURES_SHOWN = 20
_EXIT_CODES = """\b
Exit codes:
  0  done
  1  done, with failures listed
  2  wrong usage, setting, or name
  3  another run is at work
  4  damaged and repaired
  5  could not
  6  a model is missing, damaged, or too large
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
    epilog=_EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
)
@click.version_option(__version__, prog_name="archive")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Ask questions of your own mail, notes and documents, on this machine.

    Without a command the full-screen app opens. ARCHIVE_HOME=DIR keeps one archive's
    settings, data and state below DIR.
    """
    os.umask(0o077)  # what is written about a life is for its owner's eyes
    if ctx.invoked_subcommand is None:
        from tui.app import run

        raise SystemExit(run(_open))


def _open() -> Archive:
    from archive.service import Archive

    return Archive.open()


_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


# --- sources ----------------------------------------------------------------------------------


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_json
def add(paths: tuple[Path, ...], as_json: bool) -> None:
    """Add files or folders: mbox, Maildir, notes, documents. `archive sync` reads them."""
    from archive import forms

    added = _open().add(paths)
    if as_json:
        _print_json({"schema": forms.SCHEMA, "sources": [forms.source(item) for item in added]})
        return
    for item in added:
        click.echo(f"Added {item.path}")
    click.echo("Now run: archive sync")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
def remove(path: Path) -> None:
    """Take a source out of the archive. The files themselves are not touched."""
    gone = _open().remove(path)
    click.echo(f"Removed {path} and the {gone} documents read from it.")


@main.command()
@_json
def sources(as_json: bool) -> None:
    """List what was added."""
    from archive import forms

    found = _open().sources()
    if as_json:
        _print_json({"schema": forms.SCHEMA, "sources": [forms.source(item) for item in found]})
        return
    for item in found:
        synced = f"{item.synced_at.astimezone():%Y-%m-%d %H:%M}" if item.synced_at else "never"
        failed = f", {item.failures} unread" if item.failures else ""
        click.echo(f"{item.path}\t{item.documents} documents{failed}, synced {synced}")
    if not found:
        click.echo("Nothing added yet. Try: archive add ~/Mail", err=True)


@main.command()
@_json
@click.option("--quiet", is_flag=True, help="No progress bar and no summary, for cron.")
def sync(as_json: bool, quiet: bool) -> None:
    """Bring the index up to date with the files on disk. Cron runs this."""
    archive = _open()
    if not archive.sources():
        raise _nothing_added()
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
        _print_json(forms.sync(report))
    else:
        for item in report.failures[:_FAILURES_SHOWN]:
            where, why = failure_line(item)
            click.echo(f"{_safe(where)}: {_safe(why)}", err=True)
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
                click.echo(f"{count} left out: {_safe(reason)}")
            if report.stopped:
                click.echo("Stopped early; the next sync goes on from here.")
    return report


def _nothing_added() -> LifeArchiveError:
    from archive.service import NotThere

    return NotThere("Nothing was added yet.", remedy="Run: archive add PATH")


@main.command()
@_json
def status(as_json: bool) -> None:
    """Show what is in the archive, what could not be read, and when it was last synced."""
    from archive import forms
    from archive.models import readable_bytes
    from tui.reporting import report_lines

    archive = _open()
    state = archive.status()
    if as_json:
        _print_json(forms.status(state, archive.sources(), archive.reports()))
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
        click.echo(f"\n{_safe(report.path)}")
        for label, text in report_lines(report):
            click.echo(f"  {label:<9} {_safe(text)}")
    if state.failures:
        click.echo("\nWhat could not be read, one by one: archive failures")


@main.command()
@click.option("--skipped", is_flag=True, help="Also what was left alone on purpose.")
@click.option("--retry", is_flag=True, help="Read those files again, e.g. after an upgrade.")
@_json
def failures(skipped: bool, retry: bool, as_json: bool) -> None:
    """List what could not be read: where, and why."""
    from archive import forms
    from tui.reporting import failure_line

    archive = _open()
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
        _print_json(value)
        return
    for item in [*unread, *left_alone]:
        where, why = failure_line(item)
        click.echo(f"{_safe(where)}\t{_safe(why)}")
    if not unread and not left_alone:
        click.echo("Everything could be read.", err=True)


# --- asking -----------------------------------------------------------------------------------


@main.command()
@click.argument("query")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 60))
@_json
def search(query: str, limit: int, as_json: bool) -> None:
    """Find passages by their words and their meaning."""
    archive = _open()
    found = archive.search(query, limit=limit)
    if as_json:
        from archive import forms

        _print_json(forms.search(found))
        return
    for number, passage in enumerate(found.passages, start=1):
        click.echo(f"{number:2}. {_heading(passage)}")
        click.echo(f"    {_excerpt(passage.text)}")
        click.echo(f"    {_dim(passage.id)}")
    if not found.passages:
        click.echo("Nothing found.", err=True)


@main.command()
@click.argument("question")
@_json
def ask(question: str, as_json: bool) -> None:
    """Answer a question from the archive, with sources and a confidence."""
    archive = _open()
    if not archive.sources():
        raise _nothing_added()
    loading = archive.begin_loading_model()
    from archive.answer import Answer, EvidenceFound, Token

    answer: Answer | None = None
    streamed = False
    for step in archive.ask(question):
        if isinstance(step, Answer):
            answer = step
        elif as_json:
            continue
        elif isinstance(step, EvidenceFound):
            _show_evidence(step)
        elif isinstance(step, Token) and sys.stdout.isatty():
            # On a terminal the words appear as they come; the checked answer follows.
            click.echo(_dim(step.text), nl=False)
            streamed = True
    assert answer is not None
    if as_json:
        from archive import forms

        _print_json(forms.answer(answer))
    else:
        if streamed:
            click.echo("\n")
        _show_answer(answer)
    if loading.is_alive():
        # Nothing was found and the model is not loaded yet. Python's clean-up would pull the
        # interpreter from under llama.cpp.
        sys.stdout.flush()
        os._exit(0)


def _show_evidence(found: EvidenceFound) -> None:
    for item in found.evidence:
        click.echo(_dim(f"[{item.n}] {_heading(item.passage)}"))
        click.echo(_dim(f"    {_excerpt(item.text)}"))
    click.echo()


def _show_answer(answer: Answer) -> None:
    click.echo(click.style(_safe(answer.text), bold=True))
    sure = answer.confidence
    if sure.value is not None:
        kind = "" if sure.calibrated else " (uncalibrated)"
        of_what = "that it is not there" if answer.declined else "confident"
        click.echo(f"{sure.value:.0%} {of_what}{kind}. {' '.join(sure.reasons)}")
    for item in answer.citations:
        mark = "" if item.supported or answer.declined else " (does not bear it out)"
        click.echo(f"[{item.n}] “{_excerpt(item.quote)}”{mark}")
        click.echo(f"    {_heading(item.passage)}")
        click.echo(f"    archive show '{_safe(item.passage.id)}'")


@main.command()
@click.argument("citation")
@_json
def show(citation: str, as_json: bool) -> None:
    """Print a document in full. CITATION is its id: a Message-ID, or a path below a source.

    Of a file with several documents, such as a chat, `PATH#LOCATOR` names one.
    """
    document = _open().find_document(citation)
    if as_json:
        from archive import forms

        _print_json(forms.document(document))
        return
    click.echo(f"Title    {_safe(document.title)}")
    if document.people:
        click.echo(f"People   {_safe(', '.join(document.people))}")
    if document.date is not None:
        click.echo(f"Date     {document.date:%Y-%m-%d %H:%M %z}")
    if document.within:
        click.echo(f"Came with {_safe(document.within)}")
    for path, locator in document.places or ((document.path, document.locator),):
        click.echo(f"File     {_safe(f'{path} {locator}'.rstrip())}")
    if document.tags:
        click.echo(f"Tags     {_safe(', '.join(document.tags))}")
    if document.attachments:
        click.echo(f"Attached {_safe(', '.join(document.attachments))}")
    for remark in document.remarks:
        click.echo(f"Note     {_safe(remark)}")
    click.echo()
    from archive.guard import visible

    click.echo(visible(document.text))


# --- upkeep -----------------------------------------------------------------------------------


@main.command()
@_json
def doctor(as_json: bool) -> None:
    """Check that everything is in place, and say what to do where it is not."""
    from archive import forms
    from archive.doctor import examine

    findings = list(examine(_open()))
    if as_json:
        _print_json(
            {
                "schema": forms.SCHEMA,
                "ok": all(item.ok for item in findings),
                "checks": [forms.finding(item) for item in findings],
            }
        )
    else:
        for item in findings:
            click.echo(f"{'ok ' if item.ok else 'BAD'}  {item.name}: {_safe(item.detail)}")
            if item.remedy:
                click.echo(f"     {_safe(item.remedy)}")
    raise SystemExit(0 if all(item.ok for item in findings) else 1)


@main.group()
def models() -> None:
    """List, fetch and choose the models that answer and embed."""


@models.command("list")
@_json
def models_list(as_json: bool) -> None:
    """List the models this program knows and those that are here."""
    from archive import forms
    from archive.models import readable_bytes

    archive = _open()
    here = {item.info.name for item in archive.models.installed()}
    chosen = {archive.settings.models.answer, archive.settings.models.embedder}
    rows = archive.models.known()
    if as_json:
        _print_json(
            {
                "schema": forms.SCHEMA,
                "models": [
                    {
                        "name": item.name,
                        "kind": item.kind,
                        "licence": item.licence,
                        "size_bytes": item.size_bytes,
                        "context_tokens": item.context_tokens,
                        "memory_bytes": item.memory_bytes,
                        "origin": item.origin,
                        "sha256": item.sha256,
                        "installed": item.name in here,
                        "chosen": item.name in chosen,
                    }
                    for item in rows
                ],
            }
        )
        return
    for item in rows:
        mark = "*" if item.name in chosen else "+" if item.name in here else " "
        click.echo(
            f"{mark} {item.name:<30} {item.kind:<9} {readable_bytes(item.size_bytes):>8}  "
            f"needs {readable_bytes(item.memory_bytes):>8}  {item.licence:<11} {item.summary}"
        )
    click.echo("* chosen, + here", err=True)


@models.command()
@click.argument("specs", metavar="MODEL…", nargs=-1)
@click.option("--defaults", is_flag=True, help="All that a fresh archive needs.")
def pull(specs: tuple[str, ...], defaults: bool) -> None:
    """Fetch models and check them: the only command that uses the network.

    MODEL is a name from `archive models list`, hf:OWNER/REPO for an embedder,
    hf:OWNER/REPO/FILE.gguf for a language model, or a path.
    """
    from archive.models import DEFAULTS
    from tui.progress import PullBar

    wanted = [*specs, *(DEFAULTS.values() if defaults else ())]
    if not wanted:
        raise click.UsageError("Name a model, or say --defaults.")
    archive = _open()
    for spec in wanted:
        with PullBar() as bar:
            model = archive.models.pull(spec, on_progress=bar.show)
        click.echo(f"{model.info.name}: here and checked ({model.info.licence})")


@models.command()
@click.argument("name")
def use(name: str) -> None:
    """Answer (or embed) with another model from now on."""
    from archive.settings import set_value

    archive = _open()
    model = archive.models.get(name)
    if model.info.kind == "language":
        raise click.UsageError(f"{name} is used by itself; there is nothing to choose.")
    if model.info.kind == "llm":
        archive.models.check_memory(name, archive.settings.models.context_tokens)
    key = "answer" if model.info.kind == "llm" else "embedder"
    set_value(archive.paths.config_file, "models", key, name)
    click.echo(f"{name} is now the {'language model' if key == 'answer' else 'embedder'}.")
    if key == "embedder":
        click.echo("Run `archive sync` to embed your archive with it.")


@main.command("eval")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--records",
    required=True,
    type=click.Path(path_type=Path),
    help="Where the records go, a line a question. A stopped run goes on.",
)
@click.option("--limit", type=click.IntRange(1), help="Only the first so many questions.")
@click.option("--retrieval-only", is_flag=True, help="Search, but do not ask the model.")
def evaluate(file: Path, records: Path, limit: int | None, retrieval_only: bool) -> None:
    """Ask every question of a JSONL file and record what comes back."""
    from archive.evaluate import run
    from tui.progress import CountBar

    with CountBar("questions") as bar:
        asked = run(
            _open(), file, records, limit=limit, retrieval_only=retrieval_only, on_done=bar.show
        )
    click.echo(f"{asked} questions asked; the records are in {records}", err=True)


# --- text -------------------------------------------------------------------------------------


def _safe(text: str) -> str:
    from archive.guard import one_line

    return one_line(text)


def _heading(passage: Passage) -> str:
    from archive.answer import header

    return header(passage) or _safe(passage.id)


def _excerpt(text: str, width: int = 160) -> str:
    line = _safe(text)
    return line if len(line) <= width else line[: width - 1].rsplit(" ", 1)[0] + "…"


def _dim(text: str) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, dim=True)
