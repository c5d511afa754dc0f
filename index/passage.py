"""What retrieval hands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.document import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of a document that may bear on a question."""

    chunk_id: int
    document_id: int

    id: str
    """The Message-ID for mail, the path below the added source for the rest."""

    source: str
    """The added path it belongs to."""

    path: str
    """The file it came from, absolute."""

    locator: str
    """Where in that file, e.g. `byte 1234`. Empty for the whole file."""

    kind: str
    """`mail`, `note`, `chat` or `file`."""

    page: int | None
    """Counts from 1. None if the document has no pages."""

    title: str
    date: datetime | None
    people: tuple[str, ...]
    """`Name <address>` of the sender first, then recipients."""

    text: str
    """Exactly `document.text[start:end]`."""

    start: int
    end: int

    score: float
    """The ranker's, see `index/rank.py`; larger is better, comparable within one query."""

    hit: tuple[int, int] = (0, 0)
    """Offsets of what matched; the passage is that and what stands around it."""

    also: tuple[str, ...] = ()
    """Ids of other documents that say the same."""

    keyword_rank: int | None = None
    """Place among the keyword hits, from 1. None if not among them."""

    vector_rank: int | None = None
    """Place among the vector hits, from 1. None if not among them."""

    similarity: float | None = None
    """Cosine of question and passage, where it was computed."""

    section: str = ""
    """What names the stretch it begins in: a heading, or a sheet and its rows."""

    turns: tuple[Turn, ...] = ()
    """What is said in it, if it is of a chat; offsets are those of the document."""
