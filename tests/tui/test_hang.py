"""The event loop waits for nobody: whatever the archive takes, the screen goes on.

How late it comes is measured by `bench/app.py`; here it is asserted that no call that may
take time is made on its thread.
"""

from __future__ import annotations

import threading
from typing import Any

from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, shown
from tui.app import LifeArchiveApp
from tui.screens.search import SearchScreen
from tui.widgets.searchline import SearchInput


class Watched:
    """An archive that notes on which thread each of its methods is called."""

    def __init__(self, archive: FakeArchive) -> None:
        self._archive = archive
        self.called: list[tuple[str, threading.Thread]] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._archive, name)
        if callable(found):
            self.called.append((name, threading.current_thread()))
        return found


async def test_the_screen_goes_on_while_syncing_asking_and_searching(until: Until) -> None:
    archive = FakeArchive(closed=("sync", "evidence", "search"))
    watched = Watched(archive)
    app = LifeArchiveApp(lambda: watched)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("ctrl+r")
        await pilot.press(*"When?", "enter")
        await pilot.press("f2", *"lease")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        await until(pilot, lambda: "search" in {name for name, _ in watched.called})
        assert app.screen.query_one(SearchInput).value == "lease"
        assert "62%" in shown(app)
        for key in ("f3", "f4", "f6", "f8", "f9", "f10", "f2"):
            await pilot.press(key)
        await pilot.press(*" roof")
        assert app.screen.query_one(SearchInput).value == "lease roof"
        for gate in archive.gates.values():
            gate.open()
        await until(pilot, lambda: not app.syncing)
    names = {name for name, _ in watched.called}
    assert {"ask", "search", "sync_aside", "sources", "warm"} <= names
    here = {name for name, thread in watched.called if thread is threading.main_thread()}
    assert not here


async def test_what_is_read_meanwhile_is_found_without_asking_again(until: Until) -> None:
    archive = FakeArchive(closed=("sync",))
    app = LifeArchiveApp(lambda: archive)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("ctrl+r", "f2", *"zeppelin")
        await until(pilot, lambda: "Nothing found so far" in shown(app))
        assert "62%" in shown(app)
        before = len(archive.searches)
        archive.gates["sync"].open()
        await until(pilot, lambda: len(archive.searches) > before)
        await until(pilot, lambda: "Synced" in shown(app))
