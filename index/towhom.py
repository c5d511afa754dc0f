"""Who wrote to whom, in the plain words of a question.

What is found is preferred, not demanded: "What did Kate say about Ben?" prefers what Kate
wrote, and Ben is spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.mentioned import filter_on, mentions, person
from index.query import Field, Filter, People

_FIRST_MARK = 0xE100
_N = "[\ue100-\ue1ff]"
_NS = rf"{_N}(?:(?:,? and |, | or |,? & ){_N})*"
_BASE = (
    "send write tell ask forward pass give mail e-mail email say reply answer suggest "
    "recommend propose offer threaten invite request promise warn inform remind report "
    "complain confirm explain announce attach share mention claim advise thank apologise "
    "apologize want need text message call note describe comment express respond point "
    "state supply provide show teach copy cc instruct order agree congratulate circulate "
    "distribute schreiben schicken sagen"
)
_PAST = (
    "sent wrote told asked forwarded passed gave mailed e-mailed emailed said says writes "
    "tells replied answered suggested recommended proposed offered threatened invited "
    "requested promised warned informed reminded reported complained confirmed explained "
    "announced attached shared mentioned claimed advised thanked apologised apologized "
    "wanted texted messaged called noted described commented expressed responded pointed "
    "stated supplied provided showed copied instructed ordered congratulated circulated "
    "distributed"
)
_VERB = "|".join(_BASE.split())
_DID = "|".join(_PAST.split())
_MORE = (
    r"(?:\s+(?:\w+ly|ever|just|also|first|last|already|once|again|still|keep|kept|then|back|both|"
    r"even|later|never|go on to|agree to))*"
)
_MESSAGE = (
    r"(?:(?:e-?)?mails?|letters?|messages?|notes?|repl(?:y|ies)|answers?|news|reports?|requests?|"
    r"invitations?|questions?|texts?|words|proposals?|suggestions?|advice|complaints?|update)"
)
_ME = r"\b(?:me|us)\b"
_ASKING = re.compile(
    rf"\b(?:did|does|do|has|had|have|would|hat|haben)\s+(?P<from>{_NS}|I){_MORE}\s+"
    rf"(?P<verb>(?:{_VERB}|{_DID})(?:ing)?\b|asking\b|writing\b|(?:\w+\s+)to me\b)"
    r"(?P<rest>[^?]*)",
    re.IGNORECASE,
)
_SAYING = re.compile(
    rf"(?P<from>(?:{_NS})|\bI){_MORE}\s+(?:has |have |had )?(?P<verb>(?:{_DID})\b)"
    r"(?P<rest>[^?]*)",
    re.IGNORECASE,
)
_TO_WHOM = re.compile(
    rf"^\s*(?P<direct>{_NS})(?!['’])|^[^?]*?\bto\s+(?P<to>{_NS})(?!['’])", re.I
)
_FROM = re.compile(
    rf"\b(?:from|von|according to|in the words of)\s+(?P<from>{_NS}|me\b)(?!['’]s)"
    rf"(?:\s+to\s+(?P<to>{_NS}|me\b|us\b))?",
    re.IGNORECASE,
)
_BY = re.compile(
    rf"\b(?:{_DID}|written|given|posted|signed)\s+(?:\w+\s+)?by\s+(?P<from>{_NS})", re.I
)
_MINE = re.compile(rf"\bmy\s+(?:\w+\s+){{0,2}}{_MESSAGE}\s+to\s+(?P<to>{_NS})", re.IGNORECASE)
_ADDRESSED = re.compile(
    rf"\b{_MESSAGE}\s+(?:(?:that|which)\s+)?(?:(?:was|were|are|is|went|have been)\s+)?"
    rf"(?:\w+\s+)?to\s+(?P<to>{_NS})",
    re.IGNORECASE,
)
_WITH = re.compile(
    rf"\bbetween\s+(?:me and\s+)?(?P<a>{_NS})|\b(?:me|I) and\s+(?P<b>{_NS})|"
    rf"(?P<c>{_NS})\s+and\s+(?:I|me|myself)\b|"
    rf"\b(?:chat|conversation|correspondence|talk|discussion|thread)s?\s+with\s+(?P<d>{_NS})",
    re.IGNORECASE,
)
_OWNED = re.compile(rf"(?P<from>{_N})['’]s?\s+(?:[\w-]+\s+){{0,2}}{_MESSAGE}\b", re.IGNORECASE)
_TOLD_ME = re.compile(
    rf"\bwho\s+(?:\w+ly\s+)?(?:{_DID})\s+(?:to\s+)?(?:me|us)\b", re.IGNORECASE
)


def understood(text: str, people: People) -> tuple[Filter, ...]:
    """Filters on the people whom a question names, in the direction its words say."""
    named = mentions(text, people)
    marked = text
    for number, each in reversed(list(enumerate(named))):
        marked = marked[: each.start] + chr(_FIRST_MARK + number) + marked[each.end :]
    directed = _directed(marked)
    if not any(who for _, who in directed if who != "me"):
        directed += [(Field.WITH, chr(_FIRST_MARK + n)) for n in range(len(named))]
    found: dict[tuple[Field, str], Filter] = {}
    for field, who in directed:
        if who == "me":
            one = person("me", people, field, stated=False)
        else:
            mention = named[ord(who) - _FIRST_MARK]
            one = filter_on(
                field, mention.name, mention.matches, people, stated=False, said=mention.name
            )
        if one is not None:
            found.setdefault((field, one.value), one if one.said else _owner_said(one, text))
    return tuple(found.values())


def _owner_said(one: Filter, text: str) -> Filter:
    """With the word that the owner is meant by."""
    own = (
        (r"\bI\b", r"\bmy\b")
        if one.field is Field.FROM
        else (r"\b(?:me|us|myself)\b", r"\bI\b")
    )
    found = next(filter(None, (re.search(word, text, re.IGNORECASE) for word in own)), None)
    return replace(one, said=found[0] if found else "")


def _directed(marked: str) -> list[tuple[Field, str]]:
    """Who wrote, to whom: marks of names, or `me`."""
    if found := _WITH.search(marked):
        return [(Field.WITH, who) for who in _marks("".join(filter(None, found.groups())))]
    sides: list[tuple[Field, str]] = []
    for pattern in (_ASKING, _SAYING):
        if found := pattern.search(marked):
            sides += _speaker(found)
            break
    else:
        if found := _MINE.search(marked):
            sides += [(Field.FROM, "me"), *_all(Field.TO, found["to"])]
        elif found := _ADDRESSED.search(marked):
            sides += _all(Field.TO, found["to"])
        if _TOLD_ME.search(marked):
            sides.append((Field.TO, "me"))
    if not sides or all(field is Field.TO for field, _ in sides):
        sides += _source(marked)
    return sides


def _speaker(found: re.Match[str]) -> list[tuple[Field, str]]:
    sides = _all(Field.FROM, found["from"])
    rest = found["rest"]
    if re.search(rf"{_ME}", f"{found['verb']} {rest}") and found["from"] not in ("I", "i"):
        return [*sides, (Field.TO, "me")]
    if whom := _TO_WHOM.search(rest):
        sides += _all(Field.TO, whom["direct"] or whom["to"])
    return sides


def _source(marked: str) -> list[tuple[Field, str]]:
    for pattern in (_FROM, _BY, _OWNED):
        if found := pattern.search(marked):
            sides = _all(Field.FROM, found["from"])
            if pattern is _FROM and found["to"]:
                sides += _all(Field.TO, found["to"])
            elif pattern is _FROM and re.search(
                r"\b(?:I|we)\s+(?:\w+ly\s+)?(?:get|got|receive|received|hear|heard)\b", marked
            ):
                sides.append((Field.TO, "me"))
            return sides
    return []


def _all(field: Field, marks: str) -> list[tuple[Field, str]]:
    if marks.lower() in ("i", "me", "us"):
        return [(field, "me")]
    return [(field, who) for who in _marks(marks)]


def _marks(text: str) -> Sequence[str]:
    return re.findall(_N, text)
