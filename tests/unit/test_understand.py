"""Questions understood: operators, people and their direction, kinds, order, answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from index.query import Match, Query, written
from index.understand import understand

TODAY = date(2026, 11, 21)
NAMES = (
    "Anna Berg",
    "Ben Kohler",
    "Kate Lind",
    "Kate Winters",
    "Maria Van Dalen",
    "Will Turner",
    "May Chen",
    "Mark Taylor",
    "Bill Rust",
    "William Rice",
    "hotelroom",
    "Jo Ann Pine",
)
OWNER = (1,)


class Few:
    """The people above; a name means everybody whose name has all of its words."""

    def __init__(self, owner: tuple[int, ...] = OWNER) -> None:
        self.owner = owner

    def named(self, name: str) -> Sequence[Match]:
        words = set(name.lower().split())
        found = [
            (n, each) for n, each in enumerate(NAMES, 2) if words <= {*each.lower().split()}
        ]
        found = found if words else []
        return [Match(label=each, identities=(n,), sure=len(found) == 1) for n, each in found]


def asked(text: str, people: Few | None = None) -> Query:
    return understand(text, people=people or Few(), today=TODAY, zone=UTC, day_first=False)


def filters(text: str) -> list[str]:
    return [written(each) for each in asked(text).filters]


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ('from:"Anna Berg" roof', ['from:"Anna Berg"'], "roof"),
        ("from:Anna Berg roof", ['from:"Anna Berg"'], "roof"),
        ("from:anna berg roof", ['from:"Anna Berg"'], "roof"),
        ("FROM: anna roof", ['from:"Anna Berg"'], "roof"),
        ("roof -from:anna", ['-from:"Anna Berg"'], "roof"),
        ("from:anna,ben roof", ['from:"Anna Berg"', 'from:"Ben Kohler"'], "roof"),
        ("from:anna from:ben", ['from:"Anna Berg"', 'from:"Ben Kohler"'], ""),
        ("from:kate roof", ["from:kate"], "roof"),
        ("from:me to:anna", ["from:me", 'to:"Anna Berg"'], ""),
        ("cc:ben with:anna", ['cc:"Ben Kohler"', 'with:"Anna Berg"'], ""),
        ('subject:"garden plan" in:"Old mail"', ['subject:"garden plan"', 'in:"Old mail"'], ""),
        ("after:2004 x", ["during:2005-01-01.."], "x"),
        ("before:March 2004 x", ["during:..2004-02-29"], "x"),
        ("on:3/5/2004 x", ["during:2004-03-05"], "x"),
        ("after:2 weeks ago x", ["during:2026-11-07.."], "x"),
        ('during:"last week" x', ["during:2026-11-09..2026-11-15"], "x"),
        ("has:attachments x", ["has:attachment"], "x"),
        ("kind:mails -kind:chat x", ["kind:mail", "-kind:chat"], "x"),
        ("kind:pdf,note", ["kind:pdf", "kind:note"], ""),
        ("tag:tax x", ["tag:tax"], "x"),
        ("in: inbox roof", ["in:inbox"], "roof"),
        ("see http://a.org at 12:30 Re: roof", [], "see http://a.org at 12:30 Re: roof"),
        ("what is it in: a box", [], "what is it in: a box"),
        ("unknown:x roof", [], "unknown:x roof"),
        ("afrom:anna", [], "afrom:anna"),
        ("from:", [], "from:"),
        ("", [], ""),
        ("   ", [], ""),
    ],
)
def test_operators(text: str, expected: list[str], words: str) -> None:
    query = asked(text)
    assert [written(each) for each in query.filters if each.stated] == expected
    assert query.words == words
    assert query.text == text
    assert not query.remarks


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("after:foo roof", "after:foo is not a date"),
        ("from:zzz roof", "from:zzz is nobody in this archive"),
        ("kind:zebra x", "kind:zebra is no kind"),
        ("has:wings x", "has:wings can only be has:attachment"),
        ("during:2004..2003 x", "during:2004..2003 is not a date"),
    ],
)
def test_operator_of_no_use_is_remarked_and_its_words_stay(text: str, remark: str) -> None:
    query = asked(text)
    assert query.remarks[0].startswith(remark)
    assert query.words == text
    assert not [each for each in query.filters if each.stated]


def test_me_is_nobody_until_it_is_known_who_asks() -> None:
    query = asked("from:me roof", Few(owner=()))
    assert query.filters == ()
    assert "not known yet" in query.remarks[0]
    assert asked("from:me roof").filters[0].identities == OWNER
    assert asked("What did I send Anna Berg?", Few(owner=())).filters[0].value == "Anna Berg"


def test_name_of_several_means_all_of_them() -> None:
    assert asked("from:kate x").filters[0].identities == (4, 5)
    assert asked("What did Kate say?").filters[0].identities == (4, 5)


def test_day_is_a_day_where_its_owner_is() -> None:
    query = understand(
        "on:2004-03-05", people=Few(), today=TODAY, zone=ZoneInfo("America/Chicago")
    )
    assert query.filters[0].start == datetime(2004, 3, 5, 6, tzinfo=UTC)
    assert query.filters[0].end == datetime(2004, 3, 6, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did Anna Berg write to me?", ['from:"Anna Berg"', "to:me"]),
        ("What did Anna Berg keep asking me for?", ['from:"Anna Berg"', "to:me"]),
        ("What did Anna Berg want from me?", ['from:"Anna Berg"', "to:me"]),
        ("Which trouble did Anna Berg come to me with?", ['from:"Anna Berg"', "to:me"]),
        ("what did anna berg tell me", ['from:"Anna Berg"', "to:me"]),
        ("did anna send me the plan?", ['from:"Anna Berg"', "to:me"]),
        ("WHAT DID ANNA BERG SAY?", ['from:"Anna Berg"']),
        ("how many bills did hotelroom send me?", ["from:hotelroom", "to:me"]),
        ("What did Anna Berg and Ben Kohler say?", ['from:"Anna Berg"', 'from:"Ben Kohler"']),
        ("What did Ben Kohler tell Anna Berg?", ['from:"Ben Kohler"', 'to:"Anna Berg"']),
        ("Did I ever write to Anna Berg about tax?", ["from:me", 'to:"Anna Berg"']),
        ("How much did I tell Ben Kohler I had made?", ["from:me", 'to:"Ben Kohler"']),
        ("What did I supply Maria Van Dalen with?", ["from:me", 'to:"Maria Van Dalen"']),
        ("What I told Anna Berg", ["from:me", 'to:"Anna Berg"']),
        ("letters from Anna Berg to Ben Kohler", ['from:"Anna Berg"', 'to:"Ben Kohler"']),
        ("my answer to Anna Berg", ["from:me", 'to:"Anna Berg"']),
        ("the plan between Anna Berg and me", ['with:"Anna Berg"']),
        ("What did Anna Berg and I agree on?", ['with:"Anna Berg"']),
        ("Who did Anna Berg meet?", ['with:"Anna Berg"']),
        ("Anna's last answer", ['from:"Anna Berg"']),
        ("according to Anna Berg, what is wrong?", ['from:"Anna Berg"']),
        ("What did Anna Berg say about Ben Kohler?", ['from:"Anna Berg"']),
        ("What did Will say?", ['from:"Will Turner"']),
        ("Will Anna Berg come?", ['with:"Anna Berg"']),
        ("Will the roof hold?", []),
        ("Mark everything from Anna Berg", ['from:"Anna Berg"']),
        ("Bill the customer for the work", []),
        ("May I see the plan?", []),
        ("What did May send?", ['from:"May Chen"']),
        ("Is Mark Taylor well?", ['with:"Mark Taylor"']),
        ("what did rice cost", []),
        ("what came from rice and turner", []),
        ("What did Philip Marlowe say?", []),
        ("What did Anna Karenina do?", []),
        ("Where is Berlin?", []),
        ("What came from the bank to us by post?", []),
        ("Who told me about the party?", ["to:me"]),
        ('What is "Anna Berg" about?', []),
        ("", []),
    ],
)
def test_people(text: str, expected: list[str]) -> None:
    people = [
        each for each in asked(text).filters if each.field in ("from", "to", "with", "cc")
    ]
    assert [written(each) for each in people] == expected
    assert not any(each.stated for each in people)
    for each in people:
        assert each.said.lower() in text.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What do my notes say about tax?", ["kind:note"]),
        ("in the chat, where did we want to eat?", ["kind:chat"]),
        ("What was said on WhatsApp?", ["kind:chat"]),
        ("Which e-mails are about the roof?", ["kind:mail"]),
        ("how many mails came", ["kind:mail"]),
        ("What does the PDF about the heating say?", ["kind:pdf"]),
        ("Which rooms are in the spreadsheet?", ["kind:spreadsheet"]),
        ("Which mails with attachments came?", ["kind:mail", "has:attachment"]),
        ("which mails without attachments came", ["kind:mail", "-has:attachment"]),
        ("What is in my Inbox folder?", ["in:Inbox"]),
        ("what was in the folder Taxes about rent", ["in:Taxes"]),
        ('what is in the folder "Old mail"?', ['in:"Old mail"']),
        ("everything tagged garden", ["tag:garden"]),
        ("Which e-mail address is right?", []),
        ("What is an attachment style?", []),
        ("How was the presentation?", []),
        ("What notes did the pianist play?", []),
        ("from whom came the message", []),
    ],
)
def test_things(text: str, expected: list[str]) -> None:
    assert filters(text) == expected


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Anna's last mail", "newest"),
        ("When did I last hear from Anna?", "newest"),
        ("the latest on the roof", "newest"),
        ("When did Anna first write to me?", "oldest"),
        ("the first letter of all", "oldest"),
        ("What was his last name?", "relevance"),
        ("What did she do first?", "relevance"),
    ],
)
def test_order(text: str, order: str) -> None:
    assert asked(text).order == order


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("How many mails did Anna Berg send?", "count"),
        ("How many people came?", "number"),
        ("How long did it take?", "number"),
        ("How much did the roof cost?", "money"),
        ("What was the price of it?", "money"),
        ("When did she come?", "time"),
        ("On which day was it?", "time"),
        ("She left in what year?", "time"),
        ("Where did we eat?", "place"),
        ("In which town does he live?", "place"),
        ("Who painted it?", "person"),
        ("To whom did I give it?", "person"),
        ("Why did it fail?", "reason"),
        ("Which events did Anna tell me about?", "list"),
        ("What are the rules?", "list"),
        ("Did Anna come?", "yesno"),
        ("What did she say?", "text"),
        ("roof repair", ""),
        ("Wann kommt sie?", "time"),
    ],
)
def test_what_it_asks_for(text: str, asks: str) -> None:
    assert asked(text).asks == asks


def test_what_is_typed_is_not_guessed_as_well() -> None:
    assert filters("from:ben What did Anna Berg send in May 2001?") == [
        'from:"Ben Kohler"',
        "during:2001-05",
    ]
    assert filters("during:2004 What did Anna Berg send in May 2001?") == [
        "during:2004",
        'from:"Anna Berg"',
    ]


def test_phrases_stay_in_the_words() -> None:
    query = asked('who repaired the "old roof" and “its  gutter”')
    assert query.phrases == ("old roof", "its gutter")
    assert "old roof" in query.words
    assert asked('an "open quote').phrases == ()


def test_event_without_a_date_is_remarked_only_if_no_date_is_named() -> None:
    assert asked("Where did we live before we moved?").remarks == (
        "“before we moved” has no date I know",
    )
    assert asked("Where was I in 2004 before we moved?").remarks == ()


@pytest.mark.parametrize(
    "text",
    [
        "What did Anna Berg send me in May 2001?",
        "How many mails with attachments did Kate send me between May and July 2003?",
        'from:anna -in:"Old mail" after:2004-03-05 roof "red tiles"',
        "What did I tell Ben Kohler before 2003 in the chat?",
        "on:2004-03-05 kind:pdf,note tag:x",
        "mails from 2004",
    ],
)
def test_canonical_is_read_back(text: str) -> None:
    query = asked(text)
    again = asked(query.canonical())

    def meaning(one: Query) -> set[tuple[object, ...]]:
        return {
            (f.field, f.value, f.identities, f.start, f.end, f.negated) for f in one.filters
        }

    assert meaning(again) == meaning(query)
    assert all(each.stated for each in again.filters)
    assert again.words == query.words
    assert again.phrases == query.phrases
