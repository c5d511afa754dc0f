"""What a sync would do, without doing it: the walk and the comparison, nothing read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.catalog import Catalog
from index.comparing import FileState, compare
from ingest.ignore import Rules

_REASONS: Final = {
    FileState.NEW: "new",
    FileState.CHANGED: "changed on disk",
    FileState.OTHER_PROGRAM: "read again, since this program reads them better",
    FileState.RETRIED: "tried again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """How much there is to do."""

    files: Mapping[str, int]
    """To read, by reason."""

    bytes_to_read: int
    """At most: of a mailbox that grew only the end is read."""

    documents_again: int
    """In the archive already and in files that are read again; what says the same stays."""

    files_gone: int
    documents_gone: int

    chunks_to_embed: int
    """Already cut but not embedded by this embedder; what is read comes on top."""


def plan(catalog: Catalog, rules: Rules, embedder_name: str) -> SyncPlan:
    """Compare the sources with the catalog. Takes what a sync with nothing to do takes."""
    reasons: Counter[str] = Counter()
    to_read = again = files_gone = documents_gone = 0
    connection = catalog.connection
    count = "SELECT count(*) FROM document d JOIN file f ON f.id=d.file_id WHERE "
    for source in catalog.sources():
        seen = compare(catalog, source.id, Path(source.path), rules)
        for found, state in seen.to_read:
            reasons[_REASONS[state]] += 1
            to_read += found.size
            if state is not FileState.NEW:
                (number,) = connection.execute(
                    count + "f.source_id=? AND f.relative=?", (source.id, found.relative)
                ).fetchone()
                again += number
        for file_id in seen.gone:
            (number,) = connection.execute(count + "f.id=?", (file_id,)).fetchone()
            files_gone += 1
            documents_gone += number
    counts = catalog.counts(embedder_name)
    return SyncPlan(
        files=dict(reasons.most_common()),
        bytes_to_read=to_read,
        documents_again=again,
        files_gone=files_gone,
        documents_gone=documents_gone,
        chunks_to_embed=counts.chunks - counts.embedded,
    )
