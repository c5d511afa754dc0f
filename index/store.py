"""Documents into the catalog and out of it: copies joined, chunks cut.

What says the same is stored once, with every place where it was found. Callers hold
the transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.catalog import Catalog
from index.chunk import chunks
from index.stored import as_json, moment
from ingest.document import (
    Document,
    Kind,
    Part,
    PartKind,
    Person,
    Role,
    Section,
    Turn,
)
from ingest.read import BETWEEN

_LONG_ENOUGH: Final = 200
"""Two notes of fewer characters may say the same and still be two."""
_WIDEST_SHIFT_S: Final = 14 * 3600
_WORD: Final = re.compile(r"\w+")
_SAME_SHARE: Final = 0.95
_FEWEST_WORDS: Final = 5


Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document was found."""

    file_id: int
    relative: str
    """The file's path below its source."""
    packed: bool
    """Whether the file is unpacked, so that a locator begins with a path inside it."""


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


def _senders(document: Document) -> list[str]:
    return [p.address or p.name for p in document.people if p.role is Role.SENDER]


def _when(document: Document) -> str:
    return "" if document.created is None else document.created.isoformat()


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
    original, longer = _original(connection, document, what)
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
        _delete_participants(connection, original["id"])
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
        _insert_chunks(connection, number, document, ())
        _insert_participants(connection, number, columns["people"], columns["turns"])
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
        _delete_participants(connection, number)
        _insert_participants(connection, number, facts["people"], facts["turns"])
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


def _original(
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


def is_contained(words: list[str], within: list[str]) -> bool:
    """Whether nearly all of `words`, at least five, are among those of `within`."""
    if len(words) < _FEWEST_WORDS or len(words) > len(within):
        return False
    common = (Counter(words) & Counter(within)).total()
    return common >= _SAME_SHARE * len(words)


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
        _insert_chunks(connection, number, _document(row), set_aside)


def _insert_chunks(
    connection: sqlite3.Connection,
    number: int,
    document: Document,
    set_aside: Spans,
) -> None:
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


def _insert_participants(
    connection: sqlite3.Connection, number: int, people: object, turns: object
) -> None:
    """Who takes part in a document that is not a copy, from its columns.

    Names are looked up in the table each time: by its index that takes microseconds, and
    what a rollback takes back cannot be remembered wrongly.
    """
    taking_part = [(name, address, role) for name, address, role in json.loads(str(people))]
    if turns != "[]":
        known = {name for name, _, _ in taking_part}
        speakers = dict.fromkeys(turn[2] for turn in json.loads(str(turns)))
        taking_part += [
            (speaker, "", Role.AUTHOR.value)
            for speaker in speakers
            if speaker and speaker not in known
        ]
    connection.executemany(
        "INSERT OR IGNORE INTO participant(document_id, identity_id, role) VALUES (?, ?, ?)",
        [
            (number, _identity(connection, name, address), role)
            for name, address, role in taking_part
        ],
    )


def _identity(connection: sqlite3.Connection, name: str, address: str) -> int:
    """The row of a name with an address. Most are known: asking first is cheaper."""
    pair = (name, address)
    row = connection.execute(
        "SELECT id FROM identity WHERE name=? AND address=?", pair
    ).fetchone()
    if row is not None:
        return int(row[0])
    added = connection.execute("INSERT INTO identity(name, address) VALUES (?, ?)", pair)
    return int(added.lastrowid or 0)


def _delete_participants(connection: sqlite3.Connection, number: int) -> None:
    """Nobody takes part in a document any more; who then takes part in none is gone."""
    identities = connection.execute(
        "SELECT DISTINCT identity_id FROM participant WHERE document_id=?", (number,)
    ).fetchall()
    connection.execute("DELETE FROM participant WHERE document_id=?", (number,))
    connection.executemany(
        "DELETE FROM identity WHERE id=?1"
        " AND NOT EXISTS (SELECT 1 FROM participant WHERE identity_id=?1)",
        identities,
    )


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
        _delete_participants(connection, number)
        connection.execute("DELETE FROM document WHERE id=?", (number,))


def _hand_over(catalog: Catalog, number: int, heir: sqlite3.Row) -> None:
    connection = catalog.connection
    connection.execute("UPDATE document SET duplicate_of=NULL WHERE id=?", (heir["id"],))
    _insert_participants(connection, heir["id"], heir["people"], heir["turns"])
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
