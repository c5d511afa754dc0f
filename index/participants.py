"""Who takes part in a stored document: names and addresses, and the speakers of a chat."""

from __future__ import annotations

import json
import sqlite3

from ingest.document import Role


def insert_participants(
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


def delete_participants(connection: sqlite3.Connection, number: int) -> None:
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
