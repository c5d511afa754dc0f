"""Labelled answers to fit a confidence to: from records of questions, and from verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from archive import scoring
from archive.probe import from_text

_MOST_OF_ONE = 5
"""A group may hold one answer in so many."""


@dataclass(slots=True)
class Labels:
    """What is gathered for one language model and one embedder."""

    model: str
    embedder: str
    rows: list[dict[str, float]] = field(default_factory=list)
    states: list[bytes] = field(default_factory=list)
    """What the model had in mind at each answer, see `archive/probe.py`; empty if unknown."""

    right: list[bool] = field(default_factory=list)
    """Whether the answer is, or of a question that was declined would have been, right."""

    silent: list[bool] = field(default_factory=list)
    """Whether the archive does not tell: then declining is right."""

    sets: dict[str, int] = field(default_factory=dict)
    other_models: int = 0
    """Records that another model or embedder made; left out."""

    unlabelled: int = 0
    """Records without a known answer or without features; left out."""

    withheld: int = 0
    """Answers that were declined for want of confidence, so that nobody knows whether they
    would have been right; left out."""

    _sources: list[str] = field(default_factory=list)
    _questions: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def groups(self) -> list[str]:
        """What must not be on both sides of a fold: questions about the same document.

        A document that very much is asked about would be a fold alone, and what is right of
        it decided by the rest; its questions stand for themselves.
        """
        counts = Counter(self._sources)
        most = max(1, len(self._sources) // _MOST_OF_ONE)
        return [
            source if counts[source] <= most else question
            for source, question in zip(self._sources, self._questions, strict=True)
        ]

    def add_records(self, name: str, records: Sequence[dict[str, Any]]) -> None:
        """Take what `archive eval` recorded; a question counts once."""
        for record in records:
            if (
                record.get("model") not in ("", None, self.model)
                or record.get("embedder", self.embedder) != self.embedder
            ):
                self.other_models += 1
            elif record.get("answers") is None or not record.get("features"):
                self.unlabelled += 1
            elif record["declined"] and record["answers"] and record.get("decline_below", 1):
                self.withheld += 1
            else:
                # Where nothing is withheld, only the model's own "it does not say" declines.
                good = not record["declined"] and scoring.right(record)
                self._add(name, record, good, silent=not record["answers"])

    def add_verdicts(self, name: str, judged: Sequence[dict[str, Any]]) -> None:
        """Take what the owner said of answers, but for questions of a set that was asked."""
        for item in judged:
            declined, good = bool(item.get("declined")), item["verdict"] == "right"
            if declined and not good:
                self.withheld += 1
            elif f"{name}\n{_words(item)}" not in self._seen:
                # Sources are known of the right ones only: a group would give that away.
                bare = {**item, "sources": None}
                silent = declined or item.get("answers") == []
                self._add(name, bare, good and not declined, silent=silent)

    def _add(self, name: str, item: dict[str, Any], right: bool, *, silent: bool) -> None:
        question = _words(item)
        source = next((one["id"] for one in item.get("sources") or ()), question)
        # The same words asked of two documents are two questions.
        key = f"{name}\n{question}\n{source}"
        if key in self._seen:
            return
        self._seen |= {key, f"{name}\n{question}"}
        self.rows.append({feature: float(v) for feature, v in item["features"].items()})
        self.states.append(from_text(item.get("state")))
        self.right.append(right)
        self.silent.append(silent)
        self._sources.append(f"{name}\n{source}")
        self._questions.append(f"{name}\n{question}")
        self.sets[name] = self.sets.get(name, 0) + 1


def _words(item: dict[str, Any]) -> str:
    return " ".join(item["question"].casefold().split())
