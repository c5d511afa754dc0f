"""Everything one archive can do: what the command line and the app call.

Opening it is cheap; a heavy library is loaded when first needed. Methods may
be called from any thread.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import __version__
from archive import settings as settings_module
from archive.log import start_logging, sync_line, trouble_line
from archive.models import ModelMissing, Models
from archive.paths import Paths, private_directory
from archive.settings import Settings, SettingsWrong
from index.catalog import Catalog, FailureRow, Source, StoredDocument
from index.passage import Passage
from index.report import SourceReport
from index.retrieve import Retriever, SearchResult
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound, Token
    from archive.choosing import ModelChoice
    from archive.cite import Citation
    from archive.history import Remembered
    from archive.llm import LanguageModel
    from archive.own_tests import OwnTests
    from archive.summary.made import Summary
    from archive.summary.run import Progress as SummaryProgress
    from archive.summary.run import Survey, Wanted
    from index.acquaintance import Acquaintance, LostTouch
    from index.backup import Backup, Restored
    from index.compact import Compacted
    from index.embed import Embedder
    from index.facets import Facets
    from index.people import CatalogPeople, Correspondent, OwnerGuess
    from index.plan import SyncPlan
    from index.query import Query
    from index.server import ChromaServer
    from index.sync import Progress, SyncReport
    from index.threadview import ThreadMessage
    from index.timeline import Timeline
    from index.verify import Report
    from index.vocabulary import Vocabulary
    from ingest.ignore import Rules


log = logging.getLogger("archive")


class NotThere(LifeArchiveError):
    """A path or a document that was named does not exist."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an archive stands."""

    sources: int
    documents: int
    chunks: int
    embedded: int
    """Chunks that the present embedder has embedded."""

    failures: tuple[FailureRow, ...]
    last_sync: datetime | None
    """When the last sync that finished did. None if there was none."""

    model: str
    """Empty if the language model is not here."""

    embedder: str
    """Empty if the embedder is not here."""

    size_bytes: int
    """Of everything below the data directory."""


class Archive:
    """One person's archive."""

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

    @classmethod
    def open(cls, environ: Mapping[str, str] = os.environ) -> Archive:
        """The archive of this environment. Raises SettingsWrong."""
        paths = Paths.find(environ)
        return cls(paths, settings_module.load(paths.config_file))

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

    # --- sources and sync ---------------------------------------------------------------

    def add(self, paths: Sequence[Path]) -> list[Source]:
        """Remember files or folders; a sync reads them. Raises NotThere and adds none."""
        absolute = [path.expanduser().absolute() for path in paths]
        for path in absolute:
            if not path.exists():
                raise NotThere(f"There is no {path}.", remedy="Check the spelling.")
        for path in absolute:
            self.catalog.add_source(path)
        wanted = {str(path) for path in absolute}
        return [source for source in self.catalog.sources() if source.path in wanted]

    def remove(self, path: Path) -> int:
        """Forget a source and all that was read from it. Returns how many documents went."""
        from index.lock import writer_lock
        from index.store import remove_source

        known = [source.path for source in self.catalog.sources()]
        asked = str(path.expanduser().absolute())
        if asked not in known:
            raise NotThere(
                f"{asked} is not one of your sources.",
                remedy="They are: " + ", ".join(known) if known else "There are none yet.",
            )
        with writer_lock(self.paths.lock):
            gone = remove_source(self.catalog, asked)
        self._forget_answers()
        self._forget_notes()
        return gone

    def forget(self, message_ids: Sequence[str], senders: Sequence[str]) -> int:
        """Delete mail from the archive and never read it again; how many documents went."""
        from index.forget import forget
        from index.lock import writer_lock

        with writer_lock(self.paths.lock):
            gone = forget(self.catalog, message_ids, senders)
        self._forget_quotes()
        return gone

    def _forget_quotes(self) -> None:
        """Take what is no longer in the archive out of the owner's questions and records."""
        from archive.testset import forget_gone

        for path in (self.paths.questions, self.paths.question_drafts):
            forget_gone(path, self._is_there)
        self._forget_answers()
        # Records hold whole passages, and are made again by the next `archive eval`.
        for records in self.paths.evaluations.glob("*.jsonl"):
            records.unlink(missing_ok=True)
        self._forget_notes()

    def _is_there(self, name: str) -> bool:
        return self.catalog.find_document(name) is not None

    def _forget_answers(self) -> None:
        """Take answers out of the history that quote what is no longer in the archive."""
        from archive import history

        history.forget_gone(self.paths.history, self._is_there)

    def _forget_notes(self) -> None:
        """Take what is no longer in the archive out of what was noted for summaries."""
        from archive.summary.cache import forget_gone

        forget_gone(self.paths.summaries, self.catalog.connection)

    def sources(self) -> list[Source]:
        """Every added path."""
        return self.catalog.sources()

    def sync(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        *,
        embed: bool = True,
        threads: int = 0,
    ) -> SyncReport:
        """Bring the index up to date with the files on disk, and note it in the log.

        Without `embed` what is new can be found by its words only, until the next sync.
        `threads` are the embedder's; 0 for as many as the settings say.
        """
        from archive import digest
        from index.embed import chunk_embedder
        from index.sync import Sync
        from ingest.office import use_spacy_model

        name = self.settings.models.embedder

        def embedder(count: int) -> Embedder:
            # Asked for when the text is in: without an embedder it can be searched by keyword.
            directory = self.models.get(name).path
            return chunk_embedder(directory, count, threads=threads or self.settings.threads)

        # Without it office documents are split by a plain rule.
        with suppress(ModelMissing):
            use_spacy_model(self.models.path("en-core-web-sm"))
        start_logging(self.paths.log)
        digest.sync_begins(self.paths.state, self.catalog.connection)
        try:
            report = Sync(
                self.catalog,
                self.paths.vectors,
                self.paths.lock,
                embedder_name=name,
                embedder=embedder if embed else None,
                rules=self._rules,
                server=self._server,
                on_progress=on_progress,
                should_stop=should_stop,
            ).run()
        except LifeArchiveError as error:
            log.error(trouble_line(error))
            raise
        log.info(sync_line(report, report.exit_code))
        if report.removed:
            self._forget_answers()
        return report

    def sync_aside(
        self,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        *,
        embed: bool = True,
    ) -> SyncReport:
        """The same in a process of its own, so that this one goes on without a stutter."""
        from archive.aside import sync_aside

        return sync_aside(self.paths, on_progress, should_stop, embed=embed)

    def plan(self) -> SyncPlan:
        """What a sync would do."""
        from index.plan import plan

        return plan(self.catalog, self._rules, self.settings.models.embedder)

    @property
    def _rules(self) -> Rules:
        from ingest.ignore import Rules

        chosen = self.settings.sources
        return Rules(globs=chosen.ignore, spam_and_bin=chosen.spam_and_bin)

    def failures(self) -> list[FailureRow]:
        """Everything that could not be read."""
        return self.catalog.failures()

    def skipped(self) -> list[FailureRow]:
        """Everything that was left alone on purpose."""
        return self.catalog.skipped()

    def retry_failures(self) -> int:
        """Have the next sync read what failed once more; how many files that are."""
        from index.lock import writer_lock

        with writer_lock(self.paths.lock):
            return self.catalog.retry_failures()

    def reports(self) -> list[SourceReport]:
        """What became of each source."""
        from index.report import reports

        return reports(self.catalog)

    # --- people -------------------------------------------------------------------------

    def people(self) -> CatalogPeople:
        """Who is in the archive, for the calling thread; loaded once for all threads."""
        return self.retriever.people()

    def correspondents(self, name: str = "", *, limit: int = 20) -> list[Correspondent]:
        """Who `name` may mean, likeliest first; without it, who takes part most.

        Raises PersonUnclear.
        """
        from index.person_rules import nobody

        people = self.people()
        with self.catalog.snapshot():
            found = people.named(name) if name else people.likeliest(limit)
            if name and not found:
                raise nobody(name)
            return [people.correspondent(match) for match in found[:limit]]

    def owner(self) -> OwnerGuess | None:
        """Whose archive it is, or seems to be. None if nobody is clearly ahead."""
        return self.people().owner_guess

    def confirm_owner(self, name: str) -> str:
        """This is whose archive it is; the label. Raises PersonUnclear."""
        from index.person_rules import set_owner

        with self.catalog.transaction() as connection:
            return set_owner(connection, name)

    def merge_people(self, one: str, other: str) -> str:
        """Two names or addresses are one person; the label. Raises PersonUnclear."""
        from index.person_rules import merge

        with self.catalog.transaction() as connection:
            return merge(connection, one, other)

    def split_people(self, key: str) -> str:
        """An address or a name is a person of its own; of whom it was. Raises PersonUnclear."""
        from index.person_rules import split

        with self.catalog.transaction() as connection:
            return split(connection, key)

    def acquaintance(self, who: str | Correspondent) -> Acquaintance:
        """Everything about the one person a name or an address means. Raises PersonUnclear."""
        from index.acquaintance import acquaintance
        from index.person_rules import resolve
        from index.query import Match

        people = self.people()
        with self.catalog.snapshot() as connection:
            if isinstance(who, str):
                match = resolve(people, who)
            else:
                match = Match(label=who.label, identities=who.identities, sure=True)
            return acquaintance(connection, people, match)

    def lost_touch(self) -> list[LostTouch]:
        """With whom regular contact broke off, the longest silence first."""
        from index.acquaintance import lost_touch

        with self.catalog.snapshot() as connection:
            return lost_touch(connection, self.people())

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

    # --- keeping ------------------------------------------------------------------------

    def verify(self, on_progress: Callable[[str, int, int], None] | None = None) -> Report:
        """Check the catalog, the keyword index, the vectors and Chroma against each other."""
        from index.verify import verify

        return verify(
            self.catalog,
            self.paths.vectors,
            self.paths.lock,
            embedder_name=self.settings.models.embedder,
            on_progress=on_progress,
        )

    def backup(
        self, path: Path, on_progress: Callable[[int, int], None] | None = None
    ) -> Backup:
        """Copy the catalog and the settings below `path`, also while a sync runs."""
        from index.backup import backup

        return backup(
            self.paths.catalog,
            self.paths.config_file,
            path.expanduser(),
            version=__version__,
            on_progress=on_progress,
        )

    def restore(self, path: Path) -> Restored:
        """Put a backup in the catalog's place.

        What was forgotten since stays forgotten, and what was said of people stays said.
        """
        from index.backup import restore
        from index.forget import forget_again, memory
        from index.person_rules import add_rules, rules

        known = memory(self.catalog)
        said = rules(self.catalog.connection)
        self.catalog.close()
        restored = restore(
            path.expanduser(),
            self.paths.catalog,
            self.paths.vectors,
            self.paths.lock,
            config=self.paths.config_file,
        )
        if known is not None:
            forget_again(self.catalog, known)
        if said:
            with self.catalog.transaction() as connection:
                add_rules(connection, said)
        return restored

    def compact(
        self,
        *,
        replaced: bool = False,
        on_progress: Callable[[str, int, int], None] | None = None,
    ) -> Compacted:
        """Take what was deleted out of every file on disk."""
        from index.compact import compact

        self._forget_notes()
        return compact(
            self.catalog,
            self.paths.vectors,
            self.paths.lock,
            replaced=replaced,
            on_progress=on_progress,
        )

    # --- asking -------------------------------------------------------------------------

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
            self._language_model,
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

    # --- summaries ----------------------------------------------------------------------

    def survey(self, wanted: Wanted) -> Survey:
        """What a summary would read, and what that touches. Raises NothingMatches."""
        from archive.summary.run import survey

        return survey(self, wanted)

    def summarise(
        self,
        found: Survey,
        *,
        leave_out: frozenset[int] = frozenset(),
        on_progress: Callable[[SummaryProgress], None] = lambda progress: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Summary:
        """The summary; if it is stopped, one of what was read until then."""
        from archive.summary.run import make

        return make(
            self, found, leave_out=leave_out, on_progress=on_progress, should_stop=should_stop
        )

    def with_model(self, name: str, *, never_decline: bool = False) -> Archive:
        """The same archive, opened once more with another language model.

        `never_decline`: it answers however unsure it is, unless the model itself declines.
        """
        models = replace(self.settings.models, answer=name)
        answer = self.settings.answer
        if never_decline:
            answer = replace(answer, decline_below=0.0)
        return Archive(self.paths, replace(self.settings, models=models, answer=answer))

    def model_choice(self) -> ModelChoice:
        """Which models there are, and taking another."""
        from archive.choosing import ModelChoice

        return ModelChoice(self)

    def own_tests(self) -> OwnTests:
        """The owner's test set."""
        from archive.own_tests import OwnTests

        return OwnTests(self)

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
        return self._language_model()

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

    def warm(self) -> None:
        """Load the embedder, the vectors and the language model, and read the fixed prompt."""
        if self.catalog.generation:
            self.retriever.warm()
        # Search works without a model, and asking says what to do.
        with suppress(ModelMissing):
            self._language_model()

    def begin_loading_model(self) -> threading.Thread:
        """Load the language model beside what comes next; trouble shows when it is asked."""

        def load() -> None:
            # Raised again, with somebody to hear it, by the call that needs the model.
            with suppress(LifeArchiveError):
                self._language_model()

        thread = threading.Thread(target=load, name="model", daemon=True)
        thread.start()
        return thread

    def model_name(self) -> str:
        """The language model that answers. Empty if it is not here."""
        return self._installed(self.settings.models.answer)

    def status(self) -> Status:
        """How the archive stands."""
        counts = self.catalog.counts(self.settings.models.embedder)
        synced = [source.synced_at for source in self.sources() if source.synced_at is not None]
        return Status(
            sources=counts.sources,
            documents=counts.documents,
            chunks=counts.chunks,
            embedded=counts.embedded,
            failures=tuple(self.catalog.failures()),
            last_sync=max(synced, default=None),
            model=self.model_name(),
            embedder=self._installed(self.settings.models.embedder),
            size_bytes=size_bytes(self.paths.data) - self._models_bytes(),
        )

    def _models_bytes(self) -> int:
        """What models take below the data folder: archives share them, they are not counted."""
        models = self.paths.models
        return size_bytes(models) if models.is_relative_to(self.paths.data) else 0

    def _installed(self, name: str) -> str:
        try:
            self.models.get(name)
        except LifeArchiveError:
            return ""
        return name

    def _question_embedder(self) -> Embedder:
        from index.embed import question_embedder

        directory = self.models.get(self.settings.models.embedder).path
        return question_embedder(directory, threads=1)

    def _language_model(self) -> LanguageModel:
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


def by_date(passages: Sequence[Passage], order: str) -> list[Passage]:
    """The passages with the `newest` or the `oldest` first; those without a date come last."""
    dated = [(passage.date, passage) for passage in passages if passage.date is not None]
    dated.sort(key=lambda pair: pair[0], reverse=order == "newest")
    return [passage for _, passage in dated] + [p for p in passages if p.date is None]


def size_bytes(directory: Path) -> int:
    """What a directory takes, as the lengths of its files."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(folder) / name).stat().st_size
            except OSError:
                continue  # Chroma's files come and go while a sync runs
    return total
