"""Plain stand-ins for the slow parts: an embedder of word counts, a model that recites."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.llm import Reading, Turn, Weighed
from index.catalog import Catalog
from index.passage import Passage
from index.sync import Progress, Sync, SyncReport

DIMENSIONS = 64


class WordEmbedder:
    """A vector of hashed words: texts that share words are near."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), 64)."""
        self.embedded += texts
        matrix = np.full((len(texts), DIMENSIONS), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                place = int.from_bytes(hashlib.blake2b(word.encode()).digest()[:2], "big")
                matrix[row, place % DIMENSIONS] += 1
        unit: NDArray[np.float32] = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        return unit


class Reciter:
    """A language model that says what it was given to say."""

    name = "reciter"

    def __init__(self, reply: str, probability_log: float = -0.05) -> None:
        self.reply = reply
        self.asked: list[Turn] = []
        self._log = probability_log

    def weigh(
        self, turns: Sequence[Turn], *, begun: str, options: Sequence[str], foreseen: str = ""
    ) -> Weighed:
        """Sure of the source whose number is in the reply, or of the first."""
        named = re.search(r"\[(\d)\]", self.reply)
        number = int(named[1]) if named and int(named[1]) < len(options) else 1
        return Weighed(
            shares=tuple(0.9 if place == number else 0.01 for place in range(len(options)))
        )

    def stream(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        reading: Reading,
        should_stop: Callable[[], bool],
        begun: str = "",
    ) -> Iterator[str]:
        """One word a piece."""
        self.asked = list(turns)
        for word in self.reply.split(" "):
            if should_stop():
                return
            reading.log_probabilities.append(self._log)
            yield word + " "


def passage(text: str, *, number: int = 1, title: str = "Title", start: int = 0) -> Passage:
    """A passage of a mail."""
    return Passage(
        chunk_id=number,
        document_id=number,
        id=f"<{number}@example.org>",
        source="/mail",
        path="/mail/inbox.mbox",
        locator=f"byte {number}",
        kind="mail",
        page=None,
        title=title,
        date=datetime(2004, 3, 5, tzinfo=UTC),
        people=("Anna <anna@example.org>",),
        text=text,
        start=start,
        end=start + len(text),
        score=1.0 / number,
        keyword_rank=number,
        vector_rank=number,
        similarity=0.5,
    )


def sync(
    catalog: Catalog,
    folder: Path,
    embedder: WordEmbedder | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> SyncReport:
    """One sync of everything that was added, stored below `folder`."""
    found = embedder or WordEmbedder()
    return Sync(
        catalog,
        folder / "chroma",
        folder / "lock",
        embedder_name="words",
        embedder=lambda count: found,
        on_progress=on_progress,
        should_stop=should_stop,
    ).run()


def mail(number: int, body: str, *, subject: str = "Hello") -> bytes:
    """One message as it stands in an mbox."""
    return (
        f"From anna@example.org Fri Mar  5 10:00:00 2004\n"
        f"From: Anna <anna@example.org>\nTo: Ben <ben@example.org>\nSubject: {subject}\n"
        f"Message-ID: <{number}@example.org>\nDate: Fri, 5 Mar 2004 10:00:00 +0000\n\n"
        f"{body}\n\n"
    ).encode()
