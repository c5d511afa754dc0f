"""What the owner says of people: these two are one, this one is another, this is me.

A rule names an address or a name, never an id: it holds for what is read later, and a
source may go and come back.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from index import naming
from index.people import CatalogPeople
from index.persons import assign_people
from index.query import Match
from ingest.errors import LifeArchiveError

_SHOWN: Final = 4

Rules = tuple[tuple[str, str, str], ...]
"""`kind`, `one` and `other` of each."""


class PersonUnclear(LifeArchiveError):
    """A name that is nobody's in the archive, or several people's; or nothing to change."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class _Named:
    match: Match
    key: str
    """What a rule calls this person."""


def nobody(name: str) -> PersonUnclear:
    """The error for a name that is nobody's."""
    return PersonUnclear(
        f"Nobody in your archive is called {name}.",
        remedy="`archive people` lists who is; after an upgrade it takes one: archive sync",
    )


def resolve(people: CatalogPeople, name: str) -> Match:
    """The one person a name or address means. Raises PersonUnclear."""
    found = people.named(name)
    if not found:
        raise nobody(name)
    if found[0].sure or len(found) == 1:
        return found[0]
    told = [_described(people, match) for match in found[:_SHOWN]]
    more = f" or {len(found) - _SHOWN} more" * (len(found) > _SHOWN)
    raise PersonUnclear(
        f"{name} may be {', '.join(told)}{more}.", remedy="Say which one by the address."
    )


def merge(connection: sqlite3.Connection, one: str, other: str) -> str:
    """From now on two are one person, whose label is returned. Raises PersonUnclear."""
    people = CatalogPeople(connection)
    first, second = _named(people, one), _named(people, other)
    if set(first.match.identities) & set(second.match.identities):
        raise PersonUnclear(
            f"{one} and {other} are one person already: {first.match.label}.",
            remedy="See: archive people NAME",
        )
    _remember(connection, "same", first.key, second.key)
    assign_people(connection, again=True)
    return people.named(first.key)[0].label


def split(connection: sqlite3.Connection, key: str) -> str:
    """From now on an address, or a name, is a person of its own. Raises PersonUnclear."""
    people = CatalogPeople(connection)
    match = resolve(people, key)
    rule = naming.key(key)
    own = [
        row[0]
        for row in connection.execute("SELECT id, name, address FROM identity")
        if row[0] in match.identities and rule in (row[2], naming.key(row[1]) if row[1] else "")
    ]
    if not own:
        raise PersonUnclear(
            f"{key} is not written so in your archive.",
            remedy="Give one of the addresses that this shows: archive people NAME",
        )
    if len(own) == len(match.identities):
        raise PersonUnclear(
            f"{key} is a person of its own already.", remedy="See: archive people NAME"
        )
    connection.execute(
        "DELETE FROM person_rule WHERE kind='same' AND ? IN (one, other)", (rule,)
    )
    _remember(connection, "apart", rule)
    assign_people(connection, again=True)
    return match.label


def set_owner(connection: sqlite3.Connection, name: str) -> str:
    """This is whose archive it is; the label. Raises PersonUnclear."""
    people = CatalogPeople(connection)
    named = _named(people, name)
    connection.execute("DELETE FROM person_rule WHERE kind='owner'")
    _remember(connection, "owner", named.key)
    return named.match.label


def rules(connection: sqlite3.Connection) -> Rules:
    """Every rule, to be taken to another catalog."""
    rows = connection.execute("SELECT kind, one, other FROM person_rule ORDER BY id")
    return tuple((row[0], row[1], row[2]) for row in rows)


def add_rules(connection: sqlite3.Connection, known: Rules) -> None:
    """Have another catalog's rules hold here too; of two owners, theirs."""
    if any(kind == "owner" for kind, _, _ in known):
        connection.execute("DELETE FROM person_rule WHERE kind='owner'")
    for kind, one, other in known:
        _remember(connection, kind, one, other)
    assign_people(connection, again=True)


def _remember(connection: sqlite3.Connection, kind: str, one: str, other: str = "") -> None:
    connection.execute(
        "INSERT OR IGNORE INTO person_rule(kind, one, other) VALUES (?, ?, ?)",
        (kind, one, other),
    )


def _named(people: CatalogPeople, name: str) -> _Named:
    match = resolve(people, name)
    if "@" in name:
        return _Named(match, naming.key(name))
    known = people.correspondent(match)
    return _Named(match, (known.addresses or (naming.key(known.label),))[0])


def _described(people: CatalogPeople, match: Match) -> str:
    addresses = people.correspondent(match).addresses
    return f"{match.label} <{addresses[0]}>" if addresses else match.label
