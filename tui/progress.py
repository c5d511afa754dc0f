"""Progress bars for the command line: silent when nobody watches."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from archive.models import PullProgress
    from index.sync import Progress

_WIDTH = 24
_EVERY_S = 0.1
_STAGES = {"read": "Reading", "embed": "Embedding", "vectors": "Vectors"}


class Bar:
    """One line on standard error: what, how far, how fast, how long still."""

    def __init__(self, *, show: bool = True) -> None:
        self._visible = show and sys.stderr.isatty()
        self._label = ""
        self._began = 0.0
        self._drawn_at = 0.0
        self._first = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._visible and self._label:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def draw(
        self, label: str, done: int, total: int | None, unit: str, detail: str = ""
    ) -> None:
        """Draw, at most ten times a second. The rate counts from the label's first call."""
        if not self._visible:
            return
        now = time.monotonic()
        if label != self._label:
            self._label, self._began, self._first, self._drawn_at = label, now, done, 0.0
        if now - self._drawn_at < _EVERY_S and done != total:
            return
        self._drawn_at = now
        elapsed = now - self._began
        rate = (done - self._first) / elapsed if elapsed > 0.2 else 0.0
        line = f"{label:<10}"
        if total:
            full = min(_WIDTH, _WIDTH * done // total)
            line += f" {'█' * full}{'·' * (_WIDTH - full)} {done / total:4.0%}"
        if rate:
            line += f" {_amount(rate, unit)}/s"
            if total and done < total:
                line += f", {_time((total - done) / rate)} left"
        sys.stderr.write(f"\r\x1b[K{line} {detail}"[:120])
        sys.stderr.flush()


class SyncBar(Bar):
    """The bar of a sync."""

    def show(self, progress: Progress) -> None:
        """Take one report of a sync."""
        from archive.guard import one_line

        self.draw(
            _STAGES.get(progress.stage, progress.stage),
            progress.done,
            progress.total,
            progress.unit,
            one_line(progress.detail)[-40:],
        )


class PullBar(Bar):
    """The bar of a model that is being fetched."""

    def show(self, progress: PullProgress) -> None:
        """Take one report of a pull."""
        self.draw(
            progress.name[:28],
            progress.done_bytes,
            progress.total_bytes,
            "bytes",
            progress.detail,
        )


class CountBar(Bar):
    """The bar of things that are counted."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def show(self, done: int, total: int) -> None:
        """Take one report."""
        self.draw("Asking", done, total, self._unit)


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """A question that the first Ctrl-C answers with yes; the second stops at once."""
    asked = False

    def note(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        sys.stderr.write("\nFinishing the batch; Ctrl-C again stops at once.\n")

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _amount(value: float, unit: str) -> str:
    return f"{value / 1e6:.1f} MB" if unit == "bytes" else f"{value:.0f} {unit}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
