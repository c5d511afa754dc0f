"""People in the plain words of a question: who is named, and whom that may mean.

Only names that the archive knows are found. A name in lower case counts where only a name can
stand, and never if it is an ordinary word or a surname.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index import naming
from index.datewords import MONTHS, SEASONS, WEEKDAYS
from index.query import Field, Filter, Match, People

MOST_MEANT = 8
"""A name that may mean more people than this says nothing."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at `text[start:end]`, and who it may mean."""

    start: int
    end: int
    name: str
    matches: tuple[Match, ...]


def person(name: str, people: People, field: Field, *, stated: bool = True) -> Filter | None:
    """A filter on somebody. None if nobody is called so; `me` is the archive's owner."""
    if name.casefold() in ("me", "i", "myself"):
        if not people.owner:
            return None
        return Filter(field=field, value="me", identities=tuple(people.owner), stated=stated)
    matches = people.named(name)
    if not matches:
        return None
    return filter_on(field, name, tuple(matches), people, stated=stated, said="")


def filter_on(
    field: Field,
    name: str,
    matches: tuple[Match, ...],
    people: People,
    *,
    stated: bool,
    said: str,
) -> Filter:
    """A filter on whom `name` may mean, shown by the name the archive has of them."""
    meant = matches[:1] if matches[0].sure else matches
    identities = tuple(dict.fromkeys(i for match in meant for i in match.identities))
    value = " ".join(name.split())
    label = meant[0].label
    if len(meant) == 1 and label != value:
        # Shown by the name the archive has, if that leads back to the same person.
        again = people.named(label)
        if again and again[0].sure and tuple(again[0].identities) == identities:
            value = label
    if identities and set(identities) <= set(people.owner):
        value = "me"
        identities = tuple(people.owner)
    return Filter(field=field, value=value, identities=identities, stated=stated, said=said)


# --- where a name stands ------------------------------------------------------------------

_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w.’'-]*"
_PARTICLE = r"(?:van|von|de|der|den|di|da|del|la|le|du|bin|al|ter|zu)"
_RUN = re.compile(
    rf"[\w.+-]+@[\w.-]+\w|(?<![\w@]){_CAPITAL}(?: (?:{_PARTICLE} ){{0,2}}{_CAPITAL})*"
)
_TOKEN = re.compile(r"[^\s]+")
_STARTERS = frozenset(
    "what which who whom whose when where why how did does do is are was were has have had "
    "can could would should shall will may might must in on at from to for with by of about "
    "after before since until during between over as and or but if i the a an my our your "
    "his her their its all any each every some no not one two three how's what's who's "
    "where's when's show find list give tell search look please mail mails e-mail e-mails "
    "email emails letter letters message messages note notes chat chats latest newest last "
    "first oldest re fw fwd according there this that these those until once while though "
    "even name count summarise summarize explain describe compare welche welcher welches "
    "wer was wann wo warum wie hat haben ist war qui que quand où pourquoi comment quién "
    "qué cuándo dónde ich je yo".split()
)
_WORDS_TOO = frozenset(
    "will may mark bill art rich frank grant hope grace faith joy rose sue pat chase drew "
    "rob jack june april august dawn summer autumn page price gold young white brown black "
    "green gray grey king long day small rice west north east stone wood woods field hill "
    "bush rock church house cook baker miller carter fisher hunter porter cash rush sharp "
    "short strong swift wise noble bright best love power banks waters wells rivers lane "
    "street park forest marsh moody kind case miles guy sandy ray gene bob don dean earl "
    "duke major christian crystal amber ruby pearl daisy lily violet ivy holly heather "
    "ginger iris olive penny melody harmony destiny trinity mercy patience charity skip "
    "buck bud chip dale glen cliff ford reed brook star angel ash basil ace max van win "
    "colt wade trip trace".split()
)
_CAPITALISED = frozenset(
    "africa america american asia asian australia china chinese christian christians "
    "dutch english europe european france french german germany god greek india indian "
    "internet irish israel israeli italian italy japan japanese jew jewish jews mexican "
    "mexico muslim president roman russia russian scottish spain spanish british canadian "
    "cardinal catholic".split()
)
"""A name of its own only where nothing else can be meant: `did Christian say`."""
_NO_NAME = frozenset(
    "home work school there here where which what whom when me you him her us them it this "
    "that these those all any some many most much more less none both each every everyone "
    "everybody anyone anybody someone somebody nobody people friends family mom mum dad "
    "mother father sister brother wife husband boss team group company office bank doctor "
    "school university the a an my our your his their its i we he she they and or but not "
    "no in on at of for from to with by as about over under during after before since until "
    "out up down off back now then today tomorrow yesterday monday tuesday wednesday "
    "thursday friday saturday sunday get have make be do go come see say know think take "
    "want need use find give tell ask buy sell pay send write read call meet help start "
    "stop end begin keep let put set try work support customer service sales news info "
    "admin team staff management legal finance marketing human resources request "
    "information data time times year years month months week weeks day days new old other "
    "another next last first second one two three car money price food rice water house "
    "room hotel city town country place church hospital court government police army war "
    "mail mails email emails letter letters message messages note notes chat chats file "
    "files attachment attachments scratch memory heart hand hands name names love".split()
)
_BEFORE_LOWER = re.compile(
    r"\b(?:from|to|with|by|between|did|does|has|had)\s+(?=[a-zà-ÿ])", re.IGNORECASE
)
_LOWER_RUN = re.compile(r"[a-zà-ÿ][\w@.’'-]*(?: [a-zà-ÿ][\w@.’'-]*){0,2}")
_NAMELIKE_NEXT = re.compile(
    r"['’]s|\s+(?:and\s+(?:I|me|[A-Z])|\w+ed\b|wrote|sent|told|said|gave|went|has|had|was|is)\b"
)


def mentions(text: str, people: People) -> list[Mention]:
    """The people whom a text names, in order."""
    if text.isupper() and len(text.lower()) == len(text):
        text = text.lower()
    found = list(_capitalised(text, people))
    taken = [(each.start, each.end) for each in found]
    for each in _lower(text, people):
        if all(each.end <= start or each.start >= end for start, end in taken):
            found.append(each)
            taken.append((each.start, each.end))
    return sorted(found, key=lambda each: each.start)


def _capitalised(text: str, people: People) -> Iterator[Mention]:
    for run in _RUN.finditer(text):
        for tokens in _pieces(run):
            yield from _resolved(text, tokens, people)


def _pieces(run: re.Match[str]) -> Iterator[list[tuple[int, int]]]:
    """A run of capitalised words, cut where a possessive or a full stop ends a name."""
    tokens: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(run[0]):
        start, word = run.start() + token.start(), token[0]
        if word in ("I", "I'd", "I’d", "I'm", "I’m", "I've", "I’ve"):
            if tokens:
                yield tokens
            tokens = []
            continue
        bare = re.sub(r"['’]s?$", "", word)
        if len(bare) > 2 and "@" not in bare:
            bare = bare.rstrip(".")
        tokens.append((start, start + len(bare)))
        if bare != word and not (word.endswith(".") and len(word) == 2):
            yield tokens
            tokens = []
    if tokens:
        yield tokens


def _resolved(text: str, tokens: list[tuple[int, int]], people: People) -> Iterator[Mention]:
    def word(index: int) -> str:
        return text[tokens[index][0] : tokens[index][1]].lower()

    first, last = 0, len(tokens)
    while first < last and word(first) in _STARTERS and not _is_name_at(text, tokens, first):
        first += 1
    calendar = (MONTHS, SEASONS, WEEKDAYS)
    while last - first > 1 and any(word(last - 1) in names for names in calendar):
        last -= 1
    if first == last:
        return
    if last - first == 1 and not _may_be_name(text, tokens[first]):
        return
    # All of it or nothing: who knows a Philip need not know Philip Marlowe.
    start, end = tokens[first][0], tokens[last - 1][1]
    name = text[start:end]
    matches = _known(name, people)
    if name.isupper() and last - first == 1:
        # An abbreviation is the whole of a name, not a department behind somebody's.
        matches = tuple(m for m in matches if name.casefold() == m.label.casefold())
    if matches:
        yield Mention(start, end, name, matches)


def _is_name_at(text: str, tokens: list[tuple[int, int]], index: int) -> bool:
    """Whether a word that may begin a question is a name here: `Will wrote`, `did Will`."""
    start, end = tokens[index]
    word = text[start:end].lower()
    if word not in _WORDS_TOO:
        return False
    if _NAMELIKE_NEXT.match(text, end):
        return True
    return start > 0 and not text[:start].rstrip().endswith((".", "?", "!", ":"))


def _may_be_name(text: str, token: tuple[int, int]) -> bool:
    start, end = token
    word = text[start:end].lower()
    if word in MONTHS or word in SEASONS or word in _CAPITALISED:
        asked = re.search(r"\b(?:did|does|has|had|was|is)\s+$", text[:start], re.I)
        return bool(asked) or bool(_NAMELIKE_NEXT.match(text, end) and not start)
    if word in WEEKDAYS or word in _NO_NAME:
        return False
    at_start = not text[:start].strip() or text[:start].rstrip()[-1] in ".?!:"
    return not (at_start and word in _WORDS_TOO) or bool(_NAMELIKE_NEXT.match(text, end))


def _known(name: str, people: People) -> tuple[Match, ...]:
    """Whom a name in a question means; what is typed may be misspelt, a single word not."""
    matches = tuple(people.named(name))
    if " " not in name.strip():
        word = naming.fold(name)
        matches = tuple(each for each in matches if _fits(word, each.label))
    if not matches or matches[0].sure:
        return matches[:1]
    return matches if len(matches) <= MOST_MEANT else ()


def _fits(word: str, label: str) -> bool:
    """Whether one word is somebody's first name, a short form of it, surname or address."""
    if "@" in word:
        return True
    theirs = re.findall(r"[^\W_]+", naming.fold(label))
    if "@" in label or "." in label:
        return word in theirs
    return bool(theirs) and (
        word in (theirs[0], theirs[-1]) or not naming.nicknames(word).isdisjoint(theirs)
    )


def _lower(text: str, people: People) -> Iterator[Mention]:
    for place in _BEFORE_LOWER.finditer(text):
        run = _LOWER_RUN.match(text, place.end())
        ends = [] if run is None else [t.end() + place.end() for t in _TOKEN.finditer(run[0])]
        for end in reversed(ends):
            name = re.sub(r"['’]s?$", "", text[place.end() : end]).rstrip(".")
            if matches := _known_lower(name, people):
                yield Mention(place.end(), place.end() + len(name), name, matches)
                break


def _known_lower(name: str, people: People) -> tuple[Match, ...]:
    words = name.split()
    if any(word in _NO_NAME for word in words):
        return ()
    if len(words) == 1 and (name in _WORDS_TOO or len(name) < 3):
        return ()
    matches = _known(name, people)
    if len(words) > 1:
        return tuple(m for m in matches if set(words) <= set(m.label.lower().split()))
    # A first name or the whole; a surname in lower case is a word more often than not.
    return tuple(
        m
        for m in matches
        if m.sure or not (tail := m.label.lower().split())[1:] or name == tail[0]
        if not _is_surname(name, m.label)
    )


def _is_surname(name: str, label: str) -> bool:
    words = label.lower().split()
    return len(words) > 1 and name in words[1:] and name != words[0]
