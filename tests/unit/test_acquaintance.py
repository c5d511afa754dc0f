"""One person in full: counted both ways, how they came in, their words, threads, silences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from index import filters
from index.acquaintance import Acquaintance, acquaintance, lost_touch
from index.catalog import Catalog
from index.conversations import sort_mail
from index.people import CatalogPeople
from index.person_rules import merge, set_owner
from index.query import Field, Filter
from index.topics import topics
from ingest.document import Kind, Role, Turn
from tests.unit.test_people import Box, person

OLA = "Ola Nord <ola@home.example>"
ANNA = "Anna Berg <anna@x.org>"
ANNA_AT_WORK = "A. Berg <ab@firm.example>"
TOM = "Tom Lund <tom@y.org>"
DAY = datetime(2004, 3, 1, 12, tzinfo=UTC)


class Letters(Box):
    """Mail with a sender, readers, a day and a text."""

    def letter(
        self, sender: str, *to: str, on: datetime, text: str = "About the boat.", cc: str = ""
    ) -> int:
        people = [person(sender, Role.SENDER), *(person(one, Role.RECIPIENT) for one in to)]
        if cc:
            people.append(person(cc, Role.COPIED))
        return self.put(self.document(people=tuple(people), created=on, text=text))

    def card(self, name: str) -> Acquaintance:
        people = self.judge()
        sort_mail(self.catalog)
        return acquaintance(self.connection, people, people.named(name)[0], zone=UTC)

    def owned(self) -> CatalogPeople:
        people = self.judge()
        with self.catalog.transaction() as connection:
            set_owner(connection, "ola@home.example")
        return people


@pytest.fixture
def box(tmp_path: Path) -> Letters:
    return Letters(tmp_path)


def test_each_mail_counts_once_in_its_year_whichever_address_it_was_for(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY)
    box.letter(ANNA_AT_WORK, OLA, on=DAY)
    box.letter(OLA, ANNA, ANNA_AT_WORK, on=DAY + timedelta(days=400))
    box.letter(TOM, OLA, ANNA, on=DAY)
    box.letter(TOM, OLA, on=DAY)
    box.owned()
    with box.catalog.transaction() as connection:
        merge(connection, "anna@x.org", "ab@firm.example")
    card = box.card("anna@x.org")
    told = [(y.year, y.from_them, y.to_them, y.together, y.others) for y in card.years]
    assert told == [(2004, 2, 0, 0, 1), (2005, 0, 1, 0, 0)]
    assert (card.owner, card.is_owner) == ("Ola Nord", False)


def test_the_columns_are_what_a_search_with_operators_finds(box: Letters) -> None:
    for number in range(12):
        sender, to = ((ANNA, OLA), (OLA, ANNA), (TOM, ANNA))[number % 3]
        box.letter(sender, to, on=DAY + timedelta(days=number))
    people = box.owned()
    anna, owner = people.named("anna")[0].identities, people.owner
    (year,) = box.card("anna").years

    def count(*pairs: tuple[Field, str, tuple[int, ...]]) -> int:
        asked = [Filter(field=f, value=value, identities=who) for f, value, who in pairs]
        return filters.count(box.connection, asked)

    assert year.from_them == count((Field.FROM, "anna", anna), (Field.TO, "me", owner))
    assert year.to_them == count((Field.FROM, "me", owner), (Field.TO, "anna", anna))
    everything = year.from_them + year.to_them + year.together + year.others
    assert everything == count((Field.WITH, "anna", anna))


def test_a_day_of_a_chat_is_of_both(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY)
    people = (person("Ola Nord", Role.AUTHOR), person("Anna Berg", Role.AUTHOR))
    turns = (Turn(start=0, end=5, speaker="Anna Berg", at=DAY),)
    box.put(box.document(kind=Kind.CHAT, people=people, created=DAY, turns=turns, text="Hello"))
    box.owned()
    (year,) = box.card("anna@x.org").years
    assert (year.from_them, year.together) == (1, 1)


def test_a_mail_without_a_date_is_counted_beside_the_years(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY)
    people = (person(ANNA, Role.SENDER), person(OLA, Role.RECIPIENT))
    box.put(box.document(people=people, created=None))
    box.owned()
    card = box.card("anna")
    assert (len(card.years), card.undated) == (1, 1)


def test_who_first_copied_both_is_told_and_who_introduced_them(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY + timedelta(days=9))
    first = box.letter(TOM, OLA, on=DAY, cc=ANNA, text="Ola, the papers are with Anna now.")
    told = "Ola, meet Anna Berg. She builds boats."
    said = box.letter(TOM, OLA, on=DAY + timedelta(days=2), cc=ANNA, text=told)
    box.owned()
    seen, introduced = box.card("anna").origins
    assert (seen.how, seen.by, seen.both, seen.self) == ("seen", "Tom Lund", True, False)
    assert seen.sighting.document_id == first
    assert (introduced.how, introduced.by) == ("introduced", "Tom Lund")
    assert introduced.sighting.document_id == said
    assert introduced.sighting.quote == "Ola, meet Anna Berg."


@pytest.mark.parametrize(
    ("text", "introduces"),
    [
        ("I'd like to introduce Anna Berg, who sails.", True),
        ("I would like to introduce you to my friend Anna Berg.", True),
        ("Let me introduce you both to Anna.", True),
        ("This is my new colleague Anna Berg.", True),
        ("Shall we meet? Anna Berg has the keys.", False),
        ("The meeting with Anna Berg was long.", False),
        ("We introduced a new rudder. Anna Berg liked it.", False),
    ],
)
def test_an_introduction_names_whom_it_introduces(
    box: Letters, text: str, introduces: bool
) -> None:
    box.letter(TOM, OLA, on=DAY, cc=ANNA, text=text)
    box.owned()
    assert ("introduced" in [one.how for one in box.card("anna").origins]) is introduces


def test_a_first_name_introduces_nobody_who_is_not_in_the_mail(box: Letters) -> None:
    box.letter(TOM, OLA, on=DAY, text="Ola, meet Anna.")
    box.letter(ANNA, OLA, on=DAY + timedelta(days=1))
    box.owned()
    assert [one.how for one in box.card("anna").origins] == ["seen"]


def test_a_name_that_is_mentioned_before_is_told(box: Letters) -> None:
    named = box.letter(TOM, OLA, on=DAY, text="Ask Anna Berg about the mast. She knows.")
    box.letter(ANNA, OLA, on=DAY + timedelta(days=30))
    box.owned()
    seen, before = box.card("anna").origins
    assert (seen.how, seen.self) == ("seen", True)
    assert (before.how, before.sighting.document_id) == ("named", named)
    assert before.sighting.quote == "Ask Anna Berg about the mast."


def test_topics_are_words_that_others_do_not_write(box: Letters) -> None:
    for number in range(8):
        on = DAY + timedelta(days=number)
        about = "keel" if number % 2 else "rain"
        box.letter(ANNA, OLA, on=on, text=f"The {about}, the weather. Harbour Road, {number}")
        box.letter(TOM, OLA, on=on, text=f"The weather and the garden again. {number}")
    box.owned()
    card = box.card("anna")
    words = [topic.word for topic in card.topics]
    assert set(words) == {"keel", "rain"}  # what is in all of them is a signature
    assert card.topics_of == "own"
    assert (card.topics[0].theirs, card.topics[0].elsewhere) == (4, 0)


def test_topics_of_nothing_are_none(box: Letters) -> None:
    assert topics(box.connection, []) == []


def test_threads_are_listed_with_all_their_messages(box: Letters) -> None:
    first = box.put(
        box.document(
            people=(person(ANNA, Role.SENDER), person(OLA, Role.RECIPIENT)),
            created=DAY,
            title="The mast",
            message_id="<1@x>",
        )
    )
    second = box.put(
        box.document(
            people=(person(OLA, Role.SENDER), person(TOM, Role.RECIPIENT)),
            created=DAY + timedelta(days=3),
            title="Re: The mast",
            message_id="<2@x>",
            references=("<1@x>",),
        )
    )
    box.owned()
    card = box.card("anna")
    (thread,) = card.threads
    assert card.thread_count == 1
    assert (thread.title, thread.messages, thread.theirs) == ("The mast", 2, 1)
    assert thread.documents == (first, second)
    assert thread.last == DAY + timedelta(days=3)


def test_touch_is_lost_when_regular_contact_ends(box: Letters) -> None:
    for number in range(10):
        box.letter(ANNA, OLA, on=DAY + timedelta(days=7 * number))
    box.letter(TOM, OLA, on=DAY + timedelta(days=900))
    people = box.owned()
    (silence,) = box.card("anna").silences
    assert (silence.last, silence.next) == (date(2004, 5, 3), None)
    assert (silence.days, silence.before, silence.usual_days) == (837, 10, 7.0)
    (lost,) = lost_touch(box.connection, CatalogPeople(box.connection), zone=UTC)
    assert (lost.label, lost.silence) == ("Anna Berg", silence)
    assert box.card("tom").silences == ()
    assert people.owner
    anna, tom = (people.named(name)[:1] for name in ("anna", "tom"))
    assert lost_touch(box.connection, people, zone=UTC, among=anna) == [lost]
    assert lost_touch(box.connection, people, zone=UTC, among=tom) == []


def test_copies_of_others_mail_are_no_contact(box: Letters) -> None:
    for number in range(10):
        box.letter(TOM, OLA, on=DAY + timedelta(days=7 * number), cc=ANNA)
    box.letter(TOM, OLA, on=DAY + timedelta(days=900))
    box.owned()
    assert box.card("anna").silences == ()


def test_without_an_owner_what_they_wrote_is_told(tmp_path: Path) -> None:
    box = Letters(tmp_path)
    box.letter(ANNA, TOM, on=DAY)
    box.letter(TOM, ANNA, on=DAY)
    card = box.card("anna")
    (year,) = card.years
    assert card.owner == ""
    assert (year.from_them, year.to_them, year.others) == (1, 0, 1)


def test_an_empty_catalog_has_lost_nobody(tmp_path: Path) -> None:
    connection = Catalog(tmp_path / "catalog.sqlite").connection
    assert lost_touch(connection, CatalogPeople(connection)) == []
