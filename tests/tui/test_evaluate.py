"""Evaluate: the test set, a run that is stopped and goes on, the diagram."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from archive.measures import Bin, Truth
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, running, shown

TRUTH = Truth(n=120, right=0.6, ece=0.05, ece_floor=0.04, brier=0.2, auroc=0.75, coverage=0.3)
BINS = (
    Bin(said=0.2, right=0.25, low=0.1, high=0.4, n=60),
    Bin(said=0.8, right=0.75, low=0.6, high=0.9, n=60),
)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_diagram_and_its_n_are_shown(until: Until, size: tuple[int, int]) -> None:
    archive = FakeArchive()
    archive.tests.calibration = SimpleNamespace(truth=TRUTH, bins=BINS, date="2026-11-21")
    async with running(archive, size) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f9")
        await until(pilot, lambda: "Calibrated on 120 answers" in shown(app))
        text = " ".join(shown(app).split())
        assert "n = 120, 60% right, ECE 0.050" in text
        assert "80% 75%" in text
        assert "2 questions, 1 draft" in text
        assert "[red]Who[/]" in text


async def test_an_uncalibrated_confidence_says_so(until: Until) -> None:
    async with running(FakeArchive(), NARROW) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f9")
        await until(pilot, lambda: "Uncalibrated." in shown(app))


async def test_drafts_are_kept_and_questions_deleted(until: Until) -> None:
    archive = FakeArchive()
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f9")
        await until(pilot, lambda: "? What does the notary" in shown(app))
        await pilot.press("k")
        await until(pilot, lambda: not archive.tests.drafts and len(archive.tests.items) == 3)
        await until(pilot, lambda: "3 questions, 0 drafts" in shown(app))
        await pilot.press("d", "y")
        await until(pilot, lambda: len(archive.tests.items) == 2)


async def test_a_run_is_stopped_and_begun_again(until: Until) -> None:
    archive = FakeArchive(closed=("eval",))
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f9")
        await until(pilot, lambda: "2 questions" in shown(app))
        await pilot.press("e")
        await until(pilot, lambda: "25%  1 of 4" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "25%" not in shown(app))
        await pilot.press("f9", "x")
        await until(pilot, lambda: "it goes on there" in shown(app))
        archive.gates["eval"].open()
        await pilot.press("e")
        await until(pilot, lambda: "4 questions asked" in shown(app))
