"""The digest: what is new, who waits, and what is bulk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import digest as digests
from index.catalog import Catalog
from index.people import CatalogPeople
from index.person_rules import set_owner
from tests.unit.fakes import sync

NOW = datetime(2004, 3, 31, tzinfo=UTC)
ME = "Martin <martin@example.org>"


def letter(
    number: int, sender: str, to: str, body: str, *, day: int, answers: int | None = None
) -> bytes:
    above = f"In-Reply-To: <{answers}@example.org>\n" if answers is not None else ""
    return (
        f"From x@example.org Fri Mar  5 10:00:00 2004\nFrom: {sender}\nTo: {to}\n"
        f"Subject: Matter {number}\nMessage-ID: <{number}@example.org>\n{above}"
        f"Date: {day} Mar 2004 10:00:00 +0000\n\n{body}\n\n"
    ).encode()


MAIL = (
    letter(1, "Anna Berg <anna@example.org>", ME, "Could you send the plan?", day=20)
    + letter(2, "Ben Olsen <ben@example.org>", ME, "Where is the mast?", day=10)
    + letter(3, ME, "Ben Olsen <ben@example.org>", "In the shed.", day=11, answers=2)
    + letter(4, ME, "Cora Lindt <cora@example.org>", "When do you come?", day=12)
    + letter(5, "Shop <newsletter@shop.example>", ME, "Want a sail? Unsubscribe here.", day=21)
    + letter(6, "Dora Ek <dora@example.org>", ME, "Buy now?\n\nTo unsubscribe: x", day=22)
    + letter(7, "Ben Olsen <ben@example.org>", ME, "Thanks, found it.", day=13, answers=3)
    + letter(
        8,
        "Ed Fry <ed@example.org>",
        ", ".join([ME, *(f"p{n}@example.org" for n in range(9))]),
        "Who comes?",
        day=23,
    )
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "all.mbox").write_bytes(MAIL)
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.add_source(tmp_path / "mail")
    sync(catalog, tmp_path)
    with catalog.transaction() as connection:
        set_owner(connection, "martin@example.org")
    yield catalog
    catalog.close()


def owner(catalog: Catalog) -> tuple[int, ...]:
    return CatalogPeople(catalog.connection).owner


def test_who_waits_for_whom(catalog: Catalog) -> None:
    found = digests.digest(catalog.connection, owner(catalog), now=NOW)
    assert [(one.who, one.asks) for one in found.for_owner] == [
        ("Anna Berg", True),
        ("Ben Olsen", False),
    ]
    assert [one.who for one in found.for_others] == ["Cora Lindt"]
    assert (found.new, found.own, found.bulk) == (8, 2, 1)
    said = digests.as_text(found)
    assert "Anna Berg: Matter 1" in said
    assert "1 more ended with a mail to you that asks nothing." in said


def test_what_is_old_waits_no_longer(catalog: Catalog) -> None:
    later = datetime(2005, 3, 31, tzinfo=UTC)
    found = digests.digest(catalog.connection, owner(catalog), now=later)
    assert not found.for_owner


def test_only_what_a_later_sync_adds_is_new(catalog: Catalog, tmp_path: Path) -> None:
    digests.sync_begins(tmp_path, catalog.connection)
    reached = digests.marks(tmp_path).sync
    assert digests.digest(catalog.connection, (), after=reached, now=NOW).is_empty
    with (tmp_path / "mail" / "all.mbox").open("ab") as file:
        file.write(letter(9, "Anna Berg <anna@example.org>", ME, "Hello again", day=25))
    sync(catalog, tmp_path)
    found = digests.digest(catalog.connection, owner(catalog), after=reached, now=NOW)
    assert (found.new, found.people) == (1, (("Anna Berg", 1),))


def test_without_an_owner_it_says_so(catalog: Catalog) -> None:
    found = digests.digest(catalog.connection, (), now=NOW)
    assert not found.for_owner
    assert "archive people me" in digests.as_text(found)


def test_damaged_marks_are_those_of_a_new_archive(tmp_path: Path) -> None:
    digests.keep(tmp_path, digests.Marks(read=5, sync=3))
    assert digests.marks(tmp_path) == digests.Marks(read=5, sync=3)
    (tmp_path / digests.FILE).write_text("{")
    assert digests.marks(tmp_path) == digests.Marks()
