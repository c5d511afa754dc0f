"""Everything one archive can do: what the command line and the app call.

It is put together from what can be done in each matter, a module and a class for each;
here is how it is opened, and what needs all of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from archive import settings as settings_module
from archive.asking import Asking
from archive.browsing import Browsing
from archive.keeping import Keeping
from archive.paths import Paths
from archive.people import People
from archive.syncing import Syncing

if TYPE_CHECKING:
    from archive.choosing import ModelChoice
    from archive.own_tests import OwnTests
    from archive.status import Status
    from archive.summary.made import Summary
    from archive.summary.noting import Progress as SummaryProgress
    from archive.summary.survey import Survey, Wanted


class Archive(Syncing, Keeping, People, Browsing, Asking):
    """One person's archive."""

    @classmethod
    def open(cls, environ: Mapping[str, str] = os.environ) -> Archive:
        """The archive of this environment. Raises SettingsWrong."""
        paths = Paths.find(environ)
        return cls(paths, settings_module.load(paths.config_file))

    def survey(self, wanted: Wanted) -> Survey:
        """What a summary would read, and what that touches. Raises NothingMatches."""
        from archive.summary.survey import survey

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

    def status(self) -> Status:
        """How the archive stands."""
        from archive.status import status

        return status(self)
