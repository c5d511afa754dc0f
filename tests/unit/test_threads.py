"""Conversations: by References where there are any, else by subject, people and time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mail.threads import Member, base_subject, threads

DAY = 86400.0


def member(number: int, subject: str = "x", **facts: Any) -> Member:
    known: dict[str, Any] = {
        "message_id": f"<{number}@x>",
        "references": (),
        "created_s": number * DAY,
        "sender": "anna",
        "others": frozenset({"ben"}),
    }
    return Member(id=number, subject=subject, **(known | facts))


@pytest.mark.parametrize(
    ("written", "base", "is_reply"),
    [
        ("Re: [boats] AW: Fwd:  The  Mast", "the mast", True),
        ("[boats] The mast", "the mast", False),
        ("RE[2]: mast (fwd)", "mast", True),
        ("Antw: WG: mast", "mast", True),
        ("Regarding: the mast", "regarding: the mast", False),
        ("回复：预算", "预算", True),
        ("Re:", "", True),
        ("[SPAM]", "[spam]", False),
    ],
)
def test_what_is_left_of_a_subject(written: str, base: str, is_reply: bool) -> None:
    assert base_subject(written) == (base, is_reply)


def test_references_join_even_through_a_message_that_is_not_here() -> None:
    found = threads(
        [
            member(1, "mast"),
            member(2, "other words", references=("<1@x>",)),
            member(3, "a", references=("<gone@x>",)),
            member(4, "b", references=("<gone@x>", "<also-gone@x>")),
            member(5, "mast"),
        ]
    )
    assert found == {1: 1, 2: 1, 3: 3, 4: 3, 5: 5}


def test_a_cycle_of_references_is_one_thread() -> None:
    ring = [member(n, references=(f"<{n % 3 + 1}@x>",)) for n in (1, 2, 3)]
    assert set(threads(ring).values()) == {1}
    assert threads([member(1, references=("<1@x>",))]) == {1: 1}


def test_without_references_a_reply_joins_what_it_answers() -> None:
    ben = {"sender": "ben", "others": frozenset({"anna"})}
    stranger = {"sender": "carl", "others": frozenset({"dora"})}
    found = threads(
        [
            member(1, "The mast"),
            member(2, "RE: the mast", **ben),
            member(3, "Re: The mast", **stranger),
            member(4, "The mast"),  # no reply: a new conversation under an old name
            member(5, "Re: The mast", **ben),
            member(90, "Re: The mast", **ben),  # much later
            member(91, "Re:", **ben),
        ]
    )
    assert found == {1: 1, 2: 1, 3: 3, 4: 4, 5: 4, 90: 90, 91: 91}


def test_without_a_subject_the_same_two_people_soon_after_are_one_conversation() -> None:
    ben = {"sender": "ben", "others": frozenset({"anna"})}
    found = threads(
        [
            member(1, ""),
            member(2, "RE:", **ben),
            member(3, "Re:", sender="carl", others=frozenset({"anna"})),
            member(9, "RE:", **ben),
        ]
    )
    assert found == {1: 1, 2: 1, 3: 3, 9: 9}


def test_copies_are_in_the_thread_of_what_they_copy() -> None:
    found = threads(
        [
            member(1, "a"),
            member(2, "a", same_as=1),
            member(3, "b", references=("<2@x>",)),
        ]
    )
    assert set(found.values()) == {1}


subjects = st.sampled_from(["", "Re:", "mast", "Re: mast", "[l] mast", "Fwd: boat"])
names = st.sampled_from(["", "<1@x>", "<2@x>", "<3@x>"])


@given(st.lists(st.tuples(subjects, names, st.lists(names), st.integers(0, 99)), max_size=20))
def test_every_member_is_in_the_thread_of_its_first(
    drawn: list[tuple[str, str, list[str], int]],
) -> None:
    members = [
        member(n, subject, message_id=name, references=tuple(refs), created_s=day * DAY)
        for n, (subject, name, refs, day) in enumerate(drawn)
    ]
    found = threads(members)
    assert set(found) == set(range(len(members)))
    assert all(found[root] == root <= number for number, root in found.items())
