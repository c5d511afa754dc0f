"""One source in full, with the quoted words marked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import get_current_worker

from tui import opening
from tui.clean import clean, one_line
from tui.facts import citation, fact, facts
from tui.finding import Finding
from tui.originals import is_attachment, launch, save, whole
from tui.port import ArchiveLike
from tui.reading import of_document, of_thread
from tui.screens.attachments import AttachmentsScreen
from tui.trouble import Trouble, trouble
from tui.widgets.document import DocumentView
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.sourcepane import spans_in
from tui.words import count

if TYPE_CHECKING:
    from index.stored import StoredDocument
    from index.threadview import ThreadMessage


class ReaderScreen(Screen[int]):
    """Read a source; returns the place in the list of the one read last."""

    AUTO_FOCUS = "#document"
    BINDING_GROUP_TITLE = "Reading a source"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back"),
        Binding("n,right", "step(1)", "Next", tooltip="Next source, or message of the thread"),
        Binding("p,left", "step(-1)", "Previous", tooltip="Previous source or message"),
        Binding(
            "t", "thread", "Thread", tooltip="The whole thread, and back", id="read.thread"
        ),
        Binding("z", "fold", "Fold", show=False, tooltip="Show what messages quote, or not"),
        Binding("a", "attached", "Files", tooltip="What is attached", id="read.files"),
        Binding("o", "outside('open')", "Open", tooltip="In its own program", id="read.open"),
        Binding("e", "outside('edit')", "Editor", tooltip="In $EDITOR", id="read.edit"),
        Binding(
            "f", "outside('show')", "Folder", tooltip="In the file manager", id="read.show"
        ),
        Binding("c", "copy('quote')", "Copy", tooltip="Copy the quote", id="read.copy"),
        Binding("C", "copy('citation')", "Copy quote and where it is from", show=False),
        Binding("y", "copy('text')", "Copy the whole text", show=False),
        Binding("f2,slash", "app.search", show=False),
    ]

    @dataclass
    class Loaded(Message):
        """The document was read from the catalog."""

        finding: Finding
        document: StoredDocument

    @dataclass
    class Thread(Message):
        """So were all messages around it."""

        finding: Finding
        messages: tuple[ThreadMessage, ...]

    @dataclass
    class Files(Message):
        """So was what is attached."""

        document: StoredDocument
        read: tuple[StoredDocument, ...]

    @dataclass
    class Saved(Message):
        """One of them is a file of its own now."""

        path: Path

    @dataclass
    class Launch(Message):
        """A program is to be run in the terminal, or was started beside it."""

        command: tuple[str, ...]
        takes_over: bool

    @dataclass
    class Failed(Message):
        """It could not be."""

        trouble: Trouble

    def __init__(self, archive: ArchiveLike, findings: tuple[Finding, ...], index: int) -> None:
        super().__init__()
        self._archive = archive
        self._findings = findings
        self._index = index
        self._document: StoredDocument | None = None
        self._messages: tuple[ThreadMessage, ...] = ()
        """Those of the thread, while that is shown."""

        self._folded = True
        self._quote_found = True

    @property
    def finding(self) -> Finding:
        """The source on screen."""
        return self._findings[self._index]

    def compose(self) -> ComposeResult:
        """Facts above, text below."""
        yield Static(id="facts", markup=False)
        yield Notice()
        yield DocumentView()
        yield KeysLine()

    def on_mount(self) -> None:
        """Show what is known at once, the text as soon as it is read."""
        self._open()

    def on_resize(self) -> None:
        """Facts are broken at the width."""
        self._show_facts(self._document, quote_found=self._quote_found)

    def _open(self) -> None:
        self.query_one(Notice).dismiss()
        self._document, self._messages = None, ()
        self._show_facts(None)
        self._load(self.finding)

    @work(thread=True, exclusive=True, exit_on_error=False, group="load")
    def _load(self, finding: Finding) -> None:
        worker = get_current_worker()
        message: Message
        try:
            message = self.Loaded(finding, self._archive.document(finding.passage))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            message = self.Failed(trouble(error, self._archive.paths.log))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Loaded)
    def _show(self, event: Loaded) -> None:
        if event.finding is self.finding:
            self._document = event.document
            self._draw()

    def _draw(self) -> None:
        document, finding = self._document, self.finding
        if document is None:
            return
        spans = spans_in(document, finding)
        self._quote_found = bool(spans)
        self._show_facts(document, quote_found=self._quote_found)
        if self._messages:
            reading = of_thread(self._messages, document, spans, folded=self._folded)
        else:
            reading = of_document(document, spans)
        self.query_one(DocumentView).read(reading)

    @on(Failed)
    def _tell(self, event: Failed) -> None:
        self.query_one(Notice).show(event.trouble)

    def _show_facts(self, document: StoredDocument | None, *, quote_found: bool = True) -> None:
        place = f"source {self._index + 1} of {len(self._findings)}"
        where = f"{place} · [{self.finding.n}] {self.finding.verdict.words}"
        said = facts(self.finding, document)
        if not quote_found:
            said.append(("Note", "the quote is not in the text any more: sync again"))
        lines = [fact(label, value, self.size.width - 4) for label, value in said if value]
        title = one_line(self.finding.passage.title) or "(no title)"
        heading = Content.styled(title, "bold $accent")
        head = [heading, Content.styled(where, "$foreground 60%")]
        self.query_one("#facts", Static).update(Content("\n").join([*head, *lines]))

    def action_step(self, step: int) -> None:
        """Go to the next or the previous source; in a thread, message."""
        if self._messages:
            self.query_one(DocumentView).action_rule(step)
            return
        at = self._index + step
        if 0 <= at < len(self._findings):
            self._index = at
            self._open()

    # -- the thread and what is attached --------------------------------------------------

    def action_thread(self) -> None:
        """Show all messages of the thread, or the one again."""
        if self._messages:
            self._messages = ()
            self._draw()
        elif self._document is not None:
            self._load_thread(self.finding)

    @work(thread=True, exclusive=True, exit_on_error=False, group="load")
    def _load_thread(self, finding: Finding) -> None:
        message: Message
        try:
            message = self.Thread(finding, self._archive.thread(finding.passage))
        except Exception as error:
            message = self.Failed(trouble(error, self._archive.paths.log))
        self.post_message(message)

    @on(Thread)
    def _show_thread(self, event: Thread) -> None:
        if event.finding is not self.finding:
            return
        if len(event.messages) < 2:
            self.notify("It is not part of a longer thread.", timeout=3)
            return
        self._messages = event.messages
        self._draw()

    def action_fold(self) -> None:
        """Show what the messages of the thread quote, or a line instead."""
        self._folded = not self._folded
        if self._messages:
            self._draw()

    def action_attached(self) -> None:
        """Choose one of the attachments."""
        if self._document is None or not self._document.attachments:
            self.notify("Nothing is attached.", timeout=3)
            return
        self._load_files(self._document)

    @work(thread=True, exclusive=True, exit_on_error=False, group="load")
    def _load_files(self, document: StoredDocument) -> None:
        message: Message
        try:
            message = self.Files(document, self._archive.attached(document))
        except Exception as error:
            message = self.Failed(trouble(error, self._archive.paths.log))
        self.post_message(message)

    @on(Files)
    def _choose_file(self, event: Files) -> None:
        def chosen(choice: tuple[str, str] | None) -> None:
            if choice is None:
                return
            how, name = choice
            read = [one for one in event.read if is_attachment(one, event.document, name)]
            if how == "save":
                self._save(event.document, name)
            elif read:
                self.app.push_screen(ReaderScreen(self._archive, (whole(read[0]),), 0))
            else:
                self._outside("open", event.document, name)

        self.app.push_screen(AttachmentsScreen(event.document.attachments), chosen)

    @work(thread=True, exclusive=True, exit_on_error=False, group="outside")
    def _save(self, document: StoredDocument, name: str) -> None:
        message: Message
        try:
            message = self.Saved(save(document, name))
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            message = self.Failed(trouble(error, self._archive.paths.log))
        self.post_message(message)

    @on(Saved)
    def _saved(self, event: Saved) -> None:
        self.notify(str(event.path), title="Saved", markup=False, timeout=6)

    # -- other programs -------------------------------------------------------------------

    def action_outside(self, how: str) -> None:
        """Open the original in its own program, the editor or the file manager."""
        if self._document is not None:
            self._outside(how, self._document)

    @work(thread=True, exclusive=True, exit_on_error=False, group="outside")
    def _outside(self, how: str, document: StoredDocument, attachment: str = "") -> None:
        message: Message
        try:
            message = self.Launch(
                *launch(how, document, self.finding, self._archive.paths, attachment)
            )
        except Exception as error:  # a bug shows as a panel, its traceback is in the log
            message = self.Failed(trouble(error, self._archive.paths.log))
        self.post_message(message)

    @on(Launch)
    def _launched(self, event: Launch) -> None:
        if not event.takes_over:
            self.notify(f"Opened with {event.command[0]}.", markup=False, timeout=3)
            return
        try:
            with self.app.suspend():
                opening.run(event.command, wait=True)
        except SuspendNotSupported:
            self.notify("This terminal cannot be handed to an editor.", timeout=4)
        except opening.CannotOpen as error:
            self.query_one(Notice).show(trouble(error, self._archive.paths.log))

    # -- copying --------------------------------------------------------------------------

    def action_copy(self, what: str) -> None:
        """Put the quote, alone or with where it is from, or all of the text on the clipboard.

        By OSC 52, which reaches the terminal's own clipboard over ssh too.
        """
        if what == "text":
            text = self._document.text if self._document else ""
            said = f"Text copied, {count(len(text), 'character')}."
        elif what == "citation":
            text, said = citation(self.finding), "Quote copied with where it is from."
        else:
            text, said = self.finding.quote, "Quote copied."
        self.app.copy_to_clipboard(clean(text))
        self.notify(said, timeout=2)

    def action_back(self) -> None:
        """Close an error; else back to where it was opened."""
        notice = self.query_one(Notice)
        if notice.display:
            notice.dismiss()
        else:
            self.dismiss(self._index)
