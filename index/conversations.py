"""After reading: who answers whom, and which quoted text need not be searched twice.

Only threads with a message that is new, or that lost one, are looked at again; a
message whose thread is not known yet is what marks them, so a sync that was killed
in between is made up for by the next.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from index.aside import Said, set_aside
from index.catalog import Catalog
from index.cutting import Spans, cut_again, parts_of
from index.failpoint import at
from index.stored import as_json
from ingest.document import Role
from ingest.mail.threads import Member, threads

_THREADS_PER_TRANSACTION: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What was done."""

    threads: int
    """That were looked at."""
    cut_again: int
    """Messages of which another part is searched now."""


def sort_mail(catalog: Catalog, should_stop: Callable[[], bool] = lambda: False) -> Sorted:
    """Bring every message's thread, and what is set aside of it, up to date."""
    connection = catalog.connection
    unsorted = {
        row[0]
        for row in connection.execute(
            "SELECT id FROM document WHERE thread IS NULL AND kind='mail'"
        )
    }
    if not unsorted:
        return Sorted(threads=0, cut_again=0)
    before: dict[int, int | None] = {}
    members = []
    for row in connection.execute(
        "SELECT id, message_id, refs, title, created_s, people, duplicate_of, thread"
        " FROM document WHERE kind='mail' ORDER BY id"
    ):
        members.append(_member(row))
        before[row["id"]] = row["thread"]
    now = threads(members)
    by_thread: dict[int, list[int]] = defaultdict(list)
    for number, thread in now.items():
        by_thread[thread].append(number)
    touched = [
        (thread, numbers)
        for thread, numbers in by_thread.items()
        if any(before[number] != thread for number in numbers)
    ]
    quoting = {
        row[0]
        for row in connection.execute(
            "SELECT id FROM document WHERE kind='mail' AND (parts<>'[]' OR set_aside<>'[]')"
        )
    }
    changed = done = 0
    again: dict[int, Spans | None] = {}
    for begin in range(0, len(touched), _THREADS_PER_TRANSACTION):
        if should_stop():
            break
        batch = touched[begin : begin + _THREADS_PER_TRANSACTION]
        with catalog.transaction():
            again.clear()
            for thread, numbers in batch:
                if not quoting.isdisjoint(numbers):
                    again.update(_set_aside(catalog, numbers))
                connection.executemany(
                    "UPDATE document SET thread=? WHERE id=?",
                    [(thread, number) for number in numbers],
                )
                done += 1
            cut_again(catalog, again)
            changed += len(again)
            connection.execute(
                "UPDATE document SET thread="
                "(SELECT h.thread FROM document h WHERE h.id=document.within_id)"
                " WHERE within_id IS NOT NULL AND thread IS NULL"
            )
            at("threads written")
        at("threads committed")
    return Sorted(threads=done, cut_again=changed)


def _member(row: sqlite3.Row) -> Member:
    sender, others = "", []
    for name, address, role in json.loads(row["people"]):
        who = address or name.casefold()
        if role == Role.SENDER and not sender:
            sender = who
        else:
            others.append(who)
    return Member(
        id=row["id"],
        message_id=row["message_id"] or "",
        references=tuple(json.loads(row["refs"])),
        subject=row["title"],
        created_s=row["created_s"],
        sender=sender,
        others=frozenset(others),
        same_as=row["duplicate_of"],
    )


def _set_aside(catalog: Catalog, numbers: list[int]) -> dict[int, Spans]:
    """Of the messages of one thread those of which something else is to be set aside now."""
    rows = catalog.connection.execute(
        "SELECT id, text, parts, set_aside FROM document"
        " WHERE id IN (SELECT value FROM json_each(?))"
        " AND duplicate_of IS NULL ORDER BY created_s IS NULL, created_s, id",
        (as_json(numbers),),
    ).fetchall()
    if all(row["parts"] == "[]" and row["set_aside"] == "[]" for row in rows):
        return {}
    found = set_aside(
        [Said(id=row["id"], text=row["text"], parts=parts_of(row)) for row in rows]
    )
    return {
        row["id"]: found[row["id"]]
        for row in rows
        if as_json(found[row["id"]]) != row["set_aside"]
    }
