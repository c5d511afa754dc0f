"""When Python looks for garbage: when no key is awaited, and never through all that stays.

A full collection walks every object there is while no key is heard: with the models' libraries
loaded that takes 0.1 to 0.4 s, some forty times a minute while the screen changes. What the
start has made stays, so it is put aside and not walked again, and neither is what else comes to
stay. What is left is looked through in moments in which nothing is typed.
"""

from __future__ import annotations

import gc
import time

QUIET_S = 0.5
"""A pause between two words: the next key is not there yet."""

LONG_S = 0.015
"""Of processor time: about 10,000 objects. What is left of more is put aside."""

_YOUNG, _MIDDLE, _FULL = 700, 10, 30
"""Python's own thresholds, but for full collections, which it forces a third as often."""

_ENOUGH = 2
"""Collections of the middle generation after which a full one finds something, and takes 10 to
20 ms: seldom and long would be worse than often and short."""

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
        gc.set_threshold(_YOUNG, _MIDDLE, _FULL)
        gc.enable()


def look() -> None:
    """Nobody types: look for what has become garbage since the last time."""
    if _settled() and gc.get_count()[2] >= _ENOUGH:
        gc.collect()


def look_everywhere() -> None:
    """Nobody even looks: see whether what was put aside is garbage by now."""
    if _settled():
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def _settled() -> bool:
    return _put_aside in gc.callbacks and gc.isenabled()


def _put_aside(phase: str, info: dict[str, int]) -> None:
    global _began
    if info["generation"] < 2:
        return
    if phase == "start":
        _began = time.thread_time()
    elif time.thread_time() - _began > LONG_S:
        gc.freeze()
