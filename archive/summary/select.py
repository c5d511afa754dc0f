"""Which messages a summary is about: a person, a thread, a period, a folder, words, all of it.

Everything but words is a filter, answered by SQL and complete. Words choose threads: those in
which one message holds all of them, or, where there is none, those that a search finds. A
thread is summarised by all its messages that satisfy the filters. (It is read as a whole,
portion by portion, so that what was noted of it once serves every selection.)
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.summary.messages import Thread, read
from index import keywords
from index.catalog import Catalog
from index.filters import documents
from index.query import Query
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.service import Archive

FOUND_PASSAGES = 60
_EVERY_CHUNK = 1_000_000

_OPERATOR = re.compile(r"(?:from|to|with|cc|subject|in|after|before|on|during|has|kind|tag):")

# What one asks a summary with, and not what it is to be about.
_ASKING = frozenset(
    "summary summarise summarize summaries summarised summarized correspondence conversation"
    " conversations messages message mails mail emails email letters letter talk talked talking"
    " discuss discussed write wrote written happen happened everything thing things tell give"
    " overview story history year month week between".split()
)


class NothingMatches(LifeArchiveError):
    """There is no message of which a summary could be made."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A thread and what is asked of it."""

    key: int
    documents: tuple[int, ...]
    """All of it."""

    selected: frozenset[int]
    """The documents among them that match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is to be read."""

    query: Query
    threads: tuple[Chosen, ...]
    """The one with the newest message first."""

    remarks: tuple[str, ...] = ()
    """What had to be guessed, one sentence each."""


def operators(
    query: str = "",
    *,
    people: Sequence[str] = (),
    period: str = "",
    folder: str = "",
) -> str:
    """The same as one query with operators."""
    parts = [query]
    parts += [f'with:"{one}"' for one in people]
    parts += [f'during:"{period}"'] if period else []
    parts += [f'in:"{folder}"'] if folder else []
    return " ".join(part for part in parts if part).strip()


def select(archive: Archive, text: str, *, thread: str = "") -> Selection:
    """The threads that `text`, a query with operators, or `thread`, an id, is about.

    Raises NothingMatches, NotThere.
    """
    # Whoever asks for a summary of a time or with a person means exactly that.
    asked = archive.retriever.understand(text)
    query = replace(asked, filters=tuple(replace(one, stated=True) for one in asked.filters))
    with archive.catalog.snapshot() as connection:
        for remark in asked.remarks:
            if _OPERATOR.match(remark):  # without it all the rest would be summarised
                raise NothingMatches(f"{remark}.", remedy="See: archive people")
        chosen = documents(connection, query.filters, order="oldest")
        remarks = list(asked.remarks)
        if thread:
            wanted = {_thread_of(connection, archive.find_document(thread).id)}
        elif words := _about(asked):
            hits, remark = _holding(archive, connection, query, words)
            wanted = {_thread_of(connection, number) for number in hits}
            remarks += [remark] if remark else []
        else:
            wanted = None
        found = _by_thread(connection, chosen, wanted)
    if not found:
        raise NothingMatches(
            f"No message matches {text or thread or 'this'}.",
            remedy="Leave an operator out, or see what there is: archive search",
        )
    return Selection(query=query, threads=tuple(found), remarks=tuple(remarks))


def everything(connection: sqlite3.Connection) -> list[Chosen]:
    """Every thread of mail, chat and notes, newest first."""
    rows = connection.execute(
        "SELECT id FROM document WHERE kind IN ('mail', 'chat', 'note')"
        " AND duplicate_of IS NULL AND within_id IS NULL"
    )
    return _by_thread(connection, [row[0] for row in rows], None)


def load(catalog: Catalog, chosen: Chosen) -> Thread:
    """One of the threads, as it is read."""
    with catalog.snapshot() as connection:
        rows = connection.execute(
            "SELECT d.*, s.path AS source, f.path FROM document d"
            " JOIN file f ON f.id=d.file_id JOIN source s ON s.id=f.source_id"
            " WHERE d.id IN (SELECT value FROM json_each(?))"
            " ORDER BY d.created_s IS NULL, d.created_s, d.id",
            (json.dumps(list(chosen.documents)),),
        ).fetchall()
    return read(rows, chosen.key)


def _about(query: Query) -> list[str]:
    """The words that say what it is to be about."""
    words = query.words
    for one in query.filters:
        if one.said:
            words = words.replace(one.said, " ")
    return [
        term
        for term in keywords.terms(words)
        if term not in keywords.STOPWORDS and term not in _ASKING
    ]


def _holding(
    archive: Archive, connection: sqlite3.Connection, query: Query, words: Sequence[str]
) -> tuple[list[int], str]:
    """Documents with all the words, or those a search finds; and what to say of that."""
    every = " AND ".join('"' + word.replace('"', "") + '"' for word in words)
    rows = connection.execute(
        "SELECT DISTINCT c.document_id FROM keywords k JOIN chunk c ON c.id=k.rowid"
        " WHERE keywords MATCH ? LIMIT ?",
        (every, _EVERY_CHUNK),
    ).fetchall()
    if rows:
        return [row[0] for row in rows], ""
    found = archive.search(query, limit=FOUND_PASSAGES)
    remark = (
        "No message holds all these words; these are the threads that a search found likeliest."
    )
    return [one.document_id for one in found.passages], remark if found.passages else ""


def _thread_of(connection: sqlite3.Connection, number: int) -> int:
    row = connection.execute(
        "SELECT coalesce(thread, within_id, id) FROM document WHERE id=?", (number,)
    ).fetchone()
    return number if row is None else int(row[0])


def _by_thread(
    connection: sqlite3.Connection, chosen: Sequence[int], wanted: set[int] | None
) -> list[Chosen]:
    """The chosen documents thread by thread, the one with the newest message first."""
    rows = connection.execute(
        "SELECT d.id, coalesce(d.thread, d.within_id, d.id), d.created_s FROM json_each(?) j"
        " CROSS JOIN document d ON d.id=j.value",
        (json.dumps(list(chosen)),),
    )
    threads: dict[int, list[int]] = {}
    newest: dict[int, float] = {}
    for number, key, created in rows:
        if wanted is None or key in wanted:
            threads.setdefault(key, []).append(number)
            newest[key] = max(newest.get(key, float("-inf")), created or float("-inf"))
    whole = {key: set(numbers) for key, numbers in threads.items()}
    for number, key in connection.execute(
        "SELECT d.id, d.thread FROM json_each(?) j CROSS JOIN document d ON d.thread=j.value"
        " WHERE d.duplicate_of IS NULL AND d.within_id IS NULL",
        (json.dumps(list(threads)),),
    ):
        whole[key].add(number)
    return [
        Chosen(
            key=key,
            documents=tuple(sorted(whole[key])),
            selected=frozenset(threads[key]),
        )
        for key in sorted(threads, key=lambda key: (newest[key], key), reverse=True)
    ]
