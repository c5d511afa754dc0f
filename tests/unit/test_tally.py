"""Counts are those of brute force over parsed mail; what is no count stays with the model."""

from __future__ import annotations

import email
import email.policy
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from archive.answer import Answer, EvidenceFound
from archive.counting import listed, steps
from archive.countwords import headline, reasons, reply
from archive.originals import AlreadyThere, originals, write_eml, write_mbox
from archive.table import as_csv, as_json, as_markdown
from index.catalog import Catalog
from index.countable import Form, What, wanted
from index.people import CatalogPeople
from index.person_rules import set_owner
from index.query import Query
from index.retrieve import Retriever
from index.tally.count import tally
from index.tally.phrase import holding
from index.tally.rows import Tally, sorted_rows
from index.understand import understand
from ingest.mail import mbox
from tests.unit.fakes import WordEmbedder, sync

WHO = {
    "Anna Berg": "anna@example.org",
    "Ben Olsen": "ben@example.org",
    "Cora Lindt": "cora@example.org",
    "Martin Voss": "martin@example.org",
}
TOPICS = ("the offsite in Oslo", "a new mast", "hotel requests", "nothing much")


def box(seed: int = 7, count: int = 120) -> bytes:
    """Mail between four people, threads and attachments among it."""
    draw = random.Random(seed)
    mails = []
    for number in range(count):
        sender = draw.choice(list(WHO))
        others = draw.sample([name for name in WHO if name != sender], draw.choice([1, 1, 2]))
        to, cc = others[:1], others[1:]
        at = datetime(
            draw.choice([2003, 2004]), draw.randint(1, 12), 5, 10, number % 60, tzinfo=UTC
        )
        answers = draw.randrange(number) if number and draw.random() < 0.5 else None
        lines = [
            f"From {WHO[sender]} {at:%a %b %d %H:%M:%S %Y}",
            f"From: {sender} <{WHO[sender]}>",
            "To: " + ", ".join(f"{name} <{WHO[name]}>" for name in to),
            *([f"Cc: {cc[0]} <{WHO[cc[0]]}>"] if cc else []),
            f"Subject: Matter {number}",
            f"Message-ID: <{number}@example.org>",
            f"Date: {at:%a, %d %b %Y %H:%M:%S} +0000",
            *([f"In-Reply-To: <{answers}@example.org>"] if answers is not None else []),
        ]
        text = f"Number {number} is of {draw.choice(TOPICS)}."
        if draw.random() < 0.2:
            lines += [
                "MIME-Version: 1.0",
                'Content-Type: multipart/mixed; boundary="b"',
                "",
                "--b\nContent-Type: text/plain\n",
                text,
                f'--b\nContent-Type: text/plain; name="plan{number}.txt"\n'
                f'Content-Disposition: attachment; filename="plan{number}.txt"\n',
                f"enclosure of {number}",
                "--b--",
            ]
        else:
            lines += ["", text, ">From here on it is quoted." if number % 9 == 0 else "Bye."]
        mails.append("\n".join([*lines, "", ""]))
    return "".join(mails).encode()


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder = tmp_path_factory.mktemp("tally")
    (folder / "mail").mkdir()
    (folder / "mail" / "all.mbox").write_bytes(box())
    # The same mail in another folder is the same mail.
    (folder / "mail" / "again.mbox").write_bytes(box())
    (folder / "mail" / "WhatsApp Chat with Anna Berg.txt").write_text(
        "05/03/2004, 10:00 - Anna Berg: is the mast here\n"
        "05/03/2004, 10:01 - Tom: what mast?\n"
        "06/03/2004, 10:01 - Anna Berg: that one\n"
    )
    catalog = Catalog(folder / "catalog.sqlite")
    catalog.add_source(folder / "mail")
    sync(catalog, folder)
    with catalog.transaction() as connection:
        set_owner(connection, "martin@example.org")
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def parsed() -> list[email.message.EmailMessage]:
    import io

    return [
        email.message_from_bytes(raw, policy=email.policy.default)
        for _, raw in mbox.split(io.BytesIO(box()))
    ]


def asked(catalog: Catalog, text: str) -> Query:
    people = CatalogPeople(catalog.connection)
    return understand(text, people=people, today=date(2005, 1, 1), zone=UTC)


def counted(catalog: Catalog, text: str) -> Tally:
    owner = CatalogPeople(catalog.connection).owner
    wish = wanted(asked(catalog, text), owner)
    assert wish is not None, text
    return tally(catalog.connection, wish)


def brute(
    mails: list[email.message.EmailMessage],
    *,
    sender: str = "",
    to: str = "",
    year: int = 0,
    word: str = "",
    attached: bool = False,
) -> list[email.message.EmailMessage]:
    found = []
    for one in mails:
        receivers = f"{one['To']} {one['Cc'] or ''}"
        text = one.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        files = [part.get_content() for part in one.iter_attachments()]
        if (
            sender in one["From"]
            and to in receivers
            and (not year or parsedate_to_datetime(one["Date"]).year == year)
            and re.search(word, " ".join([one["Subject"], text, *map(str, files)]), re.I)
            and (not attached or files)
        ):
            found.append(one)
    return found


@pytest.mark.parametrize("name", ["Anna", "Ben", "Cora"])
@pytest.mark.parametrize("year", [2003, 2004])
def test_counts_are_those_of_brute_force(
    catalog: Catalog, parsed: list[email.message.EmailMessage], name: str, year: int
) -> None:
    sent = brute(parsed, sender=name, year=year)
    assert sent
    assert counted(catalog, f"How many mails did {name} send in {year}?").number == len(sent)
    mine = brute(parsed, sender="martin", to=name, year=year)
    found = counted(catalog, f"How many mails did I send to {name} in {year}?")
    assert found.number == len(mine)
    files = brute(parsed, sender=name, year=year, attached=True)
    found = counted(catalog, f"attachments from {name} in {year}")
    assert sorted(row.label for row in found.rows) == sorted(
        str(part.get_filename()) for one in files for part in one.iter_attachments()
    )
    about = brute(parsed, sender=name, year=year, word=r"\bmasts?\b")
    found = counted(catalog, f"How many mails from {name} in {year} mention the mast?")
    assert [row.id for row in found.rows] == [
        one["Message-ID"]
        for one in sorted(about, key=lambda m: parsedate_to_datetime(m["Date"]))
    ]


@pytest.mark.parametrize(
    "question",
    [
        "When was the last time I heard from Anna?",
        "When was the most recent time that Anna wrote to me?",
        "What's Anna's last message to me?",
    ],
)
def test_the_last_time(catalog: Catalog, question: str) -> None:
    found, other = counted(catalog, question), counted(catalog, "When did Anna last write?")
    assert found.wanted.form is Form.LAST
    assert found.rows[-1].id == other.rows[-1].id


def test_first_and_last(catalog: Catalog, parsed: list[email.message.EmailMessage]) -> None:
    dates = [parsedate_to_datetime(one["Date"]) for one in brute(parsed, sender="Anna")]
    found = counted(catalog, "What is the last mail from Anna?")
    assert found.wanted.form is Form.LAST
    assert found.rows[-1].first == max(dates)
    found = counted(catalog, "first mail from Anna")
    assert (found.wanted.form, found.rows[0].first) == (Form.FIRST, min(dates))


@pytest.mark.parametrize(
    "question",
    [
        "How many mails are there between Anna and Ben?",
        "How many mails did Anna and Ben send each other?",
        "How many mails did Anna exchange with Ben?",
    ],
)
def test_between_two_is_what_one_wrote_to_the_other(
    catalog: Catalog, parsed: list[email.message.EmailMessage], question: str
) -> None:
    expected = len(brute(parsed, sender="Anna", to="Ben")) + len(
        brute(parsed, sender="Ben", to="Anna")
    )
    third = [
        one for one in brute(parsed, to="Anna") if "Ben" in f"{one['To']} {one['Cc'] or ''}"
    ]
    assert third  # a mail to both is none between them
    found = counted(catalog, question)
    assert found.number == expected
    assert "between Anna Berg and Ben Olsen" in headline(found)


@pytest.mark.parametrize(
    "question",
    [
        "How many mails did Anna and I exchange in 2003?",
        "how many emails between me and Anna in 2003",
        "How many mails did Anna and I write to each other in 2003?",
        "How many emails did I exchange with Anna in 2003?",
    ],
)
def test_between_me_and_somebody(
    catalog: Catalog, parsed: list[email.message.EmailMessage], question: str
) -> None:
    found = counted(catalog, question)
    assert found.number == len(brute(parsed, sender="Anna", year=2003)) + len(
        brute(parsed, sender="martin", to="Anna", year=2003)
    )
    assert headline(found).endswith("mails between you and Anna Berg in 2003.")


@pytest.mark.parametrize(
    "question",
    [
        "How many mails did I get from Anna about the stock exchange?",
        "How many mails did I get from Anna that mention each other?",
        "How many of the mails I have are between Anna and Ben?",
    ],
)
def test_what_is_not_between_me_and_somebody(catalog: Catalog, question: str) -> None:
    wish = wanted(asked(catalog, question), CatalogPeople(catalog.connection).owner)
    assert wish is None or "me" not in {one.value for side in wish.sides for one in side}


def test_a_word_that_is_looked_for_counts_nothing_apart(catalog: Catalog) -> None:
    found = counted(catalog, 'How many mails contain "every day"?')
    assert (found.wanted.per, found.wanted.words) == ("", ("every day",))


def test_mail_with_several_between_two_days_is_with_any_of_them(catalog: Catalog) -> None:
    found = counted(catalog, "How many mails with Anna or Ben between 2003 and 2004?")
    assert not found.wanted.sides


def test_top_correspondents_are_counted_both_ways(
    catalog: Catalog, parsed: list[email.message.EmailMessage]
) -> None:
    mine = brute(parsed, sender="martin")
    expected = {
        name: len(brute(parsed, sender=name))
        + len([m for m in mine if name in f"{m['To']} {m['Cc']}"])
        for name in WHO
        if name != "Martin Voss"
    }
    for question in (
        "Who are my top correspondents?",
        "Who do I exchange the most mails with?",
        "With whom did I correspond most?",
    ):
        found = counted(catalog, question + "")
        people = {row.label: row.count for row in found.rows if row.label in expected}
        if question.startswith("Who do I exchange"):
            assert people == expected  # mail only
        assert found.wanted.form is Form.MOST
        assert "Martin Voss" not in {row.label for row in found.rows}


@pytest.mark.parametrize(
    ("question", "per"),
    [
        ("How many mails did Anna send per month in 2003?", "month"),
        ("How many mails did Anna send by month in 2003?", "month"),
        ("Count the mails from Anna in 2003 for each month", "month"),
        ("How many mails did Anna send each day in 2003?", "day"),
        ("How many mails from Anna are there by year?", "year"),
        ("In which month of 2003 did Anna send the most mails?", "month"),
        ("Which month did Anna write the most mails in 2003?", "month"),
        ("What was the busiest month in 2003?", "month"),
        ("Which year has the most mails from Anna?", "year"),
    ],
)
def test_days_months_and_years_are_counted_apart(
    catalog: Catalog,
    parsed: list[email.message.EmailMessage],
    question: str,
    per: str,
) -> None:
    found = counted(catalog, question)
    assert found.wanted.per == per
    if "busiest" in question:
        assert sum(number for _, number in found.periods) == found.number
        return
    written = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[per]
    of_year = 2003 if "2003" in question else 0
    expected: dict[str, int] = {}
    for one in brute(parsed, sender="Anna", year=of_year):
        name = parsedate_to_datetime(one["Date"]).strftime(written)
        expected[name] = expected.get(name, 0) + 1
    assert {name: number for name, number in found.periods if number} == expected
    assert [name for name, _ in found.periods] == sorted(name for name, _ in found.periods)
    said = reply(found, (), {}, question)
    most = max(expected.values())
    if found.wanted.form is Form.MOST:
        assert f"with {most:,}." in said.splitlines()[0]
    else:
        assert f"- {min(expected)}: {expected[min(expected)]:,}" in said.splitlines()


def test_a_month_without_any_is_counted_as_none(catalog: Catalog) -> None:
    found = counted(catalog, "How many mails are there per month?")
    names = [name for name, _ in found.periods]
    assert names[0] == "2003-01"
    assert len(names) == 24
    lines = as_csv(found).splitlines()
    assert lines[0] == "month,messages"
    assert len(lines) == 25
    assert sum(one["count"] for one in as_json(found)["periods"]) == found.number


def test_who_wrote_most(catalog: Catalog, parsed: list[email.message.EmailMessage]) -> None:
    found = counted(catalog, "who sent me the most mails in 2003?")
    expected = {
        name: len(brute(parsed, sender=name, year=2003)) for name in WHO if name[0] != "M"
    }
    assert {row.label: row.count for row in found.rows} == expected
    assert found.rows[0].count == max(expected.values())


def test_the_longest_thread(catalog: Catalog, parsed: list[email.message.EmailMessage]) -> None:
    above = {one["Message-ID"]: one["In-Reply-To"] for one in parsed}

    def root(name: str) -> str:
        while above[name]:
            name = above[name]
        return name

    sizes: dict[str, int] = {}
    for name in above:
        sizes[root(name)] = sizes.get(root(name), 0) + 1
    found = counted(catalog, "the longest thread")
    assert [row.count for row in found.rows] == sorted(sizes.values(), reverse=True)


def test_everyone_at_the_offsite_is_who_takes_part(
    catalog: Catalog, parsed: list[email.message.EmailMessage]
) -> None:
    found = counted(catalog, "list everyone at the offsite")
    about = brute(parsed, word="offsite")
    everyone = {
        name
        for name in WHO
        for one in about
        if name in f"{one['From']} {one['To']} {one['Cc']}"
    }
    assert {row.label for row in found.rows} == everyone
    assert "“offsite”" in headline(found)


def test_messages_in_chats_are_turns(catalog: Catalog) -> None:
    found = counted(catalog, "How many messages did Anna Berg send in March 2004?")
    assert found.chats == 2
    assert {row.who for row in found.rows if row.span} == {"Anna Berg"}
    assert counted(catalog, "How many mails did Anna Berg send in March 2004?").chats == 0


def test_a_word_is_not_taken_from_names_and_dates(catalog: Catalog) -> None:
    assert not holding(catalog.connection, "Lindt")  # people are called so, no text says it


@pytest.mark.parametrize(
    "question",
    [
        "How many bedrooms does the house have?",
        "How many people were at the offsite?",
        "How many letters are in the word mast?",
        "How many mails did Zebulon send me?",
        "Who wrote to me each month?",
        "What was the last mail each month?",
        "How many mails did Anna send on average per month?",
        "How many mails did Anna not answer?",
        "How many notes did the trumpet play?",
        "What did Anna say in her last mail?",
        "What was the last mail from Anna about?",
        "Who wrote a report on the mast?",
        "How often does Anna go sailing?",
        "How many times did Ben call Anna?",
        "the mast",
        "from:anna",
    ],
)
def test_what_is_no_count_stays_with_the_model(catalog: Catalog, question: str) -> None:
    assert wanted(asked(catalog, question), (1,)) is None


def test_who_i_am_has_to_be_known(catalog: Catalog) -> None:
    query = asked(catalog, "How many mails did I write in 2003?")
    query = Query(text=query.text, words=query.words)  # as if nobody knew who asks
    assert wanted(query, ()) is None


# --- writing ------------------------------------------------------------------------------


def test_originals_are_the_bytes_that_were_read(catalog: Catalog, tmp_path: Path) -> None:
    import io

    found = counted(catalog, "How many mails from Anna are there?")
    ids = [row.document_id for row in found.rows]
    number, missing = write_mbox(tmp_path / "a.mbox", originals(catalog, ids))
    assert (number, missing) == (found.number, [])
    there = {
        email.message_from_bytes(raw)["Message-ID"]: raw
        for _, raw in mbox.split(io.BytesIO(box()))
    }
    again = list(mbox.split(io.BytesIO((tmp_path / "a.mbox").read_bytes())))
    assert [raw for _, raw in again] == [there[row.id] for row in found.rows]
    write_eml(tmp_path / "eml", originals(catalog, ids[:2]))
    files = sorted((tmp_path / "eml").iterdir())
    assert [file.read_bytes() for file in files] == [there[row.id] for row in found.rows[:2]]
    with pytest.raises(AlreadyThere):
        write_mbox(tmp_path / "a.mbox", originals(catalog, ids))


def test_what_has_changed_is_named_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    path = tmp_path / "mail" / "all.mbox"
    path.write_bytes(box(count=3))
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.add_source(tmp_path / "mail")
    sync(catalog, tmp_path)
    ids = [
        row[0]
        for row in catalog.connection.execute("SELECT id FROM document WHERE kind='mail'")
    ]
    path.write_bytes(box(seed=8, count=3).replace(b"<", b"<x"))
    assert {(one.raw, "has changed" in one.reason) for one in originals(catalog, ids)} == {
        (None, True)
    }
    path.unlink()
    assert all("cannot be read" in one.reason for one in originals(catalog, ids))
    catalog.close()


def test_tables_hold_every_row_and_no_formula(catalog: Catalog, tmp_path: Path) -> None:
    retriever = Retriever(
        catalog, tmp_path, embedder_name="words", embedder=WordEmbedder, zone=UTC
    )
    found = listed("from:anna", "", catalog, retriever)
    assert found.wanted.what is What.MESSAGES
    form = as_json(found)
    assert form["number"] == len(form["rows"]) == found.number
    json.dumps(form)
    assert len(as_csv(found).splitlines()) == found.number + 1
    assert (
        len(as_markdown(found, 2).splitlines()) == len(as_markdown(found, 0).splitlines()) + 2
    )
    first = found.rows[0]
    from dataclasses import replace

    bad = replace(found, rows=(replace(first, label='=HYPERLINK("http://x")|[a](http://b)'),))
    assert "\"'=HYPERLINK" in as_csv(bad)
    assert r"\[a\](http:\//b)" in as_markdown(bad)
    newest = sorted_rows(found, "newest").rows
    assert newest[0].first == max(row.first for row in found.rows if row.first)


# --- further ways to ask ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "same_as"),
    [
        ("How many times did Anna email me?", "How many mails did Anna send me?"),
        ("Do you know how often Anna wrote to me?", "How many mails did Anna send me?"),
        ("Can you count how many mails Anna sent me?", "How many mails did Anna send me?"),
        ("What's the number of emails Anna sent me?", "How many mails did Anna send me?"),
        ("How much mail did I get from Anna?", "How many mails did Anna send me?"),
        ("In how many mails does Anna mention the mast?", "mails from Anna about the mast"),
        ('Which of my mails contain the word "mast"?', "all mails about masts"),
        ("Which thread has the most messages?", "the longest email thread"),
        ("From whom did I get mail about the mast?", "Who wrote to me about the mast?"),
        ("Who wrote me most often?", "Who sent me the most mail?"),
        ("How many of Anna's mails mention the mast?", "mails from Anna about the mast"),
        ("Do I have any mails from Anna?", "How many mails are from Anna?"),
        ("How many mails are older than 2004?", "How many mails before 2004?"),
        ("How many mails do I have from 2003?", "How many mails in 2003?"),
        ("How many mails were sent to Ben?", "How many mails went to Ben?"),
        ("Whom did I write in 2003?", "Who did I write to in 2003?"),
        ("Which threads involve Anna?", "all threads with Anna"),
        ("How long is the longest thread?", "the longest thread"),
        ("On how many days did I get mail from Anna?", "On which days did Anna mail me?"),
    ],
)
def test_ways_to_ask_the_same(catalog: Catalog, question: str, same_as: str) -> None:
    found, other = counted(catalog, question), counted(catalog, same_as)
    assert found.number == other.number > 0
    mails = [[row for row in one.rows if row.span is None] for one in (found, other)]
    assert [row.label for row in mails[0]] == [row.label for row in mails[1]]


@pytest.mark.parametrize(
    "question",
    [
        "How many mails did she send me?",
        "Who did he write to?",
        "Whom did Anna send the contract?",
        "How many mails did I get in May?",
        "all mails from anna in may",
        "How many mails from Anna did I forward?",
        "How many mails did Anna reply to?",
        "On which date did Anna send the contract?",
        "Who sent me money for the mast?",
        "Which files did Anna delete?",
    ],
)
def test_what_is_not_all_understood_is_not_counted(catalog: Catalog, question: str) -> None:
    assert wanted(asked(catalog, question), (1,)) is None


def test_getting_mail_is_not_writing_it(catalog: Catalog) -> None:
    found = counted(catalog, "From whom did I get mail about the mast?")
    assert [one.field.value for one in found.wanted.filters] == ["to"]


def test_days_replies_and_forwards(tmp_path: Path) -> None:
    def mail(number: int, subject: str, day: int, body: str = "Text.") -> str:
        return (
            f"From x@example.org Fri Mar  5 10:00:00 2004\nFrom: Anna Berg <anna@example.org>\n"
            f"To: Martin Voss <martin@example.org>\nSubject: {subject}\n"
            f"Message-ID: <{number}@example.org>\nDate: {day} Mar 2004 10:00:00 +0000\n\n"
            f"{body}\n\n"
        )

    turned = "-----Original Message-----\nFrom: Olsen, Ben\nSubject: mast\n\nThe mast is here."
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "all.mbox").write_text(
        mail(1, "Re: plan", 5)
        + mail(2, "FW: mast", 6, turned)
        + mail(3, "Fwd: Re: paint", 6, "The paint is red.")
        + mail(4, "Mast", 8, "The mast of Ben Olsen.")
    )
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.add_source(tmp_path / "mail")
    sync(catalog, tmp_path)
    with catalog.transaction() as connection:
        set_owner(connection, "martin@example.org")

    def ids(question: str) -> list[str]:
        return [row.id[1] for row in counted(catalog, question).rows]

    assert ids("How many replies did I get from Anna?") == ["1"]
    assert ids("How many mails did Anna forward to me?") == ["2", "3"]
    assert ids("On which days did Anna forward Ben Olsen's news on the mast?") == ["2"]
    found = counted(catalog, "On what days did Anna write to me?")
    assert found.wanted.form is Form.DAYS
    assert "On 3 days: 2004-03-05, 2004-03-06, 2004-03-08." in reply(found, (), {}, "")
    assert ids('mails with the subject "mast"') == ["2", "4"]
    catalog.close()


def test_who_said_most_in_a_chat_is_counted_by_turns(catalog: Catalog) -> None:
    found = counted(catalog, "Who sent the most messages in 2004?")
    turns = counted(catalog, "How many messages did Tom send in 2004?")
    assert {row.label: row.count for row in found.rows}["Tom"] == turns.number == 1


def test_without_a_date_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mast.md").write_text("The mast is here.\n")
    catalog = Catalog(tmp_path / "catalog.sqlite")
    catalog.add_source(tmp_path / "notes")
    sync(catalog, tmp_path)
    with catalog.transaction() as connection:
        connection.execute("UPDATE document SET created=NULL, created_s=NULL")
    found = counted(catalog, "How many notes were written in 2004?")
    assert (found.number, found.undated) == (0, 1)
    assert "Without a date, and so not counted: 1." in reasons(found)
    catalog.close()


def test_asking_gives_the_number_and_quotes_that_are_there(
    catalog: Catalog, tmp_path: Path
) -> None:
    retriever = Retriever(
        catalog, tmp_path, embedder_name="words", embedder=WordEmbedder, zone=UTC
    )
    given = steps("How many mails did Anna send me in 2003?", catalog, retriever)
    assert given is not None
    evidence, reply = list(given)
    assert isinstance(evidence, EvidenceFound)
    assert isinstance(reply, Answer)
    number = counted(catalog, "How many mails did Anna send me in 2003?").number
    assert reply.text.startswith(f"{number} mails from Anna Berg to you in 2003.")
    assert (reply.model, reply.confidence.value, reply.declined) == ("", None, False)
    assert 0 < len(reply.citations) <= number
    for one in reply.citations:
        document = catalog.document(one.passage.document_id)
        assert document is not None
        assert document.text[one.start : one.end] == one.quote
    assert steps("How many masts does the boat have?", catalog, retriever) is None
