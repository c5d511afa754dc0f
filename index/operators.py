"""Operators typed into a question: `from:"Anna Berg" -in:spam after:2004-03`.

Several values for people, `kind:`, `tag:`, `in:` and `subject:` mean any of them, also
written `from:anna,ben`; different operators, and several spans, must all hold; a minus takes
away. What is no operator (`http://`, `12:30`, `Re:`) is left as text, and so are the words of
an operator whose value is of no use: a remark says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, tzinfo

from index import when
from index.filters import KINDS
from index.mentioned import person
from index.query import PEOPLE, Field, Filter, People

_OPERATOR = re.compile(
    r"(?<![^\s(])(?P<minus>[-−])?"
    r"(?P<name>from|to|with|cc|subject|in|after|before|on|during|has|kind|tag)"
    r":(?P<blank>[ \t]*)(?P<value>[\"“”][^\"“”]*[\"“”]|[^\s\"“”][^\s]*)",
    re.IGNORECASE,
)
_SPANS = ("after", "before", "on", "during")
_MORE_WORDS = 4
_MORE_NAMES = 3
_KIND_WORDS = {
    "email": "mail",
    "e-mail": "mail",
    "letter": "mail",
    "doc": "document",
    "docx": "document",
    "word": "document",
    "excel": "spreadsheet",
    "xlsx": "spreadsheet",
    "sheet": "spreadsheet",
    "workbook": "spreadsheet",
    "table": "spreadsheet",
    "powerpoint": "presentation",
    "slides": "presentation",
    "slide": "presentation",
    "photo": "picture",
    "image": "picture",
    "conversation": "chat",
}


@dataclass(slots=True)
class Typed:
    """What was typed as operators, and the text without them."""

    words: str
    filters: list[Filter] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def kind_named(word: str) -> str | None:
    """The kind that a word names, singular or plural. None: none does."""
    folded = word.casefold()
    for form in (folded, folded.removesuffix("s")):
        if (found := _KIND_WORDS.get(form, form)) in KINDS:
            return found
    return None


def span_filter(
    span: when.Span, zone: tzinfo, *, stated: bool = True, said: str = ""
) -> Filter:
    """A span of days in a time zone as a filter."""

    def instant(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)

    return Filter(
        field=Field.DURING,
        value=span.written,
        start=instant(span.start),
        end=instant(span.end),
        stated=stated,
        said=said,
    )


def typed(
    text: str, *, people: People, today: date, zone: tzinfo, day_first: bool | None = None
) -> Typed:
    """Take the operators out of a text."""
    result = Typed(words="")
    kept: list[str] = []
    at = 0
    after_operator = True
    for found in _OPERATOR.finditer(text):
        if found.start() < at:
            continue
        between = text[at : found.start()]
        after_operator = after_operator and not between.strip()
        reader = _Reader(found, text, people, today, zone, day_first)
        if found["blank"] and not reader.may_have_blank(after_operator):
            continue
        filters, end, remark = reader.read()
        kept.append(between)
        if remark:
            result.remarks.append(remark)
            kept.append(text[found.start() : end])
        result.filters += filters
        at = end
        after_operator = not remark
    kept.append(text[at:])
    result.words = " ".join("".join(kept).split())
    return result


@dataclass(slots=True)
class _Reader:
    """One operator and what stands behind it."""

    found: re.Match[str]
    text: str
    people: People
    today: date
    zone: tzinfo
    day_first: bool | None

    @property
    def name(self) -> str:
        return self.found["name"].lower()

    def may_have_blank(self, after_operator: bool) -> bool:
        """`from: anna` is one; `what is it in: a box` is not."""
        if self.name in ("in", "subject", "tag"):
            return after_operator
        return not self.read()[2]

    def read(self) -> tuple[list[Filter], int, str]:
        """Its filters, where it ends, and what is wrong with it, if anything is."""
        negated = bool(self.found["minus"])
        for value, end in self._values():
            if filters := self._filters(value):
                return [replace(one, negated=negated) for one in filters], end, ""
        value = self.found["value"].strip('"“”')
        return [], self.found.end(), f"{self.name}:{value} {self._problem(value)}"

    def _values(self) -> Iterator[tuple[str, int]]:
        """What may be its value: words behind it belong to a date or a full name."""
        value, end = self.found["value"], self.found.end()
        if value[0] in '"“”':
            yield value.strip('"“”'), end
            return
        if self.name in _SPANS or Field(self.name) in PEOPLE:
            longer = list(re.finditer(r"[^\s:\"]+(?=\s|$|[,.?!])", self.text[end:]))
            for count in range(min(len(longer), _MORE_WORDS), 0, -1):
                until = end + longer[count - 1].end()
                words = self.text[self.found.start("value") : until]
                words = words.rstrip(",.?!")
                if self.name in _SPANS or self._is_full_name(words):
                    yield words, until
        bare = value.rstrip(",;?!)")
        yield bare, end - len(value) + len(bare)

    def _is_full_name(self, words: str) -> bool:
        """Whether words behind a name belong to it: capitals do, or what the archive says."""
        if all(word[:1].isupper() for word in words.split()[1:]):
            return True
        if len(words.split()) > _MORE_NAMES:
            return False
        known = {
            part for each in self.people.named(words) for part in each.label.lower().split()
        }
        return set(words.lower().split()) <= known

    def _filters(self, value: str) -> list[Filter]:
        if not value.strip():
            return []
        if self.name in _SPANS:
            span = when.read(value, self.today, operator=self.name, day_first=self.day_first)
            return [] if span is None else [span_filter(span, self.zone)]
        known = Field(self.name)
        if known in PEOPLE:
            return self._each(value, lambda one: person(one, self.people, known))
        if known is Field.KIND:
            return self._each(value, _kind)
        if known is Field.HAS:
            fits = value.casefold() in ("attachment", "attachments", "file", "files")
            return [Filter(field=known, value="attachment")] if fits else []
        return [Filter(field=known, value=" ".join(value.split()))]

    def _each(self, value: str, read: Callable[[str], Filter | None]) -> list[Filter]:
        """One filter for each value between commas; none if one of them is no use."""
        if (whole := read(value)) is not None:
            return [whole]
        found = [read(one.strip()) for one in value.split(",") if one.strip()]
        return [] if None in found else [one for one in found if one is not None]

    def _problem(self, value: str) -> str:
        if self.name in _SPANS:
            return "is not a date"
        if Field(self.name) in PEOPLE:
            if value.casefold() in ("me", "i", "myself"):
                return "means you, but it is not known yet which person you are"
            return "is nobody in this archive"
        if self.name == "kind":
            return f"is no kind; there are {', '.join(KINDS)}"
        return "can only be has:attachment" if self.name == "has" else "has no value"


def _kind(value: str) -> Filter | None:
    name = kind_named(value)
    return None if name is None else Filter(field=Field.KIND, value=name)
