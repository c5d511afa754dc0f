"""An error as the person at the screen is told of it. Tracebacks go to the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import LifeArchiveError


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, and what to do about it."""

    message: str
    remedy: str
    """Empty if there is nothing to do."""


def trouble(error: Exception, log: Path) -> Trouble:
    """`error` in words. One that nobody expected is a bug: it is written to `log`."""
    if isinstance(error, LifeArchiveError):
        return Trouble(str(error), error.remedy)
    logging.getLogger("archive").error("unexpected error in the app", exc_info=error)
    return Trouble(
        f"Something unexpected happened ({type(error).__name__}).",
        f"The details are in {log}.",
    )
