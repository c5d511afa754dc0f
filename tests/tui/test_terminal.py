"""Where the app draws when a stream of its was sent elsewhere."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App

from tui import terminal


class Elsewhere:
    """A stream that was redirected, or not."""

    def __init__(self, *, here: bool) -> None:
        self._here = here

    def isatty(self) -> bool:
        return self._here

    def fileno(self) -> int:
        return 0


@pytest.fixture
def name() -> Iterator[str]:
    """A terminal of its own, by its name."""
    outside, inside = pty.openpty()
    yield os.ttyname(inside)
    os.close(inside)
    os.close(outside)


def redirect(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for one in ("__stdin__", "__stdout__", "__stderr__"):
        monkeypatch.setattr(sys, one, Elsewhere(here=one not in names))


def test_in_a_terminal_textual_draws_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    redirect(monkeypatch)
    assert terminal.driver("/nowhere") is None


@pytest.mark.parametrize("stream", ["__stdin__", "__stdout__", "__stderr__"])
async def test_it_draws_on_the_terminal_whatever_was_redirected(
    monkeypatch: pytest.MonkeyPatch, name: str, stream: str
) -> None:
    redirect(monkeypatch, stream)
    driver = terminal.driver(name)
    assert driver is not None
    made = driver(App())
    assert os.ttyname(made._file.fileno()) == name  # type: ignore[attr-defined]
    assert os.ttyname(made.fileno) == name  # type: ignore[attr-defined]


def test_without_a_terminal_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    redirect(monkeypatch, "__stderr__")
    with pytest.raises(terminal.NoTerminal) as raised:
        terminal.driver(str(tmp_path / "none"))
    assert "archive --help" in raised.value.remedy
    assert raised.value.exit_code == 2
