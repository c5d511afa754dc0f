"""How well passages are found: recall and nDCG beside BM25, vectors and their naive fusion.

    python bench/retrieval.py SET … [--homes DIR] [--ablation] [--limit N]

A SET is a folder with `corpus/` and `questions*.jsonl`, as `archive eval` takes them. Each gets
an archive of its own below `--homes`, kept, so that a second run need not embed again. A hit is
a passage that comes from a gold source (and page) and overlaps its evidence; nDCG counts each
piece of evidence once. Intervals are 95 % bootstrap intervals over questions (1,000 draws); a
difference is paired, ours less the better of BM25 and vectors.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from archive.service import Archive  # noqa: E402
from index.keywords import terms  # noqa: E402
from index.passage import Passage  # noqa: E402
from index.retrieve import PARTS, Retriever  # noqa: E402

Question = dict[str, Any]
Search = Callable[[str], Sequence[Passage]]

DEPTH = 10
DRAWS = 1_000


def main() -> None:
    """Print a block of rows for every file of questions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--homes", type=Path, required=True)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    for folder in args.sets:
        archive = opened(folder, args.homes)
        for file in sorted(folder.glob("questions*.jsonl")):
            asked = answerable(file)[: args.limit]
            print(f"\n{folder.name}/{file.name}: n = {len(asked)}", flush=True)
            measure(archive, asked, ablation=args.ablation)
        archive.close()


def opened(folder: Path, homes: Path) -> Archive:
    """The archive of a set, made if it is not there."""
    os.environ["ARCHIVE_HOME"] = str(homes / folder.name)
    archive = Archive.open()
    if not archive.sources():
        archive.add([folder / "corpus"])
        archive.sync()
    archive.retriever.warm()
    return archive


def answerable(file: Path) -> list[Question]:
    """The questions that name a source."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [q for q in map(json.loads, lines) if q["answers"] and q["sources"]]


def measure(archive: Archive, asked: Sequence[Question], *, ablation: bool) -> None:
    """Print a row for each way of finding."""
    retriever = archive.retriever
    ways: dict[str, Search] = {
        "BM25": lambda text: bm25(archive, text),
        "vectors": lambda text: leaving_in(retriever, text, "vectors"),
        "fusion": lambda text: leaving_in(retriever, text, "keywords", "vectors"),
        # The same reading wide for BM25, so that it is seen what ranking brings without it.
        "BM25, grown": lambda text: leaving_in(retriever, text, "keywords", "grow"),
        "ours": lambda text: retriever.search(text, limit=DEPTH).passages,
    }
    if ablation:
        for part in sorted(PARTS):
            ways[f"without {part}"] = lambda text, part=part: (  # type: ignore[misc]
                retriever.search(text, limit=DEPTH, parts=PARTS - {part}).passages
            )
    found: dict[str, list[list[int]]] = {}
    print(f"{'':20} {'recall@1':>9} {'@5 (95 %)':>18} {'@10':>6} {'nDCG':>6}   ms p50/p95")
    for name, search in ways.items():
        taken: list[float] = []
        rows: list[list[int]] = []
        for question in asked:
            started = time.perf_counter()
            passages = search(question["question"])
            taken.append((time.perf_counter() - started) * 1000)
            rows.append(gains(passages, question["sources"]))
        found[name] = rows
        at5 = [float(any(row[:5])) for row in rows]
        low, high = interval(at5)
        print(
            f"{name:20} {share(rows, 1):9.3f} {share(rows, 5):6.3f} ({low:.3f}-{high:.3f})"
            f" {share(rows, 10):6.3f} {ndcg(rows, asked):6.3f}"
            f"   {statistics.median(taken):.0f}/{sorted(taken)[int(len(taken) * 0.95)]:.0f}",
            flush=True,
        )
    better = max(("BM25", "vectors"), key=lambda name: share(found[name], 5))
    differences = [
        float(any(ours[:5])) - float(any(theirs[:5]))
        for ours, theirs in zip(found["ours"], found[better], strict=True)
    ]
    low, high = interval(differences)
    print(
        f"ours less {better}, recall@5: {statistics.fmean(differences):+.3f}"
        f" ({low:+.3f} to {high:+.3f})"
    )


def bm25(archive: Archive, text: str) -> list[Passage]:
    """What a plain keyword index finds: any of the words, BM25, chunks as they are."""
    any_of = " OR ".join(f'"{word}"' for word in terms(text))
    if not any_of:
        return []
    rows = archive.catalog.connection.execute(
        "SELECT rowid FROM keywords WHERE keywords MATCH ? ORDER BY bm25(keywords) LIMIT ?",
        (any_of, DEPTH),
    )
    chunks = [row[0] for row in rows]
    passages = archive.catalog.passages(chunks)
    return [passages[chunk] for chunk in chunks]


def leaving_in(retriever: Retriever, text: str, *parts: str) -> Sequence[Passage]:
    """What some parts find by themselves, chunks as they are."""
    return retriever.search(text, limit=DEPTH, parts=frozenset(parts)).passages


def gains(passages: Sequence[Passage], sources: Sequence[dict[str, Any]]) -> list[int]:
    """For each passage how many pieces of evidence it holds that none before it did."""
    wanted = pieces(sources)
    seen: set[int] = set()
    row = []
    for passage in passages[:DEPTH]:
        text = folded(passage.text)
        new = {
            number
            for number, (source, page, evidence) in enumerate(wanted)
            if number not in seen
            and source == passage.id
            and page in (None, passage.page)
            and overlaps(evidence, text)
        }
        seen |= new
        row.append(len(new))
    return row


def pieces(sources: Sequence[dict[str, Any]]) -> list[tuple[str, int | None, str]]:
    """Source, page and folded text of each piece of evidence; without a text the source is."""
    return [
        (source["id"], source.get("page"), folded(evidence))
        for source in sources
        for evidence in (source.get("evidence") or [""])
    ]


def folded(text: str) -> str:
    """Lower case words, nothing between them but blanks."""
    return " ".join(re.findall(r"\w+", text.lower()))


def overlaps(evidence: str, text: str) -> bool:
    """Whether one contains the other, or the first or last half of the evidence is there."""
    if evidence in text or (text and text in evidence):
        return True
    half = max(20, len(evidence) // 2)
    return evidence[:half] in text or evidence[-half:] in text


def share(rows: Sequence[Sequence[int]], k: int) -> float:
    """Share of the questions with a hit among the first k."""
    return sum(any(row[:k]) for row in rows) / len(rows)


def ndcg(rows: Sequence[Sequence[int]], asked: Sequence[Question]) -> float:
    """Normalised discounted cumulative gain at 10; a passage gains 1 for anything new."""
    total = 0.0
    for row, question in zip(rows, asked, strict=True):
        best = min(DEPTH, len(pieces(question["sources"])))
        ideal = sum(1 / math.log2(place + 2) for place in range(best))
        total += (
            sum(1 / math.log2(place + 2) for place, new in enumerate(row[:DEPTH]) if new)
            / ideal
        )
    return total / len(rows)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean."""
    draw = random.Random(1)
    means = sorted(statistics.fmean(draw.choices(values, k=len(values))) for _ in range(DRAWS))
    return means[int(DRAWS * 0.025)], means[int(DRAWS * 0.975)]


if __name__ == "__main__":
    main()
