"""What is said about the syncs that nobody watches: nothing, or one line. All pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from index.sync import SyncReport
    from ingest.errors import LifeArchiveError

STALE_AFTER: Final = timedelta(hours=48)


def stale(last_good_sync: datetime | None, now: datetime) -> str:
    """A warning if the last good sync is older than 48 hours or never was, else nothing."""
    if last_good_sync is None:
        return "There was no good sync yet. Run: archive sync"
    age = now - last_good_sync
    if age <= STALE_AFTER:
        return ""
    return f"The last good sync was {age.days:,} days ago. See: archive schedule status"


def report_line(report: SyncReport, *, repaired: str = "") -> str:
    """Nothing when all is well, else what cron mails to the owner.

    `repaired` says what was damaged and is not any more.
    """
    if not (report.failed or report.stopped or repaired):
        return ""
    said = [text for text in (repaired, _unread(report)) if text]
    if report.stopped:
        said.append("stopped early")
    done = [
        _count(number, "document") + f" {what}"
        for number, what in (
            (report.added, "added"),
            (report.changed, "changed"),
            (report.removed, "removed"),
        )
        if number
    ]
    line = f"Life Archive: {', '.join([*said, *(done or ['nothing new'])])}"
    line += f" in {_duration(report.seconds.get('total', 0.0))}"
    return line + ("; details: archive failures" if report.failed else "")


def trouble_line(error: LifeArchiveError) -> str:
    """One line for a sync that could not be done."""
    return f"Life Archive: {error} {error.remedy}".strip()


def threads(configured: int, cores: int) -> int:
    """How many threads a sync in the background may use: one core is left to its owner."""
    return max(1, min(configured, cores - 1))


def _unread(report: SyncReport) -> str:
    if not report.failed:
        return ""
    files = len({failure.path for failure in report.failures})
    if files in (0, report.failed):
        return f"{_count(report.failed, 'file')} unread"
    # Of a mailbox single mails are unread, not the file.
    return f"{_count(report.failed, 'document')} in {_count(files, 'file')} unread"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
