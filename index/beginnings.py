"""How documents begin: what a list of them shows, and what the reader opens."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from index.passage import Passage
from index.stored import passage_of_text

_CHARS: Final = 400


def beginnings(connection: sqlite3.Connection, documents: Sequence[int]) -> list[Passage]:
    """The first characters of each document, in the order given; what is gone is left out."""
    rows = connection.execute(
        "SELECT d.id, d.passage_id, s.path AS source, f.path, d.locator, d.kind, d.title,"
        " d.created, d.people, substr(d.text, 1, ?) AS text"
        " FROM json_each(?) j CROSS JOIN document d ON d.id=j.value"
        " JOIN file f ON f.id=d.file_id JOIN source s ON s.id=f.source_id ORDER BY j.key",
        (_CHARS, json.dumps(list(documents))),
    )
    return [passage_of_text(row) for row in rows]
