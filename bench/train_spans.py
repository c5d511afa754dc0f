"""Fit the weights of the evidence's spans, and write them to archive/spans.json.

    python bench/train_spans.py SET … --homes DIR [--write]

Only sets whose text may be used for what ships are to be named: our own (bench/written/*) and
public ones under a free licence. How it is fitted is in bench/fitting.py. Each question's ten
passages are found as always; a span is gold if it holds a piece of the evidence or lies within.
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

from archive import spans  # noqa: E402
from archive.service import Archive  # noqa: E402
from index.passage import Passage  # noqa: E402

_LEAST_CHARS = 25
"""A shorter span within the evidence says too little to be it."""


def main() -> None:
    """Fit, print a table, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--homes", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    sets = {folder.name: fitting.examples(folder, args.homes, example) for folder in args.sets}
    file = spans.WEIGHTS_FILE if args.write else None
    fitting.chosen(sets, spans.FEATURES, alone="coverage", file=file)


def example(archive: Archive, question: dict[str, Any]) -> fitting.Example | None:
    """None if all or none of the spans are gold: nothing can be learnt from it."""
    found = archive.retriever.search(question["question"])
    if found.asked is None:
        return None
    cut = [spans.cut(number, passage.text) for number, passage in enumerate(found.passages)]
    rows = [row for rows in spans.features(found.asked, found.passages, cut) for row in rows]
    gold = np.array(
        [
            is_gold(found.passages[span.passage], span, question["sources"])
            for several in cut
            for span in several
        ]
    )
    if not len(gold) or not gold.any() or gold.all():
        return None
    return np.array(rows), gold


def is_gold(passage: Passage, span: spans.Span, sources: Sequence[dict[str, Any]]) -> bool:
    """Whether a span holds a piece of the evidence, or lies within one."""
    text = retrieval.folded(passage.text[span.start : span.end])
    return any(
        source == passage.id
        and page in (None, passage.page)
        and evidence
        and (evidence in text or (len(text) >= _LEAST_CHARS and text in evidence))
        for source, page, evidence in retrieval.pieces(sources)
    )


if __name__ == "__main__":
    main()
