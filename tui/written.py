"""Where the app writes what it exports: a new file in the present folder, named so."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

_WORDS = 8
_CHARS = 60


def free_path(title: str, otherwise: str, suffix: str = ".md") -> Path:
    """A file that is not there yet; a number is put behind the name where one is."""
    name = "-".join(re.findall(r"\w+", title.lower())[:_WORDS])[:_CHARS] or otherwise
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    paths = (Path.cwd() / f"{one}{suffix}" for one in names)
    return next(path for path in paths if not path.exists())
