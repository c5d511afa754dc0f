"""Searching an archive and asking it, and what its owner keeps of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.opened import Opened
from index.passage import Passage
from index.retrieve import SearchResult

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound, Token
    from archive.cite import Citation
    from archive.history import Remembered
    from index.facets import Facets
    from index.query import Query


class Asking(Opened):
    """Passages for a query, an answer to a question, and the owner's verdict on it."""

    def search(
        self,
        query: str | Query,
        *,
        limit: int = 10,
        order: str = "relevance",
        plain: bool = False,
    ) -> SearchResult:
        """Passages that bear on `query`, best first, or the same ones by date.

        `order` is `relevance`, `newest` or `oldest`. With `plain`, words are only words: what
        they say of people, time and kind is not heeded.
        """
        with self.catalog.snapshot():
            if order != "relevance" or plain:
                asked = self.retriever.understand(query) if isinstance(query, str) else query
                query = replace(
                    asked,
                    order=asked.order if order == "relevance" else order,
                    filters=tuple(f for f in asked.filters if f.stated or not plain),
                )
            found = self.retriever.search(query, limit=limit)
        if order == "relevance":
            return found
        return replace(found, passages=tuple(by_date(found.passages, order)))

    def facets(self, found: SearchResult) -> Facets:
        """What a search could be narrowed by."""
        from index.facets import facets

        with self.catalog.snapshot() as connection:
            return facets(connection, found.query, self.people(), found.passages)

    def ask(
        self,
        question: str,
        *,
        earlier: Sequence[Query] = (),
        should_stop: Callable[[], bool] | None = None,
    ) -> Iterator[EvidenceFound | Token | Answer]:
        """Evidence, then pieces of the reply, then the checked answer.

        A question that leans on `earlier` ones, oldest first, is asked with what it takes
        from them.
        """
        from archive import counting
        from archive.answer import Answerer
        from archive.calibration import find
        from index.followup import stand_alone

        answerer = Answerer(
            lambda query, limit: self.search(query, limit=limit),
            self.language_model,
            self.settings.answer,
            lambda model, target: find(
                self.paths, model, self.settings.models.embedder, target=target
            ),
        )
        whole = stand_alone(question, earlier)
        counted = counting.steps(whole.text, self.catalog, self.retriever, added=whole.added)
        if counted is not None:
            return counted
        return answerer.ask(
            whole.text, added=whole.added, should_stop=should_stop or (lambda: False)
        )

    def judge(
        self,
        question: str,
        verdict: str,
        answer: Answer,
        *,
        expected: str | None = None,
        citation: Citation | None = None,
    ) -> Mapping[str, object]:
        """Note in the owner's own test set that an answer is `right` or `wrong`, or a `source`.

        `expected` is what would have been right, in few words; empty if the archive does not
        tell. Returns the line, for `take_back`.
        """
        from archive.testset import add_answer

        return add_answer(
            self.paths.questions,
            question,
            verdict,
            answer,
            embedder=self.settings.models.embedder,
            expected=expected,
            citation=citation,
        )

    def take_back(self, line: Mapping[str, object]) -> None:
        """Take a verdict out of the owner's test set again."""
        from archive.testset import take_back

        take_back(self.paths.questions, line)

    def remember(self, question: str, found: EvidenceFound, answer: Answer) -> None:
        """Keep an answer in the history, unless the settings say to keep none."""
        from archive.history import remember

        if self.settings.app.keep_history:
            remember(self.paths.history, question, found, answer)

    def remembered(self) -> list[Remembered]:
        """The history, the newest first."""
        from archive.history import remembered

        return remembered(self.paths.history)

    def drop_remembered(self, identity: str) -> None:
        """Take one answer out of the history."""
        from archive.history import drop

        drop(self.paths.history, identity)


def by_date(passages: Sequence[Passage], order: str) -> list[Passage]:
    """The passages with the `newest` or the `oldest` first; those without a date come last."""
    dated = [(passage.date, passage) for passage in passages if passage.date is not None]
    dated.sort(key=lambda pair: pair[0], reverse=order == "newest")
    return [passage for _, passage in dated] + [p for p in passages if p.date is None]
