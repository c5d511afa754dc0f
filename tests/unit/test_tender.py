"""What letters touch: said gently, found where it is meant, quiet where it is only a phrase."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.tender import PHRASE, Theme, Touched, sayings, sentence, themes, touches

WRITTEN = Path(__file__).parents[2] / "bench" / "written" / "tender.jsonl"


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("Mum was diagnosed with breast cancer in May.", Theme.ILLNESS),
        ("Your uncle passed away on Sunday.", Theme.DEATH),
        ("He took his own life last winter.", Theme.SUICIDE),
        ("He hit me again and I am afraid of him.", Theme.VIOLENCE),
        ("I had a miscarriage in August.", Theme.PREGNANCY_LOSS),
        ("Our divorce came through today.", Theme.PARTING),
        ("He is drinking again and hides the bottles.", Theme.ADDICTION),
        ("She was hit by a car on her way home.", Theme.ACCIDENT),
        ("They let me go today after nine years.", Theme.MONEY),
        ("Opa ist gestern Abend gestorben.", Theme.DEATH),
        ("Elle est décédée lundi.", Theme.DEATH),
    ],
)
def test_what_is_meant_is_found(text: str, theme: Theme) -> None:
    assert theme in themes(text)


@pytest.mark.parametrize(
    "text",
    [
        "I'm dying to see you!",
        "Just kill the process and start it again.",
        "Please break up the file into chapters.",
        "I am sick of this printer.",
        "The deadline is Friday, not before.",
        "A dead battery, so no pictures.",
        "The film is about a man whose wife is murdered.",
        "They let me through without a ticket.",
        "",
    ],
)
def test_a_phrase_raises_no_alarm(text: str) -> None:
    assert themes(text) == frozenset()


def test_the_words_that_say_so_can_be_shown() -> None:
    text = "Dear Jo,\nthe garden is fine.\n\nYour uncle\npassed away on Sunday. Love, R"
    assert list(sayings(text)) == [(Theme.DEATH, "passed away")]


def test_typographic_apostrophes_read_like_plain_ones() -> None:
    assert themes("I don’t want to live any more.") == {Theme.SUICIDE}


def test_messages_are_counted_by_theme_the_commonest_first() -> None:
    letters = [
        ("a", "The tumour is malignant."),
        ("b", "See you at eight!"),
        ("c", "He died of lung cancer."),
        ("d", "She starts chemotherapy on Monday."),
    ]
    assert touches(iter(letters)) == (
        Touched(theme=Theme.ILLNESS, messages=("a", "c", "d")),
        Touched(theme=Theme.DEATH, messages=("c",)),
    )


def test_the_sentence_is_plain_and_counts() -> None:
    ill = Touched(theme=Theme.ILLNESS, messages=tuple("abcdefghijklmn"))
    dead = Touched(theme=Theme.DEATH, messages=("a", "b", "c"))
    lost = Touched(theme=Theme.MONEY, messages=("a",))
    assert sentence([ill, dead]) == (
        "These letters touch on an illness (14 messages) and a death (3)."
    )
    assert sentence([lost]) == (
        "These letters touch on a lost job or money trouble (1 message)."
    )
    assert sentence([ill, dead, lost]).count(" and ") == 1
    assert sentence([]) == ""


def test_every_theme_has_a_name() -> None:
    assert set(PHRASE) == set(Theme)


def test_what_was_labelled_is_mostly_found_and_the_rest_left_in_peace() -> None:
    lines = [json.loads(line) for line in WRITTEN.read_text("utf-8").splitlines()]
    assert len(lines) >= 150
    assert {theme for line in lines for theme in line["themes"]} == set(Theme)
    found = wanted = calm = alarmed = 0
    for line in lines:
        got, truth = themes(line["text"]), set(line["themes"])
        found += len(got & truth)
        wanted += len(truth)
        calm += not truth
        alarmed += bool(got) and not truth
    assert found / wanted > 0.9
    assert alarmed / calm < 0.05
