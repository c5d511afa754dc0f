"""What a search can be narrowed by, beside its results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from index.facets import Count, Facets
from tui.clean import one_line
from tui.wrap import shorten

_MOST_ROWS = 12


class FacetList(OptionList):
    """People, years, sources and kinds with their counts; Enter narrows, again widens."""

    BINDING_GROUP_TITLE = "In the counts"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Narrow", tooltip="Narrow by this, or no longer"),
        Binding("j,down", "cursor_down", "Next", show=False),
        Binding("k,up", "cursor_up", "Previous", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The search is to be narrowed so, or no longer."""

        operator: str

    def __init__(self) -> None:
        super().__init__(id="facets", markup=False)
        self._operators: dict[int, str] = {}
        self.border_title = "Narrow by"

    def show(self, facets: Facets | None, query: str) -> None:
        """Show these counts; what `query` says already is ticked."""
        at = self.highlighted
        self._operators = {}
        options: list[Option] = []
        width = max(16, self.scrollable_content_region.width - 2)
        for sort, counts in facets.sorts().items() if facets else ():
            if not counts:
                continue
            heading = Content.styled(sort.capitalize(), "bold $foreground 60%")
            options.append(Option(heading, disabled=True))
            for count in counts[:_MOST_ROWS]:
                self._operators[len(options)] = count.operator
                options.append(Option(_row(count, typed(count.operator, query), width)))
        self.set_options(options)
        if at in self._operators:
            self.highlighted = at

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen(self._operators[event.option_index]))


def typed(operator: str, query: str) -> bool:
    """Whether the operator stands in the query."""
    return re.search(rf"(?<!\S){re.escape(operator)}(?!\S)", query) is not None


def toggled(operator: str, query: str) -> str:
    """The query with the operator, or without it if it was there."""
    if not typed(operator, query):
        return f"{query.rstrip()} {operator}".lstrip()
    left = re.sub(rf"(?<!\S){re.escape(operator)}(?!\S)", " ", query)
    return " ".join(left.split())


def _row(count: Count, ticked: bool, width: int) -> Content:
    number = f"{count.documents:,}"
    mark = "✓ " if ticked else "  "
    room = width - len(mark) - len(number) - 1
    label = one_line(count.label)
    if "/" in label:  # of a path, its end says most
        label = label if len(label) <= room else "…" + label[-(room - 1) :]
    label = shorten(label, room)[0]
    gap = " " * max(1, room - Content(label).cell_length + 1)
    return (
        Content.styled(mark, "bold $text-success")
        + Content(label)
        + Content.styled(gap + number, "$foreground 60%")
    )
