"""Prints the seconds from this interpreter's start to the app's first paint."""

from __future__ import annotations

import time

import psutil

from archive.service import Archive
from tui.app import LifeArchiveApp


class Timed(LifeArchiveApp):
    """Leaves as soon as its first screen is drawn, and notes when that was."""

    painted_at = 0.0

    def on_ready(self) -> None:
        """Textual's word for: the first screen is up."""
        self.painted_at = time.time()
        self.exit()


def _open() -> Archive:
    return Archive.open()


app = Timed(_open)
app.run(headless=True, size=(120, 40))
print(f"{app.painted_at - psutil.Process().create_time():.3f}")
