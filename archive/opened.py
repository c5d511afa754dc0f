"""An archive that is open: its catalog, its search and the models it has loaded.

Opening it is cheap; a heavy library is loaded when first needed. What can be done
with it is in the classes that build on `Opened`.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.models import ModelMissing, Models
from archive.paths import Paths, private_directory
from archive.settings import Settings, SettingsWrong
from index.catalog import Catalog
from index.retrieve import Retriever
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.llm import LanguageModel
    from index.embed import Embedder
    from index.people import CatalogPeople
    from index.server import ChromaServer


class NotThere(LifeArchiveError):
    """A path or a document that was named does not exist."""

    exit_code = 2


class Opened:
    """What every part of an archive needs. Methods may be called from any thread."""

    def __init__(self, paths: Paths, settings: Settings) -> None:
        self.paths = paths
        self.settings = settings
        directory = settings.models.directory
        self.models = Models(Path(directory).expanduser() if directory else paths.models)
        private_directory(paths.data)
        private_directory(paths.state)
        self.catalog = Catalog(paths.catalog)
        self._server = self._chroma_server()
        self.retriever = self._new_retriever()
        self._model: LanguageModel | None = None
        self._model_guard = threading.Lock()

    def _new_retriever(self) -> Retriever:
        return Retriever(
            self.catalog,
            self.paths.vectors,
            embedder_name=self.settings.models.embedder,
            embedder=self._question_embedder,
            server=self._server,
        )

    def _chroma_server(self) -> ChromaServer | None:
        chosen = self.settings.vector_store
        if not chosen.url:
            return None
        from index.server import ChromaServer

        try:
            return ChromaServer(chosen.url, name=self.catalog.identity, token=chosen.token)
        except ValueError as error:
            raise SettingsWrong(
                f"{self.paths.config_file}: vector_store.url: {error}.",
                remedy='Write it like url = "http://localhost:8000".',
            ) from error

    def close(self) -> None:
        """Close the catalog, let go of the vectors and free the model."""
        self.retriever.close()
        self.catalog.close()
        if self._model is not None:
            self._model.close()
            self._model = None

    def people(self) -> CatalogPeople:
        """Who is in the archive, for the calling thread; loaded once for all threads."""
        return self.retriever.people()

    # --- models -------------------------------------------------------------------------

    def take_model(self, key: str, name: str) -> None:
        """Go on with another model, `key` being `answer` or `embedder`; it is loaded late.

        The one before is freed when the last who uses it is done.
        """
        chosen: dict[str, Any] = {key: name}
        models = replace(self.settings.models, **chosen)
        with self._model_guard:
            self.settings = replace(self.settings, models=models)
            if key == "answer":
                self._model = None
            else:
                self.retriever = self._new_retriever()

    def lend_model(self, model: LanguageModel | None) -> None:
        """Answer with a model that another archive has loaded; None gives it back."""
        self._model = model

    def language_model(self) -> LanguageModel:
        """The language model, loaded by the first who asks. Raises ModelMissing."""
        with self._model_guard:
            if self._model is None:
                from archive.llm import LanguageModel
                from archive.prompts import load

                name = self.settings.models.answer
                context = self.settings.models.context_tokens
                path = self.models.get(name).path
                self.models.check_memory(name, context)
                model = LanguageModel(
                    path, name=name, context_tokens=context, threads=self.settings.threads
                )
                model.warm(load("answer"))
                self._model = model
            return self._model

    def warm(self) -> None:
        """Load the embedder, the vectors and the language model, and read the fixed prompt."""
        if self.catalog.generation:
            self.retriever.warm()
        # Search works without a model, and asking says what to do.
        with suppress(ModelMissing):
            self.language_model()

    def begin_loading_model(self) -> threading.Thread:
        """Load the language model beside what comes next; trouble shows when it is asked."""

        def load() -> None:
            # Raised again, with somebody to hear it, by the call that needs the model.
            with suppress(LifeArchiveError):
                self.language_model()

        thread = threading.Thread(target=load, name="model", daemon=True)
        thread.start()
        return thread

    def model_name(self) -> str:
        """The language model that answers. Empty if it is not here."""
        return self.installed(self.settings.models.answer)

    def installed(self, name: str) -> str:
        """The name of a model if it is here, else empty."""
        try:
            self.models.get(name)
        except LifeArchiveError:
            return ""
        return name

    def _question_embedder(self) -> Embedder:
        from index.embed import question_embedder

        directory = self.models.get(self.settings.models.embedder).path
        return question_embedder(directory, threads=1)
