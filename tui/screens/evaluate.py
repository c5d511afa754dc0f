"""Evaluate: how true the confidence is, and the owner's own test set.

Asking all questions takes seconds each; it goes on in a thread while one does other things,
and a run that was stopped goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from archive.diagram import lines as diagram
from archive.figures import Figures
from archive.measures import Truth
from archive.own_tests import Standing
from tui.background import Stopped, throttled
from tui.clean import one_line
from tui.port import ArchiveLike
from tui.screens.base import ArchiveScreen
from tui.screens.confirm import ConfirmScreen
from tui.threads import MODEL_NICENESS, be_nice
from tui.trouble import trouble
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.words import count

DRAFTS = 10
_MARKS = {"right": "✓", "wrong": "✗", "source": "§"}


class EvaluateScreen(ArchiveScreen):
    """Figures and diagram at the left or above, the questions at the right or below."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (130, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "#questions"
    BINDING_GROUP_TITLE = "Evaluating"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f9,q", "back", "Back"),
        Binding("e", "run('run')", "Ask all", tooltip="Ask all questions", id="evaluate.ask"),
        Binding("c", "run('fit')", "Calibrate", tooltip="Fit confidence", id="evaluate.fit"),
        Binding("g", "run('draft')", "Draft", tooltip="Draft questions", id="evaluate.draft"),
        Binding("x", "stop", "Stop asking", show=False, id="evaluate.stop"),
        Binding("k", "review(True)", "Keep the draft", show=False, id="evaluate.keep"),
        Binding("d,delete", "drop", "Delete", tooltip="Delete it", id="evaluate.delete"),
        Binding("tab", "app.focus_next", "Other pane", show=False),
    ]

    @dataclass
    class Stands(Message):
        """What is known now."""

        standing: Standing

    @dataclass
    class Asked(Message):
        """A run got further."""

        done: int
        total: int

    @dataclass
    class Ended(Message):
        """A run is over."""

        said: str

    def compose(self) -> ComposeResult:
        """The facts, the two panes, and how far a run is."""
        yield Static("Evaluate", id="about", markup=False)
        yield Notice()
        with Container(id="panes"):
            with VerticalScroll(id="truth", can_focus=True):
                yield Static("Looking …", id="lines", markup=False)
            yield OptionList(id="questions", markup=False)
        yield Static("", id="run", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """Nothing is known yet, and nothing runs."""
        self._standing: Standing | None = None
        self._at_work = ""
        self.query_one("#truth").border_title = "How true the confidence is"
        self.query_one("#run").display = False

    def on_screen_resume(self) -> None:
        """Answers may have been marked since."""
        super().on_screen_resume()
        self.load()

    def load(self) -> None:
        """Read the test set and the last records."""
        self.run_job(_stands)

    @on(Stands)
    def _show(self, event: Stands) -> None:
        standing = self._standing = event.standing
        self.query_one("#lines", Static).update(_truth(standing))
        listed = self.query_one("#questions", OptionList)
        at = listed.highlighted or 0
        rows = [_row(one, draft=True) for one in standing.drafts]
        rows += [_row(one, draft=False) for one in standing.items]
        listed.set_options([Option(row) for row in rows])
        listed.highlighted = min(at, len(rows) - 1) if rows else None
        own = count(len(standing.items), "question")
        listed.border_title = f"Your test set: {own}, {count(len(standing.drafts), 'draft')}"
        listed.border_subtitle = "✓ right  ✗ wrong  § source  ? draft: k keeps, d drops"
        about = f"  ·  {one_line(standing.model)}  ·  {one_line(standing.embedder)}"
        self.query_one("#about", Static).update(
            Content.styled("Evaluate", "bold") + Content.styled(about, "$foreground 60%")
        )

    # -- the test set ---------------------------------------------------------------------

    @property
    def _chosen(self) -> tuple[dict[str, Any], bool] | None:
        """The question under the cursor, and whether it is a draft."""
        at = self.query_one("#questions", OptionList).highlighted
        if self._standing is None or at is None:
            return None
        drafts, items = self._standing.drafts, self._standing.items
        if at < len(drafts):
            return drafts[at], True
        at -= len(drafts)
        return (items[at], False) if at < len(items) else None

    def action_review(self, keep: bool) -> None:
        """Keep the draft under the cursor as a question with a known answer."""
        if self._chosen is not None and self._chosen[1]:
            self.run_job(partial(_review, question=self._chosen[0]["question"], keep=keep))

    def action_drop(self) -> None:
        """Drop a draft; delete a question, after asking."""
        chosen = self._chosen
        if chosen is None:
            return
        question, is_draft = chosen[0]["question"], chosen[1]
        if is_draft:
            self.action_review(False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_job(partial(_delete, question=question))

        about = f"{one_line(question)}\n\nWhat you said of its answers goes with it."
        self.app.push_screen(ConfirmScreen("Delete this question?", about, "Delete"), answered)

    # -- asking ---------------------------------------------------------------------------

    def action_run(self, what: str) -> None:
        """Ask every question, fit the confidence, or have questions drafted."""
        if self._at_work:
            self.notify("Something runs already; x stops it.", timeout=3)
        elif self._archive.done() and not self._archive.exception():
            self._at_work = {"run": "Asking", "fit": "Calibrating", "draft": "Drafting"}[what]
            self._tell_run("loading the model …")
            self._run(self._archive.result(), what)

    def action_stop(self) -> None:
        """Stop after the question in hand; what is recorded is kept."""
        if self._at_work:
            self._tell_run("stopping after the question in hand …")
            self.workers.cancel_group(self, "run")

    @work(thread=True, exit_on_error=False, group="run")
    def _run(self, archive: ArchiveLike, what: str) -> None:
        worker = get_current_worker()
        post = throttled(lambda done, total: self.post_message(self.Asked(done, total)))

        def on_done(done: int, total: int) -> None:
            post(done, total)
            if worker.is_cancelled:
                raise Stopped

        said = ""
        be_nice(MODEL_NICENESS)
        try:
            tests = archive.own_tests()
            if what == "run":
                said = f"{count(tests.run(on_done).n, 'question')} asked"
            elif what == "fit":
                said = f"fitted to {count(tests.calibrate(on_done).truth.n, 'answer')}"
            else:
                said = f"{count(tests.draft(DRAFTS, on_done), 'question')} drafted"
        except Stopped:
            said = "stopped; it goes on there when begun again"
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self.log_path())))
        self.post_message(self.Ended(said))

    @on(Asked)
    def _advance(self, event: Asked) -> None:
        share = event.done / max(1, event.total)
        filled = round(share * 16)
        bar = "█" * filled + "░" * (16 - filled)
        self._tell_run(f"{bar} {share:4.0%}  {event.done:,} of {event.total:,}")

    @on(Ended)
    def _end(self, event: Ended) -> None:
        name, self._at_work = self._at_work, ""
        line = self.query_one("#run", Static)
        line.display = bool(event.said)
        line.update(Content.styled(f"{name}  ", "bold") + Content(event.said))
        self.load()

    def _tell_run(self, how: str) -> None:
        line = self.query_one("#run", Static)
        line.display = True
        line.update(Content.styled(f"{self._at_work}  ", "bold") + Content(how))


def _stands(archive: ArchiveLike, _stop: Callable[[], bool]) -> Message:
    return EvaluateScreen.Stands(archive.own_tests().standing())


def _review(
    archive: ArchiveLike, _stop: Callable[[], bool], *, question: str, keep: bool
) -> Message:
    archive.own_tests().review(question, keep=keep)
    return _stands(archive, _stop)


def _delete(archive: ArchiveLike, _stop: Callable[[], bool], *, question: str) -> Message:
    archive.own_tests().delete(question)
    return _stands(archive, _stop)


def _row(item: dict[str, Any], *, draft: bool) -> Content:
    mark = "?" if draft else _MARKS.get(item.get("verdict", ""), "·")
    known = item.get("answers")
    if known is None:
        answer = "what is right is not known"
    else:
        answer = one_line(", ".join(map(str, known))) or "the archive does not tell"
    line = Content.styled(f"{mark} ", "$accent") + Content(one_line(item["question"]))
    return line + Content.styled(f"\n    {answer}", "$foreground 60%")


def _truth(standing: Standing) -> Content:
    """Diagrams and figures, always with how many answers they are of."""
    parts: list[Content] = []
    fitted = standing.calibration
    if fitted is None:
        parts.append(
            Content.styled("Uncalibrated. ", "bold")
            + Content(
                "The percentages rank answers but are no probabilities yet. c fits them to"
                " your test set; it takes 60 answers whose truth is known."
            )
        )
    else:
        title = f"Calibrated on {fitted.truth.n} answers, {fitted.date[:10]}, out of fold"
        parts.append(Content.styled(title, "bold $accent"))
        parts.append(Content("\n".join([_figures_of(fitted.truth), *diagram(fitted.bins)])))
    last = standing.figures
    if last is not None:
        parts.append(Content.styled(f"\nYour questions, asked: n = {last.n}", "bold $accent"))
        parts.append(Content("\n".join(_figures(last))))
        if last.truth is not None:
            parts.append(Content("\n".join([_figures_of(last.truth), *diagram(last.bins)])))
    elif standing.items:
        parts.append(Content("\ne asks all your questions and says how many are right."))
    else:
        parts.append(
            Content(
                "\nMark answers right or wrong as you ask, or press g to have the model draft"
                " questions from your archive: k keeps a draft, d drops it."
            )
        )
    return Content("\n").join(parts)


def _figures_of(truth: Truth) -> str:
    ranked = "–" if truth.auroc is None else f"{truth.auroc:.2f}"
    return (
        f"n = {truth.n}, {truth.right:.0%} right, ECE {truth.ece:.3f}"
        f" (by chance {truth.ece_floor:.3f}), AUROC {ranked}, Brier {truth.brier:.3f},"
        f" {truth.coverage:.0%} answered at 90 % precision"
    )


def _figures(item: Figures) -> list[str]:
    silent = item.n - item.answerable
    rows = [
        ("right", item.right, item.answerable),
        ("wrongly declined", item.wrongly_declined, item.answerable),
        ("rightly declined", item.rightly_declined, silent),
        ("evidence in the first 5", item.recall.get(5), item.answerable),
        ("citations that are right", item.citation_precision, item.citations),
    ]
    return [f"  {name:<25} {value:4.0%} of {n}" for name, value, n in rows if value is not None]
