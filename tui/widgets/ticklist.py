"""A list whose lines can be ticked: `[x]` and `[ ]`, not told apart by a colour alone."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widgets import SelectionList


class TickList(SelectionList[str]):
    """Textual draws one cross for both states, in two colours."""

    def render_line(self, y: int) -> Strip:
        """The line with its box drawn anew; a click still knows which line it is on."""
        strip = super().render_line(y)
        at = self.scroll_offset.y + y
        if at >= self.option_count:
            return strip
        _, cross, _, *rest = strip
        ticked = self.get_option_at_index(at).value in self.selected
        style = rest[0].style or Style()
        if cross.style is not None:
            style += Style(bold=ticked, meta=cross.style.meta)
        return Strip([Segment("[x]" if ticked else "[ ]", style), *rest])
