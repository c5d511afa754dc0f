"""The list of what a search found. Only the rows on the screen are drawn."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.css.styles import RulesMap
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.clean import one_line
from tui.hit import Hit, further, same
from tui.snippet import marked_lines
from tui.words import day, who
from tui.wrap import shorten, wrap

SNIPPET_LINES = 2
_HEAD_CELLS = 4
_HEAD_LINES = 2
_NEAR = 5
"""So many results before the last, the end is near."""

_MARKED = "bold $accent"


class HitList(OptionList):
    """Number, title, date, people, and the lines with the words that were looked for."""

    BINDING_GROUP_TITLE = "In the results"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Open"),
        Binding("j,down", "cursor_down", "Next", show=False),
        Binding("k,up", "cursor_up", "Previous", show=False),
    ]

    class EndNear(Message):
        """One moves towards the end, by the cursor or by scrolling."""

    def __init__(self) -> None:
        super().__init__(id="hits", markup=False)
        self.hits: tuple[Hit, ...] = ()
        self._drawn_width = 0

    def show(self, hits: tuple[Hit, ...]) -> None:
        """Show these, the first one chosen."""
        self.hits = hits
        self._draw()
        self.highlighted = 0 if hits else None
        self.scroll_home(animate=False)

    def grow(self, found: tuple[Hit, ...], *, anew: bool) -> None:
        """Go on with what a wider search found. `anew`: that may stand in between, by date."""
        if not anew:
            more = further(self.hits, found)
            self.hits += more
            self.add_options(self._row(hit) for hit in more)
            return
        chosen, self.hits = self.chosen, found
        self._draw()
        places = (at for at, hit in enumerate(found) if chosen and same(hit, chosen))
        self.highlighted = next(places, 0)

    @property
    def near_end(self) -> bool:
        """Whether the cursor, or what is shown of the list, is about to reach its end."""
        at = self.highlighted
        if at is not None and at >= len(self.hits) - _NEAR:
            return True
        return self.scroll_y > 0 and self.max_scroll_y - self.scroll_y < self.size.height

    def watch_highlighted(self, highlighted: int | None) -> None:
        """The cursor moved."""
        super().watch_highlighted(highlighted)
        if self.near_end:
            self.post_message(self.EndNear())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """So did the list."""
        super().watch_scroll_y(old_value, new_value)
        if self.near_end:
            self.post_message(self.EndNear())

    def move(self, step: int) -> None:
        """Choose a result further on, and stop at the ends."""
        if self.hits:
            at = (self.highlighted or 0) + step
            self.highlighted = max(0, min(at, len(self.hits) - 1))

    @property
    def chosen(self) -> Hit | None:
        """The result under the cursor."""
        at = self.highlighted
        return self.hits[at] if at is not None and at < len(self.hits) else None

    def on_resize(self, event: Resize) -> None:
        """Lines are cut to the width, so a new width needs new lines."""
        if self._width() != self._drawn_width:
            at = self.highlighted
            self._draw()
            self.highlighted = at

    def _width(self) -> int:
        return max(24, self.scrollable_content_region.width - 3)

    def _draw(self) -> None:
        self._drawn_width = self._width()
        self.set_options([self._row(hit) for hit in self.hits])

    def _row(self, hit: Hit) -> Option:
        return Option(_Row(hit, self._drawn_width))


class _Row(Visual):
    """A result that is drawn when it is first seen: of a thousand, most never are."""

    def __init__(self, hit: Hit, width: int) -> None:
        self._hit = hit
        self._width = width
        self._lines = _HEAD_LINES + len(_snippet_lines(hit, width))
        self._drawn: Content | None = None

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Known without drawing it."""
        return self._lines

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """What it was cut to."""
        return self._width

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Its lines."""
        if self._drawn is None:
            self._drawn = drawn(self._hit, self._width)
        return self._drawn.render_strips(width, height, style, options)


def snippet_chars(width: int) -> int:
    """How long a snippet fits into a list of this width."""
    return SNIPPET_LINES * (max(24, width) - _HEAD_CELLS - 8)


def drawn(hit: Hit, width: int) -> Content:
    """Four lines of `width` cells at most, none of it read as markup."""
    passage = hit.passage
    date = day(passage.date)
    head = _head(hit)
    inner = width - len(head)
    title = shorten(one_line(passage.title) or "(no title)", inner - len(date) - 1)[0]
    gap = " " * max(1, inner - Content(title).cell_length - len(date))
    alike = f"also in {len(passage.also)} more" if passage.also else ""
    page = f"page {passage.page}" if passage.page else ""
    facts = (who(passage.people), passage.kind, page, one_line(passage.section), alike)
    origin = " · ".join(fact for fact in facts if fact)
    indent = " " * len(head)
    lines = [
        Content.styled(head, "$foreground 60%")
        + Content.styled(title, "bold")
        + Content.styled(gap + date, "$foreground 60%"),
        Content.styled(indent + shorten(origin, inner)[0], "$foreground 60%"),
    ]
    for pieces in marked_lines(hit.snippet, _snippet_lines(hit, width)):
        words = [
            Content.styled(text, _MARKED if mark else "$foreground 85%")
            for text, mark in pieces
        ]
        bar = Content.styled("│ ", "$foreground 60%")
        lines.append(Content("").join([Content(indent), bar, *words]))
    return Content("\n").join(lines)


def _head(hit: Hit) -> str:
    return f"{hit.n:>2}  "


def _snippet_lines(hit: Hit, width: int) -> list[tuple[int, int]]:
    return wrap(hit.snippet.text, width - len(_head(hit)) - 2)[:SNIPPET_LINES]
