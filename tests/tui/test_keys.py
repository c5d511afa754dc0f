"""Keys of one's own, themes, and what is remembered from one run to the next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.settings import Settings, SettingsWrong, load
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, running, shown
from tui import state as kept
from tui.app import LifeArchiveApp, places
from tui.keys import bindings, checked
from tui.screens.library import LibraryScreen
from tui.screens.search import SearchScreen
from tui.theme import few_colours
from tui.widgets.searchline import SearchInput


async def test_a_key_of_ones_own_goes_before_the_line_and_the_old_one_is_free(
    until: Until,
) -> None:
    keys = {"search": "ctrl+k", "library.add": "plus", "serch": "x"}
    archive = FakeArchive(settings=Settings(keys=keys))
    async with running(archive, WIDE) as (app, pilot):
        await until(pilot, lambda: app.keys)
        assert app.keys == {"search": "ctrl+k", "library.add": "plus"}
        await until(pilot, lambda: any("serch" in one.message for one in app._notifications))
        await pilot.press("f2")
        assert not isinstance(app.screen, SearchScreen)
        await pilot.press("ctrl+k")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        await pilot.press("f1")
        await until(pilot, lambda: "^k" in shown(app) and "[search]" in shown(app))
        await pilot.press("escape", "f3")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await pilot.press("plus")
        assert app.screen.query_one("#path").display


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"library.add": "d"}, "“Remove” already (In the library)"),
        ({"library.add": "f2"}, "“Search” already (Anywhere)"),
        ({"search": "ctrl+s"}, "“Sort” already (Searching)"),
        ({"search": "contrl+k"}, "contrl+k is no key"),
        ({"everything": "x"}, "there is no such name"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(keys: dict[str, str], says: str) -> None:
    taken, refused = checked(keys, places())
    assert not taken
    assert says in refused[0]
    assert "\n" not in refused[0]


def test_two_may_change_keys_with_each_other() -> None:
    keys = {"library.add": "d", "library.remove": "a"}
    assert checked(keys, places()) == (keys, [])


def test_names_of_keys_are_told_apart() -> None:
    names = [one.id for where in places() for one in bindings(where) if one.id]
    assert len(names) == len(set(names))


def test_keys_are_read_from_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keys]\nsearch = "ctrl+k"\n"library.add" = "plus"\n')
    assert load(path).keys == {"search": "ctrl+k", "library.add": "plus"}
    path.write_text("[keys]\nsearch = 3\n")
    with pytest.raises(SettingsWrong, match="line 2"):
        load(path)


async def test_a_run_begins_as_the_one_before_ended(
    until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    file = tmp_path / "state" / "app.json"
    first = LifeArchiveApp(FakeArchive, state_file=file)
    async with first.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: first.archive is not None)
        first.theme = "daylight"
        await pilot.press("f3")
        await pilot.press("alt+right", "alt+right")
        await until(pilot, lambda: first.state.widths)
        await pilot.press("f2", *"lease")
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["search"] == "lease"
    second = LifeArchiveApp(FakeArchive, state_file=file)
    async with second.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: isinstance(second.screen, LibraryScreen))
        assert second.theme == "daylight"
        wide = second.screen.query_one("#added")
        await until(
            pilot, lambda: wide.outer_size.width == second.state.widths["LibraryScreen"]
        )
        await pilot.resize_terminal(*NARROW)
        await until(pilot, lambda: wide.outer_size.width == NARROW[0])
        await pilot.press("f2")
        await until(pilot, lambda: second.screen.query_one(SearchInput).value == "lease")


def test_what_was_kept_may_be_anything(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    for text in ("", "[]", '{"theme": 3, "widths": {"a": "b"}, "screen": "search"}'):
        path.write_text(text)
        state = kept.load(path)
        assert state.theme == ""
        assert state.widths == {}


@pytest.mark.parametrize(
    ("environ", "system", "few"),
    [
        ({}, "truecolor", False),
        ({}, "256", False),
        ({}, "standard", True),
        ({"NO_COLOR": "1"}, "truecolor", True),
    ],
)
def test_few_colours_are_noticed(environ: dict[str, str], system: str, few: bool) -> None:
    assert few_colours(environ, system) is few


async def test_what_is_chosen_is_underlined_where_colours_are_few(
    until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeArchive(), NARROW) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        assert app.theme == "contrast"
        await pilot.press("f8")
        await until(pilot, lambda: "qwen2.5" in shown(app))
        rows = app.screen._compositor.render_strips()[2:4]
        lined = [any(s.style and s.style.underline for s in row) for row in rows]
        assert lined == [True, False]


async def test_the_theme_without_shades_underlines_in_any_terminal(
    until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.app.few_colours", lambda environ, system: False)
    async with running(FakeArchive(), NARROW) as (app, pilot):
        assert app.theme == "lamplight"
        assert not app.has_class("-few-colours")
        app.theme = "contrast"
        await until(pilot, lambda: app.has_class("-few-colours"))
        app.theme = "daylight"
        await until(pilot, lambda: not app.has_class("-few-colours"))


async def test_help_that_does_not_fit_in_a_line_goes_on_below_its_beginning(
    until: Until,
) -> None:
    async with running(FakeArchive(), NARROW) as (app, pilot):
        await pilot.press("f1")
        await until(pilot, lambda: "Anywhere" in shown(app))
        lines = shown(app).splitlines()
        at = next(place for place, line in enumerate(lines) if "Search as you type" in line)
        begins = lines[at].index("Search as you type")
        assert lines[at + 1].index("[search]") == begins


async def test_every_screen_is_in_the_command_palette(until: Until) -> None:
    async with running(FakeArchive()) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert {"Sync", "Search", "Library", "Models", "Evaluate", "Log"} <= set(titles)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert any(title.startswith("Remove") for title in titles)
