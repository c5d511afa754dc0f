"""The library: what was read, what was not, and changing what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import LifeArchiveError
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, running, shown
from tui.screens.confirm import ConfirmScreen
from tui.screens.library import LibraryScreen
from tui.screens.log import LogScreen, entries
from tui.widgets.pathinput import PathInput, completed
from tui.widgets.question import QuestionInput


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_failures_say_where_why_and_what_to_do(
    until: Until, size: tuple[int, int]
) -> None:
    async with running(FakeArchive(), size) as (app, pilot):
        await pilot.press("f3")
        await until(pilot, lambda: "4,711 mails, 1 note" in shown(app))
        assert "1 could not be read" in shown(app)
        app.screen.query_one("#became").scroll_end(animate=False)
        await until(pilot, lambda: "has no mail headers" in shown(app))
        text = shown(app)
        assert "old.mbox byte 9" in text
        assert "it is no mail" in text
        assert "\x1b" not in text
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, LibraryScreen))


async def test_a_path_is_completed_added_and_read(until: Until, tmp_path: Path) -> None:
    (tmp_path / "Maildir").mkdir()
    archive = FakeArchive()
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f3", "a")
        line = app.screen.query_one(PathInput)
        line.value = f"{tmp_path}/Mai"
        line.cursor_position = len(line.value)
        await until(pilot, lambda: line._suggestion)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: archive.added == [tmp_path / "Maildir"])
        await until(pilot, lambda: archive.embedded == [True])
        await until(pilot, lambda: "Synced" in shown(app))


async def test_removing_asks_first(until: Until) -> None:
    archive = FakeArchive()
    async with running(archive, NARROW) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f3")
        await until(pilot, lambda: "/home/tom/Mail" in shown(app))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("enter")  # the focus is on No
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        assert not archive.removed
        await pilot.press("d", "y")
        await until(pilot, lambda: archive.removed == [Path("/home/tom/Mail")])
        await until(pilot, lambda: "Nothing was added yet" in shown(app))


async def test_one_asks_while_a_sync_that_retries_goes_on(until: Until) -> None:
    archive = FakeArchive(closed=("sync",))
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f3")
        await until(pilot, lambda: "1 could not be read" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: archive.retried == 1 and "62%" in shown(app))
        await pilot.press("escape")
        assert "62%" in shown(app)
        app.screen.query_one(QuestionInput).value = "When?"
        await pilot.press("enter")
        await until(pilot, lambda: archive.questions == ["When?"])
        archive.gates["sync"].open()
        await until(pilot, lambda: not app.syncing)


async def test_a_refusal_is_a_panel(until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = FakeArchive()

    def refuse(paths: object) -> None:
        raise LifeArchiveError("There is no /nowhere.", remedy="Check the spelling.")

    monkeypatch.setattr(archive, "add", refuse)
    async with running(archive, NARROW) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f3", "a", *"/nowhere", "enter")
        await until(pilot, lambda: "Check the spelling." in shown(app))
        assert not app.syncing


def test_paths_are_completed_from_the_disk(tmp_path: Path) -> None:
    (tmp_path / "Mail").mkdir()
    (tmp_path / "Mail" / "a.mbox").write_text("")
    assert completed(f"{tmp_path}/M") == f"{tmp_path}/Mail/"
    assert completed(f"{tmp_path}/Mail/") == f"{tmp_path}/Mail/a.mbox"
    assert completed(f"{tmp_path}/x") is None
    assert completed("Mail") is None


LOG = """\
tail of something
2026-11-20 03:00:00,123 77 INFO sync: 3 added; exit 0
2026-11-20 03:00:09,001 77 WARNING a calibration is damaged
2026-11-20 03:00:10,001 77 ERROR unexpected error
Traceback (most recent call last):
  File "x.py"\x1b[2J
"""


def test_a_traceback_belongs_to_its_entry() -> None:
    found = entries(LOG)
    assert [one.level for one in found] == ["INFO", "WARNING", "ERROR"]
    assert found[-1].text.splitlines()[1] == "Traceback (most recent call last):"


async def test_the_log_is_filtered_and_copied(until: Until, tmp_path: Path) -> None:
    archive = FakeArchive()
    archive.paths = type(archive.paths).find({"ARCHIVE_HOME": str(tmp_path)})
    archive.paths.state.mkdir()
    archive.paths.log.write_text(LOG)
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f10")
        await until(pilot, lambda: "3 added" in shown(app))
        assert "\x1b" not in shown(app)
        await pilot.press("l", "l")
        await until(pilot, lambda: "3 added" not in shown(app))
        assert "✗ unexpected error" in shown(app)
        await pilot.press("c")
        assert "Traceback" in app.clipboard
        assert "calibration" not in app.clipboard
        assert isinstance(app.screen, LogScreen)
