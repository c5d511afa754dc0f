"""What the screen of summaries says: how far reading is, the summary, its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.clean import one_line
from tui.finding import Finding, Verdict
from tui.words import count, day, duration

if TYPE_CHECKING:
    from archive.cite import Citation
    from archive.summary.made import Summary
    from archive.summary.noting import Progress

STOPS = "Esc stops, and keeps what was read"


def reading(progress: Progress, elapsed_s: float, left_s: float) -> str:
    """How far it is, what was read another time included; of the time that is left only what
    the estimate still gives.
    """
    if progress.done >= progress.total:
        return f"Putting it together …  {duration(elapsed_s)}"
    left = f", about {duration(left_s)} left" if left_s >= 1 else ""
    part, parts = progress.kept + progress.done + 1, progress.kept + progress.total
    return (
        f"Reading part {part} of {parts}  {duration(elapsed_s)}{left}  "
        f"{one_line(progress.title)[:50]}  ·  {STOPS}"
    )


def drawn(summary: Summary) -> Content:
    """Paragraphs or lines, with what is to be said of them below."""
    flowing = summary.shape.value == "paragraph"
    blocks: list[Content] = []
    for section in summary.sections:
        if section.heading:
            blocks.append(Content.styled(one_line(section.heading), "bold $accent"))
        lines = [_line(line.text, line.cites, flowing) for line in section.lines]
        blocks.append(Content(" " if flowing else "\n").join(lines))
        blocks.append(Content(""))
    notes = [one_line(remark) for remark in summary.remarks]
    if summary.flagged:
        held = count(len(summary.flagged), "message")
        notes.append(f"{held} held what seems to be an instruction to a model; left out.")
    blocks += [Content.styled(note, "$text-warning") for note in notes]
    return Content("\n").join(blocks)


def _line(text: str, cites: tuple[int, ...], flowing: bool) -> Content:
    marks = "".join(f" [{number}]" for number in cites)
    begin = "" if flowing else "• "
    return Content(begin + one_line(text)) + Content.styled(marks, "bold $accent")


def source(one: Citation) -> Content:
    """A cited message in two lines: when, who and what, and the words that are cited."""
    passage = one.passage
    who = passage.people[0].split(" <")[0] if passage.people else ""
    facts = "  ".join(
        one_line(part) for part in (day(passage.date), who, passage.title) if part
    )
    return Content.styled(f"[{one.n}] ", "bold $accent") + Content(
        f"{facts}\n    “{one_line(one.quote)[:160]}”"
    )


def opened(one: Citation) -> Finding:
    """What the reader opens."""
    return Finding(
        n=one.n,
        passage=one.passage,
        quote=one.quote,
        spans=((one.start, one.end),),
        verdict=Verdict.SUPPORTED,
    )
