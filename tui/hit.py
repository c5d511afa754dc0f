"""One result of a search as the screen shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.passage import Passage
from index.retrieve import SearchResult
from tui.finding import Finding
from tui.snippet import Marks, Snippet, Sought

_MOST_CHARS = 400


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage, the lines of it to list, and where the words stand in all of it."""

    n: int
    passage: Passage
    snippet: Snippet
    marks: Marks


def hits(found: SearchResult, chars: int) -> tuple[Hit, ...]:
    """Everything found, with snippets of about `chars` characters."""
    sought = Sought(found.query)
    return tuple(
        Hit(n, one, sought.snippet(one, min(chars, _MOST_CHARS)), sought.marks(one.text))
        for n, one in enumerate(found.passages, start=1)
    )


def same(one: Hit, other: Hit) -> bool:
    """Whether both show something of the same stretch: a wider search may cut it otherwise."""
    a, b = one.passage, other.passage
    return (a.id, a.page) == (b.id, b.page) and a.start < b.end and b.start < a.end


def further(listed: Sequence[Hit], found: Sequence[Hit]) -> tuple[Hit, ...]:
    """What a wider search found that is not listed yet, numbered on."""
    known: dict[tuple[str, int | None], list[Hit]] = {}
    for hit in listed:
        known.setdefault((hit.passage.id, hit.passage.page), []).append(hit)
    new = [
        hit
        for hit in found
        if not any(same(hit, one) for one in known.get((hit.passage.id, hit.passage.page), ()))
    ]
    return tuple(replace(hit, n=n) for n, hit in enumerate(new, start=len(listed) + 1))


def finding(hit: Hit) -> Finding:
    """What the reader opens: the document, with what matched marked as the quote."""
    passage = hit.passage
    start, end = passage.hit
    if not passage.start <= start < end <= passage.end:
        start, end = passage.start, passage.end
    quote = passage.text[start - passage.start : end - passage.start]
    return Finding(n=hit.n, passage=passage, quote=quote, spans=((start, end),))
