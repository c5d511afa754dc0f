"""A nightly job gives way, and takes no terminal's session down with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive import yielding


@pytest.mark.parametrize("terminal", [True, False])
def test_the_session_is_made_nice_only_if_no_terminal_is_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", lambda by: asked.append(by) or by)
    monkeypatch.setattr(yielding, "_has_terminal", lambda: terminal)
    monkeypatch.setattr(os, "getsid", lambda of: os.getppid())
    group = tmp_path / "autogroup"
    group.write_text("/autogroup-7 nice 0")
    yielding.give_way(group)
    assert asked == [yielding.NICENESS]
    assert group.read_text() == ("/autogroup-7 nice 0" if terminal else "10")
    yielding.give_way(group, by=yielding.BESIDE_THE_APP)
    assert asked[1:] == [yielding.BESIDE_THE_APP]
    assert yielding.BESIDE_THE_APP > yielding.NICENESS


def test_the_session_of_whoever_called_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = tmp_path / "autogroup"
    group.write_text("/autogroup-7 nice 0")
    monkeypatch.setattr(os, "nice", lambda by: by)
    monkeypatch.setattr(os, "getsid", lambda of: 1_000_000_000)
    monkeypatch.setattr(yielding, "_has_terminal", lambda: False)
    yielding.give_way(group)
    assert group.read_text() == "/autogroup-7 nice 0"


def test_a_kernel_without_groups_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "nice", lambda by: by)
    monkeypatch.setattr(os, "getsid", lambda of: os.getpid())
    monkeypatch.setattr(yielding, "_has_terminal", lambda: False)
    yielding.give_way(tmp_path / "none" / "autogroup")
    assert not (tmp_path / "none").exists()
