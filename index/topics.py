"""What somebody writes about: words that are frequent with them and rare elsewhere.

No model: their chunks are indexed once more, in memory and with the archive's own tokenizer,
and SQL compares in how many of theirs a word is with in how many of all.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from index.keywords import STOPWORDS, TOKENIZER

MOST_CHUNKS: Final = 400
"""So many are looked at, spread evenly over the years."""
_CANDIDATES: Final = 250
_FEWEST: Final = 3
_TOO_MANY: Final = 0.6
"""What is in a larger share of their chunks is a signature or a greeting."""
_SHORTEST: Final = 4
_CAPITALS: Final = 0.8
_WORD: Final = re.compile(r"[^\W\d_]+")
_HELD_TOGETHER: Final = re.compile(r"\S*(?:@|://|www\.)\S*")
_EMPTY: Final = frozenset(
    """
    didn doesn isn wasn wouldn couldn shouldn aren haven hasn weren won january february
    march april june july august september october november december
    able about across actually additional again ahead almost along already although always among
    another anyone anything anyway around attached away back because become before began behind
    below best better between certain cheers come could currently date dear different each
    either else email enough even ever every everyone everything except fact fax feel find fine
    first following forward forwarded found from gave getting give given goes going gone good
    great guess hallo happen hello help here hope however include including instead keep kind
    knew know known large last late later least less like likely little long look looking lost
    love made mail mailto main make making matter maybe mean means message monday tuesday
    wednesday thursday friday saturday sunday much need needs never next nice nothing number
    often once order original other others otherwise ourselves part particular past people
    perhaps phone place please possible probably quite rather really received recent regarding
    regards right said same say says seem seems seen send sender sending sent several show
    simply since sincerely small some someone something sometimes somewhat soon still subject
    sure take taken tell than thank thanks that their then there therefore these they thing
    things think this though thought through time today together told tomorrow tonight took
    toward try trying turn under understand unless until upon used using usually various very
    want wanted ways week well went were whatever whether while whole will wish within without
    work would wrote year years yesterday yet yours yourself
    """.split()
)
"""English words that are nobody's topic; what is not English is left to the frequencies."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A word, and how much more theirs it is than others'."""

    word: str
    theirs: int
    """Chunks of theirs with the word, of those looked at."""
    of: int
    elsewhere: int
    """All other chunks of the archive with it."""


def topics(
    connection: sqlite3.Connection,
    documents: Sequence[int],
    *,
    without: Collection[str] = (),
    is_name: Callable[[str], bool] = lambda word: False,
    most: int = 10,
) -> list[Topic]:
    """The words that tell these documents from the rest, the most telling first.

    `without` are words in lower case that are no topics, such as their writer's name;
    `is_name` tells words of people's names, which are none either if they are capitalised.
    """
    texts = _texts(connection, documents)
    if not texts:
        return []
    frequent = _frequencies(connection, texts)
    (chunks,) = connection.execute("SELECT count(*) FROM keywords_docsize").fetchone()
    forms = _surfaces(texts, [stem for stem, _, _ in frequent])
    own, found = len(texts), []
    rest = max(1, chunks - own)
    skipped = STOPWORDS | _EMPTY | set(without)
    fewest = min(_FEWEST, max(2, own // 5))
    for stem, theirs, every in frequent:
        word, capitals = forms.get(stem, ("", 0.0))
        many = theirs > _TOO_MANY * own and own >= 2 * _FEWEST
        if theirs < fewest or many or len(word) < _SHORTEST or word in skipped:
            continue
        if capitals > _CAPITALS and is_name(word):
            continue
        elsewhere = max(0, every - theirs)
        telling = math.log(((theirs + 0.5) / (own + 1)) / ((elsewhere + 0.5) / (rest + 1)))
        if telling > 0:
            found.append((theirs * telling, Topic(word, theirs, own, elsewhere)))
    found.sort(key=lambda one: (-one[0], one[1].word))
    return [topic for _, topic in found[:most]]


def _texts(connection: sqlite3.Connection, documents: Sequence[int]) -> list[str]:
    """Own words of the documents: chunks leave out what is quoted."""
    step = max(1, len(documents) // MOST_CHUNKS)
    rows = connection.execute(
        "SELECT c.text FROM json_each(?) j CROSS JOIN chunk c ON c.document_id=j.value LIMIT ?",
        (json.dumps(documents[::step]), MOST_CHUNKS),
    )
    # Addresses and links fall into words that say nothing.
    return [_HELD_TOGETHER.sub(" ", row[0]) for row in rows]


def _frequencies(
    connection: sqlite3.Connection, texts: Iterable[str]
) -> list[tuple[str, int, int]]:
    """Stem, chunks of theirs and chunks of all that hold it; the most frequent stems."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute(
            "CREATE VIRTUAL TABLE theirs USING fts5"
            f"(text, content='', tokenize=\"{TOKENIZER}\")"
        )
        scratch.execute("CREATE VIRTUAL TABLE word USING fts5vocab(theirs, row)")
        scratch.executemany("INSERT INTO theirs(text) VALUES (?)", ((text,) for text in texts))
        rows = scratch.execute(
            "SELECT term, doc FROM word WHERE doc > 1 AND length(term) > 2"
            " AND term NOT GLOB '*[0-9]*' ORDER BY doc DESC, term LIMIT ?",
            (_CANDIDATES,),
        ).fetchall()
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary"
        " USING fts5vocab(main, keywords, row)"
    )
    # A common word's list of chunks is long, so a sync has noted its length.
    every = connection.execute(
        "SELECT j.value, coalesce((SELECT chunks FROM common_term WHERE term=j.value),"
        " (SELECT doc FROM temp.vocabulary WHERE term=j.value), 0) FROM json_each(?) j",
        (json.dumps([row[0] for row in rows]),),
    )
    held = {row[0]: row[1] for row in every}
    return [(stem, theirs, held.get(stem, theirs)) for stem, theirs in rows]


def _surfaces(texts: Iterable[str], stems: Sequence[str]) -> dict[str, tuple[str, float]]:
    """The form of each stem that is written most, in lower case, and its share of capitals."""
    beginnings = {stem[:3] for stem in stems}
    used: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        for word in _WORD.findall(text):
            lower = word.lower()
            if lower[:3] in beginnings:
                used[lower] += 1
                small[lower] += word == lower
    words = list(used)
    by_stem: dict[str, list[str]] = defaultdict(list)
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute(f'CREATE VIRTUAL TABLE one USING fts5(text, tokenize="{TOKENIZER}")')
        scratch.execute("CREATE VIRTUAL TABLE word USING fts5vocab(one, instance)")
        scratch.executemany(
            "INSERT INTO one(rowid, text) VALUES (?, ?)", enumerate(words, start=1)
        )
        for stem, place in scratch.execute("SELECT term, doc FROM word"):
            by_stem[stem].append(words[place - 1])
    most = {
        stem: max(by_stem[stem], key=lambda word: (used[word], word))
        for stem in stems
        if stem in by_stem
    }
    return {stem: (word, 1 - small[word] / used[word]) for stem, word in most.items()}
