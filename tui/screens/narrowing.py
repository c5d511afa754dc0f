"""What screens share that show more or less of the archive as one types into a line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from textual import on
from textual.timer import Timer
from textual.widgets import Input

from tui.port import ArchiveLike
from tui.screens.base import ArchiveScreen
from tui.widgets.filterline import FilterInput

DEBOUNCE_S = 0.12


class NarrowingScreen(ArchiveScreen):
    """A line, and what it asks for looked up anew after each pause in typing."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__(archive)
        self._pause: Timer | None = None

    @property
    def asked(self) -> str:
        """What stands in the line."""
        return self.query_one(FilterInput).value.strip()

    def look(self) -> None:
        """Look up what the line asks for."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw what was found as wide as there is room."""
        raise NotImplementedError

    def after_a_pause(self, then: Callable[[], None]) -> None:
        """Do it, unless something else is asked for within a moment."""
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(DEBOUNCE_S, then)

    @on(Input.Changed)
    def _typed(self) -> None:
        self.after_a_pause(self.look)

    def on_screen_resume(self) -> None:
        """A sync may have gone on since this was seen last."""
        super().on_screen_resume()
        self.look()

    def on_resize(self) -> None:
        """Bars are as wide as there is room."""
        self.call_after_refresh(self.draw)
