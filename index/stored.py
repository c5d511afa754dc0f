"""What the catalog stores, as values, and how its columns are read and written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from index.passage import Passage

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file or folder that its owner added."""

    id: int
    path: str
    documents: int
    failures: int
    synced_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """Something a sync could not read, or left alone."""

    source: str
    path: str
    locator: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document as the catalog keeps it, for reading in full."""

    id: int
    passage_id: str
    source: str
    path: str
    locator: str
    kind: str
    title: str
    date: datetime | None
    people: tuple[str, ...]
    text: str
    page_starts: tuple[int, ...]
    attachments: tuple[str, ...]
    remarks: tuple[str, ...]
    tags: tuple[str, ...]
    within: str | None
    """Passage id of the message that it is attached to."""
    places: tuple[tuple[str, str], ...]
    """File and locator of every copy that was found, this one among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is."""

    sources: int
    documents: int
    chunks: int
    embedded: int
    failures: int


# --- columns ------------------------------------------------------------------------------


def as_json(values: Iterable[object]) -> str:
    """A column that holds a list."""
    found = list(values)
    return _encoded(found) if found else "[]"


def moment(text: str | None) -> datetime | None:
    """A stored point in time."""
    return None if text is None else datetime.fromisoformat(text)


def people(text: str) -> tuple[str, ...]:
    """Who takes part, each as a name, an address or both."""
    named = [(name, address) for name, address, _role in json.loads(text)]
    return tuple(
        f"{name} <{address}>" if name and address else name or address
        for name, address in named
    )


# --- rows ---------------------------------------------------------------------------------


def passage_of_chunk(row: sqlite3.Row) -> Passage:
    """A chunk with its document, as a passage with a score of 0."""
    return Passage(
        chunk_id=row["chunk_id"],
        document_id=row["document_id"],
        id=row["passage_id"],
        source=row["source"],
        path=row["path"],
        locator=row["locator"],
        kind=row["kind"],
        page=row["page"],
        section=row["section"],
        title=row["title"],
        date=moment(row["created"]),
        people=people(row["people"]),
        text=row["text"],
        start=row["start"],
        end=row["end"],
        score=0.0,
        hit=(row["start"], row["end"]),
    )


def passage_of_text(row: sqlite3.Row) -> Passage:
    """The `text` of a document, or as much of it as the row has, as one passage."""
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
        date=moment(row["created"]),
        people=people(row["people"]),
        text=row["text"],
        start=0,
        end=len(row["text"]),
        score=0.0,
    )


def stored_document(row: sqlite3.Row, places: tuple[tuple[str, str], ...]) -> StoredDocument:
    """A document with every place where it was found."""

    def items(column: str) -> tuple[Any, ...]:
        return tuple(json.loads(row[column]))

    return StoredDocument(
        id=row["id"],
        passage_id=row["passage_id"],
        source=row["source"],
        path=row["path"],
        locator=row["locator"],
        kind=row["kind"],
        title=row["title"],
        date=moment(row["created"]),
        people=people(row["people"]),
        text=row["text"] or row["original_text"],
        page_starts=items("page_starts"),
        attachments=items("attachments"),
        remarks=items("remarks"),
        tags=items("tags"),
        within=row["within"],
        places=places,
    )
