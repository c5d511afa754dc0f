"""The reader's child process: a file that hangs or kills it costs that file only."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import isolated, office
from ingest.document import Document, ParseFailure

ROOT = Path(__file__).parents[2]

PARSERS = """
import os, signal, subprocess, time
from ingest.document import Skipped

told = None

def configure(value):
    global told
    told = value

def good(path):
    print("noise on the pipe")
    os.system("echo noise of a program")
    yield Skipped(path=path, reason=f"{told}", locator=str(os.getpid()))

def hang(path):
    started = subprocess.Popen(["sleep", "60"])
    path.write_text(str(started.pid))
    time.sleep(60)
    yield

def crash(path):
    os.kill(os.getpid(), signal.SIGSEGV)
    yield

def greedy(path):
    yield bytearray(64 << 30)

def missing(path):
    yield path.read_bytes()

def wrong(path):
    raise ValueError("a mistake of ours")
    yield
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "odd_parsers.py").write_text(PARSERS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(isolated, "START_S", 0.5)
    isolated.close()
    yield tmp_path / "file"
    isolated.close()


def run(name: str, path: Path, limit_s: float = 20) -> list[isolated.Item]:
    found = isolated.run(f"odd_parsers:{name}", path, limit_s=limit_s, settings=("told",))
    return list(found)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_ends(pid: int) -> None:
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(pid)


def pid_of(item: isolated.Item) -> int:
    assert not isinstance(item, Document)
    return int(item.locator)


def test_what_is_printed_there_does_not_disturb_and_one_child_reads_all(path: Path) -> None:
    first, second = run("good", path) + run("good", path)
    assert first == second
    assert not isinstance(first, Document)
    assert first.reason == "told"
    assert pid_of(first) != os.getpid()


def test_a_file_that_hangs_is_given_up_with_all_that_was_started_for_it(path: Path) -> None:
    began = time.monotonic()
    (found,) = run("hang", path, limit_s=1)
    assert time.monotonic() - began < 10
    assert isinstance(found, ParseFailure)
    assert found.reason == "took longer than 1 s to read"
    assert_ends(int(path.read_text()))
    assert len(run("good", path)) == 1


def test_the_first_file_of_each_kind_has_time_to_import_its_parser(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "START_S", 20.0)
    late = "import time; time.sleep(0.6)\ndef read(path):\n    return []\n"
    path.with_name("late_parsers.py").write_text(late)
    assert len(run("good", path)) == 1
    assert list(isolated.run("late_parsers:read", path, limit_s=0.3)) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("crash", "made the reader crash"), ("greedy", "needs more than 4 GB of memory to read")],
)
def test_a_file_that_kills_the_reader_is_a_failure_and_the_next_is_read(
    path: Path, name: str, reason: str
) -> None:
    (found,) = run(name, path)
    assert isinstance(found, ParseFailure)
    assert found.reason == reason
    assert len(run("good", path)) == 1


def test_an_unreadable_file_raises_oserror(path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error:
        run("missing", path)
    assert error.value.filename == str(path)


def test_a_mistake_of_ours_keeps_its_traceback(path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"odd_parsers.py(.|\n)*a mistake of ours"):
        run("wrong", path)


def test_closing_ends_the_child_and_may_be_done_twice(path: Path) -> None:
    pid = pid_of(run("good", path)[0])
    office.close()
    office.close()
    assert_ends(pid)
    assert pid_of(run("good", path)[0]) != pid


def test_a_child_without_work_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "IDLE_S", 0.1)
    assert_ends(pid_of(run("good", path)[0]))


def test_it_ends_with_its_parent(path: Path) -> None:
    code = (
        "import os, sys, pathlib\nfrom ingest import isolated\n"
        "item, = isolated.run('odd_parsers:good', pathlib.Path('x'), limit_s=20)\n"
        "print(item.locator, flush=True)\nos._exit(1)"  # no clean-up, as when it is killed
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{path.parent}"},
    )
    assert_ends(int(done.stdout))
