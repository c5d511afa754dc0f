"""What several threads share of the people in an archive. Costs nothing until it is filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.directory import Directory
    from index.people import OwnerGuess


@dataclass(slots=True)
class Held:
    """The directory that was loaded last; replaced whole."""

    key: tuple[object, ...] = ()
    """What `index.directory.state` said when it was loaded."""
    directory: Directory | None = None
    owner: tuple[Directory, tuple[int, ...], OwnerGuess | None] | None = None
    """Whose archive it is, by that directory."""
