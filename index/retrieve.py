"""A question becomes passages: understood, candidates gathered, ranked, grown, each said once.

What it takes and what each part brings is measured by `bench/retrieval.py`.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from index.candidates import Found, Gatherer
from index.catalog import Catalog
from index.filters import documents
from index.growth import Layout, Stretches, widened
from index.held import Held
from index.keywords import rarity, terms
from index.passage import Passage
from index.people import CatalogPeople
from index.query import Query
from index.rank import Asked, Candidate, Ranked, Ranker, features
from index.repeats import Repeats
from index.understand import understand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.embed import Embedder
    from index.nearest import NearestChunks
    from index.server import ChromaServer

log = logging.getLogger("archive")

PARTS = frozenset(
    {"keywords", "vectors", "filters", "threads", "rank", "grow", "repeats", "understand"}
)
"""What a search is made of; each can be left out, to see what it brings."""

QUESTION_CHARS = 2_000
"""Understanding takes longer than in proportion to the text, and the embedder reads no more."""

_RRF_K = 60.0
"""Where candidates are not ranked, reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR
2009) puts them in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What was found, what was understood, and how long each part took."""

    passages: tuple[Passage, ...]
    timings_ms: Mapping[str, float]
    query: Query
    scores: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    """For each passage's chunk what each feature added to its score."""

    asked: Asked | None = None
    """The question as its candidates were compared with it. None if nothing was looked for."""


class Retriever:
    """Answers from the last finished generation; sees a newer one without being reopened."""

    def __init__(
        self,
        catalog: Catalog,
        vector_directory: Path,
        *,
        embedder_name: str,
        embedder: Callable[[], Embedder],
        server: ChromaServer | None = None,
        ranker: Ranker | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._catalog = catalog
        self._directory = vector_directory
        self._embedder_name = embedder_name
        self._make_embedder = embedder
        self._embedder: Embedder | None = None
        self._nearest_chunks: NearestChunks | None = None
        self._server = server
        self._ranker = ranker or Ranker.shipped()
        self._zone = zone or datetime.now().astimezone().tzinfo or UTC
        self._held = Held()
        self._guard = threading.RLock()

    def warm(self) -> None:
        """Load the embedder and open Chroma, so that the first question need not."""
        self._loaded_embedder()
        self._vectors().warm()

    def close(self) -> None:
        """Let go of Chroma, or of the server."""
        with self._guard:
            if self._nearest_chunks is not None:
                self._nearest_chunks.close()
                self._nearest_chunks = None

    def people(self) -> CatalogPeople:
        """Who is in the archive, for the calling thread; loaded once for all threads."""
        return CatalogPeople(self._catalog.connection, self._held)

    def understand(self, text: str, *, today: date | None = None) -> Query:
        """What `text` asks for, with the people of this archive.

        Of a longer text than QUESTION_CHARS the beginning is what is asked.
        """
        # Half of a surrogate pair is no text; SQLite and the tokenizer refuse it.
        text = text.encode("utf-8", "replace").decode()
        query = understand(
            text[:QUESTION_CHARS],
            people=self.people(),
            today=today or date.today(),
            zone=self._zone,
        )
        if len(text) <= QUESTION_CHARS:
            return query
        remark = f"only the first {QUESTION_CHARS:,} characters were read"
        return replace(query, text=text, remarks=(*query.remarks, remark))

    def search(
        self, question: str | Query, *, limit: int = 10, parts: frozenset[str] = PARTS
    ) -> SearchResult:
        """The passages that bear on `question`, best first, at most `limit`.

        All of it is read as of one moment, whatever a sync removes meanwhile.
        """
        with self._catalog.snapshot():
            return self._searched(question, limit, parts)

    def _searched(
        self, question: str | Query, limit: int, parts: frozenset[str]
    ) -> SearchResult:
        clock = _Clock()
        if isinstance(question, Query):
            query = question
        elif "understand" in parts:
            query = self.understand(question)
        else:
            query = Query(text=question, words=question)
        clock.note("understand")
        if not terms(query.words) and not query.phrases:
            return self._listed(query, limit, clock)
        vector = self._embedded(query) if "vectors" in parts else None
        clock.note("embed")
        found = self._gathered(query, vector, limit, parts)
        clock.note("candidates", found.timings_ms)
        asked = Asked(query, rarity(self._catalog.connection))
        ranked = self._ranked(asked, found.candidates, "rank" in parts)
        clock.note("rank")
        passages = self._passages(ranked, limit, parts)
        clock.note("passages")
        return SearchResult(
            passages=tuple(passages),
            timings_ms=clock.done(),
            query=query,
            scores={one.candidate.chunk_id: one.parts for one in ranked},
            asked=asked,
        )

    def candidates(self, query: Query) -> list[Candidate]:
        """What would be ranked; for fitting the ranker."""
        return self._gathered(query, self._embedded(query), 0, PARTS).candidates

    def rows(self, query: Query, candidates: Sequence[Candidate]) -> list[list[float]]:
        """The features of candidates, columns as in `index.rank.FEATURES`."""
        return features(Asked(query, rarity(self._catalog.connection)), candidates)

    def _gathered(
        self,
        query: Query,
        vector: NDArray[np.float32] | None,
        proposed: int,
        parts: frozenset[str],
    ) -> Found:
        return Gatherer(
            self._catalog,
            query,
            vector=vector,
            nearest=lambda near, most, among: self._vectors().nearest(near, most, among=among),
            embedder_name=self._embedder_name,
            parts=parts,
            proposed=proposed,
        ).gather()

    def _listed(self, query: Query, limit: int, clock: _Clock) -> SearchResult:
        """Nothing is looked for: what the filters leave, by date."""
        passages: list[Passage] = []
        if query.filters:
            order = "oldest" if query.order == "oldest" else "newest"
            connection = self._catalog.connection
            found = documents(connection, query.filters, order=order, limit=limit)
            rows = connection.execute(
                "SELECT c.id FROM json_each(?) j JOIN chunk c ON c.document_id=j.value"
                " AND c.position=0 ORDER BY j.key",
                (json.dumps(found),),
            )
            chunks = [row[0] for row in rows]
            known = self._catalog.passages(chunks)
            passages = [known[chunk] for chunk in chunks if chunk in known]
        clock.note("passages")
        return SearchResult(passages=tuple(passages), timings_ms=clock.done(), query=query)

    def _embedded(self, query: Query) -> NDArray[np.float32] | None:
        if not query.words.strip() or self._vectors().is_empty():
            return None
        vectors = self._loaded_embedder().embed([query.words])
        return vectors[0]  # type: ignore[no-any-return]

    def _loaded_embedder(self) -> Embedder:
        with self._guard:
            if self._embedder is None:
                self._embedder = self._make_embedder()
            return self._embedder

    def _vectors(self) -> NearestChunks:
        with self._guard:
            if self._nearest_chunks is None:
                from index.nearest import NearestChunks

                self._nearest_chunks = NearestChunks(
                    self._catalog,
                    self._directory,
                    embedder_name=self._embedder_name,
                    server=self._server,
                )
            return self._nearest_chunks

    def _ranked(
        self, asked: Asked, candidates: Sequence[Candidate], by_features: bool
    ) -> list[Ranked]:
        if by_features:
            return self._ranker.rank(asked, candidates)
        fused = [Ranked(one, _fused(one), {}) for one in candidates]
        return sorted(fused, key=lambda one: (-one.score, one.candidate.chunk_id))

    # --- what is shown ------------------------------------------------------------------------

    def _passages(
        self, ranked: Sequence[Ranked], limit: int, parts: frozenset[str]
    ) -> list[Passage]:
        """The first `limit` that are new, each grown to what stands around it."""
        shown: list[Passage] = []
        layouts: dict[int, Layout] = {}
        stretches = Stretches()
        repeats = Repeats()
        places: list[int] = []
        batch = max(2 * limit, 20)
        for first in range(0, len(ranked), batch):
            several = ranked[first : first + batch]
            found = self._catalog.passages([one.candidate.chunk_id for one in several])
            for one in several:
                passage = found.get(one.candidate.chunk_id)
                if passage is None:
                    continue
                if "repeats" in parts:
                    earlier = repeats.seen(passage.text)
                    if earlier is not None:
                        shown[places[earlier]] = _also(shown[places[earlier]], passage)
                        continue
                place = len(shown)
                if "grow" in parts:
                    place = self._grown(passage, layouts, stretches)
                if place == len(shown):
                    if len(shown) == limit:
                        return self._cut(shown, stretches, layouts, parts)
                    shown.append(_scored(passage, one))
                places.append(place)
        return self._cut(shown, stretches, layouts, parts)

    def _grown(self, passage: Passage, layouts: dict[int, Layout], stretches: Stretches) -> int:
        document = passage.document_id
        if document not in layouts:
            layouts[document] = self._catalog.layout(document)
        wide = widened(layouts[document], passage.start, passage.end)
        number, _ = stretches.add((document, passage.page), (passage.start, passage.end), wide)
        return number

    def _cut(
        self,
        shown: Sequence[Passage],
        stretches: Stretches,
        layouts: Mapping[int, Layout],
        parts: frozenset[str],
    ) -> list[Passage]:
        """The passages with the text and the turns of what they grew to."""
        if "grow" not in parts:
            return list(shown)
        cut = []
        for passage, stretch in zip(shown, stretches.found, strict=False):
            layout = layouts[passage.document_id]
            self._catalog.confirm(passage.document_id, layout.text, stretch.start, stretch.end)
            cut.append(
                replace(
                    passage,
                    text=layout.text[stretch.start : stretch.end],
                    start=stretch.start,
                    end=stretch.end,
                    turns=layout.turns_in(stretch.start, stretch.end),
                )
            )
        return cut


def _fused(one: Candidate) -> float:
    ranks = (one.keyword_rank, one.vector_rank)
    return sum(1 / (_RRF_K + rank) for rank in ranks if rank is not None)


def _scored(passage: Passage, one: Ranked) -> Passage:
    candidate = one.candidate
    return replace(
        passage,
        score=one.score,
        keyword_rank=candidate.keyword_rank,
        vector_rank=candidate.vector_rank,
        similarity=candidate.similarity or None,
    )


def _also(passage: Passage, repeated: Passage) -> Passage:
    if repeated.id == passage.id or repeated.id in passage.also:
        return passage
    return replace(passage, also=(*passage.also, repeated.id))


class _Clock:
    """Notes how long each part of a search takes."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._noted: dict[str, float] = {}

    def note(self, part: str, within: Mapping[str, float] | None = None) -> None:
        """What passed since the last note was `part`; `within` it were others."""
        now = time.perf_counter()
        self._noted.update(within or {})
        self._noted[part] = (now - self._last) * 1000
        self._last = now

    def done(self) -> Mapping[str, float]:
        """Milliseconds of each part, and `total`."""
        self._noted["total"] = (time.perf_counter() - self._started) * 1000
        return self._noted
