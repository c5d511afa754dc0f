"""What one does with an answer: look at its sources, judge it, bring it back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archive.confidence import Confidence
from tests.tui import fakes
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, ask, quoted, running, shown, sources, turn
from tui.screens.history import HistoryScreen
from tui.screens.reader import ReaderScreen
from tui.widgets.document import DocumentView
from tui.widgets.turn import Turn


async def test_the_chosen_source_stands_beside_the_answer(until: Until) -> None:
    async with running(FakeArchive(), WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        view = app.screen.query_one(DocumentView)
        await until(pilot, lambda: quoted(view) == fakes.QUOTE)
        await pilot.press("tab", "down")
        await until(pilot, lambda: quoted(view).startswith("The notary in Lindau"))
        app.screen.action_cite(turn(app).number, 1)
        await until(pilot, lambda: sources(app).highlighted == 0)
        assert not isinstance(app.screen, ReaderScreen)
        app.screen.action_cite(turn(app).number, 1)
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))


async def test_on_a_small_screen_a_citation_opens_the_reader(until: Until) -> None:
    async with running(FakeArchive(), NARROW) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        app.screen.action_cite(turn(app).number, 2)
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))


async def test_a_verdict_is_saved_shown_changed_and_taken_back(until: Until) -> None:
    archive = FakeArchive()
    async with running(archive, WIDE) as (app, pilot):
        await pilot.press("ctrl+y")
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("ctrl+y")
        await until(pilot, lambda: "Saved as right" in shown(app))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "Saved as wrong" in shown(app))
        assert [one["verdict"] for one in archive.verdicts] == ["wrong"]
        await pilot.press("tab", "down", "ctrl+g")
        await until(pilot, lambda: "right source: [2]" in shown(app))
        assert archive.verdicts[-1] == {
            "question": "When did we sign?",
            "verdict": "source",
            "n": 2,
        }
        await pilot.press("ctrl+n", "ctrl+g")
        await until(pilot, lambda: not archive.verdicts)
        await until(pilot, lambda: "takes it back" not in shown(app))


async def test_an_earlier_answer_comes_back_without_being_asked_again(until: Until) -> None:
    archive = FakeArchive()
    async with running(archive, WIDE) as (app, pilot):
        await ask(pilot, "When did we sign?")
        await until(pilot, lambda: not turn(app).running)
        await ask(pilot, "Who has them?")
        await until(pilot, lambda: len(archive.history) == 2)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "2 answers" in shown(app))
        await pilot.press(*"sign", "backspace", "n")
        await until(pilot, lambda: "2 answers" in shown(app))
        await pilot.press(*" when")
        await until(pilot, lambda: "1 answer " in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, HistoryScreen))
        await until(pilot, lambda: len(app.query(Turn)) == 3)
        assert turn(app).question == "When did we sign?"
        assert sources(app).option_count == 4
        assert len(archive.questions) == 2
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "2 answers" in shown(app))
        await pilot.press("delete")
        await until(pilot, lambda: len(archive.history) == 1)


async def test_a_source_with_instructions_in_it_is_marked_by_words(until: Until) -> None:
    answer = replace(fakes.ANSWER, flagged=(4,))
    async with running(FakeArchive(answer=answer), (200, 60)) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: "holds instructions" in shown(app))
        await pilot.press("tab", "4")
        await until(pilot, lambda: "looks like instructions" in shown(app))


async def test_an_answer_is_written_with_its_sources(
    until: Until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(FakeArchive(), WIDE) as (app, pilot):
        await pilot.press("ctrl+e")  # there is no answer yet
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("x", "ctrl+e", "backspace")  # in a line with text it goes to its end
        assert not list(tmp_path.iterdir())
        await pilot.press("ctrl+e")
        written = tmp_path / "when-did-we-sign.md"
        await until(pilot, lambda: written.exists() and written.read_text())
        text = written.read_text()
        assert "When did we sign?" in text
        assert fakes.QUOTE.split(",")[0] in text
        await pilot.press("ctrl+e")  # nothing that was written is written over
        await until(pilot, lambda: len(list(tmp_path.iterdir())) == 2)


async def test_an_answer_puts_the_cursor_on_what_it_cites(until: Until) -> None:
    answer = replace(fakes.ANSWER, text="At ten [2].", citations=(fakes.ANSWER.citations[1],))
    async with running(FakeArchive(answer=answer), WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        assert sources(app).highlighted == 1
        view = app.screen.query_one(DocumentView)
        await until(pilot, lambda: quoted(view).startswith("The notary in Lindau"))


async def test_who_has_moved_the_cursor_keeps_it(until: Until) -> None:
    archive = FakeArchive(closed=("tokens",))
    async with running(archive, WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: sources(app).option_count)
        await pilot.press("tab", "down", "down")
        archive.gates["tokens"].open()
        await until(pilot, lambda: not turn(app).running)
        assert sources(app).highlighted == 2


async def test_what_was_counted_has_no_probability(until: Until) -> None:
    counted = Confidence(
        value=None, calibrated=False, reasons=("Counted, not estimated.", "Counted were mails.")
    )
    answer = replace(fakes.ANSWER, confidence=counted, model="")
    async with running(FakeArchive(answer=answer), WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: "Counted, not estimated." in shown(app))
        assert "· Counted were mails." in shown(app)
        assert "unknown" not in shown(app)
