"""Questions with known answers, asked one after another: a record a question.

The records are what `ask --json` gives beside the question's own fields;
scoring them is another step. A run that was stopped goes on where it ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from archive import forms
from archive.answer import Answer
from archive.service import Archive
from ingest.errors import LifeArchiveError


class QuestionsWrong(LifeArchiveError):
    """The file of questions cannot be used."""

    exit_code = 2


def questions(path: Path) -> Iterator[dict[str, Any]]:
    """One object a line, each with a `question`. Raises QuestionsWrong with file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
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
        if not isinstance(item, dict) or not isinstance(item.get("question"), str):
            raise QuestionsWrong(
                f'{path}, line {number}: there is no "question".', remedy="Mend that line."
            )
        yield item


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
    done = _complete_lines(records)
    for number, item in enumerate(asked[done:], start=done + 1):
        record = {**item, **_ask(archive, item["question"], retrieval_only)}
        with records.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
        on_done(number, len(asked))
    return max(0, len(asked) - done)


def _complete_lines(records: Path) -> int:
    """How many records are whole; a line that was cut off by a kill is removed."""
    if not records.exists():
        return 0
    kept = records.read_bytes().split(b"\n")[:-1]
    records.write_bytes(b"".join(line + b"\n" for line in kept))
    return len(kept)


def _ask(archive: Archive, question: str, retrieval_only: bool) -> dict[str, Any]:
    if retrieval_only:
        found = archive.search(question, limit=10)
        return {
            "schema": forms.SCHEMA,
            "passages": [forms.passage(one) for one in found.passages],
            "timings_ms": {"evidence": round(found.timings_ms["total"], 1)},
        }
    for step in archive.ask(question):
        if isinstance(step, Answer):
            return forms.answer(step)
    raise AssertionError("ask ended without an answer")
