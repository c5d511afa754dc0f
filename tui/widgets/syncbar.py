"""One line that shows how far a sync is, and then what it did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.clean import one_line
from tui.words import count, duration, size
from tui.wrap import shorten

if TYPE_CHECKING:
    from index.sync import Progress, SyncReport

_STAGES = {"read": "Reading", "embed": "Embedding", "vectors": "Indexing"}
_BAR_CELLS = 16


class SyncBar(Static):
    """Hidden until a sync starts; stays with the result until it is dismissed."""

    def __init__(self) -> None:
        super().__init__(id="sync", markup=False)
        self.display = False
        self._stage = ""
        self._stage_began = 0.0
        self._busy = False

    @property
    def busy(self) -> bool:
        """True while it shows how far a sync is."""
        return self._busy

    @property
    def finished(self) -> bool:
        """True while a result is shown that may be dismissed."""
        return bool(self.display) and not self._busy

    def begin(self) -> None:
        """A sync starts."""
        self._stage = ""
        self._busy = True
        self._show(Content("Sync  looking for what is new…"))

    def advance(self, progress: Progress) -> None:
        """Show how far the stage is."""
        now = time.monotonic()
        if progress.stage != self._stage:
            self._stage, self._stage_began = progress.stage, now
        width = self.size.width or self.app.size.width  # not laid out yet, if it was hidden
        self._show(progress_line(progress, now - self._stage_began, width))

    def stopping(self) -> None:
        """The sync was asked to stop and finishes what it has in hand."""
        self._show(Content("Sync  stopping after the batch in hand…"))

    def finish(self, report: SyncReport) -> None:
        """Show what the sync did."""
        self._busy = False
        self._show(report_line(report))

    def dismiss(self) -> None:
        """Make room."""
        self._busy = False
        self.display = False

    def _show(self, content: Content) -> None:
        self.display = True
        self.update(content)


def progress_line(progress: Progress, elapsed_s: float, width: int) -> Content:
    """Stage, bar, share, rate, time left and the file, as far as they are known."""
    in_bytes = progress.unit == "bytes"
    label = _STAGES.get(progress.stage, one_line(progress.stage))
    rate = progress.done / elapsed_s if elapsed_s >= 1 else None
    line = Content.styled(f"{label:<9} ", "bold")
    parts: list[str] = []
    if progress.total:
        share = min(1.0, progress.done / progress.total)
        filled = round(share * _BAR_CELLS)
        line += Content.styled("█" * filled, "$accent")
        line += Content.styled("░" * (_BAR_CELLS - filled), "$foreground 60%")
        line += Content.styled(f" {share:4.0%}  ", "bold")
    else:
        parts.append(size(progress.done) if in_bytes else f"{progress.done:,}")
    if rate:
        parts.append(f"{size(rate)}/s" if in_bytes else f"{rate:,.0f} {progress.unit}/s")
        if progress.total:
            left_s = max(0.0, (progress.total - progress.done) / rate)
            parts.append(f"{duration(left_s)} left")
    line += Content(" · ".join(parts))
    room = width - line.cell_length - 2
    if progress.detail and room >= 12:
        detail = shorten(one_line(progress.detail), room)[0]
        line += Content.styled(f"  {detail}", "$foreground 60%")
    return line


def report_line(report: SyncReport) -> Content:
    """What changed, in words; what could not be read is never left out."""
    changes = [
        f"{number:,} {word}"
        for number, word in (
            (report.added, "added"),
            (report.changed, "changed"),
            (report.removed, "removed"),
        )
        if number
    ]
    line = Content.styled("Sync stopped  " if report.stopped else "Synced  ", "bold")
    line += Content(", ".join(changes) or "nothing new")
    if "total" in report.seconds:
        line += Content(f" · {duration(report.seconds['total'])}")
    if report.failed:
        line += Content.styled(
            f" · {count(report.failed, 'item')} could not be read (archive status)",
            "$text-warning",
        )
    if report.stopped:
        line += Content(" · the next sync goes on from here")
    return line
