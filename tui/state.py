"""What the app remembers from one run to the next: theme, screen, last search, widths.

A small JSON file in the state directory, its owner's only. Losing it loses nothing that
matters, so that what cannot be read or written is passed over.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from archive.paths import private_directory

FILE = "app.json"


@dataclass(kw_only=True)
class AppState:
    """All of it; empty means: as for the first time."""

    theme: str = ""
    screen: str = ""
    search: str = ""
    widths: dict[str, int] = field(default_factory=dict)
    """Columns of panes that were made wider or narrower."""


def load(path: Path) -> AppState:
    """What `path` says, as far as it is of the right kind."""
    state = AppState()
    with suppress(OSError, ValueError):
        kept: Any = json.loads(path.read_text(encoding="utf-8"))
        for item in fields(AppState):
            value = kept.get(item.name) if isinstance(kept, dict) else None
            if type(value) is type(getattr(state, item.name)):
                setattr(state, item.name, value)
    state.widths = {name: n for name, n in state.widths.items() if isinstance(n, int)}
    return state


def save(path: Path, state: AppState) -> None:
    """Put it in place of what was there, at once."""
    with suppress(OSError):
        private_directory(path.parent)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
        temporary.write_text(json.dumps(asdict(state)) + "\n", encoding="utf-8")
        temporary.chmod(0o600)
        temporary.replace(path)
