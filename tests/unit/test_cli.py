"""The command line as scripts see it: forms, exit codes, and what it does not import."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.conftest import ROOT
from tui.cli import main


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_the_command_line_starts_without_a_heavy_library() -> None:
    code = (
        "import sys, tui.cli\n"
        "heavy = {'torch', 'textual', 'chromadb', 'llama_cpp', 'numpy', 'onnxruntime',"
        " 'unstructured', 'sentence_transformers', 'llama_index', 'mcp'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert out.stdout.strip() == "[]"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "/nowhere/at/all"], 2, "There is no /nowhere/at/all."),
        (["remove", "/nowhere"], 2, "is not one of your sources"),
        (["sync"], 2, "Nothing was added yet."),
        (["ask", "Who?"], 2, "Nothing was added yet."),
        (["show", "<nobody@example.org>"], 2, "There is no document"),
        (["models", "use", "no-such-model"], 6, "no-such-model"),
        (["models", "pull"], 2, "Name a model"),
        (["frobnicate"], 2, "No such command"),
        (["eval", "/nowhere.jsonl", "--records", "/tmp/x"], 2, "/nowhere.jsonl"),
    ],
)
def test_an_expected_error_is_a_line_a_remedy_and_an_exit_code(
    words: list[str], code: int, said: str
) -> None:
    exit_code, _, error = run(*words)
    assert exit_code == code
    assert said in error
    assert "Traceback" not in error


def test_a_wrong_setting_stops_every_command(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("[modles]\n")
    exit_code, _, error = run("status")
    assert exit_code == 2
    assert "Did you mean [models]?" in error


def test_a_bug_is_named_and_its_traceback_kept_in_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archive.service import Archive

    def broken(self: Archive) -> object:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(Archive, "status", broken)
    exit_code, _, error = run("status")
    assert exit_code == 5
    assert "this is a bug: ZeroDivisionError" in error
    assert "Traceback" in (home / "state" / "archive.log").read_text()


def test_sources_and_status_as_data(home: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# Hello\n")
    assert run("add", str(note))[0] == 0
    listed = json.loads(run("sources", "--json")[1])
    assert listed["schema"] == 1
    assert [item["path"] for item in listed["sources"]] == [str(note)]
    state = json.loads(run("status", "--json")[1])
    assert {"documents", "chunks", "embedded", "last_sync", "failures", "sources"} <= set(state)
    assert run("remove", str(note))[0] == 0
    assert json.loads(run("sources", "--json")[1])["sources"] == []


def test_every_command_has_a_line_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert isinstance(main, click.Group)
    forgotten = [name for name in main.commands if f"archive {name}" not in readme]
    assert forgotten == []


def test_every_exit_code_is_documented() -> None:
    from ingest.errors import LifeArchiveError

    def codes(kind: type[LifeArchiveError]) -> set[int]:
        return {kind.exit_code}.union(*(codes(sub) for sub in kind.__subclasses__()))

    for module in ("archive.models", "archive.service", "archive.llm", "index.sync"):
        importlib.import_module(module)
    help_text = run("--help")[1]
    missing = [
        code
        for code in codes(LifeArchiveError)
        if not re.search(rf"^\s+{code}  \w", help_text, re.MULTILINE)
    ]
    assert missing == []
