"""How an archive stands: what is in it, what is missing, what it takes on the disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.stored import FailureRow

if TYPE_CHECKING:
    from archive.opened import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an archive stands."""

    sources: int
    documents: int
    chunks: int
    embedded: int
    """Chunks that the present embedder has embedded."""

    failures: tuple[FailureRow, ...]
    last_sync: datetime | None
    """When the last sync that finished did. None if there was none."""

    model: str
    """Empty if the language model is not here."""

    embedder: str
    """Empty if the embedder is not here."""

    size_bytes: int
    """Of everything below the data directory."""


def status(archive: Opened) -> Status:
    """How that archive stands."""
    catalog, chosen, data = archive.catalog, archive.settings.models, archive.paths.data
    counts = catalog.counts(chosen.embedder)
    synced = [one.synced_at for one in catalog.sources() if one.synced_at is not None]
    models = archive.paths.models
    # Archives share the models: what they take below the data folder is not counted.
    shared = size_bytes(models) if models.is_relative_to(data) else 0
    return Status(
        sources=counts.sources,
        documents=counts.documents,
        chunks=counts.chunks,
        embedded=counts.embedded,
        failures=tuple(catalog.failures()),
        last_sync=max(synced, default=None),
        model=archive.installed(chosen.answer),
        embedder=archive.installed(chosen.embedder),
        size_bytes=size_bytes(data) - shared,
    )


def size_bytes(directory: Path) -> int:
    """What a directory takes, as the lengths of its files."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except OSError:
                continue  # Chroma's files come and go while a sync runs
    return total
