"""The chosen source beside the answer, in its document, with the cited words marked.

It follows the cursor: a document is read in a thread when the cursor has rested a moment,
and what was chosen meanwhile takes its place.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from tui.clean import one_line
from tui.finding import Finding
from tui.port import ArchiveLike
from tui.reading import Reading, of_document
from tui.widgets.document import DocumentView
from tui.words import day

if TYPE_CHECKING:
    from index.stored import StoredDocument

_REST_S = 0.05


class SourcePane(Vertical):
    """A title, a date, and the text around the citation."""

    @dataclass
    class _Read(Message):
        finding: Finding
        reading: Reading

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__(id="source")
        self._archive = archive
        self._finding: Finding | None = None
        self._pause: Timer | None = None
        self.display = False

    def compose(self) -> ComposeResult:
        """Only the text; its title is the border's."""
        yield DocumentView()

    def follow(self, finding: Finding | None) -> None:
        """Show this source, as soon as the cursor rests. None: nothing."""
        self.display = finding is not None
        if finding == self._finding:
            return  # it is shown, or about to be
        if self._pause is not None:
            self._pause.stop()
        self._finding = finding
        if finding is None:
            return
        passage = finding.passage
        title = one_line(passage.title) or "(no title)"
        named = " · ".join(filter(None, (f"[{finding.n}] {title}", day(passage.date))))
        self.border_title = named.replace("[", r"\[")
        self._pause = self.set_timer(_REST_S, lambda: self._load(finding))

    @work(thread=True, exclusive=True, exit_on_error=False, group="source")
    def _load(self, finding: Finding) -> None:
        worker = get_current_worker()
        try:
            document = self._archive.result().document(finding.passage)
            reading = of_document(document, spans_in(document, finding))
        except Exception:  # the reader, which one opens to see more, says what is wrong
            quote = (0, len(finding.quote))
            reading = Reading(text=finding.quote, quotes=(quote,))
        if not worker.is_cancelled:
            self.post_message(self._Read(finding, reading))

    @on(_Read)
    def _show(self, event: _Read) -> None:
        event.stop()
        if event.finding is self._finding:
            self.query_one(DocumentView).read(event.reading)


def spans_in(document: StoredDocument, finding: Finding) -> list[tuple[int, int]]:
    """Where the cited words stand in the text as it is now; none if they are gone."""
    text, quote = document.text, finding.quote
    start, end = finding.spans[0]
    if text[start:end] == quote:
        return list(finding.spans)
    at = text.find(quote) if quote else -1
    return [(at, at + len(quote))] if at >= 0 else []
