"""How often the answer is among the passages and among the evidence, without asking the model.

ARCHIVE_HOME=DIR python bench/evidence.py QUESTIONS.jsonl …
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.evidence import select
from archive.service import Archive
from bench.score import right


def holds(text: str, item: dict[str, Any]) -> bool:
    """Whether a text would count as a right answer."""
    return right({**item, "answer": text, "declined": False})


def main() -> None:
    """Print a row for each file and budget."""
    archive = Archive.open()
    for name in sys.argv[1:]:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
        items = [item for item in map(json.loads, lines) if item["answers"]]
        results = [archive.search(item["question"], limit=10) for item in items]
        found = [result.passages for result in results]
        n = len(items)
        for k in (1, 3, 5, 10):
            share = sum(
                holds(" ".join(p.text for p in passages[:k]), item)
                for item, passages in zip(items, found, strict=True)
            )
            print(f"{name}: in the first {k} passages {share / n:.2f} (n = {n})")
        for tokens in (300, 400, 600):
            taken, hits = [], 0
            for item, result in zip(items, results, strict=True):
                started = time.perf_counter()
                evidence = select(
                    item["question"], result.passages, max_tokens=tokens, asked=result.asked
                )
                taken.append((time.perf_counter() - started) * 1000)
                hits += holds(" ".join(part.text for part in evidence), item)
            print(
                f"{name}: in {tokens} tokens of evidence {hits / n:.2f}"
                f" (median {statistics.median(taken):.1f} ms)"
            )


if __name__ == "__main__":
    main()
