"""What a summary is: sentences with their sources, and how much was read for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archive.cite import Citation
from index.passage import Passage


class Shape(StrEnum):
    """What a summary looks like."""

    PARAGRAPH = "paragraph"
    TIMELINE = "timeline"
    OPEN = "open"
    """Questions nobody answered and promises nobody is seen to have kept."""
    DECISIONS = "decisions"
    WHO = "who"
    """Who was involved."""


class Length(StrEnum):
    """How long it may be."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"

    @property
    def sentences(self) -> int:
        """At most so many."""
        return {"short": 5, "medium": 12, "long": 30}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence and the words it rests on, before anything is chosen."""

    text: str
    """The model's, or exactly the quote."""

    quoted: bool
    speaker: str
    passage: Passage
    thread: int
    start: int
    end: int
    """Offsets of the quote in the document's text."""

    quote: str
    date: datetime | None
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence of a summary."""

    text: str
    """Without its mark."""

    quoted: bool
    """In the source's own words."""

    cites: tuple[int, ...]
    """Numbers of citations, at least one; of `who` none if nothing could be quoted."""

    date: datetime | None

    @property
    def marked(self) -> str:
        """The sentence with its marks."""
        return " ".join([self.text, *(f"[{number}]" for number in self.cites)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Sentences that stand together."""

    heading: str
    """Empty if there is only one section."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of what matches was read. A message is read when all of it was."""

    messages: int
    by_model: int
    """Shown to the model, now or when its notes were kept."""

    by_code: int
    """Looked through without it, those that hold no words of their own among them."""

    threads: int
    threads_read: int
    left_out: int
    """Threads that their owner chose to leave out; not counted above."""

    first: datetime | None
    last: datetime | None

    @property
    def read(self) -> int:
        """How many messages were read."""
        return self.by_model + self.by_code

    def told(self) -> str:
        """`read 212 of 212 messages in 31 threads, 2003-05 to 2006-01: 200 by the model …`."""
        text = f"read {self.read:,} of {_count(self.messages, 'message')}"
        text += f" in {_count(self.threads, 'thread')}"
        if self.first is not None and self.last is not None:
            first, last = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
            text += f", {first}" if first == last else f", {first} to {last}"
        if self.read:
            text += f": {self.by_model:,} by the model, {self.by_code:,} by code"
        if self.left_out:
            text += f"; {_count(self.left_out, 'thread')} left out, as you chose"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A correspondence in few words, each sentence with its source."""

    shape: Shape
    length: Length
    asked: str
    """What it is a summary of, in operators."""

    sections: tuple[Section, ...]
    citations: tuple[Citation, ...]
    coverage: Coverage
    flagged: tuple[str, ...]
    """Ids of documents in which something was meant for a model; it was not shown that."""

    themes: tuple[str, ...]
    """What the texts touch that may be hard to read."""

    remarks: tuple[str, ...]
    model: str
    """Empty if none was needed."""

    stopped: bool
    seconds: float
    tokens_read: int
    tokens_written: int

    @property
    def text(self) -> str:
        """All of it in plain text."""
        blocks = []
        for section in self.sections:
            marked = [line.marked for line in section.lines]
            flowing = self.shape is Shape.PARAGRAPH
            body = " ".join(marked) if flowing else "\n".join(f"- {one}" for one in marked)
            blocks.append(f"{section.heading}\n{body}" if section.heading else body)
        return "\n\n".join(blocks)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
