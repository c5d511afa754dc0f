"""The full-screen app as one feels it: the real program, headless, on a large archive.

    python bench/app.py MBOX [--messages 100000] [--seconds 20] [--answerer NAME] [--place DIR]

Measured are the first paint (a process of its own), from a keystroke in the search to the
results it led to, scrolling through 1,000 results, and how late the event loop comes while
a sync, questions and searches go on at once: a ticker every 20 ms notes by how much it was
late. The messages are those of MBOX again and again, as in `bench/night.py`; in DIR the
archive made of them is kept for another run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

import night  # noqa: E402
from textual.app import App  # noqa: E402
from textual.events import Key  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from archive.service import Archive  # noqa: E402
from archive.settings import set_value  # noqa: E402
from tui.app import LifeArchiveApp  # noqa: E402
from tui.screens import search as searching  # noqa: E402
from tui.widgets.hitlist import HitList  # noqa: E402
from tui.widgets.question import QuestionInput  # noqa: E402
from tui.widgets.searchline import SearchInput  # noqa: E402

TICK_S = 0.02
LATE_S = 0.1
PATIENCE_S = 10.0


def main() -> None:
    """Make the archive, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mbox", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--answerer", default="smollm2-135m-instruct")
    parser.add_argument("--place", type=Path, help="make the archive here, or use it again")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = made(args.mbox, args.messages, args.place or Path(temporary))
        set_value(home / "config.toml", "models", "answer", args.answerer)
        os.environ["ARCHIVE_HOME"] = str(home)
        first_paint()
        archive = Archive.open()
        asyncio.run(measure(archive, usual_words(args.mbox), args.seconds))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory               {peak:8.0f} MB", flush=True)
        os._exit(0)  # a model may still be at work


def made(mbox: Path, messages: int, place: Path) -> Path:
    """An archive of so many messages, and a twentieth more that it has not read yet."""
    home, folder = place / "home", place / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    runs = len(list(folder.glob("new*.mbox")))
    fresh = messages // 20
    copies = night.altered(mbox)
    if not home.exists():
        (folder / "all.mbox").write_bytes(b"".join(islice(copies, messages)))
        night.sync(home, folder, "index")
    else:
        copies = islice(copies, messages + runs * fresh, None)
    (folder / f"new{runs}.mbox").write_bytes(b"".join(islice(copies, fresh)))
    return home


def first_paint(runs: int = 5) -> None:
    """From the start of the process to the first screen."""
    taken = []
    for _ in range(runs):
        began = time.time()
        done = subprocess.run(
            [sys.executable, str(ROOT / "bench" / "paint.py")],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        taken.append(float(done.stdout.split()[-1]) - began)
    print(f"first paint, n = {runs}       {statistics.median(taken):8.2f} s median", flush=True)


def usual_words(mbox: Path, count: int = 8) -> list[str]:
    """Words of some length that many of the messages have."""
    text = mbox.read_text(encoding="utf-8", errors="replace").lower()[:5_000_000]
    found = Counter(re.findall(r"(?<![\w.@-])[a-z]{5,9}(?![\w.@:-])", text))
    return [word for word, _ in found.most_common(40 + count)[40:]]


async def measure(archive: Archive, words: list[str], seconds: float) -> None:
    """Everything that needs the app to run."""
    app = LifeArchiveApp(lambda: archive)
    async with app.run_test(size=(160, 50)) as pilot:
        while app._loading:
            await pilot.pause(0.05)
        await pilot.press("f2")
        await pilot.pause(0.5)
        await keystrokes(pilot, words)
        await scroll(pilot, words[0])
        await everything_at_once(pilot, words, seconds)


async def keystrokes(pilot: Pilot[None], words: list[str]) -> None:
    """From a key to its letter on the screen, and to the results of the whole line."""
    letters, results = [], []
    painted = paints(pilot.app)
    line = pilot.app.screen.query_one(SearchInput)
    for word in words:
        line.value = ""
        await pilot.pause(0.6)
        for letter in word:
            typed = line.value + letter
            done = partial(_holds, line, typed)
            letters.append(await pressed(pilot.app, letter, painted, done))
            await asyncio.sleep(0.08)  # a quick typist
        listed = pilot.app.screen.query_one(HitList)
        began = time.perf_counter()
        until = began + PATIENCE_S
        while time.perf_counter() < until and not _answered(pilot, listed):
            await asyncio.sleep(0.002)
        results.append(time.perf_counter() - began)
    told("keystroke to screen", letters)
    told(f"results ({searching.DEBOUNCE_S * 1000:.0f} ms of pause in it)", results)


def _holds(line: SearchInput, typed: str) -> bool:
    return line.value == typed


def _moved(listed: HitList, at: int | None) -> bool:
    return listed.highlighted != at


def paints(app: App[None]) -> list[float]:
    """When each update of the screen was drawn, from now on."""
    drawn: list[float] = []
    display = app._display

    def noted(*args: Any) -> None:
        display(*args)
        drawn.append(time.perf_counter())

    app._display = noted  # type: ignore[method-assign]
    return drawn


async def pressed(
    app: App[None], key: str, painted: list[float], done: Callable[[], bool]
) -> float:
    """Seconds from a key, as the terminal sends it, to the first paint with what it did.

    The pilot's own `press` waits until the whole process is idle, models and all.
    """
    driver = app._driver
    assert driver is not None
    began = time.perf_counter()
    driver.send_message(Key(key, key if len(key) == 1 else None))
    while not done() and time.perf_counter() - began < PATIENCE_S:
        await asyncio.sleep(0.001)
    acted = time.perf_counter() - 0.001
    while not (painted and painted[-1] >= acted) and time.perf_counter() - began < PATIENCE_S:
        await asyncio.sleep(0.001)
    return next((at for at in painted if at >= acted), time.perf_counter()) - began


def _answered(pilot: Pilot[None], listed: HitList) -> bool:
    screen = pilot.app.screen
    wanted = getattr(screen, "_wanted", None)
    if wanted is None or "Searching" in str(listed.border_title):
        return False
    return bool(wanted.text == screen.query_one(SearchInput).value.strip())


async def scroll(pilot: Pilot[None], word: str) -> None:
    """Down through 1,000 results, a key at a time, and to the end."""
    searching.LIMIT = 1000
    line = pilot.app.screen.query_one(SearchInput)
    line.value = word
    await pilot.pause(1)
    listed = pilot.app.screen.query_one(HitList)
    until = time.monotonic() + 30
    while listed.option_count <= 20 and time.monotonic() < until:
        await pilot.pause(0.05)
    listed.focus()
    painted = paints(pilot.app)
    taken = []
    for key in ("down",) * 100 + ("pagedown",) * 20 + ("home", "end"):
        done = partial(_moved, listed, listed.highlighted)
        taken.append(await pressed(pilot.app, key, painted, done))
        await asyncio.sleep(0.03)  # as quick as a keyboard repeats
    told(f"scrolling {listed.option_count} results", taken)
    searching.LIMIT = 20


async def everything_at_once(pilot: Pilot[None], words: list[str], seconds: float) -> None:
    """How late the loop comes while syncing, asking and searching."""
    app = pilot.app
    assert isinstance(app, LifeArchiveApp)
    late: list[float] = []
    ticking = asyncio.create_task(_tick(late))
    app.start_sync()
    until = time.monotonic() + seconds
    turns = searches = 0
    while time.monotonic() < until:
        while len(app.screen_stack) > 1:
            app.pop_screen()
        line = app.screen.query_one(QuestionInput)
        line.value = "What did the report say about prices?"
        line.focus()
        await pilot.press("enter")
        turns += 1
        app.action_search()
        for word in words[:3]:
            await pilot.pause(0.2)
            app.screen.query_one(SearchInput).value = word
            searches += 1
        await pilot.pause(1.0)
    ticking.cancel()
    over = sum(one > LATE_S for one in late)
    told(f"lateness, n = {len(late)}", late)
    print(
        f"over {LATE_S * 1000:.0f} ms               {over / len(late):8.2%} of ticks"
        f"  ({turns} questions, {searches} searches, sync {'on' if app.syncing else 'done'})",
        flush=True,
    )
    if app.syncing:
        app.action_sync()


async def _tick(late: list[float]) -> None:
    while True:
        due = time.perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        late.append(time.perf_counter() - due)


def told(what: str, values: list[float]) -> None:
    """Median, 95th percentile and most, in ms."""
    ranked = sorted(values)
    p50, p95 = statistics.median(ranked), ranked[int(len(ranked) * 0.95)]
    print(
        f"{what:<40} n={len(ranked):<5} p50 {p50 * 1000:7.1f}  p95 {p95 * 1000:7.1f}"
        f"  most {ranked[-1] * 1000:7.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
