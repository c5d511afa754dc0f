"""What a question's wording says besides people and dates: kinds, folders, order, answer.

"In my notes", "the last mail", "how many letters": patterns in English, the question words
of German, French and Spanish as well.
"""

from __future__ import annotations

import re

from index.operators import kind_named
from index.query import Field, Filter


def _any(*words: str) -> str:
    """A group that matches any of the words in the lines."""
    return "(?:" + "|".join(word for line in words for word in line.split()) + ")"


def _rule(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


# --- kinds, folders, attachments, tags ----------------------------------------------------

_ASKED = (
    r"(?:\b(?:how many|how often|in an?|"
    + _any(
        "which what any all the these those my our his her their first last latest newest",
        r"oldest recent earliest other every each no \d+",
    )
    + r")|['’]s)\s+(?:\w+\s+)?"
)
_NO_MAIL = (
    r"(?!\s*" + _any("address account server list room order system program client box") + ")"
)
_MAILS = _rule(
    rf"{_ASKED}(?P<mails>e-?mails?|mails)\b{_NO_MAIL}",
    r"\b(?P<start>e-?mails?)\s+(?:from|to|with|between|about)\b",
    rf"{_ASKED}(?P<mail>mail)\s+(?:from|to|with|of|that|did|in|about|i|say)\b",
    rf"{_ASKED}(?P<letter>letters?)\s+(?:from|to|did|that|i|about)\b",
)
_NOTES = _rule(
    r"\b(?:in|among|from|according to|which of|what do|do) (?:my|the|our|a) (?:\w+ )?"
    r"(?:notes?|diary|journal)\b(?! of\b)"
)
_CHATS = _rule(
    r"\b(?:in|from|on) (?:the|our|my|a|which) "
    r"(?:(?:group|whatsapp|signal|slack|telegram) )?chats?\b",
    r"\b(?:on|in|via|over) "
    r"(?:whatsapp|signal|telegram|messenger|slack|discord|imessage)\b",
)
_FILES = _rule(
    r"\b(?:in|which|what|from|does|how many|of) (?:(?:the|my|our|his|her|a|that) )?(?:\w+ )?"
    r"(?P<file>pdfs?|spreadsheets?|workbooks?|excel (?:file|sheet)|powerpoint|slide decks?|"
    r"(?:presentation|slides)(?= file| say| list| show| give| mention))\b"
)
_ATTACHED = _rule(
    r"\b(?P<no>(?:without|no)\s+)?(?:an? |any |the |with )*\battachments?\b"
    r"(?!\s+(?:to|style|theory))",
    r"\battached (?:file|document|to the (?:e-?)?mail)",
)
_QUOTED = r"[\"“”][^\"“”]+[\"“”]"
_FOLDER = re.compile(
    rf"\bin (?:the |my )?(?:folder|label|mailbox) (?:(?:called|named) )?(?:{_QUOTED}|[\w./-]+)"
    rf"|\bin (?:the|my) (?:{_QUOTED}|[A-Z][\w-]*(?: [A-Z][\w-]*)*) (?:folder|mailbox)\b"
    r"|\bin my (?:inbox|sent (?:mail|items)|drafts|outbox)\b(?! (?:folder|mailbox))"
    r"|\bin (?:the|my) (?:inbox|sent|drafts?|outbox|trash|spam|junk) (?:folder|mailbox)\b"
)
_FOLDER_WORDS = re.compile(
    r"^in (?:(?:the|my) )?(?:(?:folder|label|mailbox) (?:(?:called|named) )?)?"
    r"| (?:folder|mailbox)$"
)
_NO_FOLDER = frozenset("that which of with for and".split())
_TAGGED = _rule(r"\b(?:tagged|labelled|labeled)\s+(?:with |as )?#?(?P<tag>[\w/-]+)")


def things(plain: str, words: str) -> list[Filter]:
    """Filters on kind, folder, attachments and tags; `plain` has no quoted phrases."""
    found: list[Filter] = []

    def add(field: Field, value: str, said: str, *, negated: bool = False) -> None:
        found.append(
            Filter(field=field, value=value, stated=False, negated=negated, said=said.strip())
        )

    if mails := _MAILS.search(plain):
        add(Field.KIND, "mail", next(filter(None, mails.groups())))
    for pattern, kind in ((_NOTES, "note"), (_CHATS, "chat")):
        if named := pattern.search(plain):
            add(Field.KIND, kind, named[0])
    if file := _FILES.search(plain):
        add(Field.KIND, kind_named(file["file"].split()[0]) or "presentation", file["file"])
    if attached := _ATTACHED.search(plain):
        add(Field.HAS, "attachment", attached[0], negated=bool(attached["no"]))
    # A folder's name may be quoted, so it is read from the words as they are.
    if folder := _FOLDER.search(words):
        name = _FOLDER_WORDS.sub("", folder[0]).strip('"“”')
        if name.lower() not in _NO_FOLDER:
            add(Field.IN, name, folder[0])
    if tag := _TAGGED.search(plain):
        add(Field.TAG, tag["tag"], tag[0])
    return found


# --- order --------------------------------------------------------------------------------

_MESSAGE = _any(
    "(?:e-?)?mails? letters? messages? notes? repl(?:y|ies) answers? chats? texts? files?",
    "documents? reports? invoices? news conversations? attachments?",
)
_WRITING = (
    _any(
        "write wrote mail e-?mail hear heard send sent reply replied contact message answer",
        "talk mention ask tell forward say",
    )
    + "(?:ed)?"
)
_NEWEST = _rule(
    rf"\b(?:latest|newest|most recent|last)\s+(?:\w+\s+){{0,2}}{_MESSAGE}\b",
    rf"\blast\s+{_WRITING}\b",
    r"\bmost recently\b",
    r"\bthe latest (?:on|about|from|with)\b",
)
_OLDEST = _rule(
    rf"\b(?:first|earliest|oldest)\s+(?:\w+\s+){{0,2}}{_MESSAGE}\b",
    rf"\bfirst\s+{_WRITING}\b",
)


def order(text: str) -> str:
    """`newest` or `oldest` where a question is about the last or first one."""
    if _NEWEST.search(text):
        return "newest"
    return "oldest" if _OLDEST.search(text) else "relevance"


# --- what is asked for --------------------------------------------------------------------

_LEAD = (
    r"^(?:(?:and|but|so|or|to|from|in|on|for|with|at|of|by|about|since|until|up to|as of)\b"
    r"|,|\s)*"
)
_WHICH = r"(?:what|which) (?:\w+ )?"
_DID = _any("did do does are were have has can could will would should")
_PRICE = _any("price cost costs fee salary rent")
_MONEY = _any(
    "cost costs pay paid pays spend spent charge charged owe owed price fee money worth earn",
    "earned salary raise raised refund rent donate donated bill budget",
)
_SIZES = _any("many much often long old far tall big high large late deep heavy fast wide")
_AMOUNTS = _any("percentage number proportion amount score share")
_TIMES = _any(
    "day date dates time year years month months week weekend days century decade season"
)
_PLACES = _any(
    "city cities country countries place places town state hotel restaurant region location",
    "continent village address island bar",
)
_PERSONS = _any(
    "person friend colleague woman man people member author actor actress director producer",
    "writer designer player president singer artist leader",
)
_NO_PLURAL = "(?!(?:was|is|has|does|this|us|always)\\b)"
_AUXILIARY = _any(
    "did does do is are was were has have had can could will would should may might am",
    "isn['’]t didn['’]t doesn['’]t hat ist",
)
_ASKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "count",
        _rule(
            rf"\bhow many (?:\w+ )?{_MESSAGE}\b",
            rf"\bhow (?:often|many times) .*\b{_WRITING}\b",
            rf"^(?:count|number of) .*{_MESSAGE}",
        ),
    ),
    (
        "money",
        _rule(
            rf"\bhow much\b.*\b{_MONEY}\b",
            r"\bhow much money\b",
            r"\b(?:what|which) (?:(?:was|is|were|are) )?(?:(?:the|my|our) )?"
            rf"(?:\w+ ){{0,2}}{_PRICE}\b",
            r"\bwhat (?:did|does|do|would|will|has)\b.*\b(?:cost|charge|owe)\b",
        ),
    ),
    (
        "number",
        _rule(
            rf"\bhow {_SIZES}\b",
            rf"\b{_WHICH}{_AMOUNTS}\b",
            r"\bwhat (?:is|was) the (?:total|number|percentage|average)\b",
            r"\bwie viele?\b|\bcombien\b|\bcuánt[oa]s?\b",
        ),
    ),
    (
        "time",
        _rule(
            rf"{_LEAD}(?:when\b|{_WHICH}{_TIMES}\b)",
            r"\b(?:at|in|on|to) (?:what|which) (?:time|year|date|day)\b",
            r"^(?:wann|quand|cuándo)\b",
        ),
    ),
    ("place", _rule(rf"{_LEAD}(?:where\b|{_WHICH}{_PLACES}\b)", r"^(?:wo|où|dónde)\b")),
    (
        "person",
        _rule(
            rf"{_LEAD}(?:(?:who|whom|whose|who['’]s)\b|{_WHICH}{_PERSONS}\b)",
            r"^(?:wer|wem|wen|qui|quién)\b",
        ),
    ),
    (
        "reason",
        _rule(
            rf"{_LEAD}(?:why\b|how come\b|{_WHICH}(?:reason|cause)s?\b|what for\b)",
            r"^(?:warum|weshalb|pourquoi|por qué)\b",
        ),
    ),
    (
        "list",
        _rule(
            rf"{_LEAD}(?:which|what) (?:(?:kind|type|sort)s? of )?(?:\w+ ){{0,2}}{_NO_PLURAL}"
            rf"\w+(?<!s)s {_DID}\b",
            rf"{_LEAD}(?:list\b|name (?:all|the|some|two|three)\b|what (?:are|were) the\b)",
        ),
    ),
    ("yesno", _rule(rf"^(?:(?:and|but|so) )?{_AUXILIARY}\b")),
    ("text", _rule(r"\b(?:what|which|how)\b", r"\?\s*$")),
)


def asks(text: str) -> str:
    """What kind of thing would answer a question; empty if it is none."""
    return next((kind for kind, rule in _ASKS if rule.search(text)), "")
