"""How somebody came into an archive: the first mail they are in, and who says "meet …" there.

Stated no further than the mail shows: who wrote it, when, and the sentence. A name that is
merely mentioned is one, too, if that was before they were first in a mail.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from index import naming

_AFTER: Final = timedelta(days=30)
"""An introduction may come so long after the first mail with both in it."""
_MOST: Final = 300
_AROUND: Final = 90
"""Characters of a sentence that are shown before a name, and behind it."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_LEADS: Final = (
    r"\b(?:meet(?!ing)|introduc(?:e|es|ed|ing)(?: you)?(?: both)?(?: to)?"
    r"|introduction (?:to|of|for)|put(?:ting)? you in touch with"
    r"|connect(?:ing)? you (?:with|to)|welcom(?:e|ing)|this is|here is"
    r"|cc(?:'|’)?(?:ed|ing)|copied|copying)"
)
_ROLE: Final = (
    r"(?:,? (?:my|our|your|the|a|an|new|old|dear|good|friend|colleague|of|mine)\b){0,6}"
)
_WORDS: Final = (
    '"introduce" OR "introduction" OR "meet" OR "touch" OR "connect" OR "welcome" OR "this is"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A mail that somebody is first seen in, or named in."""

    document_id: int
    id: str
    """What `archive show` opens."""
    kind: str
    title: str
    date: datetime
    by: int | None
    """Identity of who wrote it. None if that is not known."""
    quote: str = ""
    """The sentence that names them. Empty: they are in its headers."""


def first_seen(connection: sqlite3.Connection, identities: Sequence[int]) -> Sighting | None:
    """The first dated document somebody takes part in."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM document d WHERE d.created_s IS NOT NULL AND d.id IN"
        " (SELECT document_id FROM participant WHERE identity_id IN"
        " (SELECT value FROM json_each(?))) ORDER BY d.created_s, d.id LIMIT 1",
        (json.dumps(list(identities)),),
    ).fetchone()
    return None if row is None else _sighting(row)


def first_named(
    connection: sqlite3.Connection, names: Iterable[str], before: datetime
) -> Sighting | None:
    """The first text that gives somebody's full name, if it is older than `before`."""
    full = _full(names)
    if not full:
        return None
    expression = "text : (" + " OR ".join(f'"{name}"' for name in full) + ")"
    row = connection.execute(
        f"SELECT {_COLUMNS}, c.text FROM keywords CROSS JOIN chunk c ON c.id=keywords.rowid"
        " CROSS JOIN document d ON d.id=c.document_id"
        " WHERE keywords MATCH ? AND d.created_s < ? AND d.duplicate_of IS NULL"
        " ORDER BY d.created_s, d.id LIMIT 1",
        (expression, before.timestamp()),
    ).fetchone()
    if row is None:
        return None
    pattern = re.compile("|".join(map(_spaced, full)))
    return _sighting(row, _sentence(row[-1], pattern))


def introduction(
    connection: sqlite3.Connection,
    identities: Sequence[int],
    names: Iterable[str],
    seen: datetime,
) -> Sighting | None:
    """The first mail up to 30 days after they were first seen that says it introduces them."""
    full = _full(names)
    firsts = sorted({name.split()[0] for name in full if len(name.split()[0]) > 1})
    if not full:
        return None
    named = " OR ".join(f'"{name}"' for name in [*full, *firsts])
    rows = connection.execute(
        f"SELECT {_COLUMNS}, c.text, EXISTS (SELECT 1 FROM participant p WHERE"
        " p.document_id=d.id AND p.identity_id IN (SELECT value FROM json_each(?)))"
        " FROM keywords CROSS JOIN chunk c ON c.id=keywords.rowid"
        " CROSS JOIN document d ON d.id=c.document_id"
        " WHERE keywords MATCH ? AND d.created_s <= ? AND d.duplicate_of IS NULL"
        " ORDER BY d.created_s, d.id LIMIT ?",
        (
            json.dumps(list(identities)),
            f"text : (({named}) AND ({_WORDS}))",
            (seen + _AFTER).timestamp(),
            _MOST,
        ),
    )
    whole = _introducing(full)
    familiar = _introducing([*full, *firsts])
    for row in rows:
        # A first name alone means them only where they are in the mail.
        pattern = familiar if row[-1] else whole
        quote = _sentence(row[-2], pattern)
        if quote:
            return _sighting(row, quote)
    return None


_COLUMNS = (
    "d.id, d.passage_id, d.title, d.created_s, (SELECT p.identity_id FROM participant p"
    " WHERE p.document_id=coalesce(d.within_id, d.id) AND p.role IN ('from', 'author')"
    " ORDER BY p.role='author', p.identity_id LIMIT 1), d.kind"
)


def _full(names: Iterable[str]) -> list[str]:
    """First and last names together, as they are searched for."""
    found = dict.fromkeys(" ".join(name.ends) for name in map(naming.parse, names) if name.full)
    whole = dict.fromkeys(" ".join(p.words) for p in map(naming.parse, names) if p.full)
    return list({**found, **whole})


def _spaced(name: str) -> str:
    """A pattern of a name as it may be written, first name first, in any case."""
    return r"(?i:\b" + r"(?:\s+[A-Z]\.?)?\s+".join(map(re.escape, name.split())) + r"\b)"


def _introducing(names: Sequence[str]) -> re.Pattern[str]:
    name = "(?:" + "|".join(map(_spaced, names)) + ")"
    return re.compile(rf"(?i:{_LEADS}{_ROLE})[,:]?\s+(?:[A-Z][\w'’-]+ (?:and|&) )?{name}")


def _sentence(text: str, pattern: re.Pattern[str]) -> str:
    """The sentence with what is looked for, cut about it; empty if there is none."""
    for sentence in _SENTENCE.split(text):
        plain = " ".join(sentence.split())
        if found := pattern.search(plain):
            start, end = max(0, found.start() - _AROUND), found.end() + _AROUND
            first = plain.find(" ", start) + 1 if start else 0
            last = plain.rfind(" ", found.end(), end) if end < len(plain) else len(plain)
            last = last if last > 0 else found.end()
            return "…" * bool(first) + plain[first:last] + "…" * (last < len(plain))
    return ""


def _sighting(row: Sequence[object], quote: str = "") -> Sighting:
    number, passage_id, title, seconds, by, kind = row[:6]
    return Sighting(
        document_id=int(str(number)),
        id=str(passage_id),
        kind=str(kind),
        title=str(title),
        date=datetime.fromtimestamp(float(str(seconds)), UTC),
        by=None if by is None else int(str(by)),
        quote=quote,
    )
