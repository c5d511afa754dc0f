"""Score the records of `archive eval`, by the rules in archive/scoring.py.

    python bench/score.py RECORDS.jsonl …

With ARCHIVE_HOME set, citations are looked up in that archive's catalog once more.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.evaluate import read_records
from archive.figures import figures, intervals
from archive.scoring import exists as stands_in
from archive.scoring import gold, normalised, right
from tui.commands.scores import print_diagrams, print_table

__all__ = ["exists", "gold", "normalised", "right"]


def exists(citation: dict[str, Any], catalog: Path) -> bool:
    """Whether the quote stands verbatim, at its offsets, in the stored document."""
    with sqlite3.connect(f"file:{catalog}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT text FROM document WHERE passage_id=?", (citation["id"],)
        ).fetchall()
    return any(stands_in(citation, text) for (text,) in rows)


def main() -> None:
    """Score every file named on the command line, side by side."""
    home = os.environ.get("ARCHIVE_HOME")
    catalog = Path(home) / "data" / "catalog.sqlite" if home else None
    found = []
    for name in sys.argv[1:]:
        records = read_records(Path(name))
        found.append(figures(records, Path(name).stem))
        print(f"{name}: 95 % intervals {json.dumps(intervals(records))}")
        if catalog is not None and "answer" in records[0]:
            every = [citation for one in records for citation in one["citations"]]
            there = sum(exists(citation, catalog) for citation in every)
            print(f"{name}: citations that exist verbatim: {there}/{len(every)}")
    print_table(found)
    print_diagrams(found)
    for item in found:
        for stage, (median, p95) in item.milliseconds.items():
            print(f"{item.name} {stage}: median {median:.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    main()
