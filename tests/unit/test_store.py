"""What says the same is stored once, keeps every place, and outlives any of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.copies import digest
from index.store import Place, delete_documents, passage_id, store
from ingest.document import Document, Kind, Person, Role

PLACE = Place(file_id=1, relative="inbox.mbox", packed=False)
TEXT = "The mast came down on Tuesday and the rigger wants eleven hundred pounds."


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(tmp_path)
    made.connection.execute(
        "INSERT INTO file(id, source_id, relative, path, format, format_version, size,"
        " mtime_ns) VALUES (1, 1, 'inbox.mbox', '/m/inbox.mbox', 'mbox', 1, 1, 1)"
    )
    return made


def mail(text: str = TEXT, number: int = 1, **facts: object) -> Document:
    values: dict[str, object] = {
        "path": Path("/m/inbox.mbox"),
        "locator": f"byte {number}",
        "kind": Kind.MAIL,
        "title": "Mast",
        "text": text,
        "created": datetime(2004, 3, 1, tzinfo=UTC),
        "people": (Person(name="Anna", address="anna@x", role=Role.SENDER),),
        "message_id": f"<{number}@x>",
    }
    return Document(**(values | facts))  # type: ignore[arg-type]


def put(catalog: Catalog, document: Document) -> tuple[int, bool]:
    with catalog.transaction():
        return store(catalog, PLACE, document, digest(document))


def searched(catalog: Catalog) -> list[tuple[int, str]]:
    rows = catalog.connection.execute("SELECT document_id, text FROM chunk ORDER BY id")
    return [(row[0], row[1]) for row in rows]


def test_a_copy_under_another_message_id_is_the_same_mail(catalog: Catalog) -> None:
    first, copied = put(catalog, mail(number=1))
    second, is_copy = put(catalog, mail(number=2))
    assert (copied, is_copy) == (False, True)
    assert searched(catalog) == [(first, TEXT)]
    found = catalog.find_document("<2@x>")
    assert found is not None
    assert (found.id, found.text) == (second, TEXT)
    assert found.places == (("/m/inbox.mbox", "byte 1"), ("/m/inbox.mbox", "byte 2"))


@pytest.mark.parametrize(
    "facts",
    [
        {"title": "Mast again"},
        {"created": datetime(2004, 3, 2, tzinfo=UTC)},
        {"people": (Person(name="", address="ben@x", role=Role.SENDER),)},
    ],
)
def test_the_same_words_by_another_or_at_another_time_are_another_mail(
    facts: dict[str, object],
) -> None:
    assert digest(mail()) != digest(mail(**facts))


def test_a_copy_with_a_list_footer_is_joined_and_the_fuller_one_searched(
    catalog: Catalog,
) -> None:
    footer = TEXT + "\n\n_______\nboats mailing list\nboats@example.org"
    short, _ = put(catalog, mail(TEXT))
    full, is_copy = put(catalog, mail(footer, locator="byte 9"))
    assert is_copy
    assert {number for number, _ in searched(catalog)} == {full}
    with catalog.transaction():
        delete_documents(catalog, [full])
    assert searched(catalog) == [(short, TEXT)]


@pytest.mark.parametrize(
    ("hours", "minutes", "text", "is_copy"),
    [
        (10, 0, TEXT.replace(" and ", "\nand "), True),
        (10, 7, TEXT, False),
        (30, 0, TEXT, False),
        (10, 0, TEXT + " Now.", False),
        (10, 0, "Thanks, Anna", False),
    ],
)
def test_the_same_mail_in_another_timezone_is_a_copy(
    catalog: Catalog, hours: int, minutes: int, text: str, is_copy: bool
) -> None:
    put(catalog, mail(TEXT if len(text) > 20 else text))
    later = datetime(2004, 3, 1, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes)
    assert put(catalog, mail(text, number=2, created=later))[1] is is_copy


def test_an_exact_copy_keeps_its_words_when_a_fuller_one_comes_and_goes(
    catalog: Catalog,
) -> None:
    first, _ = put(catalog, mail(TEXT))
    second, _ = put(catalog, mail(TEXT, locator="byte 5"))
    fuller, _ = put(catalog, mail(TEXT + "\n\n___\nboats mailing list", locator="byte 9"))
    with catalog.transaction():
        delete_documents(catalog, [first])
    with catalog.transaction():
        delete_documents(catalog, [fuller])
    assert searched(catalog) == [(second, TEXT)]


def test_a_message_id_that_every_mail_has_joins_nothing(catalog: Catalog) -> None:
    put(catalog, mail(TEXT))
    _, is_copy = put(catalog, mail("Quite another mail about the price of varnish."))
    assert not is_copy


def test_a_copy_takes_over_when_the_original_goes(catalog: Catalog) -> None:
    first, _ = put(catalog, mail(number=1))
    second, _ = put(catalog, mail(number=2))
    third, _ = put(catalog, mail(number=3))
    with catalog.transaction():
        delete_documents(catalog, [first])
    assert searched(catalog) == [(second, TEXT)]
    with catalog.transaction():
        delete_documents(catalog, [second])
    assert searched(catalog) == [(third, TEXT)]
    found = catalog.document(third)
    assert found is not None
    assert found.text == TEXT


def test_an_attachment_is_known_by_its_text_and_goes_by_its_mails_name() -> None:
    report = mail(
        "figures " * 50,
        kind=Kind.FILE,
        message_id=None,
        within="byte 1",
        locator="byte 1 › 1 a",
    )
    forwarded = replace(report, created=None, title="b", people=())
    assert digest(report) == digest(forwarded)
    assert passage_id(report, PLACE, "<1@x>") == "<1@x>"


@pytest.mark.parametrize(
    ("facts", "packed", "expected"),
    [
        ({}, False, "<1@x>"),
        ({"message_id": None}, False, "inbox.mbox#byte 1"),
        ({"message_id": None, "locator": ""}, False, "inbox.mbox"),
        ({"message_id": None, "kind": Kind.CHAT, "locator": "2004-03-01"}, False, "inbox.mbox"),
        (
            {"message_id": None, "kind": Kind.NOTE, "locator": "a/b.md"},
            True,
            "inbox.mbox/a/b.md",
        ),
        (
            {"message_id": None, "locator": "All.mbox › byte 7"},
            True,
            "inbox.mbox/All.mbox#byte 7",
        ),
    ],
)
def test_what_a_citation_calls_it(
    facts: dict[str, object], packed: bool, expected: str
) -> None:
    assert passage_id(mail(**facts), replace(PLACE, packed=packed), None) == expected


def test_one_of_several_documents_of_a_file_is_found_by_its_locator(catalog: Catalog) -> None:
    for day in ("2004-03-01", "2004-03-02"):
        put(catalog, mail(f"said on {day}", kind=Kind.CHAT, message_id=None, locator=day))
    found = catalog.find_document("inbox.mbox#2004-03-02")
    assert found is not None
    assert found.text == "said on 2004-03-02"
    first = catalog.find_document("inbox.mbox")
    assert first is not None
    assert first.text == "said on 2004-03-01"


def test_what_came_and_went_in_one_transaction_leaves_the_keywords_sound(
    catalog: Catalog,
) -> None:
    footer = TEXT + "\n\n_______\nboats mailing list\nboats@example.org"
    with catalog.transaction():
        for document in (mail(TEXT), mail(footer, locator="byte 9")):
            store(catalog, PLACE, document, digest(document))
    catalog.connection.execute(
        "INSERT INTO keywords(keywords, rank) VALUES('integrity-check', 1)"
    )
    found = "SELECT count(*) FROM keywords WHERE keywords MATCH 'rigger'"
    assert catalog.connection.execute(found).fetchone()[0] == 1
