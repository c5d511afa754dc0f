"""One file into the catalog, in transactions of a few hundred documents.

A file's row is marked as read in the transaction that holds its last documents; a
document that is already in is recognised by its digest. So a killed sync goes on, and
a file that moved or changed keeps what is the same.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from index.catalog import Catalog
from index.comparing import NEVER_FINISHED, digest_of_head, resume_at, version
from index.copies import digest
from index.failpoint import at
from index.forget import REASON, Forgotten
from index.store import Place, delete_documents, passage_id, refresh, store
from ingest.ahead import read_ahead
from ingest.discover import Found
from ingest.document import Document, ParseFailure, Skipped
from ingest.files import display
from ingest.ignore import Rules
from ingest.read import Read
from ingest.registry import by_name

_DOCUMENTS_PER_TRANSACTION: Final = 500

log = logging.getLogger("archive")


@dataclass(slots=True)
class Tally:
    """What a sync has done so far, in documents; `chunks` are those embedded."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    duplicates: int = 0
    chunks: int = 0


class FileReading:
    """The reading of one file. Call `run` once."""

    def __init__(
        self,
        catalog: Catalog,
        source_id: int,
        found: Found,
        *,
        rules: Rules,
        tally: Tally,
        on_bytes: Callable[[int], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._catalog = catalog
        self._source_id = source_id
        self._found = found
        self._rules = rules
        self._tally = tally
        self._on_bytes = on_bytes
        self._should_stop = should_stop
        self._row = self._enter()
        self._place = Place(
            file_id=int(self._row["id"]),
            relative=found.relative,
            packed=by_name(found.format).unpack is not None,
        )
        self._start = resume_at(self._row, found)
        self._other_program = self._row["format_version"] not in (
            version(found),
            NEVER_FINISHED,
        )
        self._left = self._stored_before()
        self._failures: list[ParseFailure] = []
        self._skipped: list[Skipped] = []
        self._batch: list[Document] = []
        self._last_offset: int | None = None
        self._forgotten = Forgotten(catalog)
        self._unwanted: set[str] = set()  # locators of what is forgotten, for its attachments
        # Ids and passage ids, by locator, of what attachments may belong to.
        self._holders: dict[str, tuple[int, str]] = {}

    def run(self) -> bool:
        """Read it. False if it was stopped on the way; the next sync goes on."""
        added_before = self._tally.added
        try:
            for item in self._parsed():
                self._take(item)
                if len(self._batch) >= _DOCUMENTS_PER_TRANSACTION:
                    with self._catalog.transaction():
                        self._write_batch()
                        at("batch written")
                    at("batch committed")
                    self._on_bytes(self._last_offset or 0)
                    if self._should_stop():
                        return False
        except OSError as error:
            if is_disk_full(error):
                raise
            reason = f"cannot be read: {error.strerror or error}; what is known is kept"
            self._fail(reason)
            self._left.clear()
        if changed := _changed_meanwhile(self._found):
            self._fail(changed)
        self._finish(added_before)
        return True

    def _parsed(self) -> Iterator[Read]:
        """What is in the file. A mistake in its parser ends that file, not the sync."""
        try:
            yield from read_ahead(
                self._found.path, self._found.format, self._start, rules=self._rules
            )
        except OSError:
            raise
        except Exception as error:
            log.exception("the %s parser failed: %s", self._found.format, self._found.path)
            reason = (
                f"could not be read to its end, by a mistake of ours: {type(error).__name__}"
            )
            self._fail(f"{reason}; the log says more, and what is known is kept")
            self._left.clear()

    def _enter(self) -> sqlite3.Row:
        found = self._found
        with self._catalog.transaction() as connection:
            connection.execute(
                "INSERT INTO file(source_id, relative, path, format, format_version, size,"
                " mtime_ns) VALUES (?, ?, ?, ?, ?, 0, 0)"
                " ON CONFLICT(source_id, relative) DO NOTHING",
                (
                    self._source_id,
                    found.relative,
                    display(found.path),
                    found.format,
                    NEVER_FINISHED,
                ),
            )
            row: sqlite3.Row = connection.execute(
                "SELECT * FROM file WHERE source_id=? AND relative=?",
                (self._source_id, found.relative),
            ).fetchone()
        at("file entered")
        return row

    def _stored_before(self) -> dict[bytes, list[int]]:
        """Documents of this file by digest; what is left over at the end is gone from it."""
        left: dict[bytes, list[int]] = defaultdict(list)
        for stored in self._catalog.connection.execute(
            "SELECT id, digest, locator FROM document WHERE file_id=? ORDER BY id",
            (self._place.file_id,),
        ):
            if self._start is None or _offset(stored["locator"]) >= self._start:
                left[stored["digest"]].append(stored["id"])
        return left

    def _take(self, item: Read) -> None:
        if isinstance(item, ParseFailure):
            self._failures.append(item)
        elif isinstance(item, Skipped):
            self._skipped.append(item)
        else:
            self._batch.append(item)
        if (offset := _offset(item.locator)) >= 0:
            self._last_offset = offset

    def _fail(self, reason: str) -> None:
        self._failures.append(ParseFailure(path=self._found.path, locator="", reason=reason))

    def _write_batch(self) -> None:
        for document in self._batch:
            holder = None
            if document.within is None:
                self._holders.clear()
                self._unwanted.clear()
            else:
                holder = self._holders.get(document.within)
            what = digest(document)
            if document.within in self._unwanted or self._forgotten.covers(document, what):
                self._unwanted.add(document.locator)
                self._skipped.append(
                    Skipped(path=document.path, locator=document.locator, reason=REASON)
                )
                continue
            if known := self._left.get(what):
                number = known.pop(0)
                self._keep(number, document, holder)
                if self._other_program and refresh(self._catalog, number, document):
                    self._tally.changed += 1
            else:
                number, is_copy = store(self._catalog, self._place, document, what, holder)
                self._tally.added += 1
                self._tally.duplicates += is_copy
            name = passage_id(document, self._place, holder and holder[1])
            self._holders[document.locator] = (number, name)
        self._batch.clear()

    def _keep(self, number: int, document: Document, holder: tuple[int, str] | None) -> None:
        """What says the same stays, though it may stand elsewhere in the file now."""
        self._catalog.connection.execute(
            "UPDATE document SET locator=?, passage_id=?, message_id=?, within_id=? WHERE id=?",
            (
                document.locator,
                passage_id(document, self._place, holder and holder[1]),
                document.message_id,
                holder and holder[0],
                number,
            ),
        )

    def _finish(self, added_before: int) -> None:
        head = (
            None
            if self._last_offset is None
            else digest_of_head(self._found.path, self._last_offset)
        )
        with self._catalog.transaction() as connection:
            self._write_batch()
            stale = [number for numbers in self._left.values() for number in numbers]
            delete_documents(self._catalog, stale)
            replaced = min(len(stale), self._tally.added - added_before)
            self._tally.changed += replaced
            self._tally.added -= replaced
            self._tally.removed += len(stale) - replaced
            for table, items in (("failure", self._failures), ("skipped", self._skipped)):
                self._replace(connection, table, items)
            connection.execute(
                "UPDATE file SET format=?, format_version=?, size=?, mtime_ns=?, resume_at=?,"
                " head_digest=? WHERE id=?",
                (
                    self._found.format,
                    version(self._found),
                    self._found.size,
                    self._found.mtime_ns,
                    self._row["resume_at"] if self._last_offset is None else self._last_offset,
                    self._row["head_digest"] if head is None else head,
                    self._place.file_id,
                ),
            )
            at("file written")
        at("file committed")

    def _replace(
        self,
        connection: sqlite3.Connection,
        table: str,
        items: list[ParseFailure] | list[Skipped],
    ) -> None:
        """What was not read of this file, instead of what was not read before."""
        if self._start is None:
            connection.execute(f"DELETE FROM {table} WHERE file_id=?", (self._place.file_id,))
        else:
            connection.execute(
                f"DELETE FROM {table} WHERE file_id=? AND"
                " (locator='' OR CAST(substr(locator, 6) AS INTEGER) >= ?)",
                (self._place.file_id, self._start),
            )
        connection.executemany(
            f"INSERT INTO {table}(source_id, file_id, path, locator, reason)"
            " VALUES (?, ?, ?, ?, ?)",
            [
                (
                    self._source_id,
                    self._place.file_id,
                    display(item.path),
                    item.locator,
                    item.reason,
                )
                for item in items
            ],
        )


def _offset(locator: str) -> int:
    """The N of `byte N` or `byte N › …`; -1 for any other locator."""
    word, _, number = locator.partition(" ")
    number = number.partition(" ")[0]
    return int(number) if word == "byte" and number.isdigit() else -1


def _changed_meanwhile(found: Found) -> str:
    try:
        now = found.path.stat()
    except OSError:
        return "vanished while it was read; the next sync looks again"
    if (now.st_size, now.st_mtime_ns) != (found.size, found.mtime_ns):
        return "changed while it was read; the next sync reads it again"
    return ""


def is_disk_full(error: Exception) -> bool:
    """Whether there was no room for what had to be written."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
