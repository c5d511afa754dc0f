"""Is everything in place? One line a check, each with what to do."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.models import ModelMissing
from archive.nightly import stale
from archive.schedule import archive_name
from archive.schedulers import backends, find
from archive.service import Archive
from index.chroma import open_generation
from index.soundness import Unsound
from ingest.errors import LifeArchiveError

_LOW_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def examine(archive: Archive) -> Iterator[Finding]:
    """Run every check. None of them changes anything."""
    for name, check in (
        ("python", _python),
        ("catalog", _catalog),
        ("vectors", _vectors),
        ("embedder", _embedder),
        ("language model", _language_model),
        ("sentence model", _sentence_model),
        ("tesseract", _tesseract),
        ("libreoffice", _libreoffice),
        ("memory", _memory),
        ("disk", _disk),
        ("privacy", _privacy),
        ("sources", _sources),
        ("nightly", _nightly),
    ):
        yield _run(name, check, archive)


def _run(name: str, check: Callable[[Archive], Finding], archive: Archive) -> Finding:
    try:
        return check(archive)
    except LifeArchiveError as error:
        return Finding(name=name, ok=False, detail=str(error), remedy=error.remedy)
    except (OSError, sqlite3.Error) as error:
        return Finding(name=name, ok=False, detail=str(error), remedy="See the log.")


def _python(_: Archive) -> Finding:
    return Finding(
        name="python",
        ok=sys.version_info >= (3, 11),
        detail=f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}",
    )


def _catalog(archive: Archive) -> Finding:
    (verdict,) = archive.catalog.connection.execute("PRAGMA quick_check(1)").fetchone()
    counts = archive.catalog.counts(archive.settings.models.embedder)
    return Finding(
        name="catalog",
        ok=verdict == "ok",
        detail=f"{archive.paths.catalog}: {counts.documents} documents, {counts.chunks} chunks"
        if verdict == "ok"
        else str(verdict),
        remedy="" if verdict == "ok" else "Move the file away and run: archive sync",
    )


def _vectors(archive: Archive) -> Finding:
    generation = archive.catalog.generation
    counts = archive.catalog.counts(archive.settings.models.embedder)
    if not generation:
        return Finding(name="vectors", ok=True, detail="nothing embedded yet")
    try:
        if not archive.settings.vector_store.url:
            name = archive.settings.models.embedder
            open_generation(archive.paths.vectors, generation, embedder=name).close()
    except Unsound as error:
        return Finding(
            name="vectors",
            ok=False,
            detail=f"Chroma is unsound: {error}",
            remedy="Answers come from the catalog meanwhile. Run: archive sync",
        )
    return Finding(
        name="vectors",
        ok=counts.embedded == counts.chunks,
        detail=f"generation {generation}, {counts.embedded} of {counts.chunks} chunks embedded",
        remedy="" if counts.embedded == counts.chunks else "Run: archive sync",
    )


def _embedder(archive: Archive) -> Finding:
    name = archive.settings.models.embedder
    archive.models.verify(name)
    return Finding(name="embedder", ok=True, detail=name)


def _language_model(archive: Archive) -> Finding:
    name = archive.settings.models.answer
    archive.models.verify(name)
    return Finding(name="language model", ok=True, detail=name)


def _sentence_model(archive: Archive) -> Finding:
    try:
        archive.models.verify("en-core-web-sm")
    except ModelMissing:
        return Finding(
            name="sentence model",
            ok=True,
            detail="not here; office documents are split by a plain rule",
            remedy="For better headings: archive models pull en-core-web-sm",
        )
    return Finding(name="sentence model", ok=True, detail="en-core-web-sm")


def _tesseract(_: Archive) -> Finding:
    if shutil.which("tesseract") is None:
        return Finding(
            name="tesseract",
            ok=True,
            detail="not here; pictures and scanned pages are listed as 'needs OCR'",
            remedy="To have them read: sudo apt-get install tesseract-ocr",
        )
    return Finding(name="tesseract", ok=True, detail="pictures and scanned pages are read")


def _libreoffice(_: Archive) -> Finding:
    if shutil.which("soffice") is None:
        return Finding(
            name="libreoffice",
            ok=True,
            detail="not here; .doc and .ppt files from before 2007 are listed as unread",
            remedy="To have them read: sudo apt-get install libreoffice-core",
        )
    return Finding(name="libreoffice", ok=True, detail=".doc and .ppt files are read")


def _memory(archive: Archive) -> Finding:
    name = archive.settings.models.answer
    needed = archive.models.check_memory(name, archive.settings.models.context_tokens)
    return Finding(
        name="memory", ok=True, detail=f"{name} needs {needed / 1e9:.1f} GB; it fits"
    )


def _disk(archive: Archive) -> Finding:
    free = shutil.disk_usage(archive.paths.data).free
    return Finding(
        name="disk",
        ok=free > _LOW_DISK_BYTES,
        detail=f"{free / 1e9:.1f} GB free at {archive.paths.data}",
        remedy="" if free > _LOW_DISK_BYTES else "Free some space before the next sync.",
    )


def _privacy(archive: Archive) -> Finding:
    mode = stat.S_IMODE(archive.paths.data.stat().st_mode)
    return Finding(
        name="privacy",
        ok=mode & 0o077 == 0,
        detail=f"{archive.paths.data} has mode {mode:04o}",
        remedy="" if mode & 0o077 == 0 else f"Run: chmod 700 {archive.paths.data}",
    )


def _sources(archive: Archive) -> Finding:
    sources = archive.sources()
    missing = [source.path for source in sources if not Path(source.path).exists()]
    failures = sum(source.failures for source in sources)
    detail = f"{len(sources)} added, {failures} things that could not be read"
    if missing:
        return Finding(
            name="sources",
            ok=False,
            detail=f"not there now: {', '.join(missing)}",
            remedy="What was read of them is kept. Mount them again, or: archive remove PATH",
        )
    return Finding(
        name="sources",
        ok=True,
        detail=detail,
        remedy="Listed by: archive status" if failures else "",
    )


def _nightly(archive: Archive) -> Finding:
    if not archive.sources():
        return Finding(name="nightly", ok=True, detail="nothing was added yet")
    warning = stale(archive.status().last_sync, datetime.now().astimezone())
    found = find(backends(archive_name()))
    where = f"every night by {found.backend}" if found else "not scheduled"
    if warning:
        return Finding(name="nightly", ok=False, detail=f"{where}; {warning}")
    return Finding(
        name="nightly",
        ok=True,
        detail=where,
        remedy="" if found else "To have it run by itself: archive schedule install",
    )
