"""Looking through an archive without asking it: days, documents, threads, what is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from archive.opened import NotThere, Opened
from index.passage import Passage
from index.stored import StoredDocument

if TYPE_CHECKING:
    from index.threadview import ThreadMessage
    from index.timeline import Timeline
    from index.vocabulary import Vocabulary


class Browsing(Opened):
    """The timeline, a document in full, and what surrounds it."""

    def timeline(self, query: str = "") -> Timeline:
        """How many documents satisfy all of `query`, by day."""
        from index.timeline import timeline

        with self.catalog.snapshot() as connection:
            return timeline(connection, self.retriever.understand(query))

    def on_this_day(self, day: date, query: str = "", *, each: int = 5) -> list[Passage]:
        """What is of this day of any year, the latest year first, at most `each` a year."""
        from index.beginnings import beginnings
        from index.timeline import on_this_day

        with self.catalog.snapshot() as connection:
            asked = self.retriever.understand(query)
            return beginnings(connection, on_this_day(connection, asked, day, each=each))

    def beginnings(self, documents: Sequence[int]) -> list[Passage]:
        """How these documents begin, for a list of them and for the reader."""
        from index.beginnings import beginnings

        return beginnings(self.catalog.connection, documents)

    def document(self, passage: Passage) -> StoredDocument:
        """The whole document that a passage is part of. Raises NotThere."""
        found = self.catalog.document(passage.document_id)
        if found is None or found.passage_id != passage.id:  # a restored catalog counts anew
            found = self.catalog.find_document(passage.id)
        if found is None:
            raise NotThere(
                f"{passage.id} is no longer in the archive.", remedy="Search for it again."
            )
        return found

    def thread(self, passage: Passage) -> tuple[ThreadMessage, ...]:
        """The conversation that a passage is from, oldest first; empty if it is from none."""
        from index.threadview import thread

        return thread(self.catalog, passage.document_id)

    def attached(self, document: StoredDocument) -> tuple[StoredDocument, ...]:
        """The attachments of a mail that were read."""
        from index.threadview import attached

        return attached(self.catalog, document.id)

    def vocabulary(self) -> Vocabulary:
        """What the operators of a search can be completed to."""
        from index.vocabulary import vocabulary

        return vocabulary(self.catalog, self.people())

    def find_document(self, passage_id: str) -> StoredDocument:
        """The document with this Message-ID or path. Raises NotThere."""
        found = self.catalog.find_document(passage_id)
        if found is None:
            raise NotThere(
                f"There is no document {passage_id}.",
                remedy="Take the id from `archive search` or from a citation.",
            )
        return found
