"""launchd: a launch agent of this user, on macOS.

A night the machine slept through is made up for when it wakes, one it was off is not.
"""

from __future__ import annotations

import os
import plistlib
import sys
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from xml.parsers.expat import ExpatError

from archive.schedule import (
    Found,
    Run,
    Schedule,
    Written,
    next_daily,
    refused,
    write_private,
)
from archive.yielding import NICENESS


class Launchd:
    """A launch agent of this user, on macOS."""

    name = "launchd"

    def __init__(
        self,
        archive: str,
        run: Run,
        home: Path,
        now: Callable[[], datetime],
        platform: str = sys.platform,
    ) -> None:
        self._label = f"life-archive.{archive}"
        self._domain = f"gui/{os.getuid()}"
        self._file = home / "Library" / "LaunchAgents" / f"{self._label}.plist"
        self._run = run
        self._now = now
        self._platform = platform

    def usable(self) -> bool:
        """Whether this is macOS."""
        return self._platform == "darwin"

    def preview(self, schedule: Schedule) -> list[Written]:
        """The plist."""
        return [
            Written(where=str(self._file), text=launchd_plist(schedule, self._label).decode())
        ]

    def install(self, schedule: Schedule) -> None:
        """Write the plist and hand it to launchd."""
        write_private(self._file, launchd_plist(schedule, self._label))
        # launchd keeps what it has loaded until it is told to let go. It may have nothing.
        self._run(["launchctl", "bootout", f"{self._domain}/{self._label}"], b"")
        words = ["launchctl", "bootstrap", self._domain, str(self._file)]
        ran = self._run(words, b"")
        if ran.code:
            self._file.unlink(missing_ok=True)
            raise refused("launchctl bootstrap", ran)

    def found(self) -> Found | None:
        """What the plist says."""
        try:
            told = plistlib.loads(self._file.read_bytes())
            when = told["StartCalendarInterval"]
            at = time(int(when["Hour"]), int(when["Minute"]))
            program = str(told["ProgramArguments"][0])
        except FileNotFoundError:
            return None
        except (plistlib.InvalidFileException, ExpatError, KeyError, TypeError, ValueError):
            return Found(backend=self.name, at=None, next_run=None, program="")
        then = next_daily(at, self._now())
        return Found(backend=self.name, at=at, next_run=then, program=program)

    def remove(self) -> bool:
        """Have launchd let go of it, and delete the plist."""
        if not self._file.exists():
            return False
        self._run(["launchctl", "bootout", f"{self._domain}/{self._label}"], b"")
        self._file.unlink(missing_ok=True)
        return True


def launchd_plist(schedule: Schedule, label: str) -> bytes:
    """The launch agent's property list."""
    return plistlib.dumps(
        {
            "Label": label,
            "ProgramArguments": list(schedule.program),
            "EnvironmentVariables": dict(schedule.environ),
            "StartCalendarInterval": {"Hour": schedule.at.hour, "Minute": schedule.at.minute},
            "Nice": NICENESS,
            "LowPriorityIO": True,
            "ProcessType": "Background",
        }
    )
