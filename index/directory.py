"""Everybody in an archive, in memory, and who a name may mean.

50,000 names take a quarter of a second to load and some 60 MB; a name then takes well
under a millisecond, a misspelt one two.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index import naming

Who = int | str
"""A person's number, or for what is no person its name or address."""

_CLEARLY: Final = 5
"""So many times likelier than the next is sure."""
_WRITES_MORE: Final = 2
"""What somebody wrote counts so many times more than what they were sent."""
_LESS: Final = 0.3
"""How much a nickname, or a middle name, counts beside a first or last name."""
_MOST_SPELLINGS: Final = 20
_SHORTEST_MISSPELT: Final = 4
_LONG: Final = 8
_MISSPELT: Final = 2


@dataclass(slots=True)
class Someone:
    """A person, or a list or machine."""

    identities: list[int]
    names: set[str]
    """Each as its words in lower case with a space between."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Somebody a name may mean, and how well it fits."""

    who: Who
    away: int
    """0 as it is written, 1 for a nickname or an initial, 2 for a misspelling; summed."""
    place: int
    """0 where it is somebody's whole name, or a first or last name; more elsewhere."""
    likely: float


@dataclass(slots=True)
class Directory:
    """Everybody, as of one moment. Not changed after loading."""

    someone: dict[Who, Someone]
    by_word: dict[str, set[Who]]
    whose: dict[int, Who]
    """By identity."""
    weight: dict[Who, int]
    """How much each takes part."""
    taking_part: dict[int, tuple[int, int, int]]
    """By identity: of mail, how often as its sender, as author of something else."""
    _spelled: dict[str, list[str]] | None = None

    def fits(self, name: str) -> list[Fit]:
        """Everybody a name may mean, likeliest first."""
        words = naming.parse(name).words
        if not words:  # a phone number, or nothing but what is left out of names
            exact = self.by_word.get(naming.fold(name), ())
            return [Fit(who, 0, 0, self.weight[who]) for who in sorted(exact, key=str)]
        near = [self._near(word) for word in words]
        found = self._everybody(words, near)
        if not found:
            near = [
                dict.fromkeys(self._misspelt(word), _MISSPELT) | forms
                for word, forms in zip(words, near, strict=True)
            ]
            found = self._everybody(words, near)
        fits = [fit for who in found if (fit := self._fit(who, words, near)) is not None]
        if len(words) == 1:
            return sorted(fits, key=lambda f: (f.away >= _MISSPELT, -f.likely, str(f.who)))
        return sorted(fits, key=lambda f: (f.away, f.place, -f.likely, str(f.who)))

    def is_sure(self, fits: Sequence[Fit], *, single: bool) -> bool:
        """Whether nobody fits as well as the first; `single`: of a name of one word."""
        first = fits[0]
        if single and first.away >= _MISSPELT:
            return False
        if len(fits) == 1:
            return True
        second = fits[1]
        better = (first.away, first.place) < (second.away, second.place)
        return first.likely >= _CLEARLY * second.likely or (better and not single)

    def used(self, identity: int) -> int:
        """How often an identity takes part."""
        mail, _, other = self.taking_part.get(identity, (0, 0, 0))
        return mail + other

    def known(self, connection: sqlite3.Connection, key: str) -> Who | None:
        """Whom a rule's key means: who uses the address or name most."""
        found = set(self.at(connection, key))
        if not found:
            near = self.by_word.get(key.rpartition(" ")[2], ())
            found = {who for who in near if key in self.someone[who].names or " " not in key}
        return max(found, key=lambda who: (self.weight[who], str(who)), default=None)

    def at(self, connection: sqlite3.Connection, address: str) -> list[Who]:
        """Who has an address, most used first; `anna@`: at any host."""
        last = address + "\U0010ffff" if address.endswith("@") else address
        rows = connection.execute(
            "SELECT id FROM identity WHERE address BETWEEN ? AND ? AND person IS NOT NULL",
            (address, last),
        )
        found = {self.whose[row[0]] for row in rows if row[0] in self.whose}
        return sorted(found, key=lambda who: (-self.weight[who], str(who)))

    def _everybody(self, words: Sequence[str], near: Sequence[Mapping[str, int]]) -> set[Who]:
        """Who has a form of every word in their name; initials are looked at later."""
        found: set[Who] | None = None
        for word, forms in zip(words, near, strict=True):
            if len(word) > 1 or len(words) == 1:
                here: set[Who] = set().union(*(self.by_word[form] for form in forms))
                found = here if found is None else found & here
        return found or set()

    def _near(self, word: str) -> dict[str, int]:
        """Words of names that `word` may stand for: itself and nicknames."""
        forms = {form: 1 for form in naming.nicknames(word) if form in self.by_word}
        if word in self.by_word:
            forms[word] = 0
        return forms

    def _misspelt(self, word: str) -> list[str]:
        """Words of names that differ from `word` in a letter, or in two if it is long."""
        if len(word) < _SHORTEST_MISSPELT:
            return []
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        if self._spelled is None:
            self._spelled = defaultdict(list)
            for part in self.by_word:
                if part.isalpha():
                    self._spelled[part[0]].append(part)
        allowed = 1 if len(word) < _LONG else 2
        found = extract(
            word,
            self._spelled.get(word[0], ()),
            scorer=OSA.distance,
            score_cutoff=allowed,
            limit=_MOST_SPELLINGS,
        )
        return [form for form, _, _ in found if len(form) >= _SHORTEST_MISSPELT]

    def _fit(
        self, who: Who, words: Sequence[str], near: Sequence[Mapping[str, int]]
    ) -> Fit | None:
        """How well a name fits somebody: as well as the best of theirs."""
        one = self.someone[who]
        found = min(_fits(one, words, near), default=None)
        if found is None:
            return None
        away, place = found
        likely = float(self.weight[who]) if isinstance(who, int) else self.weight[who] / 2
        if len(words) == 1:
            likely *= (_LESS if away else 1.0) * (_LESS if place else 1.0)
        return Fit(who, away, place, likely)


def _fits(
    one: Someone, words: Sequence[str], near: Sequence[Mapping[str, int]]
) -> Iterator[tuple[int, int]]:
    """How far `words` are from each name of somebody that they fit: `away` and `place`."""
    for name in one.names:
        theirs = name.split() or [""]
        if list(words) == theirs:
            yield 0, 0
            continue
        steps = [_step(word, forms, theirs) for word, forms in zip(words, near, strict=True)]
        if None in steps:
            continue
        away = sum(step for step in steps if step is not None)
        first, last = theirs[0], theirs[-1]
        if len(words) == 1:
            ends = _step(words[0], near[0], [first, last]) is not None
        else:
            ends = (
                _step(words[0], near[0], [first]) is not None
                and _step(words[-1], near[-1], [last]) is not None
            )
        yield away, 0 if ends else 1


def _step(word: str, forms: Mapping[str, int], theirs: Sequence[str]) -> int | None:
    """How far a word is from the nearest of somebody's. None: it is none of them."""
    found = [forms[their] for their in theirs if their in forms]
    if not found and len(word) == 1 and any(their.startswith(word) for their in theirs):
        return 1
    return min(found, default=None)


def load(connection: sqlite3.Connection) -> Directory:
    """Everybody a sync has judged."""
    someone: dict[Who, Someone] = {}
    by_word: dict[str, set[Who]] = defaultdict(set)
    whose: dict[int, Who] = {}
    cursor = connection.cursor()
    cursor.row_factory = None
    for number, name, address, person, words in cursor.execute(
        "SELECT id, name, address, person, words FROM identity"
        " WHERE person IS NOT NULL ORDER BY id"
    ):
        who = whose[number] = person or words or address or name
        said = words or ("" if address else naming.fold(name))
        one = someone.get(who)
        if one is None:
            one = someone[who] = Someone([number], set())
        else:
            one.identities.append(number)
        if said not in one.names:
            one.names.add(said)
            for word in said.split() if words else (said,):
                by_word[word].add(who)
    by_word.pop("", None)
    weight: dict[Who, int] = dict.fromkeys(someone, 0)
    taking_part: dict[int, tuple[int, int, int]] = {}
    for number, every, sent, other in cursor.execute(
        "SELECT identity_id, count(*), sum(role='from'), sum(role='author')"
        " FROM participant GROUP BY identity_id"  # from an index alone
    ):
        taking_part[number] = every - other, sent, other
        if number in whose:
            weight[whose[number]] += every + _WRITES_MORE * (sent + other)
    return Directory(someone, dict(by_word), whose, weight, taking_part)


def state(connection: sqlite3.Connection) -> tuple[object, ...]:
    """Changes when who is who does. Names that a running sync adds count when judged."""
    row = connection.execute(
        "SELECT count(*), max(id), sum(person * id) FROM identity WHERE person IS NOT NULL"
    ).fetchone()
    rules = connection.execute("SELECT kind, one, other FROM person_rule ORDER BY id")
    return (*row, *(tuple(rule) for rule in rules))
