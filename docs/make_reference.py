"""The reference pages, written from the program itself: commands, settings, operators, keys.

    python -m docs.make_reference            write docs/reference/*.md
    python -m docs.make_reference --check    say which page is out of date; exit 1 if one is

A test does the latter, so a command or a setting that was forgotten here cannot be.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive import settings
from index.filters import KINDS
from tui.cli import main as cli
from tui.commands.completing import OPERATORS
from tui.commands.completing import commands as every_command

if TYPE_CHECKING:
    from textual.binding import Binding

PAGES = Path(__file__).parent / "reference"
_MADE = "<!-- Made by `make reference`; edits are lost. -->\n"


def commands() -> str:
    """Every command with its usage, its help and its options."""
    text = "# Commands\n\n"
    text += "The text is that of `archive COMMAND --help`. "
    text += "`archive completion` completes them on Tab, `make man` writes man pages.\n"
    text += "\n" + _command("archive", cli)
    for name, command in every_command(cli):
        text += _command(f"archive {name}", command)
    return text


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, help_option_names=["-h", "--help"])
    usage = " ".join(command.collect_usage_pieces(context))
    text = f"## {name}\n\n```\n{name} {usage}\n```\n\n{paragraphs(command.help or '')}\n"
    options = list(records(command, context))
    if options:
        text += "\n| option | what it does |\n|---|---|\n"
        text += "".join(f"| `{_cell(option)}` | {_cell(said)} |\n" for option, said in options)
    if command.epilog:
        text += f"\n{paragraphs(command.epilog)}\n"
    return text + "\n"


def records(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each option that `--help` shows, and what it says of it."""
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and (
            record := parameter.get_help_record(context)
        ):
            # Click keeps the help option as it was when the command was first called, which
            # may have been without the group that adds `-h`.
            yield ("-h, --help", record[1]) if "--help" in parameter.opts else record


def paragraphs(help_text: str) -> str:
    """Help as Markdown: what click leaves as it is becomes a block of code."""
    parts = []
    for part in help_text.replace("\r", "").split("\n\n"):
        lines = part.strip("\n").splitlines()
        if lines and lines[0].strip() == "\b":
            parts.append("```\n" + "\n".join(lines[1:]) + "\n```")
        else:
            parts.append(" ".join(line.strip() for line in lines))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def config() -> str:
    """Every setting with its default and the words beside it in archive/settings.py."""
    said = _docstrings(Path(settings.__file__))
    text = "# Settings\n\n"
    text += "`config.toml`, in `~/.config/life-archive` or in `ARCHIVE_HOME`. "
    text += "No file is needed. A misspelt name is an error that says the line.\n"
    default = settings.Settings()
    for part in fields(default):
        value = getattr(default, part.name)
        if not is_dataclass(value):
            text += f"\n## [{part.name}]\n\n{said['Settings'].get(part.name, '')}\n"
            continue
        kind = type(value).__name__
        about = said[kind][""].partition(": ")[2]
        text += f"\n## [{part.name}]\n\n{about[:1].upper()}{about[1:]}\n\n"
        text += "| setting | default | |\n|---|---|---|\n"
        for item in fields(value):
            set_to = getattr(value, item.name)
            # JSON writes texts, numbers and lists as TOML does.
            shown = json.dumps(list(set_to) if isinstance(set_to, tuple) else set_to)
            text += f"| `{item.name}` | `{shown}` | {_cell(said[kind].get(item.name, ''))} |\n"
    return text


def _docstrings(path: Path) -> dict[str, dict[str, str]]:
    """By class: its docstring under "", and that of each attribute under its name."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        said = found[node.name] = {"": (ast.get_docstring(node) or "").split("\n\n")[0]}
        for before, after in zip(node.body, node.body[1:], strict=False):
            if (
                isinstance(before, ast.AnnAssign)
                and isinstance(before.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                said[before.target.id] = str(after.value.value)
    return found


def operators() -> str:
    """Every search operator."""
    text = "# Search operators\n\n"
    text += "They work in `archive search`, in `archive ask`, and in the app.\n\n"
    text += "| operator | leaves only |\n|---|---|\n"
    text += "".join(f"| `{name}:` | {_cell(means)} |\n" for name, means in OPERATORS.items())
    text += '| `"…"` | what says just that |\n'
    text += f"\n`kind:` knows {', '.join(f'`{kind}`' for kind in KINDS)}.\n\n"
    text += (
        "Several values of one operator mean any of them (`from:kate,tom`); different operators"
        " must all hold; a minus takes away (`-in:Archive`). A value with spaces stands in"
        ' quotes (`with:"Kate Hill"`). A day, month or year is written `2004-03-05`, `2004-03`,'
        " `2004`, a span `2004-03..2004-05`; words like `last summer` are understood.\n"
    )
    return text


def keys() -> str:
    """Every key of the app, from its bindings, with the name that `[keys]` knows it by."""
    from textual.app import App

    from tui.app import places
    from tui.keys import bindings, keys_of

    shown = App[None]()
    text = "# Keys of the app\n\n"
    text += "`?` shows them in the app. A key with a name can be given another in "
    text += '`config.toml`: `[keys]`, `"search" = "ctrl+k"`.\n'
    for place in places():
        rows = [one for one in bindings(place) if one.description and not _repeated(one)]
        if not rows:
            continue
        title = place.BINDING_GROUP_TITLE or place.__name__
        text += f"\n## {title}\n\n| key | what it does | name |\n|---|---|---|\n"
        for one in rows:
            names = [
                shown.get_key_display(one.__class__(key, "", "")) for key in keys_of(one, {})
            ]
            does = _cell(one.tooltip or one.description)
            named = f"`{one.id}`" if one.id else ""
            text += f"| {' or '.join(_cell(name) for name in names)} | {does} | {named} |\n"
    return text


def _repeated(binding: Binding) -> bool:
    """Whether it is one of the keys 2 to 9, which do what 1 does."""
    return binding.action.startswith("open_source") and binding.key != "1"


MADE: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "settings.md": config,
    "operators.md": operators,
    "keys.md": keys,
}
"""Every page that is made, and what makes it."""


def outdated() -> list[str]:
    """Names of pages that do not say what the program says."""
    return [
        name
        for name, make in MADE.items()
        if not (PAGES / name).exists()
        or (PAGES / name).read_text(encoding="utf-8") != page(make)
    ]


def page(make: Callable[[], str]) -> str:
    """A whole page."""
    title, _, rest = make().partition("\n")
    return f"{title}\n\n{_MADE}{rest.rstrip()}\n"


def main() -> int:
    """Write the pages, or check them."""
    if "--check" in sys.argv[1:]:
        old = outdated()
        if old:
            sys.stderr.write(f"Out of date: {', '.join(old)}. Run: make reference\n")
        return 1 if old else 0
    PAGES.mkdir(exist_ok=True)
    for name, make in MADE.items():
        (PAGES / name).write_text(page(make), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
