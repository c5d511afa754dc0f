"""Search as one types: results, what they can be narrowed by, and how it was understood.

One thread searches (`tui/searching.py`); what it finds for an older wish is not shown any
more. The first results come at once; more are looked for when one moves towards the end.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.worker import get_current_worker

from tui.clean import one_line
from tui.hit import finding
from tui.port import ArchiveLike
from tui.screens.base import show_what_runs
from tui.screens.reader import ReaderScreen
from tui.searched import how, is_ranked, nothing, order_of, title
from tui.searching import Counted, Failed, Found, Learnt, Searcher, Wanted
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
    from tui.background import BackgroundWork

DEBOUNCE_S = 0.12
LIMIT = 20
"""How many come at once."""

MORE = (100, 400, 1000)
"""How many there are then, each time the end is near: a search for 1,000 takes as long as
one for a hundred does ten times, and most searches are read no further than the first."""

_ORDERS = ("relevance", "newest", "oldest")


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

    def __init__(self, archive: Future[ArchiveLike]) -> None:
        super().__init__()
        self._archive = archive
        self._order = _ORDERS[0]
        self._plain = False
        self._wanted: Wanted | None = None
        self._settled: Wanted | None = None
        """What was wanted when all of its results and counts were shown."""

        self._goes_on = False
        self._query: Query | None = None
        self._facets: Facets | None = None
        self._pause: Timer | None = None
        self._search = Searcher(archive, self.post_message)
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
        self._search.end()

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
            limit=LIMIT,
        )
        listed.border_title = "Searching…"
        if self._text and not listed.display:
            what = "Searching…" if self._archive.done() else "Opening the archive…"
            self.query_one("#hint", Static).update(Content(what))
        self._search.ask(self._wanted)

    @work(thread=True, exit_on_error=False, group="search")
    def _searcher(self) -> None:
        worker = get_current_worker()
        self._search.run(lambda: worker.is_cancelled)

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
        if not event.wanted.counts:
            self._settled = event.wanted
        if not event.hits:
            self._show_nothing()
            return
        self.query_one("#hint").display = False
        listed.display = True
        self._list(event)

    def _list(self, event: Found) -> None:
        """Show what was found; if it is more of the same, go on where one was."""
        listed, limit = self.query_one(HitList), event.wanted.limit
        query, before = event.result.query, 0
        order, ranked = order_of(query, event.wanted.order), is_ranked(query)
        if limit == LIMIT:
            listed.show(event.hits)
            self.query_one(Preview).show(listed.chosen)
        else:
            before = len(listed.hits)
            listed.grow(event.hits, anew=ranked and order != "relevance")
        there = len(listed.hits)
        # A ranked search may find fewer than it may, and a wider one more.
        all_there = there < (LIMIT if ranked else limit) or there == before
        self._goes_on = not all_there and limit < MORE[-1]
        listed.border_title = self._titled = title(
            there,
            order,
            goes_on=self._goes_on or there >= limit,
            taken_ms=event.result.timings_ms.get("total"),
        )

    @on(HitList.EndNear)
    def _more(self) -> None:
        """Look for what comes next, once all else of this search is done."""
        settled, listed = self._settled, self.query_one(HitList)
        if settled is None or settled is not self._wanted:
            return
        if not self._goes_on or not listed.near_end:  # it was of what is no longer listed
            return
        limit = next(limit for limit in MORE if limit > settled.limit)
        self._wanted = replace(settled, limit=limit, counts=False)
        listed.border_title = f"{count(len(listed.hits), 'passage')}, looking for more…"
        self._search.ask(self._wanted)

    @on(Learnt)
    def _learn(self, event: Learnt) -> None:
        self.query_one(SearchInput).complete_with(event.known)

    @on(Counted)
    def _show_counts(self, event: Counted) -> None:
        if event.wanted is self._wanted:
            self._settled = event.wanted
            self._facets = event.facets
            self.query_one(FacetList).show(event.facets, event.wanted.text)
            self._more()

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
        hint.update(nothing(self._text, self._query, syncing))

    def _show_understood(self, query: Query) -> None:
        said = how(query, plain=self._plain)
        line = self.query_one("#understood", Static)
        line.display = bool(said.plain)
        line.update(said)

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
        chosen, hits = listed.highlighted, listed.hits
        if chosen is None or not hits:
            return

        def back(at: int | None) -> None:
            if at is not None and listed.hits[: len(hits)] == hits:
                listed.highlighted = at

        findings = tuple(finding(hit) for hit in hits)
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
