"""Keyword search: SQLite's FTS5, ranked by BM25.

Scoring takes time for every chunk that holds any of the words, so in a large archive
words that tens of thousands of chunks hold are left out of a question that has rarer
ones; BM25 gives them little weight anyway. Which words those are is noted by a sync.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache

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

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""That of the index, see migrations.py."""

COMMON_CHUNKS = 2_000
"""A word in more chunks than that is common, and it is noted in how many it is."""

SCORED_CHUNKS = 20_000
"""Rarest first, so many chunks at most are scored; the two rarest words always count."""

_FEWEST_WORDS = 2

_NOTED_AGAIN = 1.1
"""Growth of the archive after which the common words are counted anew."""

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
    chosen, chunks = _rarest(connection, wanted)
    if chunks > SCORED_CHUNKS:
        # All of its words are common: scoring the chunks with any of them takes long.
        found = _match(connection, " AND ".join(chosen), limit)
        if len(found) >= limit:
            return found
    return _match(connection, " OR ".join(chosen), limit)


def _match(
    connection: sqlite3.Connection, expression: str, limit: int
) -> list[tuple[int, float]]:
    rows = connection.execute(
        "SELECT rowid, bm25(keywords, ?, ?) AS cost FROM keywords WHERE keywords MATCH ?"
        " ORDER BY cost LIMIT ?",
        (CONTEXT_WEIGHT, TEXT_WEIGHT, expression, limit),
    )
    return [(int(row[0]), -float(row[1])) for row in rows]


def _rarest(connection: sqlite3.Connection, wanted: list[str]) -> tuple[list[str], int]:
    """The words to look for, quoted, and in about how many chunks they are.

    All of them, unless the archive is so large that some are common.
    """
    if connection.execute("SELECT 1 FROM common_term LIMIT 1").fetchone() is None:
        return [f'"{word}"' for word in wanted], 0
    counted = [(_chunks_with(connection, word), word) for word in wanted]
    chosen: list[str] = []
    total = 0
    for chunks, word in sorted(counted, key=lambda item: item[0]):
        if len(chosen) >= _FEWEST_WORDS and total + chunks > SCORED_CHUNKS:
            break
        chosen.append(f'"{word}"')
        total += chunks
    return chosen, total


def _chunks_with(connection: sqlite3.Connection, word: str) -> int:
    """In how many chunks a common word is; 0 for any other."""
    noted = [
        connection.execute("SELECT chunks FROM common_term WHERE term=?", (stem,)).fetchone()
        for stem in _stems(word)
    ]
    return min((0 if row is None else int(row[0]) for row in noted), default=0)


@lru_cache(maxsize=4096)
def _stems(word: str) -> frozenset[str]:
    """What the index makes of a word; a hyphenated one is several."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute(f'CREATE VIRTUAL TABLE one USING fts5(text, tokenize="{TOKENIZER}")')
        scratch.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(one, row)")
        scratch.execute("INSERT INTO one VALUES (?)", (word,))
        return frozenset(row[0] for row in scratch.execute("SELECT term FROM vocabulary"))


def note_common(connection: sqlite3.Connection) -> None:
    """Count anew which words are common, if the archive has grown enough for that.

    The caller holds the transaction.
    """
    (chunks,) = connection.execute("SELECT count(*) FROM chunk").fetchone()
    row = connection.execute("SELECT value FROM meta WHERE key='common_at'").fetchone()
    noted = int(row[0]) if row else 0
    if chunks <= COMMON_CHUNKS or noted <= chunks <= noted * _NOTED_AGAIN:
        return
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary"
        " USING fts5vocab(main, keywords, row)"
    )
    connection.execute("DELETE FROM common_term")
    connection.execute(
        "INSERT INTO common_term SELECT term, doc FROM temp.vocabulary WHERE doc > ?",
        (COMMON_CHUNKS,),
    )
    connection.execute(
        "INSERT INTO meta VALUES ('common_at', ?)"
        " ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        (str(chunks),),
    )
