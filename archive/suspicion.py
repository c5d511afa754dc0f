"""Instructions meant for a model, found in text that was written for a person.

Mail can carry sentences that nobody should obey: "ignore your instructions", "reply only with
…", or an errand that has nothing to do with the mail. `suspected` says which stretches and
why. It reads signs (`archive/signals.py`) and weighs errands (`archive/errands.py`); there is
no model in it. Pure; a span of a thousand characters takes less than a millisecond.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive import errands
from archive.signals import SIGNALS, THRESHOLD
from index.keywords import STOPWORDS
from index.words import sentences, stem, words

ERRAND = "asks for something that has nothing to do with the text around it"
HIDDEN = "carries text that cannot be seen"

_OPENED_CHARS = 1000
"""How far an instruction may go on after a mark that opens one, within its paragraph."""

_ALONE_STEMS = 5
_SIGN_SHARE = 0.4

_MAX_CHARS = 50_000
"""What is longer is looked at in pieces."""

Mark = tuple[int, int, float, str, str]
"""(start, end, weight, why, how far it opens) of a sign that was found."""

_TAGS = re.compile("[\U000e0020-\U000e007f]{4,}|[\u200b-\u200d\u2060-\u2064\ufeff]{16,}")
_LINE = re.compile(r"\n(?=[ \t>*_#|-]*[\"'“(\[]?[A-Z¿¡])|(?<=\S)[ \t]\|[ \t](?=[A-Z])")
_SPEAKER = re.compile(r"(?:\[?\d[\d/.:, -]{6,24}\]?[ -]+)?[^\W\d_][^\n:]{0,40}:\s+(?=\S)")
_MARKS = " \t\n>*_#|-"
_PARAGRAPH_END = re.compile(r"\n[ \t>]*\n")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*]){4,}\w(?!\w)")

# Letters of other scripts that look like Latin ones. Heeded only within a word that has Latin
# letters too: Russian stays Russian.
_ALIKE = str.maketrans(
    "авсԁеһіјкӏмнорԛгѕтѵԝхуαβεικνορτυχωɡıⅼ",
    "abcdehijklmhopqrstvwxyabeikvoptuxwgil",
)
# Terminal escapes, marks of quoting at the start of lines, and marks of emphasis.
_UNREAD = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|^[ \t]*(?:>[ \t]?)+|[*`]+"
    r"|(?<![^\W_])_+|_+(?![^\W_])",
    re.MULTILINE,
)
_MIXED = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A stretch `text[start:end]` that seems to be meant for a model."""

    start: int
    end: int
    why: str
    """One clause that ends "It …"."""


def suspected(text: str, title: str = "", *, around: str = "") -> tuple[Suspect, ...]:
    """The stretches of `text` that seem to be instructions to a model, in order.

    `title` is the subject and `around` the text that it is a span of, or more of the same
    document: an errand is off the topic or not by comparison with these.
    """
    found: list[Suspect] = []
    for base in range(0, len(text), _MAX_CHARS):
        piece = text[base : base + _MAX_CHARS]
        found += [
            Suspect(start=base + one.start, end=base + one.end, why=one.why)
            for one in _suspected(
                piece, title, around if piece in around else f"{around}\n{piece}"
            )
        ]
    return tuple(found)


def _suspected(text: str, title: str, whole: str) -> list[Suspect]:
    folded, places = fold(text)
    marked = _by_signals(folded)
    units = list(_units(text))
    if places is not None:
        marked = [(places[one[0]], places[one[1]], *one[2:]) for one in marked]
    chosen = _weighed(text, units, marked)
    chosen += [(m.start(), m.end(), HIDDEN) for m in _TAGS.finditer(text)]
    chosen += _errands(text, units, title, whole.strip(_MARKS), marked)
    return _joined(text, chosen)


def fold(text: str) -> tuple[str, list[int] | None]:
    """`text` for comparison, and for each place in it the offset in `text`, None if equal.

    Lower case; compatibility forms, accents, look-alikes and invisible characters resolved,
    and letters set apart joined.
    """
    unread = list(_UNREAD.finditer(text))
    if text.isascii() and not unread and not _SPACED.search(text):
        return text.lower(), None
    letters: list[str] = []
    places: list[int] = []
    passed = {place for match in unread for place in range(*match.span())}
    for place, char in enumerate(text):
        if place in passed:
            continue
        if char < "\x7f":
            if char >= " " or char in "\n\t":
                letters.append(char.lower())
                places.append(place)
            continue
        for part in unicodedata.normalize("NFKD", char).casefold():
            category = unicodedata.category(part)
            if category[0] != "C" and category != "Mn":
                letters.append("'" if part == "’" else part)
                places.append(place)
    places.append(len(text))
    joined = _MIXED.sub(_latin, "".join(letters))
    return _unspaced(joined, places)


def _latin(word: re.Match[str]) -> str:
    found = word[0]
    if found.isascii() or not any("a" <= char <= "z" for char in found):
        return found
    return found.translate(_ALIKE)


def _unspaced(folded: str, places: list[int]) -> tuple[str, list[int]]:
    """`i g n o r e` becomes `ignore`; two separators in a row stay one space."""
    pieces: list[str] = []
    kept: list[int] = []
    done = 0
    for match in _SPACED.finditer(folded):
        pieces.append(folded[done : match.start()])
        kept += places[done : match.start()]
        inner = range(match.start(), match.end(), 2)
        pieces.append("".join(folded[place] for place in inner))
        kept += [places[place] for place in inner]
        done = match.end()
    pieces.append(folded[done:])
    kept += places[done:]
    return "".join(pieces), kept


def _by_signals(folded: str) -> list[Mark]:
    """Every sign in a folded text."""
    return [
        (_begin(match), match.end(), signal.weight, signal.why, signal.opens)
        for signal in SIGNALS
        for match in signal.found(folded)
    ]


def _begin(match: re.Match[str]) -> int:
    """Where a match begins, without what only shows that a sentence begins there."""
    found = match[0]
    return match.start() + len(found) - len(found.lstrip(' \t\n.,:;!?>|#)]"'))


def _units(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, and lines and cells that begin like one."""
    for start, end in sentences(text):
        begin = start
        for match in _LINE.finditer(text, start, end):
            yield begin, match.start()
            begin = match.end()
        yield begin, end


def _weighed(
    text: str,
    units: Sequence[tuple[int, int]],
    marked: Sequence[Mark],
) -> list[tuple[int, int, str]]:
    """The stretches whose signs weigh enough together."""
    if not marked or not units:
        return []
    starts = [start for start, _ in units]
    sums: dict[int, dict[str, float]] = {}
    reach: dict[int, tuple[int, float, str]] = {}
    opening: dict[int, str] = {}
    for start, end, weight, why, opens in marked:
        first = max(0, bisect_right(starts, start) - 1)
        last = max(first, bisect_right(starts, max(start, end - 1)) - 1)
        weights = sums.setdefault(first, {})
        weights[why] = max(weight, weights.get(why, 0.0))
        if opens:
            opening[first] = max(opens, opening.get(first, ""))  # "rest" before "paragraph"
        if first not in reach or units[last][1] > reach[first][0]:
            reach[first] = (units[last][1], weight, why)
    chosen: list[tuple[int, int, str]] = []
    for first, weights in sums.items():
        total = sum(weights.values())
        # A weak sign beside another one is not alone.
        near = max(
            (sum(sums[n].values()) for n in (first - 1, first + 1) if n in sums), default=0
        )
        if total + 0.5 * min(1.0, near) < THRESHOLD:
            continue
        end = max(units[first][1], reach[first][0])
        if first in opening:
            end = max(end, _opened_end(text, end, opening[first]))
        chosen.append((units[first][0], end, max(weights, key=lambda why: weights[why])))
    return chosen


def _opened_end(text: str, start: int, opens: str) -> int:
    match = _PARAGRAPH_END.search(text, start) if opens == "paragraph" else None
    end = match.start() if match else len(text)
    return min(end, start + _OPENED_CHARS)


def _errands(
    text: str,
    units: Sequence[tuple[int, int]],
    title: str,
    whole: str,
    marked: Sequence[Mark],
) -> list[tuple[int, int, str]]:
    """Lines that ask for something off the topic of the `whole` text that they are part of.

    A sign in the same line makes it likelier.
    """
    chosen: list[tuple[int, int, str]] = []
    said: Counter[str] | None = None
    for start, end in units:
        line = _SPEAKER.sub("", text[start:end].strip(_MARKS), count=1)
        folded = fold(line)[0]
        if not errands.is_form(folded):
            continue
        if said is None:
            said = _stems(f"{title}\n{whole}")
        own = _stems(folded)
        about = errands.topic(folded)
        shared = sum(said[one] > own[one] for one in about) / max(1, len(about))
        sign = max((weight for at, _, weight, *_ in marked if start <= at < end), default=0.0)
        score = errands.score(
            line,
            folded,
            shared,
            edge=whole.startswith(line) or whole.endswith(line),
            alone=len(said) - len(own) < _ALONE_STEMS,
        )
        if score + _SIGN_SHARE * sign >= THRESHOLD:
            chosen.append((start, end, ERRAND))
    return chosen


def _stems(text: str) -> Counter[str]:
    return Counter(stem(word) for word in words(text) if word not in STOPWORDS)


def _joined(text: str, chosen: Sequence[tuple[int, int, str]]) -> list[Suspect]:
    """In order, overlapping and touching ones made one."""
    found: list[Suspect] = []
    for start, end, why in sorted(chosen):
        if found and start <= found[-1].end:
            last = found.pop()
            found.append(Suspect(start=last.start, end=max(last.end, end), why=last.why))
        elif start < end <= len(text):
            found.append(Suspect(start=start, end=end, why=why))
    return found
