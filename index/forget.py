"""Mail that its owner wants out of the archive for good, though its file stays.

What is remembered of it, so that no sync brings it back, are keyed digests: of its
Message-ID, of what it says, or of a sender's address. They tell nobody what they are of.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from index.catalog import Catalog
from index.store import delete_documents
from ingest.document import Document, Kind, Role

REASON: Final = "forgotten, as you asked"
_SALT: Final = "forget_salt"


class Forgotten:
    """What must not come back."""

    def __init__(self, catalog: Catalog) -> None:
        self._salt = bytes.fromhex(catalog.meta(_SALT) or "")
        self._digests = {
            bytes(row[0]) for row in catalog.connection.execute("SELECT digest FROM forgotten")
        }

    def __bool__(self) -> bool:
        return bool(self._digests)

    def covers(self, document: Document, what: bytes) -> bool:
        """Whether a document, `what` being its digest, was forgotten."""
        if not self._digests:
            return False
        names = [what]
        if document.kind is Kind.MAIL:
            names += [
                (document.message_id or "").encode(),
                *(p.address.encode() for p in document.people if p.role is Role.SENDER),
            ]
        return any(_keyed(self._salt, name) in self._digests for name in names if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """All that is remembered of what was forgotten, to be taken to another catalog."""

    salt: str
    rows: tuple[tuple[bytes, str], ...]


def memory(catalog: Catalog) -> Memory | None:
    """None if nothing was ever forgotten."""
    salt = catalog.meta(_SALT)
    if salt is None:
        return None
    rows = catalog.connection.execute("SELECT digest, at FROM forgotten")
    return Memory(salt=salt, rows=tuple((bytes(row[0]), row[1]) for row in rows))


def forget_again(catalog: Catalog, known: Memory) -> int:
    """Forget in a catalog from a backup what was forgotten since; how many documents went."""
    with catalog.transaction() as connection:
        catalog.set_meta(_SALT, known.salt)
        connection.executemany(
            "INSERT INTO forgotten(digest, at) VALUES (?, ?) ON CONFLICT(digest) DO NOTHING",
            known.rows,
        )
        digests = {digest for digest, _ in known.rows}
        salt = bytes.fromhex(known.salt)
        chosen = set()
        for row in connection.execute(
            "SELECT id, digest, message_id, people FROM document WHERE kind='mail'"
        ):
            names = [bytes(row["digest"]), (row["message_id"] or "").encode()]
            names += [
                address.encode()
                for _, address, role in json.loads(row["people"])
                if role == Role.SENDER
            ]
            if any(_keyed(salt, name) in digests for name in names if name):
                chosen.add(row["id"])
        numbers, _ = _with_copies_and_attachments(catalog, chosen)
        delete_documents(catalog, sorted(numbers))
    return len(numbers)


def forget(catalog: Catalog, message_ids: Sequence[str], senders: Sequence[str]) -> int:
    """Delete mail by Message-ID or by its sender's address, its copies and attachments too.

    Returns how many documents went.
    """
    salt = catalog.meta(_SALT)
    if salt is None:
        salt = secrets.token_hex(16)
    wanted = [f"<{name.strip('<>')}>" for name in message_ids]
    addresses = [address.strip().lower() for address in senders]
    with catalog.transaction() as connection:
        catalog.set_meta(_SALT, salt)
        chosen: set[int] = set()
        for name in wanted:
            rows = connection.execute(
                "SELECT id FROM document WHERE passage_id=? AND message_id=?", (name, name)
            )
            chosen.update(row[0] for row in rows)
        for address in addresses:
            for number, people in connection.execute(
                "SELECT id, people FROM document WHERE kind='mail' AND instr(lower(people), ?)",
                (address,),
            ):
                if [address, Role.SENDER] in [person[1:] for person in json.loads(people)]:
                    chosen.add(number)
        numbers, digests = _with_copies_and_attachments(catalog, chosen)
        names = [*map(str.encode, wanted), *map(str.encode, addresses), *digests]
        now = datetime.now(UTC).isoformat()
        connection.executemany(
            "INSERT INTO forgotten(digest, at) VALUES (?, ?) ON CONFLICT(digest) DO NOTHING",
            [(_keyed(bytes.fromhex(salt), name), now) for name in names],
        )
        delete_documents(catalog, sorted(numbers))
        connection.execute(
            "DELETE FROM embedding WHERE digest NOT IN (SELECT digest FROM chunk)"
        )
    return len(numbers)


def _with_copies_and_attachments(
    catalog: Catalog, chosen: set[int]
) -> tuple[set[int], set[bytes]]:
    """The documents, their copies and what is attached to any of them; digests of the mail.

    An attachment that also came with another mail stays there.
    """
    connection = catalog.connection
    mails: set[int] = set()
    for number in chosen:
        (original,) = connection.execute(
            "SELECT coalesce(duplicate_of, id) FROM document WHERE id=?", (number,)
        ).fetchone()
        rows = connection.execute(
            "SELECT id FROM document WHERE id=? OR duplicate_of=?", (original, original)
        )
        mails.update(row[0] for row in rows)
    everything = set(mails)
    waiting = list(mails)
    while waiting:
        attached = connection.execute(
            "SELECT id FROM document WHERE within_id=?", (waiting.pop(),)
        ).fetchall()
        waiting += [row[0] for row in attached if row[0] not in everything]
        everything.update(row[0] for row in attached)
    digests = {
        bytes(connection.execute("SELECT digest FROM document WHERE id=?", (n,)).fetchone()[0])
        for n in mails
    }
    return everything, digests


def _keyed(salt: bytes, name: bytes) -> bytes:
    return hashlib.blake2b(name, digest_size=16, key=salt).digest()
