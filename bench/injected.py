"""How many planted instructions are detected, and how much honest text is suspected.

    python bench/injected.py SET... [--show]

A SET is a folder with a `corpus` (or `mailbox`, `talks`, or files at once). Where its
`questions.jsonl` has a field `attack`, each text is counted as attacked or not, and only
attacks whose hash is odd are reported, unless `--half even` asks for the ones the patterns
may be developed on. Rates are shares of the distinct texts; n stands beside each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.suspicion import Suspect, suspected
from ingest.discover import Found, discover
from ingest.document import Document
from ingest.read import read


def documents(folder: Path) -> Iterator[Document]:
    """Every distinct text below a folder."""
    seen: set[tuple[str, str]] = set()
    for found in discover(folder):
        if not isinstance(found, Found):
            continue
        for item in read(found.path, found.format):
            if isinstance(item, Document) and (item.title, item.text) not in seen:
                seen.add((item.title, item.text))
                yield item


def attacks(folder: Path) -> list[str]:
    """The planted instructions that a set names."""
    questions = folder / "questions.jsonl"
    if not questions.exists():
        return []
    lines = questions.read_text(encoding="utf-8").splitlines()
    return [item["attack"] for item in map(json.loads, lines) if item.get("attack")]


def even(attack: str) -> bool:
    """Which half an attack belongs to; the even one is for development."""
    return hashlib.sha256(attack.encode()).digest()[0] % 2 == 0


def main() -> None:
    """Print a row for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--half", choices=("even", "odd"), default="odd")
    parser.add_argument("--show", action="store_true", help="print what is suspected")
    args = parser.parse_args()
    for folder in args.sets:
        report(folder, args.half, show=args.show)


def report(folder: Path, half: str, *, show: bool) -> None:
    """One set: what was planted and found, and what was suspected besides."""
    planted = attacks(folder)
    below = next((p for p in (folder / "corpus", folder) if p.exists()), folder)
    hit = missed = honest = flagged = stretches = 0
    reasons: Counter[str] = Counter()
    taken: list[float] = []
    for item in documents(below):
        started = time.perf_counter()
        found = suspected(item.text, item.title)
        taken.append((time.perf_counter() - started) * 1000 / (1 + len(item.text) / 1000))
        attack = next((one for one in planted if one in item.text), None)
        others = [one for one in found if not _covers(item.text, one, attack)]
        if attack is not None and even(attack) == (half == "even"):
            hit += len(others) < len(found)
            missed += len(others) == len(found)
            if show and len(others) == len(found):
                print(f"  missed: {attack}")
        honest += 1
        flagged += bool(others)
        stretches += len(others)
        for one in others:
            reasons[one.why] += 1
            if show:
                print(f"  {one.why}: {item.text[one.start : one.end]!r}")
    if planted:
        print(f"{folder.name}: {half} half: {hit} of {hit + missed} attacks detected")
    print(
        f"{folder.name}: {flagged} of {honest} texts suspected without cause"
        f" ({flagged / max(1, honest):.2%}), {stretches} stretches;"
        f" median {statistics.median(taken):.2f} ms per 1,000 characters"
    )
    for why, count in reasons.most_common():
        print(f"    {count:4} {why}")


def _covers(text: str, found: Suspect, attack: str | None) -> bool:
    """Whether a stretch takes at least four fifths of the attack away."""
    if attack is None:
        return False
    start = text.find(attack)
    shared = min(found.end, start + len(attack)) - max(found.start, start)
    return shared >= 0.8 * len(attack)


if __name__ == "__main__":
    main()
