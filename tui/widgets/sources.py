"""The list of sources beside the conversation."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Resize
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.clean import one_line
from tui.finding import Finding, Verdict
from tui.words import day, who
from tui.wrap import shorten

_STYLES = {
    Verdict.FOUND: "$foreground 60%",
    Verdict.SUPPORTED: "bold $text-success",
    Verdict.UNSUPPORTED: "bold $text-warning",
    Verdict.UNUSED: "$foreground 60%",
}


_QUOTING = re.compile(r"^[>|][>| ]*", re.MULTILINE)
"""What mail sets before the lines it quotes; of no use where lines are joined."""

FLAG = "suspicious: holds instructions · "


class SourceList(OptionList):
    """Number, mark, title, date, people and two lines of each quote."""

    BINDING_GROUP_TITLE = "In the sources"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Open"),
        Binding("j,down", "cursor_down", "Next", show=False),
        Binding("k,up", "cursor_up", "Previous", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="sources", markup=False)
        self.findings: tuple[Finding, ...] = ()
        self._drawn_width = 0
        self.border_title = "Sources"
        self.display = False

    def show(self, findings: tuple[Finding, ...], title: str = "Sources") -> None:
        """Show these; the cursor stays on its number."""
        at = self.highlighted
        self.findings = findings
        self.border_title = f"{title} ({len(findings)})"
        self.display = bool(findings)
        self._draw()
        if findings:
            self.highlighted = min(at or 0, len(findings) - 1)

    @property
    def chosen(self) -> Finding | None:
        """The source under the cursor."""
        at = self.highlighted
        return self.findings[at] if at is not None and at < len(self.findings) else None

    def choose(self, n: int) -> bool:
        """Put the cursor on the source with this number; whether it was there already."""
        for at, finding in enumerate(self.findings):
            if finding.n == n:
                there = self.highlighted == at
                self.highlighted = at
                return there
        return False

    def on_resize(self, event: Resize) -> None:
        """Lines are cut to the width, so a new width needs new lines."""
        if self._width() != self._drawn_width:
            at = self.highlighted
            self._draw()
            self.highlighted = at

    def _width(self) -> int:
        return max(20, self.scrollable_content_region.width - 3)

    def _draw(self) -> None:
        self._drawn_width = self._width()
        self.set_options([Option(drawn(f, self._drawn_width)) for f in self.findings])


def drawn(finding: Finding, width: int) -> Content:
    """Four lines of `width` cells at most, none of it read as markup."""
    passage = finding.passage
    date = day(passage.date)
    head = f"{finding.n:>2} {finding.verdict.mark} "
    inner = width - len(head)
    title = shorten(one_line(passage.title) or "(no title)", inner - len(date) - 1)[0]
    gap = " " * max(1, inner - Content(title).cell_length - len(date))
    page = f" · page {passage.page}" if passage.page else ""
    origin = (who(passage.people) or passage.kind) + page
    flag = FLAG if finding.flagged else ""
    indent = " " * len(head)
    lines = [
        Content.styled(head, _STYLES[finding.verdict])
        + Content.styled(title, "bold")
        + Content.styled(gap + date, "$foreground 60%"),
        Content.styled(indent + flag, "bold $text-warning")
        + Content.styled(shorten(origin, max(4, inner - len(flag)))[0], "$foreground 60%"),
    ]
    words = one_line(_QUOTING.sub("", finding.quote))
    for line in shorten(words, inner - 2, lines=2):
        lines.append(Content(indent) + Content.styled("│ " + line, "$foreground 85%"))
    return Content("\n").join(lines)
