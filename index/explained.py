"""What each part of a score means, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

MEANING: Mapping[str, str] = {
    "keywords": "keyword search (BM25), beside the best of this query",
    "meaning": "near the query in meaning (cosine)",
    "coverage": "the query's words stand in it, rare ones count more",
    "nearby": "they stand close to each other",
    "pairs": "words that follow each other here as in the query",
    "names": "names of the query stand in it whole",
    "context": "words of the query in its title, people, date or heading",
    "named_in_context": "names of the query in its title, people or heading",
    "numbers": "numbers of the query stand in it",
    "kind_of_answer": "holds the kind of thing that is asked for",
    "thread": "other hits in the same conversation",
    "person": "written by or to whom the query means",
    "time": "from the time the query means",
    "kind": "of the kind the query means",
    "own": "its author's own words, not quoted ones",
    "length": "long enough to say something",
}
"""For each feature of `index.rank.FEATURES`."""


def largest_first(added: Mapping[str, float]) -> list[tuple[str, float]]:
    """What each feature added to a score, without those that added nothing."""
    found = [(name, value) for name, value in added.items() if abs(value) >= 0.0005]
    return sorted(found, key=lambda one: (-one[1], one[0]))
