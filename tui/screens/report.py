"""What was read and what was not: for each source, and every failure with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from tui.clean import one_line
from tui.port import ArchiveLike
from tui.reporting import failure_line, report_lines
from tui.trouble import Trouble, trouble
from tui.widgets.notice import Notice
from tui.words import count

if TYPE_CHECKING:
    from index.catalog import FailureRow
    from index.report import SourceReport

_MOST_FAILURES = 500


class ReportScreen(Screen[None]):
    """Closes without a result."""

    AUTO_FOCUS = "#report"
    BINDING_GROUP_TITLE = "What was read"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f3", "dismiss", "Back")]

    @dataclass
    class Loaded(Message):
        """The catalog was looked through."""

        reports: list[SourceReport]
        failures: list[FailureRow]

    @dataclass
    class Failed(Message):
        """It could not be."""

        trouble: Trouble

    def __init__(self, archive: ArchiveLike) -> None:
        super().__init__()
        self._archive = archive

    def compose(self) -> ComposeResult:
        """One text to scroll."""
        yield Notice()
        with VerticalScroll(id="report"):
            yield Static("Looking through the catalog …", id="lines", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Counting takes a moment on a large archive."""
        self._load()

    @work(thread=True, exclusive=True, exit_on_error=False, group="load")
    def _load(self) -> None:
        message: Message
        try:
            message = self.Loaded(self._archive.reports(), self._archive.failures())
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            message = self.Failed(trouble(error, self._archive.paths.log))
        self.post_message(message)

    @on(Loaded)
    def _show(self, event: Loaded) -> None:
        pieces: list[Content] = []
        for report in event.reports:
            pieces.append(Content.styled(one_line(report.path), "bold $accent"))
            pieces += [_row(label, text) for label, text in report_lines(report)]
            pieces.append(Content(""))
        if not event.reports:
            pieces.append(Content("Nothing was added yet. In a shell: archive add PATH"))
        if event.failures:
            title = count(len(event.failures), "failure")
            pieces.append(Content.styled(f"{title}, one by one", "bold $accent"))
            for failure in event.failures[:_MOST_FAILURES]:
                where, why = failure_line(failure)
                pieces.append(Content(one_line(where)))
                pieces.append(_row("", one_line(why)))
            if len(event.failures) > _MOST_FAILURES:
                pieces.append(Content("The rest, in a shell: archive failures"))
        self.query_one("#lines", Static).update(Content("\n").join(pieces))

    @on(Failed)
    def _tell(self, event: Failed) -> None:
        self.query_one("#lines", Static).update("")
        self.query_one(Notice).show(event.trouble)


def _row(label: str, text: str) -> Content:
    return Content.styled(f"  {label:<9} ", "$foreground 60%") + Content(one_line(text))
