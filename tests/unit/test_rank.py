"""What each feature of a candidate says, and that the order follows from them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import rank
from index.query import Field, Query
from index.rank import FEATURES, Asked, Candidate, Ranker, features


def candidate(text: str, *, number: int = 1, context: str = "", **more: Any) -> Candidate:
    more = {"document_id": number, "thread": None, **more}
    return Candidate(chunk_id=number, text=text, context=context, **more)


def asked(question: str, asks: str = "", **rarity: float) -> Asked:
    return Asked(
        Query(text=question, words=question, asks=asks), lambda word: rarity.get(word, 1.0)
    )


def table(question: Asked, *candidates: Candidate) -> list[dict[str, float]]:
    return [dict(zip(FEATURES, row, strict=True)) for row in features(question, candidates)]


def read(question: str, text: str, *, context: str = "", asks: str = "") -> dict[str, float]:
    return table(asked(question, asks), candidate(text, context=context))[0]


@pytest.mark.parametrize(
    ("feature", "question", "text", "share"),
    [
        ("coverage", "boat mast sail", "The boats, and the MAST.", 2 / 3),
        ("coverage", "boat", "a boathouse", 0.0),
        ("coverage", "of the and", "of the and", 0.0),
        ("coverage", "Größe für Zoë", "grosse fur Zoe … Größe für Zoë", 1.0),
        ("coverage", "für Zoë", "… ½ ﬁne: fur zoe", 1.0),
        ("coverage", "İstanbul", "in İstanbul 🚲", 1.0),
        ("coverage", "ship 7", "ship 7", 1.0),
        ("nearby", "boat mast", "boat " + "x " * 28 + "mast", 1.0),
        ("nearby", "boat mast", "boat " + "x " * 40 + "mast", 0.5),
        ("pairs", "new mast boat", "a new mast", 0.5),
        ("pairs", "new mast", "a new tall mast", 1.0),
        ("pairs", "new mast", "the mast is new", 0.0),
        ("names", "What did Joann Collins say?", "From COLLINS, JOANN", 1.0),
        ("names", "What did Joann Collins say?", "Joann M. Collins wrote", 1.0),
        ("names", "What did Joann Collins say?", "Joann met the people of Mr Collins", 0.5),
        ("names", "What did Joann Collins say?", "Joann wrote", 0.0),
        ("names", "Did Zoë's boat sink?", "zoe and the boat", 1.0),
        ("names", "Boats of the harbour", "boats", 0.0),
        ("numbers", "invoice 4711 of 2004", "No 4711", 0.5),
        ("numbers", "invoice 4711", "No 47110", 0.0),
        ("numbers", "invoice", "No 4711", 0.0),
        ("own", "boat", "boat", 1.0),
    ],
)
def test_what_a_text_holds(feature: str, question: str, text: str, share: float) -> None:
    assert read(question, text)[feature] == pytest.approx(share)


@pytest.mark.parametrize(
    ("feature", "question", "text", "context", "share"),
    [
        ("context", "boat mast", "it broke", "Subject: the boat", 0.5),
        ("context", "boat mast", "the boat broke", "Subject: the boat", 0.0),
        ("named_in_context", "Did Joann Collins come?", "yes", "From: Collins, Joann", 1.0),
        ("named_in_context", "Did Joann Collins come?", "Joann came", "Collins", 1.0),
        ("named_in_context", "Did Joann Collins come?", "yes", "Collins", 0.0),
        ("numbers", "what of 4711", "paid", "Invoice 4711", 1.0),
    ],
)
def test_what_its_context_holds(
    feature: str, question: str, text: str, context: str, share: float
) -> None:
    assert read(question, text, context=context)[feature] == pytest.approx(share)


@pytest.mark.parametrize(
    ("asks", "question", "text", "there"),
    [
        ("time", "When does the boat sail?", "the boat sails on Friday", True),
        ("time", "When does the boat sail?", "the boat sails", False),
        ("time", "When does the boat sail?", "the boat sails" + " now" * 60 + " Friday", False),
        ("number", "How many boats?", "three boats", True),
        ("number", "How many boats?", "boats, boats", False),
        ("money", "What did the boat cost?", "the boat was €300", True),
        ("money", "What did the boat cost?", "the boat was 300 dollars", True),
        ("money", "What did the boat cost?", "the boat was 1,250.50", True),
        ("money", "What did the boat cost?", "the boat has 3 masts", False),
        ("person", "Who sails the boat?", "the boat is Anna Petrova's", True),
        ("person", "Who sails the boat?", "the boat is sailed", False),
        ("place", "Where is the boat?", "the boat lies in Brno", True),
        ("place", "Where is the boat?", "the boat lies there", False),
        ("reason", "Why was the boat sold?", "the boat was sold because of me", True),
        ("text", "What is the phone number of the boatyard?", "boatyard: 555-123-4567", True),
        ("text", "What is the phone number of the boatyard?", "boatyard: closed", False),
        ("text", "The e-mail address of the boatyard?", "boatyard: a@yard.example", True),
        ("", "boat", "the boat on Friday", False),
        # Folding makes other lengths of these; what is near is still what is near.
        ("time", "When does the boat sail?", "İİİ … ﬁ ½ 🚲🚲 the boat sails at 9", True),
        ("time", "When does the boat sail?", "½ " + "é… " * 90 + "the boat sails at 9", True),
    ],
)
def test_whether_an_answer_stands_near(
    asks: str, question: str, text: str, there: bool
) -> None:
    assert read(question, text, asks=asks)["kind_of_answer"] == float(there)


@given(st.text(st.sampled_from("aé İ½ﬁ…🚲 ß.,1 "), max_size=80))
def test_a_stretch_lies_in_the_text_and_holds_its_words(text: str) -> None:
    words = rank._words(text)
    for first, last in [*pairwise(range(len(words))), *((n, n) for n in range(len(words)))]:
        start, end = rank._stretch(text, first, last, len(words))
        assert 0 <= start < end <= len(text)
        found = rank._words(text[start:end])
        assert set(words[first : last + 1]) <= set(found)


def test_rare_words_count_more() -> None:
    question = asked("boat varnish", boat=1.0, varnish=3.0)
    one, other = table(question, candidate("boat"), candidate("varnish", number=2))
    assert (one["coverage"], other["coverage"]) == (0.25, 0.75)


def test_keyword_scores_are_shares_of_the_best_and_cosines_not_below_zero() -> None:
    one, other = table(
        asked("boat"),
        candidate("boat", keyword_rank=1, keyword_score=8.0, similarity=-0.2),
        candidate("boat", number=2, keyword_rank=2, keyword_score=2.0, similarity=0.4),
    )
    assert (one["keywords"], other["keywords"]) == (1.0, 0.25)
    assert (one["meaning"], other["meaning"]) == (0.0, 0.4)


def test_hits_in_other_mail_of_the_thread_count() -> None:
    def found(number: int, thread: int | None, place: int | None) -> Candidate:
        return candidate("x", number=number, thread=thread, keyword_rank=place)

    rows = table(
        asked("boat"), found(1, 1, 1), found(2, 1, None), found(3, 3, 2), found(4, None, 3)
    )
    assert [row["thread"] > 0 for row in rows] == [False, True, False, False]
    # Another chunk of the same mail is not other mail.
    same = candidate("x", number=9, document_id=1, thread=1)
    assert table(asked("boat"), found(1, 1, 1), same)[1]["thread"] == 0.0


def test_what_was_understood_counts_by_its_kind() -> None:
    fits = {Field.FROM: 1.0, Field.WITH: 0.5, Field.DURING: 0.75, Field.KIND: 0.25}
    row = table(asked("boat"), candidate("x", fits=fits))[0]
    assert (row["person"], row["time"], row["kind"]) == (1.0, 0.75, 0.25)
    assert table(asked("boat"), candidate("x", fits={Field.HAS: 1.0}))[0]["kind"] == 1.0


def test_every_feature_is_a_share() -> None:
    hostile = "boat " * 300 + "x" * 900
    for row in table(asked("boat Boat Boat 1 1"), candidate(hostile, keyword_rank=1)):
        assert all(0.0 <= value <= 1.0 for value in row.values())


def test_the_score_is_the_sum_of_its_parts_and_ties_go_by_chunk() -> None:
    ranker = Ranker({"coverage": 2.0, "own": 0.5, "unheard_of": 9.0})
    ranked = ranker.rank(
        asked("boat mast"),
        [
            candidate("none", number=3),
            candidate("boat mast", number=2, own_share=0.0),
            candidate("none", number=1),
        ],
    )
    assert [one.candidate.chunk_id for one in ranked] == [2, 1, 3]
    assert ranked[0].parts == {"coverage": 2.0}
    assert [one.score for one in ranked] == [2.0, 0.5, 0.5]
    assert ranker.rank(asked("boat"), []) == []


def test_the_shipped_weights_are_of_features_there_are() -> None:
    shipped = rank._shipped_weights()
    assert set(shipped) == set(FEATURES)
    assert all(weight >= 0 for weight in shipped.values())
    assert any(weight > 0 for weight in shipped.values())


def test_who_is_named_in_a_question() -> None:
    question = asked("What did Joann Collins tell Zoë?")
    assert question.names_one_of("Collins, J.")
    assert question.names_one_of("ZOE")
    assert not question.names_one_of("Ben")
    assert not question.names_one_of("")
