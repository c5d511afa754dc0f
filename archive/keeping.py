"""Keeping an archive sound: checking it, copying it away and back, clearing it out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from archive import __version__
from archive.forgetting import forget_notes
from archive.opened import Opened

if TYPE_CHECKING:
    from index.backup import Backup
    from index.compact import Compacted
    from index.restore import Restored
    from index.verify.report import Report


class Keeping(Opened):
    """Verify, back up, restore and compact."""

    def verify(self, on_progress: Callable[[str, int, int], None] | None = None) -> Report:
        """Check the catalog, the keyword index, the vectors and Chroma against each other."""
        from index.verify.run import verify

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
        from index.forget import forget_again, memory
        from index.person_rules import add_rules, rules
        from index.restore import restore

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

        forget_notes(self.paths, self.catalog)
        return compact(
            self.catalog,
            self.paths.vectors,
            self.paths.lock,
            replaced=replaced,
            on_progress=on_progress,
        )
