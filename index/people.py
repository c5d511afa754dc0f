"""Who is in an archive: names resolved to people, what they wrote, and who its owner is.

Nothing is loaded until somebody is asked for. What was loaded is used until a sync has
judged new names or an edit was made.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from index import naming
from index.directory import Directory, Who, load, state
from index.held import Held
from index.query import Match

_MOST: Final = 20
_AHEAD: Final = 3
"""An owner is in so many times as many documents without the next person as the reverse."""
_OWNERS_SHARE: Final = 0.25
_FEWEST: Final = 3
"""Documents that a guess at the owner takes, without the next person."""
_RUNNERS: Final = 4
_MAIL: Final = ("from", "to", "cc")
_OTHER: Final = ("author",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerGuess:
    """Whose archive it seems to be."""

    label: str
    share: float
    """Of the mails this person is in; where there are more chats and notes, of those."""
    confirmed: bool
    """The owner has said so; it is no guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """One person, with what they take part in. Copies of a message are not counted."""

    label: str
    identities: tuple[int, ...]
    person: bool
    """Not a list or a machine."""
    names: tuple[str, ...]
    """As written, most used first."""
    addresses: tuple[str, ...]
    wrote: int
    """Messages, chats and notes."""
    received: int
    first: datetime | None
    """When the first of them was written; None if none has a date."""
    last: datetime | None


class CatalogPeople:
    """Implements `index.query.People` from the catalog. Every thread has one of its own."""

    def __init__(self, connection: sqlite3.Connection, held: Held | None = None) -> None:
        self._connection = connection
        self._held = held or Held()
        self._seen: tuple[int, int] | None = None
        self._directory: Directory | None = None

    def named(self, name: str) -> tuple[Match, ...]:
        """Who `name`, a name or an address, may mean; likeliest first, at most 20.

        `@firm.com` means everybody there.
        """
        directory = self._current()
        if not name.strip(" @"):
            return ()
        if "@" in name:
            return self._at(directory, naming.key(name))
        fits = directory.fits(name)
        if not fits and " " not in name.strip():  # the name of an account
            return self._at(directory, naming.fold(name.strip()) + "@")
        single = len(naming.parse(name).words) == 1
        sure = bool(fits) and directory.is_sure(fits, single=single)
        return tuple(
            self._match(directory, fit.who, sure=sure and place == 0)
            for place, fit in enumerate(fits[:_MOST])
        )

    @property
    def owner(self) -> tuple[int, ...]:
        """Identities of the archive's owner, confirmed or guessed. Empty if unknown."""
        return self._found_owner()[0]

    @property
    def owner_guess(self) -> OwnerGuess | None:
        """Whose archive it is, or seems to be. None if nobody is clearly ahead."""
        return self._found_owner()[1]

    def likeliest(self, limit: int) -> list[Match]:
        """The people who take part most."""
        directory = self._current()
        people = [who for who in directory.someone if isinstance(who, int)]
        people.sort(key=lambda who: (-directory.weight[who], str(who)))
        return [self._match(directory, who, sure=True) for who in people[:limit]]

    def numbered(self, person: int) -> Match | None:
        """Who has this number in `identity.person`. None: nobody any more, or not yet."""
        directory = self._current()
        if person not in directory.someone:
            return None
        return self._match(directory, person, sure=True)

    def is_name(self, word: str) -> bool:
        """Whether a word, in lower case, is part of somebody's name."""
        return naming.fold(word) in self._current().by_word

    def identity(self, number: int) -> tuple[int, str, str]:
        """Whose a name with an address is (0: nobody's), the name and the address."""
        row = self._connection.execute(
            "SELECT coalesce(person, 0), name, address FROM identity WHERE id=?", (number,)
        ).fetchone()
        return (0, "", "") if row is None else (row[0], row[1], row[2])

    def correspondent(self, match: Match) -> Correspondent:
        """What somebody takes part in; for one with 100,000 messages a second's work."""
        return _correspondent(self._connection, match, self._current())

    def _current(self) -> Directory:
        connection = self._connection
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        seen = (int(version), connection.total_changes)
        if self._directory is None or seen != self._seen:
            key = state(connection)
            directory = self._held.directory
            if directory is None or self._held.key != key:
                directory = load(connection)
                self._held.directory, self._held.key = directory, key
            self._directory, self._seen = directory, seen
        return self._directory

    def _at(self, directory: Directory, address: str) -> tuple[Match, ...]:
        """Who has an address, or everybody at a host."""
        if address.startswith("@"):
            rows = self._connection.execute(
                "SELECT id FROM identity WHERE substr(address, -?)=? ORDER BY id",
                (len(address), address),
            )
            return _all_of(address, rows)
        found = directory.at(self._connection, address)
        if len(found) > 1 and not any(isinstance(who, int) for who in found):
            rows = self._connection.execute(
                "SELECT id FROM identity WHERE address=? ORDER BY id", (address,)
            )
            return _all_of(address, rows)
        return tuple(
            self._match(directory, who, sure=place == 0 and not address.endswith("@"))
            for place, who in enumerate(found[:_MOST])
        )

    def _match(self, directory: Directory, who: Who, *, sure: bool) -> Match:
        identities = tuple(directory.someone[who].identities)
        return Match(
            label=_label(self._connection, identities, directory),
            identities=identities,
            sure=sure,
        )

    # --- the owner ----------------------------------------------------------------------

    def _found_owner(self) -> tuple[tuple[int, ...], OwnerGuess | None]:
        directory = self._current()
        held = self._held
        # Finding out takes up to 0.1 s, so whoever shares what is held shares this.
        if held.owner is None or held.owner[0] is not directory:
            held.owner = (directory, *self._find_owner(directory))
        return held.owner[1:]

    def _find_owner(self, directory: Directory) -> tuple[tuple[int, ...], OwnerGuess | None]:
        said = self._connection.execute(
            "SELECT one FROM person_rule WHERE kind='owner'"
        ).fetchone()
        tables = sorted(
            (_taking_part(self._connection, directory, roles) for roles in (_MAIL, _OTHER)),
            key=lambda table: -table.total,
        )
        for table in tables:
            who = (
                table.clearly_first()
                if said is None
                else directory.known(self._connection, said[0])
            )
            if who is None:
                continue
            share = table.share(who)
            if share or said is None or table is tables[-1]:
                match = self._match(directory, who, sure=True)
                guess = OwnerGuess(label=match.label, share=share, confirmed=said is not None)
                return match.identities, guess
        return (), None


@dataclass(frozen=True, slots=True)
class _TakingPart:
    """In how many documents of a kind each person is."""

    connection: sqlite3.Connection
    directory: Directory
    roles: tuple[str, ...]
    total: int
    roughly: dict[Who, int]
    """Who is in a document in two ways counts twice."""

    def count(self, *everybody: Who) -> int:
        """Documents that any of these is in."""
        identities = [
            number for who in everybody for number in self.directory.someone[who].identities
        ]
        (count,) = self.connection.execute(
            "SELECT count(DISTINCT document_id) FROM participant"
            f" WHERE identity_id IN ({_marks(identities)}) AND role IN ({_marks(self.roles)})",
            [*identities, *self.roles],
        ).fetchone()
        return int(count)

    def share(self, who: Who) -> float:
        """Of all documents, those that somebody is in."""
        return min(1.0, self.count(who) / self.total) if self.total else 0.0

    def clearly_first(self) -> Who | None:
        """Who is in most of them, and in many more without the next person than the reverse."""
        likely = sorted(self.roughly, key=lambda who: (-self.roughly[who], str(who)))
        found = [(self.count(who), who) for who in likely[:_RUNNERS]]
        found.sort(key=lambda item: (-item[0], str(item[1])))
        if not found or found[0][0] < _OWNERS_SHARE * self.total:
            return None
        most, who = found[0]
        alone, next_alone = most, 0
        if len(found) > 1:
            next_most, other = found[1]
            either = self.count(who, other)
            alone, next_alone = either - next_most, either - most
        return who if alone >= max(_FEWEST, _AHEAD * next_alone) else None


def _taking_part(
    connection: sqlite3.Connection, directory: Directory, roles: tuple[str, ...]
) -> _TakingPart:
    roughly: dict[Who, int] = defaultdict(int)
    total = 0
    for number, (mail, sent, other) in directory.taking_part.items():
        total += sent  # every mail has one sender, but for a few
        who = directory.whose.get(number)
        count = mail if roles == _MAIL else other
        if count and isinstance(who, int):
            roughly[who] += count
    if roles == _OTHER and roughly:
        (total,) = connection.execute(
            "SELECT count(DISTINCT document_id) FROM participant WHERE role='author'"
        ).fetchone()
    elif roles == _OTHER:
        total = 0
    return _TakingPart(connection, directory, roles, total, dict(roughly))


def _all_of(label: str, rows: Iterable[sqlite3.Row]) -> tuple[Match, ...]:
    identities = tuple(row[0] for row in rows)
    return (Match(label=label, identities=identities, sure=True),) if identities else ()


def _label(
    connection: sqlite3.Connection, identities: Sequence[int], directory: Directory
) -> str:
    """What to call somebody: the full name that is used most, else a name, an address."""
    used: dict[str, int] = defaultdict(int)
    rows = _by_use(connection, identities, directory)
    for number, name, _ in rows:
        if naming.parse(name).words:
            used[naming.plain(name)] += directory.used(number)
    if used:
        return max(used, key=lambda name: (" " in name, used[name]))
    for _, _, address in rows:
        if naming.of_address(address).words:
            return naming.plain(address.partition("@")[0])
    return next((address or name for _, name, address in rows), "")


def _correspondent(
    connection: sqlite3.Connection, match: Match, directory: Directory
) -> Correspondent:
    marks = _marks(match.identities)
    wrote, received, first, last, person = connection.execute(
        f"""
        WITH taking AS (
            SELECT document_id, max(role IN ('from', 'author')) AS wrote,
                   max(role IN ('to', 'cc')) AS received
            FROM participant WHERE identity_id IN ({marks}) GROUP BY document_id)
        SELECT coalesce(sum(wrote), 0), coalesce(sum(received), 0), min(d.created_s),
               max(d.created_s), (SELECT person FROM identity WHERE id=?)
        FROM taking JOIN document d ON d.id=document_id
        """,
        [*match.identities, match.identities[0]],
    ).fetchone()
    rows = _by_use(connection, match.identities, directory)
    return Correspondent(
        label=match.label,
        identities=match.identities,
        person=bool(person),
        names=tuple(dict.fromkeys(name for _, name, _ in rows if name)),
        addresses=tuple(dict.fromkeys(address for _, _, address in rows if address)),
        wrote=wrote,
        received=received,
        first=_moment(first),
        last=_moment(last),
    )


def _by_use(
    connection: sqlite3.Connection, identities: Sequence[int], directory: Directory
) -> list[tuple[int, str, str]]:
    """Id, name and address; what is used most first."""
    rows = connection.execute(
        f"SELECT id, name, address FROM identity WHERE id IN ({_marks(identities)})",
        list(identities),
    )
    found = [(row[0], row[1], row[2]) for row in rows]
    return sorted(found, key=lambda row: (-directory.used(row[0]), row[0]))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
