"""The main screen: a conversation, its sources, and a line to ask in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList
from textual.worker import Worker, get_current_worker

from archive.paths import Paths
from tui.clean import one_line
from tui.finding import first_cited
from tui.port import ArchiveLike
from tui.screens.reader import ReaderScreen
from tui.threads import MODEL_NICENESS, be_nice
from tui.trouble import Trouble, trouble
from tui.understood import understood
from tui.widgets.conversation import Conversation
from tui.widgets.header import HeaderLine
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.question import QuestionInput
from tui.widgets.sourcepane import SourcePane
from tui.widgets.sources import SourceList
from tui.widgets.syncbar import SyncBar
from tui.widgets.turn import Saved, Turn
from tui.widgets.welcome import Welcome
from tui.written import free_path

if TYPE_CHECKING:  # what answers is imported when the first screen is painted
    from archive.answer import Answer, EvidenceFound, Token
    from archive.cite import Citation
    from archive.history import Remembered
    from index.query import Query

_RIGHT = "This answer is right: into your test set; again takes it back"
_WRONG = "This answer is wrong: into your test set; again takes it back"
_SOURCE = "The chosen source is the right one: into your test set; again takes it back"
_HISTORY = "What was asked before, to look at again"
_EXPORT = "Write the answer with its sources to a file"


class AskScreen(Screen[None]):
    """Ask, watch the evidence appear and the answer stream in, open the sources."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#question"
    BINDING_GROUP_TITLE = "Asking"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Sources"),
        Binding("shift+tab", "app.focus_previous", "Back to the question", show=False),
        Binding("escape", "stop", "Stop"),
        Binding("ctrl+y", "judge('right')", "Right", tooltip=_RIGHT, id="ask.right"),
        Binding("ctrl+n", "judge('wrong')", "Wrong", tooltip=_WRONG, id="ask.wrong"),
        Binding("ctrl+g", "judge('source')", "Source", tooltip=_SOURCE, id="ask.source"),
        # Terminals send Ctrl+H for the backspace key, so there is a second one.
        Binding("ctrl+l,ctrl+h", "history", "History", tooltip=_HISTORY, id="ask.history"),
        Binding(
            "ctrl+e",
            "export",
            "Export",
            tooltip=_EXPORT,
            show=False,
            priority=True,
            id="ask.export",
        ),
        Binding("ctrl+up", "turn(-1)", "Sources of the question before", show=False),
        Binding("ctrl+down", "turn(1)", "Sources of the question after", show=False),
        Binding("pageup", "page(-1)", "Scroll the conversation up", show=False),
        Binding("pagedown", "page(1)", "Scroll the conversation down", show=False),
        *(
            Binding(str(n), f"open_source({n})", f"Open source {n}", show=False)
            for n in range(1, 10)
        ),
    ]

    @dataclass
    class Piece(Message):
        """The archive had something to say to a question."""

        turn: Turn
        piece: EvidenceFound | Token | Answer

    @dataclass
    class Ended(Message):
        """Nothing more will come to a question."""

        turn: Turn
        trouble: Trouble | None

    @dataclass
    class Judged(Message):
        """The owner's verdict was noted, or taken back."""

        turn: Turn
        kind: str
        saved: Saved | None

    @dataclass
    class Failed(Message):
        """Something beside the answer could not be done."""

        trouble: Trouble

    @dataclass
    class Exported(Message):
        """An answer is in a file."""

        path: Path

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__()
        self._archive = archive
        self._turn: Turn | None = None
        self._waiting_for = "Opening the archive"
        self._asked_before: list[Query] = []
        self._judging = Lock()

    def compose(self) -> ComposeResult:
        """Top to bottom; the middle is two columns where there is room."""
        yield HeaderLine()
        yield Notice()
        with Container(id="middle"):
            with Conversation(id="conversation"):
                yield Welcome()
            with Vertical(id="beside"):
                yield SourceList()
                yield SourcePane(self._archive)
        yield SyncBar()
        yield QuestionInput()
        yield KeysLine()

    def wait_for(self, what: str) -> None:
        """Questions wait for `what` to load. Empty: for nothing."""
        self._waiting_for = what
        for turn in self.query(Turn):
            turn.waiting_for(what)

    # -- asking -------------------------------------------------------------------------

    @on(QuestionInput.Asked)
    async def _asked(self, event: QuestionInput.Asked) -> None:
        self._stop_turns()
        self.query_one(Welcome).display = False
        self.query_one(Notice).dismiss()
        turn = Turn(event.question, waiting_for=self._waiting_for)
        conversation = self.query_one(Conversation)
        await conversation.mount(turn)
        conversation.follow()
        self._select(turn)
        self._ask(turn)

    @work(thread=True, exclusive=True, exit_on_error=False, group="ask")
    def _ask(self, turn: Turn) -> None:
        worker = get_current_worker()
        problem: Trouble | None = None
        try:
            from archive.answer import Answer, EvidenceFound

            evidence: EvidenceFound | None = None
            for piece in self._pieces(turn.question, worker):
                if worker.is_cancelled:
                    return
                self.post_message(self.Piece(turn, piece))
                if isinstance(piece, EvidenceFound):
                    evidence = piece
                    be_nice(MODEL_NICENESS)
                elif isinstance(piece, Answer) and evidence is not None:
                    self._archive.result().remember(turn.question, evidence, piece)
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            problem = trouble(error, self._log_path())
        if not worker.is_cancelled:
            self.post_message(self.Ended(turn, problem))

    def _pieces(
        self, question: str, worker: Worker[None]
    ) -> Iterator[EvidenceFound | Token | Answer]:
        while not worker.is_cancelled:
            with suppress(NotYet):
                archive = self._archive.result(timeout=0.05)
                yield from archive.ask(
                    question,
                    earlier=tuple(self._asked_before),
                    should_stop=lambda: worker.is_cancelled,
                )
                return

    def _log_path(self) -> Path:
        opened = self._archive.done() and not self._archive.exception()
        paths = self._archive.result().paths if opened else Paths.find()
        return paths.log

    @on(Piece)
    def _hear(self, event: Piece) -> None:
        from archive.answer import Answer, EvidenceFound, Token

        turn, piece = event.turn, event.piece
        if not turn.running:
            return
        if isinstance(piece, Token):
            turn.add_words(piece.text)
        elif isinstance(piece, EvidenceFound):
            turn.show_evidence(piece, _how_understood(piece))
            if piece.query is not None:
                self._asked_before.append(piece.query)
        else:
            turn.finish(piece)
        if turn is self._turn and not isinstance(piece, Token):
            self._select(turn, to_cited=isinstance(piece, Answer))
            self.refresh_bindings()

    @on(Ended)
    def _end(self, event: Ended) -> None:
        if not event.turn.running:
            return
        if event.trouble:
            event.turn.fail(event.trouble)
        else:
            event.turn.stop("It ended without an answer.")

    def _stop_turns(self) -> bool:
        running = [turn for turn in self.query(Turn) if turn.running]
        self.workers.cancel_group(self, "ask")
        for turn in running:
            turn.stop()
        return bool(running)

    # -- moving about -------------------------------------------------------------------

    def action_stop(self) -> None:
        """Stop the answer; else close what was announced; else go back to the question."""
        notice, bar = self.query_one(Notice), self.query_one(SyncBar)
        if self._stop_turns():
            return
        if notice.display:
            notice.dismiss()
        elif bar.finished:
            bar.dismiss()
        else:
            self.query_one(QuestionInput).focus()

    def action_turn(self, step: int) -> None:
        """Show the sources of the question before or after."""
        turns = list(self.query(Turn))
        if self._turn in turns:
            at = turns.index(self._turn) + step
            if 0 <= at < len(turns):
                self._select(turns[at])
                turns[at].scroll_visible(top=True, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll the conversation by most of a page."""
        conversation = self.query_one(Conversation)
        conversation.scroll_relative(
            y=step * max(1, conversation.size.height - 2), animate=False
        )

    @on(Turn.Chosen)
    def _turn_chosen(self, event: Turn.Chosen) -> None:
        self._select(event.turn)

    def action_open_source(self, n: int) -> None:
        """Open the source with this number."""
        for index, finding in enumerate(self.query_one(SourceList).findings):
            if finding.n == n:
                self._open(index)

    def action_cite(self, turn: int, n: int) -> None:
        """A citation was clicked: its source beside the answer, or opened where none fits.

        A second click opens it wherever that is.
        """
        for one in self.query(Turn):
            if one.number == turn:
                self._select(one)
        sources = self.query_one(SourceList)
        if sources.choose(n) or not self.query_one(SourcePane).region:
            self.action_open_source(n)

    @on(OptionList.OptionHighlighted, "#sources")
    def _follow(self) -> None:
        chosen = self.query_one(SourceList).chosen
        self.query_one(SourcePane).follow(chosen)
        if self._turn is not None:
            self._turn.mark(chosen.n if chosen else None)

    @on(OptionList.OptionSelected, "#sources")
    def _open_selected(self, event: OptionList.OptionSelected) -> None:
        self._open(event.option_index)

    @on(QuestionInput.Left)
    def _to_sources(self) -> None:
        if self.query_one(SourceList).display:
            self.query_one(SourceList).focus()

    def _open(self, index: int) -> None:
        sources = self.query_one(SourceList)

        def back(at: int | None) -> None:
            if at is not None and at < sources.option_count:
                sources.highlighted = at

        reader = ReaderScreen(self._archive.result(), sources.findings, index)
        self.app.push_screen(reader, back)

    def _select(self, turn: Turn, *, to_cited: bool = False) -> None:
        """Show a question's sources; the cursor on a cited one, unless somebody moved it."""
        sources = self.query_one(SourceList)
        if self._turn is not turn:
            if self._turn is not None:
                self._turn.mark(None)
            to_cited, sources.highlighted = True, None
        self._turn = turn
        for other in self.query(Turn):
            other.set_class(other is turn, "-current")
        title = "Closest sources" if turn.has_class("declined") else "Sources"
        sources.show(turn.findings, title)
        if to_cited and not sources.highlighted:
            sources.highlighted = first_cited(turn.findings)
        self.query_one("#beside").display = bool(turn.findings)
        self._follow()
        self.refresh_bindings()

    # -- what the owner says of it --------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A verdict needs an answer, an export one too; Ctrl+E in a line goes to its end."""
        if action == "judge":
            return self._turn is not None and self._turn.answer is not None
        if action == "export":
            typing = self.query(QuestionInput).first(QuestionInput).value
            return not typing and self._turn is not None and self._turn.answer is not None
        return True

    def action_judge(self, verdict: str) -> None:
        """Put the owner's verdict into the test set; the same one again takes it out."""
        turn, chosen = self._turn, self.query_one(SourceList).chosen
        if turn is None or turn.answer is None:
            return
        if verdict == "source" and chosen is None:
            self.notify("There is no source to choose.", timeout=3)
            return
        citation = chosen.citation if verdict == "source" and chosen else None
        self._judge(turn, verdict, turn.answer, citation)

    # One at a time and in order: a verdict given twice is saved, then taken back.
    @work(thread=True, exit_on_error=False, group="judge")
    def _judge(
        self, turn: Turn, verdict: str, answer: Answer, citation: Citation | None
    ) -> None:
        kind = "source" if verdict == "source" else "answer"
        n = citation.n if citation else 0
        try:
            with self._judging:
                archive = self._archive.result()
                before = turn.saved.get(kind)
                if before is not None:
                    archive.take_back(before.line)
                saved = None
                if before is None or (before.verdict, before.n) != (verdict, n):
                    line = archive.judge(turn.question, verdict, answer, citation=citation)
                    saved = Saved(verdict, line, n)
                if saved is None:
                    turn.saved.pop(kind, None)
                else:
                    turn.saved[kind] = saved
            self.post_message(self.Judged(turn, kind, saved))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self._log_path())))

    @on(Judged)
    def _show_judged(self, event: Judged) -> None:
        event.turn.show_saved()
        if event.saved is None:
            self.notify("Taken out of your test set again.", timeout=3)

    @on(Failed)
    def _tell(self, event: Failed) -> None:
        self.query_one(Notice).show(event.trouble)

    def action_export(self) -> None:
        """Write the current answer with its sources to Markdown in the present folder."""
        if self._turn is not None and self._turn.answer is not None:
            self._export(self._turn.question, self._turn.answer)

    @work(thread=True, exit_on_error=False, group="export")
    def _export(self, question: str, answer: Answer) -> None:
        from archive.export import save_answer

        try:
            path = free_path(question, "answer")
            save_answer(path, question, answer, made=datetime.now().astimezone())
            self.post_message(self.Exported(path))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            self.post_message(self.Failed(trouble(error, self._log_path())))

    @on(Exported)
    def _show_exported(self, event: Exported) -> None:
        self.notify(str(event.path), title="Written", markup=False, timeout=6)

    # -- what was asked before ------------------------------------------------------------

    def action_history(self) -> None:
        """Choose an earlier answer to look at again."""
        if not self._archive.done() or self._archive.exception():
            self.notify("The archive is not open yet.", timeout=3)
            return
        from tui.screens.history import HistoryScreen

        self.app.push_screen(HistoryScreen(self._archive.result()), self._bring_back)

    async def _bring_back(self, kept: Remembered | None) -> None:
        if kept is None:
            return
        self.query_one(Welcome).display = False
        turn = Turn.of(kept)
        conversation = self.query_one(Conversation)
        await conversation.mount(turn)
        conversation.follow()
        self._select(turn)


def _how_understood(found: EvidenceFound) -> str:
    """What a follow-up took from the questions before it, and the filters."""
    told = understood(found.query) if found.query else ""
    taken = f"following on: {one_line(found.added)}" if found.added else ""
    return "  ".join(part for part in (taken, told) if part)
