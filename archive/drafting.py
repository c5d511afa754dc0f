"""Questions that the model drafts from passages of the archive, for the owner to confirm.

A name, a number or a date is picked from a passage at random, and the model words the question
it answers. So the answer stands in the archive word for word, and what is left to judge is
whether the question is a good one. Some five seconds a question with the default model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import testset
from archive.guard import fence, one_line, shown_to_model, visible
from archive.llm import Reading, Turn
from archive.prompts import load
from archive.scoring import normalised
from archive.showing import header, header_to_model
from index.words import sentences

if TYPE_CHECKING:
    from archive.answer import Wording
    from archive.service import Archive
    from index.passage import Passage

TRIES = 4
"""Passages that are tried for each draft that is wanted."""

_LEAST_CHARS, _MOST_CHARS = 160, 1600
_AMOUNT = r"[$€£]\s?\d[\d,.]*\d(?:\s(?:million|billion))?"
_DATE = r"\b\d{1,2}(?:st|nd|rd|th)?\s[A-Z][a-z]{2,8}(?:\s\d{4})?\b"
_NAME = (
    r"(?<![.!?]\s)(?<!\n)\b(?!Dear\b)[A-Z][\w’'-]*[a-z]"
    r"(?:\s(?:of\s|the\s)?[A-Z][\w’'-]+){1,3}\b"
)
_NO_UNIT = "the|and|for|from|with|but|was|were|are|you|has|had"
_COUNT = rf"\b\d[\d,.]*\d\s(?!(?:{_NO_UNIT})\b)[a-z]{{3,12}}\b"
_ANSWERS = re.compile("|".join((_AMOUNT, _DATE, _NAME, _COUNT)))
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
    chance = random.Random(seed)
    chance.shuffle(ids)
    model = archive.language_model() if ids else None
    written = 0
    for number in ids[: TRIES * count]:
        if written == count or model is None:
            break
        for passage in archive.catalog.passages([number]).values():
            item = one_draft(passage, model, chance)
            if item is None or item["question"] in asked:
                continue
            asked.add(item["question"])
            testset.append(path, item)
            written += 1
            on_done(written, count)
    return written


def _known(*paths: Path) -> list[dict[str, Any]]:
    return [item for path in paths for item in testset.read(path)]


def one_draft(passage: Passage, model: Wording, chance: random.Random) -> dict[str, Any] | None:
    """A question about something in this passage. None if the model words none of use."""
    answer = picked(passage.text, chance)
    if answer is None:
        return None
    source = f"{header_to_model(passage)}\n{shown_to_model(passage.text, passage.title)}"
    marker = f"§{fence([source])}"
    asked = f"{marker} {source}\n{marker} end\n\nAnswer: {one_line(answer)}\nQuestion:"
    pieces = model.stream(
        [Turn(role="system", content=load("draft")), Turn(role="user", content=asked)],
        max_tokens=60,
        reading=Reading(log_probabilities=[]),
        should_stop=lambda: False,
    )
    question = understood("".join(pieces), answer)
    return None if question is None else _item(question, answer, passage)


def picked(text: str, chance: random.Random) -> str | None:
    """Something in `text` that a question could ask for. None if there is nothing."""
    found = [match[0] for match in _ANSWERS.finditer(text) if "\n" not in match[0]]
    return chance.choice(found) if found else None


def understood(reply: str, answer: str) -> str | None:
    """The question in a reply. None if it is none, or gives its answer away."""
    line = one_line(visible(reply).strip().split("\n")[0])
    question = re.sub(r"^(?:Q|Question)\s*:\s*", "", line).strip('"“” ')
    if not question.endswith("?") or len(question.split()) < 4:
        return None
    if _ABOUT_ITSELF.search(question):
        return None
    held = normalised(question).split()
    # Of a name even one part in the question would give it away.
    given = [word for word in normalised(answer).split() if word in held]
    return None if len(given) * 2 >= len(normalised(answer).split()) else question


def _item(question: str, answer: str, passage: Passage) -> dict[str, Any] | None:
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
