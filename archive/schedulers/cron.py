"""cron: a marked block in the user's crontab.

A night the machine slept through is not made up for. Debian's cron takes no command of
more than 1,000 characters; that is told as it says it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time

from archive.schedule import (
    NOT_INSTALLED,
    Found,
    Run,
    Schedule,
    ScheduleRefused,
    Written,
    next_daily,
    refused,
    shell_line,
)


class Crontab:
    """A marked block in the user's crontab; every other byte of it stays."""

    name = "crontab"

    def __init__(self, archive: str, run: Run, now: Callable[[], datetime]) -> None:
        self._begin = f"# life-archive {archive} begin".encode()
        self._end = f"# life-archive {archive} end".encode()
        self._run = run
        self._now = now

    def usable(self) -> bool:
        """Whether there is a `crontab` command. Whether its daemon runs cannot be told."""
        return self._run(["crontab", "-l"], b"").code != NOT_INSTALLED

    def preview(self, schedule: Schedule) -> list[Written]:
        """The block."""
        return [Written(where="crontab", text=self._block(schedule).decode())]

    def install(self, schedule: Schedule) -> None:
        """Put the block in, where it was or at the end."""
        text = self._read()
        block = self._block(schedule)
        place = self._place(text)
        if place:
            new = text[: place[0]] + block + text[place[1] :]
        else:
            # A crontab must end with a newline; some do not.
            new = text + (b"\n" if text and not text.endswith(b"\n") else b"") + block
        if new != text:
            self._write(new)

    def found(self) -> Found | None:
        """What the block says."""
        try:
            text = self._read()
            place = self._place(text)
        except ScheduleRefused:
            return None  # someone who may not use cron has nothing in it
        if place is None:
            return None
        block = text[slice(*place)].decode(errors="replace")
        line = re.search(r"^(\d+) (\d+) \* \* \* (.*)$", block, re.MULTILINE)
        at = None
        if line and int(line[1]) < 60 and int(line[2]) < 24:
            at = time(int(line[2]), int(line[1]))
        return Found(
            backend=self.name,
            at=at,
            next_run=next_daily(at, self._now()) if at else None,
            program=_program_of(line[3]) if line else "",
        )

    def remove(self) -> bool:
        """Take the block out."""
        try:
            text = self._read()
        except ScheduleRefused:
            return False
        place = self._place(text)
        if place is None:
            return False
        rest = text[: place[0]] + text[place[1] :]
        if rest:
            self._write(rest)
        elif (ran := self._run(["crontab", "-r"], b"")).code:
            raise refused("crontab -r", ran)
        return True

    def _block(self, schedule: Schedule) -> bytes:
        line = f"{schedule.at.minute} {schedule.at.hour} * * * {crontab_command(schedule)}"
        return b"\n".join([self._begin, line.encode(), self._end, b""])

    def _place(self, text: bytes) -> tuple[int, int] | None:
        """Where the block begins and ends. Raises ScheduleRefused if only half is there."""
        # Cut at newlines only: what else Python takes for the end of a line, cron does not.
        begin = end = None
        at = 0
        for line in text.split(b"\n"):
            if line == self._begin and begin is None:
                begin = at
            elif line == self._end and begin is not None and end is None:
                end = min(at + len(line) + 1, len(text))
            elif line in (self._begin, self._end):
                begin, end = at, None
                break
            at += len(line) + 1
        if begin is None:
            return None
        if end is None:
            raise ScheduleRefused(
                f"In your crontab, “{self._begin.decode()}” and “… end” do not pair.",
                remedy="Take what is left of that block out (crontab -e), then try again.",
            )
        return begin, end

    def _read(self) -> bytes:
        ran = self._run(["crontab", "-l"], b"")
        if ran.code == 0:
            return ran.out
        # Anything but "there is none" must not be taken for an empty one and written over.
        if re.search(r"no crontab|no such file|can't open", ran.error, re.IGNORECASE):
            if ran.code == NOT_INSTALLED:
                raise refused("crontab -l", ran)
            return b""
        raise refused("crontab -l", ran)

    def _write(self, text: bytes) -> None:
        ran = self._run(["crontab", "-"], text)
        if ran.code:
            raise refused("crontab", ran)


def crontab_command(schedule: Schedule) -> str:
    """The run as cron's sixth field: `%` would end the command, so it is escaped."""
    # Crons do not agree on what two backslashes are, nor on one before an escaped percent
    # sign: within the quotes that every backslash is in, they are kept apart.
    return shell_line(schedule).replace("\\", "\\''").replace("%", "\\%")


def _program_of(command: str) -> str:
    with suppress(ValueError):
        words = shlex.split(command.replace("\\%", "%"))
        if "nice" in words:
            return "".join(words[words.index("nice") + 3 :][:1])
    return ""
