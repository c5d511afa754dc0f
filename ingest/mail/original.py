"""The bytes of one mail as they stand in its file, and what is attached to it.

For opening the original: one read at the place that the locator names, nothing is stored.
"""

from __future__ import annotations

import email
import email.policy
from itertools import islice
from pathlib import Path

from ingest.mail import mbox

_MOST = 200_000_000


def raw(path: Path, locator: str) -> bytes | None:
    """The mail at a locator; the whole file without one. None if that is not to be had.

    Raises OSError.
    """
    if not locator:
        return path.read_bytes() if path.stat().st_size <= _MOST else None
    kind, _, place = locator.partition(" ")
    if kind != "byte" or not place.isdigit():
        return None
    with path.open("rb") as lines:
        lines.seek(int(place))
        found = list(islice(mbox.split(lines, start=int(place)), 1))
    return found[0][1] if found else None


def attachment(message: bytes, name: str) -> bytes | None:
    """The content of the first attachment with this name. None if there is none."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    for part in parsed.walk():
        if part.get_filename() == name:
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                return content
    return None
