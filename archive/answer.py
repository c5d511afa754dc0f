"""A question becomes evidence, then streamed words, then a checked answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from archive import confidence, looking
from archive.calibration import Calibration
from archive.cite import Citation
from archive.confidence import Confidence, Measured
from archive.elsewhere import Elsewhere, elsewhere
from archive.evidence import Evidence, select, unfamiliar
from archive.guard import one_line, visible
from archive.llm import Reading, Turn, Weighed
from archive.reply import composed, denies
from archive.settings import AnswerSettings
from archive.showing import flagged, header
from index.passage import Passage
from index.query import Query
from index.retrieve import SearchResult

__all__ = ["Answer", "Answerer", "Evidence", "EvidenceFound", "Token"]

DECLINED = "Your archive does not say."

PASSAGES = 10
"""How many are looked through for evidence."""

MOST_SOURCES = 9
"""What the reader is shown has numbers of one digit; the model looks at the first few."""


_BEGUN = "[1] Answer:"
"""Behind `[1]` alone a small model goes on as the source does: with its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFound:
    """First thing an `ask` yields, before the model has begun."""

    passages: tuple[Passage, ...]
    """The ten best, best first."""

    evidence: tuple[Evidence, ...]
    elapsed_ms: float

    query: Query | None = None
    """How the question was understood."""

    added: str = ""
    """What the question was given from an earlier one. Empty if it stood alone."""


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
    """`evidence`, `weighed` (when the model has read it), `first_token` and `total`, from the
    question on; those of the model only if one was asked."""

    flagged: tuple[int, ...] = ()
    """Sources that hold what looks like instructions to a model; it was not shown those."""


class Wording(Protocol):
    """What an answerer needs of a language model."""

    @property
    def name(self) -> str:
        """As in `archive models list`."""

    def weigh(
        self, turns: Sequence[Turn], *, begun: str, options: Sequence[str], foreseen: str = ""
    ) -> Weighed:
        """How likely the reply goes on with each option after `begun`, and `foreseen` stood."""

    def stream(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        reading: Reading,
        should_stop: Callable[[], bool],
        begun: str = "",
    ) -> Iterator[str]:
        """The reply in pieces, from `begun` on."""


class Answerer:
    """Answers questions by way of a search and a language model.

    The model is shown the likeliest sources one at a time, and made to say of each whether it
    tells the answer (`archive/looking.py`). Then it words the answer from the best.
    """

    def __init__(
        self,
        search: Callable[[str, int], SearchResult],
        model: Callable[[], Wording],
        settings: AnswerSettings,
        calibration: Callable[[str, str], Calibration | None] = lambda model, target: None,
    ) -> None:
        self._search = search
        self._model = model
        self._settings = settings
        self._calibration = calibration

    def ask(
        self,
        question: str,
        *,
        added: str = "",
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[EvidenceFound | Token | Answer]:
        """Evidence, pieces of the reply, and the checked answer, in this order.

        Stops without an answer if `should_stop` says so meanwhile. `added` is what `question`
        was given from an earlier one.
        """
        started = time.perf_counter()

        def elapsed_ms() -> float:
            return (time.perf_counter() - started) * 1000

        question = visible(question).strip()
        found = self._search(question, PASSAGES)
        passages = found.passages
        asked = found.asked or unfamiliar(question, passages)
        evidence = select(
            question, passages, max_tokens=self._settings.evidence_tokens, asked=asked
        )[:MOST_SOURCES]
        timings = {"evidence": elapsed_ms()}
        yield EvidenceFound(
            passages=passages,
            evidence=evidence,
            elapsed_ms=timings["evidence"],
            query=found.query,
            added=added,
        )
        if not evidence:
            timings["total"] = elapsed_ms()
            nothing = confidence.of_nothing(evidence)
            yield _declined(passages, evidence, "", timings, self._called(nothing, silent=True))
            return
        model = self._model()
        sources = looking.sources(evidence)
        looks = []
        for look in looking.each(model, question, sources):
            if should_stop():
                return
            looks.append(look)
        best = looking.best(looks)
        chosen = best.source
        as_read = {source.n: source for source in sources}
        evidence = tuple(as_read.get(item.n, item) for item in evidence)
        timings["weighed"] = elapsed_ms()
        reading = Reading(log_probabilities=[])
        pieces: list[str] = []
        for piece in model.stream(
            best.turns,
            max_tokens=self._settings.max_tokens,
            reading=reading,
            should_stop=should_stop,
            begun=_BEGUN,
        ):
            timings.setdefault("first_token", elapsed_ms())
            pieces.append(piece)
            yield Token(text=visible(piece))
        if should_stop():
            return
        words = visible("".join(pieces)).strip()
        reply = composed(words, question, asked, chosen, evidence)
        weights = looking.weights(looks, evidence)
        telling = sum(weights[1:]) or 1.0
        likely = [weight / telling for weight in weights[1:]]
        others = elsewhere(asked, chosen, evidence, likely, reply.words)
        seen = Measured(
            query=found.query,
            asked=asked,
            evidence=evidence,
            chosen=chosen,
            weights=weights,
            foreseen=best.foreseen,
            state=best.state,
            words=reply.words,
            log_probabilities=reading.log_probabilities,
            checked=reply.checked,
            elsewhere=others,
        )
        sure = confidence.judge(seen, self._calibration(model.name, "answer"))
        timings["total"] = elapsed_ms()
        silence = confidence.of_silence(sure, self._calibration(model.name, "silence"))
        if denies(words) or self._is_unfit(sure, silence):
            silence = self._called(silence, silent=True)
            yield _declined(passages, evidence, model.name, timings, silence)
            return
        otherwise = next((other for other in others if not other.agrees), None)
        yield Answer(
            text=reply.text + _otherwise(otherwise),
            declined=False,
            confidence=self._called(sure, silent=False),
            citations=(*reply.checked.citations, *([otherwise.citation] if otherwise else ())),
            passages=passages,
            model=model.name,
            flagged=flagged(evidence),
            timings_ms=timings,
        )

    def _is_unfit(self, sure: Confidence, silence: Confidence) -> bool:
        if sure.value is None or silence.value is None:
            return False
        return confidence.unfit(sure.value, silence.value, self._settings.decline_below)

    def _called(self, sure: Confidence, *, silent: bool) -> Confidence:
        return confidence.called(
            sure, silent=silent, confident_from=self._settings.confident_from
        )


def _otherwise(other: Elsewhere | None) -> str:
    """The line that shows a contradiction; the reader judges who is right."""
    if other is None:
        return ""
    source = other.citation.passage
    named = f"“{header(source)}”"
    return f"\nBut {one_line(other.said)} in {named} [{other.citation.n}]"


def _declined(
    passages: tuple[Passage, ...],
    evidence: tuple[Evidence, ...],
    model: str,
    timings: Mapping[str, float],
    sure: Confidence,
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
        confidence=sure,
        citations=tuple(closest),
        passages=passages,
        model=model,
        flagged=flagged(evidence),
        timings_ms=timings,
    )
