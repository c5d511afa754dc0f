"""Giving way: what runs in the night or beside the app is not to slow what its owner does.

Linux shares the CPU between sessions first (`sched_autogroup`), and `nice` counts only within
one. A job of cron has a session of its own, so without more it would get as much of the CPU as
the terminal in which its owner works, however nice it is; its session is made nice as well, if
it is the job's own and not that of a shell or a service from which it was called.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

NICENESS = 10
"""Whoever asks meanwhile comes first."""

BESIDE_THE_APP = 15
"""So does the app's language model, whose threads make way for the screen themselves."""

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(autogroup: Path = _AUTOGROUP, *, by: int = NICENESS) -> None:
    """Lower this process's priority, and that of its session if that is a job's own."""
    niceness = os.nice(by)
    if not _has_terminal() and _is_own_session():
        with suppress(OSError):  # not Linux, or a kernel without groups
            autogroup.write_text(str(niceness), encoding="ascii")


def _is_own_session() -> bool:
    """Whether it was begun for this command: by cron's shell, by `setsid` or by a timer."""
    return os.getsid(0) in (os.getpid(), os.getppid())


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
