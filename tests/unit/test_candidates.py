"""Candidates: stated filters are demanded, understood ones propose, threads bring mail."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import candidates as candidates_module
from index.candidates import Gatherer
from index.catalog import Catalog
from index.nearest import NearestChunks
from index.query import Field, Filter, Query
from index.rank import Candidate
from index.retrieve import PARTS
from tests.unit.fakes import WordEmbedder, sync

LETTERS = (
    # Message-ID, in reply to, sender, day, subject, body
    ("one", "", "Anna", 1, "The regatta", "shall we sail on the blue lake or the green one"),
    ("two", "one", "Ben", 2, "Re: The regatta", "ok, the second"),
    (
        "three",
        "two",
        "Anna",
        3,
        "Re: The regatta",
        "fine\n\nOn Tue Ben wrote:\n> ok, the",
    ),
    ("four", "", "Ben", 10, "Lunch", "sandwiches beside the blue lake"),
    ("five", "", "Zoe", 20, "Taxes", "please send me the forms"),
    ("six", "", "Zoe", 28, "Roof", "tiles are ordered"),
)


def letter(name: str, parent: str, sender: str, day: int, subject: str, body: str) -> bytes:
    reply = f"In-Reply-To: <{parent}@example.org>\n" if parent else ""
    return (
        f"From x Fri Mar  5 10:00:00 2004\nFrom: {sender} <{sender.lower()}@example.org>\n"
        f"To: Owner <me@example.org>\nSubject: {subject}\nMessage-ID: <{name}@example.org>\n"
        f"{reply}Date: {day} Mar 2004 10:00:00 +0000\n\n{body}\n\n"
    ).encode()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "inbox.mbox").write_bytes(b"".join(letter(*each) for each in LETTERS))
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(folder)
    sync(made, tmp_path)
    return made


def gathered(
    catalog: Catalog,
    words: str,
    *filters: Filter,
    parts: frozenset[str] = PARTS,
    phrases: tuple[str, ...] = (),
) -> dict[str, Candidate]:
    """The candidates by their Message-ID."""
    nearest = NearestChunks(catalog, catalog.path.parent / "chroma", embedder_name="words")
    vector: NDArray[np.float32] = WordEmbedder().embed([words])[0]
    found = Gatherer(
        catalog,
        Query(text=words, words=words, filters=filters, phrases=phrases),
        vector=vector,
        nearest=nearest.nearest,
        embedder_name="words",
        parts=parts,
    ).gather()
    assert [one.chunk_id for one in found.candidates] == sorted(
        one.chunk_id for one in found.candidates
    )
    known = catalog.passages([one.chunk_id for one in found.candidates])
    return {known[one.chunk_id].id.strip("<>").split("@")[0]: one for one in found.candidates}


def person(catalog: Catalog, name: str, *, stated: bool, negated: bool = False) -> Filter:
    rows = catalog.connection.execute("SELECT id FROM identity WHERE name=?", (name,))
    who = tuple(row[0] for row in rows)
    return Filter(field=Field.FROM, value=name, identities=who, stated=stated, negated=negated)


def days(first: int, last: int, *, stated: bool) -> Filter:
    return Filter(
        field=Field.DURING,
        value="then",
        start=datetime(2004, 3, first, tzinfo=UTC),
        end=datetime(2004, 3, last + 1, tzinfo=UTC),
        stated=stated,
    )


KEYWORDS = frozenset({"keywords"})


def test_keywords_and_vectors_say_how_they_ranked_what_they_propose(catalog: Catalog) -> None:
    found = gathered(catalog, "blue lake", parts=frozenset({"keywords", "vectors"}))
    assert found["four"].keyword_rank in (1, 2)
    assert found["four"].keyword_score > 0
    assert found["four"].vector_rank in (1, 2)
    assert found["six"].keyword_rank is None
    assert found["six"].keyword_score == 0.0


def test_whoever_proposes_a_candidate_its_cosine_is_known(catalog: Catalog) -> None:
    only = gathered(catalog, "blue lake", parts=KEYWORDS)
    both = gathered(catalog, "blue lake")
    assert set(only) == {"one", "four"}
    for name, one in only.items():
        assert one.vector_rank is None
        assert one.similarity == pytest.approx(both[name].similarity, abs=1e-5)
        assert one.similarity > 0


def test_what_is_stated_is_demanded_of_all(catalog: Catalog) -> None:
    zoe = person(catalog, "Zoe", stated=True)
    assert set(gathered(catalog, "blue lake", zoe)) == {"five", "six"}  # by their vectors
    assert gathered(catalog, "blue lake", zoe, parts=KEYWORDS) == {}
    assert set(gathered(catalog, "blue lake", zoe, days(25, 30, stated=True))) == {"six"}
    others = person(catalog, "Zoe", stated=True, negated=True)
    assert set(gathered(catalog, "forms", others)) == {"one", "two", "three", "four"}
    nobody = Filter(field=Field.FROM, value="Nobody", stated=True)
    assert gathered(catalog, "blue lake", nobody) == {}


def test_what_is_understood_only_proposes(catalog: Catalog) -> None:
    parts = frozenset({"keywords", "filters"})
    zoe = person(catalog, "Zoe", stated=False)
    found = gathered(catalog, "blue lake", zoe, parts=parts)
    assert set(found) == {"one", "four", "five", "six"}
    assert found["five"].fits == {Field.FROM: 1.0}
    assert found["one"].fits == {Field.FROM: 0.0}
    stated = days(1, 15, stated=True)
    assert set(gathered(catalog, "blue lake", stated, zoe, parts=parts)) == {"one", "four"}


def test_where_nothing_satisfies_all_that_was_understood_each_part_proposes(
    catalog: Catalog,
) -> None:
    zoe, early = person(catalog, "Zoe", stated=False), days(10, 12, stated=False)
    found = gathered(catalog, "xyzzy", zoe, early, parts=frozenset({"keywords", "filters"}))
    assert set(found) == {"four", "five", "six"}
    assert found["four"].fits == {Field.FROM: 0.0, Field.DURING: 1.0}


def test_of_many_that_satisfy_it_the_best_are_proposed(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates_module, "_FEW_CHUNKS", 1)
    monkeypatch.setattr(candidates_module, "UNDERSTOOD", 1)
    march = days(1, 30, stated=False)
    assert set(gathered(catalog, "tiles", march, parts=frozenset({"filters"}))) == {"six"}
    monkeypatch.setattr(candidates_module, "_MOST_CHUNKS", 3)
    assert gathered(catalog, "tiles", march, parts=frozenset({"filters"})) == {}


def test_a_mail_brings_those_before_and_after_it(catalog: Catalog) -> None:
    parts = frozenset({"keywords", "threads"})
    assert set(gathered(catalog, "green", parts=KEYWORDS)) == {"one"}
    assert set(gathered(catalog, "green", parts=parts)) == {"one", "two"}
    assert set(gathered(catalog, "fine", parts=parts)) == {"two", "three"}
    zoe = person(catalog, "Anna", stated=True)
    assert set(gathered(catalog, "green", zoe, parts=parts)) == {"one"}


def test_a_mail_without_a_date_brings_nothing_and_does_no_harm(catalog: Catalog) -> None:
    catalog.connection.execute("UPDATE document SET created=NULL, created_s=NULL")
    assert set(gathered(catalog, "green", parts=frozenset({"keywords", "threads"}))) == {"one"}
    found = gathered(catalog, "green", days(1, 30, stated=False))
    assert found["one"].fits == {Field.DURING: 0.0}
    assert gathered(catalog, "green", days(1, 30, stated=True)) == {}


def test_a_phrase_must_occur(catalog: Catalog) -> None:
    assert set(gathered(catalog, "lake", phrases=("beside the blue lake",))) == {"four"}
    assert gathered(catalog, "lake", phrases=("lake blue",)) == {}
    late = days(20, 30, stated=True)
    assert gathered(catalog, "lake", late, phrases=("blue lake",)) == {}


def test_a_copied_quotation_is_not_its_authors_own(catalog: Catalog) -> None:
    found = gathered(catalog, "fine ok regatta")
    assert found["one"].own_share == 1.0
    assert 0.1 < found["three"].own_share < 0.5


@pytest.mark.parametrize(
    ("parts", "share"),
    [
        ("[]", 1.0),
        ('[["own",0,100]]', 1.0),
        ('[["own",0,15],["quote",15,100]]', 0.5),
        ('[["quote",0,100]]', 0.0),
        ('[["own",0,12],["quote",12,18],["own",18,100]]', 0.4),
    ],
)
def test_how_much_of_a_stretch_is_own(parts: str, share: float) -> None:
    assert candidates_module._own_share(parts, 10, 20) == pytest.approx(share)
