"""The owner's own questions with known answers, and what the owner said of answers.

`questions.jsonl` only ever grows, a line a verdict; its lines have the form of any other set
of questions plus `verdict` and `asked_at`. A line without `answers` is not asked: of a wrong
answer only that it was wrong is known, which still teaches the confidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.evaluate import Item, QuestionsWrong, questions
from archive.paths import private_directory

if TYPE_CHECKING:
    from archive.answer import Answer
    from archive.cite import Citation

VERDICTS = ("right", "wrong", "source")
"""`source`: this is where the answer stands, whatever was answered."""


def add(
    path: Path,
    question: str,
    verdict: str,
    *,
    answers: Sequence[str] | None = None,
    sources: Sequence[Mapping[str, Any]] | None = None,
    features: Mapping[str, float] | None = None,
    model: str = "",
    embedder: str = "",
    declined: bool | None = None,
    kind: str = "own",
    at: datetime | None = None,
) -> Item:
    """Append one verdict and return its line.

    `answers`: the acceptable ones; none at all if the archive does not tell, None if what is
    right is not known. `sources`: `{"id", "page", "evidence"}`; None if not known.
    """
    if verdict not in VERDICTS:
        raise ValueError(verdict)
    item: Item = {"question": " ".join(question.split()), "kind": kind, "verdict": verdict}
    item["asked_at"] = (at or datetime.now(UTC)).isoformat(timespec="seconds")
    known = {
        "answers": None if answers is None else list(answers),
        "sources": None if sources is None else [dict(source) for source in sources],
        "features": dict(features) if features else None,
        "model": model or None,
        "embedder": embedder or None,
        "declined": declined,
    }
    item |= {name: value for name, value in known.items() if value is not None}
    append(path, item)
    return item


def add_answer(
    path: Path,
    question: str,
    verdict: str,
    answer: Answer,
    *,
    embedder: str,
    expected: str | None = None,
    citation: Citation | None = None,
    at: datetime | None = None,
) -> Item:
    """Note what the owner says of an answer.

    `expected` is the right answer in few words, empty if the archive does not tell; without
    it a right reply itself is what is expected. With the verdict `source`, `citation` is it.
    """
    answers: list[str] | None = None
    if expected is not None:
        answers = [expected.strip()] if expected.strip() else []
    elif verdict == "right":
        answers = [] if answer.declined else [_unmarked(answer.text)]
    cited: Sequence[Citation] | None = None
    if verdict == "source":
        cited = answer.citations if citation is None else (citation,)
    elif verdict == "right":
        cited = () if answer.declined else [c for c in answer.citations if c.supported]
    return add(
        path,
        question,
        verdict,
        answers=answers,
        sources=None if cited is None else [source_of(one) for one in cited],
        features=answer.confidence.features,
        model=answer.model,
        embedder=embedder,
        declined=answer.declined,
        at=at,
    )


def source_of(citation: Citation) -> Item:
    """What a right citation points to, as sets of questions have it."""
    source: Item = {"id": citation.passage.id, "evidence": [citation.quote]}
    if citation.passage.page is not None:
        source["page"] = citation.passage.page
    return source


def _unmarked(reply: str) -> str:
    from archive.cite import MARK

    return MARK.sub("", reply).strip()


def append(path: Path, item: Mapping[str, Any]) -> None:
    """One line more; a line that a kill cut off is ended first."""
    private_directory(path.parent)
    with path.open("a+b") as out:
        if out.tell():
            out.seek(-1, 2)
            if out.read(1) != b"\n":
                out.write(b"\n")
        out.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")
    path.chmod(0o600)


def rewrite(path: Path, items: Iterable[Mapping[str, Any]]) -> None:
    """Put these lines in place of what is there, at once."""
    private_directory(path.parent)
    temporary = path.with_suffix(".new")
    temporary.write_text(
        "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8"
    )
    temporary.chmod(0o600)
    temporary.replace(path)


def take_back(path: Path, item: Mapping[str, Any]) -> None:
    """Take the last line that is just this verdict out again."""
    kept = read(path)
    for at in range(len(kept) - 1, -1, -1):
        if kept[at] == item:
            rewrite(path, kept[:at] + kept[at + 1 :])
            return


def read(path: Path) -> list[Item]:
    """Every line; none if there is no file. Raises QuestionsWrong."""
    return list(questions(path)) if path.exists() else []


def to_ask(path: Path, *, sources_only: bool = False) -> list[Item]:
    """Each question once, with what is known of its answer; the latest word holds.

    With `sources_only` those whose sources are known, for a search without an answer.
    Raises QuestionsWrong if there is none.
    """
    merged: dict[str, Item] = {}
    for item in read(path):
        known = merged.setdefault(_key(item), {"question": item["question"]})
        known["kind"] = item.get("kind", "own")
        for name in ("answers", "sources"):
            if item.get(name) is not None:
                known[name] = item[name]
    found = [
        item
        for item in merged.values()
        if (item.get("sources") if sources_only else item.get("answers") is not None)
    ]
    if not found:
        raise QuestionsWrong(
            "There are no questions of your own with a known answer yet.",
            remedy="Name a file, mark answers in the app, or run: archive eval --draft 20",
        )
    return found


def judged(path: Path, model: str, embedder: str) -> list[Item]:
    """The latest verdict on each question's answer by these models that kept its features."""
    latest: dict[str, Item] = {}
    for item in read(path):
        if (
            item.get("verdict") in ("right", "wrong")
            and item.get("features")
            and item.get("model", model) == model
            and item.get("embedder") == embedder
        ):
            latest[_key(item)] = item
    return list(latest.values())


def forget_gone(path: Path, exists: Callable[[str], bool]) -> None:
    """Drop every line that quotes a document which is no longer there."""
    kept = read(path)
    left = [
        item for item in kept if all(exists(one["id"]) for one in item.get("sources") or ())
    ]
    if len(left) < len(kept):
        rewrite(path, left)


def _key(item: Item) -> str:
    return " ".join(item["question"].casefold().split())
