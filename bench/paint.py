"""Prints when the app's first screen was painted, in seconds of `time.time()`.

The caller notes when it started this process: the kernel's own start times are in whole
hundredths after a boot time in whole seconds, too coarse here.
"""

from __future__ import annotations

import os
import time

import tui.cli  # noqa: F401  (the program imports it before the app)
from tui import garbage
from tui.app import LifeArchiveApp
from tui.commands.common import open_archive


class Timed(LifeArchiveApp):
    """Leaves as soon as its first screen is drawn, and notes when that was."""

    painted_at = 0.0

    def on_ready(self) -> None:
        """Textual's word for: the first screen is up."""
        self.painted_at = time.time()
        self.exit()


garbage.postpone()  # as the program does
app = Timed(open_archive)
app.run(headless=True, size=(120, 40))
print(f"{app.painted_at:.4f}", flush=True)
# The app is still loading its models; Python's clean-up does not survive that.
os._exit(0)
