"""How documents begin: what a list of them shows, and what the reader opens."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from index.catalog import Catalog
from index.passage import Passage

_CHARS: Final = 400


def beginnings(connection: sqlite3.Connection, documents: Sequence[int]) -> list[Passage]:
    """The first characters of each document, in the order given; what is gone is left out."""
    rows = connection.execute(
        "SELECT d.id, d.passage_id, s.path AS source, f.path, d.locator, d.kind, d.title,"
        " d.created, d.people, substr(d.text, 1, ?) AS text"
        " FROM json_each(?) j CROSS JOIN document d ON d.id=j.value"
        " JOIN file f ON f.id=d.file_id JOIN source s ON s.id=f.source_id ORDER BY j.key",
        (_CHARS, json.dumps(list(documents))),
    )
    return [_passage(row) for row in rows]


def _passage(row: sqlite3.Row) -> Passage:
    people = [(name, address) for name, address, _ in json.loads(row["people"])]
    return Passage(
        chunk_id=0,
        document_id=row["id"],
        id=row["passage_id"],
        source=row["source"],
        path=row["path"],
        locator=row["locator"],
        kind=row["kind"],
        page=None,
        title=row["title"],
        date=Catalog.moment(row["created"]),
        people=tuple(f"{n} <{a}>" if n and a else n or a for n, a in people),
        text=row["text"],
        start=0,
        end=len(row["text"]),
        score=0.0,
    )
