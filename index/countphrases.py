"""Ways to ask for a count that say the same, brought to the one that `index.counthead` knows.

"Karen's mails" are mails from Karen, "which month did I get the most mail" counts mail by the
month, and "how often did Anna and I write each other" counts what went from one to the other.
Tables of patterns, microseconds. English only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.query import PEOPLE, Field, Filter, Query

_CONTRACTED: Final = re.compile(r"^(what|which|who|when)['’]s\b", re.IGNORECASE)
_LAST_TIME: Final = re.compile(
    r"^when (?:was|is) the (?:very |most )?(?P<which>first|last|recent) time(?: that)? ",
    re.IGNORECASE,
)
_UNIT: Final = r"(?P<per>day|month|year)s?"
_MESSAGES: Final = r"(?:e-?mails?|mails?|messages?|letters?|repl(?:y|ies)|answers?)"
_NOUN: Final = rf"(?P<noun>{_MESSAGES}|attachments?)"
_EACH: Final = re.compile(
    rf"\b(?:per|by the|by|(?:in |for |on )?(?:each|every)) {_UNIT}\b", re.I
)
_WHICH_MOST: Final = re.compile(
    rf"^(?:in |on |during )?(?:which|what) {_UNIT}(?P<of> (?:of|in) (?:the year )?\S+)?"
    r" (?P<verb>(?:did|do|have|has|had)\b.*?)\s+(?:the )?most(?: often)?"
    rf"(?: {_NOUN})?\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_WITH_MOST: Final = re.compile(
    rf"^(?:(?:which|what)(?: (?:is|was))? )?(?:the |my )?{_UNIT}(?P<of> (?:of|in) \S+)?"
    rf" (?:with|has|had|saw|contains?) (?:the )?most {_NOUN}\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_BUSIEST: Final = re.compile(
    rf"^(?:(?:what|which) (?:is|was) )?(?:the |my )busiest (?:e-?mail |mail )?{_UNIT}\b"
    rf"(?: (?:for|by) {_NOUN})?(?P<rest>.*)$",
    re.IGNORECASE,
)
_EACH_OTHER: Final = re.compile(
    r"\s(?:(?:to|with) )?(?:each other|one another)\b|\s(?:back and forth|both ways)\b",
    re.IGNORECASE,
)
_WHICH: Final = (
    r"(?:(?:very )?(?:first|last|latest|newest|oldest|earliest|longest|most recent) )?"
)
_SUBJECT: Final = r"\b(?:subject(?: line)?|titled?|entitled|called)(?: is| was)? "
_ME: Final = r"[Ii]|me|we|us|myself"
_I: Final = re.compile(rf"\b(?:{_ME})\b")
_TOPIC: Final = re.compile(
    r"\b(?:about|regarding|concerning|mention\w*|contain\w*|saying|subject)\b|[\"“”]",
    re.IGNORECASE,
)
"""What stands behind is looked for as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A question in the words that a head is looked for in."""

    text: str

    per: str = ""
    """`day`, `month` or `year`: counted by it. Empty: altogether."""

    busiest: bool = False
    """Of these, which has the most."""

    exchanged: bool = False
    """Only what went from one of the people named to the other."""

    mine: bool = False
    """One of them is who asks."""


def plain(text: str, names: Sequence[str]) -> Plain:
    """`text` as the heads know it; `names` are the people in it, as they stand there."""
    text = _CONTRACTED.sub(r"\1 is", text)
    text = _LAST_TIME.sub(_last_time, text)
    text, per, busiest = _by_period(text)
    text = _owned(text, names)
    between = _between(text, names)
    text, others = _EACH_OTHER.subn("", text)
    exchanged = bool(names) and bool(between or others or _exchanges(text, names))
    speaks = re.search(rf"\b(?:{_ME})\b", between) if between else _I.search(text)
    return Plain(
        text=text, per=per, busiest=busiest, exchanged=exchanged, mine=speaks is not None
    )


def _last_time(found: re.Match[str]) -> str:
    return f"when was {'first' if found['which'].lower() == 'first' else 'last'} "


def _by_period(text: str) -> tuple[str, str, bool]:
    """Without what says that days, months or years are counted apart; which of them."""
    for pattern in (_WHICH_MOST, _WITH_MOST, _BUSIEST):
        if found := pattern.match(text):
            parts = found.groupdict()
            noun = parts["noun"] or "messages"
            pieces = ["how many", noun, parts.get("verb"), parts.get("of"), parts["rest"]]
            said = " ".join(" ".join(filter(None, pieces)).split())
            return re.sub(r" (?:in|on)$", "", said), found["per"].lower(), True
    found = _EACH.search(text)
    if found and not _TOPIC.search(text, 0, found.start()):
        left = f"{text[: found.start()]} {text[found.end() :]}"
        return " ".join(left.split()), found["per"].lower(), False
    return text, "", False


def _owned(text: str, names: Sequence[str]) -> str:
    """`how many of Karen's mails` as `how many mails from Karen`."""
    for name in names:
        theirs = re.compile(
            rf"\b(?:of )?{re.escape(name)}['’]s? (?P<which>{_WHICH})(?P<noun>{_MESSAGES})\b",
            re.IGNORECASE,
        )
        if found := theirs.search(text):
            said = f"{found['which']}{found['noun']} from {name}"
            text = f"{text[: found.start()]}{said}{text[found.end() :]}"
    return text


def _between(text: str, names: Sequence[str]) -> str:
    """`between Anna and me`, not `between March and June`; empty if it is not said."""
    one = "|".join([*map(re.escape, names), _ME])
    found = re.search(rf"\bbetween (?:{one})(?!\w)(?:,? (?:and|&) (?:{one})(?!\w))*", text)
    return found[0] if found else ""


def _exchanges(text: str, names: Sequence[str]) -> bool:
    """`Anna and I exchanged`, not `the stock exchange`."""
    one = "|".join([*map(re.escape, names), _ME, "ever", "have", "had"])
    return (
        re.search(rf"\b(?:{one}) exchanged?\b|\bexchanged with\b", text, re.IGNORECASE)
        is not None
    )


def two_sides(
    filters: tuple[Filter, ...], asked: Plain, owner: Sequence[int]
) -> tuple[tuple[Filter, ...], tuple[tuple[Filter, ...], ...]]:
    """The filters, and who wrote to whom either way: `between Anna and me`."""
    if not asked.exchanged:
        return filters, ()
    people = [one for one in filters if one.field in PEOPLE and one.value != "me"]
    # "Did Anna and Ben write to each other": both wrote, and both were written to.
    whom = tuple(replace(one, field=Field.WITH) for one in people)
    if not whom or any(one.negated or one.stated for one in people):
        return filters, ()
    others = tuple(one for one in filters if one.field not in PEOPLE)
    if asked.mine and owner:
        me = Filter(field=Field.WITH, value="me", identities=tuple(owner), stated=False)
        return (*others, *whom), ((me,), whom)
    if len(whom) != 2 or asked.mine:
        return filters, ()
    return (*others, *whom), (whom[:1], whom[1:])


def with_subject(query: Query) -> Query:
    """With `subject "west wing"` as a filter."""
    for phrase in query.phrases:
        said = re.search(rf"{_SUBJECT}[\"“”„«]\s*{re.escape(phrase)}", query.words, re.I)
        if said is not None:
            begin = re.match(_SUBJECT, said[0], re.IGNORECASE)
            word = begin[0].strip() if begin else ""
            one = Filter(field=Field.SUBJECT, value=phrase, stated=False, said=word)
            left = tuple(other for other in query.phrases if other != phrase)
            words = query.words.replace(phrase, " ").replace('"', " ")
            return replace(query, words=words, phrases=left, filters=(*query.filters, one))
    return query
