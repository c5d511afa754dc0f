"""The first run: what is found, what is read, what is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive, Status
from tests.tui.test_app import NARROW, WIDE, shown
from tui.app import LifeArchiveApp
from tui.screens.search import SearchScreen
from tui.screens.setup import SetupScreen

EMBEDDER, ANSWERER = "all-minilm-l6-v2", "qwen2.5-coder-1.5b-instruct"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Maildir" / "cur").mkdir(parents=True)
    (tmp_path / "Maildir" / "cur" / "1:2,S").write_text("Subject: x\n\nHello")
    vault = tmp_path / "Documents" / "Boat"
    (vault / ".obsidian").mkdir(parents=True)
    (vault / "mast.md").write_text("The mast.")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_one_searches_while_models_are_fetched_and_mail_is_read(
    until: Until, home: Path, size: tuple[int, int]
) -> None:
    archive = FakeArchive(
        status=Status(sources=0, documents=0),
        missing_models=(EMBEDDER, ANSWERER),
        closed=("pull",),
    )
    app = LifeArchiveApp(lambda: archive, first_run=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "2 places found" in shown(app))
        assert "Maildir" in shown(app)
        assert "Obsidian vault “Boat”" in shown(app)
        assert "Apache-2.0" in shown(app)
        assert "[x] Maildir" in shown(app)
        await pilot.press("space")
        await until(pilot, lambda: "[ ] Maildir" in shown(app))
        assert "[x] Obsidian" in shown(app)
        await pilot.press("enter")  # without the first one
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        assert archive.added == [home / "Documents" / "Boat"]
        await until(pilot, lambda: archive.embedded == [False])
        await pilot.press(*"notary")
        await until(pilot, lambda: "2 passages" in shown(app))
        archive.gates["pull"].open()
        await until(pilot, lambda: set(archive.models.pulled) == {EMBEDDER, ANSWERER})
        await until(pilot, lambda: archive.embedded == [False, True])


async def test_the_setup_can_wait_and_is_offered_only_once(until: Until, home: Path) -> None:
    archive = FakeArchive(status=Status(sources=0, documents=0))
    app = LifeArchiveApp(lambda: archive, first_run=True)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SetupScreen))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, SetupScreen))
    used = LifeArchiveApp(FakeArchive, first_run=True)
    async with used.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: used.archive is not None)
        await until(pilot, lambda: "ready" in shown(used))
        assert not isinstance(used.screen, SetupScreen)
