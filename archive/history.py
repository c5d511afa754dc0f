"""What was asked and answered, kept so that it can be looked at again without the model.

`history.jsonl` in the state directory, its owner's only: a line an answer, about 4 kB, with
the words that were shown as evidence and where they stand. The oldest half goes once the file
is larger than `MOST_BYTES`. A line that quotes a document which was forgotten goes with it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.answer import Answer, Evidence, EvidenceFound
from archive.cite import Citation
from archive.confidence import Confidence
from archive.testset import append, rewrite
from index.passage import Passage

MOST_BYTES = 20_000_000

_Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A question with its evidence and its answer, as they were shown."""

    id: str
    question: str
    asked_at: datetime
    found: EvidenceFound
    """Its passages are the evidence itself: what stood around it is in the archive."""

    answer: Answer


def remember(
    path: Path,
    question: str,
    found: EvidenceFound,
    answer: Answer,
    *,
    at: datetime | None = None,
) -> str:
    """Keep an answer; the id of its line."""
    line: _Line = {
        "schema": 1,
        "id": uuid.uuid4().hex[:12],
        "asked_at": (at or datetime.now(UTC)).isoformat(timespec="seconds"),
        "question": " ".join(question.split()),
        "added": found.added,
        "evidence": [_evidence_line(one) for one in found.evidence],
        "answer": answer.text,
        "declined": answer.declined,
        "confidence": {
            "value": answer.confidence.value,
            "calibrated": answer.confidence.calibrated,
            "word": answer.confidence.word,
            "reasons": list(answer.confidence.reasons),
            "features": dict(answer.confidence.features),
        },
        "citations": [_citation_line(one) for one in answer.citations],
        "model": answer.model,
        "timings_ms": dict(answer.timings_ms),
        "flagged": list(answer.flagged),
    }
    append(path, line)
    if path.stat().st_size > MOST_BYTES:
        kept = list(_lines(path))
        rewrite(path, kept[len(kept) // 2 :])
    return str(line["id"])


def remembered(path: Path) -> list[Remembered]:
    """Everything that was kept, the newest first; a line that cannot be read is left out."""
    read: list[Remembered] = []
    for line in _lines(path):
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            read.append(_remembered(line))
    return read[::-1]


def drop(path: Path, identity: str) -> None:
    """Take one answer out."""
    _keep(path, lambda line: line.get("id") != identity)


def forget_gone(path: Path, exists: Callable[[str], bool]) -> None:
    """Drop every line that quotes a document which is no longer there."""
    known: dict[str, bool] = {}

    def is_there(name: str) -> bool:
        if name not in known:
            known[name] = exists(name)
        return known[name]

    _keep(path, lambda line: all(map(is_there, _quoted(line))))


def _keep(path: Path, wanted: Callable[[_Line], bool]) -> None:
    lines = list(_lines(path))
    left = [line for line in lines if wanted(line)]
    if len(left) < len(lines):
        rewrite(path, left)


def _quoted(line: Mapping[str, Any]) -> Iterator[str]:
    for one in (*line.get("evidence", ()), *line.get("citations", ())):
        yield one["passage"]["id"]


def _lines(path: Path) -> Iterator[_Line]:
    """What can be read; a kill may have cut a line off."""
    try:
        file = path.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    with file:
        for text in file:
            with suppress(ValueError):
                line = json.loads(text)
                if isinstance(line, dict):
                    yield line


# --- one answer as a line -------------------------------------------------------------------


def _evidence_line(one: Evidence) -> _Line:
    return {
        "n": one.n,
        "passage": _passage_line(one.passage),
        "text": one.text,
        "start": one.start,
        "end": one.end,
        "score": round(one.score, 6),
    }


def _citation_line(one: Citation) -> _Line:
    return {
        "n": one.n,
        "passage": _passage_line(one.passage),
        "text": one.quote,
        "start": one.start,
        "end": one.end,
        "supported": one.supported,
    }


def _passage_line(passage: Passage) -> _Line:
    return {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "id": passage.id,
        "source": passage.source,
        "path": passage.path,
        "locator": passage.locator,
        "kind": passage.kind,
        "page": passage.page,
        "title": passage.title,
        "date": passage.date.isoformat() if passage.date else None,
        "people": list(passage.people),
        "section": passage.section,
    }


def _remembered(line: Mapping[str, Any]) -> Remembered:
    evidence = tuple(_evidence(one) for one in line["evidence"])
    passages = _distinct(one.passage for one in evidence)
    timings = line["timings_ms"]
    sure = line["confidence"]
    return Remembered(
        id=line["id"],
        question=line["question"],
        asked_at=datetime.fromisoformat(line["asked_at"]),
        found=EvidenceFound(
            passages=passages,
            evidence=evidence,
            elapsed_ms=timings.get("evidence", 0.0),
            added=line["added"],
        ),
        answer=Answer(
            text=line["answer"],
            declined=line["declined"],
            confidence=Confidence(
                value=sure["value"],
                calibrated=sure["calibrated"],
                word=sure.get("word", ""),
                reasons=tuple(sure["reasons"]),
                features=sure["features"],
            ),
            citations=tuple(_citation(one) for one in line["citations"]),
            passages=passages,
            model=line["model"],
            timings_ms=timings,
            flagged=tuple(line["flagged"]),
        ),
    )


def _evidence(line: Mapping[str, Any]) -> Evidence:
    return Evidence(
        n=line["n"],
        passage=_passage(line),
        text=line["text"],
        start=line["start"],
        end=line["end"],
        score=line["score"],
    )


def _citation(line: Mapping[str, Any]) -> Citation:
    return Citation(
        n=line["n"],
        passage=_passage(line),
        quote=line["text"],
        start=line["start"],
        end=line["end"],
        supported=line["supported"],
    )


def _passage(line: Mapping[str, Any]) -> Passage:
    known = dict(line["passage"])
    date = known.pop("date")
    people = tuple(known.pop("people"))
    return Passage(
        **known,
        date=datetime.fromisoformat(date) if date else None,
        people=people,
        text=line["text"],
        start=line["start"],
        end=line["end"],
        score=0.0,
        hit=(line["start"], line["end"]),
    )


def _distinct(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    first: dict[int, Passage] = {}
    for passage in passages:
        first.setdefault(passage.document_id, passage)
    return tuple(first.values())


def matching(kept: Sequence[Remembered], words: str) -> list[Remembered]:
    """Those in whose question or answer every one of `words` stands, the newest first."""
    wanted = words.casefold().split()
    return [
        one
        for one in kept
        if all(word in f"{one.question}\n{one.answer.text}".casefold() for word in wanted)
    ]
