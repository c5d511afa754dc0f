"""Giving way: what runs in the night or beside the app is not to slow what its owner does.

Linux shares the CPU between sessions first (`sched_autogroup`), and `nice` counts only within
one. A job of cron has a session of its own, so without more it would get as much of the CPU as
the terminal in which its owner works, however nice it is; its session is made nice as well.
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
    """Lower this process's priority, and that of its session if no terminal belongs to it."""
    niceness = os.nice(by)
    if not _has_terminal():
        with suppress(OSError):  # not Linux, or a kernel without groups
            autogroup.write_text(str(niceness), encoding="ascii")


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
