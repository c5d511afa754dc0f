"""Which chunks may bear on a question, before they are scored.

Keywords and vectors each propose some. What was understood from plain words (a person, a span
of time) only proposes more: the best of what satisfies it. What was stated as an operator is
demanded of every candidate. A mail brings those before and after it in its thread, since a
terse reply shares no word with the question.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index import keywords
from index.catalog import Catalog
from index.filters import condition
from index.query import Field, Filter, Query
from index.rank import Candidate
from ingest.document import PartKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    Nearest = Callable[[Vector, int, NDArray[np.int64] | None], list[tuple[int, float]]]

PROPOSED = 60
"""How many keywords and vectors may each propose."""

UNDERSTOOD = 30
"""How many more each may propose that satisfy what was understood from plain words."""

_FEW_CHUNKS = 40
"""So many chunks that satisfy it are all candidates, whatever their words."""

_MOST_CHUNKS = 20_000
"""What is understood to mean more than that narrows nothing down."""

_THREADS_OF = 5
"""Of how many of the best hits the neighbours in their threads are looked at."""


@dataclass(slots=True)
class Found:
    """The candidates of a question, and how long each part took."""

    candidates: list[Candidate] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)


class Gatherer:
    """Gathers candidates from one catalog, for one question."""

    def __init__(
        self,
        catalog: Catalog,
        query: Query,
        *,
        vector: Vector | None,
        nearest: Nearest,
        embedder_name: str,
        parts: frozenset[str],
        proposed: int = 0,
    ) -> None:
        """At least PROPOSED are proposed by each, or `proposed` if that is more."""
        self._catalog = catalog
        self._query = query
        self._vector = vector
        self._nearest = nearest
        self._embedder_name = embedder_name
        self._parts = parts
        self._proposed = max(PROPOSED, proposed)
        self._by_keyword: dict[int, tuple[int, float]] = {}
        self._by_vector: dict[int, tuple[int, float]] = {}
        self._more: dict[int, None] = {}

    def gather(self) -> Found:
        """The candidates in order of chunk id."""
        found = Found()
        stated = [one for one in self._query.filters if one.stated]
        preferred = [one for one in self._query.filters if not one.stated]
        steps: dict[str, Callable[[], None]] = {
            "keywords": lambda: self._keywords(stated),
            "vectors": lambda: self._vectors(stated),
            "filters": lambda: self._understood(stated, preferred),
            "threads": lambda: self._threads(stated),
        }
        for name, step in steps.items():
            if name not in self._parts:
                continue
            started = time.perf_counter()
            step()
            found.timings_ms[name] = (time.perf_counter() - started) * 1000
        found.candidates = self._candidates(preferred)
        return found

    # --- who proposes -----------------------------------------------------------------------

    def _keywords(self, stated: Sequence[Filter]) -> None:
        hits = self._search(stated, self._proposed)
        for rank, (chunk, score) in enumerate(hits, start=1):
            self._by_keyword[chunk] = (rank, score)

    def _search(self, filters: Sequence[Filter], limit: int) -> list[tuple[int, float]]:
        return keywords.search(
            self._catalog.connection,
            self._query.words,
            limit,
            phrases=self._query.phrases,
            documents=condition(filters) if filters else None,
        )

    def _vectors(self, stated: Sequence[Filter]) -> None:
        # A phrase must occur word for word, which a vector cannot tell.
        if self._vector is None or self._query.phrases:
            return
        among = self._chunks(stated, None) if stated else None
        hits = self._nearest(self._vector, self._proposed, among)
        for rank, (chunk, cosine) in enumerate(hits, start=1):
            self._by_vector[chunk] = (rank, cosine)

    def _understood(self, stated: Sequence[Filter], preferred: Sequence[Filter]) -> None:
        """The best of what satisfies all that was understood, or else each part of it."""
        if not preferred:
            return
        if self._narrowed([*stated, *preferred]):
            return
        for one in preferred:
            if one.field is not Field.KIND:
                self._narrowed([*stated, one])

    def _narrowed(self, filters: Sequence[Filter]) -> bool:
        chunks = self._chunks(filters, _MOST_CHUNKS + 1)
        if not len(chunks) or len(chunks) > _MOST_CHUNKS:
            return bool(len(chunks))
        if len(chunks) <= _FEW_CHUNKS:
            self._propose(int(chunk) for chunk in chunks)
        else:
            self._propose(chunk for chunk, _ in self._search(filters, UNDERSTOOD))
            if self._vector is not None:
                hits = self._nearest(self._vector, UNDERSTOOD, chunks)
                self._propose(chunk for chunk, _ in hits)
        return True

    def _propose(self, chunks: Iterable[int]) -> None:
        for chunk in chunks:
            self._more[chunk] = None

    def _chunks(self, filters: Sequence[Filter], limit: int | None) -> NDArray[np.int64]:
        import numpy as np

        where, values = condition(filters)
        rows = self._catalog.connection.execute(
            "SELECT c.id FROM document d JOIN chunk c ON c.document_id=d.id"
            f" WHERE {where} LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64)

    def _threads(self, stated: Sequence[Filter]) -> None:
        """First chunks of the mail before and after the best hits, in their threads."""
        if stated or self._query.phrases:
            return
        scores: dict[int, float] = {}
        for ranks, weight in ((self._by_keyword, 1.0), (self._by_vector, 0.5)):
            for chunk, (rank, _) in ranks.items():
                scores[chunk] = scores.get(chunk, 0.0) + weight / (20 + rank)
        best = sorted(scores, key=lambda chunk: (-scores[chunk], chunk))[:_THREADS_OF]
        rows = self._catalog.connection.execute(
            """
            SELECT c.id FROM json_each(?) j JOIN chunk h ON h.id=j.value
            JOIN document d ON d.id=h.document_id
            JOIN chunk c ON c.position=0 AND c.document_id IN (
                (SELECT b.id FROM document b WHERE b.thread=d.thread
                 AND b.duplicate_of IS NULL AND b.created_s<d.created_s
                 ORDER BY b.created_s DESC, b.id DESC LIMIT 1),
                (SELECT a.id FROM document a WHERE a.thread=d.thread
                 AND a.duplicate_of IS NULL AND a.created_s>d.created_s
                 ORDER BY a.created_s, a.id LIMIT 1))
            WHERE d.thread IS NOT NULL
            """,
            (json.dumps(best),),
        )
        self._propose(row[0] for row in rows)

    # --- what is known of them ----------------------------------------------------------------

    def _candidates(self, preferred: Sequence[Filter]) -> list[Candidate]:
        wanted = json.dumps(sorted({*self._by_keyword, *self._by_vector, *self._more}))
        rows = self._catalog.connection.execute(
            """
            SELECT c.id, c.document_id, d.thread, c.text, c.context, c.start, c."end", d.parts
            FROM json_each(?) j CROSS JOIN chunk c ON c.id=j.value
            CROSS JOIN document d ON d.id=c.document_id ORDER BY c.id
            """,
            (wanted,),
        ).fetchall()
        similar = self._similarities([row[0] for row in rows])
        fitting = self._fitting(preferred, {row[1] for row in rows})
        nothing = (None, 0.0)
        return [
            Candidate(
                chunk_id=row[0],
                document_id=row[1],
                thread=row[2],
                text=row[3],
                context=row[4],
                own_share=_own_share(row[7], row[5], row[6]),
                keyword_rank=self._by_keyword.get(row[0], nothing)[0],
                keyword_score=self._by_keyword.get(row[0], nothing)[1],
                vector_rank=self._by_vector.get(row[0], nothing)[0],
                similarity=similar.get(row[0], 0.0),
                fits={
                    name: sum(row[1] in held for held in sets) / len(sets)
                    for name, sets in fitting.items()
                },
            )
            for row in rows
        ]

    def _similarities(self, chunks: Sequence[int]) -> dict[int, float]:
        """The cosine of every candidate, whoever proposed it."""
        if self._vector is None or not chunks:
            return {}
        import numpy as np

        known = {chunk: cosine for chunk, (_, cosine) in self._by_vector.items()}
        others = np.array([one for one in chunks if one not in known], dtype=np.int64)
        if len(others):
            ids, vectors = self._catalog.vectors(self._embedder_name, among=others)
            if len(ids):
                cosines = vectors @ self._vector
                known.update(zip(ids.tolist(), cosines.tolist(), strict=True))
        return known

    def _fitting(
        self, preferred: Sequence[Filter], documents: set[int]
    ) -> dict[Field, list[set[int]]]:
        """For each preferred filter, the candidates' documents that satisfy it."""
        found: dict[Field, list[set[int]]] = {}
        among = json.dumps(sorted(documents))
        for one in preferred:
            where, values = condition([replace(one, negated=False)])
            rows = self._catalog.connection.execute(
                "SELECT d.id FROM json_each(?) j CROSS JOIN document d ON d.id=j.value"
                f" WHERE {where}",
                [among, *values],
            )
            found.setdefault(one.field, []).append({row[0] for row in rows})
        return found


def _own_share(parts: str, start: int, end: int) -> float:
    """How much of a stretch is its author's own. All of it, if the document has no parts."""
    stored = json.loads(parts)
    if not stored or end <= start:
        return 1.0
    own = sum(
        max(0, min(end, last) - max(start, first))
        for kind, first, last in stored
        if kind == PartKind.OWN
    )
    return float(own / (end - start))
