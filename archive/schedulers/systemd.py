"""systemd: a user timer and the service it starts.

A night the machine slept through is made up for. A timer of a user's runs while that user
is logged in, or always once `loginctl enable-linger` was said.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress
from datetime import datetime, time
from pathlib import Path
from typing import Final

from archive.schedule import (
    Found,
    Ran,
    Run,
    Schedule,
    Written,
    refused,
    write_private,
)
from archive.yielding import NICENESS

_UNFIT_TO_START: Final = re.compile(r"[\"'\\$]")
"""What systemd refuses in the name of a program, and the dollar it reads only in its words."""

_BY_SHELL: Final = ("/bin/sh", "-c", 'exec "$0" "$@"')
_PLAIN_WORD: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


class Systemd:
    """A user timer and the service it starts."""

    name = "systemd"

    def __init__(self, archive: str, run: Run, home: Path) -> None:
        self._unit = f"life-archive-{archive}"
        self._run = run
        folder = home / ".config" / "systemd" / "user"
        self._service = folder / f"{self._unit}.service"
        self._timer = folder / f"{self._unit}.timer"

    def usable(self) -> bool:
        """Whether a systemd of this user is running."""
        state = self._systemctl("is-system-running").out.decode(errors="replace").strip()
        return state in ("initializing", "starting", "running", "degraded", "maintenance")

    def preview(self, schedule: Schedule) -> list[Written]:
        """The service and its timer."""
        return [
            Written(where=str(self._service), text=service_unit(schedule)),
            Written(where=str(self._timer), text=timer_unit(schedule)),
        ]

    def install(self, schedule: Schedule) -> None:
        """Write both and start the timer."""
        before = self._timer.exists()
        for item in self.preview(schedule):
            write_private(Path(item.where), item.text.encode())
        steps = [["daemon-reload"], ["enable", "--now", self._timer.name]]
        # A timer that runs already does not look at its new time by itself.
        steps += [["restart", self._timer.name]] if before else []
        for words in steps:
            ran = self._systemctl(*words)
            if ran.code:
                self.remove()
                raise refused("systemctl --user " + " ".join(words), ran)

    def found(self) -> Found | None:
        """What the files say, and systemd if it is there."""
        if not self._timer.exists():
            return None
        timer = self._timer.read_text(encoding="utf-8", errors="replace")
        written = re.search(r"^OnCalendar=\*-\*-\* (\d\d):(\d\d):00$", timer, re.MULTILINE)
        return Found(
            backend=self.name,
            at=time(int(written[1]), int(written[2])) if written else None,
            next_run=self._next_run(),
            program=self._program(),
            note=self._note(),
        )

    def remove(self) -> bool:
        """Stop the timer and delete both files."""
        link = self._timer.parent / "timers.target.wants" / self._timer.name
        there = [file for file in (self._timer, self._service, link) if os.path.lexists(file)]
        if not there:
            return False
        # It may be away, over ssh for instance. What it would read must go all the same.
        self._systemctl("disable", "--now", self._timer.name)
        for file in there:
            file.unlink(missing_ok=True)
        self._systemctl("daemon-reload")
        return True

    def _systemctl(self, *words: str) -> Ran:
        return self._run(["systemctl", "--user", *words], b"")

    def _property(self, unit: Path, name: str) -> str:
        ran = self._systemctl("show", unit.name, f"--property={name}")
        return (
            ran.out.decode(errors="replace").strip().partition("=")[2] if not ran.code else ""
        )

    def _next_run(self) -> datetime | None:
        # "Sun 2026-11-22 03:41:07 CET", in the local time of this machine.
        said = self._property(self._timer, "NextElapseUSecRealtime")
        if moment := re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", said):
            return datetime.fromisoformat(moment[0]).astimezone()
        return None

    def _program(self) -> str:
        with suppress(OSError, ValueError, IndexError):
            text = self._service.read_text(encoding="utf-8")
            if line := re.search(r"^ExecStart=(.*)$", text, re.MULTILINE):
                words = shlex.split(line[1].replace("%%", "%").replace("$$", "$"))
                return words[len(_BY_SHELL) if tuple(words[:3]) == _BY_SHELL else 0]
        return ""

    def _note(self) -> str:
        ended = self._property(self._service, "Result")
        if ended not in ("", "success"):
            return (
                f"systemd says that its last run failed ({ended})."
                f" See: journalctl --user -u {self._unit}"
            )
        user = ["loginctl", "show-user", str(os.getuid()), "--property=Linger"]
        if self._run(user, b"").out.strip() == b"Linger=no":
            return (
                "It runs while you are logged in, and else as soon as you are."
                " To have it run without you: loginctl enable-linger"
            )
        return ""


def service_unit(schedule: Schedule) -> str:
    """The systemd service of one run."""
    words = list(schedule.program)
    if _UNFIT_TO_START.search(words[0]):
        words = [*_BY_SHELL, *words]
    # It would put a variable in for every single dollar sign.
    command = " ".join(systemd_word(word).replace("$", "$$") for word in words)
    variables = "".join(
        f"Environment={systemd_word(f'{name}={value}')}\n"
        for name, value in schedule.environ.items()
    )
    return f"""[Unit]
Description=Life Archive: sync ({schedule.name})

[Service]
Type=oneshot
ExecStart={command}
{variables}Nice={NICENESS}
IOSchedulingClass=idle
# 1: some files could not be read. 3: another sync is at work. Neither is a failure.
SuccessExitStatus=0 1 3
# As Ctrl-C: what is begun is finished.
KillSignal=SIGINT
"""


def timer_unit(schedule: Schedule) -> str:
    """The systemd timer that starts it; a night the machine slept through is made up for."""
    return f"""[Unit]
Description=Life Archive: sync every night ({schedule.name})

[Timer]
OnCalendar=*-*-* {schedule.at:%H:%M}:00
RandomizedDelaySec=900
Persistent=true

[Install]
WantedBy=timers.target
"""


def systemd_word(word: str) -> str:
    """A word as a unit file has it: quoted if need be, `%` doubled."""
    specifiers = word.replace("%", "%%")
    if _PLAIN_WORD.fullmatch(word):
        return specifiers
    return '"' + specifiers.replace("\\", "\\\\").replace('"', '\\"') + '"'
