"""What makes a sentence worth keeping: tables of words, and a score. Pure.

Names, numbers and dates, words of deciding and promising, and rare words count; greetings
and thanks count against it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from index.keywords import STOPWORDS
from index.words import content_stems, stem, words

DECIDES = re.compile(
    r"\b(?:decid|agree(?!ment)|approv|confirm|settl|accept|chose|chosen|reject|declin|cancel"
    r"|postpon|resign|appoint|sign(?:ed|ing)\b|sold\b|bought\b|hired\b"
    r"|go(?:ing)? with\b|made up (?:my|our|his|her|their) mind|it is settled|final decision"
    r"|let'?s (?:do|go|take))",
    re.IGNORECASE,
)
PROMISES = re.compile(
    r"\b(?:I|we)(?:'ll| will| shall| am going to| are going to|'m going to|'re going to)\b"
    r"|\b(?:I|we) promise|\bpromised? to\b"
    r"|\bwill (?:send|call|bring|pay|write|let you know|come)\b"
    r"|\blet me (?:check|know|see|get back)\b|\bget back to you\b",
    re.IGNORECASE,
)
_EVENTS = re.compile(
    r"\b(?:born|died|death|married|wedding|engaged|divorc|moved|moving|graduat|retir|funeral"
    r"|operation|hospital|accident|birthday|started|finished|arriv|left|travel|trip|visit"
    r"|won|lost|met|joined|offered|invited|deadline|meeting|interview|paid|cost)",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"^\W*(?:hi|hello|hey|dear|thanks|thank you|cheers|regards|best|love|sincerely|yours"
    r"|good (?:morning|evening|night)|how are you|take care|bye|see you|lol|haha|ok|okay|yes|no"
    r"|cool|great|nice|wow|sure)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:19|20)\d\d\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)"
    r"\b|\b(?:today|tomorrow|yesterday|tonight|next (?:week|month|year)"
    r"|last (?:week|month|year))"
    r"|\b\d{1,2}[/.]\d{1,2}\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b[A-Z][a-zà-ÿ’'-]{2,}")
_NUMBER = re.compile(r"\d")
# An address, a header or a table's row is no sentence.
_NOISE = re.compile(r"https?://|www\.|@\S+\.\S|\|.*\||[=_*#-]{4,}|<[^>]{2,}>")

# What stands below a mail whatever it says: lawyers', scanners' and lists' sentences.
_FOOTER = re.compile(
    r"\bintended (?:only for|solely for|recipient)|\bnot intended to be an offer\b"
    r"|\b(?:privileged|confidential)\b.{0,80}\b(?:information|message|e-?mail|recipient)\b"
    r"|\b(?:contains?|may contain) (?:privileged|confidential)\b"
    r"|\breceived this (?:e-?mail|message|communication) in error\b|\bunsubscribe\b"
    r"|\b(?:reply|respond) to this (?:automated|e-?mail address)\b|\bprivacy policy\b"
    r"|\b(?:scanned|checked|swept) (?:for|by)\b.{0,40}\bvirus|^\W*sent from my \w+"
    r"|\b(?:disclosure|dissemination|distribution)\b.{0,60}\bprohibited\b",
    re.IGNORECASE | re.DOTALL,
)

# What a mail program writes above what it quotes, and what stands for a picture.
_HEADER = re.compile(
    r"\bto:\s.*\bcc:|^\W*(?:to|cc|bcc|from|sent|subject):\s|<embedded \w+>|(?:\(e-mail\).*){2}"
    r"|\d{1,2}:\d\d(?::\d\d)? ?[ap]m\s+(?:please respond )?to:",
    re.IGNORECASE | re.DOTALL,
)
_LAST_FIRST = re.compile(
    r"([A-ZÀ-Ý][\w'’-]+), (?!(?:Inc|INC|Ltd|LTD|LLC|Jr|Sr|GmbH|PhD|MD)\b)"
    r"([A-ZÀ-Ý][\w'’-]*(?: [A-Z]\.?)?)"
)
_ADDED = re.compile(r"\s+<[^<>]*>(?:@\w+)?$|(?<=\w)/[A-Z]{2,}\b.*$")

_GOOD_CHARS = (40, 240)


class Rarity:
    """How much a word tells among the texts that are summarised."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = 0
        self._held: Counter[str] = Counter()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Count one text."""
        self._texts += 1
        self._held.update(content_stems(text))

    def of(self, word: str) -> float:
        """0 for a word of every text, 1 for one of a single text."""
        if self._texts < 2:
            return 0.5
        held = max(1, self._held[word])
        return math.log((1 + self._texts) / held) / math.log(1 + self._texts)


def telling(sentence: str, rarity: Rarity) -> float:
    """How much a sentence tells, from about -2 to 6."""
    own = [stem(word) for word in words(sentence) if word not in STOPWORDS]
    if len(own) < 3:
        return -1.0
    score = sum(rarity.of(word) for word in own) / len(own)
    score += 0.5 * min(3, len(_NAME.findall(sentence)))
    score += 0.5 * bool(_NUMBER.search(sentence)) + 0.6 * bool(_DATE.search(sentence))
    score += 0.9 * bool(DECIDES.search(sentence)) + 0.7 * bool(PROMISES.search(sentence))
    score += 0.8 * bool(_EVENTS.search(sentence))
    score -= 1.0 * bool(_SMALL_TALK.search(sentence)) + 1.5 * bool(_NOISE.search(sentence))
    low, high = _GOOD_CHARS
    if len(sentence) < low:
        score -= 0.6
    if len(sentence) > high:
        score -= 0.6
    return score


def is_footer(sentence: str) -> bool:
    """Whether it is a disclaimer, a header or the like, which nobody wrote for this mail."""
    return _FOOTER.search(sentence) is not None or _HEADER.search(sentence) is not None


def in_order(name: str) -> str:
    """`Smith, Matt` as `Matt Smith`: a small model takes the former for two persons.

    Without what directories add to a name: `Kostek, Becky/BHM <bkostek@example.org>@ACME`.
    """
    name = _ADDED.sub("", name) or name
    match = _LAST_FIRST.fullmatch(name)
    return f"{match[2]} {match[1]}" if match else name


def overlap(one: Mapping[str, int] | set[str], other: Mapping[str, int] | set[str]) -> float:
    """Share of the shorter one's stems that the other has too, 0 to 1."""
    if not one or not other:
        return 0.0
    return len(set(one) & set(other)) / min(len(one), len(other))
