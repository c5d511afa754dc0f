"""When something was: dates and spans, as an operator's value and in plain words.

`read` takes a whole value and is generous; `find` looks through a question and is not: what
it finds is meant to say when something was written or happened, so a year that only
describes a thing ("the 2003 enlargement", "room 2001", "plans for March 2001") is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from index.days import DAY, around
from index.moments import Moment, day_first_here, moment

__all__ = ["Found", "Span", "day_first_here", "find", "read", "undated"]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open; None: without bound on that side."""

    start: date | None
    end: date | None

    @property
    def written(self) -> str:
        """As `read` takes it back: `2004`, `2004-03`, `2004-03-05`, `2004-03-05..2004-03-09`.

        The second of two days is the last one that belongs to it.
        """
        if self.start is None or self.end is None:
            last = "" if self.end is None else str(self.end - DAY)
            return f"{self.start or ''}..{last}"
        for unit, length in (("year", 4), ("month", 7), ("day", 10)):
            if around(self.start, unit) == (self.start, self.end):
                return self.start.isoformat()[:length]
        return f"{self.start}..{self.end - DAY}"

    def narrowed(self, other: Span) -> Span:
        """What lies in both; of two that do not meet, all from the one to the other."""
        start = max((d for d in (self.start, other.start) if d), default=None)
        end = min((d for d in (self.end, other.end) if d), default=None)
        if start is None or end is None or start < end:
            return Span(start, end)
        starts, ends = (self.start, other.start), (self.end, other.end)
        return Span(
            None if None in starts else min(d for d in starts if d),
            None if None in ends else max(d for d in ends if d),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A span in a text: what stands at `text[start:end]`, its preposition included."""

    start: int
    end: int
    span: Span
    said: str


def read(
    value: str, today: date, *, operator: str = "during", day_first: bool | None = None
) -> Span | None:
    """The span that an operator's value means. None if it is no date.

    `after` begins when what it names is over, `before` ends where it begins. Of 3/5/2004
    the month comes first in the United States and the day elsewhere (`day_first`; None: as
    the locale says), unless a number above 12 tells; 3.5.2004 is always the third of May.
    """
    order = day_first_here() if day_first is None else day_first
    value = " ".join(value.split())
    if ".." in value:
        return _open_range(value, today, operator, order)
    if duration := re.fullmatch(r"(\d{1,3})\s?([dwmy])", value, re.IGNORECASE):
        found = moment(f"{value} ago", 0, today, day_first=order)
        if found is not None and operator in ("during", "on"):
            return Span(found.point, today + DAY)
    else:
        found = moment(value, 0, today, day_first=order)
        if found is not None and found.length < len(value):
            both = _range(value, found, 0, today, order)
            found = both if both is not None and both.length == len(value) else None
    if found is None:
        return None
    if found.yearless and found.start > today:
        found = found.in_year(today.year - 1)
    if duration or found.point is not None:
        return _bounded(operator, found.point or found.start, found.point or found.end, found)
    return _bounded(operator, found.start, found.end, found)


def _bounded(operator: str, start: date, end: date, found: Moment) -> Span:
    if operator == "after":
        return Span(end, None)
    if operator == "before":
        return Span(None, start)
    return Span(found.start, found.end)


def _open_range(value: str, today: date, operator: str, day_first: bool) -> Span | None:
    first, _, last = value.partition("..")
    spans = [read(end, today, day_first=day_first) if end else None for end in (first, last)]
    if operator not in ("during", "on") or all(span is None for span in spans):
        return None
    if any(end and span is None for end, span in zip((first, last), spans, strict=True)):
        return None
    start = None if spans[0] is None else spans[0].start
    end = None if spans[1] is None else spans[1].end
    return None if start and end and start >= end else Span(start, end)


# --- in plain words -----------------------------------------------------------------------

_WITHIN = (
    r"in|on|during|over|at|around|throughout|within|as of|dated|back in|from|im|am|en|el|le|vom"
)
_UNTIL = r"until|till|up to|through|bis"
_BEFORE = r"before|prior to|older than|vor dem|vor|avant|antes de(?:l)?"
_SINCE = r"since|seit|depuis|desde"
_AFTER = r"after|following|newer than|nach dem|nach|après|después de(?:l)?"
_NOT_WHEN = r"for|about|regarding|concerning|by|per|than|versus|vs|für|über|pour|para"
_INTRO = re.compile(
    rf"(?:\b(?P<what>(?:what|how) about)|\b(?P<between>between|from|von|zwischen|entre)"
    rf"|\b(?P<within>{_WITHIN})|\b(?P<until>{_UNTIL})|\b(?P<before>{_BEFORE})"
    rf"|\b(?P<since>{_SINCE})|\b(?P<after>{_AFTER})|\b(?P<not>{_NOT_WHEN})|\b(?P<of>of|de)"
    r")\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"(?:the\s+)?(?P<unit>day|night|evening|morning|weekend|week|month|mon|tues|wednes|thurs|"
    r"fri|satur|sun)(?:day)?s?\s+(?P<side>before|after)\s+$|(?P<short>shortly|just|right|soon)"
    r"\s+(?P<then>before|after)\s+$",
    re.IGNORECASE,
)
_MESSAGES = (
    r"(?:e-?)?mails?|messages?|letters?|notes?|chats?|conversations?|files?|entry|entries"
)
_BEHIND_MESSAGE = re.compile(
    rf"\b(?:{_MESSAGES}|days?|weeks?|months?)\s+"
    r"(?:(?:do|did|have|are|were|was|is|there|I|we|got|get|come|came|receive|received)\s+){0,4}"
    r"(?:of|from)\s+$",
    re.IGNORECASE,
)
_OWNED = re.compile(rf"['’]s?\s+(?!(?:{_MESSAGES})\b)\w", re.IGNORECASE)
_DETERMINED = re.compile(
    r"(?:\b(?:the|a|an|this|that|my|our|your|his|her|its|their|which|what|no|any)|['’]s)\s+$",
    re.IGNORECASE,
)
_THINGS = re.compile(
    r"\s*(?:\$|€|%|(?!(?:was|is|has|does|as|this|his|us|perhaps|always)\b)[a-z]+s\b"
    r"|(?:percent|per cent|people|km|kg|mw|mwh|sq|square|feet|horsepower|degrees)\b)"
)
_TO = re.compile(r"\s*(?:to|until|till|through|thru|and|bis|und|et|à|y|a|hasta|–|-|—)\s*", re.I)
_ONWARD = re.compile(r"\s+(?:on|onwards?|and later)\b", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w$€£#@.:/-])(?=['’]?\w)")
_CLAUSE = re.compile(
    r"\b(?:before|after|since|until|till|when)\s+"
    r"(?:I|we|you|he|she|they|it|everyone|(?!(?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December|Christmas|Easter)\b)[A-Z][a-zà-ÿ]+)\s+"
    r"(?!ago\b)[a-z][\w’'-]*(?:\s+(?!(?:did|does|do|what|who|how|why)\b)[\w’'-]+){0,4}"
)

_LOOSE_END = re.compile(r"(?:\s+(?:about|the|a|an|of|to|in|on|at|and|my|his|her))+$")


def find(
    text: str, today: date, *, day_first: bool | None = None
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The spans that a question names, in order, and a remark on each that has no year."""
    order = day_first_here() if day_first is None else day_first
    found: list[Found] = []
    remarks: list[str] = []
    at = 0
    while (place := _WORD.search(text, at)) is not None:
        named = moment(text, place.start(), today, day_first=order)
        if named is None:
            at = _next_word(text, place.start())
            continue
        at = place.start() + named.length
        intro = _INTRO.search(text, 0, place.start())
        joined = _range(text, named, place.start(), today, order)
        if joined is not None:
            named = joined
            at = place.start() + named.length
        if named.yearless:
            if intro and not intro["not"] and not _DETERMINED.search(text, 0, place.start()):
                remarks.append(f"“{text[intro.start() : at]}” names no year")
            continue
        one = _placed(text, named, place.start(), intro, ranged=joined is not None)
        if one is not None:
            found.append(one)
            at = max(at, one.end)
    return tuple(found), tuple(remarks)


def undated(text: str) -> tuple[str, ...]:
    """Clauses that say when, by something that happened: `before we moved`."""
    said = []
    for clause in _CLAUSE.finditer(text):
        words = clause[0]
        if not clause.start() and re.match(r"when\s", words, re.IGNORECASE):
            continue  # a question without its "did"
        said.append(_LOOSE_END.sub("", words))
    return tuple(said)


def _next_word(text: str, at: int) -> int:
    word = re.compile(r"['’]?[\w]+").match(text, at)
    return word.end() if word else at + 1


def _range(text: str, first: Moment, at: int, today: date, day_first: bool) -> Moment | None:
    """`first` and what follows it after `to` or `and`, the first's year taken from the last."""
    gap = _TO.match(text, at + first.length)
    if gap is None:
        return None
    last = moment(text, gap.end(), today, day_first=day_first)
    if last is None or last.yearless or last.start.year != (last.end - DAY).year:
        return None
    words = gap[0].strip().lower()
    between = re.search(r"\b(?:between|zwischen|entre)\s+(?:the\s+)?$", text[:at], re.I)
    if words in ("and", "und", "et", "y") and not between:
        return None
    if first.yearless:
        first = first.in_year(last.start.year)
        if first.start > last.start:
            first = first.in_year(last.start.year - 1)
    if first.start >= last.end:
        return None
    return Moment(
        length=gap.end() + last.length - at, start=first.start, end=last.end, grain="named"
    )


def _placed(
    text: str, named: Moment, at: int, intro: re.Match[str] | None, *, ranged: bool
) -> Found | None:
    """The span that a date means where it stands. None: it only describes something."""
    end = at + named.length
    span = Span(named.start, named.end)
    if _OWNED.match(text, end) or (intro and intro["not"] and not intro["what"]):
        return None
    if near := _NEAR.search(text, 0, at):
        span = _beside(near, span)
        return _said(text, near.start(), end, span)
    if not ranged and not _is_when(text, named, at, intro):
        return None
    if named.grain == "year" and _THINGS.match(text, end):
        return None
    if intro is None:
        return _said(text, at, end, span)
    if intro["before"]:
        span = Span(None, named.point or named.start)
    elif intro["until"]:
        span = Span(None, named.end)
    elif intro["since"]:
        span = Span(named.point or named.start, None)
    elif intro["after"]:
        span = Span(named.point or named.end, None)
    elif intro["between"] and not ranged and (onward := _ONWARD.match(text, end)):
        span, end = Span(named.point or named.start, None), onward.end()
    start = at if intro["of"] or intro["what"] else intro.start()
    return _said(text, start, end, span)


def _said(text: str, start: int, end: int, span: Span) -> Found:
    return Found(start=start, end=end, span=span, said=text[start:end].strip())


def _is_when(text: str, named: Moment, at: int, intro: re.Match[str] | None) -> bool:
    """Whether a date says when, rather than which."""
    own_article = text[at : at + 4].lower() == "the "
    if not own_article and named.grain != "named" and _DETERMINED.search(text, 0, at):
        # "the March 2001 report"; but "the 5th of March" has its own.
        return bool(named.grain == "day" and re.match(r"\d+(?:st|nd|rd|th)", text[at:]))
    if named.grain == "relative":
        return True
    if intro is None:
        alone = named.grain in ("day", "month", "named")
        return alone and (not text[at + named.length :].strip(" ?.!") or not text[:at].strip())
    if intro["of"]:
        return named.grain == "day" or _BEHIND_MESSAGE.search(text, 0, at) is not None
    if named.grain == "year" and intro["within"]:
        return intro["within"].lower() not in ("on", "at", "am", "el", "le", "vom")
    if named.grain == "year" and intro["between"]:
        if _ONWARD.match(text, at + named.length):
            return True
        return intro["between"].lower() == "from" and bool(_BEHIND_MESSAGE.search(text, 0, at))
    return True


def _beside(near: re.Match[str], span: Span) -> Span:
    """`the Monday before 5 March`: from then to the day that is named, which speaks of it."""
    assert span.start is not None
    assert span.end is not None
    if near["short"]:
        days = 14
    else:
        days = {"day": 1, "night": 1, "evening": 1, "morning": 1, "month": 31}.get(
            near["unit"].lower(), 7
        )
    if (near["side"] or near["then"]).lower() == "before":
        return Span(span.start - DAY * days, span.end)
    return Span(span.start, span.end + DAY * days)
