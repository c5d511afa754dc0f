"""What starts programs at a time of day: launchd, systemd or cron, a module for each.

Nothing of ours stays running. A schedule is two unit files, a block in the crontab or
one plist, named after its archive, so that several archives do not meet; `remove` takes
out what `install` wrote and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from archive.schedule import (
    Backend,
    Found,
    NoScheduler,
    Run,
    Schedule,
    ScheduleRefused,
    shell_line,
    spawn,
)
from archive.schedulers.cron import Crontab
from archive.schedulers.launchd import Launchd
from archive.schedulers.systemd import Systemd


def backends(
    archive: str,
    *,
    run: Run = spawn,
    home: Path | None = None,
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    platform: str | None = None,
) -> tuple[Backend, ...]:
    """All there are for this archive, the best first."""
    home = home or Path.home()
    return (
        Launchd(archive, run, home, now, platform or sys.platform),
        Systemd(archive, run, home),
        Crontab(archive, run, now),
    )


def choose(among: Sequence[Backend], schedule: Schedule) -> Backend:
    """The first that is at work here. Raises NoScheduler."""
    for backend in among:
        if backend.usable():
            return backend
    raise NoScheduler(schedule)


def install(among: Sequence[Backend], schedule: Schedule) -> Found:
    """Give the schedule to the best one, and take it from the others: one run a night."""
    chosen = choose(among, schedule)
    chosen.install(schedule)
    for other in among:
        if other is not chosen:
            other.remove()
    found = chosen.found()
    if found is None:
        raise ScheduleRefused(
            f"{chosen.name} took the schedule and does not have it.",
            remedy=f"Have this run once a day: {shell_line(schedule)}",
        )
    return found


def find(among: Sequence[Backend]) -> Found | None:
    """The schedule that is in place. None if there is none."""
    return next((found for backend in among if (found := backend.found())), None)


def remove(among: Sequence[Backend]) -> list[str]:
    """Take the schedule out wherever it is; the names of those that had it."""
    return [backend.name for backend in among if backend.remove()]
