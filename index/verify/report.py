"""What a verification says: the outcome of each comparison, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

SYNC: Final = "Run: archive sync"
COMPACT: Final = "Run: archive compact"
RESTORE: Final = (
    "Run: archive restore DIR, with DIR a backup. Without one, move catalog.sqlite away and"
    " run: archive add, archive sync"
)
BATCH: Final = 4096

_SHOWN: Final = 3

Tell = Callable[[str, int, int], None]
"""Is told what is looked at, how many of it are done, and of how many."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The outcome of one comparison."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    """What mends it. Empty if it is sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was compared."""

    checks: tuple[Check, ...]
    counts: dict[str, int]
    """`documents`, `copies`, `chunks`, `embeddings` (of the embedder in use),
    `other_embeddings`, `unused_embeddings` (that no chunk has; harmless), `missing_vectors`."""
    seconds: dict[str, float]
    """By check, and `total`."""

    @property
    def sound(self) -> bool:
        """Whether nothing is amiss."""
        return all(check.ok for check in self.checks)


@dataclass(slots=True)
class Faults:
    """How many there are, and the first few in words."""

    number: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """One more, in words."""
        self.number += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(text)

    def check(self, name: str, fine: str, remedy: str) -> Check:
        """What that comes to; `fine` is said where there is none."""
        if not self.number:
            return Check(name=name, ok=True, detail=fine)
        more = f" and {self.number - len(self.shown)} more" * (self.number > len(self.shown))
        return Check(name=name, ok=False, detail="; ".join(self.shown) + more, remedy=remedy)


def batches(rows: Iterator[Item]) -> Iterator[list[Item]]:
    """Rows some thousand at a time, so that memory does not grow with them."""
    while batch := list(islice(rows, BATCH)):
        yield batch
