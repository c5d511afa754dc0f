"""Questions that the model drafts from passages of the archive, for the owner to confirm.

A draft is kept only if its answer stands in the passage word for word, so that what is left
to judge is whether the question is a good one. Some ten seconds a question with the default
model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import testset
from archive.answer import header
from archive.guard import fence, one_line, shown_to_model, visible
from archive.llm import Reading, Turn
from archive.prompts import load
from index.words import sentences

if TYPE_CHECKING:
    from archive.answer import Wording
    from archive.service import Archive
    from index.passage import Passage

TRIES = 4
"""Passages that are tried for each draft that is wanted."""

_LEAST_CHARS, _MOST_CHARS = 160, 1600
_MOST_WORDS = 12
_REPLY = re.compile(r"Q\s*:\s*(?P<question>[^\n]+?)\s*\n+\s*A\s*:\s*(?P<answer>[^\n]+)")
_ABOUT_ITSELF = re.compile(
    r"\b(this|the|that)\s+(given\s+)?(source|passage|text|excerpt|snippet|paragraph|context)\b",
    re.IGNORECASE,
)


def draft(
    archive: Archive,
    count: int,
    *,
    seed: int | None = None,
    on_done: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Append up to `count` drafts to the file of drafts. Returns how many there are new."""
    path = archive.paths.question_drafts
    asked = {item["question"] for item in _known(path, archive.paths.questions)}
    rows = archive.catalog.connection.execute(
        "SELECT id FROM chunk WHERE length(text) BETWEEN ? AND ? ORDER BY id",
        (_LEAST_CHARS, _MOST_CHARS),
    ).fetchall()
    ids = [int(row[0]) for row in rows]
    random.Random(seed).shuffle(ids)
    model = archive.language_model() if ids else None
    written = 0
    for number in ids[: TRIES * count]:
        if written == count or model is None:
            break
        for passage in archive.catalog.passages([number]).values():
            item = one_draft(passage, model)
            if item is None or item["question"] in asked:
                continue
            asked.add(item["question"])
            testset.append(path, item)
            written += 1
            on_done(written, count)
    return written


def _known(*paths: Path) -> list[dict[str, Any]]:
    return [item for path in paths for item in testset.read(path)]


def one_draft(passage: Passage, model: Wording) -> dict[str, Any] | None:
    """A question of this passage. None if the model wrote none that can be checked."""
    source = f"{header(passage)}\n{shown_to_model(passage.text, passage.title)}"
    marker = f"§{fence([source])}"
    turns = [
        Turn(role="system", content=load("draft")),
        Turn(role="user", content=f"{marker} {source}\n{marker} end"),
    ]
    pieces = model.stream(
        turns,
        max_tokens=80,
        reading=Reading(log_probabilities=[]),
        should_stop=lambda: False,
    )
    return understood("".join(pieces), passage)


def understood(reply: str, passage: Passage) -> dict[str, Any] | None:
    """The draft in a reply, if its answer stands in the passage. None if it is of no use."""
    found = _REPLY.search(visible(reply))
    if found is None:
        return None
    question = one_line(found["question"])
    answer = one_line(found["answer"]).strip("\"'“”. ")
    bare = (
        not any(char.isalnum() for char in answer)
        or len(answer.split()) > _MOST_WORDS
        or len(question.split()) < 4
        or not question.endswith("?")
    )
    if bare or _ABOUT_ITSELF.search(question) or answer.casefold() in question.casefold():
        return None
    evidence = _sentence_with(answer, passage.text)
    if evidence is None:
        return None
    source: dict[str, Any] = {"id": passage.id, "evidence": [evidence]}
    if passage.page is not None:
        source["page"] = passage.page
    return {
        "question": question,
        "answers": [answer],
        "sources": [source],
        "kind": "drafted",
        "title": header(passage),
    }


def _sentence_with(answer: str, text: str) -> str | None:
    """The sentence in which the answer stands as words of its own."""
    pattern = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)")
    for start, end in sentences(text):
        if pattern.search(text, start, end):
            return text[start:end].strip()
    return None
