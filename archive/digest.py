"""What came in since the last digest or sync, and who waits for whom.

New is what a sync has added: documents get ever higher numbers, and a small file in the state
directory keeps the one that was reached. A thread waits for its owner if a person, not a list
or a machine, has written last, to the owner by name and to few others, and is somebody the
owner has written to or asks something; the other way round the owner waits. Headers of mailing
lists are not kept, so bulk mail is told by its sender, its many recipients and its footer.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.guard import one_line
from index.naming import plain

SCHEMA = 1
FILE = "digest.json"
WAITING_FOR = timedelta(days=60)
"""Threads that nobody has written in for longer wait for nobody any more."""

_MOST_TO = 5
_LISTED = 8
_ASKS = re.compile(
    r"\?(?:\s|$)|\b(?:please|pls) (?:let|send|call|advise|confirm|reply|respond|tell|review)\b"
    r"|\blet me know\b|\b(?:can|could|would|will) you\b|\bbitte\b",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"unsubscribe|abbestellen|manage your (?:subscription|preferences)|view (?:this|it) in "
    r"(?:your|a) browser|do not reply to this",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How far the numbers of documents had come."""

    read: int = 0
    """At the last digest."""
    sync: int = 0
    """When the last sync began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation in which something is new, or that waits."""

    subject: str
    who: str
    """Who wrote last; of a thread in which the owner did, to whom."""
    messages: int
    """New ones; of a thread that waits all of them."""
    last: datetime | None
    id: str
    """The last message's, for `archive show`."""
    asks: bool = False
    """Its last message asks something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What came in, and what waits."""

    since: str
    """What it counts from, in words."""
    new: int
    """Messages, notes and files; attachments and copies are not counted."""
    own: int
    """How many of them the owner wrote."""
    kinds: Mapping[str, int]
    people: tuple[tuple[str, int], ...]
    """Who wrote the new mail, most first, without the owner, lists and machines."""
    bulk: int
    """New mail from lists and machines."""
    threads: tuple[Thread, ...]
    for_owner: tuple[Thread, ...]
    """Wait for the owner's answer, newest first."""
    for_others: tuple[Thread, ...]
    """The owner has asked something and waits."""
    owner_known: bool

    @property
    def is_empty(self) -> bool:
        """Nothing has come in."""
        return not self.new


def marks(state: Path) -> Marks:
    """The kept numbers; those of a new archive if there is no file, or it is damaged."""
    try:
        found = json.loads((state / FILE).read_text(encoding="utf-8"))
        return Marks(read=int(found["read"]), sync=int(found["sync"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Marks()


def keep(state: Path, kept: Marks) -> None:
    """Note the numbers, all or nothing."""
    path = state / FILE
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(kept)), encoding="utf-8")
    new.chmod(0o600)
    new.replace(path)


def sync_begins(state: Path, connection: sqlite3.Connection) -> None:
    """Note where a sync began."""
    keep(state, Marks(read=marks(state).read, sync=newest(connection)))


def newest(connection: sqlite3.Connection) -> int:
    """The highest number that a document has had."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name='document'").fetchone()
    return 0 if row is None else int(row[0])


def digest(
    connection: sqlite3.Connection,
    owner: Sequence[int],
    *,
    after: int = 0,
    since: datetime | None = None,
    said: str = "",
    now: datetime | None = None,
) -> Digest:
    """What is numbered above `after`, or dated since a moment; and what waits as of `now`."""
    where, value = ("d.id>?", float(after))
    if since is not None:
        where, value = "d.created_s>=?", since.timestamp()
    rows = connection.execute(
        "SELECT d.id, d.kind, d.title, d.passage_id, d.created, d.thread, d.people,"
        " (SELECT max(coalesce(i.person, 1)) FROM participant p"
        "  JOIN identity i ON i.id=p.identity_id"
        "  WHERE p.document_id=d.id AND p.role='from') AS person"
        " FROM document d WHERE d.duplicate_of IS NULL AND d.within_id IS NULL"
        f" AND {where} ORDER BY d.created_s, d.id",
        (value,),
    ).fetchall()
    mine = _written_by(connection, owner)
    own = sum(row["id"] in mine for row in rows)
    mail = [row for row in rows if row["kind"] == "mail" and row["id"] not in mine]
    written = [row for row in mail if row["person"]]
    people = Counter(_sender(row) for row in written)
    start = (now or datetime.now(UTC)) - WAITING_FOR
    if since is not None:
        start = min(start, since)
    for_owner, for_others = _waiting(connection, owner, start)
    return Digest(
        since=said,
        new=len(rows),
        own=own,
        kinds=Counter(str(row["kind"]) for row in rows),
        people=tuple(people.most_common()),
        bulk=len(mail) - len(written),
        threads=_threads(written),
        for_owner=for_owner,
        for_others=for_others,
        owner_known=bool(owner),
    )


def _threads(rows: Sequence[sqlite3.Row]) -> tuple[Thread, ...]:
    together: dict[int, list[sqlite3.Row]] = {}
    for row in rows:
        together.setdefault(row["thread"] or row["id"], []).append(row)
    found = [
        Thread(
            subject=several[-1]["title"],
            who=_sender(several[-1]),
            messages=len(several),
            last=_moment(several[-1]["created"]),
            id=several[-1]["passage_id"],
        )
        for several in together.values()
    ]
    return tuple(sorted(found, key=lambda one: (-one.messages, one.subject.casefold())))


# --- who waits ------------------------------------------------------------------------------


def _waiting(
    connection: sqlite3.Connection, owner: Sequence[int], start: datetime
) -> tuple[tuple[Thread, ...], tuple[Thread, ...]]:
    """Threads that wait for the owner, and those in which the owner waits."""
    if not owner:
        return (), ()
    mine = set(owner)
    known = _written_to(connection, owner)
    for_owner, for_others = [], []
    for row in _last_messages(connection, start):
        people = connection.execute(
            "SELECT p.identity_id, p.role, i.person, i.name, i.address FROM participant p"
            " JOIN identity i ON i.id=p.identity_id WHERE p.document_id=?",
            (row["id"],),
        ).fetchall()
        senders = [one for one in people if one["role"] == "from"]
        to = [one for one in people if one["role"] == "to"]
        if not senders or len(to) > _MOST_TO:
            continue
        text = _own(row)
        asks = _ASKS.search(text) is not None
        if any(one["identity_id"] in mine for one in senders):
            others = [one for one in to if one["identity_id"] not in mine and one["person"]]
            if others and asks:
                for_others.append(_thread(row, _name(others[0]), asks))
            continue
        sender = senders[0]
        to_owner = any(one["identity_id"] in mine for one in to)
        if not to_owner or not sender["person"] or _FOOTER.search(row["text"][-2_000:]):
            continue
        if asks or sender["person"] in known:
            for_owner.append(_thread(row, _name(sender), asks))
    return tuple(for_owner), tuple(for_others)


def _last_messages(connection: sqlite3.Connection, start: datetime) -> list[sqlite3.Row]:
    """The last message of each thread in which somebody has written since; newest first."""
    return connection.execute(
        """
        SELECT d.id, d.title, d.passage_id, d.created, d.people, d.text, d.parts,
            (SELECT count(*) FROM document t WHERE t.thread=d.thread
             AND t.duplicate_of IS NULL AND t.within_id IS NULL) AS messages
        FROM document d INDEXED BY document_created
        WHERE d.created_s>=? AND d.kind='mail' AND d.duplicate_of IS NULL
        AND d.within_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM document l WHERE l.thread=d.thread AND l.duplicate_of IS NULL
            AND l.within_id IS NULL
            AND (l.created_s>d.created_s OR (l.created_s=d.created_s AND l.id>d.id)))
        ORDER BY d.created_s DESC, d.id DESC
        """,
        (start.timestamp(),),
    ).fetchall()


def _written_by(connection: sqlite3.Connection, owner: Sequence[int]) -> set[int]:
    """Documents that the owner wrote."""
    among = ",".join("?" * len(owner))
    rows = connection.execute(
        f"SELECT document_id FROM participant WHERE identity_id IN ({among})"
        " AND role IN ('from', 'author')",
        list(owner),
    )
    return {row[0] for row in rows}


def _written_to(connection: sqlite3.Connection, owner: Sequence[int]) -> set[int]:
    """People whom the owner has ever written to."""
    marks_ = ",".join("?" * len(owner))
    rows = connection.execute(
        "SELECT DISTINCT i.person FROM participant f JOIN participant p"
        " ON p.document_id=f.document_id AND p.role IN ('to', 'cc')"
        " JOIN identity i ON i.id=p.identity_id"
        f" WHERE f.identity_id IN ({marks_}) AND f.role='from' AND i.person>0",
        list(owner),
    )
    return {row[0] for row in rows}


def _own(row: sqlite3.Row) -> str:
    """What the sender wrote, without quotes and signature."""
    parts = json.loads(row["parts"])
    if not parts:
        return str(row["text"])
    return "\n".join(row["text"][start:end] for kind, start, end in parts if kind == "own")


def _thread(row: sqlite3.Row, who: str, asks: bool) -> Thread:
    return Thread(
        subject=row["title"],
        who=who,
        messages=max(1, row["messages"]),
        last=_moment(row["created"]),
        id=row["passage_id"],
        asks=asks,
    )


def _name(one: sqlite3.Row) -> str:
    return plain(one["name"]) or str(one["address"]) if one["name"] else str(one["address"])


def _sender(row: sqlite3.Row) -> str:
    for name, address, role in json.loads(row["people"]):
        if role == "from":
            return (plain(name) if name else "") or str(address)
    return "unknown sender"


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


# --- in words -------------------------------------------------------------------------------


def as_text(found: Digest) -> str:
    """A short text for a terminal or a mail from cron; names and subjects are cleaned."""
    kinds = ", ".join(
        f"{number:,} {kind}{'' if number == 1 else 's'}"
        for kind, number in sorted(found.kinds.items())
    )
    kinds += f", {found.own:,} of them your own" if found.own else ""
    lines = [f"New{' since ' + found.since if found.since else ''}: {kinds or 'nothing'}."]
    if found.people:
        named = [f"{one_line(name)} {number:,}" for name, number in found.people[:_LISTED]]
        more = len(found.people) - len(named)
        lines.append("From " + ", ".join(named) + (f" and {more:,} others." if more else "."))
    if found.bulk:
        lines.append(f"{found.bulk:,} from lists and machines.")
    lines += _listed("Threads", found.threads, new=True)
    asked = [one for one in found.for_owner if one.asks]
    lines += _listed("Waiting for your answer", asked)
    if others := len(found.for_owner) - len(asked):
        lines.append(f"{others:,} more ended with a mail to you that asks nothing.")
    lines += _listed("You wait for an answer", found.for_others)
    if not found.owner_known:
        lines.append("Say who you are to see what waits: archive people me ADDRESS")
    return "\n".join(lines)


def _listed(title: str, several: Sequence[Thread], *, new: bool = False) -> list[str]:
    if not several:
        return []
    lines = [f"{title}:"]
    for one in several[:_LISTED]:
        day = f"{one.last.astimezone():%Y-%m-%d} " if one.last else ""
        count = f" ({one.messages} new)" if new and one.messages > 1 else ""
        subject = one_line(one.subject) or "(no subject)"
        lines.append(f"  {day}{one_line(one.who)}: {subject}{count}")
    if len(several) > _LISTED:
        lines.append(f"  and {len(several) - _LISTED:,} more")
    return lines


def as_json(found: Digest) -> dict[str, Any]:
    """What `archive digest --json` prints."""

    def form(one: Thread) -> dict[str, Any]:
        return {**asdict(one), "last": one.last and one.last.isoformat()}

    return {
        "schema": SCHEMA,
        "since": found.since,
        "new": found.new,
        "own": found.own,
        "kinds": dict(found.kinds),
        "people": [{"name": name, "messages": number} for name, number in found.people],
        "bulk": found.bulk,
        "threads": [form(one) for one in found.threads],
        "for_owner": [form(one) for one in found.for_owner],
        "for_others": [form(one) for one in found.for_others],
        "owner_known": found.owner_known,
    }
