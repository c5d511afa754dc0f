"""The owner's test set as the app works on it: look, review, ask, fit.

Asking is resumable: a record is written for each question, and a run that was stopped goes
on there. The model that is loaded already is used, so that asking takes no second one's
memory; its lock lets the owner's own questions in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import testset
from archive.paths import private_directory

if TYPE_CHECKING:
    from archive.calibration import Calibration
    from archive.figures import Figures
    from archive.service import Archive

Item = dict[str, Any]
OnDone = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of how true the answers are."""

    items: tuple[Item, ...]
    """A question each, with its latest verdict and what is known of its answer."""

    drafts: tuple[Item, ...]
    calibration: Calibration | None
    figures: Figures | None
    """Of the last run over the present questions. None if there was none."""

    model: str
    embedder: str


class OwnTests:
    """The test set of one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._path = archive.paths.questions
        self._drafts = archive.paths.question_drafts

    def standing(self) -> Standing:
        """All of it. Raises QuestionsWrong."""
        from archive.calibration import find

        models = self._archive.settings.models
        return Standing(
            items=tuple(_merged(testset.read(self._path))),
            drafts=tuple(testset.read(self._drafts)),
            calibration=find(self._archive.paths, models.answer, models.embedder),
            figures=self._last(),
            model=models.answer,
            embedder=models.embedder,
        )

    def delete(self, question: str) -> None:
        """Forget every verdict on this question."""
        kept = [one for one in testset.read(self._path) if not _same(one, question)]
        testset.rewrite(self._path, kept)

    def review(self, question: str, *, keep: bool) -> None:
        """Take a draft over as a question with a known answer, or drop it."""
        drafts = testset.read(self._drafts)
        for one in drafts:
            if keep and _same(one, question):
                testset.add(
                    self._path,
                    one["question"],
                    "right",
                    answers=one["answers"],
                    sources=one["sources"],
                    kind="drafted",
                )
        testset.rewrite(self._drafts, [one for one in drafts if not _same(one, question)])

    def draft(self, count: int, on_done: OnDone) -> int:
        """Have the model draft questions; how many there are new."""
        from archive.drafting import draft

        return draft(self._archive, count, on_done=on_done)

    def run(self, on_done: OnDone) -> Figures:
        """Ask every question that has no record yet. Raises QuestionsWrong if there is none."""
        from archive.evaluate import ask_all, read_records
        from archive.figures import figures

        asked = testset.to_ask(self._path)
        place = self._place(asked, "own")
        if _recorded(place) >= len(asked):
            place.unlink(missing_ok=True)  # the program or the archive may have changed
        self._archive.language_model()
        ask_all(self._archive, asked, place, on_done=on_done)
        return figures(read_records(place)[: len(asked)], self._archive.settings.models.answer)

    def calibrate(self, on_done: OnDone) -> Calibration:
        """Fit the confidence to the owner's questions and verdicts, and keep the fit.

        Raises TooFewAnswers.
        """
        from archive.calibration import save
        from archive.evaluate import QuestionsWrong, ask_all, read_records
        from archive.fitting import TooFewAnswers, fit
        from archive.labels import Labels

        models = self._archive.settings.models
        labels = Labels(model=models.answer, embedder=models.embedder)
        asked: list[Item] = []
        with suppress(QuestionsWrong):  # verdicts alone may be enough
            asked = testset.to_ask(self._path)
        if asked:
            place = self._place(asked, "own-never-declining")
            with self._never_declining() as one:
                ask_all(one, asked, place, on_done=on_done)
            labels.add_records("own", read_records(place)[: len(asked)])
        judged = testset.judged(self._path, models.answer, models.embedder)
        labels.add_verdicts("own", judged)
        about: dict[str, Any] = {
            "model": models.answer,
            "embedder": models.embedder,
            "sets": labels.sets,
            "states": labels.states,
        }
        fitted = fit(labels.rows, labels.right, labels.groups, **about)
        save(self._archive.paths, fitted)
        with suppress(TooFewAnswers):
            silence = fit(labels.rows, labels.silent, labels.groups, target="silence", **about)
            save(self._archive.paths, silence)
        return fitted

    def _place(self, asked: list[Item], name: str) -> Path:
        from archive.evaluate import records_path

        folder = private_directory(self._archive.paths.evaluations)
        return records_path(folder, asked, self._archive.settings.models.answer, name)

    def _last(self) -> Figures | None:
        from archive.evaluate import QuestionsWrong, read_records
        from archive.figures import figures

        with suppress(QuestionsWrong):
            asked = testset.to_ask(self._path)
            place = self._place(asked, "own")
            if _recorded(place):
                records = read_records(place)[: len(asked)]
                return figures(records, self._archive.settings.models.answer)
        return None

    @contextmanager
    def _never_declining(self) -> Iterator[Archive]:
        """The archive as it answers however unsure, with the model that is loaded."""
        model = self._archive.language_model()
        one = self._archive.with_model(self._archive.settings.models.answer, never_decline=True)
        one.lend_model(model)
        try:
            yield one
        finally:
            one.lend_model(None)
            one.close()


def _recorded(place: Path) -> int:
    return place.read_bytes().count(b"\n") if place.exists() else 0


def _same(item: Item, question: str) -> bool:
    return " ".join(str(item["question"]).casefold().split()) == " ".join(
        question.casefold().split()
    )


def _merged(lines: list[Item]) -> Iterator[Item]:
    """Each question once, newest first; the latest word holds."""
    found: dict[str, Item] = {}
    for line in lines:
        key = " ".join(str(line["question"]).casefold().split())
        found[key] = {**found.pop(key, {}), **line}
    return reversed(list(found.values()))
