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
from typing import Final

from index.counthead import NOUNS, Form, Head, What, head
from index.countphrases import plain, two_sides, with_subject
from index.filters import ENDINGS
from index.keywords import STOPWORDS, terms
from index.operators import kind_named
from index.query import PEOPLE, Field, Filter, Query

__all__ = ["Form", "Wanted", "What", "listing", "wanted"]


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

    only: str = ""
    """`replies` or `forwards`, of messages: none but these."""

    per: str = ""
    """`day`, `month` or `year`: counted by it as well. Empty: only altogether."""

    sides: tuple[tuple[Filter, ...], ...] = ()
    """Two sides: only what somebody of one wrote to somebody of the other."""

    owner: tuple[int, ...] = ()
    """Of people: only those whom the owner, who is these, wrote to or had mail from."""

    remarks: tuple[str, ...] = ()


_POLITE: Final = re.compile(
    r"^(?:(?:and|so|but|please|tell me|do you know|(?:can|could|would) you|count(?= how))\b"
    r",? )+",
    re.IGNORECASE,
)
_TOPIC: Final = re.compile(
    r"\b(?:(?:talk|speak)(?:s|ed|ing)? (?:about|of)|about|regarding|concerning|"
    r"mention(?:s|ing|ed)?|contain(?:s|ing)?|with(?= the (?:words?|phrase|term)\b)|that says?|"
    r"saying|on the (?:topic|subject) of|at the|on the)\b(?: the (?:words?|phrase|term)\b)?",
    re.IGNORECASE,
)
_FILLERS: Final = frozenset(
    "send sent sends sending write writes wrote written writing receive received receives "
    "get got gotten come came exist exists there ever total altogether far archive inbox "
    "mailbox hear heard exchange exchanged between stored kept please list last first wrote "
    "since during attached involve involves involving email emailed mail mailed e mailing "
    "was were times went".split()
)
_MEANT: Final = frozenset(
    "down more most much must may might other over own off same such under until up".split()
)
"""No search looks for them, but they change what is counted."""
_UNCLEAR: Final = re.compile(
    r"\b(?:not|never|no|nor|without|except|excluding|but|than|outside|unread|unanswered|only|"
    r"or|either|per|each|every|average|same|least|both|who|whose|what|where|why|how|if|when|"
    r"because|after|before|while|said|say|should|would|could|can|will|"
    r"he|she|him|his|her|hers|they|them|their|theirs|your|yours)\b|n['’]t\b",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(r"\bforward(?:s|ed)?\b", re.IGNORECASE)
_NEWS: Final = r"(?:news|word|information|updates?|reports?|notes?|e-?mails?|mails?|messages?)"
_PASSED_ON: Final = re.compile(
    rf"(?P<name>[A-ZÀ-Þ][\w-]+(?: [A-ZÀ-Þ][\w-]+)*)['’]s? {_NEWS} (?:on|of|about|regarding) ",
)
"""Of a mail that was forwarded: who had written it, `Anna Berg's news on the mast`."""
_GAP: Final = "\N{SYMBOL FOR NULL}"
_JOINED: Final = re.compile(rf"{_GAP}(?:\s*(?:,|and|or|&)\s*{_GAP})+", re.IGNORECASE)
_TO_ME: Final = re.compile(
    r"\b(?:to (?:me|us)|(?:send|sent|write|wrote|written|mail|mailed|e-?mail(?:ed)?) (?:me|us)"
    r"|(?:I|we) (?:ever )?(?:get|got|gotten|receive|received|have received|have got"
    r"|hear|heard))\b",
    re.IGNORECASE,
)
_FROM_ME: Final = re.compile(
    r"\bI (?:(?:ever|have|had|first|last|also) )*(?:send|sent|write|wrote|written|mail(?:ed)?"
    r"|e-?mail(?:ed)?|forward(?:ed)?)\b|\bfrom me\b"
    r"|\bmy (?:sent )?(?:e-?mails?|mails|letters|messages) to\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)+")
_I_FORWARD: Final = re.compile(
    r"\bI (?:(?:ever|have|had|also) )*forward(?:ed)?\b", re.IGNORECASE
)
_WRITERS: Final = frozenset({Field.FROM, Field.WITH})
_SMALL: Final = STOPWORDS | _FILLERS | NOUNS


def wanted(query: Query, owner: Sequence[int] = ()) -> Wanted | None:
    """What a question counts or lists. None if it is not one of counting, or not all clear.

    `owner` are the identities of whom `I` and `me` mean.
    """
    text = _POLITE.sub("", " ".join(query.words.split()).rstrip(" ?.!"))
    asked = plain(text, [one.said for one in query.filters if one.field in PEOPLE and one.said])
    text, found = asked.text, head(asked.text)
    if found is None or any(_leaves_time_open(remark) for remark in query.remarks):
        return None
    if asked.per and not _may_be_apart(found):
        return None
    query = with_subject(query)
    only = found.only or ("forwards" if _FORWARD.search(text) else "")
    filters, words, clear = _taken(found.rest, query, passed_on=only == "forwards")
    if not clear:
        return None
    filters, sides = two_sides(filters, asked, owner)
    remarks: tuple[str, ...] = ()
    if found.people == "both":
        if not owner or any(one.field in PEOPLE for one in filters):
            return None
    elif not sides:
        mine = _mine(filters, text, owner)
        if mine is None:
            return None
        filters, remarks = mine
    whose = [one for one in filters if one.field in _WRITERS and one.value != "me"]
    if whose and _I_FORWARD.search(text):
        return None  # who had written what I forwarded is told by its text only
    what = found.what
    if what is What.DOCUMENTS and not found.kind and any(f.field in PEOPLE for f in filters):
        what = What.ATTACHMENTS  # what somebody sends is a file that came with a mail
    filters = _of_kind(filters, what, found.kind, found.noun)
    if what is What.PEOPLE and not (found.people or filters or words):
        return None
    if found.by_somebody and not any(one.field in _WRITERS for one in filters):
        return None
    return Wanted(
        what=what,
        form=Form.MOST if asked.busiest else found.form,
        filters=filters,
        words=(*words, *(one for one in query.phrases if one not in words)),
        writers=found.people == "writers",
        receivers=found.people == "receivers",
        only=only,
        per=asked.per,
        sides=sides,
        owner=tuple(owner) if found.people == "both" else (),
        remarks=(*query.remarks, *remarks),
    )


def _leaves_time_open(remark: str) -> bool:
    """What was said of the time was not understood; counting all times would be wrong."""
    return "no date I know" in remark or "names no year" in remark


def _may_be_apart(found: Head) -> bool:
    """Whether it can be counted by the month; who wrote in each is another question."""
    return found.form in (Form.COUNT, Form.LIST) and found.what not in (
        What.PEOPLE,
        What.THREADS,
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


def _taken(
    rest: str, query: Query, *, passed_on: bool
) -> tuple[tuple[Filter, ...], tuple[str, ...], bool]:
    """Filters, the topic's words, and whether nothing is left but small words."""
    text = rest
    for phrase in (
        *query.phrases,
        *(f.value for f in query.filters if f.field is Field.SUBJECT),
    ):
        text = re.sub(rf"[\"“”„«]\s*{re.escape(phrase)}\s*[\"“”»]", " ", text)
    first_words: tuple[str, ...] = ()
    filters: list[Filter] = []
    if passed_on and (whose := _PASSED_ON.search(text)):
        # Who had written what was forwarded stands in the text, in whatever order.
        first_words = tuple(whose["name"].split())
        text = f"{text[: whose.start()]}about {text[whose.end() :]}"
        query = replace(
            query, filters=tuple(f for f in query.filters if f.said != whose["name"])
        )
    topic = _TOPIC.search(text)
    for one in query.filters:
        if topic and one.field in PEOPLE and one.said and _follows(text, topic.end(), one.said):
            continue  # "about Anna": she is the topic, not the writer
        filters.append(one)
        text = _without(
            text, one.said, keep=bool(one.field is Field.FROM and one.value == "me")
        )
    text = _JOINED.sub(_GAP, text)
    topic = _TOPIC.search(text)
    before, after = (text[: topic.start()], text[topic.end() :]) if topic else (text, "")
    if _UNCLEAR.search(before) or _UNCLEAR.search(after):
        return (), (), False
    stray = [w for w in re.findall(r"[\w-]+", before.replace(_GAP, " ")) if not _is_small(w)]
    words = (*first_words, *_topic_words(after.replace(_GAP, " ")))
    if stray or (topic and not words and not query.phrases):
        return (), (), False
    return tuple(filters), words, True


def _is_small(word: str) -> bool:
    folded = word.lower()
    if folded in _MEANT:
        return False
    folded = "forward" if _FORWARD.fullmatch(word) else folded
    return (
        folded in STOPWORDS
        or folded in _FILLERS
        or folded in ("i", "me", "us", "we", "forward")
    )


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
    text = re.sub(r"['’]s?(?!\w)", " ", text)
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
            if any(one.field is field and not one.negated for one in filters):
                return None  # "mails from Anna that I forwarded" were written by two
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
        ending = kind_named(noun.split()[0]) if kind == "ending" else None
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
