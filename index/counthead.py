"""How questions of counting and listing begin: what is counted, and what is to be said of it.

Tables of patterns; only a question that begins with one of them can be such a question. What
stands behind it is left to `index.countable`. English only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class What(StrEnum):
    """What is counted."""

    MESSAGES = "messages"
    PEOPLE = "people"
    THREADS = "threads"
    ATTACHMENTS = "attachments"
    DOCUMENTS = "documents"


class Form(StrEnum):
    """What is to be said of them."""

    COUNT = "count"
    LIST = "list"
    FIRST = "first"
    LAST = "last"
    MOST = "most"
    """Who or what leads: who wrote most, the longest thread."""
    DAYS = "days"
    """On which days they were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How a question begins."""

    form: Form
    what: What
    rest: str
    """What stands behind it."""

    noun: str
    """The word that says what is counted: `mails`."""

    kind: str = ""
    """What the word says: `mail`, `chat`, `note`, or `ending`, that of a file's name."""

    people: str = ""
    """Which people: `writers`, `receivers`, `both` of who asks, `all` who take part."""

    by_somebody: bool = False
    """Somebody has to be named who wrote to them."""

    only: str = ""
    """`replies` or `forwards`: no other messages."""


_MAIL: Final = "e-?mails? mails? letters?"
_MESSAGE: Final = "messages? replies reply answers? texts? correspondence forwards?"
_NOUNS: Final[tuple[tuple[str, What, str], ...]] = (
    (_MAIL, What.MESSAGES, "mail"),
    (_MESSAGE, What.MESSAGES, ""),
    ("people persons? senders? correspondents? everyone everybody anyone", What.PEOPLE, ""),
    ("threads? conversations? discussions?", What.THREADS, ""),
    ("attachments? attached", What.ATTACHMENTS, ""),
    (
        r"pdfs? pdf\sfiles? spreadsheets? excel\s(?:files?|sheets?) presentations? pictures?"
        " photos? images?",
        What.ATTACHMENTS,
        "ending",
    ),
    ("documents? files?", What.DOCUMENTS, ""),
    ("chats?", What.DOCUMENTS, "chat"),
    ("notes?", What.DOCUMENTS, "note"),
)
_SORTS: Final = (("replies", r"repl(?:y|ies)|answers?"), ("forwards", "forwards?"))
_ANY_NOUN: Final = "|".join(word for words, _, _ in _NOUNS for word in words.split())
NOUNS: Final = frozenset(_ANY_NOUN.replace("?", "").split("|"))
_HOW_MANY: Final = (
    r"(?:(?:in )?how many|how much(?= (?:e-?)?mail\b)|count(?: up)?(?: of)?"
    r"|(?:what(?: i|['’])s |what was )?the (?:total )?number of|number of)"
)
_ADJECTIVES: Final = (
    r"(?:(?:the|all|all of|every|each|any|my|of|different|distinct|such|whole|forwarded) )*"
)
_LENGTHENED: Final = r"(?:(?:e-?mail|mail|message) (?=thread|conversation|discussion))?"
_NOUN: Final = rf"(?P<noun>{_ANY_NOUN})\b"
_WROTE: Final = (
    r"(?:wrote|writes?|sent|sends?|(?:e-?)?mail(?:s|ed)?|has written|have written|messaged?)"
)
_SHOW: Final = r"(?:(?:show|find|open|give|get)(?: me)? )?"
_HEADS: Final[tuple[tuple[re.Pattern[str], Form], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (rf"^{_HOW_MANY} {_ADJECTIVES}{_LENGTHENED}{_NOUN}", Form.COUNT),
        (
            rf"^(?:(?:what|which|who|how (?:long|big)) (?:is|was|are|were) )?{_SHOW}"
            rf"(?:the |my )?(?:longest|biggest|largest) {_LENGTHENED}{_NOUN}",
            Form.MOST,
        ),
        (
            rf"^(?:what|which) {_LENGTHENED}{_NOUN} (?:has|have|had|got|contains?) (?:the )?"
            r"most (?:e-?mails?|mails?|messages?|replies|answers)\b",
            Form.MOST,
        ),
        (
            rf"^(?:(?:what|which|when) (?:is|was) )?{_SHOW}"
            r"(?:the |my )?(?P<first>(?:very )?(?:first|earliest|oldest)|"
            rf"(?:very )?(?:last|latest|newest|most recent)) {_NOUN}",
            Form.FIRST,
        ),
        (
            r"^(?:please )?(?:list|(?:show|find|give)(?: me)? (?:(?:a )?list of )?all|name"
            r"|enumerate|(?:give me )?(?:a )?list of|all|(?:what|which) are all)(?: me)? "
            rf"{_ADJECTIVES}{_LENGTHENED}{_NOUN}",
            Form.LIST,
        ),
        (
            r"^(?:(?:which|what) of (?:my|the)|which|what|show(?: me)?|the|my)? ?"
            rf"{_LENGTHENED}{_NOUN}",
            Form.LIST,
        ),
        (
            r"^(?:do (?:I|we) have|(?:are|were|is|was) there|have (?:I|we) (?:got|had|received)"
            rf"|did (?:I|we) (?:ever )?(?:get|receive)) (?:ever )?(?:any|an?) {_NOUN}",
            Form.LIST,
        ),
        (rf"^(?:give me |a list of |list of )+{_NOUN}", Form.LIST),
    )
)
_WHO_MOST: Final = re.compile(
    rf"^who (?:has )?{_WROTE}(?: to)?(?: (?:me|us))? (?:the )?(?:most|more)\b(?: often)?"
    rf"(?: {_NOUN})?(?: to (?:me|us))?",
    re.IGNORECASE,
)
_WHOM_MOST: Final = re.compile(
    r"^(?:to )?whom? (?:did|do|have) I (?:write|written|send|sent|(?:e-?)?mail(?:ed)?)(?: to)?"
    rf"(?: the)? most\b(?: often)?(?: {_NOUN})?(?: to)?",
    re.IGNORECASE,
)
_TOP: Final = re.compile(
    r"^(?:(?:who|what) (?:is|are|were) |list |name )?(?:my |the )?(?:top|main|most frequent|"
    r"most active|biggest) (?:\w+ )?(?:e-?mail |mail )?"
    r"(?P<which>correspondents?|contacts?|senders?|writers?)\b",
    re.IGNORECASE,
)
_WITH_WHOM_MOST: Final = re.compile(
    r"^(?:(?P<with>with) )?whom? (?:did|do|have) I "
    r"(?:correspond(?:ed)?|exchanged?|wr(?:ite|itten)|(?:e-?)?mail(?:ed)?)"
    rf"(?P<between>.*?) (?:the )?most(?: often)?(?: {_NOUN})?(?P<rest>.*)$",
    re.IGNORECASE,
)
_IN_THREAD: Final = re.compile(
    r"^(?:who|(?:which|what) (?:people|persons)) (?:all )?(?:was|were|is|are|took part)"
    r"(?: involved)?(?: also)? (?:on|in|part of) (?:the|that|my) "
    rf"{_LENGTHENED}(?:threads?|conversations?|correspondence|e-?mails?|mails?)\b",
    re.IGNORECASE,
)
_WHO: Final = re.compile(
    rf"^(?:who|(?:which|what) (?:people|persons)) (?:all )?{_WROTE}(?= (?:to )?(?:me|us)\b)",
    re.IGNORECASE,
)
_FROM_WHOM: Final = re.compile(
    r"^(?:from whom|whom? (?=.* from\b)) ?(?:all )?(?=(?:did|have|do) I "
    r"(?:get|got|receive|have)(?:d|ten)? (?:any |an? )?"
    r"(?:e-?mails?|mails?|messages?|letters?)\b)",
    re.IGNORECASE,
)
_HEARD_FROM: Final = re.compile(
    r"^(?:from )?whom? (?:all )?(?:did|have) (?:I|we) (?:ever )?hear(?:d)?(?: from)?\b",
    re.IGNORECASE,
)
_WHO_GOT: Final = re.compile(
    r"^(?:to )?whom? (?:all )?(?:did|does|has|have) (?!I\b|we\b)"
    r"(?=.*\b(?:write|written|send|sent|mail|e-?mail)(?:ed)?\b)",
    re.IGNORECASE,
)
_WHO_GOT_MINE: Final = re.compile(
    r"^(?:to )?whom? (?:all )?(?:did|do|have) (?:I|we) (?=(?:ever )?"
    r"(?:write|written|send|sent|(?:e-?)?mail(?:ed)?)(?: (?:an? |any )?"
    rf"(?:{_MAIL.replace(' ', '|')}|messages?))?(?: to)?"
    r"(?:$| (?:in|on|at|between|during|since|before|after|last|this|about|regarding)\b))",
    re.IGNORECASE,
)
_HOW_OFTEN: Final = re.compile(
    r"^(?:how often|how many times) (?=.*\b"
    r"(?:write|written|wrote|e-?mail(?:ed)?|mail(?:ed)?|reply|replied|forward(?:ed)?)\b)",
    re.IGNORECASE,
)
_REPLY: Final = re.compile(r"\b(?:reply|replied)\b(?: to(?! (?:me|us)\b))?", re.IGNORECASE)
_WHEN: Final = re.compile(
    r"^when (?:did|was) (?=.*\b(?P<first>first|last)\b)"
    r"(?=.*\b(?:write|wrote|(?:e-?)?mail(?:ed)?|hear|heard)\b)",
    re.IGNORECASE,
)
_DAYS: Final = re.compile(
    r"^(?:on )?(?:which|what|how many) (?:different )?(?:dates?|days?) "
    r"(?=(?:.* )?(?:did|do|have|has)\b.*\b"
    r"(?:write|written|send|sent|e-?mail(?:ed)?|mail(?:ed)?|forward(?:ed)?|hear|heard"
    r"|get e?-?mails?|receive e?-?mails?)\b)",
    re.IGNORECASE,
)


def head(text: str) -> Head | None:
    """How a question of counting or listing begins. None if it is none."""
    for pattern, which in ((_WHO_MOST, "writers"), (_WHOM_MOST, "receivers")):
        if match := pattern.match(text):
            return _of_people(Form.MOST, text[match.end() :], which)
    if match := _TOP.match(text):
        which = "writers" if match["which"].lower().startswith(("send", "writ")) else "both"
        return _of_people(Form.MOST, text[match.end() :], which)
    if match := _WITH_WHOM_MOST.match(text):
        return _with_whom_most(match)
    if match := _IN_THREAD.match(text):
        return _of_people(Form.LIST, text[match.end() :], "all")
    if match := _WHO_GOT_MINE.match(text):
        return _of_people(Form.LIST, text[match.end() :], "receivers")
    for pattern in (_WHO, _FROM_WHOM, _HEARD_FROM):
        if match := pattern.match(text):
            return _of_people(Form.LIST, text[match.end() :], "writers")
    if match := _WHO_GOT.match(text):
        found = _of_people(Form.LIST, text[match.end() :], "receivers")
        return replace(found, by_somebody=True)
    for pattern, form in ((_HOW_OFTEN, Form.COUNT), (_DAYS, Form.DAYS)):
        if match := pattern.match(text):
            return _of_messages(form, text[match.end() :])
    if match := _WHEN.match(text):
        form = Form.FIRST if match["first"].lower() == "first" else Form.LAST
        return _of_messages(form, text[match.end() :])
    for pattern, form in _HEADS:
        if match := pattern.match(text):
            return _with_noun(match, form, text)
    return None


def _with_whom_most(match: re.Match[str]) -> Head | None:
    """Both ways only if it says `with`: whom I write to most need not answer."""
    rest = f"{match['between']} {match['rest']}"
    if not match["with"] and not re.search(r"\bwith\b", rest):
        return None
    return _of_people(Form.MOST, re.sub(r"\bwith\b", " ", rest, count=1), "both")


def _of_people(form: Form, rest: str, which: str) -> Head:
    return Head(form=form, what=What.PEOPLE, rest=rest, noun="people", people=which)


def _of_messages(form: Form, rest: str) -> Head:
    replies = _REPLY.search(rest) is not None
    rest = _REPLY.sub("", rest)
    only = "replies" if replies else ""
    return Head(form=form, what=What.MESSAGES, rest=rest, noun="messages", only=only)


def _with_noun(match: re.Match[str], form: Form, text: str) -> Head | None:
    noun = match["noun"].lower()
    what, kind = next(
        (what, kind)
        for words, what, kind in _NOUNS
        if any(re.fullmatch(word, noun) for word in words.split())
    )
    rest = text[match.end() :]
    if form is Form.FIRST:
        early = re.search(r"first|earliest|oldest", match["first"], re.IGNORECASE)
        form = Form.FIRST if early else Form.LAST
        if what is not What.MESSAGES:
            return None
    if form is Form.MOST and what is not What.THREADS:
        return None
    if what is What.PEOPLE:
        return _people_head(form, noun, rest)
    if noun == "notes" and form is Form.LIST and not rest:
        return None
    only = next((sort for sort, rule in _SORTS if re.fullmatch(rule, noun)), "")
    return Head(form=form, what=what, rest=rest, noun=noun, kind=kind, only=only)


def _people_head(form: Form, noun: str, rest: str) -> Head | None:
    """People are counted by what they wrote or got; what they did otherwise is content."""
    if match := re.match(rf" (?:who |that |have |has |ever )*{_WROTE}\b", rest, re.IGNORECASE):
        return _of_people(form, rest[match.end() :], "writers")
    if re.match(r" (?:did|do|have) I (?:write|written|send|sent|mail)", rest, re.I):
        return _of_people(form, rest, "receivers")
    listed = form is Form.LIST and (noun in ("everyone", "everybody", "people"))
    if listed and re.match(
        r" (?:(?:who (?:was|is|were) )?(?:at|in|on|involved|about))\b", rest
    ):
        return _of_people(form, rest, "all")
    if noun in ("senders", "sender", "correspondents"):
        return _of_people(form, rest, "writers" if "send" in noun else "all")
    return None
