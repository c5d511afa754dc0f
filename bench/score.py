"""Score the records of `archive eval` by the rules of the questions' own README.

    python bench/score.py RECORDS.jsonl …

Right: a normalised acceptable answer occurs in the reply, or the reply holds at least 75 % of
its words (60 % when it has more than 12). Without an acceptable answer: the reply declines.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_MARK = re.compile(r"\[\d+\]")
_ARTICLE = re.compile(r"\b(a|an|the)\b")


def normalised(text: str) -> str:
    """Lower case, punctuation and articles dropped, white space folded."""
    text = _MARK.sub(" ", text).lower().replace(",000", "000")
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d)\.0+\b", r"\1", text)
    text = re.sub(r"[^\w\s.]|(?<!\d)\.|\.(?!\d)", " ", text)
    return " ".join(_ARTICLE.sub(" ", text).split())


def right(record: dict[str, Any]) -> bool:
    """Whether the reply is right."""
    if not record["answers"]:
        return bool(record["declined"])
    if record["declined"]:
        return False
    reply = normalised(record["answer"])
    words = set(reply.split())
    for answer in record["answers"]:
        wanted = normalised(str(answer))
        parts = wanted.split()
        if not parts:
            continue
        if re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", reply):
            return True
        share = sum(word in words for word in parts) / len(parts)
        if share >= (0.6 if len(parts) > 12 else 0.75):
            return True
    return False


def gold(passage: dict[str, Any], sources: Sequence[dict[str, Any]]) -> bool:
    """Whether a passage comes from a gold source and overlaps its evidence."""
    text = " ".join(passage["text"].split()).lower()
    for source in sources:
        if source["id"] != passage["id"]:
            continue
        if "page" in source and source["page"] != passage["page"]:
            continue
        evidence = [" ".join(item.split()).lower() for item in source.get("evidence", ())]
        if not evidence or any(_overlap(item, text) for item in evidence):
            return True
    return False


def _overlap(evidence: str, text: str) -> bool:
    if evidence in text or text in evidence:
        return True
    half = max(20, len(evidence) // 2)
    return evidence[:half] in text or evidence[-half:] in text


def exists(citation: dict[str, Any], catalog: Path) -> bool:
    """Whether the quote stands verbatim, at its offsets, in the stored document."""
    with sqlite3.connect(f"file:{catalog}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "SELECT text FROM document WHERE passage_id=?", (citation["id"],)
        ).fetchall()
    quote = citation["quote"]
    return any(text[citation["start"] : citation["end"]] == quote for (text,) in rows)


def calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error over bins of equal mass."""
    ordered = sorted(pairs)
    size = len(ordered)
    error = 0.0
    for number in range(bins):
        part = ordered[number * size // bins : (number + 1) * size // bins]
        if part:
            said = sum(value for value, _ in part) / len(part)
            was = sum(hit for _, hit in part) / len(part)
            error += abs(said - was) * len(part) / size
    return error


def ranking(pairs: Sequence[tuple[float, bool]]) -> float:
    """Area under the ROC curve of right against wrong; 0.5 is chance."""
    good = [value for value, hit in pairs if hit]
    bad = [value for value, hit in pairs if not hit]
    if not good or not bad:
        return float("nan")
    wins = sum((a > b) + 0.5 * (a == b) for a in good for b in bad)
    return wins / (len(good) * len(bad))


def report(path: Path, catalog: Path | None) -> None:
    """Print one block of figures for a file of records."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    answerable = [item for item in records if item["answers"]]
    print(f"{path.name}: n = {len(records)} ({len(answerable)} with an answer)")
    if answerable and any("sources" in item for item in answerable):
        hits = [[gold(p, item["sources"]) for p in item["passages"]] for item in answerable]
        for k in (1, 5, 10):
            share = sum(any(row[:k]) for row in hits) / len(hits)
            print(f"  recall@{k}: {share:.2f}")
    if "answer" not in records[0]:
        return
    answered_right = sum(right(item) for item in answerable)
    wrongly = sum(item["declined"] for item in answerable)
    open_ones = [item for item in records if not item["answers"]]
    if answerable:
        print(
            f"  right: {answered_right}/{len(answerable)}"
            f" = {answered_right / len(answerable):.2f}"
            f", wrongly declined: {wrongly / len(answerable):.2f}"
        )
    if open_ones:
        rightly = sum(item["declined"] for item in open_ones)
        print(
            f"  declined of those without an answer: {rightly}/{len(open_ones)}"
            f" = {rightly / len(open_ones):.2f}"
        )
    cited = [(c, item) for item in records if not item["declined"] for c in item["citations"]]
    if cited:
        good = sum(gold({**c, "text": c["text"]}, item.get("sources", ())) for c, item in cited)
        print(f"  citation precision: {good}/{len(cited)} = {good / len(cited):.2f}")
    if catalog is not None:
        every = [c for item in records for c in item["citations"]]
        there = sum(exists(c, catalog) for c in every)
        print(f"  citations that exist verbatim: {there}/{len(every)}")
    pairs = [
        (item["confidence"], right(item)) for item in records if item["confidence"] is not None
    ]
    if len(pairs) > 1:
        print(
            f"  confidence: ECE {calibration_error(pairs):.3f}, AUROC {ranking(pairs):.2f}, "
            f"n = {len(pairs)}, calibrated: {records[0]['calibrated']}"
        )
    for name in ("evidence", "first_token", "total"):
        values = sorted(
            item["timings_ms"][name] for item in records if name in item["timings_ms"]
        )
        if values:
            print(
                f"  {name}: median {values[len(values) // 2]:.0f} ms, "
                f"p95 {values[int(len(values) * 0.95)]:.0f} ms"
            )


def main() -> None:
    """Score every file named on the command line."""
    import os

    home = os.environ.get("ARCHIVE_HOME")
    catalog = Path(home) / "data" / "catalog.sqlite" if home else None
    for name in sys.argv[1:]:
        report(Path(name), catalog)


if __name__ == "__main__":
    main()
