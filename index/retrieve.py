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
    from index.nearest import NearestChunks
    from index.server import ChromaServer

log = logging.getLogger("archive")

CANDIDATES = 60
"""How many each ranking may propose."""

RRF_K = 20.0
KEYWORD_WEIGHT = 1.0
VECTOR_WEIGHT = 0.5
"""On real mail vectors alone find a third of what keywords find; on notes as much."""


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
        server: ChromaServer | None = None,
    ) -> None:
        self._catalog = catalog
        self._directory = vector_directory
        self._embedder_name = embedder_name
        self._make_embedder = embedder
        self._embedder: Embedder | None = None
        self._nearest_chunks: NearestChunks | None = None
        self._server = server
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
        if not question.strip() or self._vectors().is_empty():
            return []
        vector = self._loaded_embedder().embed([question])[0]
        return self._vectors().nearest(vector, CANDIDATES)

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
