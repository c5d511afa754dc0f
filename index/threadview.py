"""All messages of a conversation, for reading it from its beginning.

Two reads of the catalog; the second has the texts, about 0.1 ms a message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from index.catalog import Catalog
from index.stored import StoredDocument
from ingest.document import PartKind

MOST = 300
"""Messages that are shown of one thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """One message, and what of its text is taken over from others."""

    n: int
    """Its place in the thread, from 1."""

    of: int
    """How many messages the thread has, those that are not shown among them."""

    document: StoredDocument
    quoted: tuple[tuple[int, int], ...]


def thread(catalog: Catalog, document_id: int) -> tuple[ThreadMessage, ...]:
    """The messages of the thread that a mail or its attachment is in, oldest first.

    Empty if it is in none. Of a very long one, those around the document.
    """
    with catalog.snapshot() as connection:
        rows = connection.execute(
            "SELECT m.id, m.parts FROM document m WHERE m.thread="
            "(SELECT thread FROM document WHERE id=?) AND m.kind='mail'"
            " AND m.duplicate_of IS NULL AND m.within_id IS NULL"
            " ORDER BY m.created_s IS NULL, m.created_s, m.id",
            (document_id,),
        ).fetchall()
        own = connection.execute(
            "SELECT coalesce(within_id, id) AS id FROM document WHERE id=?", (document_id,)
        ).fetchone()
        at = next((n for n, row in enumerate(rows) if own and row["id"] == own["id"]), 0)
        first = max(0, min(at - MOST // 2, len(rows) - MOST))
        read = [
            (n, catalog.document(row["id"]), row["parts"])
            for n, row in enumerate(rows[first : first + MOST], start=first + 1)
        ]
    return tuple(
        ThreadMessage(n=n, of=len(rows), document=document, quoted=_quoted(parts))
        for n, document, parts in read
        if document is not None
    )


def attached(catalog: Catalog, document_id: int) -> tuple[StoredDocument, ...]:
    """Those attachments of a mail that were read and have text, in the order of the mail."""
    with catalog.snapshot() as connection:
        rows = connection.execute(
            "SELECT id FROM document WHERE within_id=? ORDER BY id", (document_id,)
        ).fetchall()
        read = [catalog.document(row["id"]) for row in rows]
    return tuple(document for document in read if document is not None)


def _quoted(parts: str) -> tuple[tuple[int, int], ...]:
    return tuple(
        (start, end) for kind, start, end in json.loads(parts) if kind == PartKind.QUOTE
    )
