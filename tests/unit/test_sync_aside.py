"""A sync in a process of its own: its report, its errors, and being stopped."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from archive.aside import SyncFailed, sync_aside
from archive.paths import Paths
from archive.service import Archive
from index.sync import Progress

MAIL = """\
From anna@example.org Mon May  1 10:00:00 2023
From: Anna <anna@example.org>
Subject: The wharf
Date: Mon, 1 May 2023 10:00:00 +0200
Message-ID: <1@example.org>

The wharf is repaired in October.
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.find({"HOME": str(tmp_path), "ARCHIVE_HOME": str(tmp_path / "home")})


def never() -> bool:
    return False


def says(*lines: object, then: str = "") -> tuple[str, ...]:
    """A program that says these lines."""
    printed = "".join(f"print({json.dumps(line)!r}, flush=True);" for line in lines)
    return (sys.executable, "-c", f"import sys;{printed}{then}")


def test_what_the_other_process_read_is_found_by_this_one(paths: Paths, tmp_path: Path) -> None:
    (tmp_path / "in.mbox").write_text(MAIL)
    (tmp_path / "no.mbox").write_bytes(b"\x00 this is no mail\n")
    archive = Archive.open({"HOME": str(tmp_path), "ARCHIVE_HOME": str(paths.config)})
    archive.add([tmp_path / "in.mbox", tmp_path / "no.mbox"])
    steps: list[Progress] = []
    report = archive.sync_aside(steps.append, never, embed=False)
    assert report.added == 1
    assert not report.stopped
    assert [Path(one.path).name for one in report.failures] == ["no.mbox"]
    assert report.exit_code == 1
    assert steps[-1].stage
    assert archive.search("wharf").passages
    archive.close()


def test_an_error_comes_back_with_its_remedy_and_code(paths: Paths) -> None:
    error = {"message": "Another sync runs.", "remedy": "Wait for it.", "exit_code": 3}
    with pytest.raises(SyncFailed, match="Another sync runs") as raised:
        sync_aside(paths, lambda _: None, never, program=says({"error": error}))
    assert (raised.value.remedy, raised.value.exit_code) == ("Wait for it.", 3)


def test_one_that_dies_is_told_of(paths: Paths) -> None:
    program = says(then="import os; os.kill(os.getpid(), 9)")
    with pytest.raises(SyncFailed, match="without a report") as raised:
        sync_aside(paths, lambda _: None, never, program=program)
    assert "goes on from there" in raised.value.remedy


def test_it_is_stopped_by_its_input_being_closed(paths: Paths) -> None:
    step = {"stage": "read", "done": 1, "total": 2, "unit": "bytes", "detail": ""}
    report = {
        "added": 1, "changed": 0, "removed": 0, "failed": 0, "duplicates": 0, "chunks": 0,
        "skipped": {}, "seconds": {}, "failures": [], "stopped": True, "repaired": [],
    }  # fmt: skip
    ended = f"sys.stdin.read(); print({json.dumps({'report': report})!r}, flush=True)"
    seen: list[Progress] = []
    program = says({"progress": step}, then=ended)
    found = sync_aside(paths, seen.append, lambda: bool(seen), program=program)
    assert found.stopped
    assert len(seen) == 1
