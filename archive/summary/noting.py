"""Having the model note what it has not read yet, portion by portion.

Each portion's notes are kept as soon as they are made, so that stopping or killing it loses at
most the portion it is at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.summary.cache import Cache
from archive.summary.extract import Noting, noted
from archive.summary.survey import READ_CHARS_S, Survey, Work
from archive.summary.words import Rarity

if TYPE_CHECKING:
    from archive.service import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the reading is."""

    done: int
    total: int
    """Portions that the model has to read."""

    seconds_left: float
    title: str
    """Of the thread that is read now."""

    chars_done: int = 0
    chars_total: int = 0
    """Of those portions. 0 where threads are counted instead."""

    kept: int = 0
    """Portions that were read before, and need not be read again."""


@dataclass(slots=True)
class Count:
    """What the model was given and gave."""

    read: int = 0
    written: int = 0
    done: int = 0
    chars: int = 0
    began: float = field(default_factory=time.monotonic)


def read(
    archive: Archive,
    works: Sequence[Work],
    found: Survey,
    count: Count,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> bool:
    """Have the model note what is not noted yet; whether it was stopped."""
    waiting = [
        (work, place)
        for work in works
        for place, notes in enumerate(work.notes)
        if notes is None
    ][: found.wanted.new_portions]
    if not waiting:
        return False
    before = sum(sum(work.by_model) for work in works)
    chars = chars_left = sum(work.portions[place].chars for work, place in waiting)
    model: Noting = archive.language_model()
    with closing(Cache(archive.paths.summaries)) as kept:
        for done, (work, place) in enumerate(waiting):
            if should_stop():
                return True
            on_progress(
                Progress(
                    done=done,
                    total=len(waiting),
                    seconds_left=_left(count, chars_left),
                    title=work.thread.title,
                    chars_done=chars - chars_left,
                    chars_total=chars,
                    kept=before,
                )
            )
            if not note_one(work, place, model, found.rarity, kept, should_stop, count):
                return True
            chars_left -= work.portions[place].chars
        read_all = len(waiting)
        on_progress(
            Progress(done=read_all, total=read_all, seconds_left=0.0, title="", kept=before)
        )
    return False


def note_one(
    work: Work,
    place: int,
    model: Noting,
    rarity: Rarity,
    kept: Cache,
    should_stop: Callable[[], bool],
    count: Count | None = None,
) -> bool:
    """Have one portion noted and keep that; False if it was stopped meanwhile."""
    portion = work.portions[place]
    notes = noted(portion, model, rarity, should_stop)
    if notes is None:
        return False
    kept.keep(work.digests[place], notes, work.thread.digests)
    work.notes[place] = notes
    work.by_model[place] = True
    if count is not None:
        count.done += 1
        count.chars += portion.chars
        count.read += sum(model.count(item.text) for item in portion.items)
        count.written += sum(model.count(n.text) for n in notes if not n.quoted)
    return True


def _left(count: Count, chars: int) -> float:
    elapsed = time.monotonic() - count.began
    rate = count.chars / elapsed if count.done and elapsed > 0 else READ_CHARS_S
    return chars / rate
