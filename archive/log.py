"""The log: a line for each sync, and where a bug leaves its traceback.

One megabyte, three old ones kept, all of them readable by their owner only. The nightly
sync and the open app write to the same file: each line is written under a lock of its
own and into the file of that name as of now, whoever turned it over last.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive.paths import private_directory

if TYPE_CHECKING:
    from io import TextIOWrapper

    from index.sync import SyncReport
    from ingest.errors import LifeArchiveError

MAX_BYTES: Final = 1_000_000
KEPT: Final = 3
_SYNC_LINE: Final = re.compile(
    r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ \d+ \w+ sync: (.*); exit (\d+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The last sync that the log knows of, well ended or not."""

    at: datetime
    """When it ended, with a timezone."""

    text: str
    exit_code: int


class SharedRotatingHandler(RotatingFileHandler):
    """Rotates even if several processes write: none writes into a file of another name."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, kept: int = KEPT) -> None:
        super().__init__(
            path, maxBytes=max_bytes, backupCount=kept, encoding="utf-8", delay=True
        )
        self._lock_path = path.with_name(path.name + ".lock")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. A log that cannot be written stops nothing."""
        try:
            # Opened anew each time: the lock belongs to the open file, and a forked child
            # that had inherited it would be let in.
            with _private(self._lock_path) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._follow()
                super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing: a full disk is told by the command, and a traceback here tells no more."""

    def _follow(self) -> None:
        """Let go of a file that another process has turned over or somebody has deleted."""
        if self.stream is None:
            return
        try:
            now = Path(self.baseFilename).stat()
            mine = os.fstat(self.stream.fileno())
            if (now.st_dev, now.st_ino) == (mine.st_dev, mine.st_ino):
                return
        except FileNotFoundError:
            pass
        self.stream.close()
        self.stream = self._open()

    def _open(self) -> TextIOWrapper:
        stream = _private(Path(self.baseFilename))
        with suppress(OSError):
            os.fchmod(stream.fileno(), 0o600)  # one from before may be open to others
        return stream


def _private(path: Path) -> TextIOWrapper:
    """Open to append; from its first moment on it is its owner's only."""
    number = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    return os.fdopen(number, "a", encoding="utf-8")


def start_logging(path: Path) -> None:
    """Send what the "archive" logger gets to `path`, and only there."""
    logger = logging.getLogger("archive")
    for handler in list(logger.handlers):
        if isinstance(handler, SharedRotatingHandler):
            if handler.baseFilename == os.path.abspath(path):  # noqa: PTH100 (as logging does)
                return
            logger.removeHandler(handler)
            handler.close()
    private_directory(path.parent)
    handler = SharedRotatingHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)


def sync_line(report: SyncReport, exit_code: int | None = None) -> str:
    """What a sync did, as one line for the log."""
    code = exit_code if exit_code is not None else int(bool(report.failed))
    stopped = ", stopped early" if report.stopped else ""
    return (
        f"sync: {report.added} added, {report.changed} changed, {report.removed} removed, "
        f"{report.failed} unread, {report.duplicates} copies, {report.chunks} chunks "
        f"in {report.seconds.get('total', 0.0):.1f} s{stopped}; exit {code}"
    )


def trouble_line(error: LifeArchiveError) -> str:
    """Why a sync could not be done, as one line for the log."""
    from archive.guard import one_line

    return f"sync: {one_line(str(error))}; exit {error.exit_code}"


def last_run(path: Path) -> LastRun | None:
    """The last sync that `path` or the log before it tells of. None if they tell of none."""
    for file in (path, path.with_name(path.name + ".1")):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if lines := _SYNC_LINE.findall(text):
            at, said, code = lines[-1]
            moment = datetime.fromisoformat(at).astimezone()
            return LastRun(at=moment, text=said, exit_code=int(code))
    return None
