"""The people of an archive: who they are, what is known of each, who was lost touch with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.opened import Opened

if TYPE_CHECKING:
    from index.acquaintance import Acquaintance, LostTouch
    from index.people import Correspondent, OwnerGuess


class People(Opened):
    """Looking people up, and what the owner says of them."""

    def correspondents(self, name: str = "", *, limit: int = 20) -> list[Correspondent]:
        """Who `name` may mean, likeliest first; without it, who takes part most.

        Raises PersonUnclear.
        """
        from index.person_rules import nobody

        people = self.people()
        with self.catalog.snapshot():
            found = people.named(name) if name else people.likeliest(limit)
            if name and not found:
                raise nobody(name)
            return [people.correspondent(match) for match in found[:limit]]

    def owner(self) -> OwnerGuess | None:
        """Whose archive it is, or seems to be. None if nobody is clearly ahead."""
        return self.people().owner_guess

    def confirm_owner(self, name: str) -> str:
        """This is whose archive it is; the label. Raises PersonUnclear."""
        from index.person_rules import set_owner

        with self.catalog.transaction() as connection:
            return set_owner(connection, name)

    def merge_people(self, one: str, other: str) -> str:
        """Two names or addresses are one person; the label. Raises PersonUnclear."""
        from index.person_rules import merge

        with self.catalog.transaction() as connection:
            return merge(connection, one, other)

    def split_people(self, key: str) -> str:
        """An address or a name is a person of its own; of whom it was. Raises PersonUnclear."""
        from index.person_rules import split

        with self.catalog.transaction() as connection:
            return split(connection, key)

    def acquaintance(self, who: str | Correspondent) -> Acquaintance:
        """Everything about the one person a name or an address means. Raises PersonUnclear."""
        from index.acquaintance import acquaintance
        from index.person_rules import resolve
        from index.query import Match

        people = self.people()
        with self.catalog.snapshot() as connection:
            if isinstance(who, str):
                match = resolve(people, who)
            else:
                match = Match(label=who.label, identities=who.identities, sure=True)
            return acquaintance(connection, people, match)

    def lost_touch(self, among: str = "") -> list[LostTouch]:
        """With whom regular contact broke off, the longest silence first.

        `among` is a query that names people; only they count then. Raises PersonUnclear.
        """
        from index.acquaintance import lost_touch
        from index.person_rules import nobody
        from index.query import PEOPLE, Match

        people = self.people()
        matches = None
        if among:
            asked = self.retriever.understand(among)
            matches = [
                Match(label=one.value, identities=one.identities, sure=True)
                for one in asked.filters
                if one.field in PEOPLE and not one.negated
            ]
            if not matches:
                raise nobody(among)
        with self.catalog.snapshot() as connection:
            return lost_touch(connection, people, among=matches)
