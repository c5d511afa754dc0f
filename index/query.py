"""What a question asks for: words, phrases, and filters by person, time, place and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Field(StrEnum):
    """What a filter looks at; its value is the operator's name."""

    FROM = "from"
    TO = "to"
    WITH = "with"
    """Sender or recipient, author, or somebody who speaks in a chat."""
    CC = "cc"
    SUBJECT = "subject"
    IN = "in"
    """A folder, a source or a file: part of its path, or a label."""
    DURING = "during"
    """A span of time; `after:`, `before:` and `on:` are spans too."""
    HAS = "has"
    KIND = "kind"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on documents."""

    field: Field

    value: str
    """As it is written after the colon."""

    identities: tuple[int, ...] = ()
    """Rows of `identity`, where the field is about people. None of them: nobody is meant."""

    start: datetime | None = None
    """First instant of the span. None: from the beginning."""

    end: datetime | None = None
    """First instant after the span. None: until today and beyond."""

    stated: bool = True
    """Typed as an operator, so demanded. Otherwise understood from plain words: preferred."""

    negated: bool = False

    said: str = ""
    """The words it was understood from. Empty if it was stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question, understood."""

    text: str
    """As asked."""

    words: str
    """What is looked for: the text without operators."""

    phrases: tuple[str, ...] = ()
    """What must occur exactly so."""

    filters: tuple[Filter, ...] = ()

    order: str = "relevance"
    """`relevance`, `newest` or `oldest`."""

    asks: str = ""
    """What kind of thing would answer it: `person`, `time`, `place`, `number`, `money`, `count`
    (of documents), `list`, `yesno`, `reason` or `text`. Empty: it asks nothing."""

    remarks: tuple[str, ...] = ()
    """One line each on what could not be understood."""

    def canonical(self) -> str:
        """The query in operators, which `understand` reads back to the same filters."""
        return " ".join([self.words, *(written(each) for each in self.filters)]).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Somebody a name may mean."""

    label: str
    """How the archive names this person."""

    identities: tuple[int, ...]
    """Every name and address of this person."""

    sure: bool
    """Nobody else in the archive fits as well."""


class People(Protocol):
    """Who is in an archive."""

    def named(self, name: str) -> Sequence[Match]:
        """Who `name`, a name or an address, may mean; likeliest first."""

    @property
    def owner(self) -> tuple[int, ...]:
        """Identities of the archive's owner. Empty if unknown."""


PEOPLE = frozenset({Field.FROM, Field.TO, Field.WITH, Field.CC})


def written(condition: Filter) -> str:
    """A filter as an operator."""
    name, value = condition.field.value, condition.value
    if '"' not in value and (not value or any(sign in value for sign in " ,:“”")):
        value = f'"{value}"'
    return f"{'-' if condition.negated else ''}{name}:{value}"


def with_filter(query: Query, condition: Filter) -> Query:
    """The same query with one more filter; it takes the place of one that says the same."""
    kept = without_filter(query, condition)
    return replace(kept, filters=(*kept.filters, condition))


def without_filter(query: Query, condition: Filter) -> Query:
    """The same query without that filter, understood or stated."""
    gone = written(condition)
    return replace(query, filters=tuple(f for f in query.filters if written(f) != gone))
