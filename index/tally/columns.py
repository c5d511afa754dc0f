"""How the columns that a count needs are read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

WROTE: Final = ("from", "author")
GOT: Final = ("to", "cc")

_MOST_VALUES: Final = 30_000
"""SQLite takes 32,766 values in a statement."""


def batches(numbers: Sequence[int]) -> Iterator[str]:
    """Numbers for IN, a batch at a time; they are our own, so they may stand in the SQL."""
    for start in range(0, len(numbers), _MOST_VALUES):
        yield ",".join(str(int(one)) for one in numbers[start : start + _MOST_VALUES])


def sender(people: str) -> str:
    """Who wrote it. Empty if nobody is named."""
    for name, address, role in json.loads(people):
        if role in WROTE:
            return str(name or address)
    return ""


def moment(text: str | None) -> datetime | None:
    """A stored point in time; without a timezone it is taken for UTC."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
