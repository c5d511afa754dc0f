"""Waiting for conditions instead of for time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

Until = Callable[[Pilot[Any], Callable[[], object]], Any]


@pytest.fixture
def until() -> Until:
    """Let the app run until a condition holds; fails after half a minute."""

    async def wait(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await pilot.pause(0.005)
        await pilot.pause()

    return wait
