"""What the nightly sync says, and the log it writes with others."""

from __future__ import annotations

import logging
import multiprocessing
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from archive import nightly
from archive.log import (
    SharedRotatingHandler,
    last_run,
    start_logging,
    sync_line,
    trouble_line,
)
from index.lock import SyncRunning
from index.stored import FailureRow
from index.sync import SyncReport
from ingest.errors import LifeArchiveError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def report(
    *,
    added: int = 0,
    changed: int = 0,
    removed: int = 0,
    unread: tuple[str, ...] = (),
    seconds: float = 41.2,
    stopped: bool = False,
) -> SyncReport:
    failures = tuple(
        FailureRow(source="/mail", path=path, locator=f"byte {number}", reason="damaged")
        for number, path in enumerate(unread)
    )
    return SyncReport(
        added=added,
        changed=changed,
        removed=removed,
        failed=len(failures),
        duplicates=0,
        chunks=added * 2,
        skipped={},
        seconds={"total": seconds},
        failures=failures,
        stopped=stopped,
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (report(), ""),
        (report(added=1204, changed=3, removed=9), ""),
        (
            report(added=1204, unread=("/a", "/b", "/c")),
            "Life Archive: 3 files unread, 1,204 documents added in 41 s; "
            "details: archive failures",
        ),
        (
            report(unread=("/a",), seconds=200),
            "Life Archive: 1 file unread, nothing new in 3 min; details: archive failures",
        ),
        (
            report(changed=1, unread=("/inbox", "/inbox", "/b"), seconds=7500),
            "Life Archive: 3 documents in 2 files unread, 1 document changed in 2 h 5 min; "
            "details: archive failures",
        ),
        (
            report(added=2, removed=1, stopped=True),
            "Life Archive: stopped early, 2 documents added, 1 document removed in 41 s",
        ),
    ],
)
def test_a_night_says_nothing_or_one_line(given: SyncReport, said: str) -> None:
    assert nightly.report_line(given) == said


def test_what_was_repaired_is_said_though_all_is_well_now() -> None:
    assert (
        nightly.report_line(report(added=1), repaired="search index rebuilt")
        == "Life Archive: search index rebuilt, 1 document added in 41 s"
    )


def test_trouble_is_one_line_with_its_remedy() -> None:
    said = nightly.trouble_line(SyncRunning(" (process 7)"))
    assert said == (
        "Life Archive: Another sync is at work (process 7). Wait for it, or stop it first."
    )


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(hours=48), ""),
        (
            timedelta(hours=48, seconds=1),
            "The last good sync was 2 days ago. See: archive schedule status",
        ),
        (
            timedelta(days=3, hours=23),
            "The last good sync was 3 days ago. See: archive schedule status",
        ),
        (timedelta(hours=-1), ""),  # the clock was set back
    ],
)
def test_two_missed_nights_are_a_warning(age: timedelta, said: str) -> None:
    assert nightly.stale(NOW - age, NOW) == said


def test_an_archive_that_never_was_synced_is_a_warning() -> None:
    assert nightly.stale(None, NOW) == "There was no good sync yet. Run: archive sync"


@pytest.mark.parametrize(
    ("configured", "cores", "threads"), [(8, 8, 7), (2, 8, 2), (2, 2, 1), (1, 1, 1), (4, 1, 1)]
)
def test_a_core_is_left_to_its_owner(configured: int, cores: int, threads: int) -> None:
    assert nightly.threads(configured, cores) == threads


# --- the log ----------------------------------------------------------------------------------


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The archive's own, as it was before."""
    found = logging.getLogger("archive")
    before = (list(found.handlers), found.propagate, found.level)
    found.handlers = []
    yield found
    for handler in found.handlers:
        handler.close()
    found.handlers, found.propagate, level = before[0], before[1], before[2]
    found.setLevel(level)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_last_run_is_read_back_from_the_log(tmp_path: Path, logger: logging.Logger) -> None:
    path = tmp_path / "archive.log"
    assert last_run(path) is None
    start_logging(path)
    logger.info(sync_line(report(added=3, unread=("/a",))))
    logger.info("something else; exit 9")
    first = last_run(path)
    assert first is not None
    assert first.exit_code == 1
    assert first.text == "3 added, 0 changed, 0 removed, 1 unread, 0 copies, 6 chunks in 41.2 s"
    assert abs(first.at - datetime.now(UTC)) < timedelta(minutes=1)

    logger.error(trouble_line(SyncRunning("")))
    second = last_run(path)
    assert second is not None
    assert (second.text, second.exit_code) == ("Another sync is at work.", 3)


def test_a_name_with_a_newline_cannot_forge_a_line(
    tmp_path: Path, logger: logging.Logger
) -> None:
    path = tmp_path / "archive.log"
    start_logging(path)
    forged = "x\n2026-01-01 00:00:00,000 1 INFO sync: all is well; exit 0\n"
    logger.error(trouble_line(LifeArchiveError(forged)))
    last = last_run(path)
    assert last is not None
    assert last.exit_code == 5
    assert len(path.read_text().splitlines()) == 1


def test_the_last_run_outlives_a_rotation(tmp_path: Path, logger: logging.Logger) -> None:
    path = tmp_path / "archive.log"
    start_logging(path)
    logger.info(sync_line(report(added=3)))
    path.rename(tmp_path / "archive.log.1")
    logger.info("a new day")
    assert path.read_text().endswith("a new day\n")
    last = last_run(path)
    assert last is not None
    assert last.text.startswith("3 added")


def test_another_archive_gets_its_own_log(tmp_path: Path, logger: logging.Logger) -> None:
    first, second = tmp_path / "one" / "archive.log", tmp_path / "two" / "archive.log"
    start_logging(first)
    logger.info("to the first")
    start_logging(second)
    start_logging(second)
    logger.info("to the second")
    assert "second" not in first.read_text()
    assert second.read_text().count("to the second") == 1


def test_a_log_is_private_before_and_after_it_is_turned_over(tmp_path: Path) -> None:
    path = tmp_path / "archive.log"
    path.write_text("from an older version\n")
    path.chmod(0o644)
    handler = SharedRotatingHandler(path, max_bytes=200)
    handler.emit(logging.makeLogRecord({"msg": "first"}))
    assert mode(path) == 0o600
    for number in range(40):
        handler.emit(logging.makeLogRecord({"msg": f"line {number:03} {'.' * 20}"}))
    handler.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [
        "archive.log",
        "archive.log.1",
        "archive.log.2",
        "archive.log.3",
        "archive.log.lock",
    ]
    assert {mode(file) for file in files} == {0o600}
    assert all(file.stat().st_size <= 200 for file in files)


def test_a_log_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "archive.log").mkdir()
    handler = SharedRotatingHandler(tmp_path / "archive.log")
    handler.emit(logging.makeLogRecord({"msg": "lost"}))
    handler.close()
    gone = SharedRotatingHandler(tmp_path / "nowhere" / "archive.log")
    gone.emit(logging.makeLogRecord({"msg": "lost"}))
    gone.close()
    assert capsys.readouterr().err == ""


def write_lines(path: Path, who: str, lines: int, together: Barrier) -> None:
    together.wait()
    handler = SharedRotatingHandler(path, max_bytes=4_000, kept=100)
    for number in range(lines):
        handler.emit(logging.makeLogRecord({"msg": f"{who} {number:04}"}))
    handler.close()


def test_no_line_is_lost_or_torn_when_processes_write_and_rotate(tmp_path: Path) -> None:
    path = tmp_path / "archive.log"
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    writers = [
        context.Process(target=write_lines, args=(path, who, 1000, together)) for who in "abc"
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    files = [file for file in tmp_path.iterdir() if not file.name.endswith(".lock")]
    assert len(files) > 5
    lines = [line for file in files for line in file.read_text().splitlines()]
    assert sorted(lines) == [f"{who} {number:04}" for who in "abc" for number in range(1000)]
    # Turned over only when full: a rotation by two at once leaves a short file.
    full = [file.stat().st_size for file in files if file != path]
    assert min(full) > 3_900
