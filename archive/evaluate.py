"""Questions with known answers, asked one after another: a record a question.

The records are what `ask --json` gives beside the question's own fields, with what the
confidence was made of and what it cost; `archive/figures.py` scores them. A run that was
stopped goes on where it ended.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import forms
from archive.answer import Answer
from archive.probe import to_text
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.service import Archive

Item = dict[str, Any]


class QuestionsWrong(LifeArchiveError):
    """The file of questions, or of records, cannot be used."""

    exit_code = 2


def questions(path: Path) -> Iterator[Item]:
    """One object a line, each with a `question`. Raises QuestionsWrong with file and line."""
    for number, item in _objects(path):
        if not isinstance(item.get("question"), str):
            raise QuestionsWrong(
                f'{path}, line {number}: there is no "question".', remedy="Mend that line."
            )
        yield item


def read_records(path: Path) -> list[Item]:
    """Records of an earlier run. Raises QuestionsWrong."""
    return [item for _, item in _objects(path)]


def _objects(path: Path) -> Iterator[tuple[int, Item]]:
    try:
        # Not splitlines: a question may hold a line separator that JSON leaves as it is.
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsWrong(
            f"{path} cannot be read: {error}.", remedy="Check the path."
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise QuestionsWrong(
                f"{path}, line {number}: no JSON ({error.msg}).", remedy="Mend that line."
            ) from error
        if not isinstance(item, dict):
            raise QuestionsWrong(
                f'{path}, line {number}: there is no "question".', remedy="Mend that line."
            )
        yield number, item


def run(
    archive: Archive,
    file: Path,
    records: Path,
    *,
    limit: int | None = None,
    retrieval_only: bool = False,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Ask what has no record yet and append one line each. Returns how many were asked."""
    asked = list(questions(file))[:limit]
    return ask_all(archive, asked, records, retrieval_only=retrieval_only, on_done=on_done)


def ask_all(
    archive: Archive,
    asked: Sequence[Item],
    records: Path,
    *,
    retrieval_only: bool = False,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """The same for questions that were read already. Raises QuestionsWrong."""
    done = complete_lines(records)
    _require_same(records, asked, archive.settings.models.answer)
    memory = PeakMemory()
    for number, item in enumerate(asked[done:], start=done + 1):
        record = {**item, **_ask(archive, item["question"], retrieval_only)}
        record["embedder"] = archive.settings.models.embedder
        record["decline_below"] = archive.settings.answer.decline_below
        record["peak_memory_bytes"] = memory.read()
        with records.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
        on_done(number, len(asked))
    return max(0, len(asked) - done)


def complete_lines(records: Path) -> int:
    """How many records are whole; a line that was cut off by a kill is removed."""
    if not records.exists():
        return 0
    kept = records.read_bytes().split(b"\n")[:-1]
    records.write_bytes(b"".join(line + b"\n" for line in kept))
    return len(kept)


def _require_same(records: Path, asked: Sequence[Item], model: str) -> None:
    """Raises QuestionsWrong if the records are of other questions or of another model."""
    if not records.exists():
        return
    for item, record in zip(asked, read_records(records), strict=False):
        same = record.get("question") == item["question"]
        if same and record.get("model", "") in ("", model):
            continue
        other = "another model" if same else "other questions"
        raise QuestionsWrong(
            f"The records in {records} are of {other}.",
            remedy="Remove that file, or name another with --records.",
        )


def _ask(archive: Archive, question: str, retrieval_only: bool) -> Item:
    if retrieval_only:
        found = archive.search(question, limit=10)
        return {
            "schema": forms.SCHEMA,
            "passages": [forms.passage(one) for one in found.passages],
            "timings_ms": {"evidence": round(found.timings_ms["total"], 1)},
        }
    for step in archive.ask(question):
        if isinstance(step, Answer):
            return record_of(archive, step)
    raise AssertionError("ask ended without an answer")


def record_of(archive: Archive, answer: Answer) -> Item:
    """What is kept of an answer: its JSON form, its features, and which citations exist."""
    form = forms.answer(answer)
    features = answer.confidence.features
    form["features"] = {name: round(float(value), 6) for name, value in features.items()}
    form["state"] = to_text(answer.confidence.state)
    for one, citation in zip(form["citations"], answer.citations, strict=True):
        one["exists"] = False
        # Gone since it was found: then it does not exist.
        with suppress(LifeArchiveError):
            text = archive.document(citation.passage).text
            one["exists"] = text[citation.start : citation.end] == citation.quote
    return form


def records_path(folder: Path, asked: Sequence[Item], model: str, name: str) -> Path:
    """Where the records of these questions and this model go if nobody says."""
    said = json.dumps([item["question"] for item in asked]).encode()
    digest = hashlib.blake2b(said, digest_size=4).hexdigest()
    return folder / (re.sub(r"[^\w.+-]", "_", f"{name}-{digest}--{model}") + ".jsonl")


def records_of_model(records: Path, model: str) -> Path:
    """`OUT.jsonl` becomes `OUT.MODEL.jsonl`, where several models are asked."""
    safe = re.sub(r"[^\w.+-]", "_", model)
    return records.with_name(f"{records.stem}.{safe}{records.suffix}")


class PeakMemory:
    """The most memory this process took at once since this was made.

    Only Linux can begin anew; elsewhere it is the most since the process began, so that of
    several models the later ones show at least what the earlier took.
    """

    def __init__(self) -> None:
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")

    def read(self) -> int:
        """In bytes."""
        with suppress(OSError, ValueError, StopIteration):
            lines = Path("/proc/self/status").read_text().splitlines()
            line = next(line for line in lines if line.startswith("VmHWM:"))
            return int(line.split()[1]) * 1024
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
