"""One writer at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ingest.errors import LifeArchiveError


class SyncRunning(LifeArchiveError):
    """Another process is writing."""

    exit_code = 3

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"Another sync is at work{holder}.", remedy="Wait for it, or stop it first."
        )


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Be the only writer. Raises SyncRunning with the holder's pid and since when.

    The lock is the operating system's: it is gone when its holder is, however that ended.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    holder = path.with_suffix(".pid")
    lock = FileLock(path, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SyncRunning(_who(holder)) from None
    try:
        now = datetime.now().astimezone()
        # It only says who is at work; on a full disk the sync says itself what is wrong.
        with suppress(OSError):
            holder.write_text(f"{os.getpid()} {now.isoformat(timespec='seconds')}", "ascii")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _who(holder: Path) -> str:
    """Who says that they are the writer; "" if nobody has said so yet."""
    try:
        pid, _, since = holder.read_text(encoding="ascii").partition(" ")
        began = datetime.fromisoformat(since)
    except (OSError, ValueError):
        return ""
    return f" (process {pid}, since {began:%Y-%m-%d %H:%M:%S})"
