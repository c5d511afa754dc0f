"""The archive as a LlamaIndex retriever, for its query engines and evaluators.

Importing llama_index takes 1.3 to 2.6 s, so nothing on the question path does.
"""

from __future__ import annotations

from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.passage import Passage
from index.retrieve import Retriever

_NOT_SAID = ["id", "path", "locator", "hit", "also"]


class ArchiveRetriever(BaseRetriever):  # type: ignore[misc]
    """Passages as nodes: id, text, score, and where they are from as metadata.

    `hit` are the offsets of what matched, `also` the ids of documents that say the same.
    """

    def __init__(self, retriever: Retriever, *, limit: int = 10, **more: Any) -> None:
        self._retriever = retriever
        self._limit = limit
        super().__init__(**more)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._retriever.search(query_bundle.query_str, limit=self._limit)
        return [_node(passage) for passage in found.passages]


def _node(passage: Passage) -> NodeWithScore:
    node = TextNode(
        id_=f"{passage.id}#{passage.locator}#{passage.start}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={
            "id": passage.id,
            "path": passage.path,
            "locator": passage.locator,
            "page": passage.page,
            "title": passage.title,
            "date": passage.date and passage.date.isoformat(),
            "people": list(passage.people),
            "hit": list(passage.hit),
            "also": list(passage.also),
        },
        # A language model is shown who, when and where; the rest is for the program.
        excluded_llm_metadata_keys=_NOT_SAID,
        excluded_embed_metadata_keys=_NOT_SAID,
    )
    return NodeWithScore(node=node, score=passage.score)
