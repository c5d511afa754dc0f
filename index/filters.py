"""Filters as SQL over `document d`: which documents satisfy them all, and how many.

Several filters of one field hold if any of them does; negated ones, several spans and
different fields must all hold. Only originals are found: the folder and the tags of a copy
count for its original. An attachment has the people, date, subject and tags of its mail.

`to:me` is whatever came in: every mail that its owner did not write. A mail to a list does
not name its reader, and nothing is in a mailbox that was not sent to it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from index.query import Field, Filter

Condition = tuple[str, list[object]]

_ROLES = {
    Field.FROM: ("from", "author"),
    Field.TO: ("to", "cc"),
    Field.CC: ("cc",),
    Field.WITH: ("from", "author", "to", "cc"),
}
ENDINGS = {
    "pdf": ("pdf",),
    "spreadsheet": ("xlsx", "xlsm", "xls", "ods", "csv", "tsv"),
    "presentation": ("pptx", "pptm", "ppt", "pps", "odp", "key"),
    "document": ("docx", "doc", "odt", "rtf", "pdf"),
    "picture": ("jpg", "jpeg", "png", "heic", "gif", "tif", "tiff", "webp"),
}
KINDS = ("mail", "note", "chat", "file", *ENDINGS)
"""What may stand after `kind:`."""

_NONE = "0"


def condition(filters: Iterable[Filter]) -> Condition:
    """An SQL expression over `document d` and its values; it always leaves copies out."""
    parts = ["d.duplicate_of IS NULL"]
    values: list[object] = []
    ordered = sorted(filters, key=lambda each: (each.field, each.negated))
    for (field, negated), group in groupby(
        ordered, key=lambda each: (each.field, each.negated)
    ):
        pieces = [_one(each) for each in group]
        joint = " AND " if field is Field.DURING and not negated else " OR "
        held = joint.join(f"({sql})" for sql, _ in pieces)
        # NULL, such as a date that is not known, is no hit either way round.
        parts.append(f"NOT coalesce(({held}), 0)" if negated else f"({held})")
        for _, more in pieces:
            values += more
    return " AND ".join(parts), values


def documents(
    connection: sqlite3.Connection,
    filters: Iterable[Filter],
    *,
    order: str = "newest",
    limit: int | None = None,
    attachments: bool = False,
) -> list[int]:
    """Ids of the documents that satisfy the filters, by date; those without one come last.

    An attachment is part of its mail and not listed beside it unless asked for.
    """
    sql, values = listed(filters, attachments)
    ascending = "" if order == "oldest" else " DESC"
    rows = connection.execute(
        f"SELECT d.id FROM document d WHERE {sql}"
        f" ORDER BY d.created_s IS NULL, d.created_s{ascending}, d.id{ascending} LIMIT ?",
        [*values, -1 if limit is None else limit],
    )
    return [row[0] for row in rows]


def count(
    connection: sqlite3.Connection, filters: Iterable[Filter], *, attachments: bool = False
) -> int:
    """How many documents satisfy the filters; copies are one."""
    sql, values = listed(filters, attachments)
    row = connection.execute(f"SELECT count(*) FROM document d WHERE {sql}", values).fetchone()
    return int(row[0])


def listed(filters: Iterable[Filter], attachments: bool = False) -> Condition:
    """What `documents` lists, as an SQL expression over `document d` and its values."""
    found = tuple(filters)
    sql, values = condition(found)
    files = any(f.field is Field.KIND and f.value in ("file", *ENDINGS) for f in found)
    return (sql if attachments or files else f"{sql} AND d.within_id IS NULL"), values


def _one(one: Filter) -> Condition:
    if one.field in _ROLES:
        return _people(one)
    if one.field is Field.DURING:
        return _during(one.start, one.end)
    if one.field is Field.KIND:
        return _kind(one.value)
    if one.field is Field.HAS:
        return "d.attachments!='[]' OR d.within_id IS NOT NULL", []
    if one.field is Field.SUBJECT:
        found, values = _like(("d.title", "d.within_title"), one.value)
        return found, values
    if one.field is Field.TAG:
        return _tagged("lower(value)=lower(?)", [one.value.removeprefix("#")])
    return _in(one.value)


def _people(one: Filter) -> Condition:
    if not one.identities:
        return _NONE, []
    roles = _ROLES[one.field]
    if one.field is Field.TO and one.value == "me":
        written, values = _participating(one.identities, _ROLES[Field.FROM])
        received, more = _participating(one.identities, roles)
        # A note that names nobody was sent to nobody.
        return f"(d.kind='mail' AND NOT ({written})) OR {received}", [*values, *more]
    return _participating(one.identities, roles)


def _participating(identities: Sequence[int], roles: Sequence[str]) -> Condition:
    who = ",".join("?" * len(identities))
    how = ",".join("?" * len(roles))
    named = (
        f"SELECT document_id FROM participant WHERE identity_id IN ({who}) AND role IN ({how})"
    )
    # One list of ids, so that the participants' index leads and not a scan of all documents.
    values = [*identities, *roles]
    return (
        f"d.id IN ({named} UNION ALL SELECT id FROM document WHERE within_id IN ({named}))",
        [*values, *values],
    )


def _during(start: datetime | None, end: datetime | None) -> Condition:
    bounds: list[object] = []
    parts = []
    for sign, moment in ((">=", start), ("<", end)):
        if moment is not None:
            parts.append(f"created_s{sign}?")
            bounds.append(moment.timestamp())
    if not parts:
        return "d.created_s IS NOT NULL", []
    own = " AND ".join(f"d.{part}" for part in parts)
    within = " AND ".join(parts)
    return (
        f"(d.within_id IS NULL AND {own}) OR"
        f" d.within_id IN (SELECT id FROM document WHERE {within})",
        [*bounds, *bounds],
    )


def _kind(value: str) -> Condition:
    if value not in ENDINGS:
        return "d.kind=?", [value]
    names = ("d.title", "d.passage_id", "d.locator")
    likes = [f"{name} LIKE ?" for name in names for _ in ENDINGS[value]]
    values: list[object] = [f"%.{ending}" for _ in names for ending in ENDINGS[value]]
    return f"d.kind='file' AND ({' OR '.join(likes)})", values


def _tagged(test: str, values: list[object]) -> Condition:
    tagged = (
        "SELECT coalesce(c.duplicate_of, c.id) FROM document c WHERE c.tags!='[]'"
        f" AND EXISTS (SELECT 1 FROM json_each(c.tags) WHERE {test})"
    )
    return f"d.id IN ({tagged}) OR d.within_id IN ({tagged})", [*values, *values]


def _in(value: str) -> Condition:
    """A word of the path begins so, or a label is called so."""
    # A path's separators are a word's beginning; a file inside another has its own below it.
    paths, values = _begins("f.path", value)
    inner, more = _begins("c.locator", value)
    placed = (
        "SELECT coalesce(c.duplicate_of, c.id) FROM document c JOIN file f ON f.id=c.file_id"
        f" WHERE {paths}"
    )
    located = (
        "SELECT coalesce(c.duplicate_of, c.id) FROM document c"
        f" WHERE c.locator LIKE '%/%' AND ({inner})"
    )
    tagged, labels = _tagged("lower(value)=lower(?)", [value])
    return (
        f"d.id IN ({placed}) OR d.id IN ({located}) OR {tagged}",
        [*values, *more, *labels],
    )


def _begins(column: str, value: str) -> Condition:
    literal = _escaped(value.strip("/"))
    starts = ("/", " ", "-", r"\_", ".", "\\\\")
    likes = [f"'/' || {column} LIKE ? ESCAPE '\\'" for _ in starts]
    return " OR ".join(likes), [f"%{start}{literal}%" for start in starts]


def _like(columns: Sequence[str], value: str) -> Condition:
    # LIKE folds the case of ASCII only.
    forms = list(dict.fromkeys((value, value.lower(), value.upper(), value.title())))
    forms = forms[:1] if value.isascii() else forms
    likes = [f"{column} LIKE ? ESCAPE '\\'" for column in columns for _ in forms]
    return " OR ".join(likes), [f"%{_escaped(form)}%" for _ in columns for form in forms]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
