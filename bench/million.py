"""Search at size: 10,000 to 1,000,000 chunks of real text with made-up vectors.

    python bench/million.py MBOX [--chunks 10000 --chunks 1000000] [--vectors-of CATALOG]

The text is that of MBOX, each copy with words and dates of its own. Vectors lie about those
of CATALOG, as far as a cosine of 0.94; without one, about 20,000 random ones, which is the
worst case, since nothing is nearer than the rest. Those asked with are one in fifty of
CATALOG's, left out of the others. Of a catalog with few vectors, many copies lie equally near
a question, and which 60 of them are nearest is chance: 20,000 or more tell something.
Beside the time stands which part of the nearest 60 is found that comparing all would find.
The questions are made of words from the text: two to six, rare and common ones as people mix
them. Times are medians and 95th percentiles over 60 questions, warm.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

import night  # noqa: E402

from index import keywords  # noqa: E402
from index.catalog import Catalog  # noqa: E402
from index.copies import digest  # noqa: E402
from index.exact import ExactSearch  # noqa: E402
from index.store import Place, store  # noqa: E402
from ingest.document import Document  # noqa: E402
from ingest.mail.message import document as parse  # noqa: E402

DIMENSIONS = 384
QUESTIONS = 60
NEAREST = 60
SPREAD = 0.35
DOCUMENTS_PER_TRANSACTION = 2000


def main() -> None:
    """Build each size, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mbox", type=Path)
    parser.add_argument("--chunks", type=int, action="append")
    parser.add_argument("--vectors-of", type=Path)
    args = parser.parse_args()
    print(
        "   chunks  build s  keyword ms p50/p95  vector ms p50/p95  recall@60"
        "  filtered ms p50/p95  bytes"
    )
    with tempfile.TemporaryDirectory() as place:
        catalog = Catalog(Path(place) / "catalog.sqlite")
        copies = night.altered(args.mbox)
        for chunks in sorted(args.chunks or [10_000, 100_000]):
            began = time.perf_counter()
            fill(catalog, copies, chunks)
            built = time.perf_counter() - began
            with catalog.transaction() as connection:
                keywords.note_common(connection)
            asked = questions(catalog)
            by_keyword = timed(
                asked, lambda text: keywords.search(catalog.connection, text, 60)
            )
            by_vector, recall = vector_search(asked, chunks, args.vectors_of)
            filtered = timed(asked, lambda _text: in_a_year(catalog))
            size = sum(f.stat().st_size for f in Path(place).rglob("*") if f.is_file())
            print(
                f"{chunks:9,} {built:8.1f} {by_keyword:>19} {by_vector:>18} {recall:10.4f}"
                f" {filtered:>20}"
                f" {size / chunks:6.0f}",
                flush=True,
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory {peak:,.0f} MB")


def fill(catalog: Catalog, copies, wanted: int) -> None:  # type: ignore[no-untyped-def]
    """Add messages until there are so many chunks."""
    catalog.add_source(Path("/bench"))
    catalog.connection.execute(
        "INSERT OR IGNORE INTO file(id, source_id, relative, path, format, format_version,"
        " size, mtime_ns) VALUES (1, 1, 'x', 'x', 'mbox', 1, 1, 1)"
    )
    place = Place(file_id=1, relative="x", packed=False)
    while True:
        (held,) = catalog.connection.execute("SELECT count(*) FROM chunk").fetchone()
        if held >= wanted:
            return
        with catalog.transaction():
            for _ in range(DOCUMENTS_PER_TRANSACTION):
                raw = next(copies).partition(b"\n")[2]
                found = parse(raw, path=Path("x"), locator="byte 0")
                if isinstance(found, Document):
                    store(catalog, place, found, digest(found))
        # Vectors are not stored here: 1.5 kB each, and the same for all sizes.


def questions(catalog: Catalog) -> list[str]:
    """Words of passages, some rare, some common."""
    chance = random.Random(7)
    (newest,) = catalog.connection.execute("SELECT max(id) FROM chunk").fetchone()
    found: list[str] = []
    while len(found) < QUESTIONS:
        row = catalog.connection.execute(
            "SELECT text FROM chunk WHERE id=?", (chance.randint(1, newest),)
        ).fetchone()
        text = row[0] if row else ""
        words = sorted({word for word in text.split() if word.isalpha() and len(word) > 3})
        if len(words) > 8:
            found.append("what about " + " ".join(chance.sample(words, chance.randint(2, 6))))
    return found


def vector_search(asked: list[str], chunks: int, real: Path | None) -> tuple[str, float]:
    """How long a search among so many takes, and what it finds of the true nearest."""
    chance = np.random.default_rng(7)
    known = vectors_of(real) if real else unit(chance, 20_000)
    chance.shuffle(known)
    held_out, known = known[: len(known) // 50], known[len(known) // 50 :]
    matrix = np.empty((chunks, DIMENSIONS), np.float32)
    for start in range(0, chunks, 10_000):
        part = matrix[start : start + 10_000]
        part[:] = known[chance.integers(len(known), size=len(part))]
        part += SPREAD * unit(chance, len(part))
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    search = ExactSearch(np.arange(chunks, dtype=np.int64), matrix)
    questions = [held_out[chance.integers(len(held_out))] for _ in asked]
    vector_of = dict(zip(asked, questions, strict=True))
    taken = timed(asked, lambda text: search.nearest(vector_of[text], NEAREST))
    same = 0
    for vector in questions:
        true = np.argpartition(-(matrix @ vector), NEAREST)[:NEAREST]
        same += len({number for number, _ in search.nearest(vector, NEAREST)} & set(true))
    return taken, same / (NEAREST * len(questions))


def vectors_of(path: Path) -> NDArray[np.float32]:
    """The different vectors of a catalog."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT DISTINCT vector FROM embedding").fetchall()
    joined = b"".join(row[0] for row in rows)
    return np.frombuffer(joined, np.float32).reshape(-1, DIMENSIONS).copy()


def unit(chance: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Random rows of length 1."""
    matrix = chance.standard_normal((count, DIMENSIONS), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


def in_a_year(catalog: Catalog) -> int:
    """The chunks of one sender in one year, as a filter takes them."""
    rows = catalog.connection.execute(
        "SELECT c.id FROM document d JOIN chunk c ON c.document_id=d.id"
        " WHERE d.created_s BETWEEN ? AND ? AND instr(d.people, 'matt.smith@enron.com')"
        " LIMIT 2000",
        (1_000_000_000.0, 1_000_000_000.0 + timedelta(days=365).total_seconds()),
    )
    return len(rows.fetchall())


def timed(asked: list[str], search: Callable[[str], object]) -> str:
    """`p50/p95` in milliseconds."""
    search(asked[0])
    taken = []
    for text in asked:
        began = time.perf_counter()
        search(text)
        taken.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(taken):.1f}/{sorted(taken)[int(len(taken) * 0.95)]:.1f}"


if __name__ == "__main__":
    main()
