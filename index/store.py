"""Documents into the catalog and out of it.

What says the same is stored once, with every place where it was found. Callers hold
the transaction.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from index.catalog import Catalog
from index.chunk import chunks
from index.copies import original_of
from index.cutting import cut_again, insert_chunks
from index.participants import delete_participants, insert_participants
from index.stored import as_json
from ingest.document import Document, Kind
from ingest.read import BETWEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document was found."""

    file_id: int
    relative: str
    """The file's path below its source."""
    packed: bool
    """Whether the file is unpacked, so that a locator begins with a path inside it."""


def passage_id(document: Document, place: Place, holder: str | None) -> str:
    """What a citation calls it: the Message-ID, or the path below its source.

    An attachment goes by the name of its `holder`.
    """
    if document.message_id is not None:
        return document.message_id
    if holder is not None:
        return holder
    path, rest = place.relative, document.locator
    if place.packed and rest:
        member, _, rest = rest.partition(BETWEEN)
        path = f"{path}/{member}"
    return f"{path}#{rest}" if rest and document.kind is Kind.MAIL else path


def store(
    catalog: Catalog,
    place: Place,
    document: Document,
    what: bytes,
    holder: tuple[int, str] | None = None,
) -> tuple[int, bool]:
    """Write a new document; its id, and whether it is a copy of another one.

    `what` is its digest, `holder` the id and passage id of the mail it is attached to.
    """
    connection = catalog.connection
    original, longer = original_of(connection, document, what)
    same = original is not None and not longer and original["digest"] == what
    columns = {
        "file_id": place.file_id,
        "locator": document.locator,
        "passage_id": passage_id(document, place, holder and holder[1]),
        "digest": what,
        "duplicate_of": None if original is None or longer else original["id"],
        "text": "" if same else document.text,
        "within_id": holder and holder[0],
        **_facts(document),
    }
    cursor = connection.execute(
        f"INSERT INTO document({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        list(columns.values()),
    )
    number = cursor.lastrowid
    assert number is not None
    if original is not None and longer:
        # The fuller copy is the one to search.
        connection.execute("DELETE FROM chunk WHERE document_id=?", (original["id"],))
        delete_participants(connection, original["id"])
        connection.execute(  # exact copies say what the shorter one says
            "UPDATE document SET text=(SELECT text FROM document WHERE id=?)"
            " WHERE duplicate_of=? AND text=''",
            (original["id"], original["id"]),
        )
        connection.execute(
            "UPDATE document SET duplicate_of=? WHERE id=? OR duplicate_of=?",
            (number, original["id"], original["id"]),
        )
    if original is None or longer:
        insert_chunks(connection, number, document, ())
        insert_participants(connection, number, columns["people"], columns["turns"])
    return number, original is not None


def _facts(document: Document) -> dict[str, str | float | None]:
    """The columns that hold what a parser found, but for the text."""
    created = document.created
    return {
        "kind": document.kind.value,
        "title": document.title,
        "created": None if created is None else created.isoformat(),
        "created_s": None if created is None else created.timestamp(),
        "message_id": document.message_id,
        "people": as_json((p.name, p.address, p.role.value) for p in document.people),
        "parts": as_json((p.kind.value, p.start, p.end) for p in document.parts),
        "page_starts": as_json(document.page_starts),
        "refs": as_json(document.references),
        "attachments": as_json(document.attachments),
        "tags": as_json(document.tags),
        "remarks": as_json(document.remarks),
        "within_title": document.within_title,
        "sections": as_json((s.start, s.label) for s in document.sections),
        "turns": as_json(
            (turn.start, turn.end, turn.speaker, turn.at and turn.at.isoformat())
            for turn in document.turns
        ),
    }


def refresh(catalog: Catalog, number: int, document: Document) -> bool:
    """Bring a stored document, whose text is the same, to what a newer parser finds.

    Returns whether anything about it is new. Its chunks are cut again if they would be
    others now.
    """
    connection = catalog.connection
    facts = _facts(document)
    row = connection.execute("SELECT * FROM document WHERE id=?", (number,)).fetchone()
    changed = {name: value for name, value in facts.items() if row[name] != value}
    if changed:
        connection.execute(
            f"UPDATE document SET {', '.join(f'{name}=?' for name in changed)} WHERE id=?",
            [*changed.values(), number],
        )
    if "parts" in changed:  # what of it is quoted has to be judged again
        connection.execute("UPDATE document SET thread=NULL WHERE id=?", (number,))
    if row["duplicate_of"] is not None:
        return bool(changed)
    if not changed.keys().isdisjoint(("people", "turns")):
        delete_participants(connection, number)
        insert_participants(connection, number, facts["people"], facts["turns"])
    spans = [(start, end) for start, end in json.loads(row["set_aside"])]
    wanted = [
        (cut.start, cut.end, cut.page, cut.section, cut.digest)
        for cut in chunks(document, spans)
    ]
    held = connection.execute(
        'SELECT start, "end", page, section, digest FROM chunk WHERE document_id=?'
        " ORDER BY position",
        (number,),
    )
    if [tuple(cut) for cut in held] == wanted:
        return bool(changed)
    cut_again(catalog, {number: None})
    return True


def delete_documents(catalog: Catalog, numbers: list[int]) -> None:
    """Delete documents; where a copy of one is left, it takes the original's place."""
    connection = catalog.connection
    for number in numbers:
        # What they quoted of it may have to be searched again.
        connection.execute(
            "UPDATE document SET thread=NULL"
            " WHERE thread=(SELECT thread FROM document WHERE id=?)",
            (number,),
        )
        heir = connection.execute(
            "SELECT id, text, people, turns FROM document WHERE duplicate_of=?"
            " ORDER BY id LIMIT 1",
            (number,),
        ).fetchone()
        if heir is not None:
            _hand_over(catalog, number, heir)
        delete_participants(connection, number)
        connection.execute("DELETE FROM document WHERE id=?", (number,))


def _hand_over(catalog: Catalog, number: int, heir: sqlite3.Row) -> None:
    connection = catalog.connection
    connection.execute("UPDATE document SET duplicate_of=NULL WHERE id=?", (heir["id"],))
    insert_participants(connection, heir["id"], heir["people"], heir["turns"])
    if heir["text"]:  # nearly the same: it has chunks of its own
        cut_again(catalog, {heir["id"]: None})
    else:
        connection.execute(
            "UPDATE document SET (text, set_aside)="
            " (SELECT text, set_aside FROM document WHERE id=?) WHERE id=?",
            (number, heir["id"]),
        )
        connection.execute(
            "UPDATE chunk SET document_id=? WHERE document_id=?", (heir["id"], number)
        )
    connection.execute(
        "UPDATE document SET duplicate_of=? WHERE duplicate_of=?",
        (heir["id"], number),
    )


def remove_source(catalog: Catalog, path: str) -> int:
    """Forget a source and everything read from it. Returns how many documents went."""
    with catalog.transaction() as connection:
        numbers = [
            row[0]
            for row in connection.execute(
                "SELECT d.id FROM document d JOIN file f ON f.id=d.file_id"
                " JOIN source s ON s.id=f.source_id WHERE s.path=?",
                (path,),
            )
        ]
        delete_documents(catalog, numbers)
        connection.execute("DELETE FROM source WHERE path=?", (path,))
        connection.execute(
            "DELETE FROM embedding WHERE digest NOT IN (SELECT digest FROM chunk)"
        )
    return len(numbers)
