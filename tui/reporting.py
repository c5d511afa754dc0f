"""What became of each source, as lines for a person: the same in the app and the shell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tui.words import count

if TYPE_CHECKING:
    from index.report import SourceReport
    from index.stored import FailureRow

_PLURALS = {"mail": "mails", "note": "notes", "chat": "chat days", "file": "documents"}


def report_lines(report: SourceReport) -> Iterator[tuple[str, str]]:
    """Label and fact, in order. A label that is empty belongs to the one before."""
    read = [
        f"{number:,} {_PLURALS.get(kind, kind) if number > 1 else kind}"
        for kind, number in report.documents.items()
    ]
    yield "read", ", ".join(read) or "nothing yet"
    if report.attachments:
        yield "", f"{report.attachments:,} of them came attached to another"
    if report.copies:
        yield "joined", count(report.copies, "copy", "copies") + " of something already there"
    if report.documents.get("mail"):
        yield "threads", f"{report.threads:,}"
    if report.set_aside_chars:
        share = report.set_aside_chars / report.quoted_chars
        yield "quoted", f"{report.quoted_chars:,} characters, {share:.0%} not searched twice"
    yield from _counted("guessed", report.remarks)
    yield from _counted("left out", report.skipped)
    yield from _counted("unread", report.failures)


def _counted(label: str, reasons: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for reason, number in reasons.items():
        yield label, f"{number:,} × {reason}"
        label = ""


def failure_line(failure: FailureRow) -> tuple[str, str]:
    """Where, and why."""
    return f"{failure.path} {failure.locator}".rstrip(), failure.reason
