"""Man pages from the same help that `--help` prints: one for each command.

    python -m docs.make_man [DIR]    writes DIR/archive.1, DIR/archive-sync.1 …; or to build/man

Written here because the help's own marks (blocks that stay as they are, exit codes) are to look
right, and it takes a page of code and no dependency.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from archive import __version__
from docs.make_reference import records
from tui.cli import main as cli
from tui.commands.completing import commands as every_command

ROOT = Path(__file__).parent.parent


def pages() -> Iterator[tuple[str, str]]:
    """The name of each page's file, and its text."""
    yield "archive.1", _page("archive", cli)
    for name, command in every_command(cli):
        full = f"archive {name}"
        yield f"{full.replace(' ', '-')}.1", _page(full, command)


def _page(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name, help_option_names=["-h", "--help"])
    usage = " ".join(command.collect_usage_pieces(context))
    dashed = name.replace(" ", "-")
    about = command.get_short_help_str(limit=200).rstrip(".")
    lines = [
        f'.TH "{dashed.upper()}" "1" "{date.today():%Y-%m-%d}" "Life Archive {__version__}"',
        ".nh",  # words of a command line are not parted, nor set apart to fill a line
        ".ad l",
        ".SH NAME",
        f"{_text(dashed)} \\- {_text(about)}",
        ".SH SYNOPSIS",
        f".B {_text(name)}",
        _text(usage),
        ".SH DESCRIPTION",
        *_body(command.help or ""),
    ]
    if options := list(records(command, context)):
        lines.append(".SH OPTIONS")
        for option, said in options:
            lines += [".TP", f"\\fB{_text(option)}\\fR", _text(" ".join(said.split()))]
    if isinstance(command, click.Group):
        lines.append(".SH COMMANDS")
        for sub, child in command.commands.items():
            lines += [
                ".TP",
                f"\\fB{_text(dashed)}\\-{_text(sub)}\\fR(1)",
                _text(child.get_short_help_str(limit=200)),
            ]
    lines += _epilog(command.epilog or "")
    if command is not cli:
        above = dashed.rpartition("-")[0]
        lines += [".SH SEE ALSO", f".BR {_text(above)} (1)"]
    return "\n".join(lines) + "\n"


def _body(help_text: str) -> Iterator[str]:
    for part in help_text.split("\n\n"):
        lines = part.strip("\n").splitlines()
        if lines and lines[0].strip() == "\b":
            yield from (".PP", ".nf", *map(_text, lines[1:]), ".fi")
        elif lines:
            yield from (".PP", _text(" ".join(line.strip() for line in lines)))


def _epilog(text: str) -> Iterator[str]:
    """Exit codes, files, operators, each under a heading of its own."""
    for part in text.split("\n\n"):
        lines = [line for line in part.splitlines() if line.strip() and line.strip() != "\b"]
        if lines:
            yield f".SH {_text(lines[0].strip().rstrip(':').upper())}"
            yield from (".nf", *map(_text, lines[1:]), ".fi")


def _text(text: str) -> str:
    """Text that roff takes as text: backslashes, hyphens, and dots that begin a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text


def main() -> None:
    """Write every page."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "man"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
