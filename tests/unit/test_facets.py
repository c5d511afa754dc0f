"""What a search can be narrowed by, counted in a small archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.facets import Count, Facets, facets
from index.filters import count
from index.people import CatalogPeople
from index.person_rules import split
from index.query import Query
from index.understand import understand
from tests.unit.fakes import sync


def mail(number: int, sender: str, to: str, year: int, body: str) -> str:
    return (
        f"From x@example.org Fri Mar  5 10:00:00 {year}\nFrom: {sender}\nTo: {to}\n"
        f"Subject: Letter {number}\nMessage-ID: <{number}@example.org>\n"
        f"Date: Fri, {number:02} Mar {year} 10:00:00 +0000\n\n{body}\n\n"
    )


ANNA, BEN = "Anna Berg <anna@x.org>", "Ben Lund <ben@y.org>"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    letters, notes = tmp_path / "letters", tmp_path / "my notes"
    letters.mkdir()
    notes.mkdir()
    mails = [mail(n, ANNA, BEN, 2003, f"the mast is broken, {n}") for n in range(1, 5)]
    mails += [mail(n, BEN, ANNA, 2004, f"lunch at noon, {n}") for n in range(5, 8)]
    mails.append(mail(8, BEN, f"{ANNA}, Anna Berg <anna@x.org>", 2004, "a new mast"))
    (letters / "inbox.mbox").write_text("".join(mails))
    (notes / "mast.md").write_text("# Mast\nThe mast has a length.\n")
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(letters)
    made.add_source(notes)
    sync(made, tmp_path)
    yield made
    made.close()


def asked(catalog: Catalog, text: str) -> Query:
    people = CatalogPeople(catalog.connection)
    return understand(text, people=people, today=date(2006, 1, 1), zone=UTC)


def counted(catalog: Catalog, text: str) -> Facets:
    people = CatalogPeople(catalog.connection)
    return facets(catalog.connection, asked(catalog, text), people)


def numbers(counts: tuple[Count, ...]) -> dict[str, int]:
    return {one.label: one.documents for one in counts}


def test_operators_alone_are_counted_over_all_that_satisfies_them(catalog: Catalog) -> None:
    found = counted(catalog, "from:anna")
    assert found.documents == 4
    assert numbers(found.people) == {"Anna Berg": 4, "Ben Lund": 4}
    assert numbers(found.years) == {"2003": 4}
    assert numbers(found.kinds) == {"mail": 4}


def test_words_are_counted_over_what_they_find(catalog: Catalog) -> None:
    found = counted(catalog, "mast")
    assert found.documents == 6
    assert numbers(found.kinds) == {"mail": 5, "note": 1}
    assert numbers(found.people) == {"Anna Berg": 5, "Ben Lund": 5}
    narrowed = counted(catalog, "mast from:ben")
    assert narrowed.documents == 1
    assert numbers(narrowed.years) == {"2004": 1}


def test_the_passages_found_are_counted_too(catalog: Catalog) -> None:
    first = catalog.connection.execute("SELECT min(id) FROM chunk").fetchone()[0]
    passage = catalog.passages([first])[first]
    people = CatalogPeople(catalog.connection)
    query = asked(catalog, "zeppelin")
    assert facets(catalog.connection, query, people).documents == 0
    assert facets(catalog.connection, query, people, [passage, passage]).documents == 1


def test_nothing_asked_counts_everything_newest_year_first(catalog: Catalog) -> None:
    found = counted(catalog, "")
    assert found.documents == count(catalog.connection, ()) == 9
    years = [one.label for one in found.years if one.label in ("2003", "2004")]
    assert years == ["2004", "2003"]


def test_every_operator_leaves_as_many_as_were_counted(catalog: Catalog) -> None:
    found = counted(catalog, "")
    every = [one for counts in found.sorts().values() for one in counts]
    assert len(every) >= 8
    for one in every:
        query = asked(catalog, one.operator)
        assert query.words == "", one.operator
        assert count(catalog.connection, query.filters) == one.documents, one.operator


def test_who_shares_a_name_is_meant_by_address(tmp_path: Path) -> None:
    (tmp_path / "inbox.mbox").write_text(
        "".join(
            mail(n, f"John Smith <j{n % 2}@{n % 2}.example>", ANNA, 2003, f"hello {n}")
            for n in range(1, 9)
        )
    )
    with_namesakes = Catalog(tmp_path / "catalog.sqlite")
    with_namesakes.add_source(tmp_path / "inbox.mbox")
    sync(with_namesakes, tmp_path)
    with with_namesakes.transaction() as connection:
        split(connection, "j1@1.example")
    found = counted(with_namesakes, "")
    operators = {one.operator for one in found.people if one.label == "John Smith"}
    assert operators == {"with:j0@0.example", "with:j1@1.example"}
    with_namesakes.close()
