"""The full-screen app as one feels it: the real program, headless, on a large archive.

    python bench/app.py MBOX [--messages 100000] [--seconds 20] [--answerer NAME] [--place DIR]

Measured are the first paint (the whole program in a terminal of its own, from its start to
the line that asks for a question), from a keystroke in the search to the results it led to,
scrolling through 1,000 results, and how late the event loop comes while a sync, questions and
searches go on at once: a ticker every 20 ms notes by how much it was late, how long the loop
had computed, and how long it had waited for a processor. The messages are those of MBOX again
and again, as in `bench/night.py`; in DIR the archive made of them is kept for another run.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import gc
import os
import pty
import re
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
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
from tui import garbage  # noqa: E402
from tui.app import LifeArchiveApp  # noqa: E402
from tui.screens import search as searching  # noqa: E402
from tui.widgets.hitlist import HitList  # noqa: E402
from tui.widgets.question import QuestionInput  # noqa: E402
from tui.widgets.searchline import SearchInput  # noqa: E402

TICK_S = 0.02
LATE_S = 0.1
PATIENCE_S = 10.0
SHOWN = b"sk your archive"
"""What stands in the line for questions; the cursor is on its first letter."""


def main() -> None:
    """Make the archive, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mbox", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--answerer", default="smollm2-135m-instruct")
    parser.add_argument("--place", type=Path, help="make the archive here, or use it again")
    args = parser.parse_args()
    garbage.postpone()  # as the program does
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


def first_paint(runs: int = 9) -> None:
    """From the start of the process to the first screen."""
    one_paint()  # reads the program's files into memory
    taken = [one_paint() for _ in range(runs)]
    told("first paint", taken)


def one_paint() -> float:
    """Start the program in a terminal of 120 by 40 and wait until it asks for a question."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    began = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, "-m", "tui"],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
    )
    os.close(inside)
    written = b""
    while SHOWN not in written:
        written += os.read(terminal, 1 << 16)
    taken = time.perf_counter() - began
    program.kill()
    program.wait()
    os.close(terminal)
    return taken


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
    painted = Paints(pilot.app)
    line = pilot.app.screen.query_one(SearchInput)
    for word in words:
        line.value = ""
        await pilot.pause(0.6)
        for letter in word:
            typed = line.value + letter
            done = partial(_holds, line, typed)
            letters.append(await painted.pressed(letter, done))
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


class Paints:
    """When the screen was drawn with what a key did."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._display = app._display
        self._awaited: Callable[[], bool] | None = None
        self._drawn = 0.0
        app._display = self._noted  # type: ignore[method-assign,assignment]

    def _noted(self, *args: Any) -> None:
        self._display(*args)
        if self._awaited is not None and self._awaited():
            self._awaited, self._drawn = None, time.perf_counter()

    async def pressed(self, key: str, done: Callable[[], bool]) -> float:
        """Seconds from a key, as the terminal sends it, to the first paint with what it did.

        The pilot's own `press` waits until the whole process is idle, models and all.
        """
        driver = self._app._driver
        assert driver is not None
        self._awaited = done
        began = time.perf_counter()
        driver.send_message(Key(key, key if len(key) == 1 else None))
        while self._awaited is not None and time.perf_counter() - began < PATIENCE_S:
            await asyncio.sleep(0.001)
        return (self._drawn if self._awaited is None else time.perf_counter()) - began


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
    painted = Paints(pilot.app)
    taken = []
    for key in ("down",) * 100 + ("pagedown",) * 20 + ("home", "end"):
        done = partial(_moved, listed, listed.highlighted)
        taken.append(await painted.pressed(key, done))
        await asyncio.sleep(0.03)  # as quick as a keyboard repeats
    told(f"scrolling {listed.option_count} results", taken)
    searching.LIMIT = 20


async def everything_at_once(pilot: Pilot[None], words: list[str], seconds: float) -> None:
    """How late the loop comes while syncing, asking and searching."""
    app = pilot.app
    assert isinstance(app, LifeArchiveApp)
    ticks: list[Tick] = []
    collected = _collections()
    ticking = asyncio.create_task(_tick(ticks))
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
    late = [tick.late for tick in ticks]
    over = [tick for tick in ticks if tick.late > LATE_S]
    told("lateness", late)
    print(
        f"over {LATE_S * 1000:.0f} ms               {len(over) / len(late):8.2%} of ticks"
        f"  ({turns} questions, {searches} searches, sync {'on' if app.syncing else 'done'})",
        *(
            f"\n  {tick.late * 1000:.0f} ms late: computed {tick.computed * 1000:.0f},"
            f" waited for a processor {tick.waited * 1000:.0f}"
            for tick in over
        ),
        flush=True,
    )
    told("collections of garbage over 10 ms", [one for one in collected if one > 0.01] or [0.0])
    if app.syncing:
        app.action_sync()


@dataclass
class Tick:
    """How late the loop was, and what its thread had done since the tick before, in seconds."""

    late: float
    computed: float
    waited: float


async def _tick(ticks: list[Tick]) -> None:
    computed, waited = _scheduled()
    while True:
        due = time.perf_counter() + TICK_S
        await asyncio.sleep(TICK_S)
        late = time.perf_counter() - due
        now = _scheduled()
        ticks.append(Tick(late, now[0] - computed, now[1] - waited))
        computed, waited = now


def _scheduled() -> tuple[float, float]:
    """Seconds this thread has run, and has waited though it could have; Linux says so."""
    stat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    if not stat.exists():
        return time.thread_time(), 0.0
    ran, waited, _ = stat.read_text().split()
    return int(ran) / 1e9, int(waited) / 1e9


def _collections() -> list[float]:
    """How long each collection of garbage takes, from now on."""
    taken: list[float] = []
    began = 0.0

    def note(phase: str, _info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        else:
            taken.append(time.perf_counter() - began)

    gc.callbacks.append(note)
    return taken


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
