"""A failpoint kills where it was told to, and nowhere else."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index.failpoint import NAMES

ROOT = Path(__file__).parent.parent.parent
PASSES_TWICE = (
    "from index.failpoint import at; at('file entered'); at('file written');"
    " print('once', flush=True); at('file entered'); print('twice', flush=True)"
)


def run(wanted: str | None) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if k != "LIFE_ARCHIVE_FAILPOINT"}
    if wanted is not None:
        environ["LIFE_ARCHIVE_FAILPOINT"] = wanted
    return subprocess.run(
        [sys.executable, "-c", PASSES_TWICE],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("file entered:1", ""), ("file entered:2", "once\n"), ("file written:1", "")],
)
def test_it_kills_at_the_pass_that_was_named(wanted: str, said: str) -> None:
    ended = run(wanted)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == said


@pytest.mark.parametrize(
    "wanted", [None, "", "file entered", "file entered:", "file entered:3", "entered:1"]
)
def test_it_lets_everything_else_pass(wanted: str | None) -> None:
    ended = run(wanted)
    assert (ended.returncode, ended.stdout) == (0, "once\ntwice\n")


def test_every_name_in_the_code_is_listed_and_none_twice() -> None:
    named = {
        name
        for path in (ROOT / "index").glob("*.py")
        for name in re.findall(r'\bat\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert named <= set(NAMES)
    assert len(NAMES) == len(set(NAMES))
