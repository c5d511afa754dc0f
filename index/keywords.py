"""Keyword search: SQLite's FTS5, ranked by BM25.

Scoring takes time for every chunk that holds any of the words, so in a large archive
words that tens of thousands of chunks hold are left out of a question that has rarer
ones; BM25 gives them little weight anyway. Which words those are is noted by a sync.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import lru_cache

_WORD = re.compile(r"\w+", re.UNICODE)

# Words held together by signs. Every alternative takes one character that no other one does,
# so that a long run of anything is read once.
_TOGETHER = re.compile(
    r"(?:\w|(?<=[\w)])[-./@+](?=\w)|(?<=\d)[,:](?=\d)|(?<!\w)\((?=\d)|(?<=\d)\)(?=[-./]?\d))+"
)
_DOTTED = re.compile(r"\.[A-Za-z]{2,5}\b")
_PART = r"[A-Z][\w'’-]{1,40}"
_FULL_NAME = re.compile(rf"\b{_PART}(?:,? [A-Z]\.?)?,? {_PART}(?: {_PART})?")

Condition = tuple[str, list[object]]

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
    connection: sqlite3.Connection,
    question: str,
    limit: int,
    *,
    phrases: Sequence[str] = (),
    documents: Condition | None = None,
) -> list[tuple[int, float]]:
    """Chunk ids with their BM25 score (larger is better), best first.

    Any of the words may occur; the question's own punctuation means nothing here, but what it
    holds together (a phone number, an address, a file name) counts once more if it occurs
    whole, and so do names whose parts stand side by side. Every one of `phrases` must occur.
    `documents` is a condition on `document d`, SQL and its values, that hits must satisfy.
    """
    wanted = terms(question)
    demanded = " AND ".join(_quoted(phrase) for phrase in phrases if terms(phrase))
    if not wanted:
        return _match(connection, demanded, limit, documents) if demanded else []
    chosen, chunks = _rarest(connection, wanted)
    if chunks > SCORED_CHUNKS and not demanded and documents is None:
        # All of its words are common: scoring the chunks with any of them takes long.
        found = _match(connection, " AND ".join(chosen), limit)
        if len(found) >= limit:
            return found
    any_of = " OR ".join([*chosen, *whole(question)])
    expression = f"({demanded}) AND ({any_of})" if demanded else any_of
    return _match(connection, expression, limit, documents)


def whole(question: str) -> list[str]:
    """What a question holds together, as expressions: identifiers and names of two words."""
    kept = [
        _quoted(run)
        for run in _TOGETHER.findall(question)
        if len(_WORD.findall(run)) > 1
        and ("@" in run or any(char.isdigit() for char in run) or _DOTTED.search(run))
    ]
    for match in _FULL_NAME.finditer(question):
        parts = [word for word in terms(match[0]) if word not in STOPWORDS]
        if len(parts) > 1:
            kept.append(f"NEAR({' '.join(_quoted(part) for part in parts)}, 1)")
    return list(dict.fromkeys(kept))


def _quoted(text: str) -> str:
    return '"' + " ".join(_WORD.findall(text)) + '"'


def _match(
    connection: sqlite3.Connection,
    expression: str,
    limit: int,
    documents: Condition | None = None,
) -> list[tuple[int, float]]:
    """The chunks that satisfy an FTS5 expression, best first."""
    where, values = ("", []) if documents is None else documents
    joined = (
        " CROSS JOIN chunk c ON c.id=keywords.rowid"
        f" CROSS JOIN document d ON d.id=c.document_id AND ({where})"
    )
    rows = connection.execute(
        "SELECT keywords.rowid, bm25(keywords, ?, ?) AS cost FROM keywords"
        f"{joined if where else ''} WHERE keywords MATCH ? ORDER BY cost LIMIT ?",
        (CONTEXT_WEIGHT, TEXT_WEIGHT, *values, expression, limit),
    )
    return [(int(row[0]), -float(row[1])) for row in rows]


def rarity(connection: sqlite3.Connection) -> Callable[[str], float]:
    """The inverse document frequency of a word in this archive, as BM25 has it; 0 or more."""
    # Counting them takes 50 ms in a large archive; there a sync has noted how many there are.
    row = connection.execute("SELECT value FROM meta WHERE key='common_at'").fetchone()
    if row is None:
        row = connection.execute("SELECT count(*) FROM keywords_docsize").fetchone()
    chunks = max(1, int(row[0]))
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary"
        " USING fts5vocab(main, keywords, row)"
    )

    def of(word: str) -> float:
        held = _chunks_with(connection, word) or _rare_chunks_with(connection, word)
        return math.log(1 + max(0, chunks - held + 0.5) / (held + 0.5))

    return of


def _rare_chunks_with(connection: sqlite3.Connection, word: str) -> int:
    counts = [
        connection.execute("SELECT doc FROM temp.vocabulary WHERE term=?", (stem,)).fetchone()
        for stem in _stems(word)
    ]
    return min((0 if row is None else int(row[0]) for row in counts), default=0)


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
