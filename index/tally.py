"""Counting and listing by SQL: how many messages, people, threads, attachments, documents.

Exact and complete: every filter must hold, every word must occur, copies are one. A word
occurs where the subject or the text has it in any of its forms; what a mail quotes from one
that is here counts for that one only. Counted in chats are the turns, not the days. Replies and
forwards are told by `Re:` and `Fwd:` in the subject, replies by the message they name as well.
All that fits is read, some 15 µs a document.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from index.countable import Wanted, What, both_ways
from index.filters import ENDINGS, condition, listed
from index.query import Field, Filter
from index.words import stem, words

Condition = tuple[str, list[object]]

_WROTE = ("from", "author")
_GOT = ("to", "cc")
_REPLY = re.compile(r"\b(?:re|aw|antw|sv)(?:\[\d+\])?\s?:", re.IGNORECASE)
_FORWARD = re.compile(r"\b(?:fwd?|wg|tr)\s?:", re.IGNORECASE)
_MOST_VALUES = 30_000
"""SQLite takes 32,766 values in a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was counted."""

    label: str
    """Subject, name of a person, a file or a chat."""

    who: str = ""
    """Of a message who wrote it, of a person the addresses, of a thread who takes part."""

    count: int = 1
    """Messages of a person or a thread."""

    first: datetime | None = None
    last: datetime | None = None

    document_id: int = 0
    """Where to read it; of a thread its first message. 0 for a person."""

    id: str = ""
    """That document's id in a citation. Empty for a person."""

    span: tuple[int, int] | None = None
    """The turn of a chat that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was counted, and every one of it."""

    wanted: Wanted
    rows: tuple[Row, ...]
    """Messages, attachments and documents by date, people and threads with the most first."""

    besides: int = 0
    """Senders or receivers that are lists and machines; they are not counted as people."""

    chats: int = 0
    """How many of the messages are turns of chats."""

    undated: int = 0
    """Documents without a date that fit otherwise, where a time was asked for."""

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.rows)


def tally(connection: sqlite3.Connection, wanted: Wanted, asked: str = "") -> Tally:
    """Count and list what is wanted; `asked` is the question, as far as it says `between`."""
    counter = _Counter(connection, wanted, asked)
    undated = counter.undated()
    if wanted.what is What.PEOPLE:
        rows, besides = counter.people()
        return Tally(wanted=wanted, rows=rows, besides=besides, undated=undated)
    if wanted.what is What.MESSAGES:
        turns = list(counter.turns())
        rows = tuple(sorted([*counter.documents("d.kind='mail'"), *turns], key=_by_date))
        return Tally(wanted=wanted, rows=rows, chats=len(turns), undated=undated)
    found = {
        What.THREADS: counter.threads,
        What.ATTACHMENTS: counter.attachments,
        What.DOCUMENTS: counter.documents,
    }[wanted.what]()
    return Tally(wanted=wanted, rows=tuple(found), undated=undated)


def has_any(connection: sqlite3.Connection, wanted: Wanted) -> bool:
    """Whether the archive has anything of the sort that is counted, filters aside."""
    kinds = {f.value for f in wanted.filters if f.field is Field.KIND and not f.negated}
    where = "1"
    if wanted.what in (What.MESSAGES, What.PEOPLE, What.THREADS):
        where = (
            "d.kind IN ('mail','chat')" if kinds - {"mail"} or not kinds else "d.kind='mail'"
        )
    elif wanted.what is What.ATTACHMENTS:
        where = "d.attachments!='[]'"
    elif kinds & {"mail", "note", "chat"}:
        where = f"d.kind='{next(iter(kinds & {'mail', 'note', 'chat'}))}'"
    return (
        connection.execute(f"SELECT 1 FROM document d WHERE {where} LIMIT 1").fetchone()
        is not None
    )


class _Counter:
    """What satisfies one wish, as rows."""

    def __init__(self, connection: sqlite3.Connection, wanted: Wanted, asked: str) -> None:
        self._connection = connection
        self._wanted = wanted
        self._filters = wanted.filters
        self._each = both_ways(asked)

    # --- documents --------------------------------------------------------------------------

    def documents(self, also: str = "") -> Iterator[Row]:
        """Every document, by date."""
        for row in self._rows(self._filters, also):
            moment = _moment(row["created"])
            yield Row(
                label=row["title"],
                who=_sender(row["people"]),
                first=moment,
                last=moment,
                document_id=row["id"],
                id=row["passage_id"],
            )

    def _rows(self, filters: Sequence[Filter], also: str = "") -> list[sqlite3.Row]:
        where, values = self._where(filters)
        where = f"({where}) AND {also}" if also else where
        held = self._holding()
        rows = self._connection.execute(
            "SELECT d.id, d.passage_id, d.title, d.created, d.people, d.attachments, d.kind,"
            f" d.thread, d.refs FROM document d WHERE {where}"
            " ORDER BY d.created_s IS NULL, d.created_s, d.id",
            values,
        )
        return [
            row for row in rows if (held is None or row["id"] in held) and self._is_sort(row)
        ]

    def _is_sort(self, row: sqlite3.Row) -> bool:
        if not self._wanted.only:
            return True
        forward = _FORWARD.search(row["title"]) is not None
        if self._wanted.only == "forwards":
            return forward
        # The signs of both are those of a forwarded reply.
        reply = _REPLY.search(row["title"]) is not None or row["refs"] not in ("", "[]")
        return reply and not _FORWARD.match(row["title"])

    def undated(self) -> int:
        """How many have no date and would fit if they had one that was asked for."""
        timeless = [f for f in self._filters if f.field is not Field.DURING]
        if len(timeless) == len(self._filters):
            return 0
        also = "d.created_s IS NULL AND d.within_id IS NULL"
        if self._wanted.what is not What.DOCUMENTS:
            also += " AND d.kind IN ('mail', 'chat')"
        return len(self._rows(timeless, also))

    def _where(self, filters: Sequence[Filter]) -> Condition:
        """All filters; of `between A and B` each has to hold, for both."""
        apart = [f for f in filters if self._each and f.field is Field.WITH]
        sql, values = listed([f for f in filters if f not in apart])
        for one in apart:
            more, others = condition([one])
            sql, values = f"{sql} AND {more}", [*values, *others]
        return sql, values

    def _holding(self) -> set[int] | None:
        """Documents that hold all words, themselves or in a file attached. None: no words."""
        found: set[int] | None = None
        for word in self._wanted.words:
            here = holding(self._connection, word)
            found = here if found is None else found & here
        return found

    # --- what documents are made of ----------------------------------------------------------

    def attachments(self) -> Iterator[Row]:
        """Every file that came with a message, read or not."""
        kinds = [f.value for f in self._filters if f.value in ENDINGS and f.field is Field.KIND]
        endings = tuple(f".{ending}" for kind in kinds for ending in ENDINGS[kind])
        filters = [
            f for f in self._filters if f.value not in kinds or f.field is not Field.KIND
        ]
        where = "d.attachments!='[]' AND d.within_id IS NULL"
        for row in self._rows(filters, where):
            moment = _moment(row["created"])
            for name in json.loads(row["attachments"]):
                if not endings or name.lower().endswith(endings):
                    yield Row(
                        label=name,
                        who=_sender(row["people"]),
                        first=moment,
                        last=moment,
                        document_id=row["id"],
                        id=row["passage_id"],
                    )

    def threads(self) -> list[Row]:
        """Threads with a message that fits, each with all its messages; longest first."""
        rows = self._rows(self._filters, "d.kind='mail'")
        numbers = {row["thread"] if row["thread"] is not None else row["id"] for row in rows}
        found: list[Row] = []
        for some in _batches(sorted(numbers)):
            members = self._connection.execute(
                "SELECT coalesce(d.thread, d.id) AS thread, d.id, d.passage_id, d.title,"
                " d.created, d.people FROM document d"
                f" WHERE coalesce(d.thread, d.id) IN ({some})"
                " AND d.duplicate_of IS NULL AND d.within_id IS NULL AND d.kind='mail'"
                " ORDER BY thread, d.created_s IS NULL, d.created_s, d.id"
            )
            found += _threads(members)
        return sorted(found, key=lambda row: (-row.count, row.document_id))

    def turns(self) -> Iterator[Row]:
        """What was said in chats, turn by turn."""
        kinds = {f.value for f in self._filters if f.field is Field.KIND and not f.negated}
        if (kinds and "chat" not in kinds) or self._wanted.only:
            return
        without_time = [f for f in self._filters if f.field is not Field.DURING]
        spans = [f for f in self._filters if f.field is Field.DURING]
        where, values = self._where(without_time)
        speakers = self._speakers()
        demanded = [[stem(word) for word in words(one)] for one in self._wanted.words]
        for row in self._connection.execute(
            "SELECT d.id, d.passage_id, d.title, d.created, d.text, d.turns FROM document d"
            f" WHERE ({where}) AND d.kind='chat' AND d.turns!='[]' ORDER BY d.id",
            values,
        ):
            day = _moment(row["created"])
            for start, end, speaker, at in json.loads(row["turns"]):
                moment = _moment(at) or day
                text = row["text"][start:end]
                if (
                    all(speaker in names for names in speakers["in"])
                    and not any(speaker in names for names in speakers["out"])
                    and all(_within(one, moment) for one in spans)
                    and all(_says(text, one) for one in demanded)
                ):
                    yield Row(
                        label=row["title"],
                        who=speaker,
                        first=moment,
                        last=moment,
                        document_id=row["id"],
                        id=row["passage_id"],
                        span=(start, end),
                    )

    def _speakers(self) -> dict[str, list[set[str]]]:
        """Names of whoever must have said it, and of whoever must not."""
        found: dict[str, list[set[str]]] = {"in": [], "out": []}
        wrote: set[str] = set()
        for one in self._filters:
            names = self._names(one.identities)
            if one.field is Field.FROM and not one.negated:
                wrote |= names
            elif one.field is Field.FROM or (one.field is Field.TO and one.value == "me"):
                found["out"].append(names)
        if wrote:
            found["in"].append(wrote)
        return found

    def _names(self, identities: Sequence[int]) -> set[str]:
        marks = ",".join("?" * len(identities))
        return {
            name
            for row in self._connection.execute(
                f"SELECT name, address FROM identity WHERE id IN ({marks})", list(identities)
            )
            for name in row
            if name
        }

    # --- people -----------------------------------------------------------------------------

    def people(self) -> tuple[tuple[Row, ...], int]:
        """Who wrote, was written to, or takes part; and how many are lists and machines."""
        wanted = self._wanted
        roles = _WROTE if wanted.writers else _GOT if wanted.receivers else (*_WROTE, *_GOT)
        people: dict[object, _Somebody] = {}
        found = [row["id"] for row in self._rows(self._filters, "d.kind='mail'")]
        for row in self._participants(found, roles):
            people.setdefault(_who(row), _Somebody()).add(row)
        self._add_speakers(people)
        self._leave_out_owner(people)
        rows = [
            one.row()
            for who, one in people.items()
            if isinstance(who, int) or (isinstance(who, tuple) and who[1])
        ]
        rows.sort(key=lambda row: (-row.count, row.label.casefold()))
        return tuple(rows), len(people) - len(rows)

    def _participants(
        self, documents: Sequence[int], roles: Sequence[str]
    ) -> Iterator[sqlite3.Row]:
        for some in _batches(documents):
            yield from self._connection.execute(
                "SELECT i.person, i.name, i.address, p.document_id, d.created_s"
                " FROM participant p JOIN identity i ON i.id=p.identity_id"
                " JOIN document d ON d.id=p.document_id"
                f" WHERE p.document_id IN ({some}) AND p.role IN"
                f" ({','.join('?' * len(roles))}) ORDER BY p.document_id, i.id",
                roles,
            )

    def _add_speakers(self, people: dict[object, _Somebody]) -> None:
        """Who is in chats: of who writes what was said, of the others all they heard too."""
        said: dict[int, list[Row]] = {}
        for turn in self.turns():
            said.setdefault(turn.document_id, []).append(turn)
        for row in self._participants(sorted(said), _WROTE):
            for turn in said[row["document_id"]]:
                speaks = turn.who == row["name"]
                if (self._wanted.writers and speaks) or (
                    not self._wanted.writers and not (self._wanted.receivers and speaks)
                ):
                    people.setdefault(_who(row), _Somebody()).add(row, turn)

    def _leave_out_owner(self, people: dict[object, _Somebody]) -> None:
        """Who asks who wrote to them, or whom they wrote to, does not mean themselves."""
        for one in self._filters:
            if one.value == "me" and not one.negated:
                marks = ",".join("?" * len(one.identities))
                for (person,) in self._connection.execute(
                    f"SELECT DISTINCT person FROM identity WHERE id IN ({marks})",
                    list(one.identities),
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


# --- words ----------------------------------------------------------------------------------


def holding(connection: sqlite3.Connection, phrase: str) -> set[int]:
    """Documents whose subject or text has the words side by side, or that of a file with them.

    Beside the subject, names and dates are in the index too; they are left out.
    """
    parts = re.findall(r"\w+", phrase)
    if not parts:
        return set()
    expression = '"' + " ".join(parts) + '"'
    found = set(_matching(connection, f"text : {expression}"))
    wanted = [stem(part.lower()) for part in parts]
    titled = set(_matching(connection, f"context : {expression}")) - found
    for some in _batches(sorted(titled)):
        for number, title, within in connection.execute(
            f"SELECT id, title, within_title FROM document WHERE id IN ({some})"
        ):
            if _says(title, wanted) or _says(within, wanted):
                found.add(number)
    for some in _batches(sorted(found)):
        found.update(
            row[0]
            for row in connection.execute(
                f"SELECT within_id FROM document WHERE within_id IS NOT NULL AND id IN ({some})"
            )
        )
    return found


def _matching(connection: sqlite3.Connection, expression: str) -> Iterator[int]:
    rows = connection.execute(
        "SELECT DISTINCT c.document_id FROM keywords CROSS JOIN chunk c"
        " ON c.id=keywords.rowid WHERE keywords MATCH ?",
        (expression,),
    )
    return (row[0] for row in rows)


def _says(text: str, wanted: Sequence[str]) -> bool:
    """Whether a text has words with these stems side by side."""
    stems = [stem(word) for word in words(text)]
    length = len(wanted)
    return any(
        stems[place : place + length] == list(wanted)
        for place in range(len(stems) - length + 1)
    )


def _who(row: sqlite3.Row) -> object:
    """A person's number; of a list or a machine its address, and whether it may be a person."""
    return row["person"] or (row["address"] or row["name"], row["person"] is None)


# --- small helpers ----------------------------------------------------------------------------


def _threads(members: Iterable[sqlite3.Row]) -> Iterator[Row]:
    together: dict[int, list[sqlite3.Row]] = {}
    for row in members:
        together.setdefault(row["thread"], []).append(row)
    for rows in together.values():
        dates = [date for row in rows if (date := _moment(row["created"])) is not None]
        who = dict.fromkeys(_sender(row["people"]) for row in rows)
        yield Row(
            label=rows[0]["title"],
            who=", ".join(name for name in who if name),
            count=len(rows),
            first=min(dates, default=None),
            last=max(dates, default=None),
            document_id=rows[0]["id"],
            id=rows[0]["passage_id"],
        )


def _batches(numbers: Sequence[int]) -> Iterator[str]:
    """Numbers for IN, a batch at a time; they are our own, so they may stand in the SQL."""
    for start in range(0, len(numbers), _MOST_VALUES):
        yield ",".join(str(int(one)) for one in numbers[start : start + _MOST_VALUES])


def _sender(people: str) -> str:
    for name, address, role in json.loads(people):
        if role in _WROTE:
            return str(name or address)
    return ""


def _within(span: Filter, moment: datetime | None) -> bool:
    if moment is None:
        return False
    fits = (span.start is None or moment >= span.start) and (
        span.end is None or moment < span.end
    )
    return fits != span.negated


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _by_date(row: Row) -> tuple[bool, float, int]:
    return row.first is None, row.first.timestamp() if row.first else 0.0, row.document_id


def sorted_rows(found: Tally, order: str) -> Tally:
    """The same by `date`, newest first with `newest`; by `name`; by `count`, most first."""
    if order == "name":
        rows = sorted(found.rows, key=lambda row: (row.label.casefold(), _by_date(row)))
    elif order == "count":
        rows = sorted(found.rows, key=lambda row: (-row.count, row.label.casefold()))
    else:
        dated = [row for row in found.rows if row.first is not None]
        dated.sort(key=_by_date, reverse=order == "newest")
        rows = [*dated, *(row for row in found.rows if row.first is None)]
    return replace(found, rows=tuple(rows))
