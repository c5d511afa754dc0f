"""What a probability is called, and that the owner decides where confident begins."""

from __future__ import annotations

import pytest

from archive.confidence import Confidence, called, of_silence, unfit


@pytest.mark.parametrize(
    ("value", "silent", "confident_from", "word"),
    [
        (0.95, False, 0.9, "Confident"),
        (0.9, False, 0.9, "Confident"),
        (0.89, False, 0.9, "Likely right"),
        (0.95, False, 0.97, "Likely right"),
        (0.6, False, 0.9, "Uncertain"),
        (0.6, False, 0.6, "Confident"),
        (0.1, False, 0.9, "Doubtful"),
        (0.95, True, 0.9, "Confident that it is not there"),
        (0.75, True, 0.9, "Likely not there"),
        (0.5, True, 0.9, "It may be there all the same"),
    ],
)
def test_the_word_follows_the_owners_risk(
    value: float, silent: bool, confident_from: float, word: str
) -> None:
    sure = Confidence(value=value, calibrated=True)
    assert called(sure, silent=silent, confident_from=confident_from).word == word


def test_what_has_no_value_has_no_word() -> None:
    counted = Confidence(value=None, calibrated=False)
    assert called(counted, silent=False, confident_from=0.9).word == ""


@pytest.mark.parametrize(
    ("right", "silent", "declines"),
    [
        (0.2, 0.2, False),  # a hard question, but nothing says that the archive is silent
        (0.2, 0.7, True),
        (0.6, 0.3, False),
        (0.24, 0.76, True),  # one is the other's rest: the confidence itself is compared
        (0.26, 0.74, False),
    ],
)
def test_it_declines_where_silence_is_much_likelier(
    right: float, silent: float, *, declines: bool
) -> None:
    assert unfit(right, silent, 0.25) is declines
    assert not unfit(right, silent, 0.0)


def test_a_decline_does_not_give_reasons_for_the_answer() -> None:
    sure = Confidence(
        value=0.1,
        calibrated=False,
        reasons=("Another document says so too.", "Nowhere near the answer: Oslo."),
    )
    assert of_silence(sure, None).reasons == ("Nowhere near the answer: Oslo.",)
