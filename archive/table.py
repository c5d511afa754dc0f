"""A tally as JSON, CSV or Markdown: every row of it, as it is stored, or a row a period.

A cell that a spreadsheet would take for a formula is preceded by an apostrophe in CSV: subjects
and names are written by others.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from archive.countwords import headline, reasons
from archive.guard import one_line
from index.countable import What
from index.query import written
from index.tally.rows import Row, Tally

SCHEMA = 1
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = {
    What.MESSAGES: ("date", "from", "subject", "id"),
    What.ATTACHMENTS: ("date", "from", "name", "id"),
    What.DOCUMENTS: ("date", "from", "title", "id"),
    What.PEOPLE: ("name", "messages", "first", "last", "addresses"),
    What.THREADS: ("subject", "messages", "first", "last", "people", "id"),
}


def as_json(found: Tally, limit: int | None = None) -> dict[str, Any]:
    """What `archive list --json` prints; `number` counts all, `rows` are at most `limit`."""
    wish = found.wanted
    return {
        "schema": SCHEMA,
        "what": wish.what.value,
        "number": found.number,
        "said": headline(found),
        "filters": [written(one) for one in wish.filters],
        "words": list(wish.words),
        "besides": found.besides,
        "in_chats": found.chats,
        "reasons": list(reasons(found)),
        "periods": [{"label": name, "count": number} for name, number in found.periods],
        "rows": [_row(row) for row in found.rows[:limit]],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "label": row.label,
        "who": row.who,
        "count": row.count,
        "first": row.first and row.first.isoformat(),
        "last": row.last and row.last.isoformat(),
        "id": row.id or None,
        "start": row.span and row.span[0],
        "end": row.span and row.span[1],
    }


def as_csv(found: Tally, limit: int | None = None) -> str:
    """Comma-separated with a header line, in UTF-8 with CRLF as RFC 4180 has it."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(_columns(found))
    for cells in _cells(found, limit):
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return lines.getvalue()


def as_markdown(found: Tally, limit: int | None = None) -> str:
    """A heading, what was counted, and a table."""
    columns = _columns(found)
    lines = [f"# {escaped(headline(found))}", ""]
    lines += [f"- {escaped(reason)}" for reason in reasons(found)]
    lines += ["", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(map(escaped, cells))} |" for cells in _cells(found, limit)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text of others that Markdown leaves alone: no link, no picture, no HTML, no table."""
    line = one_line(text)
    for sign in "\\`*_[]<>|#!~":
        line = line.replace(sign, f"\\{sign}")
    # A bare address would be made a link.
    return line.replace("://", ":\\//").replace("www.", "www\\.")


def _columns(found: Tally) -> tuple[str, ...]:
    if found.wanted.per:
        return found.wanted.per, found.wanted.what.value
    return _COLUMNS[found.wanted.what]


def _cells(found: Tally, limit: int | None) -> Iterator[tuple[str, ...]]:
    if found.wanted.per:
        yield from ((name, str(number)) for name, number in found.periods[:limit])
        return
    for row in found.rows[:limit]:
        first = row.first.isoformat() if row.first else ""
        last = row.last.isoformat() if row.last else ""
        if found.wanted.what is What.PEOPLE:
            yield row.label, str(row.count), first, last, row.who
        elif found.wanted.what is What.THREADS:
            yield row.label, str(row.count), first, last, row.who, row.id
        else:
            yield first, row.who, row.label, row.id
