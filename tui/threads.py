"""Threads that never keep the program from ending.

asyncio waits for its executor's threads when the loop closes, and the
interpreter waits for them again at exit; a model that is being loaded cannot be
asked to stop. These threads are waited for a moment and then left behind, which
is safe because a sync may be killed anywhere.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

NICENESS = 2
"""What works in a thread leaves the processor to the screen, but not by much: whoever has to
wait for it while holding Python's lock has the screen wait too."""

MODEL_NICENESS = 7
"""A model's threads take every core for seconds, and hold the lock only between two words."""


def be_nice(niceness: int = NICENESS) -> None:
    """Give way to the screen, and so do threads that this one starts, a model's among them.

    On Linux alone: elsewhere it would slow down the whole process.
    """
    if os.uname().sysname == "Linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


class DaemonThreads(ThreadPoolExecutor):
    """An executor with one daemon thread for each call.

    A subclass of ThreadPoolExecutor because asyncio takes nothing else as default.
    """

    def __init__(self, *, grace_s: float = 0.5) -> None:
        super().__init__(max_workers=1)
        self._grace_s = grace_s
        self._started: list[threading.Thread] = []

    def submit(
        self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_T]:
        """Run `fn` in a thread of its own."""
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            be_nice()
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # the future carries it, as in the base class
                future.set_exception(error)
            else:
                future.set_result(result)

        thread = threading.Thread(target=run, name="archive-worker", daemon=True)
        self._started = [*self.running(), thread]
        thread.start()
        return future

    def running(self) -> list[threading.Thread]:
        """Threads that have not finished."""
        return [thread for thread in self._started if thread.is_alive()]

    def shutdown(self, *_: Any, **__: Any) -> None:
        """Wait for what is running, but no longer than the grace, however often asked."""
        until = time.monotonic() + self._grace_s
        self._grace_s = 0.0
        for thread in self.running():
            thread.join(max(0.0, until - time.monotonic()))
