"""Search as one types: results, what they can be narrowed by, and how it was understood.

One thread does all searches of the screen: the catalog has a connection for every thread that
asks. It takes up what was wanted last; what an older search finds is not shown any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.worker import Worker, get_current_worker

from archive.paths import Paths
from tui.clean import one_line
from tui.hit import Hit, finding, hits
from tui.port import ArchiveLike
from tui.screens.base import show_what_runs
from tui.screens.reader import ReaderScreen
from tui.trouble import Trouble, trouble
from tui.understood import guessed, understood
from tui.widgets.facetlist import FacetList, toggled
from tui.widgets.hitlist import HitList, snippet_chars
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.widgets.preview import Preview
from tui.widgets.pullbar import PullBar
from tui.widgets.searchline import SearchInput
from tui.widgets.syncbar import SyncBar
from tui.words import count

if TYPE_CHECKING:
    from index.facets import Facets
    from index.query import Query
    from index.retrieve import SearchResult
    from index.vocabulary import Vocabulary
    from tui.background import BackgroundWork

DEBOUNCE_S = 0.12
LIMIT = 20

_ORDERS = ("relevance", "newest", "oldest")
_ORDER_WORDS = {"relevance": "best first", "newest": "newest first", "oldest": "oldest first"}
_HELP = """\
Plain words are enough: “what Anna wrote about the mast in March 2004”.

  from:anna  to:me  with:"Tom Lee"  cc:  subject:lease
  after:2003  before:2004-06  on:2004-03-05  during:2004-03
  in:Sent  kind:note  has:attachment  tag:boat
  "new mast" must occur just so; a minus takes away: -from:anna"""


@dataclass(frozen=True, eq=False)
class Wanted:
    """One search that was asked for; told apart by being itself."""

    text: str
    order: str
    plain: bool
    chars: int
    counts: bool


class SearchScreen(Screen[None]):
    """Type, look, narrow, open. Closes without a result and keeps what was typed."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (150, "-widest")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#search"
    BINDING_GROUP_TITLE = "Searching"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("tab", "app.focus_next", "Lists", tooltip="To the results, counts and preview"),
        Binding("shift+tab", "app.focus_previous", "Back to the line", show=False),
        Binding("f2,slash", "app.search", show=False),
        Binding("ctrl+s", "order", "Sort", tooltip="Best, newest or oldest first"),
        Binding("ctrl+o", "edit", "Edit", tooltip="Write what was understood as operators"),
        Binding("ctrl+t", "plain", "Words", tooltip="Take words as words only, and back"),
    ]

    @dataclass
    class Found(Message):
        """A search is done."""

        wanted: Wanted
        result: SearchResult
        hits: tuple[Hit, ...]

    @dataclass
    class Counted(Message):
        """So is the counting."""

        wanted: Wanted
        facets: Facets

    @dataclass
    class Learnt(Message):
        """What operators can be completed to is known."""

        known: Vocabulary

    @dataclass
    class Failed(Message):
        """A search could not be done."""

        wanted: Wanted
        trouble: Trouble

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__()
        self._archive = archive
        self._order = _ORDERS[0]
        self._plain = False
        self._wanted: Wanted | None = None
        self._query: Query | None = None
        self._facets: Facets | None = None
        self._pause: Timer | None = None
        self._asked: SimpleQueue[Wanted | None] = SimpleQueue()
        self._titled = ""

    def compose(self) -> ComposeResult:
        """The line and how it was understood above; lists below, side by side if they fit."""
        yield SearchInput()
        yield Static(id="completions", markup=False)
        yield Static(id="understood", markup=False)
        yield Notice()
        with Container(id="found"):
            yield FacetList()
            with Container(id="results"):
                with Vertical(id="list"):
                    yield HitList()
                    yield Static(id="hint", markup=False)
                yield Preview()
        yield SyncBar()
        yield PullBar()
        yield KeysLine()

    def on_mount(self) -> None:
        """Begin with what there is, and how one searches."""
        self._show_nothing()
        self._searcher()
        self.call_after_refresh(self._start)

    def on_unmount(self) -> None:
        """Let the thread end."""
        self._asked.put(None)

    def look_again(self) -> None:
        """A sync has brought something: a search that found nothing yet is done again."""
        if self._text and not self.query_one(HitList).display:
            self._start()

    # -- searching ------------------------------------------------------------------------

    @property
    def _text(self) -> str:
        return self.query_one(SearchInput).value.strip()

    @on(Input.Changed, "#search")
    def _typed(self) -> None:
        self._show_completions()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(DEBOUNCE_S, self._start)

    def _show_completions(self) -> None:
        """What an operator's value may become, while one is typed."""
        line = self.query_one(SearchInput)
        at = line.value.rpartition(" ")[0]
        found = [one.removeprefix(at).strip() for one in line.completions]
        listed = self.query_one("#completions", Static)
        listed.display = bool(found)
        if found:
            key = "Tab" if line.tab_completes else "Ctrl+Space"
            keys = Content.styled(f"{key}  ", "bold $accent")
            listed.update(keys + Content("  ".join(found)))

    def _start(self) -> None:
        listed = self.query_one(HitList)
        self._wanted = Wanted(
            text=self._text,
            order=self._order,
            plain=self._plain,
            chars=snippet_chars(self.query_one("#list").size.width),
            counts=self.query_one(FacetList).display,
        )
        listed.border_title = "Searching…"
        if self._text and not listed.display:
            what = "Searching…" if self._archive.done() else "Opening the archive…"
            self.query_one("#hint", Static).update(Content(what))
        self._asked.put(self._wanted)

    @work(thread=True, exit_on_error=False, group="search")
    def _searcher(self) -> None:
        worker = get_current_worker()
        archive, learnt = None, False
        for wanted in self._latest():
            try:
                archive = archive or self._opened(worker)
                if archive is None or worker.is_cancelled:
                    return
                if not learnt:
                    learnt = True
                    self.post_message(self.Learnt(archive.vocabulary()))
                self._search(archive, wanted)
            except Exception as error:  # a bug shows as a panel, its traceback is in the log
                self.post_message(self.Failed(wanted, trouble(error, self._log_path())))

    def _latest(self) -> Iterator[Wanted]:
        """What is wanted, without what something newer has taken the place of."""
        while (wanted := self._asked.get()) is not None:
            with suppress(Empty):
                while True:
                    newer = self._asked.get_nowait()
                    if newer is None:
                        return
                    wanted = newer
            yield wanted

    def _search(self, archive: ArchiveLike, wanted: Wanted) -> None:
        found = archive.search(wanted.text, limit=LIMIT, order=wanted.order, plain=wanted.plain)
        self.post_message(self.Found(wanted, found, hits(found, wanted.chars)))
        if wanted.counts and self._asked.empty():
            self.post_message(self.Counted(wanted, archive.facets(found)))

    def _opened(self, worker: Worker[None]) -> ArchiveLike | None:
        while not worker.is_cancelled:
            with suppress(NotYet):
                return self._archive.result(timeout=0.05)
        return None

    def _log_path(self) -> Path:
        opened = self._archive.done() and not self._archive.exception()
        paths = self._archive.result().paths if opened else Paths.find()
        return paths.log

    @on(Found)
    def _show(self, event: Found) -> None:
        if event.wanted is not self._wanted:
            return
        self.query_one(Notice).dismiss()
        listed = self.query_one(HitList)
        line = self.query_one(SearchInput)
        if event.result.query.remarks and line.tab_completes:
            listed.border_title = self._titled  # half a name: what was found before it stays
            return
        self._query = event.result.query
        self._show_understood(event.result.query)
        if not event.hits:
            self._show_nothing()
            return
        self.query_one("#hint").display = False
        listed.display = True
        listed.border_title = self._titled = _title(event)
        listed.show(event.hits)
        self.query_one(Preview).show(listed.chosen)

    @on(Learnt)
    def _learn(self, event: Learnt) -> None:
        self.query_one(SearchInput).complete_with(event.known)

    @on(Counted)
    def _show_counts(self, event: Counted) -> None:
        if event.wanted is self._wanted:
            self._facets = event.facets
            self.query_one(FacetList).show(event.facets, event.wanted.text)

    @on(Failed)
    def _tell(self, event: Failed) -> None:
        if event.wanted is self._wanted:
            self.query_one(HitList).border_title = "Not searched"
            self.query_one(Notice).show(event.trouble)

    def _show_nothing(self) -> None:
        listed = self.query_one(HitList)
        listed.show(())
        listed.display = False
        self.query_one(Preview).show(None)
        hint = self.query_one("#hint", Static)
        hint.display = True
        syncing = cast("BackgroundWork", self.app).syncing
        hint.update(_nothing(self._text, self._query, syncing))

    def _show_understood(self, query: Query) -> None:
        parts: list[Content] = []
        if self._plain:
            parts.append(Content("Words only; Ctrl+T understands again"))
        elif guessed(query):
            keys = "  ·  Ctrl+O edits, Ctrl+T takes it as words"
            said = Content(f"Understood  {understood(query)}")
            parts.append(said + Content.styled(keys, "$foreground 60%"))
        elif told := understood(query):
            parts.append(Content(f"Understood  {told}"))
        parts += [
            Content.styled(f"! {one_line(remark)}", "$text-warning") for remark in query.remarks
        ]
        line = self.query_one("#understood", Static)
        line.display = bool(parts)
        line.update(Content("\n").join(parts))

    # -- moving about ---------------------------------------------------------------------

    @on(SearchInput.Moved)
    def _move(self, event: SearchInput.Moved) -> None:
        self.query_one(HitList).move(event.step)

    @on(OptionList.OptionHighlighted, "#hits")
    def _preview(self) -> None:
        self.query_one(Preview).show(self.query_one(HitList).chosen)

    @on(FacetList.Chosen)
    def _narrow(self, event: FacetList.Chosen) -> None:
        self._write(toggled(one_line(event.operator), self.query_one(SearchInput).value))

    @on(Input.Submitted, "#search")
    @on(OptionList.OptionSelected, "#hits")
    def _open(self) -> None:
        listed = self.query_one(HitList)
        chosen = listed.highlighted
        if chosen is None or not listed.hits:
            return

        def back(at: int | None) -> None:
            if at is not None and at < len(listed.hits):
                listed.highlighted = at

        findings = tuple(finding(hit) for hit in listed.hits)
        self.app.push_screen(ReaderScreen(self._archive.result(), findings, chosen), back)

    def on_screen_resume(self) -> None:
        """There may be room for the counts now, and a sync that was begun elsewhere."""
        show_what_runs(self)
        self.query_one(FacetList).show(self._facets, self._text)

    def action_back(self) -> None:
        """Close an error; else go back to the line; else to the conversation."""
        notice, line = self.query_one(Notice), self.query_one(SearchInput)
        if notice.display:
            notice.dismiss()
        elif not line.has_focus:
            line.focus()
        else:
            self.app.pop_screen()

    def action_order(self) -> None:
        """Best, newest, oldest first, and round again."""
        self._order = _ORDERS[(_ORDERS.index(self._order) + 1) % len(_ORDERS)]
        self._start()

    def action_edit(self) -> None:
        """Write what was understood as operators, to be changed by hand."""
        if self._query is not None and self._query.filters:
            self._write(one_line(self._query.canonical()))
            self.query_one(SearchInput).focus()

    def action_plain(self) -> None:
        """Take words as words only, or understand them again."""
        self._plain = not self._plain
        self._start()

    def _write(self, text: str) -> None:
        line = self.query_one(SearchInput)
        line.value = text
        line.cursor_position = len(text)


def _title(event: SearchScreen.Found) -> str:
    """How many, in which order, and how long that took."""
    query, order = event.result.query, event.wanted.order
    if order == "relevance" and not query.words.strip() and not query.phrases:
        order = "oldest" if query.order == "oldest" else "newest"  # nothing to rank by
    taken = event.result.timings_ms.get("total")
    found = f"{count(len(event.hits), 'passage')}, {_ORDER_WORDS[order]}"
    return found if taken is None else f"{found} · {taken:.0f} ms"


def _nothing(text: str, query: Query | None, syncing: bool) -> Content:
    """What stands where results would, and what to do about it."""
    if not text:
        return Content.styled("Search", "bold") + Content(f"\n\n{_HELP}")
    found = Content.styled("Nothing found", "bold")
    if syncing:
        return found + Content(
            " so far\n\nWhat is new is being read. What comes is looked through by itself."
        )
    if query is not None and query.filters:
        return found + Content(
            "\n\nNothing satisfies all of this. Leave one of the operators out, or look for"
            " other words; Ctrl+T takes what was understood back."
        )
    return found + Content(
        "\n\nOther words may find it. If it was added lately, Ctrl+R reads what is new; F3 says"
        " what could not be read."
    )
