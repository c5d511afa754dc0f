"""People in the app: listed as one types, known, merged, split, handed on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, shown
from tui.app import LifeArchiveApp
from tui.screens.confirm import ConfirmScreen
from tui.screens.people import PeopleScreen
from tui.screens.pick import PickScreen
from tui.screens.reader import ReaderScreen
from tui.screens.search import SearchScreen
from tui.widgets.searchline import SearchInput


@asynccontextmanager
async def among_people(
    archive: FakeArchive, until: Until, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[LifeArchiveApp, Pilot[None]]]:
    app = LifeArchiveApp(lambda: archive)
    async with app.run_test(size=size) as pilot:
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen))
        await until(pilot, lambda: known(app) == "Anna Weber")
        yield app, pilot


def known(app: LifeArchiveApp) -> str:
    card = getattr(app.screen, "_card", None)
    return card.who.label if card else ""


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_person_is_found_as_one_types_and_shown_in_full(
    until: Until, size: tuple[int, int]
) -> None:
    async with among_people(FakeArchive(), until, size) as (app, pilot):
        await pilot.press(*"tom")
        await until(pilot, lambda: known(app) == "Tom Lee")
        assert app.screen.query_one("#people", OptionList).option_count == 1
        assert "Tom Lee" in shown(app)
        assert "140 threads, the latest 1" in shown(app)
        await pilot.press("escape")
        await until(
            pilot, lambda: app.screen.query_one("#people", OptionList).option_count == 3
        )


async def test_the_card_tells_everything_in_words(until: Until) -> None:
    async with among_people(FakeArchive(), until) as (app, pilot):
        await until(pilot, lambda: "614 days" in shown(app))
        text = shown(app)
        assert "first contact 12 Mar 2019" in text
        assert "to you  from you" in text
        assert "and 1 without a date" in text
        assert "introduced in a mail from Berg: Appointment [b]" in text
        assert "Tom, meet Anna." in text
        assert "mast 4" in text
        assert "in 2007: nothing from 2 May 2007 to 5 Jan 2009, 614 days" in text
        # The sorts of a bar differ in more than colour.
        assert {"█", "▒", "╎"} <= set(text)


async def test_a_thread_opens_in_the_reader(until: Until) -> None:
    async with among_people(FakeArchive(), until) as (app, pilot):
        app.screen.query_one("#threads", OptionList).focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        await until(pilot, lambda: "source 1 of 2" in shown(app) or "1 of 2" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen))


async def test_their_mail_is_searched(until: Until) -> None:
    async with among_people(FakeArchive(), until) as (app, pilot):
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        line = app.screen.query_one(SearchInput)
        await until(pilot, lambda: line.value == "with:anna@example.org")


async def test_summarising_is_handed_on(until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        LifeArchiveApp, "action_summarise", lambda _, query="": asked.append(query)
    )
    async with among_people(FakeArchive(), until) as (_, pilot):
        await pilot.press("ctrl+y")
        await until(pilot, lambda: asked == ["with:anna@example.org"])


async def test_two_are_merged_once_that_is_confirmed(until: Until) -> None:
    archive = FakeArchive()
    async with among_people(archive, until) as (app, pilot):
        await pilot.press("ctrl+n", "down")
        await until(pilot, lambda: known(app) == "Tom Lee")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, PeopleScreen))
        assert archive.merged is None

        await pilot.press("ctrl+n", "up")
        await until(pilot, lambda: known(app) == "Anna Weber")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: archive.merged == ("tom@example.org", "anna@example.org"))


async def test_an_address_is_taken_apart_once_that_is_confirmed(until: Until) -> None:
    archive = FakeArchive()
    async with among_people(archive, until) as (app, pilot):
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: archive.apart == "weber@firm.example")


async def test_nobody_is_told_kindly_and_nothing_drives_the_terminal(until: Until) -> None:
    async with among_people(FakeArchive(), until) as (app, pilot):
        assert "[red]Eve[/]" in shown(app)
        assert "\x1b" not in shown(app)
        await pilot.press(*"zz")
        await until(pilot, lambda: "Nobody is called so." in shown(app))
