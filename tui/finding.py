"""The numbered sources beside an answer: evidence first, then what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what answers is imported when the first screen is painted
    from archive.answer import Answer, EvidenceFound
    from archive.cite import Citation
    from index.passage import Passage


class Verdict(Enum):
    """What the answer did with a source: its mark, and the mark in words."""

    FOUND = (" ", "found")
    SUPPORTED = ("✓", "supports the answer")
    UNSUPPORTED = ("?", "cited, but does not bear it out")
    UNUSED = ("·", "not cited")

    @property
    def mark(self) -> str:
        """One character, so that colour is not the only sign."""
        return self.value[0]

    @property
    def words(self) -> str:
        """What the mark says."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One source as the screen shows it."""

    n: int
    passage: Passage
    quote: str
    """Exactly `document.text[start:end]` of the first span."""

    spans: tuple[tuple[int, int], ...]
    """The quotes' offsets in the document's text; at least one."""

    verdict: Verdict = Verdict.FOUND

    flagged: bool = False
    """It holds what looks like instructions to a program; the model was not shown those."""

    @property
    def citation(self) -> Citation:
        """This source as one that bears the answer out, for the owner's test set."""
        from archive.cite import Citation

        start, end = self.spans[0]
        return Citation(
            n=self.n,
            passage=self.passage,
            quote=self.quote,
            start=start,
            end=end,
            supported=True,
        )


def found(evidence: EvidenceFound) -> tuple[Finding, ...]:
    """What was found, before the model has begun."""
    if evidence.evidence:
        return tuple(
            Finding(n=e.n, passage=e.passage, quote=e.text, spans=((e.start, e.end),))
            for e in evidence.evidence
        )
    return _of_passages(evidence.passages)


def judged(findings: tuple[Finding, ...], answer: Answer) -> tuple[Finding, ...]:
    """The same sources with the answer's verdict on each, and any it brought in."""
    return tuple(
        replace(one, flagged=one.n in answer.flagged) for one in _judged(findings, answer)
    )


def first_cited(findings: Sequence[Finding]) -> int | None:
    """The place of the first source that bears the answer out; else of the first of all."""
    for wanted in (Verdict.SUPPORTED, Verdict.UNSUPPORTED):
        for at, finding in enumerate(findings):
            if finding.verdict is wanted:
                return at
    return 0 if findings else None


def _judged(findings: tuple[Finding, ...], answer: Answer) -> tuple[Finding, ...]:
    if answer.declined:
        return findings or _of_passages(answer.passages)
    citations: dict[int, list[Citation]] = {}
    for citation in answer.citations:
        citations.setdefault(citation.n, []).append(citation)
    if not findings and not citations:
        return _of_passages(answer.passages)
    unused = {f.n: replace(f, verdict=Verdict.UNUSED) for f in findings}
    cited = {n: _of_citations(n, group) for n, group in citations.items()}
    return tuple(finding for _, finding in sorted((unused | cited).items()))


def _of_citations(n: int, citations: list[Citation]) -> Finding:
    first = citations[0]
    borne_out = all(citation.supported for citation in citations)
    return Finding(
        n=n,
        passage=first.passage,
        quote=first.quote,
        spans=tuple(dict.fromkeys((c.start, c.end) for c in citations)),
        verdict=Verdict.SUPPORTED if borne_out else Verdict.UNSUPPORTED,
    )


def _of_passages(passages: tuple[Passage, ...]) -> tuple[Finding, ...]:
    return tuple(
        Finding(n=n, passage=p, quote=p.text, spans=((p.start, p.end),))
        for n, p in enumerate(passages, start=1)
    )
