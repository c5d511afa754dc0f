"""The app as a person drives it: keys in, words on the screen out."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from archive.paths import Paths
from index.query import Query
from ingest.errors import LifeArchiveError
from tests.tui import fakes
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive, Status
from tui.app import LifeArchiveApp
from tui.screens.help import HelpScreen
from tui.screens.reader import ReaderScreen
from tui.widgets.document import DocumentView
from tui.widgets.notice import Notice
from tui.widgets.question import QuestionInput
from tui.widgets.sources import SourceList
from tui.widgets.syncbar import SyncBar
from tui.widgets.turn import Turn

WIDE, NARROW = (140, 40), (80, 24)


def shown(app: LifeArchiveApp) -> str:
    """What is on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def turn(app: LifeArchiveApp) -> Turn:
    return app.screen_stack[0].query(Turn).last()


def sources(app: LifeArchiveApp) -> SourceList:
    return app.screen_stack[0].query_one(SourceList)


def quoted(view: DocumentView) -> str:
    """The words that are drawn as quoted."""
    style = view.get_component_rich_style("document--quote")
    rows = (view.render_line(y) for y in range(view.size.height))
    words = [
        "".join(segment.text for segment in row if _same(segment.style, style)) for row in rows
    ]
    return " ".join(word for word in words if word)


def _same(style: Any, other: Any) -> bool:
    return style is not None and style.bgcolor == other.bgcolor and bool(style.bold)


@asynccontextmanager
async def running(
    archive: FakeArchive, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[LifeArchiveApp, Pilot[None]]]:
    app = LifeArchiveApp(lambda: archive)
    try:
        async with app.run_test(size=size) as pilot:
            yield app, pilot
    finally:
        for gate in archive.gates.values():
            gate.open()


async def ask(pilot: Pilot[None], question: str = "When did we sign?") -> None:
    pilot.app.screen.query_one(QuestionInput).value = question
    await pilot.press("enter")
    await pilot.pause()


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_question_evidence_answer_source_and_back(
    until: Until, size: tuple[int, int]
) -> None:
    archive = FakeArchive(closed=("evidence", "tokens", "answer"))
    async with running(archive, size) as (app, pilot):
        assert isinstance(app.focused, QuestionInput)
        await pilot.press(*"When", "space", *"was", "space", *"it", "question_mark", "enter")
        await until(pilot, lambda: archive.questions)
        assert archive.questions == ["When was it?"]
        assert not sources(app).display

        archive.gates["evidence"].open()
        await until(pilot, lambda: sources(app).option_count == 4)
        assert "We signed the lease" in shown(app)
        assert "Likely right" not in shown(app)

        archive.gates["tokens"].open()
        await until(pilot, lambda: "12 March 2019 [1]" in shown(app))
        assert "✓" not in shown(app)

        archive.gates["answer"].open()
        await until(pilot, lambda: not turn(app).running)
        text = shown(app)
        assert "Likely right" in text
        assert "72%" in text
        assert "uncalibrated" in text
        assert "Source 1 says so in these words." in text
        assert "[1]" in text
        assert "[2?]" in text
        assert "[9?]" in text
        assert "1 ✓" in text

        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        view = app.screen.query_one(DocumentView)
        await until(pilot, lambda: quoted(view) == fakes.QUOTE)
        assert "anna@example.org" in shown(app)
        assert "/home/tom/Mail/archive-2019.mbox" in shown(app)
        assert "Also in /home/tom/Mail/Sent · byte 99" in shown(app)
        await pilot.press("n")
        await until(pilot, lambda: "Appointment" in shown(app))

        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ReaderScreen))
        assert sources(app).highlighted == 1
        await pilot.press("k", "3")
        await until(pilot, lambda: "Page    2 of 2" in shown(app))


async def test_sources_stand_beside_or_below() -> None:
    for size, beside in ((WIDE, True), (NARROW, False), ((200, 60), True)):
        async with running(FakeArchive(), size) as (app, pilot):
            await ask(pilot)
            while turn(app).running:
                await pilot.pause(0.005)
            await pilot.pause()
            talk = app.screen.query_one("#conversation").region
            listed = sources(app).region
            assert (listed.x >= talk.right) is beside
            assert (listed.y >= talk.bottom) is not beside
            assert turn(app).region.y >= talk.y or size == NARROW
            await pilot.resize_terminal(60, 20)
            await pilot.pause()
            assert sources(app).region.right <= 60


async def test_declining_is_calm_and_offers_what_is_closest(until: Until) -> None:
    async with running(FakeArchive(answer=fakes.DECLINED)) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        text = shown(app)
        assert "Not in your archive" in text
        assert "Closest sources (4)" in text
        assert "No source names a price." in text
        assert "The closest I found is “The lease” [1]." in text
        assert "✗" not in text
        assert "It may be there all the same  12%" in text


async def test_expected_error_says_what_to_do(until: Until) -> None:
    error = LifeArchiveError("No model at /m.", remedy="Run `archive models pull`.")
    async with running(FakeArchive(error=error)) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        assert "✗ No model at /m." in shown(app)
        assert "→ Run `archive models pull`." in shown(app)


async def test_bug_goes_to_the_log_and_not_to_the_screen(
    until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    archive = FakeArchive(error=RuntimeError("secret detail"))
    async with running(archive) as (app, pilot):
        with caplog.at_level(logging.ERROR, logger="archive"):
            await ask(pilot)
            await until(pilot, lambda: not turn(app).running)
        assert "Traceback" in caplog.text
        assert "secret detail" in caplog.text
        assert "Traceback" not in shown(app)
        assert "archive.log" in shown(app)
        await ask(pilot)
        assert len(app.query(Turn)) == 2


async def test_archive_that_does_not_open_says_so(until: Until) -> None:
    def fail() -> FakeArchive:
        raise LifeArchiveError("config.toml is wrong.", remedy="Mend line 3.")

    app = LifeArchiveApp(fail)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.screen.query_one(Notice).display)
        assert "config.toml is wrong." in shown(app)
        assert "Mend line 3." in shown(app)
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("ctrl+r")
        await pilot.pause()


async def test_asking_works_while_the_models_load(until: Until) -> None:
    archive = FakeArchive(closed=("warm", "tokens"))
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: "loading model" in shown(app))
        await ask(pilot)
        await until(pilot, lambda: "Loading the model…" in shown(app))
        assert "We signed the lease" in shown(app)
        archive.gates["tokens"].open()
        await until(pilot, lambda: not turn(app).running)
        archive.gates["warm"].open()
        await until(pilot, lambda: "● ready" in shown(app))


async def test_question_before_the_archive_is_open(until: Until) -> None:
    opening = threading.Event()
    archive = FakeArchive()

    def slowly() -> FakeArchive:
        opening.wait(5)
        return archive

    app = LifeArchiveApp(slowly)
    async with app.run_test(size=WIDE) as pilot:
        await ask(pilot)
        await until(pilot, lambda: "Opening the archive…" in shown(app))
        opening.set()
        await until(pilot, lambda: not turn(app).running)
        assert "Likely right" in shown(app)


async def test_escape_stops_and_says_that_nothing_was_checked(until: Until) -> None:
    archive = FakeArchive(closed=("answer",))
    async with running(archive) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: "You signed" in shown(app))
        await pilot.press("escape")
        await until(pilot, archive.stopped.is_set)
        assert "were not checked" in shown(app)
        archive.gates["answer"].open()
        await ask(pilot, "Again?")
        await until(pilot, lambda: not turn(app).running)
        assert shown(app).count("Likely right") == 1


async def test_new_question_takes_the_place_of_a_running_one(until: Until) -> None:
    archive = FakeArchive(closed=("tokens",))
    async with running(archive) as (app, pilot):
        await ask(pilot, "First?")
        await until(pilot, lambda: sources(app).option_count)
        await ask(pilot, "Second?")
        await until(pilot, archive.stopped.is_set)
        archive.gates["tokens"].open()
        await until(pilot, lambda: not turn(app).running)
        assert shown(app).count("Likely right") == 1
        await pilot.press("ctrl+up")
        assert app.query(Turn).first().has_class("-current")
        await pilot.press("up", "up")
        assert app.query_one(QuestionInput).value == "First?"


async def test_a_follow_up_is_asked_with_the_question_before_it(until: Until) -> None:
    archive = FakeArchive()
    before = Query(text="When did Kate write?", words="When did Kate write?")
    archive.found = replace(archive.found, query=before, added="Kate")
    async with running(archive) as (app, pilot):
        await ask(pilot, "When did Kate write?")
        await until(pilot, lambda: not turn(app).running)
        await ask(pilot, "and why?")
        await until(pilot, lambda: len(archive.questions) == 2 and not turn(app).running)
        assert archive.earlier == [(), (before,)]
        assert "following on: Kate" in shown(app)


async def test_sync_shows_how_far_it_is_and_the_rest_stays_usable(until: Until) -> None:
    archive = FakeArchive(closed=("sync",))
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: "● ready" in shown(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "62%" in shown(app))
        assert "Mail/[red][31minbox.mbox" in shown(app)
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        archive.gates["sync"].open()
        await until(pilot, lambda: "Synced" in shown(app))
        assert "12 added, 1 changed · 14 s · 2 items could not be read" in shown(app)
        await pilot.press("escape")
        assert not app.query_one(SyncBar).display


async def test_sync_can_be_stopped(until: Until) -> None:
    async with running(FakeArchive(closed=("sync",))) as (app, pilot):
        await until(pilot, lambda: "● ready" in shown(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "62%" in shown(app))
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "Sync stopped" in shown(app))


async def test_a_sync_of_another_process_is_noticed(until: Until, tmp_path: Path) -> None:
    archive = FakeArchive()
    archive.paths = Paths.find({"ARCHIVE_HOME": str(tmp_path)})
    archive.paths.catalog.parent.mkdir(parents=True)
    archive.paths.catalog.write_bytes(b"")
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: "12,345 documents" in shown(app))
        app.notice_others()
        archive._status = replace(archive._status, documents=12_399)
        app.notice_others()  # nothing was written
        assert "12,345 documents" in shown(app)
        archive.paths.catalog.with_name("catalog.sqlite-wal").write_bytes(b"more")
        app.notice_others()
        await until(pilot, lambda: "12,399 documents" in shown(app))


async def test_sync_that_fails_says_why(until: Until) -> None:
    error = LifeArchiveError("Another sync is at work (pid 7).", remedy="Wait for it.")
    async with running(FakeArchive(sync_error=error)) as (app, pilot):
        await until(pilot, lambda: "● ready" in shown(app))
        await pilot.press("f5")
        await until(pilot, lambda: app.query_one(Notice).display)
        assert "Another sync is at work" in shown(app)
        assert not app.query_one(SyncBar).display
        await pilot.press("escape")
        assert not app.query_one(Notice).display


@pytest.mark.parametrize("closed", ["warm", "evidence", "tokens"])
async def test_quitting_waits_for_nobody(until: Until, closed: str) -> None:
    archive = FakeArchive(closed=(closed,))
    app = LifeArchiveApp(lambda: archive)
    async with app.run_test(size=WIDE) as pilot:
        await ask(pilot)
        await until(pilot, archive.gates[closed].reached.is_set)
        began = time.monotonic()
        await pilot.press("ctrl+q")
    assert time.monotonic() - began < 1
    if closed != "warm":
        assert archive.stopped.wait(2)
    for gate in archive.gates.values():
        gate.open()


async def test_nothing_in_the_archive_is_markup_or_drives_the_terminal(until: Until) -> None:
    async with running(FakeArchive(), (200, 60)) as (app, pilot):
        await ask(pilot, "[bold red]who[/] is \x1b[31mEve?")
        await until(pilot, lambda: not turn(app).running)
        text = shown(app)
        assert "[bold red]who[/] is" in text
        assert "[bold red]Invoice[/] [31mred[0m gnp.exe" in text
        assert "[red]Eve[/]" in text
        await pilot.press("tab", "4")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        view = app.screen.query_one(DocumentView)
        await until(
            pilot,
            lambda: quoted(view) == "[bold red]not markup[/] ]0;owned [link=http://x]go[/link]",
        )
        assert "[red]Eve[/] [2J <eve@example.org>" in shown(app)
        text += shown(app)
        assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(text)


async def test_quote_that_is_gone_is_not_highlighted(
    until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FakeArchive()
    changed = fakes.Document(passage=fakes.passage(1, "Other words."), text="Other words.")
    monkeypatch.setattr(archive, "document", lambda _: fakes.Stored(changed))
    async with running(archive) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "sync again" in shown(app))
        assert quoted(app.screen.query_one(DocumentView)) == ""


@pytest.mark.parametrize(
    ("status", "model", "says"),
    [
        (Status(sources=0, documents=0), "m", "archive add ~/Mail"),
        (Status(documents=0), "m", "Press Ctrl+R to read"),
        (Status(), "", "archive models pull"),
        (Status(), "m", "Ask about 12,345 documents"),
    ],
)
async def test_welcome_says_what_to_do_first(
    until: Until, status: Status, model: str, says: str
) -> None:
    async with running(FakeArchive(status=status, model=model), NARROW) as (app, pilot):
        await until(pilot, lambda: says in shown(app))
        assert ("no model" in shown(app)) is not bool(model)


async def test_question_mark_is_help_only_in_the_empty_line(until: Until) -> None:
    async with running(FakeArchive()) as (app, pilot):
        await pilot.press("a", "question_mark")
        assert app.query_one(QuestionInput).value == "a?"
        await pilot.press("backspace", "backspace", "question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        listed = "\n".join(str(table.render()) for table in app.screen.query(Static))
        for words in ("Ask", "Open the source with this number", "Copy quote", "Quit", "Sync"):
            assert words in listed
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, HelpScreen))


def test_importing_the_app_loads_nothing_heavy() -> None:
    code = (
        "import sys, tui.app; heavy = {'torch', 'numpy', 'chromadb', 'llama_cpp',"
        " 'onnxruntime', 'llama_index', 'unstructured', 'sentence_transformers'};"
        " print(*heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "archive-worker":
            thread.join(2)
            assert not thread.is_alive()


async def test_the_report_says_what_was_read_and_what_was_not(until: Until) -> None:
    app = LifeArchiveApp(FakeArchive)
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f3")
        await until(pilot, lambda: "4,711 mails, 1 note" in shown(app))
        screen = shown(app)
        assert "12 copies of something already there" in screen
        assert "60% not searched twice" in screen
        assert "40 × in a spam or bin folder" in screen
        assert "old.mbox byte 9" in screen
        assert "\x1b" not in screen
        await pilot.press("escape")
        await until(pilot, lambda: "4,711 mails" not in shown(app))
