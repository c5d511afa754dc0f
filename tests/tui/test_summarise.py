"""Summaries in the app: asked for, told of gently, stopped, and opened at their sources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from archive.summary.noting import Progress
from ingest.errors import LifeArchiveError
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, shown
from tui.app import LifeArchiveApp
from tui.screens.reader import ReaderScreen
from tui.screens.summarise import SummariseScreen
from tui.screens.tender import TenderScreen
from tui.summed import reading
from tui.widgets.notice import Notice


@asynccontextmanager
async def summarising(
    archive: FakeArchive, until: Until, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[LifeArchiveApp, Pilot[None]]]:
    app = LifeArchiveApp(lambda: archive)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.archive is not None)
            await pilot.press("f7")
            await until(pilot, lambda: isinstance(app.screen, SummariseScreen))
            yield app, pilot
    finally:
        for gate in archive.gates.values():
            gate.open()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_summary_comes_with_its_coverage_and_sources(
    until: Until, size: tuple[int, int]
) -> None:
    archive = FakeArchive()
    async with summarising(archive, until, size) as (app, pilot):
        assert "with:anna during:2004" in shown(app)
        await pilot.press(*"lease", "enter")
        await until(pilot, lambda: "The lease was signed. [1]" in shown(app))
        assert "Read 3 of 3 messages in 2 threads, 2019-03 to 2019-05" in shown(app)
        assert max(map(len, shown(app).splitlines())) <= size[0]
        await pilot.press("tab")
        assert isinstance(app.focused, OptionList)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))


async def test_what_hurts_is_asked_about_first(until: Until) -> None:
    archive = FakeArchive()
    async with summarising(archive, until) as (app, pilot):
        await pilot.press(*"funeral", "enter")
        await until(pilot, lambda: isinstance(app.screen, TenderScreen))
        assert "a death (1 message)" in shown(app)
        assert archive.left_out == []
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing was read." in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TenderScreen))
        await pilot.press("l")
        await until(pilot, lambda: "1 thread left out" in shown(app).replace("\n", " "))
        assert archive.left_out == [frozenset({2})]


async def test_reading_shows_how_far_it_is_and_can_be_stopped(until: Until) -> None:
    archive = FakeArchive(closed=("summary",))
    async with summarising(archive, until) as (app, pilot):
        await pilot.press(*"lease", "enter")
        await until(pilot, lambda: "Reading part 1 of 2" in shown(app))
        assert not {"\x1b", "\u202e", "\u200b"} & set(shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "· stopped; Enter in the line goes on" in shown(app))
        assert isinstance(app.screen, SummariseScreen)
        await pilot.press("enter")
        await until(pilot, lambda: len(archive.summaries) == 2)


def test_progress_goes_on_telling_something_when_an_estimate_has_run_out() -> None:
    begun = Progress(done=0, total=2, seconds_left=20.0, title="The \x1b lease")
    assert reading(begun, 0, 20).startswith(
        "Reading part 1 of 2  0 s, about 20 s left  The lease"
    )
    assert reading(begun, 75, -55).startswith("Reading part 1 of 2  1 min  The lease")
    again = replace(begun, kept=3)
    assert reading(again, 0, 20).startswith("Reading part 4 of 5  0 s")
    done = replace(begun, done=2)
    assert reading(done, 80, 0) == "Putting it together …  1 min"


async def test_form_and_length_are_chosen_by_keys(until: Until) -> None:
    archive = FakeArchive()
    async with summarising(archive, until) as (app, pilot):
        await pilot.press("ctrl+t", "ctrl+l", *"lease", "enter")
        await until(pilot, lambda: "The lease was signed." in shown(app))
        (wanted,) = archive.summaries
        assert (wanted.shape.value, wanted.length.value) == ("timeline", "long")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: len(archive.left_out) == 2)
        assert archive.summaries[1].shape.value == "open"


async def test_an_error_is_a_panel_and_another_try_is_possible(until: Until) -> None:
    error = LifeArchiveError("with:zacharias is nobody.", remedy="See: archive people")
    async with summarising(FakeArchive(error=error), until) as (app, pilot):
        await pilot.press(*"lease", "enter")
        await until(pilot, lambda: app.screen.query_one(Notice).display)
        assert "with:zacharias is nobody." in shown(app)
        await pilot.press("escape")
        assert not app.screen.query_one(Notice).display


async def test_another_screen_can_ask_for_one(until: Until) -> None:
    archive = FakeArchive()
    async with summarising(archive, until) as (app, pilot):
        app.action_summarise("with:anna")
        await until(pilot, lambda: "The lease was signed." in shown(app))
        assert app.screen.query_one("#asked", Input).value == "with:anna"


async def test_a_summary_is_written_with_its_sources(
    until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with summarising(FakeArchive(), until) as (app, pilot):
        await pilot.press("ctrl+e")  # there is none yet
        await pilot.press(*"lease", "enter")
        await until(pilot, lambda: "The lease was signed. [1]" in shown(app))
        await pilot.press("ctrl+e")
        await until(pilot, lambda: len(list(tmp_path.iterdir())) == 1)
        (written,) = tmp_path.iterdir()
        await until(pilot, lambda: "## Sources" in written.read_text())
        assert "Read 3 of 3 messages" in written.read_text()
        await pilot.press("ctrl+e")  # nothing that was written is written over
        await until(pilot, lambda: len(list(tmp_path.iterdir())) == 2)
