"""The vectors: every chunk has a sound one, and Chroma has the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from index import soundness
from index.catalog import Catalog
from index.chroma import open_generation
from index.soundness import Unsound, directory_of
from index.verify.report import BATCH, RESTORE, SYNC, Check, Faults, Tell, batches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAMPLES: Final = 256
_UNIT_WITHIN: Final = 1e-3
_FOUND_SHARE: Final = 0.9
"""Chroma's search is approximate: once in a while it misses what it looks for."""

_EMBEDDED: Final = (
    "FROM chunk c WHERE EXISTS"
    " (SELECT 1 FROM embedding e WHERE e.embedder=? AND e.digest=c.digest)"
)


def embeddings(catalog: Catalog, embedder: str, tell: Tell, counts: dict[str, int]) -> Check:
    """Every chunk has one; each is finite, of unit length, as long as the others."""
    connection = catalog.connection
    here, elsewhere, unused, missing = connection.execute(
        """
        SELECT (SELECT count(*) FROM embedding WHERE embedder=:name),
               (SELECT count(*) FROM embedding WHERE embedder<>:name),
               (SELECT count(*) FROM embedding e WHERE NOT EXISTS
                 (SELECT 1 FROM chunk c WHERE c.digest=e.digest)),
               (SELECT count(*) FROM chunk c WHERE NOT EXISTS (SELECT 1 FROM embedding e
                 WHERE e.embedder=:name AND e.digest=c.digest))
        """,
        {"name": embedder},
    ).fetchone()
    counts |= {
        "embeddings": here,
        "other_embeddings": elsewhere,
        "unused_embeddings": unused,
        "missing_vectors": missing,
    }
    bad = Faults()
    usual = connection.execute(
        "SELECT length(vector) FROM embedding WHERE embedder=?"
        " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
        (embedder,),
    ).fetchone()
    width = usual[0] if usual else 0
    rows = connection.execute("SELECT id, vector FROM embedding WHERE embedder=?", (embedder,))
    for done, batch in enumerate(batches(rows)):
        for number, why in _vector_faults(batch, width):
            bad.add(f"vector {number} {why}")
        tell("Vectors", done * BATCH + len(batch), here)
    if bad.number:
        # A sync embeds what has no vector; a wrong one it cannot tell.
        return bad.check("vectors", "", RESTORE)
    if missing:
        return Check(
            name="vectors",
            ok=False,
            detail=f"{missing} chunks are not embedded by {embedder}",
            remedy=SYNC,
        )
    return Check(name="vectors", ok=True, detail=f"{here} of {width // 4} dimensions")


def chroma(catalog: Catalog, directory: Path, embedder: str, tell: Tell) -> Check:
    """It holds the catalog's chunks and no others, with the catalog's vectors."""
    generation = catalog.generation
    if not generation:
        return Check(name="chroma", ok=True, detail="nothing embedded yet")
    if catalog.meta("state") is None:
        return Check(
            name="chroma",
            ok=True,
            detail="the next sync makes it; the catalog's vectors answer meanwhile",
        )
    (count,) = catalog.connection.execute(
        f"SELECT count(*) {_EMBEDDED}", (embedder,)
    ).fetchone()
    try:
        # A reader trusts what was found sound today; here every byte is read.
        soundness.check(directory_of(directory, generation), trust_last=False)
        with closing(open_generation(directory, generation, ids=[], count=count)) as opened:
            _compare(catalog, embedder, opened._collection, count, tell)
    except Unsound as error:
        return Check(name="chroma", ok=False, detail=str(error), remedy=SYNC)
    return Check(name="chroma", ok=True, detail=f"generation {generation}, {count} vectors")


def _compare(catalog: Catalog, embedder: str, collection: Any, count: int, tell: Tell) -> None:
    """Raises Unsound. The counts are equal, so ids that are all there are the same ids."""
    ids = catalog.connection.execute(f"SELECT c.id {_EMBEDDED} ORDER BY c.id", (embedder,))
    every = max(1, count // _SAMPLES)
    sample: list[int] = []
    done = 0
    try:
        for batch in batches(ids):
            names = [str(row[0]) for row in batch]
            found = len(collection.get(ids=names, include=[])["ids"])
            if found != len(names):
                raise Unsound(f"it lacks {len(names) - found} chunks")
            sample += [row[0] for row in batch][-done % every :: every]
            done += len(batch)
            tell("Chroma", done, count)
        _compare_sample(catalog, embedder, collection, sample)
    except Unsound:
        raise
    except Exception as error:  # Chroma's Rust core raises kinds of its own for damage
        raise Unsound(f"it cannot be read: {error}") from error


def _compare_sample(
    catalog: Catalog, embedder: str, collection: Any, sample: list[int]
) -> None:
    """The same vectors, and a search for one finds it. Raises Unsound."""
    import numpy as np

    if not sample:
        return
    ours = {
        str(row["id"]): np.frombuffer(row["vector"], np.float32)
        for row in catalog.connection.execute(
            "SELECT c.id, e.vector FROM chunk c JOIN embedding e"
            " ON e.digest=c.digest AND e.embedder=?"
            " WHERE c.id IN (SELECT value FROM json_each(?))",
            (embedder, json.dumps(sample)),
        )
    }
    held = collection.get(ids=list(ours), include=["embeddings"])
    for name, theirs in zip(held["ids"], held["embeddings"], strict=True):
        if not np.allclose(theirs, ours[name], atol=_UNIT_WITHIN):
            raise Unsound(f"chunk {name} has another vector than the catalog")
    near = collection.query(
        query_embeddings=[vector.tolist() for vector in ours.values()],
        n_results=1,
        include=["distances"],
    )
    found = sum(bool(row) and row[0] <= _UNIT_WITHIN for row in near["distances"])
    if found < _FOUND_SHARE * len(ours):
        raise Unsound(f"a search finds {found} of {len(ours)} chunks by themselves")


def _vector_faults(batch: Sequence[sqlite3.Row], width: int) -> Iterator[tuple[int, str]]:
    """Ids of vectors that are none, with the reason."""
    import numpy as np

    whole = []
    for row in batch:
        if len(row["vector"]) == width and width % 4 == 0:
            whole.append(row)
        else:
            yield row["id"], "has another length than the others"
    if not whole:
        return
    matrix: NDArray[np.float32] = np.frombuffer(
        b"".join(row["vector"] for row in whole), np.float32
    ).reshape(len(whole), -1)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(matrix.astype(np.float64), axis=1)
    for place in np.flatnonzero(~(np.abs(lengths - 1) <= _UNIT_WITHIN)):
        finite = bool(np.isfinite(matrix[place]).all())
        yield (
            whole[int(place)]["id"],
            f"is {lengths[place]:.3g} long" if finite else "is not finite",
        )
