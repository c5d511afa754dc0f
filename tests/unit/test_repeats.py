"""Passages that say the same are told from those that only look alike."""

from __future__ import annotations

import pytest

from index.repeats import Repeats

LONG = (
    "Dear all, the meeting about the new harbour office is moved to Thursday at ten, please "
    "bring the drawings and the list of what is still to be ordered before winter comes"
)


@pytest.mark.parametrize(
    ("later", "same"),
    [
        (LONG, True),
        (LONG.upper(), True),
        (LONG.replace(" ", "\n> "), True),
        (" ".join(LONG.split()[5:25]), True),
        (LONG + " and thank you", True),
        (LONG + " to room 14", False),
        (LONG + " — and then we shall talk at length of quite another thing altogether", False),
        (LONG.replace("Thursday", "Friday").replace("drawings", "keys"), False),
        ("nothing of the kind is said here at all", False),
        ("", False),
    ],
)
def test_all_but_a_few_words_is_the_same(later: str, same: bool) -> None:
    repeats = Repeats()
    assert repeats.seen(LONG) is None
    assert repeats.seen(later) == (0 if same else None)


def test_alerts_that_differ_in_a_number_are_not_the_same() -> None:
    repeats = Repeats()
    alert = (
        "Disk {} of the server in the cellar is nearly full, please look after it soon today"
    )
    assert repeats.seen(alert.format(1)) is None
    assert repeats.seen(alert.format(2)) is None
    assert repeats.seen(alert.format(2)) == 1


def test_the_number_is_that_of_the_text_it_repeats() -> None:
    repeats = Repeats()
    texts = ["one two three four five six", "ok", "seven eight nine ten eleven twelve"]
    assert [repeats.seen(text) for text in texts] == [None, None, None]
    assert [repeats.seen(text) for text in reversed(texts)] == [2, 1, 0]
    assert repeats.seen("ok then") is None


def test_a_text_without_words_repeats_one_without_words() -> None:
    repeats = Repeats()
    assert repeats.seen("***") is None
    assert repeats.seen("—") == 0
