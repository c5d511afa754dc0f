"""Whether a sentence of the model's is borne out by a message, checked in code. Pure.

A statement is kept only if one or two sentences of the message hold most of its words, and
all of its names and numbers; if they are no question, guess or denial that it makes a plain
fact of; and if whoever it says did something is not somebody else than whoever wrote "I".
It errs towards leaving out: what is left out is quoted instead, or another message is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from archive.summary.messages import Item, Span, said_sentences
from archive.summary.roles import swapped
from index.keywords import STOPWORDS
from index.words import content_stems, stem, words

SUPPORTED = 0.7
"""Share of a statement's own words that its source must hold, numbers counted twice."""

_PAIR_CHARS = 500

# Words that say how something was said; a message seldom names them.
_SPEECH = content_stems(
    "says said asks asked tells told thinks thought wants wanted mentions mentioned discusses"
    " discussed reports reported writes wrote explains explained suggests suggested plans"
    " planned hopes hoped invites invited offers offered requests requested shares shared"
    " expresses expressed describes described informs informed reminds reminded notes noted"
    " states stated feels felt enjoys enjoyed likes liked recommends recommended announces"
    " announced sends sent message mail email excited someone people him her them his their"
    " recently currently also"
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|without|cannot)\b|n['’]t\b", re.I
)
_HEDGE = re.compile(
    r"\b(?:might|maybe|perhaps|possibly|if|unless|whether|wish|hope|hopes|hoping|thinking"
    r"|considering|considers|suppos(?:e|es|ed)|assum(?:e|es|ed|ing)|guess|presum(?:e|ably)|could|would|want|wants|wanted|plan|plans|planning)\b"
    r"|\bmay\b",
)
_PERHAPS = re.compile(
    r"\b(?:might|maybe|perhaps|possibly|could|may|if|whether|can)\b", re.IGNORECASE
)
_MAYBE = re.compile(r"\b(?:maybe|perhaps|possibly|might)\b", re.IGNORECASE)
_WISHES = re.compile(
    r"\W*(?:have|enjoy|hope you|good luck|happy|all the best|take care)\b", re.I
)
_WISHED = re.compile(r"\b(?:wish|wishes|wished|hope|hopes|hoped|congratulat)", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:ask|asks|asked|wonder|wonders|wondered|question|whether|if|wants to know|suggest"
    r"|suggests|suggested|request|requests|requested|invites|invited|offers|offered)\b",
    re.I,
)
_REQUESTED = re.compile(r"\b(?:ask|asks|asked|asking|request\w*)\b", re.IGNORECASE)
_REQUESTS = re.compile(
    r"\?|\b(?:please|pls|plz|could you|can you|would you|will you|i would like|i['’]d like|need"
    r"|let me know|advise|wonder\w*|looking for|tell me|send me|give me|ask|asks|asked)\b",
    re.IGNORECASE,
)
# "Thanks!" needs no telling.
_ONLY_THANKS = re.compile(
    r"\W*(?:many |okay |ok )?(?:thanks?|thank you|thx|cheers)\b[^.!?\n]{0,24}[.!\s]*",
    re.IGNORECASE,
)
_THIRD_PERSON = re.compile(r"\b(?:he|she|his|him)\b")
_FIRST_PERSON = re.compile(r"\b(?:I|I['’]\w+|my|me|mine|we|we['’]\w+|our|us)\b")
_CAPITAL = re.compile(r"\b[A-ZÀ-Ý][\w’'-]*")
# What somebody does who says "you".
_ADDRESSES = re.compile(
    r"\b(?:ask|tell|told|thank|invite|offer|remind|suggest|recommend|request|congratulate"
    r"|wonder|warn|advise|promise|will|wants?|hopes?|sent|sends?|gave|gives?|show|help)",
    re.I,
)
# Who says something in a mail is who wrote it.
_SPEAKS = re.compile(
    r"([A-ZÀ-Ý][\w’'-]+(?: [A-ZÀ-Ý][\w’'-]+){0,2}) (?:says?|said|thank(?:s|ed)?|asks?|asked"
    r"|tells?|told|writes?|wrote|mentions?|mentioned|explains?|explained|reports?|reported|suggests?"
    r"|suggested|states?|stated|informs?|informed|reminds?|reminded|requests?|requested)\b"
)
_SECOND_PERSON = re.compile(r"\b(?:you|your|yours)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """The words that bear a statement out."""

    item: Item
    span: Span
    """Offsets in the item's text."""

    speaker: str
    share: float


def find(said: str, named: Item, others: Sequence[Item] = ()) -> Support | None:
    """What bears `said` out: the message the model named, or another it was shown. Or None."""
    if _FIRST_PERSON.search(said) or _SECOND_PERSON.search(said):
        return None  # whose "I" it is cannot be told from the sentence
    best: Support | None = None
    for item in (named, *(one for one in others if one is not named)):
        found = _in(said, item)
        if found is not None and (best is None or found.share > best.share + 0.1):
            best = found
        if best is not None and best.item is named and best.share > 0.85:
            break
    return best


def _in(said: str, item: Item) -> Support | None:
    header = _header(item)
    own = {
        stem(word): 2.0 if any(char.isdigit() for char in word) else 1.0
        for word in words(said)
        if word not in STOPWORDS and stem(word) not in _SPEECH
    }
    told = {word: weight for word, weight in own.items() if word not in header}
    if not told:
        return None  # it only says who and when
    names = [word for mark in _CAPITAL.findall(said) for word in words(mark)]
    sure = [word for word in words(said) if any(char.isdigit() for char in word)]
    best: Support | None = None
    best_rank = 0.0
    for span, speaker, held in _spans(item):
        share = sum(weight for word, weight in told.items() if word in held) / sum(
            told.values()
        )
        rank = share - (span[1] - span[0]) / 5000
        if share < SUPPORTED or rank <= best_rank:
            continue
        around = held | header | content_stems(speaker)
        if not all(stem(word) in around for word in sure):
            continue
        if not all(_known(word, place, around) for place, word in enumerate(names)):
            continue
        source = item.text[slice(*span)]
        if _ONLY_THANKS.fullmatch(source) or _twisted(said, source, speaker):
            continue
        if swapped(said, source, speaker, (*item.passage.people, *item.speakers)):
            continue
        best, best_rank = Support(item=item, span=span, speaker=speaker, share=share), rank
    return best


def _known(word: str, place: int, around: set[str]) -> bool:
    """Whether a capitalised word is in the source; the first may be any common word."""
    found = stem(word) in around or word in STOPWORDS
    return found or (place == 0 and stem(word) in _SPEECH)


def _spans(item: Item) -> list[tuple[Span, str, set[str]]]:
    """Each sentence, and each two that one person says on end."""
    found = list(said_sentences(item))
    spans = list(found)
    for (one, speaker), (other, next_speaker) in pairwise(found):
        if speaker == next_speaker and other[1] - one[0] <= _PAIR_CHARS:
            spans.append(((one[0], other[1]), speaker))
    return [
        (span, speaker, {stem(word) for word in words(item.text[slice(*span)])})
        for span, speaker in spans
    ]


def _header(item: Item) -> set[str]:
    """What the model was told of the item besides its text."""
    passage = item.passage
    stems = content_stems(" ".join((passage.title, *passage.people, *item.speakers)))
    if passage.date is not None:
        stems |= content_stems(f"{passage.date:%Y %B %d %A} {passage.date.day}")
    return stems


def _twisted(said: str, source: str, speaker: str) -> bool:
    """Whether a statement makes of its source what it does not say."""
    if bool(_NEGATION.search(said)) != bool(_NEGATION.search(source)):
        return True
    if _HEDGE.search(source) and not (_HEDGE.search(said) or _ASKS.search(said)):
        return True
    if _MAYBE.search(source) and not _PERHAPS.search(said):
        return True  # a plan is more than a perhaps
    if _WISHES.match(source) and not _WISHED.search(said):
        return True  # "Have a great weekend!" is not how the weekend was
    if "?" in source and not _ASKS.search(said):
        return True
    if _REQUESTED.search(said) and not _REQUESTS.search(source):
        return True  # who tells of a file asks nobody to make it
    return _wrong_person(said, source, speaker)


def _wrong_person(said: str, source: str, speaker: str) -> bool:
    """Whether the one who did it in the statement is not the one who wrote "I".

    Or is, where the source speaks of "you": what you did is not what I did.
    """
    you = _SECOND_PERSON.search(source)
    me = _FIRST_PERSON.search(source)
    if you and not me and _THIRD_PERSON.search(said):
        return True  # "Why are you so late?" does not ask why he is
    if speaker and (speaks := _SPEAKS.match(said)) is not None:
        return not set(words(speaks[1])) & set(words(speaker))
    subject = set(words(" ".join(said.split()[:2])))
    if speaker and you:
        its_own = bool(subject & set(words(speaker)))
        if me and not its_own:
            return True  # which of it is whose cannot be told
        return its_own != bool(_ADDRESSES.search(said))
    if not me:
        return False
    named = {
        word
        for mark in _CAPITAL.findall(" ".join(said.split()[:2]))
        for word in words(mark)
        if word not in STOPWORDS
    } - set(words(source))
    # Whoever is called `Dave` in a letter is `David` in its header: any other name will do.
    return bool(named) and bool(speaker) and not named & set(words(speaker))
