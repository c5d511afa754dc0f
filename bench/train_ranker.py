"""Fit the ranker's weights, and write them with what they were fitted on to index/ranker.json.

    python bench/train_ranker.py SET … --homes DIR [--write]

Only sets whose text may be used for what ships are to be named: our own (bench/written/*) and
public ones under a free licence. How it is fitted is in bench/fitting.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

import fitting  # noqa: E402
import retrieval  # noqa: E402

from archive.service import Archive  # noqa: E402
from index.candidates import Candidate  # noqa: E402
from index.rank import FEATURES, WEIGHTS_FILE  # noqa: E402


def main() -> None:
    """Fit, print a table, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--homes", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    sets = {folder.name: fitting.examples(folder, args.homes, example) for folder in args.sets}
    file = WEIGHTS_FILE if args.write else None
    fitting.chosen(sets, FEATURES, alone="keywords", file=file)


def example(archive: Archive, question: dict[str, Any]) -> fitting.Example | None:
    """None if all or none of the candidates are gold: nothing can be learnt from it."""
    query = archive.retriever.understand(question["question"])
    candidates = archive.retriever.candidates(query)
    if not candidates:
        return None
    gold = marks(archive, candidates, question["sources"])
    if not gold.any() or gold.all():
        return None
    return np.array(archive.retriever.rows(query, candidates)), gold


def marks(
    archive: Archive, candidates: Sequence[Candidate], sources: Sequence[dict[str, Any]]
) -> np.ndarray[Any, Any]:
    """Which candidates hold a piece of evidence."""
    passages = archive.catalog.passages([one.chunk_id for one in candidates])
    return np.array(
        [bool(sum(retrieval.gains([passages[one.chunk_id]], sources))) for one in candidates]
    )


if __name__ == "__main__":
    main()
