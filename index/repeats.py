"""Passages that say the same: forwarded, quoted, or sent twice under another subject."""

from __future__ import annotations

import re
from itertools import islice

_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
_SHINGLE = 5
_SAME = 0.9
"""Share of the shorter one's shingles that the longer one must hold."""


class Repeats:
    """Tells whether a text was seen before, all but a few words of it.

    Alerts that differ in a number only are not the same: every number must have been seen.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[set[tuple[str, ...]], set[str]]] = []

    def seen(self, text: str) -> int | None:
        """Number of the earlier text that says this, from 0. None: it is new, and kept."""
        words = _TOKEN.findall(text.lower())
        shingles = set(
            zip(*(islice(words, skip, None) for skip in range(_SHINGLE)), strict=False)
        )
        shingles = shingles or {tuple(words)}
        numbers = {word for word in words if not word.isalpha()}
        for place, (known, known_numbers) in enumerate(self._seen):
            shorter = min(len(shingles), len(known))
            if (
                numbers <= known_numbers
                and len(shingles) <= len(known) / _SAME
                and len(shingles & known) >= _SAME * shorter
            ):
                return place
        self._seen.append((shingles, numbers))
        return None
