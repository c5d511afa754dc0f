"""A whole document, however long, with the quoted words marked.

Only the lines on screen are drawn; a new width costs one pass of `wrap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.clean import clean
from tui.wrap import wrap

_GUTTER = 2
_WIDEST = 100  # cells; longer lines are hard to read


class DocumentView(ScrollView, can_focus=True):
    """Text as it is, nothing in it interpreted, no link live."""

    ALLOW_SELECT = True
    BINDING_GROUP_TITLE = "In the text"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"document--quote", "document--gutter"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "Down", show=False),
        Binding("k,up", "scroll_up", "Up", show=False),
        Binding("space,pagedown", "page_down", "Page down", show=False),
        Binding("b,pageup", "page_up", "Page up", show=False),
        Binding("g,home", "scroll_home", "Top", show=False),
        Binding("G,end", "scroll_end", "Bottom", show=False),
        Binding("enter", "to_quote", "Quote", tooltip="To the quote"),
    ]

    def __init__(self) -> None:
        super().__init__(id="document")
        self._text = ""
        self._quotes: list[tuple[int, int]] = []
        self._lines: list[tuple[int, int]] = []

    def show(self, text: str, quotes: Sequence[tuple[int, int]]) -> None:
        """Show `text` and go to the first of `quotes` (offsets in `text`)."""
        self._text, self._quotes = cleaned(text, quotes)
        self._flow()
        self.call_after_refresh(self.action_to_quote)

    def on_resize(self, event: Resize) -> None:
        """A new width breaks the lines elsewhere; the quote stays in sight."""
        self._flow()
        self.call_after_refresh(self.action_to_quote)

    def action_to_quote(self) -> None:
        """Scroll so that the first quote stands in the upper third."""
        if not self._quotes:
            self.scroll_home(animate=False)
            return
        start = min(start for start, _ in self._quotes)
        line = next((y for y, (_, end) in enumerate(self._lines) if end >= start), 0)
        self.scroll_to(y=max(0, line - self.size.height // 3), animate=False)

    def _flow(self) -> None:
        width = self.scrollable_content_region.width
        self._lines = []
        if width and self._text:
            self._lines = wrap(self._text, min(width - _GUTTER, _WIDEST))
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line on screen: a bar where it is quoted, then its words."""
        base = self.rich_style
        width = self.size.width
        y += self.scroll_offset.y
        if y >= len(self._lines):
            return Strip.blank(width, base)
        start, end = self._lines[y]
        quote = self.get_component_rich_style("document--quote")
        words: list[Segment] = []
        at = start
        for first, last in self._quotes:
            first, last = max(first, at), min(last, end)
            if first < last:
                words += [Segment(self._text[at:first], base)]
                words += [Segment(self._text[first:last], quote)]
                at = last
        words.append(Segment(self._text[at:end], base))
        gutter = self.get_component_rich_style("document--gutter")
        marked = any(first < end and last > start for first, last in self._quotes)
        line = Strip([segment for segment in words if segment.text])
        selection = self.text_selection
        span = selection.get_span(y) if selection else None
        if span is not None:
            line = self._selected(line, *span)
        line = line.apply_offsets(0, y)
        bar = Segment("▌ " if marked else "  ", gutter)
        return Strip([bar, *line]).adjust_cell_length(width, base)

    def _selected(self, line: Strip, start: int, end: int) -> Strip:
        style = self.screen.get_component_rich_style("screen--selection")
        text = line.text
        end = len(text) if end == -1 else end
        cells = [Strip([Segment(text[:at])]).cell_length for at in (start, end)]
        before, inside, after = (
            line.crop(0, cells[0]),
            line.crop(cells[0], cells[1]),
            line.crop(cells[1]),
        )
        return Strip.join([before, inside.apply_style(style), after])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse marked, for the clipboard."""
        lines = (self._text[start:end] for start, end in self._lines)
        return selection.extract("\n".join(lines)), "\n"


def cleaned(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """`text` fit for the screen, and `spans` moved to where their words went.

    Cleaning changes lengths, so the text is cleaned piece by piece.
    """
    edges = sorted({0, len(text), *(edge for span in spans for edge in span)})
    edges = [edge for edge in edges if 0 <= edge <= len(text)]
    pieces: list[str] = []
    moved = {0: 0}
    length = 0
    for start, end in pairwise(edges):
        pieces.append(clean(text[start:end]))
        length += len(pieces[-1])
        moved[end] = length
    found = [(moved[a], moved[b]) for a, b in spans if a in moved and b in moved]
    return "".join(pieces), _joined(found)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
