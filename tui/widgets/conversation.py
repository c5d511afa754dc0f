"""The column of questions and answers."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.geometry import Size


class Conversation(VerticalScroll, can_focus=False):
    """Follows its end as it grows, unless one has scrolled away from it.

    Textual's `anchor` does the same but scrolls to a negative offset while there is
    less than a screenful.
    """

    _follows = True

    def on_mount(self) -> None:
        """Hear of every change of size and place."""
        self.watch(self, "virtual_size", self._grown, init=False)
        self.watch(self, "scroll_y", self._scrolled, init=False)

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._follows = True
        self.scroll_end(animate=False)

    def _grown(self, _: Size) -> None:
        if self._follows:
            self.scroll_end(animate=False)

    def _scrolled(self, scroll_y: float) -> None:
        self._follows = scroll_y >= self.max_scroll_y - 1
