"""Which names and addresses are one person's: joined when that is sure, and as its owner says.

The same address is the same person, and so is the same full name, unless two people of
that name are plausible (other middle names, numbered addresses). What is judged is written
to `identity.person`; everything is judged anew when there is a new name, which takes a
second or two for 50,000. Callers hold the transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from index import naming
from index.naming import Name

_SHARED: Final = 3
"""So many people with nothing in their names in common make an address nobody's own."""
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Identity:
    """One row of `identity`, judged by itself."""

    id: int
    address: str
    name: Name
    spelled: bool
    """The name is taken from the address, for want of another."""
    block: str
    """What its owner has set apart it as; identities of another block are others."""


class _Groups:
    """Sets that are joined two at a time (union-find); the smallest id stands for each."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def root(self, number: int) -> int:
        above = self._above
        top = number
        while (up := above.get(top, top)) != top:
            top = up
        while (up := above.get(number, number)) != top:
            above[number] = top
            number = up
        return top

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        if first != second:
            self._above[second] = first


def assign_people(connection: sqlite3.Connection, *, again: bool = False) -> bool:
    """Judge who is who, if there is a new name or `again` is set; whether it was done."""
    if not again:
        new = connection.execute("SELECT 1 FROM identity WHERE person IS NULL LIMIT 1")
        if new.fetchone() is None:
            return False
    rows = connection.execute(
        "SELECT id, name, address, person, words FROM identity ORDER BY id"
    ).fetchall()
    apart = {
        row[0] for row in connection.execute("SELECT one FROM person_rule WHERE kind='apart'")
    }
    parsed = {row[0]: naming.parse(row[1]) if row[1] else Name(()) for row in rows}
    people, machines = _judged(rows, parsed, apart)
    groups = _Groups()
    machines |= _join_by_address(connection, people, groups)
    people = [one for one in people if one.id not in machines]
    _join_by_name(people, groups)
    _join_as_said(connection, rows, parsed, groups, machines)
    said = {number: " ".join(name.words) for number, name in parsed.items()}
    said |= {one.id: " ".join(one.name.words) for one in people}
    changes = []
    for number, _, _, person, words in rows:
        now = (0 if number in machines else groups.root(number), said[number])
        if now != (person, words):
            changes.append((*now, number))
    connection.executemany("UPDATE identity SET person=?, words=? WHERE id=?", changes)
    return True


def _join_as_said(
    connection: sqlite3.Connection,
    rows: Iterable[sqlite3.Row],
    parsed: Mapping[int, Name],
    groups: _Groups,
    machines: set[int],
) -> None:
    """Join whom the owner says to be one; what is none for us may be one for the owner."""
    rules = connection.execute(
        "SELECT one, other FROM person_rule WHERE kind='same' ORDER BY id"
    ).fetchall()
    if not rules:
        return
    meant: dict[str, list[int]] = defaultdict(list)
    for number, text, address, *_ in rows:
        for key in _keys(text, address, parsed[number]):
            meant[key].append(number)
    for one, other in rules:
        if one in meant and other in meant:
            together = [*meant[one], *meant[other]]
            machines.difference_update(together)
            for number in together[1:]:
                groups.join(together[0], number)


def _keys(text: str, address: str, name: Name) -> tuple[str, ...]:
    """What a rule may call an identity."""
    said = " ".join(name.words) or (naming.fold(text).strip() if text else "")
    return tuple(key for key in (address, said) if key)


def _judged(
    rows: Iterable[sqlite3.Row], parsed: Mapping[int, Name], apart: set[str]
) -> tuple[list[_Identity], set[int]]:
    """People, and the ids of what is none."""
    people: list[_Identity] = []
    machines: set[int] = set()
    for number, text, address, *_ in rows:
        name = parsed[number]
        if naming.is_machine(address, name):
            machines.add(number)
            continue
        keys = _keys(text, address, name) if apart else ()
        block = next((key for key in keys if key in apart), "")
        spelled = not name.words or _says_its_address(text, address)
        if spelled and address:
            name = naming.of_address(address)
        people.append(_Identity(number, address, name, spelled, block))
    return people, machines


def _says_its_address(text: str, address: str) -> bool:
    return " " not in text and naming.fold(text) == address.partition("@")[0]


# --- the same address -----------------------------------------------------------------------


def _join_by_address(
    connection: sqlite3.Connection, people: Iterable[_Identity], groups: _Groups
) -> set[int]:
    """Join what has the same address; ids of what has an address that many people share."""
    by_address: dict[tuple[str, str], list[_Identity]] = defaultdict(list)
    elsewhere: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in people:
        if one.address:
            by_address[one.address, one.block].append(one)
        if one.name.full:
            elsewhere[one.name.ends].add(one.address)
    shared: set[int] = set()
    for (address, _), own in by_address.items():
        if len(own) == 1:
            continue
        circles = _circles(own)
        if len(circles) >= _SHARED:
            shared.update(one.id for one in own)
            continue
        guests: set[tuple[str, str]] = set()
        if len(circles) == 2:
            # A secretary who writes in another's name: who has an address of his own
            # belongs there.
            holder = _holder(connection, address, circles)
            guests = {ends for ends in circles[1 - holder] if len(elsewhere[ends]) > 1}
        rest = [one for one in own if not (one.name.full and one.name.ends in guests)]
        for one in rest[1:]:
            groups.join(rest[0].id, one.id)
    return shared


def _circles(own: Iterable[_Identity]) -> list[dict[tuple[str, str], list[int]]]:
    """Full names at one address, those that have a name in common together."""
    circles: list[dict[tuple[str, str], list[int]]] = []
    for one in own:
        if not one.name.full:
            continue
        ends = one.name.ends
        near = [circle for circle in circles if any(_related(ends, other) for other in circle)]
        merged: dict[tuple[str, str], list[int]] = defaultdict(list)
        for circle in near:
            merged |= circle
            circles.remove(circle)
        merged[ends].append(one.id)
        circles.append(merged)
    return circles


def _related(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """A first or last name in common: somebody married, or has a nickname."""
    return not set(one).isdisjoint(other) or not naming.nicknames(one[0]).isdisjoint(other)


def _holder(
    connection: sqlite3.Connection,
    address: str,
    circles: list[dict[tuple[str, str], list[int]]],
) -> int:
    """Whose address it is: the one it spells, else the one who uses it most."""
    local = address.partition("@")[0]
    spelled = [any(last in local for _, last in circle) for circle in circles]
    if spelled[0] != spelled[1]:
        return spelled.index(True)
    used = []
    for circle in circles:
        numbers = [number for ids in circle.values() for number in ids]
        marks = ",".join("?" * len(numbers))
        used.append(
            connection.execute(
                f"SELECT count(*) FROM participant WHERE identity_id IN ({marks})", numbers
            ).fetchone()[0]
        )
    return 0 if used[0] >= used[1] else 1


# --- the same name --------------------------------------------------------------------------


def _join_by_name(people: Iterable[_Identity], groups: _Groups) -> None:
    """Join what has the same full name, where that can only be one person."""
    written = {one.address for one in people if one.name.full and not one.spelled}
    by_name: dict[tuple[tuple[str, str], str], list[_Identity]] = defaultdict(list)
    for one in people:
        # What an address spells does not count where somebody gives it another name.
        if one.name.full and not (one.spelled and one.address in written):
            by_name[one.name.ends, one.block].append(one)
    for own in by_name.values():
        if len(own) == 1 or _numbered(own):
            continue
        for circle in _agreeing(own):
            for one in circle[1:]:
                groups.join(circle[0].id, one.id)


def _agreeing(own: list[_Identity]) -> list[list[_Identity]]:
    """All of them if no two names contradict each other; else those with equal names."""
    distinct = {(one.name.words, one.name.suffix): one.name for one in own}
    listed = list(distinct.values())
    if all(a.agrees(b) for place, a in enumerate(listed) for b in listed[:place]):
        return [own]
    equal: Mapping[object, list[_Identity]] = defaultdict(list)
    for one in own:
        if len(one.name.words) > 2 or one.name.suffix:  # the bare name may be either's
            equal[one.name.words, one.name.suffix].append(one)
    return list(equal.values())


def _numbered(own: Iterable[_Identity]) -> bool:
    """Whether one host gives this name twice, told apart by a number."""
    addresses = {one.address for one in own if one.address}
    bare = Counter(
        _NUMBER.sub("", address.partition("@")[0]) + "@" + address.partition("@")[2]
        for address in addresses
    )
    return any(count > 1 for count in bare.values())
