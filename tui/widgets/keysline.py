"""The line of keys at the bottom, of which as many are shown as fit.

A key that is cut in half helps nobody: what comes last in a screen's bindings is left out
first, and Help, which lists them all, always has its place. All keys are one widget: Textual's
own footer makes one for each, and makes them again whenever another widget has the cursor,
which takes longer than to draw the rest of the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol, TypeVar

from textual.content import Content
from textual.events import MouseDown, MouseMove
from textual.screen import Screen
from textual.widget import Widget

_LAST = ("quit", "help")
_KEPT = ("help",)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One key of the line."""

    key: str
    key_display: str
    description: str
    action: str
    enabled: bool
    tooltip: str


class KeysLine(Widget):
    """The keys of the focused widget first, then the screen's, then the app's."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "KeysLine { dock: bottom; height: 1; text-wrap: nowrap; }"

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Shown, ...] = ()

    def on_mount(self) -> None:
        """Textual says when keys do something else."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Nor say it any more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._look)

    def _look(self) -> None:
        if not self.is_attached:  # its screen was closed meanwhile
            return
        keys: dict[str, _Shown] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show and binding.action not in keys:
                keys[binding.action] = _Shown(
                    key=binding.key,
                    key_display=self.app.get_key_display(binding),
                    description=binding.description,
                    action=binding.action,
                    enabled=enabled,
                    tooltip=tooltip,
                )
        if (found := tuple(keys.values())) != self._keys:
            self._keys = found
            self.refresh()

    def render(self) -> Content:
        """Each key, a space, its word, a space; one that does nothing here is dim."""
        pieces: list[Content] = []
        for key in self._fitting():
            dim = "" if key.enabled else " dim"
            pieces.append(
                Content.styled(key.key_display, f"bold $footer-key-foreground{dim}")
                + Content.styled(f" {key.description} ", f"$footer-description-foreground{dim}")
            )
        return Content("").join(pieces)

    def _fitting(self) -> list[_Shown]:
        return fitting(self._keys, self.size.width)

    def _at(self, x: int) -> _Shown | None:
        keys = self._fitting()
        ends = accumulate(map(_cells, keys))
        return next((key for key, end in zip(keys, ends, strict=True) if x < end), None)

    def on_mouse_down(self, event: MouseDown) -> None:
        """A click is that key."""
        key = self._at(event.x)
        if key is not None and key.enabled:
            self.app.simulate_key(key.key)
        elif key is not None:
            self.app.bell()

    def on_mouse_move(self, event: MouseMove) -> None:
        """What the key under the mouse does."""
        key = self._at(event.x)
        tooltip = (key.tooltip or key.description) if key else None
        if tooltip != self.tooltip:
            self.tooltip = tooltip


class Key(Protocol):
    """What is needed to know whether a key fits."""

    @property
    def key_display(self) -> str:
        """How it is written."""
        ...

    @property
    def description(self) -> str:
        """Its word."""
        ...

    @property
    def action(self) -> str:
        """What it does."""
        ...


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
