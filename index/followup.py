"""A follow-up question made to stand alone: "and when did she reply?" keeps its subject.

It is better to leave a follow-up as it is than to spoil a question that is complete, so
something is added only if the question says that it leans on another one: it begins with
"and" or "what about", it is a bare "why?", or it says "she" without having said who.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from index import when
from index.query import PEOPLE, Field, Query


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A question that can be asked by itself."""

    text: str

    added: str = ""
    """What it has from the question before it. Empty: it stood alone."""


_ANY_DAY = date(2000, 1, 1)
_FAR_BACK = 5
_OPENING = re.compile(
    r"^\s*(?:(?:and|but|or|so|also|und|et|y|e)\b[,\s]*)?"
    r"(?P<about>(?:what|how) about\b|(?:was|wie) ist mit\b|et pour\b)?\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"^\s*(?:and|but|or|und|et|y)\b(?!\s+(?:yet|so)\b)", re.IGNORECASE)
_FUNCTION = frozenset(
    "a an the and or but so of in on at to from for with by about as into over under what "
    "which who whom whose when where why how did does do done is are was were be been being "
    "has have had having can could will would shall should may might must i me my mine we "
    "us our you your he him his she her hers they them their theirs it its this that these "
    "those there here then else also too same again ever just not no yes exactly more any "
    "some much many long often one ones please if before after since until during between "
    "than other another next first last now".split()
)
_SAYING = frozenset(
    "say said tell told write wrote reply replied answer answered send sent mention "
    "mentioned ask asked forward forwarded mail mails mailed email e-mail happen happened "
    "mean meant go went come came get got know knew think thought want wanted do agree "
    "agreed respond responded".split()
)
_PRONOUN = re.compile(
    r"\b(?P<who>he|she|him|they|them|hers|theirs)\b|\b(?P<her>her|his|their)\b", re.IGNORECASE
)
_THING = re.compile(
    r"\b(?:it|its|that|this|those|these|there|then|else|too|same)\b", re.IGNORECASE
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|are|were|be|will|does|did|would|has)\s+(?:it|there)\s+(?!\s*[?.!]|about\b)"
    r"|\b(?:there|it)\s+(?:is|was|are|were|will|take|takes|took|cost|costs|rain|snow|mean)\b"
    r"|\b(?:that|this|these|those|same)\s+\w+|\bsay that\b"
    r"|\w+\s+(?<!else )(?:are|is)\s+there\s*[?.!]*$",
    re.IGNORECASE,
)
_ANTECEDENT = re.compile(
    r"\b(?:the|a|an|my|our|your|which|what|every|each|some|any|no|many|most|these|those)\s+"
    r"(?!(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should|about|happened)\b)"
    r"[a-z][\w-]+|\b(?:who|someone|somebody|everyone|everybody|anyone|nobody|people)\b",
    re.IGNORECASE,
)
_PREPOSED = re.compile(r"(?:in|after|before|during|with|for|on|at|by|from)\s+$", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?!(?:was|has|does|this|his|its|us)\b)[a-z]{3,}s\b")
_QUESTION_WORD = re.compile(
    r"^(?:what|which|who|whom|whose|when|where|why|how)\b", re.IGNORECASE
)


def stand_alone(question: str, earlier: Sequence[Query]) -> FollowUp:
    """`question` with what it leaves out taken from the one before; else unchanged."""
    before = _leading(earlier)
    if before is None or not question.strip() or not leans(question):
        return FollowUp(text=question)
    spoken = _spoken(question)
    new_names, new_span = _names(spoken), _span(spoken)
    if _only_replaces(spoken, new_names, new_span):
        changed = _substituted(before, new_names, new_span)
        if changed is not None:
            return FollowUp(text=changed, added=_kept(before, new_names, new_span))
    # "What about the garden?" has a topic of its own.
    about = _OPENING.match(question)["about"] and _content(spoken)  # type: ignore[index]
    added = _kept(before, new_names, new_span, topic=not about)
    if not added:
        return FollowUp(text=question)
    return FollowUp(text=f"{question.strip()} ({added})", added=added)


def leans(question: str) -> bool:
    """Whether a question cannot be understood without the one before it."""
    spoken = _spoken(question)
    content = _content(spoken)
    if re.search(r"(?<!\S)-?\w+:\S|[\"“”]", question):
        return False  # whoever types operators or phrases has said what is meant
    if _OPENING.match(question)["about"]:  # type: ignore[index]
        return len(content) <= 4
    names = _names(spoken)
    if _AND.match(question):
        return len(content) <= 2 or _unresolved(spoken, names)
    if not content:
        return True
    if _unresolved(spoken, names):
        return len(content) <= 6
    if names or len(content) > 2:
        return False
    return _points_back(spoken)


def _spoken(question: str) -> str:
    opening = _OPENING.match(question)
    return question[opening.end() :].strip() if opening else question.strip()


def _content(text: str) -> list[str]:
    words = re.findall(r"[^\W\d_][\w’'-]*|\d[\w.,:]*", text)
    return [word for word in words if word.lower() not in _FUNCTION | _SAYING]


def _names(text: str) -> list[str]:
    """Capitalised words that do not merely begin the question."""
    dated = [(found.start, found.end) for found in when.find(text, _ANY_DAY)[0]]
    found = []
    for match in re.finditer(r"[A-ZÀ-Þ][\w’-]+(?: [A-ZÀ-Þ][\w’-]+)*", text):
        name = re.sub(r"['’]s$", "", match[0])
        if match.start() == 0:
            first, _, rest = name.partition(" ")
            if _is_function(first):
                name = rest
        inside = any(start <= match.start() < end for start, end in dated)
        if name and not inside and name != "I":
            found.append(name)
    return found


def _is_function(word: str) -> bool:
    return word.lower() in _FUNCTION | _SAYING


def _span(text: str) -> str:
    found, _ = when.find(text, _ANY_DAY)
    if not found:
        found, _ = when.find(f"what about {text}", _ANY_DAY)
    return found[0].said if found else ""


def _unresolved(text: str, names: list[str]) -> bool:
    """Whether it says "she" and nothing before that says who."""
    pronoun = _PRONOUN.search(text)
    if pronoun is None:
        return False
    before = text[: pronoun.start()]
    if any(name in before for name in names):
        return False
    if names and _PREPOSED.match(before):
        return False  # "In his letter Ben …"
    if pronoun[0].lower() in ("they", "them", "their", "theirs") and _PLURAL.search(before):
        return False
    owner = pronoun["her"]
    asked = re.match(r"who\b", before, re.IGNORECASE)
    if asked and not _ANTECEDENT.search(before[asked.end() :]):
        # "Who lost his keys?" is complete; "Who told her?" is not.
        followed = re.match(r"\s+[a-z]", text[pronoun.end() :], re.IGNORECASE)
        return not (owner and followed)
    return not _ANTECEDENT.search(before)


def _points_back(text: str) -> bool:
    if not _THING.search(text) or _EXPLETIVE.search(text):
        return False
    return bool(_QUESTION_WORD.match(text)) or len(_content(text)) <= 1


def _leading(earlier: Sequence[Query]) -> Query | None:
    """The nearest question before that has anything to lend."""
    for query in reversed(earlier[-_FAR_BACK:]):
        if _content(query.words) or query.filters:
            return query
    return None


def _only_replaces(spoken: str, names: list[str], span: str) -> bool:
    """Whether a follow-up is nothing but another name or another time."""
    rest = spoken
    for said in (*names, span):
        rest = rest.replace(said, " ") if said else rest
    words = re.findall(r"\w+", rest)
    if _QUESTION_WORD.match(spoken):
        return False
    return bool(names or span) and all(
        word.lower()
        in ("in", "on", "from", "to", "with", "by", "for", "and", "or", "s", "the", "of")
        for word in words
    )


def _substituted(before: Query, names: list[str], span: str) -> str | None:
    """The earlier question about somebody or some time else."""
    text = before.text
    if names:
        old = [f.said for f in before.filters if f.field in PEOPLE and f.said not in ("", "me")]
        if len(names) > 1 or not old or old[0] not in text:
            return None
        text = text.replace(old[0], names[0])
    if span:
        old = [f.said for f in before.filters if f.field is Field.DURING and f.said]
        when_said = span if re.match(r"\D*[a-z]+ ", span) else f"in {span}"
        if old:
            if old[0] not in text:
                return None
            text = text.replace(old[0], when_said)
        else:
            text = f"{text.rstrip(' ?.!')} {when_said}?"
    return text


def _kept(before: Query, names: list[str], span: str, *, topic: bool = True) -> str:
    """People, span and, if the topic stays, content words of a question, in its order."""
    people = [f for f in before.filters if f.field in PEOPLE]
    spans = [f for f in before.filters if f.field is Field.DURING]
    text = before.words
    pieces: list[tuple[int, str]] = []
    for each in (*people, *spans):
        drop = names if each.field in PEOPLE else span
        at = text.find(each.said) if each.said else -1
        if at >= 0:
            text = text.replace(each.said, " " * len(each.said), 1)
        if not drop and each.value != "me":
            pieces.append((at if at >= 0 else len(text), each.said or each.value))
    pieces += [
        (word.start(), word[0])
        for word in re.finditer(r"[^\W_][\w’'.@-]*", text)
        if topic and not _is_function(word[0])
    ]
    return " ".join(dict.fromkeys(piece.rstrip(".") for _, piece in sorted(pieces)))
