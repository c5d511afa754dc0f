"""What it costs to build a generation of Chroma, to see that it is sound, and to ask it.

    python bench/soundness.py [--counts 10000,100000] [--million] [--keep FOLDER]

Vectors are random unit vectors of 384 dimensions, the worst case for an HNSW index. What
is found below FOLDER is not built again. A full check reads every byte (from memory, as it
was just written); a quick one compares sizes, times and inodes. `recall@10` is the share of
an exact search's ten that Chroma finds. Times are medians of five in milliseconds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from index import soundness  # noqa: E402
from index.building import build  # noqa: E402
from index.chroma import open_generation  # noqa: E402
from index.exact import ExactSearch  # noqa: E402

QUERIES = 100


def unit_vectors(count: int, seed: int) -> NDArray[np.float32]:
    """Rows of length 1."""
    matrix = np.random.default_rng(seed).standard_normal((count, 384), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


def median_ms(work: Callable[[], object], times: int = 5) -> float:
    """How long one call takes."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def measure(root: Path, count: int) -> dict[str, str]:
    """One line of the table."""
    ids, matrix = np.arange(1, count + 1), unit_vectors(count, 1)
    directory = soundness.directory_of(root, 1)
    built = "kept"
    if soundness.is_sound(root, 1):
        started = time.perf_counter()
        for _ in build(root, 1, ids, matrix, embedder="random"):
            pass
        built = f"{time.perf_counter() - started:.1f}"
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    full = median_ms(lambda: soundness.check(directory, trust_last=False))
    quick = median_ms(lambda: soundness.is_sound(root, 1))

    def open_and_close() -> None:
        open_generation(root, 1, ids=range(1, count), count=count).close()

    open_and_close()  # imports chromadb
    opening = median_ms(open_and_close)
    search = open_generation(root, 1)
    exact = ExactSearch(ids, matrix)
    taken, exactly, shared = [], [], 0
    for vector in unit_vectors(QUERIES, 2):
        started = time.perf_counter()
        found = search.nearest(vector, 60)
        between = time.perf_counter()
        wanted = exact.nearest(vector, 60)
        exactly.append((time.perf_counter() - between) * 1000)
        taken.append((between - started) * 1000)
        shared += len({number for number, _ in found[:10]} & {n for n, _ in wanted[:10]})
    search.close()
    return {
        "vectors": f"{count:,}",
        "MB": f"{size / 1e6:.0f}",
        "build s": built,
        "full check": f"{full:.1f}",
        "quick check": f"{quick:.2f}",
        "open": f"{opening:.1f}",
        "query p50": f"{statistics.median(taken):.1f}",
        "exact p50": f"{statistics.median(exactly):.1f}",
        "recall@10": f"{shared / (10 * QUERIES):.3f}",
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="10000,100000")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    counts = [int(word) for word in given.counts.split(",")] + [1_000_000] * given.million
    with tempfile.TemporaryDirectory() as folder:
        for place, count in enumerate(counts):
            line = measure((given.keep or Path(folder)) / f"{count}", count)
            if not place:
                print("".join(f"{name:>13}" for name in line))
            print("".join(f"{value:>13}" for value in line.values()), flush=True)


if __name__ == "__main__":
    main()
