"""The line of keys at the bottom, of which as many are shown as fit.

A key that is cut in half helps nobody: what comes last in a screen's bindings is left out
first, and Help, which lists them all, always has its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from textual.app import ComposeResult
from textual.events import Resize
from textual.widgets import Footer

_LAST = ("quit", "help")
_KEPT = ("help",)


class KeysLine(Footer):
    """Textual's footer without a scrollbar's worth of keys out of sight."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._fitted_to = 0

    def compose(self) -> ComposeResult:
        """Those of the focused widget first, then the screen's, then the app's."""
        self._fitted_to = self.app.size.width
        keys = [key for key in super().compose() if isinstance(key, Key)]
        yield from fitting(keys, self._fitted_to)

    def on_resize(self, event: Resize) -> None:
        """A new width has room for others."""
        if self._fitted_to and self.app.size.width != self._fitted_to:
            self.call_after_refresh(self.recompose)


@runtime_checkable
class Key(Protocol):
    """What this needs to know of one of the footer's keys."""

    key_display: str
    description: str
    action: str


K = TypeVar("K", bound=Key)


def fitting(keys: Sequence[K], width: int) -> list[K]:
    """The first of `keys` that fit into `width` cells, Quit and Help behind them."""
    first = [key for key in keys if key.action not in _LAST]
    quits = [key for key in keys if key.action in _LAST and key.action not in _KEPT]
    kept = [key for key in keys if key.action in _KEPT]
    left = width - sum(map(_cells, kept))
    taken: list[K] = []
    for key in [*first, *quits]:
        left -= _cells(key)
        if left < 0:
            break
        taken.append(key)
    return [*taken, *kept]


def _cells(key: Key) -> int:
    """The key, a space, its word, a space."""
    return len(key.key_display) + len(key.description) + 2
