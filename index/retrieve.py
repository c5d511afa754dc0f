"""A question becomes passages: keywords and vectors, fused by rank.

Reciprocal rank fusion after Cormack, Clarke and Büttcher (SIGIR 2009), with a
weight for each ranking.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index import keywords
from index.catalog import Catalog
from index.passage import Passage

if TYPE_CHECKING:
    from index.embed import Embedder
    from index.vectors import ChromaSearch, ExactSearch

log = logging.getLogger("archive")

CANDIDATES = 60
"""How many each ranking may propose."""

RRF_K = 20.0
KEYWORD_WEIGHT = 1.0
VECTOR_WEIGHT = 0.5
"""On real mail vectors alone find a third of what keywords find; on notes as much."""

EXACT_UP_TO = 20_000
"""So many chunks are searched exactly in less time than Chroma takes to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What was found and how long each part took."""

    passages: tuple[Passage, ...]
    timings_ms: Mapping[str, float]


class Retriever:
    """Answers from the last finished generation; sees a newer one without being reopened."""

    def __init__(
        self,
        catalog: Catalog,
        vector_directory: Path,
        *,
        embedder_name: str,
        embedder: Callable[[], Embedder],
    ) -> None:
        self._catalog = catalog
        self._directory = vector_directory
        self._embedder_name = embedder_name
        self._make_embedder = embedder
        self._embedder: Embedder | None = None
        self._vectors: ChromaSearch | ExactSearch | None = None
        self._generation = -1
        self._guard = threading.RLock()

    def warm(self) -> None:
        """Load the embedder and open Chroma, so that the first question need not."""
        self._loaded_embedder()
        self._vector_search(prefer_chroma=True)

    def search(self, question: str, *, limit: int = 10) -> SearchResult:
        """The passages that bear on `question`, best first, at most `limit`."""
        started = time.perf_counter()
        by_keyword = keywords.search(self._catalog.connection, question, CANDIDATES)
        keyword_done = time.perf_counter()
        by_vector = self._nearest(question)
        vector_done = time.perf_counter()
        passages = self._fuse(by_keyword, by_vector, limit)
        finished = time.perf_counter()
        return SearchResult(
            passages=passages,
            timings_ms={
                "keywords": (keyword_done - started) * 1000,
                "vectors": (vector_done - keyword_done) * 1000,
                "passages": (finished - vector_done) * 1000,
                "total": (finished - started) * 1000,
            },
        )

    def _nearest(self, question: str) -> list[tuple[int, float]]:
        if not question.strip() or not self._catalog.generation:
            return []
        from index.vectors import Unsound

        vector = self._loaded_embedder().embed([question])[0]
        with self._guard:
            try:
                return self._vector_search().nearest(vector, CANDIDATES)
            except Unsound as error:
                log.warning("Chroma is unsound, answering from the catalog: %s", error)
                return self._exact().nearest(vector, CANDIDATES)

    def _loaded_embedder(self) -> Embedder:
        with self._guard:
            if self._embedder is None:
                self._embedder = self._make_embedder()
            return self._embedder

    def _vector_search(self, *, prefer_chroma: bool = False) -> ChromaSearch | ExactSearch:
        """Chroma where it is worth opening and sound, else every vector in memory."""
        from index.vectors import ChromaSearch, Unsound, open_generation

        with self._guard:
            generation = self._catalog.generation
            chroma = isinstance(self._vectors, ChromaSearch)
            fresh = self._vectors is not None and generation == self._generation
            if self._vectors is not None and fresh and (chroma or not prefer_chroma):
                return self._vectors
            ids = self._embedded_ids()
            if prefer_chroma or chroma or len(ids) > EXACT_UP_TO:
                try:
                    opened = open_generation(
                        self._directory, generation, ids=ids, count=len(ids)
                    )
                    self._vectors, self._generation = opened, generation
                    return opened
                except Unsound as error:
                    log.warning("Chroma is unsound, answering from the catalog: %s", error)
            return self._exact()

    def _exact(self) -> ExactSearch:
        from index.vectors import ExactSearch

        generation = self._catalog.generation
        self._vectors = ExactSearch(*self._catalog.vectors(self._embedder_name))
        self._generation = generation
        return self._vectors

    def _embedded_ids(self) -> list[int]:
        return [
            int(row[0])
            for row in self._catalog.connection.execute(
                "SELECT c.id FROM chunk c WHERE EXISTS (SELECT 1 FROM embedding e"
                " WHERE e.embedder=? AND e.digest=c.digest) ORDER BY c.id",
                (self._embedder_name,),
            )
        ]

    def _fuse(
        self,
        by_keyword: list[tuple[int, float]],
        by_vector: list[tuple[int, float]],
        limit: int,
    ) -> tuple[Passage, ...]:
        keyword_rank = {chunk: rank for rank, (chunk, _) in enumerate(by_keyword, start=1)}
        vector_rank = {chunk: rank for rank, (chunk, _) in enumerate(by_vector, start=1)}
        cosine = dict(by_vector)
        scores: dict[int, float] = {}
        for ranks, weight in ((keyword_rank, KEYWORD_WEIGHT), (vector_rank, VECTOR_WEIGHT)):
            for chunk, rank in ranks.items():
                scores[chunk] = scores.get(chunk, 0.0) + weight / (RRF_K + rank)
        order = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))
        found = self._catalog.passages(order)
        passages: list[Passage] = []
        seen: set[str] = set()
        for chunk in order:
            passage = found.get(chunk)
            # A forwarded or quoted copy says nothing new; its first place speaks for it.
            if passage is None or (words := " ".join(passage.text.split())) in seen:
                continue
            seen.add(words)
            passages.append(
                replace(
                    passage,
                    score=scores[chunk],
                    keyword_rank=keyword_rank.get(chunk),
                    vector_rank=vector_rank.get(chunk),
                    similarity=cosine.get(chunk),
                )
            )
            if len(passages) == limit:
                break
        return tuple(passages)
