"""When Python looks for garbage: not while the app starts, and never through all that stays.

A full collection walks every object there is while no key is heard: with the models' libraries
loaded that takes 0.1 to 0.3 s, some forty times a minute while the screen changes. What the
start has made stays, so it is put aside and not walked again. Whatever else comes to stay,
such as who is in the archive, is put aside by the first full collection that takes long.
"""

from __future__ import annotations

import gc
import time

LONG_S = 0.015
"""Of processor time: about 20,000 objects, and a sixth of what a screen may be late."""

_began = 0.0


def postpone() -> None:
    """Look for none until `settle`: what a program makes while it starts is not garbage."""
    gc.disable()
    if _put_aside not in gc.callbacks:
        gc.callbacks.append(_put_aside)


def settle() -> None:
    """The start is over, if it was postponed for: from now on there may be garbage."""
    if _put_aside in gc.callbacks:
        gc.freeze()
        gc.enable()


def tidy() -> None:
    """Nobody looks: see whether what was put aside is garbage by now."""
    if _put_aside in gc.callbacks and gc.isenabled():
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def _put_aside(phase: str, info: dict[str, int]) -> None:
    global _began
    if info["generation"] < 2:
        return
    if phase == "start":
        _began = time.thread_time()
    elif time.thread_time() - _began > LONG_S:
        gc.freeze()
