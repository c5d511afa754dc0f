"""The archive by time: bars by year and month, and what is of this day of other years.

A year opens into its months; a month opens the search for it. Counting is done in a thread;
what an older query brings is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from archive.charts import bar
from tui.acquainted import silence_line
from tui.clean import one_line
from tui.handover import read, search_for, with_person
from tui.port import ArchiveLike
from tui.screens.narrowing import NarrowingScreen
from tui.widgets.filterline import FilterInput
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.words import count, span, who
from tui.wrap import shorten

if TYPE_CHECKING:
    from index.acquaintance import LostTouch
    from index.passage import Passage
    from index.timeline import Timeline

_LABEL = 10
_FEW_YEARS = 3


class TimelineScreen(NarrowingScreen):
    """A line for the query, bars, and the day beside or below."""

    AUTO_FOCUS = "#bars"
    BINDING_GROUP_TITLE = "On the timeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("tab", "app.focus_next", "Lists", tooltip="To the line, the bars, the day"),
        Binding("o", "search", "Search", tooltip="Search the chosen year or month"),
        Binding("left_square_bracket", "day(-1)", "Day before", key_display="["),
        Binding("right_square_bracket", "day(1)", "Day after", key_display="]"),
        Binding("g", "gaps", "Lost touch", tooltip="With whom regular contact broke off"),
    ]

    @dataclass
    class Counted(Message):
        """A query was counted."""

        query: str
        found: Timeline

    @dataclass
    class Remembered(Message):
        """What is of a day."""

        query: str
        day: date
        passages: Sequence[Passage]

    @dataclass
    class Lost(Message):
        """With whom contact broke off."""

        lost: Sequence[LostTouch]

    def compose(self) -> ComposeResult:
        """The line above, two panes below."""
        yield FilterInput("What to count, e.g. boat with:anna", name="query")
        yield Static(id="counted", markup=False)
        yield Notice()
        with Container(id="panes"):
            yield OptionList(id="bars", markup=False)
            yield OptionList(id="day", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """Nothing is counted yet; the day is today."""
        self._found: Timeline | None = None
        self._open: set[int] = set()
        self._rows: list[tuple[int, int | None]] = []
        self._day = date.today()
        self._seen: Sequence[Passage] = ()
        self._lost: Sequence[LostTouch] | None = None
        self.query_one("#counted", Static).update("Counting …")
        self.query_one("#bars").border_title = "By year"

    # -- counting -------------------------------------------------------------------------

    def look(self) -> None:
        """Count what the line asks for, and what of it is of the day."""
        query, day = self.asked, self._day

        def job(archive: ArchiveLike, should_stop: Callable[[], bool]) -> Message:
            return self.Counted(query, archive.timeline(query))

        self.run_job(job)
        self._remember(query, day)

    def _remember(self, query: str, day: date) -> None:
        self.run_job(
            lambda archive, _: self.Remembered(query, day, archive.on_this_day(day, query))
        )

    @on(Counted)
    def _show(self, event: Counted) -> None:
        if event.query != self.asked:
            return
        self._found = event.found
        years = event.found.years()
        # Few years are open from the start.
        self._open = {year for year in years if len(years) <= _FEW_YEARS}
        self._draw_bars()
        self.query_one("#counted", Static).update(_summary(event.found))

    def draw(self) -> None:
        """Both panes."""
        self._draw_bars()
        if self._lost is None:
            self._draw_day()
        else:
            self._draw_lost()

    def _draw_bars(self) -> None:
        if self._found is None:
            return
        listed = self.query_one("#bars", OptionList)
        at = listed.highlighted
        years = self._found.years()
        most = max(years.values(), default=0)
        months = {year: self._found.months(year) for year in self._open if year in years}
        highest = max((number for year in months.values() for number in year), default=0)
        room = max(8, listed.scrollable_content_region.width - _LABEL - 10)
        self._rows, rows = [], []
        for year, number in years.items():
            self._rows.append((year, None))
            rows.append(_bar_row(str(year), number, most, room))
            for place, each in enumerate(months.get(year, ()), start=1):
                if each:
                    self._rows.append((year, place))
                    rows.append(
                        _bar_row(f"  {date(year, place, 1):%b %Y}", each, highest, room)
                    )
        listed.set_options([Option(row) for row in rows])
        listed.highlighted = min(at or 0, len(rows) - 1) if rows else None

    @on(OptionList.OptionSelected, "#bars")
    def _select(self, event: OptionList.OptionSelected) -> None:
        year, month = self._rows[event.option_index]
        if month is not None:
            self._search(year, month)
        else:
            self._open ^= {year}
            self._draw_bars()

    def action_search(self) -> None:
        """Search the year or month under the cursor."""
        at = self.query_one("#bars", OptionList).highlighted
        if at is not None and at < len(self._rows):
            self._search(*self._rows[at])

    def _search(self, year: int, month: int | None) -> None:
        period = f"{year:04}" if month is None else f"{year:04}-{month:02}"
        said = self._found.said if self._found else ""
        search_for(self.app, f"{said} during:{period}".strip())

    @on(FilterInput.Moved)
    def _move(self) -> None:
        self.query_one("#bars").focus()

    @on(Input.Submitted, "#query")
    def _to_bars(self) -> None:
        self.query_one("#bars").focus()

    # -- a day, and silences --------------------------------------------------------------

    @on(Remembered)
    def _show_day(self, event: Remembered) -> None:
        if (event.query, event.day) == (self.asked, self._day):
            self._seen = event.passages
            if self._lost is None:
                self._draw_day()

    def _draw_day(self) -> None:
        listed = self.query_one("#day", OptionList)
        listed.border_title = f"On {self._day.day} {self._day:%B}"
        width = max(20, listed.scrollable_content_region.width - 2)
        rows = [Option(_seen_row(one, width)) for one in self._seen]
        listed.set_options(rows or [Option("Nothing is of this day.", disabled=True)])

    @on(Lost)
    def _show_lost(self, event: Lost) -> None:
        self._lost = event.lost
        self._draw_lost()

    def _draw_lost(self) -> None:
        listed = self.query_one("#day", OptionList)
        listed.border_title = "Lost touch"
        rows = [
            Option(
                Content.styled(one_line(one.label), "bold")
                + Content(f"\n  {silence_line(one.silence)}")
            )
            for one in self._lost or ()
        ]
        none = [Option("No regular contact that broke off was found.", disabled=True)]
        listed.set_options(rows or none)

    @on(OptionList.OptionSelected, "#day")
    def _read(self, event: OptionList.OptionSelected) -> None:
        if self._lost is not None:
            search_for(self.app, with_person(self._lost[event.option_index].label, ()))
        else:
            read(self.app, self._archive.result(), self._seen, event.option_index)

    def action_day(self, step: int) -> None:
        """Another day of the year."""
        self._lost = None
        self._day += timedelta(days=step)
        self._remember(self.asked, self._day)

    def action_gaps(self) -> None:
        """Whom one lost touch with, or back to the day."""
        if self._lost is not None:
            self._lost = None
            self._draw_day()
        else:
            self.query_one("#day").border_title = "Lost touch: counting …"
            self.run_job(lambda archive, _: self.Lost(archive.lost_touch()))


def _summary(found: Timeline) -> Content:
    undated = f", {found.undated:,} without a date" if found.undated else ""
    about = f": {one_line(found.said)}" if found.said else ""
    lines = [
        Content(f"{count(found.total, 'document')}{undated}{about}")
        + Content.styled("  copies not counted", "$foreground 60%")
    ]
    lines += [
        Content(f"Longest silence {one.days:,} days, {span(one.last, one.next)}")
        for one in found.silences(1)
    ]
    lines += [
        Content.styled(f"! {one_line(remark)}", "$text-warning") for remark in found.remarks
    ]
    return Content("\n").join(lines)


def _bar_row(label: str, number: int, most: int, room: int) -> Content:
    return (
        Content(f"{label:<{_LABEL}} ")
        + Content.styled(f"{number:>7,}  ", "bold")
        + Content.styled(bar(number, most, room), "$accent")
    )


def _seen_row(one: Passage, width: int) -> Content:
    year = f"{one.date.astimezone():%Y}" if one.date else ""
    title = one_line(one.title) or "(no title)"
    facts = f"      {who(one.people) or one.kind}"
    return (
        Content.styled(f"{year}  ", "$foreground 60%")
        + Content.styled(shorten(title, width - 6)[0], "bold")
        + Content("\n")
        + Content.styled(shorten(facts, width)[0], "$foreground 60%")
    )
