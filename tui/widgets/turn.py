"""One question and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count as counter
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from tui.clean import clean, one_line
from tui.finding import Finding, found, judged
from tui.said import cited, confidence, declined, footnote, told
from tui.trouble import Trouble
from tui.words import count, day

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound
    from archive.history import Remembered

_FLUSH_S = 0.05
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_numbers = counter(1)

VERDICTS = {
    "right": ("✓ Saved as right", "Ctrl+Y"),
    "wrong": ("✗ Saved as wrong", "Ctrl+N"),
    "source": ("✓ Saved as the right source: [{n}]", "Ctrl+G"),
}
"""What the owner may say of an answer, how that is shown, and the key that takes it back."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A verdict that is in the owner's test set."""

    verdict: str
    line: Mapping[str, object]
    n: int = 0
    """The source, if the verdict is about one."""


class Turn(Vertical):
    """A question, its answer as it is written, and how sure the archive is of it."""

    @dataclass
    class Chosen(Message):
        """It was clicked."""

        turn: Turn

    def __init__(self, question: str, *, waiting_for: str) -> None:
        super().__init__(classes="turn")
        self.number = next(_numbers)
        self.question = question
        self.findings: tuple[Finding, ...] = ()
        self.evidence: EvidenceFound | None = None
        self.answer: Answer | None = None
        """The checked one; None until it is there."""

        self.saved: dict[str, Saved] = {}
        """What the owner said, by `answer` (right or wrong) and `source`."""

        self.running = True
        self._chosen: int | None = None
        self._when = ""
        self._waiting_for = waiting_for
        self._asked = time.monotonic()
        self._words = ""
        self._unflushed = ""
        self._remembered: Remembered | None = None

    @classmethod
    def of(cls, kept: Remembered) -> Turn:
        """One that was asked some time ago, with its answer."""
        turn = cls(kept.question, waiting_for="")
        turn._when = f"asked {day(kept.asked_at.astimezone())}"
        turn._remembered = kept
        return turn

    def compose(self) -> ComposeResult:
        """Question, answer, confidence, verdicts, footnote; what has no text takes no room."""
        yield Static(Content(f"❯ {one_line(self.question)}"), classes="asked")
        for part in ("understood", "answer", "confidence", "saved", "activity"):
            yield Static(classes=part, markup=False)

    def on_mount(self) -> None:
        """Keep the elapsed time moving."""
        self._spinner = self.set_interval(0.1, self._spin)
        if self._remembered is None:
            self._spin()
            return
        kept = self._remembered
        added = one_line(kept.found.added)
        self.show_evidence(kept.found, f"following on: {added}" if added else "")
        self.finish(kept.answer)

    def on_click(self, event: Click) -> None:
        """Show this question's sources."""
        self.post_message(self.Chosen(self))

    def waiting_for(self, what: str) -> None:
        """Say what the answer waits for. Empty: for nothing but the archive."""
        self._waiting_for = what

    def show_evidence(self, evidence: EvidenceFound, understood: str = "") -> None:
        """The sources are there, the model begins. `understood`: how the question was."""
        self.evidence = evidence
        self.findings = found(evidence)
        self.set_class(bool(understood), "-understood")
        self._show(".understood", Content(f"Understood  {understood}" if understood else ""))
        self._spin()

    def add_words(self, text: str) -> None:
        """More of the answer. Drawn in batches, or a fast model would hold up the keys."""
        if not self._unflushed:
            self.set_timer(_FLUSH_S, self._flush)
        self._unflushed += text

    def finish(self, answer: Answer) -> None:
        """The checked answer takes the place of the words as they came."""
        self.answer = answer
        self.findings = judged(self.findings, answer)
        self._end()
        self.set_class(answer.declined, "declined")
        self._show_answer()
        self._show(".confidence", confidence(answer.confidence))
        note = " · ".join(filter(None, (self._when, footnote(answer.model, answer.timings_ms))))
        self._show(".activity", Content(note))

    def mark(self, n: int | None) -> None:
        """Set the citation off that the cursor is on among the sources."""
        if n != self._chosen:
            self._chosen = n
            self._show_answer()

    def show_saved(self) -> None:
        """Say what the owner's verdict was, and how to take it back."""
        lines = []
        for saved in self.saved.values():
            words, key = VERDICTS[saved.verdict]
            lines.append(f"{words.format(n=saved.n)} in your test set · {key} takes it back")
        self._show(".saved", Content("\n".join(lines)))

    def stop(self, why: str = "Stopped.") -> None:
        """No answer will come; what was written so far was never checked."""
        self._flush()
        self._end()
        note = f"{why} The words above were not checked." if self._words else why
        self._show(".activity", Content(f"■ {note}"))

    def fail(self, trouble: Trouble) -> None:
        """An error took the place of the answer."""
        self._flush()
        self._end()
        self.add_class("failed")
        self._show(".activity", told(trouble))

    def _show_answer(self) -> None:
        answer = self.answer
        if answer is None:
            return
        turn, chosen = self.number, self._chosen
        if answer.declined:
            words = declined(answer, self.findings, turn=turn, chosen=chosen)
        else:
            words = cited(answer.text, self.findings, turn=turn, chosen=chosen)
        self._show(".answer", words)

    def _flush(self) -> None:
        if self.running and self._unflushed:
            self._words = (self._words + clean(self._unflushed)).lstrip()
            self._unflushed = ""
            self._show(".answer", Content(self._words))

    def _end(self) -> None:
        self.running = False
        self._spinner.stop()

    def _spin(self) -> None:
        elapsed_s = time.monotonic() - self._asked
        frame = _SPINNER[int(elapsed_s * 10) % len(_SPINNER)]
        if self._waiting_for and not self._words:
            doing = self._waiting_for
        elif self._words:
            doing = "Writing"
        elif self.findings:
            doing = f"Reading {count(len(self.findings), 'source')}"
        else:
            doing = "Searching"
        self._show(".activity", Content(f"{frame} {doing}…  {elapsed_s:.0f} s  Esc stops"))

    def _show(self, part: str, content: Content) -> None:
        line = self.query_one(part, Static)
        line.display = bool(content.plain)
        line.update(content)
