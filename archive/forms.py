"""The JSON forms of the command line, schema 1. Later versions add keys, never change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.answer import Answer
from archive.cite import Citation
from archive.doctor import Finding
from archive.status import Status
from index.explained import largest_first
from index.facets import Facets
from index.passage import Passage
from index.plan import SyncPlan
from index.query import Query
from index.report import SourceReport
from index.retrieve import SearchResult
from index.stored import FailureRow, Source, StoredDocument
from index.sync import SyncReport
from ingest.document import Turn

SCHEMA = 1


def passage(item: Passage) -> dict[str, Any]:
    """PASSAGE: `page` counts from 1, `date` is ISO 8601 or null, `score` larger is better."""
    return {
        "id": item.id,
        "source": item.source,
        "locator": item.locator,
        "page": item.page,
        "title": item.title,
        "date": item.date and item.date.isoformat(),
        "people": list(item.people),
        "text": item.text,
        "score": round(item.score, 6),
        "path": item.path,
        "kind": item.kind,
        "section": item.section,
        "turns": [turn(one) for one in item.turns],
        "hit": list(item.hit),
        "also": list(item.also),
    }


def turn(item: Turn) -> dict[str, Any]:
    """What somebody said in a chat; offsets are those of the document."""
    return {
        "start": item.start,
        "end": item.end,
        "speaker": item.speaker,
        "at": item.at and item.at.isoformat(),
    }


def citation(item: Citation) -> dict[str, Any]:
    """CITATION: a PASSAGE with its quote; `start`, `end` are offsets in the document's text."""
    return {
        **passage(item.passage),
        "n": item.n,
        "quote": item.quote,
        "start": item.start,
        "end": item.end,
        "supported": item.supported,
        "said_by": [
            turn(one)
            for one in item.passage.turns
            if one.start < item.end and one.end > item.start
        ],
    }


def answer(item: Answer) -> dict[str, Any]:
    """What `archive ask --json` prints."""
    return {
        "schema": SCHEMA,
        "answer": item.text,
        "declined": item.declined,
        "confidence": None
        if item.confidence.value is None
        else round(item.confidence.value, 4),
        "confidence_word": item.confidence.word,
        "calibrated": item.confidence.calibrated,
        "reasons": list(item.confidence.reasons),
        "citations": [citation(one) for one in item.citations],
        "passages": [passage(one) for one in item.passages],
        "model": item.model,
        "flagged": list(item.flagged),
        "timings_ms": _rounded(item.timings_ms),
    }


def search(
    item: SearchResult, *, facets: Facets | None = None, explain: bool = False
) -> dict[str, Any]:
    """What `archive search --json` prints; `facets` and `explained` only if asked for."""
    results = [passage(one) for one in item.passages]
    if explain:
        for form, one in zip(results, item.passages, strict=True):
            form["explained"] = explained(one, item.scores.get(one.chunk_id, {}))
    found = {
        "schema": SCHEMA,
        "results": results,
        "timings_ms": _rounded(item.timings_ms),
        "query": query(item.query),
    }
    return found if facets is None else {**found, "facets": counts(facets)}


def explained(item: Passage, added: Mapping[str, float]) -> dict[str, Any]:
    """How a score came about; `features` are what each added, the largest first."""
    return {
        "features": {name: round(value, 6) for name, value in largest_first(added)},
        "keyword_rank": item.keyword_rank,
        "vector_rank": item.vector_rank,
        "similarity": item.similarity and round(item.similarity, 6),
    }


def query(item: Query) -> dict[str, Any]:
    """How a query was understood; `canonical` is the same in operators."""
    return {
        "canonical": item.canonical(),
        "filters": [
            {
                "field": one.field.value,
                "value": one.value,
                "stated": one.stated,
                "said": one.said,
                "negated": one.negated,
            }
            for one in item.filters
        ],
        "remarks": list(item.remarks),
        "order": item.order,
        "asks": item.asks,
    }


def counts(item: Facets) -> dict[str, Any]:
    """How many documents there are by person, year, source and kind."""
    return {
        "documents": item.documents,
        **{
            sort: [
                {"label": one.label, "documents": one.documents, "operator": one.operator}
                for one in several
            ]
            for sort, several in item.sorts().items()
        },
    }


def sync(item: SyncReport) -> dict[str, Any]:
    """What `archive sync --json` prints."""
    return {
        "schema": SCHEMA,
        "added": item.added,
        "changed": item.changed,
        "removed": item.removed,
        "failed": item.failed,
        "duplicates": item.duplicates,
        "chunks": item.chunks,
        "skipped": dict(item.skipped),
        "stopped": item.stopped,
        "repaired": list(item.repaired),
        "exit_code": item.exit_code,
        "seconds": {stage: round(value, 3) for stage, value in item.seconds.items()},
        "failures": [failure(one) for one in item.failures],
    }


def plan(item: SyncPlan) -> dict[str, Any]:
    """What `archive sync --dry-run --json` prints."""
    return {
        "schema": SCHEMA,
        "files": dict(item.files),
        "bytes_to_read": item.bytes_to_read,
        "documents_again": item.documents_again,
        "files_gone": item.files_gone,
        "documents_gone": item.documents_gone,
        "chunks_to_embed": item.chunks_to_embed,
    }


def failure(item: FailureRow) -> dict[str, Any]:
    """Something that could not be read."""
    return {
        "source": item.source,
        "path": item.path,
        "locator": item.locator,
        "reason": item.reason,
    }


def source(item: Source) -> dict[str, Any]:
    """An added path."""
    return {
        "path": item.path,
        "documents": item.documents,
        "failures": item.failures,
        "synced_at": item.synced_at and item.synced_at.isoformat(),
    }


def report(item: SourceReport) -> dict[str, Any]:
    """What became of everything below one added path."""
    return {
        "path": item.path,
        "documents": dict(item.documents),
        "copies": item.copies,
        "attachments": item.attachments,
        "threads": item.threads,
        "quoted_chars": item.quoted_chars,
        "set_aside_chars": item.set_aside_chars,
        "remarks": dict(item.remarks),
        "failures": dict(item.failures),
        "skipped": dict(item.skipped),
    }


def status(item: Status, sources: list[Source], reports: list[SourceReport]) -> dict[str, Any]:
    """What `archive status --json` prints."""
    return {
        "schema": SCHEMA,
        "documents": item.documents,
        "chunks": item.chunks,
        "embedded": item.embedded,
        "last_sync": item.last_sync and item.last_sync.isoformat(),
        "model": item.model,
        "embedder": item.embedder,
        "size_bytes": item.size_bytes,
        "sources": [source(one) for one in sources],
        "failures": [failure(one) for one in item.failures],
        "reports": [report(one) for one in reports],
    }


def finding(item: Finding) -> dict[str, Any]:
    """One check of `archive doctor --json`."""
    return {"name": item.name, "ok": item.ok, "detail": item.detail, "remedy": item.remedy}


def document(item: StoredDocument) -> dict[str, Any]:
    """What `archive show --json` prints."""
    return {
        "schema": SCHEMA,
        "id": item.passage_id,
        "source": item.source,
        "path": item.path,
        "locator": item.locator,
        "kind": item.kind,
        "title": item.title,
        "date": item.date and item.date.isoformat(),
        "people": list(item.people),
        "text": item.text,
        "page_starts": list(item.page_starts),
        "attachments": list(item.attachments),
        "remarks": list(item.remarks),
        "tags": list(item.tags),
        "within": item.within,
        "places": [{"path": path, "locator": locator} for path, locator in item.places],
    }


def _rounded(timings: Any) -> dict[str, float]:
    return {name: round(value, 1) for name, value in timings.items()}
