"""What a set of letters touches that hurts: illness, death, a parting, violence and the like.

Before a summary of old letters the program says what they speak of and lets the owner choose.
Found by phrases, with the words around them that make them meant (`tender_words.json`): "died
of cancer" and not "dying to see you". English, with the commonest German and French. There is
no model in it and nothing is kept; a thousand characters take about 10 ms. Pure.
`python bench/tender.py` measures what is missed and what is wrongly found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Theme(StrEnum):
    """Something that may hurt to be met with unprepared; the value is its name in JSON."""

    DEATH = "death"
    ILLNESS = "illness"
    SUICIDE = "suicide"
    VIOLENCE = "violence"
    PREGNANCY_LOSS = "pregnancy_loss"
    PARTING = "parting"
    ADDICTION = "addiction"
    ACCIDENT = "accident"
    MONEY = "money"


PHRASE: dict[Theme, str] = {
    Theme.DEATH: "a death",
    Theme.ILLNESS: "an illness",
    Theme.SUICIDE: "suicide or self-harm",
    Theme.VIOLENCE: "violence or abuse",
    Theme.PREGNANCY_LOSS: "the loss of a pregnancy",
    Theme.PARTING: "a separation",
    Theme.ADDICTION: "an addiction",
    Theme.ACCIDENT: "a serious accident",
    Theme.MONEY: "a lost job or money trouble",
}
"""What each theme is called in a sentence to the person."""

_MAX_CHARS = 20_000
"""How much of one message is read. What is longer is hardly a letter."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n\s*\n")
_QUOTE_MARKS = str.maketrans("’‘`´", "''''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A theme, and the messages that speak of it."""

    theme: Theme
    messages: tuple[str, ...]
    """Their ids, in the order in which they were given."""

    @property
    def count(self) -> int:
        """How many messages."""
        return len(self.messages)


def themes(text: str) -> frozenset[Theme]:
    """What one message touches."""
    return frozenset(theme for theme, _ in sayings(text))


def sayings(text: str) -> Iterator[tuple[Theme, str]]:
    """Each theme that a message touches, with the first words that say so."""
    rules = _rules()
    open_themes = dict(rules.themes)
    for said in _SENTENCE.split(text[:_MAX_CHARS].translate(_QUOTE_MARKS)):
        line = rules.blanked.sub(" ~ ", " ".join(said.split()))
        if rules.impersonal.search(line):
            continue
        for theme, phrases in list(open_themes.items()):
            if words := phrases.search(line):
                del open_themes[theme]
                yield theme, words[0]


def touches(texts: Iterable[tuple[str, str]]) -> tuple[Touched, ...]:
    """What (id, text) pairs touch, the theme of most messages first; empty if nothing."""
    found: dict[Theme, dict[str, None]] = {theme: {} for theme in Theme}
    for message, text in texts:
        for theme in themes(text):
            found[theme][message] = None
    touched = [
        Touched(theme=theme, messages=tuple(messages))
        for theme, messages in found.items()
        if messages
    ]
    return tuple(sorted(touched, key=lambda one: -one.count))


def sentence(touched: Iterable[Touched]) -> str:
    """One plain sentence for the person; "" if nothing is touched.

    "These letters touch on an illness (14 messages) and a death (3)."
    """
    named: list[str] = []
    for one in touched:
        unit = "" if named else f" message{'' if one.count == 1 else 's'}"
        named.append(f"{PHRASE[one.theme]} ({one.count:,}{unit})")
    if not named:
        return ""
    listed = ", ".join(named[:-1]) + (" and " if len(named) > 1 else "") + named[-1]
    return f"These letters touch on {listed}."


class _Rules(NamedTuple):
    """The compiled phrases."""

    blanked: re.Pattern[str]
    """Idioms that are taken out first."""

    impersonal: re.Pattern[str]
    """Whoever writes such a sentence is not speaking of somebody's life."""

    themes: dict[Theme, re.Pattern[str]]


@cache
def _rules() -> _Rules:
    data = json.loads((Path(__file__).parent / "tender_words.json").read_text("utf-8"))
    parts: dict[str, str] = {}
    for name, pattern in data["parts"].items():
        parts[name] = _filled(pattern, parts)
    compiled = {
        theme: _any(_filled(phrase, parts) for phrase in data["themes"][theme])
        for theme in Theme
    }
    return _Rules(
        blanked=_any(data["blanked"]),
        impersonal=_any([data["impersonal"]]),
        themes=compiled,
    )


def _filled(pattern: str, parts: dict[str, str]) -> str:
    """`pattern` with each <PART> put in."""
    return re.sub(r"<([A-Z]+)>", lambda found: parts[found[1]], pattern)


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of the phrases, as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
