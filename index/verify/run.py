"""Every comparison, one after the other, each timed."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from index.catalog import Catalog
from index.lock import writer_lock
from index.verify import catalog as within
from index.verify import vectors
from index.verify.report import COMPACT, RESTORE, SYNC, Check, Report, Tell
from ingest.errors import LifeArchiveError


def verify(
    catalog: Catalog,
    vector_directory: Path,
    lock: Path,
    *,
    embedder_name: str,
    on_progress: Tell | None = None,
) -> Report:
    """Compare everything with everything. Raises SyncRunning."""
    tell = on_progress or (lambda *_: None)
    counts: dict[str, int] = {}
    comparisons: tuple[tuple[str, Callable[[], Check], str], ...] = (
        ("sqlite", partial(within.sqlite_pages, catalog, tell), RESTORE),
        ("references", partial(within.references, catalog), RESTORE),
        ("people", partial(within.people, catalog, tell), RESTORE),
        ("chunks", partial(within.chunks, catalog, tell, counts), RESTORE),
        ("keywords", partial(within.keywords, catalog, tell), COMPACT),
        ("vectors", partial(vectors.embeddings, catalog, embedder_name, tell, counts), SYNC),
        (
            "chroma",
            partial(vectors.chroma, catalog, vector_directory, embedder_name, tell),
            SYNC,
        ),
    )
    with writer_lock(lock):
        began = time.perf_counter()
        checks: list[Check] = []
        seconds: dict[str, float] = {}
        for name, look, remedy in comparisons:
            started = time.perf_counter()
            checks.append(_outcome(name, look, remedy))
            seconds[name] = time.perf_counter() - started
            if name == "sqlite" and not checks[-1].ok:
                break  # what else is amiss follows from it
        seconds["total"] = time.perf_counter() - began
    return Report(checks=tuple(checks), counts=counts, seconds=seconds)


def _outcome(name: str, look: Callable[[], Check], remedy: str) -> Check:
    try:
        return look()
    except sqlite3.DatabaseError as error:
        return Check(name=name, ok=False, detail=str(error), remedy=remedy)
    except LifeArchiveError as error:  # it cannot even be opened
        return Check(name=name, ok=False, detail=str(error), remedy=RESTORE)
