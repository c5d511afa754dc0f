"""What was said in chats, turn by turn, as far as a wish to count or list is about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from index.query import Field, Filter
from index.tally.chosen import Chosen
from index.tally.columns import moment
from index.tally.phrase import says
from index.tally.rows import Row
from index.words import stem, words


def turns(chosen: Chosen) -> Iterator[Row]:
    """What was said in chats, turn by turn."""
    kinds = {f.value for f in chosen.filters if f.field is Field.KIND and not f.negated}
    if (kinds and "chat" not in kinds) or chosen.wanted.only:
        return
    without_time = [f for f in chosen.filters if f.field is not Field.DURING]
    spans = [f for f in chosen.filters if f.field is Field.DURING]
    where, values = chosen.where(without_time)
    speakers = _speakers(chosen)
    demanded = [[stem(word) for word in words(one)] for one in chosen.wanted.words]
    for row in chosen.connection.execute(
        "SELECT d.id, d.passage_id, d.title, d.created, d.text, d.turns FROM document d"
        f" WHERE ({where}) AND d.kind='chat' AND d.turns!='[]' ORDER BY d.id",
        values,
    ):
        day = moment(row["created"])
        for start, end, speaker, at in json.loads(row["turns"]):
            said_at = moment(at) or day
            text = row["text"][start:end]
            if (
                all(speaker in names for names in speakers["in"])
                and not any(speaker in names for names in speakers["out"])
                and all(_within(one, said_at) for one in spans)
                and all(says(text, one) for one in demanded)
            ):
                yield Row(
                    label=row["title"],
                    who=speaker,
                    first=said_at,
                    last=said_at,
                    document_id=row["id"],
                    id=row["passage_id"],
                    span=(start, end),
                )


def _speakers(chosen: Chosen) -> dict[str, list[set[str]]]:
    """Names of whoever must have said it, and of whoever must not."""
    found: dict[str, list[set[str]]] = {"in": [], "out": []}
    wrote: set[str] = set()
    for one in chosen.filters:
        names = _names(chosen, one.identities)
        if one.field is Field.FROM and not one.negated:
            wrote |= names
        elif one.field is Field.FROM or (one.field is Field.TO and one.value == "me"):
            found["out"].append(names)
    if wrote:
        found["in"].append(wrote)
    return found


def _names(chosen: Chosen, identities: Sequence[int]) -> set[str]:
    marks = ",".join("?" * len(identities))
    return {
        name
        for row in chosen.connection.execute(
            f"SELECT name, address FROM identity WHERE id IN ({marks})", list(identities)
        )
        for name in row
        if name
    }


def _within(span: Filter, at: datetime | None) -> bool:
    if at is None:
        return False
    fits = (span.start is None or at >= span.start) and (span.end is None or at < span.end)
    return fits != span.negated
