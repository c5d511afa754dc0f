"""One person in full: messages by year both ways, how they came in, topics, threads, silences.

Everything is counted by SQL over the documents that any of their names and addresses takes part
in; somebody with 6,000 mails among 100,000 takes about 0.2 s, most of it for their topics.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final

from index import naming
from index.counted import day_number, local_zone
from index.introduced import Sighting, first_named, first_seen, introduction
from index.people import CatalogPeople, Correspondent
from index.query import Match
from index.timeline import Silence, as_date, by_day, lapses
from index.topics import Topic, topics

MOST_THREADS: Final = 100
_MOST_OTHERS: Final = 60
_ENOUGH: Final = 5
"""Documents of one's own to take topics from."""

_MET: Final = """
INSERT INTO temp.met(id, wrote, mine, at, thread)
WITH theirs(id, wrote) AS MATERIALIZED (
    SELECT document_id, max(role IN ('from', 'author')) FROM participant
    WHERE identity_id IN (SELECT value FROM json_each(?)) GROUP BY document_id)
SELECT t.id, t.wrote, EXISTS (SELECT 1 FROM participant p WHERE p.document_id=t.id
    AND p.role IN ('from', 'author') AND p.identity_id IN (SELECT value FROM json_each(?))),
    d.created_s, coalesce(d.thread, d.passage_id)
FROM theirs t CROSS JOIN document d ON d.id=t.id
"""
"""Mail by its thread; a chat by its file, whatever else by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCount:
    """Documents of a year that somebody takes part in; each counts once."""

    year: int
    from_them: int
    """They wrote it, and the owner did not: `from:NAME to:me`."""
    to_them: int
    """The owner wrote it and they did not: `from:me to:NAME`."""
    together: int
    """Both wrote in it: a day of a chat."""
    others: int
    """Somebody else wrote it, and they are among its readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """One conversation that somebody takes part in; of chats, all of one file."""

    title: str
    first: datetime | None
    last: datetime | None
    messages: int
    """Of everybody."""
    theirs: int
    """That they wrote."""
    documents: tuple[int, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How somebody came into the archive."""

    how: str
    """`seen`: first in a mail; `named`: in a text before that; `introduced`: a mail says so."""
    by: str
    """Who wrote it. Empty if that is not known."""
    self: bool
    """They wrote it themselves."""
    owner: bool
    """The owner wrote it."""
    both: bool
    """Somebody else wrote it, to the owner and to them."""
    sighting: Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What an archive tells of one person."""

    who: Correspondent
    owner: str
    """Whose archive it seems to be. Empty if that is not known: then nobody is `me`."""
    is_owner: bool
    years: tuple[YearCount, ...]
    """Years with none are left out."""
    undated: int
    origins: tuple[Origin, ...]
    topics: tuple[Topic, ...]
    topics_of: str
    """`own`: of mail and notes they wrote. `all`: of whatever they take part in, chats too."""
    threads: tuple[ThreadLine, ...]
    """The latest first, at most 100."""
    thread_count: int
    silences: tuple[Silence, ...]
    """When regular contact broke off, the longest first."""
    until: date | None
    """The last day of the archive."""


def acquaintance(
    connection: sqlite3.Connection,
    people: CatalogPeople,
    match: Match,
    *,
    zone: tzinfo | None = None,
) -> Acquaintance:
    """Everything about somebody."""
    zone = zone or local_zone()
    owner = people.owner
    is_owner = bool(set(owner) & set(match.identities))
    said = people.owner_guess
    _meet(connection, match, () if is_owner else owner)
    who = people.correspondent(match)
    years, undated = _years(connection, zone)
    until = last_day(connection, zone)
    days = _days(connection, zone, directly=bool(owner) and not is_owner)
    chosen, topics_of = _topics(connection, people, who)
    threads, thread_count = _threads(connection)
    return Acquaintance(
        who=who,
        owner=said.label if said else "",
        is_owner=is_owner,
        years=years,
        undated=undated,
        origins=() if is_owner else _origins(connection, people, who),
        topics=chosen,
        topics_of=topics_of,
        threads=threads,
        thread_count=thread_count,
        silences=tuple(lapses(days, until)) if not is_owner else (),
        until=until,
    )


def _meet(connection: sqlite3.Connection, match: Match, owner: Sequence[int]) -> None:
    """Note what somebody takes part in, in a table of this connection's own."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS met"
        "(id INTEGER PRIMARY KEY, wrote INTEGER, mine INTEGER, at REAL, thread)"
    )
    connection.execute("DELETE FROM temp.met")
    connection.execute(_MET, (json.dumps(match.identities), json.dumps(owner)))


def last_day(connection: sqlite3.Connection, zone: tzinfo) -> date | None:
    """The day of the latest document that is not in the future."""
    row = connection.execute(
        f"SELECT {day_number(zone)} FROM (SELECT max(created_s) AS at FROM document"
        " WHERE created_s <= ?)",
        (datetime.now(UTC).timestamp(),),
    ).fetchone()
    return None if row[0] is None else as_date(row[0])


def _years(connection: sqlite3.Connection, zone: tzinfo) -> tuple[tuple[YearCount, ...], int]:
    rows = connection.execute(
        f"SELECT CAST(strftime('%Y', {day_number(zone)} * 86400, 'unixepoch') AS"
        " INTEGER) AS year, sum(wrote AND NOT mine), sum(mine AND NOT wrote),"
        " sum(wrote AND mine), sum(NOT wrote AND NOT mine)"
        " FROM temp.met GROUP BY year ORDER BY year"
    ).fetchall()
    found = tuple(
        YearCount(year=year, from_them=a, to_them=b, together=c, others=d)
        for year, a, b, c, d in rows
        if year is not None
    )
    return found, sum(sum(row[1:]) for row in rows if row[0] is None)


def _days(connection: sqlite3.Connection, zone: tzinfo, *, directly: bool) -> dict[date, int]:
    """Contact by day: what one of the two wrote, or without an owner whatever there is."""
    held = "AND (wrote OR mine)" if directly else ""
    rows = connection.execute(
        f"SELECT {day_number(zone)} AS day, count(*) FROM temp.met"
        f" WHERE at IS NOT NULL {held} GROUP BY day ORDER BY day"
    )
    return by_day((row[0], row[1]) for row in rows)


# --- how they came in -----------------------------------------------------------------------


def _origins(
    connection: sqlite3.Connection, people: CatalogPeople, who: Correspondent
) -> tuple[Origin, ...]:
    seen = first_seen(connection, who.identities)
    if seen is None:
        return ()
    names = [who.label, *who.names]
    named = first_named(connection, names, seen.date)
    told = introduction(connection, who.identities, names, seen.date)
    found = [("seen", seen)]
    if named is not None and (told is None or named.document_id != told.document_id):
        found.append(("named", named))
    if told is not None:
        found.append(("introduced", told))
    return tuple(_origin(connection, people, who, how, one) for how, one in found)


def _origin(
    connection: sqlite3.Connection,
    people: CatalogPeople,
    who: Correspondent,
    how: str,
    sighting: Sighting,
) -> Origin:
    owner = people.owner
    (readers,) = connection.execute(
        "SELECT max(identity_id IN (SELECT value FROM json_each(?)))"
        " + max(identity_id IN (SELECT value FROM json_each(?)))"
        " FROM participant WHERE document_id=? AND role IN ('to', 'cc')",
        (json.dumps(owner), json.dumps(who.identities), sighting.document_id),
    ).fetchone()
    return Origin(
        how=how,
        by=_writer(people, sighting.by),
        self=sighting.by in who.identities,
        owner=sighting.by in owner,
        both=readers == 2 and sighting.by not in {*owner, *who.identities},
        sighting=sighting,
    )


def _writer(people: CatalogPeople, identity: int | None) -> str:
    """Who an identity is; what is no person, by name or address."""
    if identity is None:
        return ""
    person, name, address = people.identity(identity)
    match = people.numbered(person) if person else None
    return match.label if match else name or address


# --- topics and threads ---------------------------------------------------------------------


def _topics(
    connection: sqlite3.Connection,
    people: CatalogPeople,
    who: Correspondent,
) -> tuple[tuple[Topic, ...], str]:
    rows = connection.execute("SELECT id, wrote FROM temp.met ORDER BY at, id").fetchall()
    own = [row[0] for row in rows if row[1]]
    chosen, told = (own, "own") if len(own) >= _ENOUGH else ([row[0] for row in rows], "all")
    chat = connection.execute(
        "SELECT 1 FROM json_each(?) j CROSS JOIN document d ON d.id=j.value"
        " WHERE d.kind='chat' LIMIT 1",
        (json.dumps(chosen),),
    )
    if chat.fetchone() is not None:
        told = "all"  # the text of a chat is everybody's
    without = {word for name in (who.label, *who.names) for word in naming.parse(name).words}
    for address in who.addresses:
        without.update(address.replace("@", ".").replace("-", ".").lower().split("."))
    for word in list(without):
        without |= naming.nicknames(word)
    found = topics(connection, chosen, without=without, is_name=people.is_name)
    return tuple(found), told


def _threads(
    connection: sqlite3.Connection,
) -> tuple[tuple[ThreadLine, ...], int]:
    rows = connection.execute(
        "SELECT thread, max(at) AS last, sum(wrote) AS theirs, json_group_array(id) AS ids"
        " FROM temp.met GROUP BY thread ORDER BY last DESC, thread"
    ).fetchall()
    shown = rows[:MOST_THREADS]
    members = _members(connection, shown)
    return tuple(_line(row["theirs"], members[place]) for place, row in enumerate(shown)), len(
        rows
    )


def _members(
    connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]
) -> list[list[sqlite3.Row]]:
    """Everybody's messages of each thread, oldest first."""
    mail = json.dumps([row["thread"] for row in rows if isinstance(row["thread"], int)])
    found: dict[object, list[sqlite3.Row]] = {}
    for one in connection.execute(
        "SELECT d.id, d.thread, d.title, d.created_s FROM json_each(?) j"
        " CROSS JOIN document d ON d.thread=j.value"
        " WHERE d.duplicate_of IS NULL AND d.within_id IS NULL"
        " ORDER BY d.created_s IS NULL, d.created_s, d.id",
        (mail,),
    ):
        found.setdefault(one["thread"], []).append(one)
    for row in rows:
        if row["thread"] not in found:
            found[row["thread"]] = connection.execute(
                "SELECT d.id, d.title, d.created_s FROM json_each(?) j"
                " CROSS JOIN document d ON d.id=j.value"
                " ORDER BY d.created_s IS NULL, d.created_s, d.id",
                (row["ids"],),
            ).fetchall()
    return [found[row["thread"]] for row in rows]


def _line(theirs: int, members: Sequence[sqlite3.Row]) -> ThreadLine:
    dated = [row["created_s"] for row in members if row["created_s"] is not None]
    return ThreadLine(
        title=members[0]["title"],
        first=datetime.fromtimestamp(dated[0], UTC) if dated else None,
        last=datetime.fromtimestamp(dated[-1], UTC) if dated else None,
        messages=len(members),
        theirs=theirs,
        documents=tuple(row["id"] for row in members),
    )


# --- everybody ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LostTouch:
    """Somebody with whom regular contact broke off, or paused for long."""

    label: str
    silence: Silence


def lost_touch(
    connection: sqlite3.Connection,
    people: CatalogPeople,
    *,
    zone: tzinfo | None = None,
    among: Sequence[Match] | None = None,
    most: int = 20,
) -> list[LostTouch]:
    """The longest silences with the people who take part most, one for each; longest first.

    With `among` only these people count, each with every silence.
    """
    zone = zone or local_zone()
    owner = people.owner
    until = last_day(connection, zone)
    found = []
    for match in people.likeliest(_MOST_OTHERS) if among is None else among:
        if set(match.identities) & set(owner):
            continue
        _meet(connection, match, owner)
        days = _days(connection, zone, directly=bool(owner))
        broken = lapses(days, until)
        each = broken[:1] if among is None else broken
        found += [LostTouch(label=match.label, silence=one) for one in each]
    found.sort(key=lambda one: (-one.silence.days, one.label))
    return found[:most]
