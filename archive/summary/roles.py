"""Who does what to whom: whether a statement says a deed of another than its source. Pure.

A message says "I" and "you"; a statement of it says names. Small models lose which is which:
of "I can come pick you up" they make that she asked him to pick her up. Each verb that the
source's "I" or "you" does, or that is done to "me" or "you", is looked up in the statement, and
whoever is named there must be the one who wrote, or one of those who were written to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from index.keywords import STOPWORDS
from index.words import stem, words

_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[.;:!?]")
_I: Final = re.compile(r"(?:I|we)(?:['’]\w+)?", re.IGNORECASE)
_YOU: Final = re.compile(r"(?:you|u|ya)(?:['’]\w+)?", re.IGNORECASE)
_ME: Final = frozenset(("me", "us"))
# What stands between whoever does it and what is done. Wanting is done too.
_WANTED: Final = frozenset(("want", "like", "love", "need", "plan", "hope", "try"))
_BETWEEN: Final = frozenset(
    "am is are r was were be been will would shall should can could may might "
    "must have has had do did does just really still definitely also only probably not "
    "never always even now then actually certainly gladly already to going gonna come "
    "coming go able about got".split()
)
_FARTHEST: Final = 6
_LEAST_LETTERS: Final = 3


def swapped(said: str, source: str, speaker: str, people: Sequence[str]) -> bool:
    """Whether a deed of the source's "I" or "you" is somebody else's in the statement.

    `speaker` wrote the source, `people` wrote or were sent it. Who is named in the source
    may be anybody.
    """
    author = set(words(speaker))
    if not author:
        return False
    addressed = {word for one in people for word in words(one)} - author
    by, to = _deeds(source)
    third = set(words(source))
    tokens = _TOKEN.findall(said)
    for place, token in enumerate(tokens):
        verb = _stem(token)
        for deeds, near in ((by, _before(tokens, place)), (to, _behind(tokens, place))):
            whose = deeds.get(verb)
            named = set(words(near)) - third
            if whose is None or not named:
                continue
            if not named & (author if whose == "I" else addressed):
                return True
    return False


def _deeds(source: str) -> tuple[dict[str, str], dict[str, str]]:
    """By stem: who does it, and to whom it is done: `I` or `you`. Not what both do."""
    tokens = _TOKEN.findall(source)
    by: dict[str, set[str]] = {}
    to: dict[str, set[str]] = {}
    for place, token in enumerate(tokens):
        who = "I" if _I.fullmatch(token) else "you" if _YOU.fullmatch(token) else ""
        for verb in _verbs(tokens[place + 1 :]) if who else ():
            by.setdefault(verb, set()).add(who)
        whom = "I" if token.lower() in _ME else "you" if token.lower() in ("you", "u") else ""
        if whom and place and len(tokens[place - 1]) >= _LEAST_LETTERS:
            to.setdefault(_stem(tokens[place - 1]), set()).add(whom)
    return (
        {verb: next(iter(one)) for verb, one in by.items() if len(one) == 1},
        {verb: next(iter(one)) for verb, one in to.items() if len(one) == 1},
    )


def _verbs(tokens: Sequence[str]) -> list[str]:
    """Stems of what is done, after whoever does it: `want` and `ride` of `want to ride`."""
    found = []
    for token in tokens[:_FARTHEST]:
        folded = token.lower()
        helps = folded in _BETWEEN
        if not token[0].isalpha() or (not helps and len(folded) < _LEAST_LETTERS):
            break
        if folded not in STOPWORDS and (len(folded) > _LEAST_LETTERS or not helps):
            found.append(_stem(token))
        if not helps and folded not in _WANTED:
            break
    return found


def _before(tokens: Sequence[str], place: int) -> str:
    """The name that stands next before a word of a statement. Empty if there is none."""
    names: list[str] = []
    for token in reversed(tokens[:place]):
        if _is_name(token):
            names.append(token)
        elif names:
            break
    return " ".join(names)


def _behind(tokens: Sequence[str], place: int) -> str:
    """The name at once after it."""
    names: list[str] = []
    for token in tokens[place + 1 :]:
        if not _is_name(token):
            break
        names.append(token)
    return " ".join(names)


def _is_name(token: str) -> bool:
    return token[0].isupper() and token.lower() not in STOPWORDS


def _stem(token: str) -> str:
    return stem(token.lower())
