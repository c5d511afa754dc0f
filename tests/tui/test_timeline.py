"""The timeline in the app: years, months, this day, lost touch, and on to the search."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, shown
from tui.app import LifeArchiveApp
from tui.screens.reader import ReaderScreen
from tui.screens.search import SearchScreen
from tui.screens.timeline import TimelineScreen
from tui.widgets.searchline import SearchInput


@asynccontextmanager
async def on_the_timeline(
    until: Until, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[LifeArchiveApp, Pilot[None]]]:
    app = LifeArchiveApp(FakeArchive)
    async with app.run_test(size=size) as pilot:
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, TimelineScreen))
        await until(pilot, lambda: "44 documents, 1 without a date" in shown(app))
        yield app, pilot


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_year_opens_into_its_months_and_a_month_into_the_search(
    until: Until, size: tuple[int, int]
) -> None:
    async with on_the_timeline(until, size) as (app, pilot):
        bars = app.screen.query_one("#bars", OptionList)
        assert bars.option_count == 17
        assert "2003             2  " in shown(app)
        await pilot.press("end", "enter")
        await until(pilot, lambda: bars.option_count == 18)
        assert "  Mar 2019      40  " in str(bars.get_option_at_index(17).prompt)
        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        line = app.screen.query_one(SearchInput)
        await until(pilot, lambda: line.value == "during:2019-03")


async def test_a_query_is_counted_and_goes_along_to_the_search(until: Until) -> None:
    async with on_the_timeline(until) as (app, pilot):
        app.screen.query_one("#query", Input).value = "boat"
        await until(pilot, lambda: "5 documents, 1 without a date: boat" in shown(app))
        assert "! no [b]date" in shown(app)
        app.screen.query_one("#bars").focus()
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        line = app.screen.query_one(SearchInput)
        await until(pilot, lambda: line.value == "boat during:2019")


async def test_this_day_of_other_years_opens_in_the_reader(until: Until) -> None:
    async with on_the_timeline(until) as (app, pilot):
        if not date.today().day % 2:
            await pilot.press("right_square_bracket")
            if not app.screen._day.day % 2:  # after the 31st comes the 1st
                await pilot.press("right_square_bracket")
        await until(pilot, lambda: "The lease" in shown(app))
        app.screen.query_one("#day", OptionList).focus()
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))


async def test_with_whom_one_lost_touch_is_told_and_put_away_again(until: Until) -> None:
    async with on_the_timeline(until) as (app, pilot):
        await pilot.press("g")
        await until(pilot, lambda: "in 2007: nothing from 2 May 2007" in shown(app))
        app.screen.query_one("#bars").focus()
        await pilot.press("g")
        await until(pilot, lambda: "in 2007" not in shown(app))
