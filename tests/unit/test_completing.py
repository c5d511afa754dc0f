"""Completions for the shell: every operator, the archive's own names, and nothing dangerous."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete, get_completion_class
from click.testing import CliRunner

from index import operators
from index.catalog import Catalog
from tui.cli import main
from tui.commands.bash import Line, cut
from tui.commands.completing import _COMPLETERS, OPERATORS, _harmless, commands


def offered(*words: str) -> list[str]:
    """What is offered for the last word."""
    shell = ShellComplete(main, {}, "archive", "_ARCHIVE_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.fixture
def filled(home: Path) -> Path:
    (home / "data").mkdir(parents=True)
    catalog = Catalog(home / "data" / "catalog.sqlite")
    catalog.add_source(Path("/home/me/Mail"))
    with catalog.transaction() as db:
        db.executemany(
            "INSERT INTO identity(name, address) VALUES (?, ?)",
            [
                ("Kate Hill", "kate@example.org"),
                ("Karl", "karl@example.org"),
                ("Zoe Kaplan", "z@example.org"),
                ("Evil", "kate;rm -rf@example.org"),
                ("Percent", "a%b@example.org"),
            ],
        )
    catalog.close()
    return home


def test_every_operator_is_known() -> None:
    names = set(
        operators._OPERATOR.pattern.partition("(?P<name>")[2].partition(")")[0].split("|")
    )
    assert set(OPERATORS) == names


def test_operators_complete_also_with_a_minus() -> None:
    assert offered("search", "f") == ["from:"]
    assert offered("search", "--", "-o") == ["-on:"]
    assert "spreadsheet" in [one.removeprefix("kind:") for one in offered("search", "kind:s")]
    assert offered("search", "has:") == ["has:attachment"]


@pytest.mark.usefixtures("filled")
def test_people_complete_by_address_and_a_single_one_by_name() -> None:
    assert set(offered("search", "from:ka")) == {
        "from:kate@example.org",
        "from:karl@example.org",
    }
    assert offered("people", "merge", "kap") == ["z@example.org"]
    assert offered("search", "with:%") == []
    assert offered("people", "split", "kate") == ["kate@example.org"]


def test_what_is_completed_is_there() -> None:
    known = {(name, one.name) for name, command in commands(main) for one in command.params}
    assert set(_COMPLETERS) - known == set()


@pytest.mark.usefixtures("filled")
def test_sources_and_models_complete() -> None:
    assert offered("remove", "/home/me") == ["/home/me/Mail"]
    assert "qwen2.5-coder-1.5b-instruct" in offered("models", "use", "qwen2.5-c")
    assert all(one.startswith("a,qwen") for one in offered("eval", "--models", "a,qwen"))


@pytest.mark.usefixtures("home")
def test_without_an_archive_nothing_is_offered_and_nothing_is_made() -> None:
    assert offered("search", "from:ka") == []
    assert not Path(os.environ["ARCHIVE_HOME"]).exists()


@pytest.mark.parametrize("value", ["$(x)@y", "a b@c", "`x`", "-x@y", "a\nb", "a;b"])
def test_what_a_shell_would_read_otherwise_is_not_offered(value: str) -> None:
    assert not _harmless(value)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_ARCHIVE_COMPLETE" in result.stdout
    if found := shutil.which(shell):
        check = [found, "-n"] if shell != "fish" else [found, "--no-execute"]
        subprocess.run(check, input=result.stdout, text=True, check=True)


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("archive search from:kat", ["kate@example.org"]),
        ("archive search from:kate@ex", ["@example.org"]),
        ("archive search --limit 3 'mast from:kat", ["mast from:kate@example.org"]),
        ("archive search 'with:\"Zo", ['with:"Zoe Kaplan"']),
        ('archive summarize --with "Ka', ["Karl", "Kate Hill"]),
        ('archive summarize --with "Zoe K', ["Zoe Kaplan"]),
        ("archive summarize --with Zoe", ["z@example.org"]),
        ("archive summarize --with=kat", ["kate@example.org"]),
        ('archive summarize --with "Zoe Kaplan" --form pa', ["paragraph"]),
    ],
)
@pytest.mark.usefixtures("filled")
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_is_offered_what_replaces_its_own_word(
    line: str, offers: list[str], tmp_path: Path
) -> None:
    program = tmp_path / "archive"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tui "$@"\n')
    program.chmod(0o755)
    script = CliRunner().invoke(main, ["completion", "bash"]).stdout
    out = subprocess.run(
        [
            "bash",
            "-c",
            f"{script}\nCOMP_LINE=$1 COMP_POINT=${{#1}}\n"
            '_archive_completion "$2"; printf "%s\\n" "${COMPREPLY[@]}"',
            "bash",
            line,
            str(program),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COMP_WORDBREAKS": " \t\n\"'@><=;|&(:"},
    )
    assert sorted(out.stdout.splitlines()) == offers


@pytest.mark.parametrize(("shell", "word"), [("zsh", "2"), ("fish", "--with=kat")])
@pytest.mark.usefixtures("filled")
def test_zsh_and_fish_are_offered_the_value_with_its_option(
    shell: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMP_WORDS", "archive summarize --with=kat")
    monkeypatch.setenv("COMP_CWORD", word)
    kind = get_completion_class(shell)
    assert kind is not None
    offers = kind(main, {}, "archive", "_ARCHIVE_COMPLETE").complete()
    assert "--with=kate@example.org" in offers.replace("\n", ",").replace("\t", ",").split(",")
    monkeypatch.setenv("COMP_WORDS", "archive summarize from:kat")
    monkeypatch.setenv("COMP_CWORD", "2" if shell == "zsh" else "from:kat")
    offers = kind(main, {}, "archive", "_ARCHIVE_COMPLETE").complete()
    assert "=" not in offers


@pytest.mark.parametrize(
    ("line", "words", "begun", "done", "quote"),
    [
        ("a b", ("a",), "b", 0, ""),
        ("a b ", ("a", "b"), "", 0, ""),
        ('a "b c', ("a",), "b c", 0, '"'),
        ("a 'b c' d", ("a", "b c"), "d", 0, ""),
        ("a '' d", ("a", ""), "d", 0, ""),
        ('a with:"b c', ("a",), "with:b c", 5, '"'),
        ("a with:b", ("a",), "with:b", 5, ""),
        ("a b@c", ("a",), "b@c", 1, ""),
        (r"a b\ c", ("a",), "b c", 0, ""),
        (r'a "b\"c', ("a",), 'b"c', 0, '"'),
    ],
)
def test_a_line_is_cut_as_the_shell_cuts_it(
    line: str, words: tuple[str, ...], begun: str, done: int, quote: str
) -> None:
    assert cut(line, " \"'@:") == Line(words, begun, done, quote)
