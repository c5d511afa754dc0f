"""What a document is a copy of: the same words, a footer more, or the time read otherwise."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from typing import Final

from ingest.document import Document, Kind, Role

_LONG_ENOUGH: Final = 200
"""Two notes of fewer characters may say the same and still be two."""
_WIDEST_SHIFT_S: Final = 14 * 3600
_WORD: Final = re.compile(r"\w+")
_SAME_SHARE: Final = 0.95
_FEWEST_WORDS: Final = 5


def digest(document: Document) -> bytes:
    """16 bytes that stand for what a document says, wherever it is found.

    Not its Message-ID: a mailbox that was imported again gives every mail a new one.
    """
    said = [document.kind.value, document.text]
    if document.kind is Kind.MAIL:
        sender = next((p for p in document.people if p.role is Role.SENDER), None)
        said += [
            document.title,
            _when(document),
            (sender.address or sender.name) if sender else "",
        ]
    elif len(document.text) < _LONG_ENOUGH:
        said += [document.title, _when(document)]
    return hashlib.blake2b("\0".join(said).encode(), digest_size=16).digest()


def _when(document: Document) -> str:
    return "" if document.created is None else document.created.isoformat()


def original_of(
    connection: sqlite3.Connection, document: Document, what: bytes
) -> tuple[sqlite3.Row | None, bool]:
    """What a document is a copy of, and whether the document is the fuller one."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT id, digest FROM document WHERE digest=? AND duplicate_of IS NULL", (what,)
    ).fetchone()
    if row is None:
        row = _shifted_copy(connection, document)
    if row is not None or document.message_id is None:
        return row, False
    # The copy that came through a list has a footer more. But a Message-ID alone proves
    # nothing: some programs give every message the same one.
    for row in connection.execute(
        "SELECT id, digest, title, text FROM document WHERE passage_id=? AND message_id=?"
        " AND duplicate_of IS NULL",
        (document.message_id, document.message_id),
    ):
        ours, theirs = document.text.split(), row["text"].split()
        if is_contained(ours, theirs):
            return row, False
        if is_contained(theirs, ours):
            return row, True
    return None, False


def _shifted_copy(connection: sqlite3.Connection, document: Document) -> sqlite3.Row | None:
    """The same mail with its time read in another timezone: whole hours off, else equal.

    Mailboxes that went through a migration are full of these.
    """
    if document.kind is not Kind.MAIL or document.created is None:
        return None
    at = document.created.timestamp()
    near = connection.execute(
        "SELECT id, digest, people, created_s FROM document"
        " WHERE created_s BETWEEN ? AND ? AND title=? AND kind='mail' AND duplicate_of IS NULL",
        (at - _WIDEST_SHIFT_S, at + _WIDEST_SHIFT_S, document.title),
    ).fetchall()
    row: sqlite3.Row
    for row in near:
        if (row["created_s"] - at) % 3600:
            continue
        senders = [
            address or name
            for name, address, role in json.loads(row["people"])
            if role == Role.SENDER
        ]
        if senders[:1] != _senders(document)[:1]:
            continue
        (text,) = connection.execute(
            "SELECT text FROM document WHERE id=?", (row["id"],)
        ).fetchone()
        words = _WORD.findall(document.text.lower())
        if len(words) >= _FEWEST_WORDS and _WORD.findall(text.lower()) == words:
            return row
    return None


def _senders(document: Document) -> list[str]:
    return [p.address or p.name for p in document.people if p.role is Role.SENDER]


def is_contained(words: list[str], within: list[str]) -> bool:
    """Whether nearly all of `words`, at least five, are among those of `within`."""
    if len(words) < _FEWEST_WORDS or len(words) > len(within):
        return False
    common = (Counter(words) & Counter(within)).total()
    return common >= _SAME_SHARE * len(words)
