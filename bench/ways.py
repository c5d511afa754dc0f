"""Ways to answer a question with one model: ours, a plain pipeline, and two that tell why.

`ceiling` is ours given passages that hold the gold evidence: what is still wrong is the
model's doing. `undefended` is ours with the sources as they stand, nothing left out of them
and no marker drawn: what it has right beyond ours is what the defence costs. `naive` is what
one builds in an afternoon: three fused chunks, one prompt, the mean token probability as
confidence. All take an archive that never declines for want of confidence.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest import mock

from archive.answer import Answer
from archive.confidence import Confidence
from archive.llm import ModelUnusable, Reading, Turn
from archive.reply import denies
from archive.service import Archive
from bench.records import Item
from bench.retrieval import folded, leaving_in, overlaps
from index.passage import Passage
from index.words import content_stems

NAIVE_PASSAGES = 3
PLAIN_PROMPT = """Answer the question from the sources, or say "I don't know"."""

Way = Callable[[Archive, Item], Answer]


def ours(archive: Archive, item: Item) -> Answer:
    """As the owner gets it."""
    for step in archive.ask(item["question"]):
        if isinstance(step, Answer):
            return step
    raise AssertionError("ask ended without an answer")


def undefended(archive: Archive, item: Item) -> Answer:
    """Ours, the model shown what nobody looked at."""
    with defenceless():
        return ours(archive, item)


@contextmanager
def defenceless() -> Iterator[None]:
    """No instruction is suspected, no mark broken, and the fence can be guessed."""
    instead: Mapping[str, Callable[..., object]] = {
        "archive.suspicion.suspected": lambda *texts, **more: (),
        "archive.guard.unmarked": lambda text: text,
        "archive.showing.fence": lambda sources=(): "source",
    }
    with ExitStack() as stack:
        for name, plain in instead.items():
            stack.enter_context(mock.patch(name, plain))
        yield


def ceiling(archive: Archive, item: Item) -> Answer:
    """Ours, if the search had found nothing but the gold evidence."""
    found = archive.search(item["question"])
    given = replace(found, passages=gold_passages(archive, item))
    with mock.patch.object(archive, "search", return_value=given):
        return ours(archive, item)


def gold_passages(archive: Archive, item: Item) -> tuple[Passage, ...]:
    """For each piece of gold evidence the chunk of its source that holds it, at most ten.

    Where a set names no evidence, the chunk that has most of the acceptable answer's words.
    """
    about = content_stems(" ".join([item["question"], *map(str, item["answers"])]))
    found: dict[int, Passage] = {}
    for source in item["sources"]:
        chunks = _chunks(archive, source["id"], source.get("page"))
        for evidence in source.get("evidence") or [""]:
            if chunks:
                best = max(chunks, key=lambda chunk: bearing(chunk.text, evidence, about))
                found.setdefault(best.chunk_id, best)
    return tuple(
        replace(passage, score=1 - place / 100, keyword_rank=place + 1, vector_rank=place + 1)
        for place, passage in enumerate(list(found.values())[:10])
    )


def bearing(text: str, evidence: str, about: set[str]) -> tuple[bool, int]:
    """How well a chunk fits: holds the evidence, then shares words with what is asked.

    Words, so that an evidence of one short word is not found within another.
    """
    wanted, held = folded(evidence), folded(text)
    holds = f" {wanted} " in f" {held} " or (len(wanted) > 20 and overlaps(wanted, held))
    return bool(wanted) and holds, len(about & content_stems(text))


def _chunks(archive: Archive, name: str, page: int | None) -> list[Passage]:
    document = archive.catalog.find_document(name)
    if document is None:
        return []
    rows = archive.catalog.connection.execute(
        "SELECT id FROM chunk WHERE document_id=? ORDER BY id", (document.id,)
    )
    chunks = archive.catalog.passages([row[0] for row in rows]).values()
    return [chunk for chunk in chunks if page in (None, chunk.page)]


def naive(archive: Archive, item: Item) -> Answer:
    """Three chunks by reciprocal rank fusion, one prompt."""
    started = time.perf_counter()
    question = item["question"]
    passages = tuple(leaving_in(archive.retriever, question, "keywords", "vectors"))
    timings = {"evidence": _since(started)}
    model = archive.language_model()
    reading = Reading(log_probabilities=[])
    pieces: list[str] = []
    for count in range(NAIVE_PASSAGES, 0, -1):
        try:
            for piece in model.stream(
                plain_prompt(question, passages[:count]),
                max_tokens=archive.settings.answer.max_tokens,
                reading=reading,
            ):
                timings.setdefault("first_token", _since(started))
                pieces.append(piece)
            break
        except ModelUnusable:  # chunks of figures can be too many tokens for the context
            if count == 1:
                raise
    timings["total"] = _since(started)
    reply = "".join(pieces).strip()
    certain = reading.log_probabilities or [0.0]
    return Answer(
        text=reply,
        declined=does_not_know(reply),
        confidence=Confidence(value=math.exp(sum(certain) / len(certain)), calibrated=False),
        citations=(),
        passages=passages[:NAIVE_PASSAGES],
        model=model.name,
        timings_ms=timings,
    )


def plain_prompt(question: str, passages: tuple[Passage, ...]) -> list[Turn]:
    """Sources and question, one after the other."""
    sources = "\n\n".join(passage.text for passage in passages)
    return [
        Turn(role="system", content=PLAIN_PROMPT),
        Turn(role="user", content=f"Sources:\n{sources}\n\nQuestion: {question}"),
    ]


def does_not_know(reply: str) -> bool:
    """Whether a plain reply declines."""
    said = reply.casefold().replace("’", "'")
    return "don't know" in said or "do not know" in said or denies(reply)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


WAYS: Mapping[str, Way] = {
    "ours": ours,
    "naive": naive,
    "ceiling": ceiling,
    "undefended": undefended,
}
