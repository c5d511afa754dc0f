"""Notes made ahead, while nobody waits: the newest thread first, until the time is up.

A summary that is asked for in the morning then finds what it needs. Threads that were noted
before and have not changed cost a look at the catalog; a thousand of them take seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.summary.cache import Cache
from archive.summary.noting import Progress, note_one
from archive.summary.select import everything, load
from archive.summary.survey import prepare
from archive.summary.words import Rarity

if TYPE_CHECKING:
    from archive.service import Archive
    from archive.summary.extract import Noting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What was done."""

    threads: int
    """All there are."""

    fresh: int
    """Of which all is noted now, or that are so short that nothing need be."""

    noted: int
    """Portions that the model has read."""

    chars: int
    seconds: float
    """What noting them took."""

    stopped: bool
    """By whoever started it, not because the time was up."""


def make_ahead(
    archive: Archive,
    *,
    minutes: float,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    most_threads: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Ahead:
    """Note what is not noted yet. Raises ModelMissing if there is need of the model."""
    began = clock()
    until = began + minutes * 60
    fresh = noted = chars = worked = 0
    reading_s = 0.0
    stopped = False
    model: Noting | None = None

    def over() -> bool:
        return should_stop() or clock() >= until

    with archive.catalog.snapshot() as connection:
        threads = everything(connection)
    with closing(Cache(archive.paths.summaries)) as kept:
        kept.forget_gone(archive.catalog.connection)
        for number, chosen in enumerate(threads):
            if over() or (most_threads is not None and worked >= most_threads):
                break
            work = prepare(
                load(archive.catalog, chosen), chosen, archive.settings.models.answer, kept
            )
            waiting = [place for place, notes in enumerate(work.notes) if notes is None]
            if waiting and model is None:
                model = archive.language_model()
            rarity = Rarity(item.text for item in work.thread.items)
            complete = True
            start = clock()
            for place in waiting:
                assert model is not None
                on_progress(
                    Progress(
                        done=number,
                        total=len(threads),
                        seconds_left=max(0.0, until - clock()),
                        title=work.thread.title,
                    )
                )
                if over() or not note_one(work, place, model, rarity, kept, over):
                    complete = False
                    break
                noted += 1
                chars += work.portions[place].chars
            worked += bool(waiting)
            reading_s += clock() - start if waiting else 0.0
            fresh += complete
        stopped = should_stop()
    return Ahead(
        threads=len(threads),
        fresh=fresh,
        noted=noted,
        chars=chars,
        seconds=reading_s,
        stopped=stopped,
    )
