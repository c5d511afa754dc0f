"""What an archive reads: its sources, and bringing the index up to date with them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive.forgetting import forget_answers, forget_notes, forget_quotes
from archive.log import start_logging, sync_line, trouble_line
from archive.models import ModelMissing
from archive.opened import NotThere, Opened
from index.report import SourceReport
from index.stored import FailureRow, Source
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from index.embed import Embedder
    from index.plan import SyncPlan
    from index.sync import Progress, SyncReport
    from ingest.ignore import Rules

log = logging.getLogger("archive")


class Syncing(Opened):
    """Adding and taking away sources, syncing them, and what became of each."""

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
        forget_answers(self.paths, self.catalog)
        forget_notes(self.paths, self.catalog)
        return gone

    def forget(self, message_ids: Sequence[str], senders: Sequence[str]) -> int:
        """Delete mail from the archive and never read it again; how many documents went."""
        from index.forget import forget
        from index.lock import writer_lock

        with writer_lock(self.paths.lock):
            gone = forget(self.catalog, message_ids, senders)
        forget_quotes(self.paths, self.catalog)
        return gone

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
            forget_answers(self.paths, self.catalog)
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
