"""What becomes of an archive whose syncs are killed, starved of disk or crowded.

    python bench/faults.py [--kills 1000] [--seed 1] [--only PART,…]

The parts are kills, names, power, disk, damage and readers. Each compares what is left
with the catalog of a twin that nobody disturbed: ids, digests, chunks, vectors, the keyword
index and Chroma. The short version is `tests/pipeline/test_faults.py`. A full disk needs
the right to mount one (root).
Exit code 1 if anything was lost, twice there, different, torn or told by a traceback.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from index.failpoint import NAMES  # noqa: E402
from tests import faults  # noqa: E402
from tests.faults import Forker  # noqa: E402

POWER_CUTS = 50
DAMAGES = 500
READERS = 8
SYNCS = 20
MAILS = 3000
PAUSE_S = 0.1
"""Between two questions of a reader: eight who never pause are a measure of the cores."""


def main() -> None:
    """Run the parts, print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(PARTS))
    args = parser.parse_args()
    bad = 0
    for part in args.only.split(","):
        started = time.perf_counter()
        print(f"--- {part}", flush=True)
        with faults.quick_place() as place, faults.forker(place) as forker:
            bad += PARTS[part](forker, place, args)
        print(f"{time.perf_counter() - started:.0f} s", flush=True)
    raise SystemExit(1 if bad else 0)


def kills(forker: Forker, place: Path, args: argparse.Namespace) -> int:
    """Kills at random moments."""
    report = faults.run_kills(forker, place / "kills", seed=args.seed, kills=args.kills)
    print("kills  after the failpoint")
    for name, count in report.by_place.most_common():
        print(f"{count:5}  {name}")
    print(report)
    left = len(list((place / "tmp").iterdir()))
    print(f"unpacked files of killed syncs left in the temporary folder: {left}")
    return not report.is_clean


def names(forker: Forker, place: Path, args: argparse.Namespace) -> int:
    """A kill at every failpoint, and another while recovering."""
    report, missed = faults.run_names(forker, place / "names", NAMES, seed=args.seed)
    for name in NAMES:
        print(f"{report.by_place[name]:5}  {name}")
    print(report)
    print(f"never passed: {', '.join(missed) or 'none'}")
    return bool(missed) or not report.is_clean


def power(forker: Forker, place: Path, args: argparse.Namespace) -> int:
    """The catalog is taken back to before its last sync or two, Chroma is not."""
    report = faults.run_power_cuts(forker, place / "power", seed=args.seed, cuts=POWER_CUTS)
    print(report)
    return not report.is_clean


def disk(forker: Forker, place: Path, args: argparse.Namespace) -> int:
    """A disk that is full at every 256 KB."""
    try:
        with faults.tmpfs(place / "probe", 64):
            pass
    except OSError as error:
        print(f"left out, a small disk cannot be mounted here: {error}")
        return 0
    bad = 0
    print("KB free  ending     the next sync")
    for step in faults.run_full_disk(forker, place / "disk", seed=args.seed):
        ending = "finished" if step.finished else "said so" if step.said_so else "traceback"
        print(f"{step.size_kb:7}  {ending:9}  {'differs' if step.differing else 'equal'}")
        if ending == "traceback" or step.differing:
            bad += 1
            print(f"         {step.ending.error[:200]} {' '.join(step.differing)[:200]}")
    return bad


def damage(forker: Forker, place: Path, args: argparse.Namespace) -> int:
    """Bits turned in the catalog and its log, ends cut off."""
    counts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    found = faults.run_damage(forker, place / "damage", seed=args.seed, trials=DAMAGES)
    for item in found:
        counts[f"search {item.search}"] += 1
        counts[f"sync {item.sync}"] += 1
        if item.search in ("wrong", "traceback") or item.sync == "traceback":
            kinds[f"{item.search}, {item.sync}: {item.detail[:110]}"] += 1
    for what, count in sorted(counts.items()):
        print(f"{count:5}  {what}")
    for what, count in kinds.most_common(10):
        print(f"       {count} of {what}")
    return kinds.total()


def readers(forker: Forker, place: Path, args: argparse.Namespace) -> int:
    """Eight who ask all the time: through one long sync, through many short ones, idle."""
    run = faults.KillRun(forker, place / "readers", args.seed)
    home = place / "readers" / "home"
    job: faults.Job = {"kind": "sync", "home": str(home), "source": str(run.folder.root)}
    job |= {"large": True, "nice": 10}
    run.folder.grow(MAILS)
    forker.one(**job)

    def through(name: str, meanwhile: Callable[[], None]) -> tuple[float, int]:
        begun = time.perf_counter()
        with (
            faults.forker(place) as theirs,
            faults.readers(theirs, home, READERS, seed=args.seed, pause_s=PAUSE_S) as told,
        ):
            meanwhile()
        middle = sorted(told.times_ms)[len(told.times_ms) // 2]
        print(
            f"{name}: {time.perf_counter() - begun:.0f} s, {len(told.times_ms)} answers,"
            f" p50 {middle:.1f} ms, p95 {told.p95_ms():.1f} ms, {len(told.errors)} errors,"
            f" {len(told.torn)} torn, generations seen {sorted(told.generations)}",
            flush=True,
        )
        for line in [*told.errors, *told.torn][:3]:
            print(line)
        return told.p95_ms(), len(told.errors) + len(told.torn)

    idle_ms, bad = through("idle", lambda: time.sleep(15))
    run.folder.grow(MAILS)
    busy_ms, more = through(f"one sync of {MAILS:,} new mails", lambda: finish(forker, job))
    print(f"p95 while it runs: {busy_ms / idle_ms:.2f} times idle")
    _, torn = through(f"{SYNCS} short syncs", lambda: sync_often(forker, run, job))
    return bad + more + torn + (busy_ms > 2 * idle_ms)


def finish(forker: Forker, job: faults.Job) -> None:
    """Run a sync to its end."""
    ended = forker.one(**job)
    if ended.error:
        raise AssertionError(ended.trace)


def sync_often(forker: Forker, run: faults.KillRun, job: faults.Job) -> None:
    """Change the folder and sync, again and again."""
    rng = random.Random(run.report.seed)
    for _ in range(SYNCS):
        run.edit(everything=rng.random() < 0.5)
        finish(forker, job)


PARTS: dict[str, Callable[[Forker, Path, argparse.Namespace], int]] = {
    "kills": kills,
    "names": names,
    "power": power,
    "disk": disk,
    "damage": damage,
    "readers": readers,
}

if __name__ == "__main__":
    main()
