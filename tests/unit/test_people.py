"""Who is one person, whom a name means, whose archive it is, and what its owner corrects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index import naming
from index.catalog import Catalog
from index.copies import digest
from index.migrations import STEPS, migrate
from index.people import CatalogPeople
from index.person_rules import PersonUnclear, add_rules, merge, rules, set_owner, split
from index.persons import assign_people
from index.store import Place, delete_documents, refresh, store
from ingest.document import Document, Kind, Person, Role, Turn

PLACE = Place(file_id=1, relative="inbox.mbox", packed=False)
START = datetime(2004, 3, 1, tzinfo=UTC)


class Box:
    """A catalog that mail is put into, a pair of names and addresses at a time."""

    def __init__(self, folder: Path) -> None:
        self.catalog = Catalog(folder / "catalog.sqlite")
        self.catalog.add_source(folder)
        self.connection = self.catalog.connection
        self.connection.execute(
            "INSERT INTO file(id, source_id, relative, path, format, format_version, size,"
            " mtime_ns) VALUES (1, 1, 'inbox.mbox', '/m/inbox.mbox', 'mbox', 1, 1, 1)"
        )
        self._count = 0

    def mail(self, sender: str, *recipients: str, times: int = 1) -> int:
        """Store mails from one to others, `Name <address>` each; the last one's id."""
        number = 0
        for _ in range(times):
            people = (
                person(sender, Role.SENDER),
                *(person(to, Role.RECIPIENT) for to in recipients),
            )
            number = self.put(self.document(people=people))
        return number

    def document(self, **facts: object) -> Document:
        self._count += 1
        values: dict[str, object] = {
            "path": Path("/m/inbox.mbox"),
            "locator": f"byte {self._count}",
            "kind": Kind.MAIL,
            "title": f"Subject {self._count}",
            "text": f"The rigger wrote letter number {self._count} about the mast.",
            "created": START + timedelta(days=self._count),
        }
        return Document(**(values | facts))  # type: ignore[arg-type]

    def put(self, document: Document) -> int:
        with self.catalog.transaction():
            return store(self.catalog, PLACE, document, digest(document))[0]

    def judge(self) -> CatalogPeople:
        with self.catalog.transaction() as connection:
            assign_people(connection)
        return CatalogPeople(self.connection)

    def together(self) -> set[frozenset[str]]:
        """Names with addresses, as they are joined."""
        self.judge()
        groups: dict[int, set[str]] = {}
        for name, address, who in self.connection.execute(
            "SELECT name, address, person FROM identity WHERE person>0"
        ):
            groups.setdefault(who, set()).add(f"{name} <{address}>" if address else name)
        return {frozenset(group) for group in groups.values()}

    def taking_part(self, number: int) -> list[tuple[str, str, str]]:
        rows = self.connection.execute(
            "SELECT name, address, role FROM participant JOIN identity i ON i.id=identity_id"
            " WHERE document_id=? ORDER BY role, name",
            (number,),
        )
        return [(row[0], row[1], row[2]) for row in rows]


def person(text: str, role: Role) -> Person:
    name, _, address = text.partition("<")
    return Person(name=name.strip(), address=address.strip(">"), role=role)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Berg, Anna K.", "anna k berg"),
        ("Anna K Berg/HAM/SALES@FIRM", "anna k berg"),
        ("'Anna Berg' [mailto:anna@x.org]", "anna berg"),
        ("Ánna  BERG (E-mail)", "anna berg"),
        ("Dr. Anna Berg, PhD", "anna berg"),
        ("Berg, Anna <anna@x.org>@FIRM", "anna berg"),
        ("anna.berg", "anna berg"),
        ("Anna Berg via Boats", "anna berg"),
        ("O’Neill, Seán", "sean oneill"),
        ("anna@x.org", ""),
        ("e-mail", ""),
    ],
)
def test_a_name_is_the_same_however_it_is_decorated(written: str, words: str) -> None:
    assert " ".join(naming.parse(written).words) == words


@pytest.mark.parametrize(
    ("address", "name", "machine"),
    [
        ("no-reply@shop.example", "", True),
        ("boats-list@x.org", "", True),
        ("anna@lists.x.org", "Anna Berg", True),
        ("info@berg.example", "", True),
        ("info@berg.example", "Anna Berg", False),
        ("offers@air.example", "Air Travel Inc", True),
        ("anna.berg@x.org", "", False),
        ("", "+49 170 1234567", False),
    ],
)
def test_lists_and_desks_are_nobody(address: str, name: str, machine: bool) -> None:
    assert naming.is_machine(address, naming.parse(name)) is machine


# --- who is one person ----------------------------------------------------------------------


def test_the_same_address_or_full_name_is_one_person(box: Box) -> None:
    box.mail("Berg, Anna K. <k.berg@firm.example>", "Anna Berg <anna@home.example>")
    box.mail("<anna.berg@firm.example>", "A. Berg <k.berg@firm.example>")
    assert box.together() == {
        frozenset(
            {
                "Berg, Anna K. <k.berg@firm.example>",
                "Anna Berg <anna@home.example>",
                " <anna.berg@firm.example>",
                "A. Berg <k.berg@firm.example>",
            }
        )
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna K. Berg <a@x.org>", "Anna M. Berg <b@x.org>"),
        ("Ben Lund Sr. <a@x.org>", "Ben Lund Jr. <b@x.org>"),
        ("Anna Berg <anna.berg1@x.org>", "Anna Berg <anna.berg2@x.org>"),
        ("Bob Lund <bob@x.org>", "Robert Lund <robert@y.org>"),
        ("Anna <anna@x.org>", "Anna <anna@y.org>"),
        ("A. Berg <a@x.org>", "Anna Berg <b@x.org>"),
    ],
)
def test_two_who_may_be_two_stay_two(box: Box, one: str, other: str) -> None:
    box.mail(one, other)
    assert len(box.together()) == 2


def test_an_address_that_many_share_is_nobodys(box: Box) -> None:
    for name in ("Anna Berg", "Ben Lund", "Cleo Marsh"):
        box.mail(f"{name} <desk@x.org>", f"{name} <{name[:3].lower()}@y.org>")
    assert len(box.together()) == 3
    match = CatalogPeople(box.connection).named("desk@x.org")
    assert [(one.label, len(one.identities)) for one in match] == [("desk@x.org", 3)]


def test_a_secretary_who_writes_in_anothers_name_is_not_that_one(box: Box) -> None:
    box.mail("Ina Marsh <ina.marsh@x.org>", "Ben Lund <ben@x.org>", times=3)
    box.mail("Ben Lund <ina.marsh@x.org>")
    assert box.together() == {
        frozenset({"Ina Marsh <ina.marsh@x.org>"}),
        frozenset({"Ben Lund <ben@x.org>", "Ben Lund <ina.marsh@x.org>"}),
    }


# --- what is stored -------------------------------------------------------------------------


def test_copies_have_no_participants_until_they_take_over(box: Box) -> None:
    people = (person("Anna Berg <anna@x.org>", Role.SENDER),)
    document = box.document(people=people)
    first = box.put(document)
    copy = box.put(replace(document, locator="byte 900"))
    assert (box.taking_part(first), box.taking_part(copy)) == (
        [("Anna Berg", "anna@x.org", "from")],
        [],
    )
    with box.catalog.transaction():
        delete_documents(box.catalog, [first])
    assert box.taking_part(copy) == [("Anna Berg", "anna@x.org", "from")]
    with box.catalog.transaction():
        delete_documents(box.catalog, [copy])
    assert box.connection.execute("SELECT count(*) FROM identity").fetchone()[0] == 0


def test_a_rolled_back_name_can_be_stored_again(box: Box) -> None:
    document = box.document(people=(person("Anna <anna@x.org>", Role.SENDER),))

    def stored_in_vain() -> None:
        with box.catalog.transaction():
            store(box.catalog, PLACE, document, digest(document))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stored_in_vain()
    number = box.put(document)
    assert box.taking_part(number) == [("Anna", "anna@x.org", "from")]


def test_who_speaks_takes_part_and_a_newer_parser_is_believed(box: Box) -> None:
    chat = box.document(
        kind=Kind.CHAT,
        people=(Person(name="Anna", address="", role=Role.AUTHOR),),
        turns=tuple(
            Turn(start=0, end=4, speaker=speaker, at=None) for speaker in ("Anna", "Ben", "")
        ),
    )
    number = box.put(chat)
    assert box.taking_part(number) == [("Anna", "", "author"), ("Ben", "", "author")]
    with box.catalog.transaction():
        refresh(box.catalog, number, replace(chat, people=(), turns=chat.turns[1:]))
    assert box.taking_part(number) == [("Ben", "", "author")]


def test_the_migration_finds_the_same_people_as_a_sync(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.mail("Anna Berg <anna@x.org>", "Ben <ben@x.org>", "Ben <ben@x.org>")
    document = box.document(people=(person("Cleo <cleo@x.org>", Role.SENDER),))
    box.put(document)
    box.put(replace(document, locator="byte 900"))
    box.put(
        box.document(kind=Kind.CHAT, turns=(Turn(start=0, end=4, speaker="Dora", at=None),) * 2)
    )

    def everything() -> set[tuple[object, ...]]:
        return {
            tuple(row)
            for row in box.connection.execute(
                "SELECT document_id, name, address, role FROM participant"
                " JOIN identity i ON i.id=identity_id"
            )
        }

    stored = everything()
    assert len(stored) == 4
    connection = box.connection
    for table in ("participant", "identity", "person_rule"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("PRAGMA user_version=3")
    monkeypatch.setattr("index.migrations.STEPS", STEPS[:4])  # later ones are taken already
    migrate(connection)
    assert everything() == stored


# --- whom a name means ----------------------------------------------------------------------


@pytest.fixture
def town(box: Box) -> CatalogPeople:
    me = "Ola Nord <ola@home.example>"
    box.mail("Phillip K. Allard <phillip.allard@firm.example>", me, times=12)
    box.mail("Philippa Stone <pstone@firm.example>", me, times=2)
    box.mail(me, "Robert Lund <rlund@x.org>", "Chris Moor <chris@x.org>", times=3)
    box.mail("Chris Vale <vale@x.org>", me, times=2)
    box.mail("Air Travel Inc <news@air.example>", me)
    return box.judge()


@pytest.mark.parametrize(
    ("asked", "label", "sure"),
    [
        ("Phillip Allard", "Phillip K. Allard", True),
        ("Allard, Phillip", "Phillip K. Allard", True),
        ("phil allard", "Phillip K. Allard", True),
        ("Philip Allerd", "Phillip K. Allard", True),
        ("allard", "Phillip K. Allard", True),
        ("P. Allard", "Phillip K. Allard", True),
        ("PHILLIP.ALLARD@firm.example", "Phillip K. Allard", True),
        ("Somebody <rlund@x.org>", "Robert Lund", True),
        ("Bob", "Robert Lund", True),
        ("rlund", "Robert Lund", False),
        ("Chris", "Chris Vale", False),
        ("Alard", "Phillip K. Allard", False),
        ("Air Travel", "Air Travel Inc", True),
    ],
)
def test_a_name_finds_its_person(
    town: CatalogPeople, asked: str, label: str, sure: bool
) -> None:
    found = town.named(asked)
    assert (found[0].label, found[0].sure) == (label, sure)


@pytest.mark.parametrize("asked", ["Zoe", "Phillip Lund", "", "@", "nobody@x.org", "of the"])
def test_a_name_of_nobody_finds_nobody(town: CatalogPeople, asked: str) -> None:
    assert town.named(asked) == ()


def test_a_host_means_everybody_there(town: CatalogPeople) -> None:
    (found,) = town.named("@firm.example")
    assert len(found.identities) == 2


def test_new_names_are_found_without_opening_it_again(box: Box, town: CatalogPeople) -> None:
    assert town.named("Zoe Quill") == ()
    box.mail("Zoe Quill <zoe@x.org>")
    assert town.named("Zoe Quill") == ()  # a sync is still at work
    box.judge()
    assert [match.label for match in town.named("Zoe Quill")] == ["Zoe Quill"]


def test_what_somebody_takes_part_in_is_counted(town: CatalogPeople) -> None:
    found = town.correspondent(town.named("Ola Nord")[0])
    assert (found.wrote, found.received, found.addresses) == (3, 17, ("ola@home.example",))
    assert found.first == START + timedelta(days=1)
    assert found.last == START + timedelta(days=20)


# --- the owner ------------------------------------------------------------------------------


def labels(people: CatalogPeople) -> tuple[str, bool] | None:
    guess = people.owner_guess
    return None if guess is None else (guess.label, guess.confirmed)


def test_the_owner_is_who_is_in_most_of_the_mail(town: CatalogPeople) -> None:
    guess = town.owner_guess
    assert guess is not None
    assert (guess.label, guess.share, guess.confirmed) == ("Ola Nord", 1.0, False)
    assert town.owner == town.named("Ola Nord")[0].identities


def test_of_two_who_write_only_to_each_other_neither_is_the_owner(box: Box) -> None:
    box.mail("Anna Berg <anna@x.org>", "Ben Lund <ben@x.org>", times=9)
    people = box.judge()
    assert (people.owner, people.owner_guess) == ((), None)
    with box.catalog.transaction() as connection:
        set_owner(connection, "ben lund")
    assert labels(people) == ("Ben Lund", True)


def test_where_there_are_only_chats_the_owner_is_who_is_in_most(box: Box) -> None:
    for other in ("Ben", "Cleo", "Dora", "Emil", "Fia"):
        speakers = tuple(Person(name=n, address="", role=Role.AUTHOR) for n in ("Anna", other))
        box.put(box.document(kind=Kind.CHAT, people=speakers))
    assert labels(box.judge()) == ("Anna", False)


# --- corrections ----------------------------------------------------------------------------


def write(box: Box, people: Iterable[str]) -> None:
    for one in people:
        box.mail(one)


def test_merged_and_split_by_hand(box: Box) -> None:
    write(box, ["Bob Lund <bob@x.org>", "Robert Lund <rob@y.org>", "Robert Lund <rob@z.org>"])
    people = box.judge()
    with box.catalog.transaction() as connection:
        merge(connection, "Bob Lund", "rob@y.org")
    assert len(people.named("bob@x.org")[0].identities) == 3
    with box.catalog.transaction() as connection:
        assert split(connection, "rob@z.org") == "Robert Lund"
    assert len(people.named("bob@x.org")[0].identities) == 2
    assert len(people.named("rob@z.org")[0].identities) == 1


def test_corrections_outlive_a_new_reading_of_everything(box: Box) -> None:
    names = ["Bob Lund <bob@x.org>", "Rob <rob@y.org>", "Ola <ola@x.org>", "Ola <o@x.org>"]
    write(box, names)
    box.judge()
    with box.catalog.transaction() as connection:
        merge(connection, "bob@x.org", "Rob")
        set_owner(connection, "ola@x.org")
        numbers = [row[0] for row in connection.execute("SELECT id FROM document")]
        delete_documents(box.catalog, numbers)
    people = CatalogPeople(box.connection)
    assert people.owner == ()
    write(box, reversed(names))
    people = box.judge()
    assert len(people.named("bob@x.org")[0].identities) == 2
    assert people.owner == people.named("ola@x.org")[0].identities


def test_corrections_can_be_taken_to_another_catalog(box: Box, tmp_path: Path) -> None:
    names = ["Bob Lund <bob@x.org>", "Rob <rob@y.org>"]
    write(box, names)
    box.judge()
    with box.catalog.transaction() as connection:
        merge(connection, "bob@x.org", "rob@y.org")
        set_owner(connection, "Bob Lund")
    (tmp_path / "other").mkdir()
    other = Box(tmp_path / "other")
    write(other, names)
    other.judge()
    with other.catalog.transaction() as connection:
        set_owner(connection, "Rob")
        add_rules(connection, rules(box.connection))
    people = CatalogPeople(other.connection)
    assert len(people.owner) == 2
    assert [rule[0] for rule in rules(other.connection)].count("owner") == 1


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Nina", "bob@x.org", "Nobody in your archive is called Nina."),
        ("Chris", "bob@x.org", "Chris may be Chris Moor <m@x.org>, Chris Vale <v@x.org>."),
        ("Bob", "bob@x.org", "Bob and bob@x.org are one person already: Bob Lund."),
    ],
)
def test_an_unclear_name_is_said_with_what_to_do(
    box: Box, one: str, other: str, said: str
) -> None:
    write(box, ["Bob Lund <bob@x.org>", "Chris Moor <m@x.org>", "Chris Vale <v@x.org>"])
    box.judge()
    with pytest.raises(PersonUnclear) as raised, box.catalog.transaction() as connection:
        merge(connection, one, other)
    assert (str(raised.value), bool(raised.value.remedy)) == (said, True)
    assert rules(box.connection) == ()


def test_somebody_alone_cannot_be_split(box: Box) -> None:
    box.mail("Bob Lund <bob@x.org>")
    box.judge()
    with pytest.raises(PersonUnclear, match="of its own already"):
        split(box.connection, "bob@x.org")
