"""Questions that count or list are answered by SQL, and say what they counted.

The number is exact; whether the question was understood may be wrong, so the reply repeats in
words and in operators what was counted, and there is no probability. No model is asked.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.countwords import reasons, reply
from index.countable import Form, Wanted, What, listing, wanted
from index.query import PEOPLE, Field
from index.tally.count import has_any, tally
from index.tally.rows import Row, Tally, narrowed
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound
    from archive.cite import Citation
    from index.catalog import Catalog
    from index.query import People, Query
    from index.retrieve import Retriever

SHOWN = 9
"""How many of what was counted a reply lists and cites."""

_QUOTE_CHARS = 160
_OPERATOR = re.compile("|".join(f"{field.value}:" for field in Field) + "|after:|before:|on:")


class NotUnderstood(LifeArchiveError):
    """An operator of a list names nobody, no date or no kind."""

    exit_code = 2

    def __init__(self, remark: str) -> None:
        who = remark.startswith(("from:", "to:", "with:", "cc:"))
        super().__init__(
            f"{remark}.", remedy="See: archive people" if who else "See: archive list --help"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A question that was answered by counting."""

    text: str
    """The reply; its `[n]` are the citations' numbers."""

    tally: Tally
    """What was counted: everything, or the first, last or longest that was asked for."""

    citations: tuple[Citation, ...]
    reasons: tuple[str, ...]
    """What was counted and what was not, one sentence each."""

    query: Query


def counted(question: str, catalog: Catalog, retriever: Retriever) -> Counted | None:
    """The answer to a question that counts or lists. None if it is none of these."""
    query = retriever.understand(question)
    with catalog.snapshot() as connection:
        wish = wanted(query, retriever.people().owner)
        if wish is None or not has_any(connection, wish):
            return None
        found = narrowed(tally(connection, _naming(wish, retriever.people())))
        if not found.rows and (found.undated or (wish.words and wish.form is not Form.COUNT)):
            return None  # other words may say it, or a date in the text, which a search finds
        shown = _shown(found)
        citations = _citations(catalog, shown)
    numbers = {one.passage.document_id: one.n for one in citations}
    return Counted(
        text=reply(found, shown, numbers, question),
        tally=found,
        citations=citations,
        reasons=reasons(found),
        query=query,
    )


def listed(text: str, what: str, catalog: Catalog, retriever: Retriever) -> Tally:
    """What a question or operators list, `what` of it if that is said, else messages.

    What is not understood as a filter is demanded as words. Raises NotUnderstood if an
    operator is of no use: without it other things would be counted.
    """
    query = retriever.understand(text)
    for remark in query.remarks:
        if _OPERATOR.match(remark):
            raise NotUnderstood(remark)
    with catalog.snapshot() as connection:
        wish = wanted(query, retriever.people().owner)
        if wish is None or (what and wish.what is not What(what)):
            wish = listing(query, What(what or "messages"))
        return narrowed(tally(connection, _naming(wish, retriever.people())))


def _naming(wish: Wanted, people: People) -> Wanted:
    """With a remark on each name that several people have, since all of them are counted."""
    remarks: list[str] = []
    for one in wish.filters:
        if one.field not in PEOPLE or one.value == "me" or "@" in one.value:
            continue
        meant = [
            match.label
            for match in people.named(one.value)
            if set(match.identities) <= set(one.identities)
        ]
        if len(meant) > 1:
            remarks.append(f"“{one.value}” may be {', '.join(meant)}; all of them count")
    return replace(wish, remarks=(*wish.remarks, *dict.fromkeys(remarks)))


def steps(
    question: str, catalog: Catalog, retriever: Retriever, *, added: str = ""
) -> Iterator[EvidenceFound | Answer] | None:
    """What `Archive.ask` yields for such a question. None: ask the model."""
    started = time.perf_counter()
    found = counted(question, catalog, retriever)
    return None if found is None else _steps(found, started, added)


def _steps(found: Counted, started: float, added: str) -> Iterator[EvidenceFound | Answer]:
    from archive.answer import Answer, EvidenceFound
    from archive.confidence import Confidence
    from archive.evidence import Evidence

    taken = (time.perf_counter() - started) * 1000
    passages = tuple(one.passage for one in found.citations)
    yield EvidenceFound(
        passages=passages,
        evidence=tuple(
            Evidence(
                n=one.n,
                passage=one.passage,
                text=one.quote,
                start=one.start,
                end=one.end,
                score=1.0,
            )
            for one in found.citations
        ),
        elapsed_ms=taken,
        query=found.query,
        added=added,
    )
    yield Answer(
        text=found.text,
        declined=False,
        confidence=Confidence(value=None, calibrated=False, reasons=found.reasons),
        citations=found.citations,
        passages=passages,
        model="",
        timings_ms={"evidence": taken, "total": (time.perf_counter() - started) * 1000},
    )


def _shown(found: Tally) -> tuple[Row, ...]:
    """What a reply lists and cites: as many as there is room for; none beside periods."""
    return () if found.periods else found.rows[:SHOWN]


def _citations(catalog: Catalog, rows: Sequence[Row]) -> tuple[Citation, ...]:
    """The first words of each document that is listed."""
    from archive.cite import Citation

    ids = list(dict.fromkeys(row.document_id for row in rows if row.document_id))
    chunks = {
        row[0]: row[1]
        for row in catalog.connection.execute(
            "SELECT c.document_id, c.id FROM json_each(?) j JOIN chunk c"
            " ON c.document_id=j.value ORDER BY c.position DESC",
            (json.dumps(ids),),
        )
    }
    known = catalog.passages(list(chunks.values()))
    found: list[Citation] = []
    for document in ids:
        passage = known.get(chunks.get(document, -1))
        if passage is None:
            continue
        quote = _quote(passage.text)
        found.append(
            Citation(
                n=len(found) + 1,
                passage=passage,
                quote=quote,
                start=passage.start,
                end=passage.start + len(quote),
                supported=True,
            )
        )
    return tuple(found)


def _quote(text: str) -> str:
    """How a passage begins, cut between words."""
    if len(text) <= _QUOTE_CHARS:
        return text
    return text[:_QUOTE_CHARS].rsplit(None, 1)[0]
