"""Garbage is not looked for while the app starts, nor among what stays."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Iterator

import pytest

from tui import garbage


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    gc.unfreeze()
    before, thresholds = list(gc.callbacks), gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks[:] = before
    gc.unfreeze()
    gc.enable()


def test_none_is_looked_for_until_the_start_is_over() -> None:
    garbage.postpone()
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0
    garbage.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_an_app_that_nobody_postponed_for_leaves_the_collector_alone() -> None:
    gc.disable()
    garbage.settle()
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize(
    ("long_s", "generation", "put_aside"),
    [(0.0, 2, True), (math.inf, 2, False), (0.0, 1, False)],
)
def test_what_a_long_full_collection_leaves_is_put_aside(
    monkeypatch: pytest.MonkeyPatch, long_s: float, generation: int, put_aside: bool
) -> None:
    monkeypatch.setattr(garbage, "LONG_S", long_s)
    garbage.postpone()
    gc.collect(generation)
    assert (gc.get_freeze_count() > 0) is put_aside


def test_postponing_twice_is_postponing_once() -> None:
    garbage.postpone()
    garbage.postpone()
    assert len([one for one in gc.callbacks if one.__module__ == garbage.__name__]) == 1


class _Cycle:
    def __init__(self) -> None:
        self.own = self


def test_what_was_put_aside_and_is_garbage_by_now_goes_when_nobody_looks() -> None:
    cycle = _Cycle()
    gone = weakref.ref(cycle)
    garbage.postpone()
    garbage.settle()
    del cycle
    gc.collect()
    assert gone() is not None
    garbage.look_everywhere()
    assert gone() is None
    assert gc.get_freeze_count() > 0


def test_a_quiet_moment_is_used_if_there_may_be_garbage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collected: list[bool] = []
    garbage.postpone()
    garbage.look()  # the start is not over
    garbage.settle()
    monkeypatch.setattr(gc, "collect", lambda: collected.append(True))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    garbage.look()
    assert not collected
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 9))
    garbage.look()
    assert collected
