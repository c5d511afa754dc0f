"""One line that shows how far a model is on its way here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.clean import one_line
from tui.words import duration, size

if TYPE_CHECKING:
    from archive.models import PullProgress

_BAR_CELLS = 16


class PullBar(Static):
    """Hidden until something is fetched; stays with the result."""

    DEFAULT_CSS = "PullBar { height: 1; padding: 0 2; background: $surface; }"

    def __init__(self) -> None:
        super().__init__(id="pull", markup=False)
        self.display = False
        self._name = ""
        self._began = 0.0
        self._first = 0

    def begin(self, name: str) -> None:
        """The first bytes are asked for."""
        self._name = ""
        self._show(Content(f"Model  asking for {one_line(name)} …"))

    def advance(self, progress: PullProgress) -> None:
        """Show how far it is. The rate counts from the first report of a name."""
        now = time.monotonic()
        if progress.name != self._name:
            self._name, self._began, self._first = progress.name, now, progress.done_bytes
        self._show(pull_line(progress, now - self._began, progress.done_bytes - self._first))

    def finish(self, names: Sequence[str], *, stopped: bool, failed: bool) -> None:
        """Say how it ended."""
        here = f"{', '.join(map(one_line, names))} here and checked" if names else ""
        if stopped:
            here += f"{' · ' if here else ''}stopped; fetching again goes on from there"
        elif failed:
            here += f"{' · ' if here else ''}not fetched"
        self._show(Content.styled("Model  ", "bold") + Content(here))

    def _show(self, content: Content) -> None:
        self.display = True
        self.update(content)


def pull_line(progress: PullProgress, elapsed_s: float, fetched: int) -> Content:
    """Name, bar, share, rate and time left, as far as they are known."""
    line = Content.styled(f"{one_line(progress.name)} ", "bold")
    parts = [size(progress.done_bytes)]
    total = progress.total_bytes
    if total:
        share = min(1.0, progress.done_bytes / total)
        filled = round(share * _BAR_CELLS)
        line += Content.styled("█" * filled, "$accent")
        line += Content.styled("░" * (_BAR_CELLS - filled), "$foreground 60%")
        line += Content.styled(f" {share:4.0%}  ", "bold")
        parts = [f"of {size(total)}"]
    if elapsed_s >= 1 and fetched > 0:
        rate = fetched / elapsed_s
        parts.append(f"{size(rate)}/s")
        if total and progress.done_bytes < total:
            parts.append(f"{duration((total - progress.done_bytes) / rate)} left")
    if progress.detail:
        parts.append(one_line(progress.detail))
    return line + Content(" · ".join(parts))
