"""Counting and listing what a question wants: every one of it, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from index.countable import Wanted, What
from index.filters import ENDINGS
from index.query import Field
from index.tally.chosen import Chosen
from index.tally.columns import batches, moment, sender
from index.tally.people import people
from index.tally.rows import Row, Tally, by_date
from index.tally.turns import turns


def tally(connection: sqlite3.Connection, wanted: Wanted) -> Tally:
    """Count and list what is wanted."""
    chosen = Chosen(connection, wanted)
    undated = chosen.undated()
    if wanted.what is What.PEOPLE:
        rows, besides = people(chosen)
        return Tally(wanted=wanted, rows=rows, besides=besides, undated=undated)
    if wanted.what is What.MESSAGES:
        said = list(turns(chosen))
        rows = tuple(sorted([*_documents(chosen, "d.kind='mail'"), *said], key=by_date))
        return Tally(wanted=wanted, rows=rows, chats=len(said), undated=undated)
    found = {
        What.THREADS: _threads,
        What.ATTACHMENTS: _attachments,
        What.DOCUMENTS: _documents,
    }[wanted.what](chosen)
    return Tally(wanted=wanted, rows=tuple(found), undated=undated)


def has_any(connection: sqlite3.Connection, wanted: Wanted) -> bool:
    """Whether the archive has anything of the sort that is counted, filters aside."""
    kinds = {f.value for f in wanted.filters if f.field is Field.KIND and not f.negated}
    where = "1"
    if wanted.what in (What.MESSAGES, What.PEOPLE, What.THREADS):
        where = (
            "d.kind IN ('mail','chat')" if kinds - {"mail"} or not kinds else "d.kind='mail'"
        )
    elif wanted.what is What.ATTACHMENTS:
        where = "d.attachments!='[]' OR d.kind='mail'"
    elif kinds & {"mail", "note", "chat"}:
        where = f"d.kind='{next(iter(kinds & {'mail', 'note', 'chat'}))}'"
    return (
        connection.execute(f"SELECT 1 FROM document d WHERE {where} LIMIT 1").fetchone()
        is not None
    )


def _documents(chosen: Chosen, also: str = "") -> Iterator[Row]:
    """Every document, by date."""
    for row in chosen.rows(also):
        at = moment(row["created"])
        yield Row(
            label=row["title"],
            who=sender(row["people"]),
            first=at,
            last=at,
            document_id=row["id"],
            id=row["passage_id"],
        )


def _attachments(chosen: Chosen) -> Iterator[Row]:
    """Every file that came with a message, read or not."""
    kinds = [f.value for f in chosen.filters if f.value in ENDINGS and f.field is Field.KIND]
    endings = tuple(f".{ending}" for kind in kinds for ending in ENDINGS[kind])
    filters = [f for f in chosen.filters if f.value not in kinds or f.field is not Field.KIND]
    where = "d.attachments!='[]' AND d.within_id IS NULL"
    for row in chosen.rows(where, filters):
        at = moment(row["created"])
        for name in json.loads(row["attachments"]):
            if not endings or name.lower().endswith(endings):
                yield Row(
                    label=name,
                    who=sender(row["people"]),
                    first=at,
                    last=at,
                    document_id=row["id"],
                    id=row["passage_id"],
                )


def _threads(chosen: Chosen) -> list[Row]:
    """Threads with a message that fits, each with all its messages; longest first."""
    rows = chosen.rows("d.kind='mail'")
    numbers = {row["thread"] if row["thread"] is not None else row["id"] for row in rows}
    found: list[Row] = []
    for some in batches(sorted(numbers)):
        members = chosen.connection.execute(
            "SELECT coalesce(d.thread, d.id) AS thread, d.id, d.passage_id, d.title,"
            " d.created, d.people FROM document d"
            f" WHERE coalesce(d.thread, d.id) IN ({some})"
            " AND d.duplicate_of IS NULL AND d.within_id IS NULL AND d.kind='mail'"
            " ORDER BY thread, d.created_s IS NULL, d.created_s, d.id"
        )
        found += _together(members)
    return sorted(found, key=lambda row: (-row.count, row.document_id))


def _together(members: Iterable[sqlite3.Row]) -> Iterator[Row]:
    together: dict[int, list[sqlite3.Row]] = {}
    for row in members:
        together.setdefault(row["thread"], []).append(row)
    for rows in together.values():
        dates = [date for row in rows if (date := moment(row["created"])) is not None]
        who = dict.fromkeys(sender(row["people"]) for row in rows)
        yield Row(
            label=rows[0]["title"],
            who=", ".join(name for name in who if name),
            count=len(rows),
            first=min(dates, default=None),
            last=max(dates, default=None),
            document_id=rows[0]["id"],
            id=rows[0]["passage_id"],
            members=tuple(row["id"] for row in rows),
        )
