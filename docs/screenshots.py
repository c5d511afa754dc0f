"""The README's pictures: the real program, the real model, on examples/.

make screenshots
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from archive.service import Archive
from tui.app import LifeArchiveApp
from tui.theme import LAMPLIGHT

ROOT = Path(__file__).parent.parent
QUESTION = "How much did Callum pay in the end for Kittiwake's new mast?"
SEARCH = "mast in 2004"
PERSON = 1  # in the list of people; the first is the owner
_PATIENCE_S = 120


async def take(archive: Archive) -> None:
    """Ask, wait for the answer, save the screen; then each other screen in turn."""
    app = LifeArchiveApp(lambda: archive)

    def save(name: str) -> None:
        app.save_screenshot(f"{name}.svg", path=str(ROOT / "docs"))

    async with app.run_test(size=(120, 32)) as pilot:
        await pilot.pause(1)
        app.theme = LAMPLIGHT.name  # also where the pictures are made without a terminal
        app.remove_class("-few-colours")
        await pilot.press(*QUESTION, "enter")
        for _ in range(_PATIENCE_S * 4):
            await pilot.pause(0.25)
            if "first&#160;word" in app.export_screenshot():
                break
        await pilot.pause(0.5)
        save("app")
        await pilot.press("tab", "enter")
        await pilot.pause(1)
        await pilot.press("t")
        await pilot.pause(1)
        save("reader")
        await pilot.press("escape")
        await pilot.pause(0.5)
        await pilot.press("f2", *SEARCH)
        await pilot.pause(2)
        save("search")
        await pilot.press("escape")
        for key, name in (("f4", "people"), ("f6", "timeline"), ("f3", "library")):
            await pilot.press(key)
            await pilot.pause(3)
            if name == "people":
                await pilot.press("tab", *["down"] * PERSON)
                await pilot.pause(2)
            save(name)
            await pilot.press("escape", "escape")
            await pilot.pause(0.5)


def main() -> None:
    """Index the examples in a new folder and take the pictures."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "examples"
        archive = Archive.open({**os.environ, "ARCHIVE_HOME": str(home)})
        archive.add([ROOT / "examples" / name for name in ("mail", "notes", "documents")])
        archive.sync()
        archive.warm()
        asyncio.run(take(archive))


if __name__ == "__main__":
    main()
