"""Who wrote, was written to, or takes part in what a wish to count or list is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from index.tally.chosen import Chosen
from index.tally.columns import GOT, WROTE, batches
from index.tally.rows import Row
from index.tally.turns import turns


def people(chosen: Chosen) -> tuple[tuple[Row, ...], int]:
    """Who wrote, was written to, or takes part; and how many are lists and machines."""
    wanted = chosen.wanted
    roles = WROTE if wanted.writers else GOT if wanted.receivers else (*WROTE, *GOT)
    found: dict[object, _Somebody] = {}
    mails = [row["id"] for row in chosen.rows("d.kind='mail'")]
    if wanted.owner:
        participants = _of_owner(chosen, mails)
    else:
        participants = _participants(chosen, mails, roles)
    for row in participants:
        found.setdefault(_who(row), _Somebody()).add(row)
    _add_speakers(chosen, found)
    _leave_out_owner(chosen, found)
    rows = [
        one.row()
        for who, one in found.items()
        if isinstance(who, int) or (isinstance(who, tuple) and who[1])
    ]
    rows.sort(key=lambda row: (-row.count, row.label.casefold()))
    return tuple(rows), len(found) - len(rows)


def _participants(
    chosen: Chosen, documents: Sequence[int], roles: Sequence[str]
) -> Iterator[sqlite3.Row]:
    for some in batches(documents):
        yield from chosen.connection.execute(
            "SELECT i.person, i.name, i.address, p.document_id, d.created_s"
            " FROM participant p JOIN identity i ON i.id=p.identity_id"
            " JOIN document d ON d.id=p.document_id"
            f" WHERE p.document_id IN ({some}) AND p.role IN"
            f" ({','.join('?' * len(roles))}) ORDER BY p.document_id, i.id",
            roles,
        )


def _of_owner(chosen: Chosen, documents: Sequence[int]) -> Iterator[sqlite3.Row]:
    """Who wrote what came in, and who was sent what the owner wrote."""
    marks = ",".join("?" * len(chosen.wanted.owner))
    mine = {
        row[0]
        for row in chosen.connection.execute(
            f"SELECT document_id FROM participant WHERE identity_id IN ({marks})"
            " AND role IN ('from','author')",
            chosen.wanted.owner,
        )
    }
    yield from _participants(chosen, [one for one in documents if one not in mine], WROTE)
    yield from _participants(chosen, [one for one in documents if one in mine], GOT)


def _add_speakers(chosen: Chosen, people: dict[object, _Somebody]) -> None:
    """Who is in chats: of who writes what was said, of the others all they heard too."""
    said: dict[int, list[Row]] = {}
    for turn in turns(chosen):
        said.setdefault(turn.document_id, []).append(turn)
    for row in _participants(chosen, sorted(said), WROTE):
        for turn in said[row["document_id"]]:
            speaks = turn.who == row["name"]
            if (chosen.wanted.writers and speaks) or (
                not chosen.wanted.writers and not (chosen.wanted.receivers and speaks)
            ):
                people.setdefault(_who(row), _Somebody()).add(row, turn)


def _leave_out_owner(chosen: Chosen, people: dict[object, _Somebody]) -> None:
    """Who asks who wrote to them, or whom they wrote to, does not mean themselves."""
    mine = [f.identities for f in chosen.filters if f.value == "me" and not f.negated]
    for identities in (*mine, chosen.wanted.owner):
        marks = ",".join("?" * len(identities))
        for (person,) in chosen.connection.execute(
            f"SELECT DISTINCT person FROM identity WHERE id IN ({marks})", list(identities)
        ):
            people.pop(person, None)


class _Somebody:
    """What is counted of one person."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._addresses: dict[str, int] = {}
        self._messages: set[tuple[int, int]] = set()
        """Document and, of a turn, where it begins in it."""
        self._dates: list[float] = []

    def add(self, row: sqlite3.Row, turn: Row | None = None) -> None:
        for value, counts in ((row["name"], self._names), (row["address"], self._addresses)):
            if value:
                counts[value] = counts.get(value, 0) + 1
        start = turn.span[0] if turn is not None and turn.span is not None else 0
        self._messages.add((row["document_id"], start))
        at = turn.first.timestamp() if turn is not None and turn.first else row["created_s"]
        if at is not None:
            self._dates.append(at)

    def row(self) -> Row:
        from index import naming

        names = {naming.plain(name): number for name, number in self._names.items()}
        label = max(names, key=lambda name: (" " in name, names[name]), default="")
        dates = self._dates
        return Row(
            label=label or next(iter(self._addresses), ""),
            who=", ".join(self._addresses),
            count=len(self._messages),
            first=datetime.fromtimestamp(min(dates), UTC) if dates else None,
            last=datetime.fromtimestamp(max(dates), UTC) if dates else None,
        )


def _who(row: sqlite3.Row) -> object:
    """A person's number; of a list or a machine its address, and whether it may be a person."""
    return row["person"] or (row["address"] or row["name"], row["person"] is None)
