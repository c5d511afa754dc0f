"""Which documents have words side by side, in any of their forms."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence

from index.tally.columns import batches
from index.words import stem, words


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
    for some in batches(sorted(titled)):
        for number, title, within in connection.execute(
            f"SELECT id, title, within_title FROM document WHERE id IN ({some})"
        ):
            if says(title, wanted) or says(within, wanted):
                found.add(number)
    for some in batches(sorted(found)):
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


def says(text: str, wanted: Sequence[str]) -> bool:
    """Whether a text has words with these stems side by side."""
    stems = [stem(word) for word in words(text)]
    length = len(wanted)
    return any(
        stems[place : place + length] == list(wanted)
        for place in range(len(stems) - length + 1)
    )
