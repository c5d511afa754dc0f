"""What the search line offers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from index.vocabulary import Vocabulary
from tui.completion import MOST, completions

KNOWN = Vocabulary(
    people=("Anna Weber", "Tom Lee", "Andrea Berg", "anna@b.c"),
    folders=("Mail", "Old notes"),
    tags=("boat",),
    first=datetime(2018, 11, 2, tzinfo=UTC),
    last=datetime(2020, 2, 14, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", []),
        ("mast f", []),
        ("mast fr", ["mast from:"]),
        ("mast -fr", ["mast -from:"]),
        ("from:anna", ['from:"Anna Weber"', "from:anna@b.c"]),
        ('x from:"an', ['x from:"anna Weber"', 'x from:"andrea Berg"', 'x from:"anna@b.c"']),
        ("from:web", ['from:"Anna Weber"']),
        ("-to:tom", ['-to:"Tom Lee"']),
        ("kind:n", ["kind:note"]),
        ("tag:b", ["tag:boat"]),
        ("in:old", ['in:"Old notes"']),
        ("during:2018", ["during:2018-12", "during:2018-11"]),
        ("after:2020-", ["after:2020-02", "after:2020-01"]),
        ("from:nobody", []),
        ("time 12:3", []),
    ],
)
def test_completions(line: str, found: list[str]) -> None:
    assert [one.casefold() for one in completions(line, KNOWN)] == [
        one.casefold() for one in found
    ]


def test_before_the_archive_is_known_operators_complete() -> None:
    assert completions("du") == ["during:"]
    assert completions("from:a") == []
    assert completions("kind:p") == ["kind:pdf"]


def test_no_more_than_fit_and_nothing_that_drives_the_terminal() -> None:
    many = Vocabulary(people=tuple(f"Ann {n}\x1b[2J\u202e" for n in range(99)))
    found = completions("from:an", many)
    assert len(found) == MOST
    assert all(one.isprintable() for one in found)
