"""Named places where a test lets a sync die, as a power cut would.

`LIFE_ARCHIVE_FAILPOINT=NAME:N` kills the process the Nth time it comes by that name.
Without the variable a name costs nothing.
"""

from __future__ import annotations

import os
import signal
from typing import Final

NAMES: Final = (
    "file entered",
    "batch written",
    "batch committed",
    "file written",
    "file committed",
    "files removed",
    "threads written",
    "threads committed",
    "embeddings written",
    "embeddings committed",
    "orphans deleted",
    "chroma built",
    "chroma renamed",
    "generation written",
    "generation committed",
)

_wanted, _, _count = os.environ.get("LIFE_ARCHIVE_FAILPOINT", "").rpartition(":")
_left = int(_count) if _count.isdigit() else 0


def at(name: str) -> None:
    """Come by a place."""
    global _left
    if name != _wanted:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
