"""The nightly sync as values: what is to run, when, and what became of it.

`archive.schedulers` gives it to what starts programs here. Every other program is started
through one function, so a test needs none of them.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final, Protocol

from archive.yielding import NICENESS
from ingest.errors import LifeArchiveError

NOT_INSTALLED: Final = 127
_SECONDS_PER_PROGRAM: Final = 60
_STANDARD_PATH: Final = ("/usr/local/bin", "/usr/bin", "/bin")


class ScheduleRefused(LifeArchiveError):
    """What starts programs here would not take the schedule."""


class NoScheduler(LifeArchiveError):
    """There is nothing here that starts programs at a time of day."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(
            "There is neither a systemd for users nor cron here.",
            remedy=f"Have this run once a day: {shell_line(schedule)}",
        )


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended."""

    code: int
    out: bytes
    error: str


Run = Callable[[Sequence[str], bytes], Ran]
"""Starts a program with these words and this input, and waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What is to run every day, and when."""

    name: str
    """Stands for the archive: `default`, or a digest of its ARCHIVE_HOME."""

    at: time
    """Local time of day, to the minute."""

    program: tuple[str, ...]
    """The command and its words. The first is an absolute path."""

    environ: Mapping[str, str]
    """What has to be set for it: schedulers start programs with next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Something that `install` writes."""

    where: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A schedule that is in place."""

    backend: str
    """`launchd`, `systemd` or `crontab`."""

    at: time | None
    """None if somebody wrote a time of their own."""

    next_run: datetime | None
    """With a timezone. None if not known."""

    program: str
    """The absolute path that it starts. Empty if it cannot be told."""

    note: str = ""
    """What its owner should know about it, as a sentence. Empty if nothing."""


class Backend(Protocol):
    """One of the programs that start others at a time of day."""

    name: str

    def usable(self) -> bool:
        """Whether it is at work here."""

    def preview(self, schedule: Schedule) -> list[Written]:
        """What `install` would write."""

    def install(self, schedule: Schedule) -> None:
        """Write it, or write it anew. Raises ScheduleRefused."""

    def found(self) -> Found | None:
        """What is in place. None if nothing is."""

    def remove(self) -> bool:
        """Take it out again; whether there was anything. Raises ScheduleRefused."""


def archive_name(environ: Mapping[str, str] = os.environ) -> str:
    """Stands for the archive of this environment in the names of files."""
    if own := environ.get("ARCHIVE_HOME"):
        place = str(Path(own).expanduser().absolute())
        return hashlib.blake2b(os.fsencode(place), digest_size=4).hexdigest()
    return "default"


def plan(
    at: time,
    *,
    argv0: str,
    environ: Mapping[str, str] = os.environ,
    executable: str = sys.executable,
    needs: Sequence[str] = (),
) -> Schedule:
    """The nightly sync of this environment's archive, by the program that is running.

    `needs` are programs a sync may start: they are looked for now, as a scheduler's own
    PATH knows neither /usr/local nor Homebrew. Raises ScheduleRefused.
    """
    carried = {
        variable: environ[variable]
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
        if Path(environ.get(variable, "")).is_absolute()
    }
    if own := environ.get("ARCHIVE_HOME"):
        carried["ARCHIVE_HOME"] = str(Path(own).expanduser().absolute())
    found = [shutil.which(program, path=environ.get("PATH")) for program in needs]
    folders = [str(Path(place).absolute().parent) for place in found if place]
    carried["PATH"] = ":".join(dict.fromkeys([*folders, *_STANDARD_PATH]))
    program = (*_program(argv0, executable), "sync", "--quiet")
    for word in (*program, *carried.values()):
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in word):
            raise ScheduleRefused(
                f"{word!r} has a control character in it.",
                remedy="A schedule cannot name it. Rename that folder.",
            )
    return Schedule(
        name=archive_name(environ),
        at=at,
        program=program,
        environ=dict(sorted(carried.items())),
    )


def _program(argv0: str, executable: str) -> tuple[str, ...]:
    """The `archive` that is running, or the one beside its Python, or the module."""
    # Links stay: the one in ~/.local/bin outlives an upgrade, what it points to may not.
    for place in (Path(argv0).absolute(), Path(executable).absolute().parent / "archive"):
        if place.name == "archive" and place.is_file() and os.access(place, os.X_OK):
            return (os.path.normpath(place),)
    return (os.path.normpath(Path(executable).absolute()), "-m", "tui")


def shell_line(schedule: Schedule) -> str:
    """The run as a line for `sh`."""
    # Not through env(1): it takes a path with an equals sign for one more variable.
    variables = [f"{name}={shlex.quote(value)}" for name, value in schedule.environ.items()]
    return " ".join([*variables, f"nice -n {NICENESS}", shlex.join(schedule.program)])


def next_daily(at: time, now: datetime) -> datetime:
    """The first moment after `now` when the clock here shows `at`."""
    local = now.astimezone().replace(tzinfo=None)
    then = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    # Without a timezone until the end: the days on which clocks change are as good as others.
    return (then if then > local else then + timedelta(days=1)).astimezone()


def spawn(words: Sequence[str], stdin: bytes = b"") -> Ran:
    """Start a program and wait for it; one that is not installed ends with 127."""
    try:
        done = subprocess.run(
            list(words),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=_SECONDS_PER_PROGRAM,
            env={**os.environ, "LC_ALL": "C"},  # its words are read below
        )
    except subprocess.TimeoutExpired:
        return Ran(124, b"", f"{words[0]} did not answer within {_SECONDS_PER_PROGRAM} s")
    except OSError as error:
        return Ran(NOT_INSTALLED, b"", f"{words[0]}: {error.strerror}")
    return Ran(done.returncode, done.stdout, done.stderr.decode(errors="replace").strip())


def write_private(path: Path, content: bytes) -> None:
    """All of it or nothing, readable by its owner only."""
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
        new.chmod(0o600)
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise ScheduleRefused(
            f"{path} cannot be written: {error.strerror}.", remedy="Make that folder yours."
        ) from error


def refused(what: str, ran: Ran) -> ScheduleRefused:
    """`what` was started and failed."""
    said = " ".join(ran.error.split()) or f"it ended with {ran.code}"
    return ScheduleRefused(
        f"{what}: {said}", remedy="Mend that, or see: archive schedule install --print"
    )
