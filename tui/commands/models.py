"""The models that answer and embed."""

from __future__ import annotations

import click

from tui.commands.common import json_option, open_archive, print_json, safe


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check that everything is in place, and say what to do where it is not."""
    from archive import forms
    from archive.doctor import examine

    findings = list(examine(open_archive()))
    if as_json:
        print_json(
            {
                "schema": forms.SCHEMA,
                "ok": all(item.ok for item in findings),
                "checks": [forms.finding(item) for item in findings],
            }
        )
    else:
        for item in findings:
            click.echo(f"{'ok ' if item.ok else 'BAD'}  {item.name}: {safe(item.detail)}")
            if item.remedy:
                click.echo(f"     {safe(item.remedy)}")
    raise SystemExit(0 if all(item.ok for item in findings) else 1)


@click.group()
def models() -> None:
    """List, fetch and choose the models that answer and embed."""


@models.command("list")
@json_option
def models_list(as_json: bool) -> None:
    """List the models this program knows and those that are here."""
    from archive import forms
    from archive.models import readable_bytes

    archive = open_archive()
    here = {item.info.name for item in archive.models.installed()}
    chosen = {archive.settings.models.answer, archive.settings.models.embedder}
    rows = archive.models.known()
    if as_json:
        print_json(
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
@click.argument("specs", metavar="MODEL...", nargs=-1)
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
    archive = open_archive()
    for spec in wanted:
        with PullBar() as bar:
            model = archive.models.pull(spec, on_progress=bar.show)
        click.echo(f"{model.info.name}: here and checked ({model.info.licence})")


@models.command()
@click.argument("name")
def use(name: str) -> None:
    """Answer (or embed) with another model from now on."""
    from archive.settings import set_value

    archive = open_archive()
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
