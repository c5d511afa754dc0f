"""Where the app draws and reads: the terminal, wherever its streams were sent.

Textual draws on standard error, reads standard input, and asks standard output how large
the window is. `archive 2>errors` would leave an empty window and `archive </dev/null` one
without keys. What libraries write still goes where it was sent.
"""

from __future__ import annotations

import os
import sys

from textual import constants
from textual.app import App
from textual.driver import Driver

from ingest.errors import LifeArchiveError

TERMINAL = "/dev/tty"
"""The terminal a process was started in, by whatever name; not there under cron."""


class NoTerminal(LifeArchiveError):
    """The app was started where there is nothing to draw on."""

    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            "The full-screen app needs a terminal, and there is none here.",
            remedy="Start it in a terminal, or name a command: archive --help lists them.",
        )


def driver(path: str = TERMINAL) -> type[Driver] | None:
    """What draws if a stream was redirected; None if Textual finds the terminal itself."""
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    all_there = all(stream is not None and stream.isatty() for stream in streams)
    if all_there or os.name == "nt" or constants.DRIVER:
        return None
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError as error:
        raise NoTerminal from error
    return _drawing_on(descriptor)


def _drawing_on(descriptor: int) -> type[Driver]:
    """Textual's driver, with `descriptor` in place of the three streams."""
    from textual.drivers.linux_driver import LinuxDriver  # there is none on Windows

    class TerminalDriver(LinuxDriver):
        """Names of Textual's own: a version that has others draws where the streams go."""

        def __init__(
            self,
            app: App[object],
            *,
            debug: bool = False,
            mouse: bool = True,
            size: tuple[int, int] | None = None,
        ) -> None:
            super().__init__(app, debug=debug, mouse=mouse, size=size)
            self._file = open(  # noqa: SIM115 (open as long as the app)
                descriptor, "w", encoding="utf-8", closefd=False
            )
            self.fileno = descriptor
            self.input_tty = True

        def _get_terminal_size(self) -> tuple[int, int]:
            size = os.get_terminal_size(descriptor)
            return size.columns, size.lines

    return TerminalDriver
