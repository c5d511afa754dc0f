"""One source in full, with the quoted words marked."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static
from textual.worker import get_current_worker

from tui.clean import one_line
from tui.finding import Finding
from tui.port import ArchiveLike
from tui.trouble import Trouble, trouble
from tui.widgets.document import DocumentView
from tui.widgets.notice import Notice
from tui.words import count

if TYPE_CHECKING:
    from index.catalog import StoredDocument

_MOST_PEOPLE = 6
_MOST_PLACES = 3


class ReaderScreen(Screen[int]):
    """Read a source; returns the place in the list of the one read last."""

    AUTO_FOCUS = "#document"
    BINDING_GROUP_TITLE = "Reading a source"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back"),
        Binding("n,right", "step(1)", "Next"),
        Binding("p,left", "step(-1)", "Previous"),
        Binding("c", "copy", "Copy quote"),
        Binding("f2,slash", "app.search", show=False),
    ]

    @dataclass
    class Loaded(Message):
        """The document was read from the catalog."""

        finding: Finding
        document: StoredDocument

    @dataclass
    class Failed(Message):
        """It could not be."""

        trouble: Trouble

    def __init__(self, archive: ArchiveLike, findings: tuple[Finding, ...], index: int) -> None:
        super().__init__()
        self._archive = archive
        self._findings = findings
        self._index = index

    @property
    def finding(self) -> Finding:
        """The source on screen."""
        return self._findings[self._index]

    def compose(self) -> ComposeResult:
        """Facts above, text below."""
        yield Static(id="facts", markup=False)
        yield Notice()
        yield DocumentView()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Show what is known at once, the text as soon as it is read."""
        self._open()

    def _open(self) -> None:
        self.query_one(Notice).dismiss()
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
        finding, text = event.finding, event.document.text
        if finding is not self.finding:
            return
        start, end = finding.spans[0]
        if text[start:end] == finding.quote:
            spans = list(finding.spans)
        elif (start := text.find(finding.quote)) >= 0 and finding.quote:
            spans = [(start, start + len(finding.quote))]
        else:
            spans = []
        self._show_facts(event.document, quote_found=bool(spans))
        self.query_one(DocumentView).show(text, spans)

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
        """Go to the next or the previous source."""
        at = self._index + step
        if 0 <= at < len(self._findings):
            self._index = at
            self._open()

    def action_copy(self) -> None:
        """Put the quote on the clipboard of the terminal."""
        self.app.copy_to_clipboard(self.finding.quote)
        self.notify("Quote copied.", timeout=2)

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss(self._index)


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
    facts.append(("Page", f"{page}{pages}" if page else ""))
    facts.append(("Part", one_line(passage.section)))
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
