"""Whether a question is one of counting or listing by stated facts, and of what.

"How many mails did Anna send me in 2004" is; "how many bedrooms has the house" is not. It is
one only if messages, people, threads, attachments or documents are counted and every other
word was understood: as a filter, as one of the small words such questions are made of, or as a
topic ("about the offsite"), whose words are then demanded and said. In doubt it is none, and
the question is left to search and model. Rules and tables, well below a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from index.filters import ENDINGS
from index.keywords import STOPWORDS, terms
from index.operators import kind_named
from index.query import PEOPLE, Field, Filter, Query


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be counted or listed."""

    what: What
    form: Form
    filters: tuple[Filter, ...] = ()
    """All of them must hold, whether typed or understood."""

    words: tuple[str, ...] = ()
    """Words and phrases that must all occur in the subject or the text."""

    writers: bool = False
    """Of people: only who wrote. Otherwise whoever takes part."""

    receivers: bool = False
    """Of people: only who was written to."""

    noun: str = ""
    """The word it was asked by, for saying it again: `mails`. Empty: that of `what`."""

    remarks: tuple[str, ...] = ()


_MAIL: Final = "e-?mails? mails? letters?"
_MESSAGE: Final = "messages? replies answers texts correspondence"
_NOUNS: Final[tuple[tuple[str, What, str], ...]] = (
    (_MAIL, What.MESSAGES, "mail"),
    (_MESSAGE, What.MESSAGES, ""),
    ("people persons? senders? correspondents? everyone everybody anyone", What.PEOPLE, ""),
    ("threads? conversations? discussions?", What.THREADS, ""),
    ("attachments? attached", What.ATTACHMENTS, ""),
    ("pdfs? spreadsheets? presentations? pictures? photos?", What.ATTACHMENTS, "ending"),
    ("documents? files?", What.DOCUMENTS, ""),
    ("chats?", What.DOCUMENTS, "chat"),
    ("notes?", What.DOCUMENTS, "note"),
)
_ANY_NOUN: Final = "|".join(word for words, _, _ in _NOUNS for word in words.split())
_HOW_MANY: Final = (
    r"(?:how many|(?:what (?:is|was) )?the (?:total )?number of|number of"
    r"|count(?: up)?(?: of)?)"
)
_ADJECTIVES: Final = (
    r"(?:(?:the|all|all of|every|each|any|my|of|different|distinct|such|other|whole) )*"
)
_NOUN: Final = rf"(?P<noun>{_ANY_NOUN})\b"
_WROTE: Final = (
    r"(?:wrote|writes?|sent|sends?|(?:e-?)?mail(?:s|ed)?|has written|have written|messaged?)"
)
_HEADS: Final[tuple[tuple[re.Pattern[str], Form], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (rf"^{_HOW_MANY} {_ADJECTIVES}{_NOUN}", Form.COUNT),
        (
            r"^(?:(?:what|which|who) (?:is|was|are|were) )?(?:(?:show|find|give)(?: me)? )?"
            rf"(?:the |my )?(?P<most>longest|biggest|largest) {_NOUN}",
            Form.MOST,
        ),
        (
            r"^(?:(?:what|which|when) (?:is|was) )?(?:(?:show|find|open|give)(?: me)? )?"
            r"(?:the |my )?(?P<first>(?:very )?(?:first|earliest|oldest)|"
            rf"(?:very )?(?:last|latest|newest|most recent)) {_NOUN}",
            Form.FIRST,
        ),
        (
            r"^(?:please )?(?:list|show me all|show all|give me (?:a list of )?all|"
            rf"name|enumerate|(?:a )?list of|all)(?: me)? {_ADJECTIVES}{_NOUN}",
            Form.LIST,
        ),
        (rf"^(?:which|what|show(?: me)?|the|my)? ?{_NOUN}", Form.LIST),
    )
)
_WHO_MOST: Final = re.compile(
    rf"^who (?:has )?{_WROTE}(?: to)?(?: (?:me|us))? (?:the )?(?:most|more)\b"
    rf"(?: {_NOUN})?(?: to (?:me|us))?",
    re.IGNORECASE,
)
_WHOM_MOST: Final = re.compile(
    r"^(?:to )?whom? (?:did|do|have) I (?:write|written|send|sent|mail)(?: to)?"
    rf"(?: the)? most\b(?: {_NOUN})?(?: to)?",
    re.IGNORECASE,
)
_WHO: Final = re.compile(
    rf"^(?:who|(?:which|what) (?:people|persons)) (?:all )?{_WROTE}(?= (?:to )?(?:me|us)\b)",
    re.IGNORECASE,
)
_HOW_OFTEN: Final = re.compile(
    r"^(?:how often|how many times) (?=(?:did|has|have|do|does)\b.*\b"
    r"(?:write|written|wrote|e-?mail(?:ed)?|mail(?:ed)?)\b)",
    re.IGNORECASE,
)
_WHEN: Final = re.compile(
    r"^when did (?=.*\b(?P<first>first|last)\b)(?=.*\b(?:write|mail|e-?mail|hear)\b)",
    re.IGNORECASE,
)
_TOPIC: Final = re.compile(
    r"\b(?:about|regarding|concerning|mention(?:s|ing|ed)?|contain(?:s|ing)?|"
    r"with the words?|that says?|saying|on the (?:topic|subject) of|at the|on the)\b",
    re.IGNORECASE,
)
_FILLERS: Final = frozenset(
    "send sent sends sending write writes wrote written writing receive received receives "
    "get got gotten come came exist exists there ever total altogether far archive inbox "
    "mailbox hear heard exchange exchanged between stored kept please list last first wrote "
    "since until during attached mailed emailed e mailing was were".split()
)
_UNCLEAR: Final = re.compile(
    r"\b(?:not|never|no|nor|without|except|excluding|but|than|outside|unread|unanswered|only|"
    r"or|either|per|each|every|average|same|least|both|who|whose|what|where|why|how|if|when|"
    r"because|after|before|while|said|say|should|would|could|can|will)\b|n['’]t\b",
    re.IGNORECASE,
)
_GAP: Final = "\N{SYMBOL FOR NULL}"
_JOINED: Final = re.compile(rf"{_GAP}(?:\s*(?:,|and|or|&)\s*{_GAP})+", re.IGNORECASE)
_TO_ME: Final = re.compile(
    r"\b(?:to (?:me|us)|(?:send|sent|write|wrote|written|mail|mailed|e-?mail(?:ed)?) (?:me|us)"
    r"|(?:I|we) (?:ever )?(?:get|got|gotten|receive|received|have received|have got|hear))\b",
    re.IGNORECASE,
)
_FROM_ME: Final = re.compile(
    r"\bI (?:\w+ )?(?:send|sent|write|wrote|written|mail(?:ed)?|e-?mail(?:ed)?)\b|\bfrom me\b"
    r"|\bmy (?:sent )?(?:e-?mails?|mails|letters|messages) to\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)+")
_BETWEEN: Final = re.compile(r"\bbetween\b.*\band\b", re.IGNORECASE)


def wanted(query: Query, owner: Sequence[int] = ()) -> Wanted | None:
    """What a question counts or lists. None if it is not one of counting, or not all clear.

    `owner` are the identities of whom `I` and `me` mean.
    """
    text = " ".join(query.words.split()).rstrip(" ?.!")
    text = re.sub(r"^(?:and|so|but|please|tell me|do you know),? ", "", text, flags=re.I)
    head = _head(text)
    if head is None or any("no date I know" in remark for remark in query.remarks):
        return None
    form, what, kind, noun, rest, of_people = head
    filters, words, left = _taken(rest, query)
    if left is None:
        return None
    found = _mine(filters, text, owner)
    if found is None:
        return None
    filters, remarks = found
    filters = _of_kind(filters, what, kind, noun)
    if what is What.PEOPLE and not (of_people or filters or words):
        return None
    return Wanted(
        what=what,
        form=form,
        filters=filters,
        words=(*words, *(one for one in query.phrases if one not in words)),
        writers="writers" in of_people,
        receivers="receivers" in of_people,
        noun=noun,
        remarks=(*query.remarks, *remarks),
    )


def listing(query: Query, what: What) -> Wanted:
    """The same for whoever has said what is to be listed: what is no filter is demanded."""
    text = query.words
    for phrase in query.phrases:
        text = text.replace(phrase, " ")
    filters = [one for one in query.filters if one.stated or one.field is not Field.KIND]
    for one in query.filters:
        text = _without(text, one.said)
    left = [word for word in terms(text.replace(_GAP, " ")) if word not in _SMALL]
    return Wanted(
        what=what,
        form=Form.LIST,
        filters=_of_kind(tuple(filters), what, "", ""),
        words=(*left, *query.phrases),
        remarks=query.remarks,
    )


def both_ways(query_text: str) -> bool:
    """Whether all people of a question must take part: `between Anna and Ben`."""
    return _BETWEEN.search(query_text) is not None


_SMALL: Final = STOPWORDS | _FILLERS | frozenset(_ANY_NOUN.replace("?", "").split("|"))

_Head = tuple[Form, What, str, str, str, str]


def _head(text: str) -> _Head | None:
    """Form, what, kind, noun, the rest of the text, and which people are meant."""
    for pattern, which in ((_WHO_MOST, "writers"), (_WHOM_MOST, "receivers")):
        if match := pattern.match(text):
            return Form.MOST, What.PEOPLE, "", "people", text[match.end() :], which
    if match := _WHO.match(text):
        return Form.LIST, What.PEOPLE, "", "people", text[match.end() :], "writers"
    if match := _HOW_OFTEN.match(text):
        return Form.COUNT, What.MESSAGES, "", "messages", text[match.end() :], ""
    if match := _WHEN.match(text):
        form = Form.FIRST if match["first"].lower() == "first" else Form.LAST
        return form, What.MESSAGES, "", "message", text[match.end() :], ""
    found = next(((m, form) for p, form in _HEADS if (m := p.match(text))), None)
    if found is None:
        return None
    match, form = found
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
    return form, what, kind, noun, rest, ""


def _people_head(form: Form, noun: str, rest: str) -> _Head | None:
    """People are counted by what they wrote or got; what they did otherwise is content."""
    if match := re.match(rf" (?:who |that |have |has |ever )*{_WROTE}\b", rest, re.IGNORECASE):
        return form, What.PEOPLE, "", "people", rest[match.end() :], "writers"
    if match := re.match(r" (?:did|do|have) I (?:write|written|send|sent|mail)", rest, re.I):
        return form, What.PEOPLE, "", "people", rest, "receivers"
    listed = form is Form.LIST and (noun in ("everyone", "everybody", "people"))
    if listed and re.match(
        r" (?:(?:who (?:was|is|were) )?(?:at|in|on|involved|about))\b", rest
    ):
        return form, What.PEOPLE, "", "people", rest, "all"
    if noun in ("senders", "sender", "correspondents"):
        return form, What.PEOPLE, "", "people", rest, "writers" if "send" in noun else "all"
    return None


def _taken(rest: str, query: Query) -> tuple[tuple[Filter, ...], tuple[str, ...], str | None]:
    """Filters, the topic's words, and what is left: None if that is more than small words."""
    text = rest
    for phrase in query.phrases:
        text = re.sub(rf"[\"“”„«]\s*{re.escape(phrase)}\s*[\"“”»]", " ", text)
    topic = _TOPIC.search(text)
    filters: list[Filter] = []
    spoken_of: list[str] = []
    for one in query.filters:
        if topic and one.field in PEOPLE and one.said and _follows(text, topic.end(), one.said):
            spoken_of.append(one.said)  # "about Anna": she is the topic, not the writer
            continue
        filters.append(one)
        text = _without(
            text, one.said, keep=bool(one.field is Field.FROM and one.value == "me")
        )
    text = _JOINED.sub(_GAP, text)
    topic = _TOPIC.search(text)
    before, after = (text[: topic.start()], text[topic.end() :]) if topic else (text, "")
    if _UNCLEAR.search(before) or _UNCLEAR.search(after):
        return (), (), None
    stray = [w for w in re.findall(r"[\w-]+", before.replace(_GAP, " ")) if not _is_small(w)]
    words = _topic_words(after.replace(_GAP, " "))
    if stray or (topic and not words and not query.phrases):
        return (), (), None
    return tuple(filters), words, ""


def _is_small(word: str) -> bool:
    folded = word.lower()
    return folded in STOPWORDS or folded in _FILLERS or folded in ("i", "me", "us", "we")


def _follows(text: str, end: int, said: str) -> bool:
    between = text[end:].partition(said)[0] if said in text[end:] else "x x"
    return not [w for w in re.findall(r"\w+", between) if w.lower() not in STOPWORDS]


def _without(text: str, said: str, *, keep: bool = False) -> str:
    for piece in said.split(" … "):
        if piece and not keep:
            text = re.sub(rf"(?<!\w){re.escape(piece)}(?:['’]s)?", _GAP, text, count=1)
    return text


def _topic_words(text: str) -> tuple[str, ...]:
    """Names of several words as phrases, the other words each by itself."""
    names = [match[0] for match in _NAME.finditer(text)]
    for name in names:
        text = text.replace(name, " ")
    return (*names, *(word for word in terms(text) if word not in STOPWORDS))


def _mine(
    filters: tuple[Filter, ...], text: str, owner: Sequence[int]
) -> tuple[tuple[Filter, ...], tuple[str, ...]] | None:
    """With the filters on the owner that `I` and `me` mean; None if it is not known who."""
    mine = {one.field for one in filters if one.value == "me"}
    remarks: list[str] = []
    for field, pattern, other in (
        (Field.FROM, _FROM_ME, Field.TO),
        (Field.TO, _TO_ME, Field.FROM),
    ):
        if field in mine or not pattern.search(text):
            continue
        if any(one.field is field for one in filters) and other in mine:
            continue
        if owner:
            me = Filter(field=field, value="me", identities=tuple(owner), stated=False)
            filters = (*filters, me)
        elif field is Field.TO:
            remarks.append("it is not known who you are, so whoever they went to: all count")
        else:
            return None
        break
    return filters, tuple(remarks)


def _of_kind(
    filters: tuple[Filter, ...], what: What, kind: str, noun: str
) -> tuple[Filter, ...]:
    """With the kind that the noun says; what it says already is taken out."""
    if what is What.ATTACHMENTS:
        filters = tuple(
            one for one in filters if one.field is not Field.HAS or one.negated or one.stated
        )
        ending = kind_named(noun) if kind == "ending" else None
        kinds = [one for one in filters if one.field is Field.KIND]
        others = tuple(one for one in filters if one.field is not Field.KIND)
        if ending is None:
            ending = next((one.value for one in kinds if one.value in ENDINGS), None)
        if ending is None:
            return others
        return (*others, Filter(field=Field.KIND, value=ending, stated=False))
    if any(one.field is Field.KIND and one.stated for one in filters):
        return filters
    others = tuple(one for one in filters if one.field is not Field.KIND)
    if what is What.THREADS or kind == "mail":
        return (*others, Filter(field=Field.KIND, value="mail", stated=False))
    if kind in ("chat", "note"):
        return (*others, Filter(field=Field.KIND, value=kind, stated=False))
    if what in (What.MESSAGES, What.PEOPLE):
        asked_mail = [one for one in filters if one.field is Field.KIND and one.value == "mail"]
        return (*others, *(replace(one, stated=False) for one in asked_mail[:1]))
    return filters
