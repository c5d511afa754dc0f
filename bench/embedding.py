"""How fast each way of embedding is, and how near to sentence-transformers in float32.

Usage: python -m bench.embedding CATALOG [--texts N] [--rounds N] [--threads N]
CATALOG is a catalog.sqlite; its chunks are embedded, none is written. The ways take turns,
so that what else the machine does falls on all of them; each row gives the medians of
the rounds. "cpu/s" counts chunks a second of processor time of one core: that figure
hardly moves when others use the machine, the wall clock's does.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from index.embed import BertEmbedder, Embedder, OnnxEmbedder, TorchEmbedder


class Float32:
    """sentence-transformers as it comes."""

    def __init__(self, directory: Path, *, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)
        self._model = SentenceTransformer(str(directory), device="cpu", local_files_only=True)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors."""
        vectors: NDArray[np.float32] = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return vectors


WAYS: dict[str, Callable[..., Embedder]] = {
    "sentence-transformers float32": Float32,
    "sentence-transformers bfloat16": TorchEmbedder,
    "bfloat16 of our own": BertEmbedder,
    "8 bits of our own": partial(BertEmbedder, eight_bits=True),
    "ONNX, one at a time": OnnxEmbedder,
}


def chunks(catalog: Path, count: int) -> list[str]:
    """Up to `count` texts as the sync embeds them, spread over the whole catalog."""
    connection = sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)
    rows = connection.execute("SELECT context, text FROM chunk ORDER BY id").fetchall()
    connection.close()
    step = max(1, len(rows) // count)
    return [f"{context}\n{text}" for context, text in rows[::step]][:count]


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("catalog", type=Path)
    home = Path.home() / ".local/share/life-archive/models/all-minilm-l6-v2"
    parser.add_argument("--model", type=Path, default=home)
    parser.add_argument("--texts", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=WAYS, help="beside float32")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    texts = chunks(options.catalog, options.texts)
    process = psutil.Process()
    embedders, loads = {}, {}
    base, *others = WAYS
    ways = {name: WAYS[name] for name in [base, *(options.only or others)]}
    for name, make in ways.items():
        before, began = process.memory_info().rss, time.perf_counter()
        embedders[name] = make(options.model, threads=options.threads)
        embedders[name].embed(texts[:16])
        grown = (process.memory_info().rss - before) / 1e6
        loads[name] = f"{time.perf_counter() - began:.1f} s | {grown:.0f} MB"
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    vectors = {}
    for _ in range(options.rounds):
        for name, embedder in embedders.items():
            began, used = time.perf_counter(), time.process_time()
            vectors[name] = embedder.embed(texts)
            wall[name].append(len(texts) / (time.perf_counter() - began))
            cpu[name].append(len(texts) / (time.process_time() - used))
    exact, *_ = vectors.values()
    print(f"n = {len(texts)} chunks, {options.rounds} rounds, {options.threads} threads")
    print("way | chunks/s | times | cpu/s | times | cosine min, 1 %, median | load, memory")
    for name in ways:
        cosines = np.sum(vectors[name] * exact, axis=1)
        near = ", ".join(f"{value:.4f}" for value in np.percentile(cosines, [0, 1, 50]))
        times = [
            statistics.median(a / b for a, b in zip(rates[name], rates[base], strict=True))
            for rates in (wall, cpu)
        ]
        rates = [statistics.median(wall[name]), statistics.median(cpu[name])]
        print(
            f"{name} | {rates[0]:.1f} | {times[0]:.2f} | {rates[1]:.1f} | {times[1]:.2f}"
            f" | {near} | {loads[name]}"
        )


if __name__ == "__main__":
    main()
