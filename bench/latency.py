"""Question to selected evidence, warm, at size: where the milliseconds go.

    python bench/latency.py MBOX QUESTIONS.jsonl [--chunks 100000]

The text is that of MBOX, each copy with words and dates of its own; a vector is a random unit
vector, since how long a search takes does not depend on what it finds. The embedder is the real
one. Questions are asked once each; medians and 95th percentiles are over all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

import million  # noqa: E402
import night  # noqa: E402

from archive.evidence import select  # noqa: E402
from archive.models import Models  # noqa: E402
from archive.paths import Paths  # noqa: E402
from index import keywords  # noqa: E402
from index.catalog import Catalog  # noqa: E402
from index.embed import question_embedder  # noqa: E402
from index.persons import assign_people  # noqa: E402
from index.retrieve import Retriever  # noqa: E402

EMBEDDER = "all-minilm-l6-v2"
EVIDENCE_TOKENS = 600


def main() -> None:
    """Build, ask everything, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mbox", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    args = parser.parse_args()
    lines = args.questions.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines]
    models = Models(Paths.find(os.environ).models)
    with tempfile.TemporaryDirectory() as place:
        catalog = Catalog(Path(place) / "catalog.sqlite")
        build(catalog, args.mbox, args.chunks)
        retriever = Retriever(
            catalog,
            Path(place) / "vectors",
            embedder_name=EMBEDDER,
            embedder=lambda: question_embedder(models.get(EMBEDDER).path, threads=1),
        )
        retriever.warm()
        retriever.search(asked[0])
        taken: dict[str, list[float]] = {}
        for question in asked:
            began = time.perf_counter()
            found = retriever.search(question)
            searched = time.perf_counter()
            select(question, found.passages, max_tokens=EVIDENCE_TOKENS, asked=found.asked)
            ended = time.perf_counter()
            for part, value in found.timings_ms.items():
                taken.setdefault(part, []).append(value)
            taken.setdefault("evidence", []).append((ended - searched) * 1000)
            taken.setdefault("question to evidence", []).append((ended - began) * 1000)
        print(f"n = {len(asked)} questions, {args.chunks:,} chunks; ms p50, p95, most")
        for part, values in taken.items():
            at95 = sorted(values)[int(len(values) * 0.95)]
            print(f"{part:22} {statistics.median(values):8.1f} {at95:8.1f} {max(values):8.1f}")
        catalog.close()


def build(catalog: Catalog, mbox: Path, chunks: int) -> None:
    """A catalog of so many chunks with people, common words and vectors."""
    million.fill(catalog, night.altered(mbox), chunks)
    chance = np.random.default_rng(7)
    with catalog.transaction() as connection:
        keywords.note_common(connection)
        assign_people(connection)
        digests = connection.execute("SELECT DISTINCT digest FROM chunk").fetchall()
        for start in range(0, len(digests), 10_000):
            part = digests[start : start + 10_000]
            vectors = million.unit(chance, len(part))
            connection.executemany(
                "INSERT INTO embedding(embedder, digest, vector) VALUES (?, ?, ?)",
                (
                    (EMBEDDER, row[0], vector.tobytes())
                    for row, vector in zip(part, vectors, strict=True)
                ),
            )


if __name__ == "__main__":
    main()
