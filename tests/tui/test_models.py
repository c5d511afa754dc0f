"""Models: what is here, fetching one, choosing one."""

from __future__ import annotations

import pytest

from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, running, shown
from tui.screens.confirm import ConfirmScreen
from tui.screens.models import ModelsScreen

SMOL, MINILM = "smollm2-135m-instruct", "all-minilm-l6-v2"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_size_licence_memory_quantization_and_speed_are_shown(
    until: Until, size: tuple[int, int]
) -> None:
    async with running(FakeArchive(missing_models=(SMOL,)), size) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f8")
        await until(pilot, lambda: "Q4_K_M" in shown(app))
        text = shown(app)
        assert "● qwen2.5-coder-1.5b-instruct" in text
        assert f"· {SMOL}" in text
        assert "does not fit" in text
        assert "1.1 GB" in text
        assert "Apache-2.0" in text
        assert "15 tokens a second, written here" in text


async def test_fetching_is_stopped_and_goes_on(until: Until) -> None:
    archive = FakeArchive(missing_models=(SMOL,), closed=("pull",))
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f8")
        await until(pilot, lambda: SMOL in shown(app))
        await pilot.press("down", "p")
        await until(pilot, lambda: "25%" in shown(app))
        await pilot.press("escape", "f8", "x")
        await until(pilot, lambda: "fetching again goes on from there" in shown(app))
        assert not archive.models.pulled
        archive.gates["pull"].open()
        await pilot.press("p")
        await until(pilot, lambda: archive.models.pulled == [SMOL])
        await until(pilot, lambda: "here and checked" in shown(app))


async def test_another_embedder_is_chosen_knowing_what_it_means(until: Until) -> None:
    archive = FakeArchive()
    rows = archive.choice.rows
    archive.choice.rows = lambda: [  # type: ignore[method-assign]
        type(row)(
            info=row.info,
            installed=True,
            chosen=False,
            quantization="",
            fits=True,
            tokens_s=None,
        )
        for row in rows()
    ]
    async with running(archive) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f8")
        await until(pilot, lambda: MINILM in shown(app))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "All 40,000 chunks are embedded anew, about 7 min" in " ".join(
            shown(app).split()
        )
        assert "uncalibrated" in shown(app)
        await pilot.press("n")
        assert not archive.choice.used
        await pilot.press("u", "y")
        await until(pilot, lambda: archive.choice.used == [MINILM])
        await until(pilot, lambda: archive.embedded == [True])


async def test_a_timing_is_told(until: Until) -> None:
    async with running(FakeArchive(), NARROW) as (app, pilot):
        await until(pilot, lambda: app.archive is not None)
        await pilot.press("f8")
        await until(pilot, lambda: SMOL in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: any("writes 31" in n.message for n in app._notifications))
        assert isinstance(app.screen, ModelsScreen)
