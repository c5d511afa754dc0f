"""Every key, read from the bindings themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.keys import keys_of

_WIDTH = 64
_AROUND = 8  # border, padding, scroll bar and the space before a key
_KEYS = 19


class HelpScreen(ModalScreen[None]):
    """Keys in groups, one group for each place they work in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close"),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
    ]

    def __init__(
        self, places: Sequence[type[DOMNode]], keymap: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._places = places
        self._keymap = keymap or {}

    def compose(self) -> ComposeResult:
        """One panel, scrolled if the terminal is small."""
        with VerticalScroll(id="help", can_focus=False) as panel:
            panel.border_title = "Keys"
            panel.border_subtitle = "Esc closes"
            yield Static(
                "Other keys: the name in brackets under [keys] in config.toml,"
                ' like "search" = "ctrl+k".',
                markup=False,
            )
            for place in self._places:
                yield Static(self._table(place), markup=False)

    def action_scroll(self, step: int) -> None:
        """Move the panel by a line."""
        self.query_one("#help").scroll_relative(y=step * 2, animate=False)

    def _table(self, place: type[DOMNode]) -> Content:
        text = Content.styled(place.BINDING_GROUP_TITLE or place.__name__, "bold $accent")
        room = min(_WIDTH, self.app.size.width * 96 // 100) - _AROUND - _KEYS
        for keys, description in self._rows(place):
            for line in textwrap.wrap(description, max(20, room)):
                text += Content(f"\n  {keys:<{_KEYS}}{line}")
                keys = ""
        return text

    def _rows(self, place: type[DOMNode]) -> list[tuple[str, str]]:
        rows: list[tuple[str, str]] = []
        for binding in place.BINDINGS:
            if not isinstance(binding, Binding) or not binding.description:
                continue
            if binding.action.startswith("open_source"):
                if binding.key == "1":
                    rows.append(("1 … 9", "Open the source with this number"))
                continue
            single = [Binding(key, "", "") for key in keys_of(binding, self._keymap)]
            keys = " or ".join(self.app.get_key_display(one) for one in single)
            name = f"  [{binding.id}]" if binding.id else ""
            rows.append((keys, f"{binding.tooltip or binding.description}{name}"))
        return rows
