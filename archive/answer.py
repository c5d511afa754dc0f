"""A question becomes evidence, then streamed words, then a checked answer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from archive import confidence
from archive.cite import MARK, Citation, check
from archive.confidence import Confidence
from archive.evidence import Evidence, select
from archive.guard import fence, one_line, visible
from archive.llm import Reading, Turn
from archive.prompts import load
from archive.settings import AnswerSettings
from index.passage import Passage
from index.query import Query
from index.retrieve import SearchResult

__all__ = ["Answer", "Answerer", "Evidence", "EvidenceFound", "Token"]

DECLINED = "Your archive does not say."
_NOT_IN_ARCHIVE = re.compile(
    r"\bnot\s+in\s+(the\s+|your\s+)?archive\b"
    r"|\b(sources?|text|context|information|archive)\b.{0,40}\b(do|does|is|are)(\s+not|n't)\b.{0,40}"
    r"\b(contain|mention|say|specif|provid|stat|includ|given|indicat)"
    r"|\bnot\s+(specified|mentioned|stated|provided)\b|^\s*(n/?a|unknown|none)\W*$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFound:
    """First thing an `ask` yields, before the model has begun."""

    passages: tuple[Passage, ...]
    """The ten best, best first."""

    evidence: tuple[Evidence, ...]
    elapsed_ms: float

    query: Query | None = None
    """How the question was understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the answer as the model words it. Not yet checked."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Last thing an `ask` yields."""

    text: str
    """The checked reply; its `[n]` are the citations' numbers."""

    declined: bool
    """True if the archive does not carry an answer."""

    confidence: Confidence
    citations: tuple[Citation, ...]
    """What the answer rests on; of a declined one the closest that was found."""

    passages: tuple[Passage, ...]
    model: str
    """Name of the language model. Empty if none was asked."""

    timings_ms: Mapping[str, float]
    """`evidence`, `first_token` (if a model was asked) and `total`, from the question on."""


class Wording(Protocol):
    """What an answerer needs of a language model."""

    @property
    def name(self) -> str:
        """As in `archive models list`."""

    def stream(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        reading: Reading,
        should_stop: Callable[[], bool],
    ) -> Iterator[str]:
        """The reply in pieces."""


class Answerer:
    """Answers questions by way of a search and a language model."""

    def __init__(
        self,
        search: Callable[[str, int], SearchResult],
        model: Callable[[], Wording],
        settings: AnswerSettings,
    ) -> None:
        self._search = search
        self._model = model
        self._settings = settings

    def ask(
        self, question: str, *, should_stop: Callable[[], bool] = lambda: False
    ) -> Iterator[EvidenceFound | Token | Answer]:
        """Evidence, pieces of the reply, and the checked answer, in this order.

        Stops without an answer if `should_stop` says so meanwhile.
        """
        started = time.perf_counter()

        def elapsed_ms() -> float:
            return (time.perf_counter() - started) * 1000

        question = visible(question).strip()
        found = self._search(question, 10)
        passages = found.passages
        evidence = select(
            question,
            passages,
            max_tokens=self._settings.evidence_tokens,
            asked=found.asked,
        )
        timings = {"evidence": elapsed_ms()}
        yield EvidenceFound(
            passages=passages,
            evidence=evidence,
            elapsed_ms=timings["evidence"],
            query=found.query,
        )
        if not evidence:
            timings["total"] = elapsed_ms()
            yield _declined(question, passages, evidence, "", timings)
            return
        model = self._model()
        reading = Reading(log_probabilities=[])
        pieces: list[str] = []
        for piece in model.stream(
            prompt(question, evidence),
            max_tokens=self._settings.max_tokens,
            reading=reading,
            should_stop=should_stop,
        ):
            timings.setdefault("first_token", elapsed_ms())
            pieces.append(piece)
            yield Token(text=visible(piece))
        if should_stop():
            return
        reply = visible("".join(pieces)).strip()
        timings["total"] = elapsed_ms()
        yield self._checked(question, reply, passages, evidence, model.name, reading, timings)

    def _checked(
        self,
        question: str,
        reply: str,
        passages: tuple[Passage, ...],
        evidence: tuple[Evidence, ...],
        model: str,
        reading: Reading,
        timings: Mapping[str, float],
    ) -> Answer:
        said = any(char.isalnum() for char in MARK.sub("", reply))
        if not said or _NOT_IN_ARCHIVE.search(reply):
            return _declined(question, passages, evidence, model, timings)
        checked = check(reply, question, evidence)
        measured = confidence.features(question, evidence, checked, reading.log_probabilities)
        sure = confidence.judge(measured, checked)
        if sure.value is not None and sure.value < self._settings.decline_below:
            return _declined(question, passages, evidence, model, timings)
        return Answer(
            text=checked.text,
            declined=False,
            confidence=sure,
            citations=checked.citations,
            passages=passages,
            model=model,
            timings_ms=timings,
        )


def prompt(question: str, evidence: Sequence[Evidence]) -> list[Turn]:
    """What the model is shown: sources, each behind an unguessable marker, and the question."""
    marker = f"§{fence()}"
    sources = "\n".join(
        f"{marker} [{item.n}] {header(item.passage)}\n{visible(item.text)}" for item in evidence
    )
    return [
        Turn(role="system", content=load("answer")),
        Turn(
            role="user",
            content=f"{sources}\n{marker} end of sources\n\n"
            f"Question: {one_line(question)}\n\n{load('question')}",
        ),
    ]


def header(passage: Passage) -> str:
    """Where a passage is from, on one line."""
    pieces = [one_line(passage.title)]
    names = [one_line(person.split(" <")[0]) for person in passage.people]
    if passage.kind == "chat":  # each line says whose it is
        pieces.append("between " + " and ".join(names[:3]) if len(names) > 1 else "")
    elif names:
        pieces.append("from " + names[0])
    if passage.date is not None:
        pieces.append(f"{passage.date:%d %B %Y}")
    if passage.page is not None:
        pieces.append(f"page {passage.page}")
    return ", ".join(piece for piece in pieces if piece)


def _declined(
    question: str,
    passages: tuple[Passage, ...],
    evidence: tuple[Evidence, ...],
    model: str,
    timings: Mapping[str, float],
) -> Answer:
    closest: list[Citation] = []
    for item in evidence:
        # Two spans of one document are one thing that was found.
        if len(closest) < 2 and item.passage.document_id not in {
            one.passage.document_id for one in closest
        }:
            closest.append(
                Citation(
                    n=item.n,
                    passage=item.passage,
                    quote=item.text,
                    start=item.start,
                    end=item.end,
                    supported=False,
                )
            )
    text = DECLINED
    if closest:
        named = (f"“{header(item.passage)}” [{item.n}]" for item in closest)
        text += f" The closest I found is {' and '.join(named)}."
    return Answer(
        text=text,
        declined=True,
        confidence=confidence.of_declining(question, evidence),
        citations=tuple(closest),
        passages=passages,
        model=model,
        timings_ms=timings,
    )
