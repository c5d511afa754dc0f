"""Keyword search: SQLite's FTS5, ranked by BM25."""

from __future__ import annotations

import re
import sqlite3

_WORD = re.compile(r"\w+", re.UNICODE)

# Words that say how something is asked, not what is asked for. English only: other languages
# keep all their words, and BM25 gives the frequent ones little weight.
STOPWORDS = frozenset(
    """
    a about all also am an and any are as at be been being both but by can could did do
    does doing done down for from get got had has have having he her hers him his how i if
    in into is it its just kind many may me might more most much must my no nor not of off
    on one only or other our out over own same shall she should so some such than that the
    their them then there these they this those through to too under until up us very was
    we were what when where which while who whom whose why will with would you your
    """.split()
)

CONTEXT_WEIGHT = 1.0
TEXT_WEIGHT = 1.0


def terms(text: str) -> list[str]:
    """The words of a question worth looking for, lower case, each once, in order."""
    words = [word.lower() for word in _WORD.findall(text)]
    kept = [
        word for word in words if word not in STOPWORDS and (len(word) > 1 or word.isdigit())
    ]
    return list(dict.fromkeys(kept or words))


def search(
    connection: sqlite3.Connection, question: str, limit: int
) -> list[tuple[int, float]]:
    """Chunk ids with their BM25 score (larger is better), best first.

    Any of the words may occur; the question's own punctuation means nothing here.
    """
    wanted = terms(question)
    if not wanted:
        return []
    expression = " OR ".join(f'"{word}"' for word in wanted)
    rows = connection.execute(
        "SELECT rowid, bm25(keywords, ?, ?) AS cost FROM keywords WHERE keywords MATCH ?"
        " ORDER BY cost LIMIT ?",
        (CONTEXT_WEIGHT, TEXT_WEIGHT, expression, limit),
    )
    return [(int(row[0]), -float(row[1])) for row in rows]
