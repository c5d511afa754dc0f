"""One question and what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from archive.answer import DECLINED, Answer
from archive.confidence import Confidence
from tui.clean import clean, one_line
from tui.finding import Finding, Verdict
from tui.trouble import Trouble
from tui.words import count

_FLUSH_S = 0.05
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKER = re.compile(r"\[(\d{1,3})\]")


class Turn(Vertical):
    """A question, its answer as it is written, and how sure the archive is of it."""

    def __init__(self, question: str, *, waiting_for: str) -> None:
        super().__init__(classes="turn")
        self.question = question
        self.findings: tuple[Finding, ...] = ()
        self.running = True
        self._waiting_for = waiting_for
        self._asked = time.monotonic()
        self._words = ""
        self._unflushed = ""

    def compose(self) -> ComposeResult:
        """Question, answer, confidence, footnote; what has no text takes no room."""
        yield Static(Content(f"❯ {one_line(self.question)}"), classes="asked")
        yield Static(classes="understood", markup=False)
        yield Static(classes="answer", markup=False)
        yield Static(classes="confidence", markup=False)
        yield Static(classes="activity", markup=False)

    def on_mount(self) -> None:
        """Keep the elapsed time moving."""
        self._spin()
        self._spinner = self.set_interval(0.1, self._spin)

    def waiting_for(self, what: str) -> None:
        """Say what the answer waits for. Empty: for nothing but the archive."""
        self._waiting_for = what

    def show_evidence(self, findings: tuple[Finding, ...], understood: str = "") -> None:
        """The sources are there, the model begins. `understood`: how the question was."""
        self.findings = findings
        self.set_class(bool(understood), "-understood")
        self._show(".understood", Content(f"Understood  {understood}" if understood else ""))
        self._spin()

    def add_words(self, text: str) -> None:
        """More of the answer. Drawn in batches, or a fast model would hold up the keys."""
        if not self._unflushed:
            self.set_timer(_FLUSH_S, self._flush)
        self._unflushed += text

    def finish(self, answer: Answer, findings: tuple[Finding, ...]) -> None:
        """The checked answer takes the place of the words as they came."""
        self.findings = findings
        self._end()
        if answer.declined:
            self.add_class("declined")
            self._show(".answer", declined(answer, findings))
            self._show(".confidence", _reasons(answer.confidence))
        else:
            self._show(".answer", cited(answer.text, findings))
            self._show(".confidence", confidence(answer.confidence))
        self._show(".activity", Content(_footnote(answer.model, answer.timings_ms)))

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


def told(trouble: Trouble) -> Content:
    """An error in two lines: what is wrong, what to do."""
    text = Content.styled(f"✗ {clean(trouble.message)}", "bold $text-error")
    if trouble.remedy:
        text += Content(f"\n→ {clean(trouble.remedy)}")
    return text


def cited(text: str, findings: tuple[Finding, ...]) -> Content:
    """The answer with its `[n]` set off; one that does not bear it out becomes `[n?]`."""
    verdicts = {finding.n: finding.verdict for finding in findings}
    parts: list[Content] = []
    at = 0
    text = clean(text)
    for marker in _MARKER.finditer(text):
        n = int(marker[1])
        verdict = verdicts.get(n)
        parts.append(Content(text[at : marker.start()]))
        if verdict in (Verdict.SUPPORTED, Verdict.FOUND):
            parts.append(Content.styled(f"[{n}]", "bold $accent"))
        else:
            parts.append(Content.styled(f"[{n}?]", "bold $text-warning"))
        if verdict is not None:
            click = Style.from_meta({"@click": f"screen.open_source({n})"})
            parts[-1] = parts[-1].stylize(click)
        at = marker.end()
    return Content("").join([*parts, Content(text[at:])])


def declined(answer: Answer, findings: tuple[Finding, ...]) -> Content:
    """No answer is an answer: said calmly, with what comes closest."""
    said = answer.text.removeprefix(DECLINED).strip()
    if not findings:
        said = f"{said} Nothing comes close.".strip()
    text = Content.styled("Not in your archive", "bold")
    return text + Content("\n") + cited(said, findings) if said else text


def confidence(confidence: Confidence) -> Content:
    """A word, a bar and a percentage, then the reasons."""
    value = confidence.value
    if value is None:
        line = Content.styled("Confidence unknown", "bold")
    else:
        word, style = _word(value)
        filled = round(value * 10)
        line = (
            Content.styled(word, f"bold {style}")
            + Content("  ")
            + Content.styled("█" * filled, style)
            + Content.styled("░" * (10 - filled), "$foreground 60%")
            + Content.styled(f" {value:.0%}", "bold")
        )
    if not confidence.calibrated:
        line += Content.styled("  (uncalibrated)", "$foreground 60%")
    reasons = _reasons(confidence)
    return Content("\n").join([line, reasons]) if reasons.plain else line


def _word(value: float) -> tuple[str, str]:
    if value >= 0.9:
        return "Very likely right", "$text-success"
    if value >= 0.7:
        return "Likely right", "$text-success"
    if value >= 0.5:
        return "Uncertain", "$text-warning"
    return "Doubtful", "$text-warning"


def _reasons(confidence: Confidence) -> Content:
    lines = "\n".join(f"· {one_line(reason)}" for reason in confidence.reasons)
    return Content.styled(lines, "$foreground 60%")


def _footnote(model: str, timings_ms: Mapping[str, float]) -> str:
    parts = [
        f"{label} {timings_ms[key] / 1000:.1f} s"
        for key, label in (
            ("evidence", "sources"),
            ("first_token", "first word"),
            ("total", "done"),
        )
        if key in timings_ms
    ]
    return " · ".join([*parts, one_line(model)] if model else parts)
