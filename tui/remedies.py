"""What to do about something that could not be read, from the reason that is kept of it."""

from __future__ import annotations

import re

_REMEDIES = tuple(
    (re.compile(pattern, re.IGNORECASE), remedy)
    for pattern, remedy in (
        ("password|encrypt", "Save a copy without its password, then retry."),
        ("tesseract|ocr", "Install tesseract-ocr, then retry."),
        ("libreoffice|soffice", "Install libreoffice, then retry."),
        ("permission|denied", "Make it readable for you, then retry."),
        (
            "no such file|is gone|vanished",
            "Bring the file back, or sync: it is then forgotten.",
        ),
        ("too large|too big|limit", "Split the file, or leave it out by .archiveignore."),
        ("took longer|timed out|hang|crash|killed", "Open and save it anew, then retry."),
        ("mail header|separator", "Look at that place in the file: it is no mail."),
        (
            "damaged|corrupt|cut off|truncated|ends",
            "Restore the file from a backup, then retry.",
        ),
    )
)
_USUAL = "Retry after an upgrade, or leave the file out by .archiveignore."


def remedy(reason: str) -> str:
    """One sentence."""
    return next((said for pattern, said in _REMEDIES if pattern.search(reason)), _USUAL)
