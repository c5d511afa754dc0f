"""What is drawn of an answer: its words, its citations, how sure it is and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from tui.clean import clean, one_line
from tui.finding import Finding, Verdict
from tui.trouble import Trouble

if TYPE_CHECKING:
    from archive.answer import Answer
    from archive.confidence import Confidence

_MARKER = re.compile(r"\[(\d{1,3})\]")
_FAINT = "$foreground 60%"

_GOOD = 0.7
"""From this probability on it is drawn in the colour of success; the word says it too."""


def told(trouble: Trouble) -> Content:
    """An error in two lines: what is wrong, what to do."""
    text = Content.styled(f"✗ {clean(trouble.message)}", "bold $text-error")
    if trouble.remedy:
        text += Content(f"\n→ {clean(trouble.remedy)}")
    return text


def cited(
    text: str, findings: tuple[Finding, ...], *, turn: int = 0, chosen: int | None = None
) -> Content:
    """The answer with its `[n]` set off; one that does not bear it out becomes `[n?]`.

    The one that is `chosen` among the sources is drawn reversed; a click chooses one.
    """
    verdicts = {finding.n: finding.verdict for finding in findings}
    parts: list[Content] = []
    at = 0
    text = clean(text)
    for marker in _MARKER.finditer(text):
        n = int(marker[1])
        verdict = verdicts.get(n)
        parts.append(Content(text[at : marker.start()]))
        reverse = " reverse" if n == chosen and verdict is not None else ""
        if verdict in (Verdict.SUPPORTED, Verdict.FOUND):
            parts.append(Content.styled(f"[{n}]", f"bold{reverse} $accent"))
        else:
            parts.append(Content.styled(f"[{n}?]", f"bold{reverse} $text-warning"))
        if verdict is not None:
            click = Style.from_meta({"@click": f"screen.cite({turn}, {n})"})
            parts[-1] = parts[-1].stylize(click)
        at = marker.end()
    return Content("").join([*parts, Content(text[at:])])


def declined(
    answer: Answer, findings: tuple[Finding, ...], *, turn: int = 0, chosen: int | None = None
) -> Content:
    """No answer is an answer: said calmly, with what comes closest."""
    from archive.answer import DECLINED

    said = answer.text.removeprefix(DECLINED).strip()
    if not findings:
        said = f"{said} Nothing comes close.".strip()
    text = Content.styled("Not in your archive", "bold")
    if not said:
        return text
    return text + Content("\n") + cited(said, findings, turn=turn, chosen=chosen)


def confidence(confidence: Confidence) -> Content:
    """A word, a percentage and a bar; how the number came about; then the reasons."""
    value, reasons = confidence.value, confidence.reasons
    if value is None:
        # What was counted has no probability, and its first reason says so.
        line = Content.styled(one_line(reasons[0]) if reasons else "Confidence unknown", "bold")
        reasons = reasons[1:]
    else:
        style = "$text-success" if value >= _GOOD else "$text-warning"
        filled = round(value * 10)
        line = (
            Content.styled(confidence.word, f"bold {style}")
            + Content.styled(f"  {value:.0%} ", "bold")
            + Content.styled("█" * filled, style)
            + Content.styled("░" * (10 - filled), _FAINT)
        )
        if not confidence.calibrated:
            line += Content.styled("  uncalibrated, a guess", _FAINT)
    lines = [Content.styled(f"· {one_line(one)}", _FAINT) for one in reasons]
    return Content("\n").join([line, *lines])


def footnote(model: str, timings_ms: Mapping[str, float]) -> str:
    """How long it took, and the model's name."""
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
