"""One source in full, with the quoted words marked."""

from __future__ import annotations

from bisect import bisect_right
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
from tui.finding import Finding
from tui.originals import launch, whole
from tui.port import ArchiveLike
from tui.reading import of_document, of_thread
from tui.screens.attachments import AttachmentsScreen
from tui.trouble import Trouble, trouble
from tui.widgets.document import DocumentView
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.sourcepane import spans_in
from tui.words import count, day, short_name

if TYPE_CHECKING:
    from index.stored import StoredDocument
    from index.threadview import ThreadMessage

_MOST_PEOPLE = 6
_MOST_PLACES = 3


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
        self._show_facts(document, quote_found=bool(spans))
        if self._messages:
            reading = of_thread(self._messages, document.id, spans, folded=self._folded)
        else:
            reading = of_document(document, spans)
        self.query_one(DocumentView).read(reading)

    @on(Failed)
    def _tell(self, event: Failed) -> None:
        self.query_one(Notice).show(event.trouble)

    def _show_facts(self, document: StoredDocument | None, *, quote_found: bool = True) -> None:
        place = f"source {self._index + 1} of {len(self._findings)}"
        facts = [("", place + f" · [{self.finding.n}] {self.finding.verdict.words}")]
        facts += _facts(self.finding, document)
        if not quote_found:
            facts.append(("Note", "the quote is not in the text any more: sync again"))
        lines = [
            Content.styled(f"{label:<7} ", "$foreground 60%") + Content(value)
            for label, value in facts
            if value
        ]
        title = one_line(self.finding.passage.title) or "(no title)"
        heading = Content.styled(title, "bold $accent")
        where = Content.styled(facts[0][1], "$foreground 60%")
        self.query_one("#facts", Static).update(
            Content("\n").join([heading, where, *lines[1:]])
        )

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
        def chosen(name: str | None) -> None:
            if name is None:
                return
            for document in event.read:
                if name in (document.title, Path(document.title).name):
                    reader = ReaderScreen(self._archive, (whole(document),), 0)
                    self.app.push_screen(reader)
                    return
            self._outside("open", event.document, name)

        self.app.push_screen(AttachmentsScreen(event.document.attachments), chosen)

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
        """Back to the conversation."""
        self.dismiss(self._index)


def citation(finding: Finding) -> str:
    """The quote in quotation marks, then who wrote it, when and under which title."""
    passage = finding.passage
    about = (
        short_name(passage.people[0]) if passage.people else "",
        day(passage.date),
        f"“{one_line(passage.title)}”" if passage.title else "",
        f"page {passage.page}" if passage.page else "",
    )
    return f"“{finding.quote.strip()}”\n— {', '.join(filter(None, about))}"


def _facts(finding: Finding, document: StoredDocument | None) -> list[tuple[str, str]]:
    """Label and value of what is known; empty values are left out by the caller."""
    passage = finding.passage
    people = [one_line(person) for person in passage.people]
    to = people[1 : 1 + _MOST_PEOPLE]
    if len(people) > 1 + _MOST_PEOPLE:
        to.append(f"and {len(people) - 1 - _MOST_PEOPLE} more")
    facts = [
        ("From" if passage.kind in ("mail", "chat") else "By", "".join(people[:1])),
        ("To" if passage.kind == "mail" else "With", ", ".join(to)),
        ("Date", f"{passage.date:%A, %d %B %Y, %H:%M %z}" if passage.date else ""),
        ("Path", " · ".join(filter(None, (passage.path, one_line(passage.locator))))),
    ]
    facts[3] = ("Path", one_line(facts[3][1]))
    page = passage.page
    pages = ""
    if document is not None and document.page_starts:
        page = bisect_right(document.page_starts, finding.spans[0][0])
        pages = f" of {len(document.page_starts)}"
    if finding.flagged:
        note = "holds what looks like instructions to a program; the model was not shown those"
        facts.append(("Careful", note))
    facts.append(("Page", f"{page}{pages}" if page else ""))
    part = one_line(passage.section)
    facts.append(("Part", part if part != one_line(passage.title) else ""))
    said = [
        f"{turn.speaker}, {turn.at:%H:%M}" if turn.at else turn.speaker
        for turn in passage.turns
        for start, end in finding.spans[:1]
        if turn.start < end and turn.end > start and turn.speaker
    ]
    facts.append(("Said by", one_line("; ".join(dict.fromkeys(said)))))
    if document is not None:
        facts.append(("With", one_line(document.within or "")))
        others = [
            place for place in document.places if place != (passage.path, passage.locator)
        ]
        facts += [
            ("Also in", one_line(" · ".join(filter(None, place))))
            for place in others[:_MOST_PLACES]
        ]
        names = ", ".join(one_line(name) for name in document.attachments)
        attached = f"{count(len(document.attachments), 'file')}: {names}"
        facts.append(("Files", attached if document.attachments else ""))
        facts += [("Note", one_line(remark)) for remark in document.remarks]
    return facts
