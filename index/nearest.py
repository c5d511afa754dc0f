"""Which vector search answers a question: Chroma, a Chroma server, or every vector in memory.

A finished generation is asked for as long as it is the catalog's newest; what a sync has
embedded since is searched exactly beside it, so that new mail is found before the next
generation is finished. When Chroma is unsound or away, the answer comes from the catalog's
vectors: loading them takes 0.2 s at 100,000 chunks and 150 MB, a question then 6 ms. Where
a filter lets through a few thousand chunks at most, their vectors are read from the catalog
and compared, 6 to 12 ms a thousand; where it lets through more, Chroma is asked for more.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalog import Catalog
from index.chroma import ChromaSearch, open_generation
from index.exact import ExactSearch
from index.soundness import Unsound, mark_unsound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.server import ChromaServer, ServerSearch

log = logging.getLogger("archive")

EXACT_UP_TO = 20_000
"""So many chunks are searched exactly in less time than Chroma takes to open."""

LATE_UP_TO = 20_000
"""So many new chunks are searched beside a finished generation; of more, none."""

AMONG_UP_TO = 20_000
"""So many chunks that pass a filter are read from the catalog and searched exactly."""

_OVERFETCH = 2
"""How many times more Chroma is asked for than would do if what passes were spread evenly."""

_MOST_FETCHED = 2000

_SAMPLES = 8
_NEVER = (-1, -1)
_RETRY_S = 30.0
_RELOAD_SHARE = 200
"""Loading vectors again, while a sync adds some, may take one part in so many of the time: at
one in twenty every twentieth answer waited for it."""


class NearestChunks:
    """The chunks nearest to a vector, whatever state Chroma is in. Safe to share by threads."""

    def __init__(
        self,
        catalog: Catalog,
        directory: Path,
        *,
        embedder_name: str,
        server: ChromaServer | None = None,
    ) -> None:
        self._catalog = catalog
        self._directory = directory
        self._embedder_name = embedder_name
        self._server = server
        self._chroma: ChromaSearch | ServerSearch | None = None
        self._exact: ExactSearch | None = None
        self._late = _nothing()
        self._generation = -1
        self._worth = False
        self._retry_at = 0.0
        self._late_state = self._exact_state = _NEVER
        """The newest chunk and the newest embedding when each was loaded."""
        self._loaded_at = self._load_s = 0.0
        self._late_at = self._late_s = 0.0
        self._guard = threading.RLock()

    def warm(self) -> None:
        """Open Chroma, however few there are, so that the first question need not."""
        with self._guard:
            self._choose(prefer_chroma=True)
            if self._chroma is None:
                self._loaded()

    def is_empty(self) -> bool:
        """Whether nothing is embedded yet, so that no question need be."""
        row = self._catalog.connection.execute(
            "SELECT EXISTS (SELECT 1 FROM embedding WHERE embedder=?)", (self._embedder_name,)
        ).fetchone()
        return not row[0]

    def nearest(
        self,
        vector: NDArray[np.float32],
        limit: int,
        among: NDArray[np.int64] | None = None,
    ) -> list[tuple[int, float]]:
        """Chunk ids with their cosine, nearest first; only of those `among`, if given."""
        if among is not None and not len(among):
            return []
        with self._guard:
            self._choose()
            if among is not None and len(among) <= AMONG_UP_TO and self._exact is None:
                return self._of_these(among).nearest(vector, limit)
            if self._chroma is not None:
                try:
                    return self._beside(self._chroma, vector, limit, among)
                except Unsound as error:
                    self._refuse(error)
            return self._loaded().nearest(vector, limit, among)

    def close(self) -> None:
        """Let go of Chroma's files."""
        with self._guard:
            if self._chroma is not None:
                self._chroma.close()
            self._chroma = self._exact = None
            self._generation = -1

    # --- asking ---------------------------------------------------------------------------

    def _beside(
        self,
        chroma: ChromaSearch | ServerSearch,
        vector: NDArray[np.float32],
        limit: int,
        among: NDArray[np.int64] | None,
    ) -> list[tuple[int, float]]:
        """Chroma's answer, and of what is newer the exact one. Raises Unsound."""
        if among is None:
            found = chroma.nearest(vector, limit)
        else:
            found = _passing(chroma, vector, limit, set(among.tolist()))
            if len(found) < limit:  # what is wanted is far from what was asked
                return self._of_these(among).nearest(vector, limit)
        self._refresh_late(chroma.largest)
        found += self._late.nearest(vector, limit, among)
        return sorted(found, key=lambda pair: -pair[1])[:limit]

    def _of_these(self, among: NDArray[np.int64]) -> ExactSearch:
        """The catalog's vectors of just these chunks."""
        return ExactSearch(*self._catalog.vectors(self._embedder_name, among=among))

    # --- choosing -------------------------------------------------------------------------

    def _choose(self, *, prefer_chroma: bool = False) -> None:
        """Open Chroma of the catalog's generation where that is worth it and it is sound."""
        generation = self._catalog.generation
        if generation != self._generation:
            self._retry_at = 0.0
            self._worth = self._worth or self._are_many()
        self._worth = self._worth or prefer_chroma
        if generation == self._generation and (
            self._chroma is not None or not self._worth or time.monotonic() < self._retry_at
        ):
            return
        while True:
            self._begin(generation)
            if not generation or not self._worth:
                return
            try:
                self._chroma = self._open(generation)
                self._exact = None
                return
            except Unsound as error:
                # A sync that has just finished removes what came before the last two.
                if generation == (generation := self._catalog.generation):
                    self._refuse(error)
                    return

    def _begin(self, generation: int) -> None:
        """Let go of what another generation had."""
        if generation == self._generation:
            return
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None
        self._generation = generation
        self._late = _nothing()
        # What was deleted shows in no largest id.
        self._late_state = self._exact_state = _NEVER
        self._loaded_at = 0.0

    def _open(self, generation: int) -> ChromaSearch | ServerSearch:
        if self._server is not None:
            return self._server.open(generation, self._embedder_name)
        return open_generation(
            self._directory, generation, embedder=self._embedder_name, ids=self._samples()
        )

    def _refuse(self, error: Unsound) -> None:
        """Do without Chroma until there is a new generation, or the server is back."""
        self._retry_at = time.monotonic() + (math.inf if self._server is None else _RETRY_S)
        log.warning("Chroma is not asked, answering from the catalog: %s", error)
        # Without a state, the catalog itself says that Chroma is yet to be built.
        if error.damaged and self._catalog.meta("state") is not None:
            mark_unsound(self._directory, str(error))
        if self._chroma is not None:
            self._chroma.close()
            self._chroma = None

    def _are_many(self) -> bool:
        (count,) = self._catalog.connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM embedding WHERE embedder=? LIMIT ?)",
            (self._embedder_name, EXACT_UP_TO + 1),
        ).fetchone()
        return bool(count > EXACT_UP_TO)

    def _samples(self) -> list[int]:
        """A few embedded chunks from all over the catalog."""
        (largest,) = self._catalog.connection.execute(
            "SELECT coalesce(max(id), 0) FROM chunk"
        ).fetchone()
        found = (
            self._catalog.connection.execute(
                "SELECT c.id FROM chunk c WHERE c.id>=? AND EXISTS (SELECT 1 FROM embedding e"
                " WHERE e.embedder=? AND e.digest=c.digest) ORDER BY c.id LIMIT 1",
                (largest * number // _SAMPLES, self._embedder_name),
            ).fetchone()
            for number in range(_SAMPLES)
        )
        return sorted({int(row[0]) for row in found if row is not None})

    # --- what is searched exactly -----------------------------------------------------------

    def _now(self) -> tuple[int, int]:
        """Changes with every chunk and every embedding that is added."""
        row = self._catalog.connection.execute(
            "SELECT (SELECT coalesce(max(id), 0) FROM chunk),"
            " (SELECT coalesce(max(id), 0) FROM embedding)"
        ).fetchone()
        return int(row[0]), int(row[1])

    def _refresh_late(self, largest: int) -> None:
        """Load what was embedded since the generation was built, if there is more of it."""
        now = self._now()
        started = time.perf_counter()
        if now == self._late_state or started - self._late_at < _RELOAD_SHARE * self._late_s:
            return
        self._late_state = now
        if now[0] <= largest:
            self._late = _nothing()
            return
        (count,) = self._catalog.connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM chunk WHERE id>? LIMIT ?)",
            (largest, LATE_UP_TO + 1),
        ).fetchone()
        if count <= LATE_UP_TO:
            self._late = ExactSearch(
                *self._catalog.vectors(self._embedder_name, above_id=largest)
            )
        self._late_at = time.perf_counter()
        self._late_s = self._late_at - started

    def _loaded(self) -> ExactSearch:
        """Every vector; loaded again when there are more, but now and then only."""
        now = self._now()
        started = time.perf_counter()
        rested = started - self._loaded_at > _RELOAD_SHARE * self._load_s
        if not self._exact or (now != self._exact_state and rested):
            self._exact = ExactSearch(*self._catalog.vectors(self._embedder_name))
            self._exact_state = now
            self._loaded_at = time.perf_counter()
            self._load_s = self._loaded_at - started
        return self._exact


def _passing(
    chroma: ChromaSearch | ServerSearch,
    vector: NDArray[np.float32],
    limit: int,
    wanted: set[int],
) -> list[tuple[int, float]]:
    """What Chroma brings of `wanted`, when it is asked for more. Raises Unsound."""
    share = len(wanted) / max(chroma.count, len(wanted))
    found: list[tuple[int, float]] = []
    for asked in sorted({min(int(_OVERFETCH * limit / share), _MOST_FETCHED), _MOST_FETCHED}):
        found = [pair for pair in chroma.nearest(vector, asked) if pair[0] in wanted]
        if len(found) >= limit:
            break
    return found


def _nothing() -> ExactSearch:
    import numpy as np

    return ExactSearch(np.empty(0, np.int64), np.empty((0, 0), np.float32))
