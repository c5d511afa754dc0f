"""Stored documents cut into chunks, and cut again when what is set aside changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from index.catalog import Catalog
from index.chunk import chunks
from index.stored import as_json, moment
from ingest.document import Document, Kind, Part, PartKind, Person, Role, Section, Turn

Spans = tuple[tuple[int, int], ...]


def cut_again(catalog: Catalog, changes: Mapping[int, Spans | None]) -> None:
    """Cut stored documents into chunks once more, with other spans set aside where given."""
    connection = catalog.connection
    # All at once: one by one, by the trigger, takes the keyword index twice as long.
    connection.execute(
        "INSERT INTO keywords(keywords, rowid, context, text)"
        " SELECT 'delete', id, context, text FROM chunk"
        " WHERE document_id IN (SELECT value FROM json_each(?))"
        " AND id IN (SELECT id FROM keywords_docsize)",
        (as_json(changes),),
    )
    for number, set_aside in changes.items():
        row = connection.execute("SELECT * FROM document WHERE id=?", (number,)).fetchone()
        if set_aside is None:
            set_aside = tuple((start, end) for start, end in json.loads(row["set_aside"]))
        else:
            connection.execute(
                "UPDATE document SET set_aside=? WHERE id=?", (as_json(set_aside), number)
            )
        connection.execute("DELETE FROM chunk WHERE document_id=?", (number,))
        insert_chunks(connection, number, _document(row), set_aside)


def insert_chunks(
    connection: sqlite3.Connection,
    number: int,
    document: Document,
    set_aside: Spans,
) -> None:
    """Cut a document and store its chunks; none of what is set aside."""
    connection.executemany(
        'INSERT INTO chunk(document_id, position, start, "end", page, context, section, text,'
        " digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                position,
                chunk.start,
                chunk.end,
                chunk.page,
                chunk.context,
                chunk.section,
                chunk.text,
                chunk.digest,
            )
            for position, chunk in enumerate(chunks(document, set_aside))
        ],
    )


def parts_of(row: sqlite3.Row) -> tuple[Part, ...]:
    """The parts of a stored document."""
    return tuple(
        Part(kind=PartKind(kind), start=start, end=end)
        for kind, start, end in json.loads(row["parts"])
    )


def _document(row: sqlite3.Row) -> Document:
    """A stored document, as much of it as cutting needs."""
    return Document(
        path=Path(),
        locator=row["locator"],
        kind=Kind(row["kind"]),
        title=row["title"],
        text=row["text"],
        created=moment(row["created"]),
        people=tuple(
            Person(name=name, address=address, role=Role(role))
            for name, address, role in json.loads(row["people"])
        ),
        parts=parts_of(row),
        page_starts=tuple(json.loads(row["page_starts"])),
        sections=tuple(
            Section(start=start, label=label) for start, label in json.loads(row["sections"])
        ),
        turns=tuple(
            Turn(start=start, end=end, speaker=speaker, at=moment(at))
            for start, end, speaker, at in json.loads(row["turns"])
        ),
        attachments=tuple(json.loads(row["attachments"])),
        within_title=row["within_title"],
    )
