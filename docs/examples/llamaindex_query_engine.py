"""One of LlamaIndex's own query engines on your archive, all of it on this machine.

    ARCHIVE_HOME=~/archive python docs/examples/llamaindex_query_engine.py "Who built the boat?"

The archive finds the passages, LlamaIndex packs them into its prompts, and the language model
of your settings words the reply. Nothing is fetched: `Settings` is given everything for which
LlamaIndex would otherwise ask OpenAI. `archive ask` is faster and checks what it cites; this is
for what LlamaIndex has and the archive has not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core import Settings
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.llms import (
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.query_engine import RetrieverQueryEngine
from pydantic import PrivateAttr

from archive.answer import Wording
from archive.llm import LanguageModel, Reading, Turn
from archive.service import Archive
from index.llamaindex import ArchiveRetriever

MAX_TOKENS = 160


class LocalLLM(CustomLLM):  # type: ignore[misc]
    """The archive's language model as LlamaIndex wants one."""

    context_tokens: int
    _model: Wording = PrivateAttr()

    def __init__(self, model: Wording, context_tokens: int) -> None:
        super().__init__(context_tokens=context_tokens)
        self._model = model

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex cuts its prompts by."""
        return LLMMetadata(
            model_name=self._model.name,
            context_window=self.context_tokens,
            num_output=MAX_TOKENS,
        )

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        """The whole reply."""
        return CompletionResponse(text="".join(self._pieces(prompt)).strip())

    def stream_complete(
        self, prompt: str, formatted: bool = False, **_: Any
    ) -> CompletionResponseGen:
        """The reply so far, and what is new of it."""
        said = ""
        for piece in self._pieces(prompt):
            said += piece
            yield CompletionResponse(text=said, delta=piece)

    def _pieces(self, prompt: str) -> Any:
        return self._model.stream(
            [Turn(role="user", content=prompt)],
            max_tokens=MAX_TOKENS,
            reading=Reading(log_probabilities=[]),
            should_stop=lambda: False,
        )


def query_engine(
    archive: Archive,
    model: Wording,
    *,
    context_tokens: int,
    tokens: Callable[[str], Sequence[int]],
    limit: int = 5,
) -> BaseQueryEngine:
    """A query engine on `archive`; `tokens` cuts a text as the model does."""
    Settings.tokenizer = tokens
    Settings.embed_model = MockEmbedding(embed_dim=1)  # the archive embeds, LlamaIndex need not
    Settings.llm = LocalLLM(model, context_tokens)
    return RetrieverQueryEngine.from_args(
        ArchiveRetriever(archive.retriever, limit=limit),
        llm=Settings.llm,
        response_mode="compact",
    )


def main() -> None:
    """Ask what stands on the command line."""
    archive = Archive.open()
    chosen = archive.settings.models
    model = LanguageModel(
        archive.models.get(chosen.answer).path,
        name=chosen.answer,
        context_tokens=chosen.context_tokens,
        threads=archive.settings.threads,
    )
    engine = query_engine(
        archive,
        model,
        context_tokens=chosen.context_tokens,
        tokens=lambda text: range(model.count(text)),
    )
    response = engine.query(" ".join(sys.argv[1:]))
    sys.stdout.write(f"{response}\n\n")
    for found in response.source_nodes:
        about = found.node.metadata
        sys.stdout.write(f"{found.score:6.2f}  {about['id']}  {about['title']}\n")
    model.close()
    archive.close()


if __name__ == "__main__":
    main()
