"""Which documents a wish to count or list is about."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from index.countable import Wanted, What
from index.filters import condition, listed
from index.query import Field, Filter
from index.tally.phrase import holding

Condition = tuple[str, list[object]]

_REPLY: Final = re.compile(r"\b(?:re|aw|antw|sv)(?:\[\d+\])?\s?:", re.IGNORECASE)
_FORWARD: Final = re.compile(r"\b(?:fwd?|wg|tr)\s?:", re.IGNORECASE)


class Chosen:
    """The documents that fit one wish."""

    def __init__(self, connection: sqlite3.Connection, wanted: Wanted) -> None:
        self.connection = connection
        self.wanted = wanted
        self.filters = wanted.filters

    def rows(
        self, also: str = "", filters: Sequence[Filter] | None = None
    ) -> list[sqlite3.Row]:
        """Those that satisfy the SQL of `also` and the filters, or others, by date."""
        where, values = self.where(self.filters if filters is None else filters)
        where = f"({where}) AND {also}" if also else where
        held = self._holding()
        rows = self.connection.execute(
            "SELECT d.id, d.passage_id, d.title, d.created, d.people, d.attachments, d.kind,"
            f" d.thread, d.refs FROM document d WHERE {where}"
            " ORDER BY d.created_s IS NULL, d.created_s, d.id",
            values,
        )
        return [
            row for row in rows if (held is None or row["id"] in held) and self._is_sort(row)
        ]

    def _is_sort(self, row: sqlite3.Row) -> bool:
        if not self.wanted.only:
            return True
        forward = _FORWARD.search(row["title"]) is not None
        if self.wanted.only == "forwards":
            return forward
        # The signs of both are those of a forwarded reply.
        reply = _REPLY.search(row["title"]) is not None or row["refs"] not in ("", "[]")
        return reply and not _FORWARD.match(row["title"])

    def undated(self) -> int:
        """How many have no date and would fit if they had one that was asked for."""
        timeless = [f for f in self.filters if f.field is not Field.DURING]
        if len(timeless) == len(self.filters):
            return 0
        also = "d.created_s IS NULL AND d.within_id IS NULL"
        if self.wanted.what is not What.DOCUMENTS:
            also += " AND d.kind IN ('mail', 'chat')"
        return len(self.rows(also, timeless))

    def where(self, filters: Sequence[Filter]) -> Condition:
        """All filters; between two sides only what went from one to the other."""
        if not self.wanted.sides:
            return listed(filters)
        sql, values = listed([f for f in filters if f.field is not Field.WITH])
        one, other = self.wanted.sides
        sent, senders = _joined(" OR ", self._sent(one, other), self._sent(other, one))
        # What is said in a chat is said to all who are in it.
        said, speakers = _joined(" AND ", condition(one), condition(other))
        either = f"(d.kind!='chat' AND ({sent})) OR (d.kind='chat' AND ({said}))"
        return f"{sql} AND ({either})", [*values, *senders, *speakers]

    def _sent(self, writers: Sequence[Filter], receivers: Sequence[Filter]) -> Condition:
        sender = [replace(one, field=Field.FROM) for one in writers]
        return condition([*sender, *(replace(one, field=Field.TO) for one in receivers)])

    def _holding(self) -> set[int] | None:
        """Documents that hold all words, themselves or in a file attached. None: no words."""
        found: set[int] | None = None
        for word in self.wanted.words:
            here = holding(self.connection, word)
            found = here if found is None else found & here
        return found


def _joined(word: str, one: Condition, other: Condition) -> Condition:
    return f"({one[0]}){word}({other[0]})", [*one[1], *other[1]]
