"""Within the catalog: every page, every reference, every letter of the documents."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence

from index.catalog import Catalog
from index.verify.report import BATCH, COMPACT, RESTORE, Check, Faults, Tell


def sqlite_pages(catalog: Catalog, tell: Tell) -> Check:
    """SQLite finds nothing amiss in its file."""
    tell("Catalog", 0, 1)
    faults = Faults()
    for (said,) in catalog.connection.execute("PRAGMA integrity_check(20)"):
        if said != "ok":
            faults.add(" ".join(str(said).split()))
    tell("Catalog", 1, 1)
    return faults.check("sqlite", "every page is sound", RESTORE)


def references(catalog: Catalog) -> Check:
    """What names another row names one that is there."""
    connection = catalog.connection
    faults = Faults()
    for row in connection.execute("PRAGMA foreign_key_check"):
        faults.add(f"{row[0]} {row[1]} belongs to no {row[2]}")
    for (number,) in connection.execute(
        "SELECT d.id FROM document d LEFT JOIN document o ON o.id=d.duplicate_of"
        " WHERE d.duplicate_of IS NOT NULL AND (o.id IS NULL OR o.duplicate_of IS NOT NULL)"
    ):
        faults.add(f"document {number} is a copy of none")
    for (number,) in connection.execute(
        "SELECT c.document_id FROM chunk c JOIN document d ON d.id=c.document_id"
        " WHERE d.duplicate_of IS NOT NULL GROUP BY 1"
    ):
        faults.add(f"document {number} is a copy and has chunks")
    return faults.check("references", "every row's owner is there", RESTORE)


def people(catalog: Catalog, tell: Tell) -> Check:
    """Who takes part in a document is who the document names; a copy has nobody."""
    tell("People", 0, 1)
    faults = Faults()
    rows = catalog.connection.execute(
        """
        SELECT d.id, 'lacks ' FROM document d, json_each(d.people) p
        WHERE d.duplicate_of IS NULL AND NOT EXISTS (
            SELECT 1 FROM identity i JOIN participant t
            ON t.document_id=d.id AND t.identity_id=i.id
            AND t.role=json_extract(p.value, '$[2]')
            WHERE i.name=json_extract(p.value, '$[0]')
            AND i.address=json_extract(p.value, '$[1]'))
        UNION
        SELECT d.id, 'has too many of ' FROM document d WHERE
            (SELECT count(*) FROM participant t WHERE t.document_id=d.id) >
            CASE WHEN d.duplicate_of IS NULL
            THEN json_array_length(d.people) + json_array_length(d.turns) ELSE 0 END
        """
    )
    for number, amiss in rows:
        faults.add(f"document {number} {amiss}its people")
    tell("People", 1, 1)
    return faults.check("people", "everybody takes part in what names them", RESTORE)


def chunks(catalog: Catalog, tell: Tell, counts: dict[str, int]) -> Check:
    """Together they hold a document's text, each letter once, but for what is set aside."""
    connection = catalog.connection
    (total,) = connection.execute("SELECT count(*) FROM document").fetchone()
    cut = _Grouped(
        connection.execute(
            'SELECT document_id, start, "end", context, text, digest FROM chunk'
            " ORDER BY document_id, position"
        )
    )
    faults = Faults()
    copies = number = 0
    for number, row in enumerate(
        connection.execute(
            "SELECT id, duplicate_of, text, set_aside FROM document ORDER BY id"
        ),
        start=1,
    ):
        if number % BATCH == 0:
            tell("Chunks", number, total)
        own = cut.of(row["id"])
        if row["duplicate_of"] is not None:
            copies += 1
        elif fault := _document_fault(row["text"], json.loads(row["set_aside"]), own):
            faults.add(f"document {row['id']}: {fault}")
    counts |= {"documents": number, "copies": copies, "chunks": cut.finish()}
    fine = f"{cut.taken} hold the text of {number - copies} documents"
    return faults.check("chunks", fine, RESTORE)


def keywords(catalog: Catalog, tell: Tell) -> Check:
    """The keyword index is that of the chunks."""
    tell("Keywords", 0, 1)
    with catalog.transaction() as connection:
        try:
            connection.execute(
                "INSERT INTO keywords(keywords, rank) VALUES ('integrity-check', 1)"
            )
        except sqlite3.DatabaseError as error:
            return Check(
                name="keywords",
                ok=False,
                detail=f"the index does not say what the chunks say ({error})",
                remedy=COMPACT,
            )
    tell("Keywords", 1, 1)
    return Check(name="keywords", ok=True, detail="the index says what the chunks say")


class _Grouped:
    """Chunks in the order of their documents, handed out document by document."""

    def __init__(self, rows: Iterator[sqlite3.Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self.taken = 0

    def of(self, document: int) -> list[sqlite3.Row]:
        """The chunks of this document, which must be asked for in ascending order."""
        own: list[sqlite3.Row] = []
        while self._next is not None and self._next["document_id"] <= document:
            if self._next["document_id"] == document:
                own.append(self._next)
            self.taken += 1
            self._next = next(self._rows, None)
        return own

    def finish(self) -> int:
        """How many chunks there are in all."""
        self.taken += (self._next is not None) + sum(1 for _ in self._rows)
        return self.taken


def _document_fault(
    text: str, set_aside: Sequence[Sequence[int]], chunks: Sequence[sqlite3.Row]
) -> str:
    """What is wrong with a document's chunks, in words. Empty if nothing is."""
    if not text:
        return "it has no text"
    spans = []
    for chunk in chunks:
        start, end = chunk["start"], chunk["end"]
        if not 0 <= start < end <= len(text):
            return f"a chunk lies outside it, at {start}"
        if text[start:end] != chunk["text"]:
            return f"the chunk at {start} says something else"
        said = f"{chunk['context']}\0{chunk['text']}".encode()
        if hashlib.blake2b(said, digest_size=16).digest() != chunk["digest"]:
            return f"the chunk at {start} has the digest of another text"
        spans.append((start, end))
    place = 0
    for start, end in sorted([*spans, *((start, end) for start, end in set_aside)]):
        if start < place:
            return f"two chunks, or a chunk and what is set aside, hold what is at {start}"
        if not _blank(text[place:start]):
            return f"no chunk holds what is at {place}"
        place = end
    return "" if _blank(text[place:]) else f"no chunk holds what is at {place}"


def _blank(text: str) -> bool:
    return not text or text.isspace()
