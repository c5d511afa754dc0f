"""Filters as SQL: which documents of a small catalog satisfy them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index import filters
from index.catalog import Catalog
from index.query import Field, Filter

OWNER, ANNA, BEN, ANNAS_OTHER = 1, 2, 3, 4

_PEOPLE = """
CREATE TABLE IF NOT EXISTS identity (
    id INTEGER PRIMARY KEY, name TEXT, address TEXT, person INTEGER, UNIQUE (name, address));
CREATE TABLE IF NOT EXISTS participant (document_id INTEGER, identity_id INTEGER, role TEXT);
CREATE INDEX IF NOT EXISTS participant_identity
    ON participant(identity_id, role, document_id);
"""


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


# id, file, kind, title, created, people by role, and what else is not usual.
_Row = tuple[int, str, str, str, str, dict[str, tuple[int, ...]], dict[str, object]]
_DOCUMENTS: tuple[_Row, ...] = (
    (1, "Inbox.mbox", "mail", "Roof", "2004-03-05", {"from": (ANNA,), "to": (OWNER,)}, {}),
    (2, "Inbox.mbox", "mail", "Roof again", "2004-04-05",
     {"from": (ANNAS_OTHER,), "to": (BEN,), "cc": (OWNER,)}, {"attachments": ["plan.pdf"]}),
    (3, "Inbox.mbox", "file", "plan.pdf", "", {},
     {"within_id": 2, "within_title": "Roof again"}),
    (4, "Sent.mbox", "mail", "RE: Roof", "2004-03-06", {"from": (OWNER,), "to": (ANNA,)},
     {"tags": ["Important"]}),
    (5, "All mail.mbox", "mail", "Roof", "2004-03-05", {},
     {"duplicate_of": 1, "tags": ["house"]}),
    (6, "notes/tax_2004.md", "note", "Tax 100%", "2004-01-01", {"author": (OWNER,)}, {}),
    (7, "chat.txt", "chat", "Group", "2005-01-01", {"author": (ANNA, BEN)}, {}),
    (8, "Inbox.mbox", "mail", "To the list", "2004-03-31T23:59:59", {"from": (BEN,)}, {}),
    (9, "old.xls", "file", "old.xls", "", {}, {}),
    (10, "Inbox.mbox", "mail", "GRÜSSE", "2004-12-31T23:00:00", {"from": (BEN,)}, {}),
)  # fmt: skip


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    connection = catalog.connection
    connection.executescript(_PEOPLE)
    connection.execute("INSERT INTO source VALUES (1, '/home/martin', '', '')")
    for number in (OWNER, ANNA, BEN, ANNAS_OTHER):
        connection.execute(
            "INSERT INTO identity (id, name, address) VALUES (?, ?, '')",
            (number, f"p{number}"),
        )
    for names in dict.fromkeys(each[1] for each in _DOCUMENTS):
        connection.execute(
            "INSERT INTO file"
            " (source_id, relative, path, format, format_version, size, mtime_ns)"
            " VALUES (1, ?, ?, 'x', 1, 0, 0)",
            (names, f"/home/martin/{names}"),
        )
    for number, name, kind, title, created, people, more in _DOCUMENTS:
        lists = {key: json.dumps(more.get(key, [])) for key in ("attachments", "tags")}
        connection.execute(
            "INSERT INTO document (id, file_id, locator, passage_id, digest, kind, title, text,"
            " created_s, people, parts, page_starts, refs, attachments, tags, remarks,"
            " duplicate_of, within_id, within_title) SELECT ?, id, '', ?, x'', ?, ?, 'x', ?,"
            " '[]', '[]', '[]', '[]', ?, ?, '[]', ?, ?, ? FROM file WHERE relative=?",
            (number, title, kind, title, at(created) if created else None,
             lists["attachments"], lists["tags"], more.get("duplicate_of"),
             more.get("within_id"), more.get("within_title", ""), name),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO participant (document_id, identity_id, role) VALUES (?, ?, ?)",
            [(number, who, role) for role, several in people.items() for who in several],
        )
    yield catalog
    catalog.close()


def people(field: Field, *identities: int, value: str = "x", negated: bool = False) -> Filter:
    return Filter(field=field, value=value, identities=identities, negated=negated)


def span(start: str = "", end: str = "") -> Filter:
    def instant(text: str) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None

    return Filter(field=Field.DURING, value="x", start=instant(start), end=instant(end))


def plain(field: Field, value: str, *, negated: bool = False) -> Filter:
    return Filter(field=field, value=value, negated=negated)


FROM_ANNA = people(Field.FROM, ANNA, ANNAS_OTHER)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], {1, 2, 3, 4, 6, 7, 8, 9, 10}),
        ([FROM_ANNA], {1, 2, 3, 7}),
        ([people(Field.FROM, OWNER)], {4, 6}),
        ([people(Field.TO, ANNA)], {4}),
        ([people(Field.TO, OWNER)], {1, 2, 3}),
        ([people(Field.CC, OWNER)], {2, 3}),
        ([people(Field.CC, BEN)], set()),
        ([people(Field.WITH, BEN)], {2, 3, 7, 8, 10}),
        ([people(Field.FROM)], set()),
        ([people(Field.FROM, BEN), FROM_ANNA], {1, 2, 3, 7, 8, 10}),
        ([FROM_ANNA, people(Field.TO, BEN)], {2, 3}),
        ([people(Field.WITH, BEN, negated=True)], {1, 4, 6, 9}),
        ([people(Field.TO, OWNER, value="me")], {1, 2, 3, 8, 10}),
        ([span("2004-03-05", "2004-03-06")], {1}),
        ([span("2004-03-01", "2004-04-01")], {1, 4, 8}),
        ([span("2004-04-01")], {2, 3, 7, 10}),
        ([span(end="2004-02-01")], {6}),
        ([span()], {1, 2, 4, 6, 7, 8, 10}),
        ([span("2004-03-01"), span(end="2004-03-06")], {1}),
        ([plain(Field.KIND, "mail")], {1, 2, 4, 8, 10}),
        ([plain(Field.KIND, "note"), plain(Field.KIND, "chat")], {6, 7}),
        ([plain(Field.KIND, "pdf")], {3}),
        ([plain(Field.KIND, "spreadsheet")], {9}),
        ([plain(Field.KIND, "mail", negated=True)], {3, 6, 7, 9}),
        ([plain(Field.HAS, "attachment")], {2, 3}),
        ([plain(Field.SUBJECT, "roof")], {1, 2, 3, 4}),
        ([plain(Field.SUBJECT, "100%")], {6}),
        ([plain(Field.SUBJECT, "%")], {6}),
        ([plain(Field.SUBJECT, "grüsse")], {10}),
        ([plain(Field.TAG, "important")], {4}),
        ([plain(Field.TAG, "house")], {1}),  # its copy is tagged so
        ([plain(Field.TAG, "hous")], set()),
        ([plain(Field.IN, "sent")], {4}),
        ([plain(Field.IN, "All mail")], {1}),  # its copy lies there
        ([plain(Field.IN, "mail")], {1}),
        ([plain(Field.IN, "art")], set()),  # in the middle of a word
        ([plain(Field.IN, "notes/tax")], {6}),
        ([plain(Field.IN, "2004")], {6}),
        ([plain(Field.IN, "martin")], {1, 2, 3, 4, 6, 7, 8, 9, 10}),
        ([plain(Field.IN, "important")], {4}),
        ([plain(Field.IN, "' OR 1=1 --")], set()),
        ([FROM_ANNA, span("2004-01-01", "2005-01-01"), plain(Field.KIND, "mail")], {1, 2}),
    ],
)
def test_found(catalog: Catalog, wanted: list[Filter], found: set[int]) -> None:
    ids = filters.documents(catalog.connection, wanted, attachments=True)
    assert set(ids) == found
    assert len(ids) == len(found)


def test_an_attachment_is_not_counted_beside_its_mail(catalog: Catalog) -> None:
    connection = catalog.connection
    assert filters.count(connection, [FROM_ANNA]) == 3
    assert filters.count(connection, [FROM_ANNA], attachments=True) == 4
    assert filters.count(connection, [FROM_ANNA, plain(Field.KIND, "pdf")]) == 1
    assert filters.count(connection, []) == 8


def test_order_and_limit(catalog: Catalog) -> None:
    connection = catalog.connection
    newest = filters.documents(connection, [])
    assert newest == [7, 10, 2, 8, 4, 1, 6, 9]
    assert filters.documents(connection, [], order="oldest") == [6, 1, 4, 8, 2, 10, 7, 9]
    assert filters.documents(connection, [], limit=2) == newest[:2]


def test_people_are_looked_up_by_their_index(catalog: Catalog) -> None:
    sql, values = filters.condition([FROM_ANNA, plain(Field.KIND, "mail")])
    rows = catalog.connection.execute(
        f"EXPLAIN QUERY PLAN SELECT d.id FROM document d WHERE {sql}", values
    )
    plan = " ".join(row[3] for row in rows)
    assert "participant_identity" in plan
    assert "SCAN d" not in plan
