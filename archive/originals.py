"""Messages as they were: their bytes from the files they were read from, none changed.

A place is believed only if the message there still has the Message-ID, or says the same, as
when it was read. Files are read, never written; a message at a time is in memory.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from index.stored import moment
from ingest.document import Document
from ingest.errors import LifeArchiveError
from ingest.mail import emlx, mbox, message

if TYPE_CHECKING:
    from index.catalog import Catalog

_BYTE = "byte "
_SEPARATOR_BYTES = 1000
_WHOLE_FILES = ("eml", "maildir", "emlx")


class AlreadyThere(LifeArchiveError):
    """A file that was to be written exists."""

    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already.", remedy="Name another one, or move it away."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One message and its bytes, or why there are none."""

    id: str
    raw: bytes | None
    date: datetime | None
    sender: str
    """An address, for an mbox's own line. May be empty."""

    reason: str = ""


def originals(catalog: Catalog, documents: Sequence[int]) -> Iterator[Original]:
    """The bytes of each message, in order; from a copy where the first place is gone."""
    for number in documents:
        rows = catalog.connection.execute(
            "SELECT d.passage_id, d.message_id, d.title, d.created, d.kind, d.locator,"
            " d.people, f.path, f.format FROM document d JOIN file f ON f.id=d.file_id"
            " WHERE d.id=? OR d.duplicate_of=? ORDER BY d.id!=?",
            (number, number, number),
        ).fetchall()
        if not rows:
            continue
        raw, reason = None, "is not mail"
        for row in rows if rows[0]["kind"] == "mail" else ():
            raw, reason = _read(row)
            if raw is not None:
                break
        yield Original(
            id=rows[0]["passage_id"],
            raw=raw,
            date=moment(rows[0]["created"]),
            sender=_address(rows[0]["people"]),
            reason="" if raw is not None else reason,
        )


def _read(row: sqlite3.Row) -> tuple[bytes | None, str]:
    path, known, locator = Path(row["path"]), row["format"], row["locator"]
    plain = known in _WHOLE_FILES and not locator
    if not plain and not (known == "mbox" and locator.startswith(_BYTE)):
        return None, f"is inside {path.name}, which holds no message as it was sent"
    try:
        raw = path.read_bytes() if plain else _of_mbox(path, int(locator.split()[1]))
    except (OSError, ValueError):
        return None, f"{path} cannot be read any more"
    if raw is not None and known == "emlx":
        raw = emlx.message_bytes(raw)
    if raw is None or not _is_same(raw, row, path):
        return None, f"{path} has changed since it was read; sync first"
    return raw, ""


def _of_mbox(path: Path, offset: int) -> bytes | None:
    with path.open("rb") as file:
        file.seek(offset)
        if not mbox.is_separator(file.readline(_SEPARATOR_BYTES)):
            return None
        file.seek(offset)
        found = next(mbox.split(file, start=offset), None)
    return found[1] if found is not None and found[0] == offset else None


def _is_same(raw: bytes, row: sqlite3.Row, path: Path) -> bool:
    found = message.document(raw, path=path, locator="")
    if not isinstance(found, Document):
        return False
    known: str | None = row["message_id"]
    if known or found.message_id:
        return found.message_id == known
    return found.title == str(row["title"])


def _address(people: str) -> str:
    import json

    return next((address for _, address, role in json.loads(people) if role == "from"), "")


# --- writing ------------------------------------------------------------------------------


def write_mbox(path: Path, found: Iterator[Original]) -> tuple[int, list[Original]]:
    """One mbox (mboxrd) of all that was found; how many, and what was not.

    Raises AlreadyThere.
    """
    written, missing = 0, []
    with _new(path) as file:
        for one in found:
            if one.raw is None:
                missing.append(one)
                continue
            at = (one.date or datetime.fromtimestamp(0, UTC)).astimezone(UTC)
            sender = "".join(one.sender.split()) or "MAILER-DAEMON"
            file.write(f"From {sender} {at:%a %b %d %H:%M:%S %Y}\n".encode())
            file.write(_quoted(one.raw))
            written += 1
    return written, missing


def write_eml(folder: Path, found: Iterator[Original]) -> tuple[int, list[Original]]:
    """One .eml file for each; how many, and what was not found. Raises AlreadyThere."""
    written, missing = 0, []
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyThere(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in found:
        if one.raw is None:
            missing.append(one)
            continue
        written += 1
        day = f"{one.date:%Y-%m-%d}" if one.date else "undated"
        with _new(folder / f"{written:05d} {day}.eml") as file:
            file.write(one.raw)
    return written, missing


def write_text(path: Path, text: str) -> None:
    """A new file of text, its owner's only. Raises AlreadyThere."""
    with _new(path) as file:
        file.write(text.encode())


def _new(path: Path) -> BinaryIO:
    import os

    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AlreadyThere(path) from error
    except OSError as error:
        raise LifeArchiveError(
            f"{path} cannot be written: {error.strerror}.", remedy="Name another place."
        ) from error
    return os.fdopen(number, "wb")


def _quoted(raw: bytes) -> bytes:
    """A message as it stands in an mboxrd, with the blank line after it."""
    lines = raw.splitlines(keepends=True)
    quoted = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines]
    text = b"".join(quoted)
    return text + (b"\n" if text.endswith(b"\n") else b"\n\n")
