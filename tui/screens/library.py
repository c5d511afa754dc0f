"""The library: what was added, what became of it, what could not be read and why.

Lists come from the catalog in a thread; counting takes a moment on a large archive, so the
sources are shown before what became of them. Adding, removing and retrying are followed by
a sync, which asking and searching need not wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.clean import one_line
from tui.port import ArchiveLike
from tui.remedies import remedy
from tui.reporting import failure_line, report_lines
from tui.screens.base import ArchiveScreen
from tui.screens.confirm import ConfirmScreen
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.pathinput import PathInput
from tui.widgets.pullbar import PullBar
from tui.widgets.syncbar import SyncBar
from tui.words import ago, count, place

if TYPE_CHECKING:
    from index.report import SourceReport
    from index.stored import FailureRow, Source

MOST_SHOWN = 300
"""Failures in full; the shell lists them all."""


class LibraryScreen(ArchiveScreen):
    """Sources above, what became of the chosen one below or beside."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "#added"
    BINDING_GROUP_TITLE = "In the library"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f3,q", "back", "Back"),
        Binding("a", "add", "Add", tooltip="Add a file or folder", id="library.add"),
        Binding(
            "d,delete", "remove", "Remove", tooltip="Take a source out", id="library.remove"
        ),
        Binding("t", "retry", "Retry", tooltip="Read what failed again", id="library.retry"),
        Binding("s", "app.sync", "Sync", tooltip="Sync now; again to stop it", show=False),
        Binding("n", "app.go('setup')", "Find", tooltip="Look for mail and notes here"),
        Binding("tab", "app.focus_next", "Other pane", show=False),
    ]

    @dataclass
    class Listed(Message):
        """The sources, and what could not be read."""

        sources: Sequence[Source]
        failures: Sequence[FailureRow]
        skipped: Sequence[FailureRow]

    @dataclass
    class Counted(Message):
        """What became of each source."""

        reports: Sequence[SourceReport]

    @dataclass
    class Changed(Message):
        """Something was added, removed or is to be read again."""

        said: str
        sync: bool = True

    def compose(self) -> ComposeResult:
        """A line of facts, the two panes, and what goes on."""
        yield Static("Library", id="about", markup=False)
        yield Notice()
        with Container(id="panes"):
            yield OptionList(id="added", markup=False)
            with VerticalScroll(id="became"):
                yield Static("Looking through the catalog …", id="lines", markup=False)
        yield PathInput()
        yield SyncBar()
        yield PullBar()
        yield KeysLine()

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._sources: Sequence[Source] = ()
        self._failures: Sequence[FailureRow] = ()
        self._skipped: Sequence[FailureRow] = ()
        self._reports: dict[str, SourceReport] = {}
        self.query_one("#added").border_title = "Sources"
        self.query_one("#became").border_title = "What became of it"

    def on_screen_resume(self) -> None:
        """A sync may have gone on since this was seen last."""
        super().on_screen_resume()
        self.load()

    def look_again(self) -> None:
        """A sync has brought something."""
        self.load()

    def load(self) -> None:
        """Ask the catalog anew."""
        self.run_job(_listed)
        self.run_job(_counted)

    # -- showing --------------------------------------------------------------------------

    @on(Listed)
    def _show(self, event: Listed) -> None:
        self._sources, self._failures = event.sources, event.failures
        self._skipped = event.skipped
        listed = self.query_one("#added", OptionList)
        at = listed.highlighted or 0
        width = max(30, listed.size.width - 4)
        listed.set_options([Option(_row(source, width)) for source in self._sources])
        listed.highlighted = min(at, len(self._sources) - 1) if self._sources else None
        documents = sum(source.documents for source in self._sources)
        dates = [source.synced_at for source in self._sources if source.synced_at]
        facts = [
            count(len(self._sources), "source"),
            count(documents, "document"),
            f"{len(self._failures):,} could not be read" if self._failures else "all read",
            f"last synced {ago(max(dates))}" if dates else "never synced",
        ]
        line = Content.styled("Library", "bold")
        for fact in facts:
            line += Content.styled(f"  ·  {fact}", "$foreground 60%")
        self.query_one("#about", Static).update(line)
        self._show_chosen()

    @on(Counted)
    def _show_counts(self, event: Counted) -> None:
        self._reports = {report.path: report for report in event.reports}
        self._show_chosen()

    @on(OptionList.OptionHighlighted, "#added")
    def _show_chosen(self) -> None:
        source = self._chosen
        if source is None:
            text = Content(
                "Nothing was added yet.\n\na adds a file or folder, n looks for mail and notes"
                " on this machine."
            )
        else:
            text = _became(source.path, self._reports, self._failures, self._skipped)
        self.query_one("#lines", Static).update(text)

    @property
    def _chosen(self) -> Source | None:
        at = self.query_one("#added", OptionList).highlighted
        return self._sources[at] if at is not None and at < len(self._sources) else None

    # -- doing ----------------------------------------------------------------------------

    def action_add(self) -> None:
        """Ask for a path."""
        self.query_one(PathInput).ask()

    @on(PathInput.Named)
    def _add(self, event: PathInput.Named) -> None:
        self.query_one("#added").focus()
        self.run_job(partial(_add, path=event.path))

    def action_remove(self) -> None:
        """Take the chosen source out, after asking."""
        source = self._chosen
        if source is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.run_job(partial(_remove, path=Path(source.path)))

        about = (
            f"{one_line(source.path)}\n\n{count(source.documents, 'document')} read from it go"
            " out of the archive. The files themselves are not touched."
        )
        self.app.push_screen(ConfirmScreen("Remove this source?", about, "Remove"), answered)

    def action_retry(self) -> None:
        """Have the next sync read what failed once more, and start it."""
        if self._failures:
            self.run_job(_retry)
        else:
            self.notify("Everything could be read.", timeout=3)

    @on(Changed)
    def _changed(self, event: Changed) -> None:
        self.notify(event.said, markup=False, timeout=5)
        self.load()
        if event.sync:
            self.background.start_sync()


def _listed(archive: ArchiveLike, _stop: Callable[[], bool]) -> Message:
    return LibraryScreen.Listed(archive.sources(), archive.failures(), archive.skipped())


def _counted(archive: ArchiveLike, _stop: Callable[[], bool]) -> Message:
    return LibraryScreen.Counted(archive.reports())


def _add(archive: ArchiveLike, _stop: Callable[[], bool], *, path: Path) -> Message:
    archive.add([path])
    return LibraryScreen.Changed(f"Added {one_line(str(path))}; it is read now.")


def _remove(archive: ArchiveLike, _stop: Callable[[], bool], *, path: Path) -> Message:
    gone = archive.remove(path)
    return LibraryScreen.Changed(f"Removed, with {count(gone, 'document')}.", sync=False)


def _retry(archive: ArchiveLike, _stop: Callable[[], bool]) -> Message:
    files = archive.retry_failures()
    return LibraryScreen.Changed(f"{count(files, 'file')} will be read again.")


def _row(source: Source, width: int) -> Content:
    synced = f"synced {ago(source.synced_at)}" if source.synced_at else "not read yet"
    facts = Content.styled(
        f"  {count(source.documents, 'document')} · {synced}", "$foreground 60%"
    )
    if source.failures:
        facts += Content.styled(f" · ! {source.failures:,} unread", "$text-warning")
    return Content.styled(place(source.path, width), "bold") + Content("\n") + facts


def _became(
    path: str,
    reports: dict[str, SourceReport],
    failures: Sequence[FailureRow],
    skipped: Sequence[FailureRow],
) -> Content:
    lines = [Content.styled(one_line(path), "bold $accent")]
    if path in reports:
        lines += [_fact(label, text) for label, text in report_lines(reports[path])]
    else:
        lines.append(Content.styled("  counting …", "$foreground 60%"))
    unread = [one for one in failures if one.source == path]
    if unread:
        lines += [Content(""), Content.styled(count(len(unread), "failure"), "bold $accent")]
    for one in unread[:MOST_SHOWN]:
        where, why = failure_line(one)
        lines += [
            Content(f"  {one_line(where)}"),
            _fact("why", one_line(why)),
            _fact("remedy", remedy(why)),
        ]
    left = [one for one in skipped if one.source == path]
    if left:
        title = f"{len(left):,} left alone on purpose"
        lines += [Content(""), Content.styled(title, "bold $accent")]
    for one in left[:MOST_SHOWN]:
        where, why = failure_line(one)
        lines.append(Content(f"  {one_line(where)}: {one_line(why)}"))
    if max(len(unread), len(left)) > MOST_SHOWN:
        lines.append(Content("  The rest, in a shell: archive failures --skipped"))
    return Content("\n").join(lines)


def _fact(label: str, text: str) -> Content:
    return Content.styled(f"  {label:<9} ", "$foreground 60%") + Content(one_line(text))
