"""What a summary would read: threads, cut into portions, with what was noted of them before.

It also says what they touch; about a second for 1,000 threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.summary.cache import Cache, key
from archive.summary.extract import Note, Portion, is_short, portions
from archive.summary.made import Length, Shape
from archive.summary.messages import Thread
from archive.summary.select import Chosen, load, operators, select
from archive.summary.words import Rarity

if TYPE_CHECKING:
    from archive.service import Archive
    from archive.tender import Touched

READ_CHARS_S = 500.0
"""Characters a second that are read, before it is measured: on two cores."""

NOTE_S = 5.0
"""What noting takes besides, however short the portion: some thirty words are written."""

NEEDS_MODEL = frozenset({Shape.PARAGRAPH, Shape.TIMELINE, Shape.DECISIONS})
"""Whoever was involved and what is open are read off the messages themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A summary somebody asks for."""

    query: str = ""
    """Words and operators."""

    people: tuple[str, ...] = ()
    period: str = ""
    folder: str = ""
    thread: str = ""
    """Id of any message of a thread."""

    shape: Shape = Shape.PARAGRAPH
    length: Length = Length.MEDIUM

    new_portions: int | None = None
    """At most so many are shown to the model; the rest is chosen by code. None: all."""

    @property
    def operators(self) -> str:
        """The same as one query; empty for everything, or for a thread."""
        return operators(self.query, people=self.people, period=self.period, folder=self.folder)


@dataclass(slots=True, kw_only=True)
class Work:
    """A thread, cut into portions, with what was noted of them so far."""

    thread: Thread
    selected: frozenset[int]
    portions: list[Portion]
    """Those that hold something of a selected document."""

    digests: list[bytes]
    notes: list[tuple[Note, ...] | None]
    by_model: list[bool]
    short: bool

    @property
    def tender(self) -> Iterator[tuple[str, str]]:
        """Its selected messages as `archive.tender` takes them."""
        for portion in self.portions:
            for item in portion.items:
                if item.passage.document_id in self.selected:
                    yield str(self.thread.key), item.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a summary would read."""

    wanted: Wanted
    asked: str
    works: tuple[Work, ...]
    """Newest first."""

    rarity: Rarity
    messages: int
    new_portions: int
    seconds: float
    """About how long the model would take for what it has not read yet."""

    touched: tuple[Touched, ...]
    """What the texts touch that may be hard to read; its `messages` are keys of threads."""

    remarks: tuple[str, ...]

    @property
    def threads(self) -> int:
        """How many there are."""
        return len(self.works)

    @property
    def tender_threads(self) -> frozenset[int]:
        """Keys of the threads that touch something."""
        return frozenset(int(key) for one in self.touched for key in one.messages)


def survey(archive: Archive, wanted: Wanted) -> Survey:
    """Find what is to be read and look through it. Raises NothingMatches, NotThere."""
    chosen = select(archive, wanted.operators, thread=wanted.thread)
    rarity = Rarity()
    name = archive.settings.models.answer
    works = []
    with closing(Cache(archive.paths.summaries)) as kept:
        for one in chosen.threads:
            work = prepare(load(archive.catalog, one), one, name, kept)
            for item in work.thread.items:
                rarity.add(item.text)
            works.append(work)
    new = [p for w in works for p, n in zip(w.portions, w.notes, strict=True) if n is None]
    if wanted.shape not in NEEDS_MODEL:
        new = []
    return Survey(
        wanted=wanted,
        asked=wanted.operators or wanted.thread,
        works=tuple(works),
        rarity=rarity,
        messages=sum(selected_messages(work) for work in works),
        new_portions=len(new),
        seconds=sum(portion.chars / READ_CHARS_S + NOTE_S for portion in new),
        touched=_touched(works),
        remarks=chosen.remarks,
    )


def prepare(thread: Thread, one: Chosen, model: str, kept: Cache) -> Work:
    """A thread with what was noted of it before."""
    chosen = [
        portion
        for portion in portions(thread)
        if any(item.passage.document_id in one.selected for item in portion.items)
    ]
    short = is_short(thread)
    digests = [] if short else [key(portion, model) for portion in chosen]
    notes = [()] * len(chosen) if short else [kept.find(digest) for digest in digests]
    return Work(
        thread=thread,
        selected=one.selected,
        portions=chosen,
        digests=digests,
        notes=[*notes],
        by_model=[not short and note is not None for note in notes],
        short=short,
    )


def selected_messages(work: Work) -> int:
    """How many of a thread's messages the query finds."""
    return sum(document in work.selected for _, _, document in work.thread.writers)


def _touched(works: Sequence[Work]) -> tuple[Touched, ...]:
    from archive.tender import touches

    return touches(pair for work in works for pair in work.tender)
