"""Completions for the shell: commands and options, operators, people, sources, models.

`archive completion bash` prints a script that asks this program for every Tab, by click's own
protocol. What is offered is read straight from the catalog, for reading only and without what
an archive loads otherwise: a Tab takes about 0.1 s, and one that finds nothing says nothing.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from click.shell_completion import (
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
)

from tui.commands import bash
from tui.completion import word_at

OPERATORS = {
    "from": "what this person wrote",
    "to": "what came to this person",
    "cc": "what this person got a copy of",
    "with": "what this person takes part in",
    "subject": "a word of the title",
    "in": "a folder or label",
    "after": "written after a day, month or year",
    "before": "written before it",
    "on": "written on this day",
    "during": "written within a month, year or span",
    "has": "has:attachment, with files",
    "kind": "mail, note, chat, file, pdf …",
    "tag": "a tag",
}
"""Every search operator, with what it demands of what is found."""

_PEOPLE = ("from", "to", "cc", "with")
_MOST = 30
_LOOKED_AT = 300
_PATIENCE_S = 0.1

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


class _WholeWord(ShellComplete):
    """For shells that put what is offered in place of all of `--with=VALUE`."""

    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """What is complete, and what is not; of that, the option stays."""
        args, begun = super().get_completion_args()
        option, equals, _ = begun.partition("=")
        self._before = option + equals if equals and option.startswith("-") else ""
        return args, begun

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """With the option before the value; files are the shell's own to find."""
        if self._before and item.type == "plain":
            item = CompletionItem(self._before + item.value, help=item.help)
        return super().format_completion(item)


class Zsh(_WholeWord, ZshComplete):
    """Completing in zsh."""


class Fish(_WholeWord, FishComplete):
    """Completing in fish."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes `archive` on Tab.

    \b
    bash  archive completion bash > ~/.local/share/bash-completion/completions/archive
    zsh   archive completion zsh > ~/.zfunc/_archive   (a folder in your fpath)
    fish  archive completion fish > ~/.config/fish/completions/archive.fish
    """
    if shell == "bash":
        click.echo(bash.SCRIPT, nl=False)
        return
    kind = get_completion_class(shell)
    assert kind is not None
    group = click.get_current_context().find_root().command
    script = kind(group, {}, "archive", "_ARCHIVE_COMPLETE").source()
    # Click's script for fish takes a comma in a description for its end.
    click.echo(script.replace('string split ","', 'string split --max 1 ","'))


def queries(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Operators, and what may stand after them: of the last word, if several are quoted."""
    at = word_at(begun)
    minus = "-" if begun[at:].startswith("-") else ""
    before = begun[:at] + minus
    name, colon, value = begun[len(before) :].partition(":")
    if not colon:
        return [
            CompletionItem(f"{before}{one}:", help=means)
            for one, means in OPERATORS.items()
            if one.startswith(name.lower())
        ]
    return [
        CompletionItem(f"{before}{name}:{item.value}", help=item.help)
        for item in _values(name.lower(), value)
    ]


def _values(operator: str, begun: str) -> list[CompletionItem]:
    if operator in _PEOPLE and begun.startswith('"'):
        # As in 'with:"Tom Lee"'; between the shell's own double quotes it would end them.
        found = _names(begun[1:]) if _open_quote() == "'" else []
        return [CompletionItem(f'"{one.value}"', help=one.help) for one in found]
    if operator in _PEOPLE:
        return _addresses(begun)
    if operator == "has":
        return [CompletionItem("attachment")] if "attachment".startswith(begun) else []
    if operator == "kind":
        from index.filters import KINDS

        return [CompletionItem(kind) for kind in KINDS if kind.startswith(begun.lower())]
    return []


def people(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Addresses of people whose address or a word of whose name begins so; in quotes, names."""
    return (_names(begun) if _open_quote() else []) or _addresses(begun)


def _names(begun: str) -> list[CompletionItem]:
    """Names that begin so, spaces and all."""
    found: dict[str, str] = {}
    for name, address in _called(begun):
        if name.lower().startswith(begun.lower()) and _harmless(name, quoted=True):
            found.setdefault(name, address)
    shown = list(found.items())[:_MOST]
    return [CompletionItem(name, help=_plain(address or "") or None) for name, address in shown]


def _addresses(begun: str) -> list[CompletionItem]:
    found: dict[str, str] = {}
    for name, address in _called(begun):
        # A name without an address, in a chat, is of use where the shell needs no quotes.
        if value := address or (name if name.isalnum() else ""):
            found.setdefault(value, name)
    offered = {value: name for value, name in found.items() if _harmless(value)}
    # Shells expect that what is offered begins as what is typed. What does not is offered
    # where it is the only one, so that a surname becomes an address.
    begin_so = [value for value in offered if value.lower().startswith(begun.lower())]
    chosen = begin_so or (list(offered) if len(offered) == 1 else [])
    return [CompletionItem(one, help=_plain(offered[one]) or None) for one in chosen[:_MOST]]


def _called(begun: str) -> list[sqlite3.Row]:
    """Name and address of whom that may begin to name, who is in most messages first."""
    like = begun.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    return _rows(
        "SELECT name, address FROM (SELECT id, name, address FROM identity"
        r" WHERE address LIKE ?1 ESCAPE '\' OR name LIKE ?1 ESCAPE '\'"
        r" OR name LIKE '% ' || ?1 ESCAPE '\' LIMIT ?2) i"
        " ORDER BY (SELECT count(*) FROM participant WHERE identity_id = i.id) DESC",
        like,
        _LOOKED_AT,
    )


def added(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """The paths that were added."""
    paths = (str(row[0]) for row in _rows("SELECT path FROM source ORDER BY path"))
    return [CompletionItem(path) for path in paths if path.startswith(begun) and _one(path)]


def models(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Names of known and of installed models, also the last of several between commas."""
    from archive.models.registry import REGISTRY
    from archive.paths import Paths

    names = {recipe.info.name for recipe in REGISTRY}
    with contextlib.suppress(OSError):
        names |= {one.parent.name for one in Paths.find().models.glob("*/manifest.json")}
    before, comma, last = begun.rpartition(",")
    fit = sorted(name for name in names if name.startswith(last.lower()) and _harmless(name))
    return [CompletionItem(before + comma + name) for name in fit]


_COMPLETERS: dict[tuple[str, str], Completer] = {
    ("search", "query"): queries,
    ("ask", "question"): queries,
    ("forget", "senders"): people,
    ("remove", "path"): added,
    ("people list", "name"): people,
    ("people merge", "one"): people,
    ("people merge", "other"): people,
    ("people split", "address"): people,
    ("people me", "address"): people,
    ("models pull", "specs"): models,
    ("models use", "name"): models,
    ("eval", "names"): models,
    ("calibrate", "name"): models,
    ("summarize", "query"): queries,
    ("summarize", "people"): people,
    ("timeline", "query"): queries,
}
"""By command and parameter."""


def attach(group: click.Group) -> None:
    """Have the parameters of a group's commands complete what only the archive knows."""
    for kind in (bash.Bash, Zsh, Fish):
        add_completion_class(kind)
    for name, command in commands(group):
        for parameter in command.params:
            if completer := _COMPLETERS.get((name, parameter.name or "")):
                parameter._custom_shell_complete = completer  # click offers no other way later


def commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group with its full name, groups first."""
    for name, command in group.commands.items():
        yield above + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")


def _rows(sql: str, *values: object) -> list[sqlite3.Row]:
    """Rows of the catalog; none if there is none, or if it is busy or damaged."""
    from archive.paths import Paths

    catalog = Paths.find().catalog
    try:
        db = sqlite3.connect(_read_only(catalog), uri=True, timeout=_PATIENCE_S)
        with contextlib.closing(db):
            return db.execute(sql, values).fetchall()
    except sqlite3.Error:
        return []


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


def _open_quote() -> str:
    """The mark within which the shell's line ends, where a name may have spaces."""
    return bash.cut(os.environ.get("COMP_WORDS", "")).quote


def _harmless(value: str, *, quoted: bool = False) -> bool:
    """Whether a shell takes the value as one word and nothing else: addresses are foreign."""
    signs = "@.-_+=/: " if quoted else "@.-_+=/:"
    return all(char.isalnum() or char in signs for char in value) and value[:1] != "-"


def _one(value: str) -> bool:
    return value.isprintable() and "\n" not in value


def _plain(value: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())
