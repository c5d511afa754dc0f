"""A whole document, however long, with the quoted words marked.

Only the lines on screen are drawn. A new text or a new width costs one pass of `wrap`, a
tenth of a second for a megabyte: a long one is done in a thread and drawn when that is done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on, work
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui.clean import clean
from tui.reading import Reading, Span
from tui.wrap import wrap

_GUTTER = 2
_WIDEST = 100  # cells; longer lines are hard to read
_LONG = 50_000  # characters; below that a pass takes less than 10 ms


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """A reading made fit for the screen and broken into lines."""

    reading: Reading
    width: int
    text: str = ""
    quotes: Sequence[Span] = ()
    rules: Sequence[Span] = ()
    at: int = 0
    lines: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """The styles of a line. To ask for them takes longer than to draw it."""

    base: Style
    rule: Style
    quote: Style
    gutter: Style


class DocumentView(ScrollView, can_focus=True):
    """Text as it is, nothing in it interpreted, no link live."""

    ALLOW_SELECT = True
    BINDING_GROUP_TITLE = "In the text"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "document--quote",
        "document--gutter",
        "document--rule",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "Down", show=False),
        Binding("k,up", "scroll_up", "Up", show=False),
        Binding("space,pagedown", "page_down", "Page down", show=False),
        Binding("b,pageup", "page_up", "Page up", show=False),
        Binding("g,home", "scroll_home", "Top", show=False),
        Binding("G,end", "scroll_end", "Bottom", show=False),
        Binding("right_square_bracket", "rule(1)", "Next page or message", show=False),
        Binding("left_square_bracket", "rule(-1)", "Page or message before", show=False),
        Binding("enter", "to_quote", "Quote", tooltip="To the quote"),
    ]

    @dataclass
    class _Done(Message):
        laid: _Laid

    def __init__(self) -> None:
        super().__init__(id="document")
        self._wanted = Reading(text="", quotes=())
        self._laid = _Laid(self._wanted, 0)
        self._look: _Look | None = None

    def show(self, text: str, quotes: Sequence[Span]) -> None:
        """Show `text` and go to the first of `quotes` (offsets in `text`)."""
        self.read(Reading(text=text, quotes=tuple(quotes)))

    def read(self, reading: Reading) -> None:
        """Show this and go to its first quote."""
        self._wanted = reading
        self._flow()

    def on_resize(self, event: Resize) -> None:
        """A new width breaks the lines elsewhere; the quote stays in sight."""
        self._flow()

    def action_to_quote(self) -> None:
        """Scroll so that the first quote stands in the upper third.

        Forced: a text just taken has no scroll bar yet; without one nothing is scrolled.
        """
        laid = self._laid
        if laid.quotes:
            line = self._line_of(min(start for start, _ in laid.quotes))
            self.scroll_to(y=max(0, line - self.size.height // 3), animate=False, force=True)
        else:
            self.scroll_to(
                y=self._line_of(laid.at) if laid.at else 0, animate=False, force=True
            )

    def action_rule(self, step: int) -> None:
        """Go to the next page, message or heading, or to the one before."""
        tops = [self._line_of(start) for start, _ in self._laid.rules]
        here = self.scroll_offset.y
        ahead = [top for top in tops if (top > here if step > 0 else top < here)]
        if ahead:
            self.scroll_to(y=min(ahead) if step > 0 else max(ahead), animate=False, force=True)

    def _line_of(self, offset: int) -> int:
        lines = self._laid.lines
        return max(0, bisect_right(lines, offset, key=lambda line: line[0]) - 1)

    # -- laying out ---------------------------------------------------------------------

    def _flow(self) -> None:
        width = self.scrollable_content_region.width
        if len(self._wanted.text) < _LONG:
            self.workers.cancel_group(self, "flow")
            self._take(laid(self._wanted, width))
        else:
            if self._laid.reading is not self._wanted:
                self._take(_Laid(self._wanted, 0))  # not the text before under a new title
            self._flow_aside(self._wanted, width)

    @work(thread=True, exclusive=True, exit_on_error=False, group="flow")
    def _flow_aside(self, reading: Reading, width: int) -> None:
        self.post_message(self._Done(laid(reading, width)))

    @on(_Done)
    def _done(self, event: _Done) -> None:
        event.stop()
        width = self.scrollable_content_region.width
        if event.laid.reading is self._wanted and event.laid.width == width:
            self._take(event.laid)

    def _take(self, laid: _Laid) -> None:
        self._laid = laid
        self.virtual_size = Size(laid.width, len(laid.lines))
        self.refresh()
        self.call_after_refresh(self.action_to_quote)

    # -- drawing ------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Several lines; what they look like is worked out once for all of them."""
        self._look = self._looks()
        return super().render_lines(crop)

    def _looks(self) -> _Look:
        return _Look(
            self.rich_style,
            self.get_component_rich_style("document--rule", partial=True),
            self.get_component_rich_style("document--quote"),
            self.get_component_rich_style("document--gutter"),
        )

    def render_line(self, y: int) -> Strip:
        """One line on screen: a bar where it is quoted, then its words."""
        look = self._look or self._looks()
        base = look.base
        width = self.size.width
        laid = self._laid
        y += self.scroll_offset.y
        if y >= len(laid.lines):
            return Strip.blank(width, base)
        start, end = laid.lines[y]
        if _covers(laid.rules, start, end):
            base += look.rule
        line, marked = self._words(start, end, base, look.quote)
        selection = self.text_selection
        span = selection.get_span(y) if selection else None
        if span is not None:
            line = self._selected(line, *span)
        line = line.apply_offsets(0, y)
        bar = Segment("▌ " if marked else "  ", look.gutter)
        return Strip([bar, *line]).adjust_cell_length(width, base)

    def _words(self, start: int, end: int, base: Style, quote: Style) -> tuple[Strip, bool]:
        text = self._laid.text
        words: list[Segment] = []
        at = start
        for first, last in self._laid.quotes:
            first, last = max(first, at), min(last, end)
            if first < last:
                words += [Segment(text[at:first], base), Segment(text[first:last], quote)]
                at = last
        words.append(Segment(text[at:end], base))
        marked = any(first < end and last > start for first, last in self._laid.quotes)
        return Strip([segment for segment in words if segment.text]), marked

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
        lines = (self._laid.text[start:end] for start, end in self._laid.lines)
        return selection.extract("\n".join(lines)), "\n"


def laid(reading: Reading, width: int) -> _Laid:
    """A reading, cleaned and broken into lines of `width` cells."""
    if not width or not reading.text:
        return _Laid(reading, width)
    at = (reading.at, reading.at)
    text, moved = _moved(reading.text, [*reading.quotes, *reading.rules, at])
    return _Laid(
        reading,
        width,
        text=text,
        quotes=_joined(_found(moved, reading.quotes)),
        rules=_found(moved, reading.rules),
        at=moved.get(reading.at, 0),
        lines=wrap(text, min(width - _GUTTER, _WIDEST)),
    )


def cleaned(text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
    """`text` fit for the screen, and `spans` moved to where their words went."""
    shown, moved = _moved(text, spans)
    return shown, _joined(_found(moved, spans))


def _moved(text: str, spans: Sequence[Span]) -> tuple[str, dict[int, int]]:
    """Cleaning changes lengths, so the text is cleaned piece by piece."""
    edges = sorted({0, len(text), *(edge for span in spans for edge in span)})
    edges = [edge for edge in edges if 0 <= edge <= len(text)]
    pieces: list[str] = []
    moved = {0: 0}
    length = 0
    for start, end in pairwise(edges):
        pieces.append(clean(text[start:end]))
        length += len(pieces[-1])
        moved[end] = length
    return "".join(pieces), moved


def _found(moved: dict[int, int], spans: Sequence[Span]) -> list[Span]:
    return [(moved[a], moved[b]) for a, b in spans if a in moved and b in moved]


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _covers(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether one of these ascending spans holds a part of `start` to `end`."""
    at = bisect_right(spans, start, key=lambda span: span[0])
    if at and spans[at - 1][1] > start:
        return True
    return at < len(spans) and spans[at][0] < end
