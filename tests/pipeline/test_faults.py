"""Whatever befalls a sync, the next one leaves what an undisturbed one would have left.

With real Chroma, in processes that are really killed: two minutes on two cores. The long
version, with 1,000 kills and the times of eight readers, is `bench/faults.py`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.failpoint import NAMES
from tests import faults
from tests.faults import Forker

SEED = 20
KILLS = 200
DAMAGES = 60
POWER_CUTS = 6


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with faults.quick_place() as folder:
        yield folder


@pytest.fixture(scope="module")
def forker(place: Path) -> Iterator[Forker]:
    with faults.forker(place) as made:
        yield made


def wired() -> list[str]:
    """The failpoints that some code comes by."""
    code = "".join(
        path.read_text(encoding="utf-8") for path in (faults.ROOT / "index").glob("*.py")
    )
    return [name for name in NAMES if re.search(rf'\bat\("{name}"\)', code)]


def test_kills_at_random_moments_change_nothing(forker: Forker, place: Path) -> None:
    report = faults.run_kills(forker, place / "random", seed=SEED, kills=KILLS)
    assert report.is_clean, str(report)
    assert report.kills == KILLS
    # Were they all at the same place, this would have shown little.
    assert len(report.by_place) >= 10, report.by_place


def test_kills_at_every_failpoint_and_while_recovering_change_nothing(
    forker: Forker, place: Path
) -> None:
    names = wired()
    report, missed = faults.run_names(forker, place / "named", names, seed=SEED)
    assert report.is_clean, str(report)
    assert not missed, f"seed {SEED}: no sync came by {missed}"


def test_a_kill_and_a_difference_are_noticed(forker: Forker, place: Path) -> None:
    """The harness itself: a row less and a row twice are counted as such."""
    run = faults.KillRun(forker, place / "harness", SEED)
    job = {
        "kind": "sync",
        "home": str(place / "harness" / "twin"),
        "source": str(run.folder.root),
    }
    killed = forker.one(**job, kill_name="batch committed", kill_count=2)
    assert killed.killed
    assert killed.last == "batch committed"
    right = forker.one(**job, dump=True).result["dump"]
    assert faults.differences(right, right).lines == []
    fewer = {**right, "chunk": right["chunk"][1:]}
    told = faults.differences(right, fewer)
    assert (told.lost, told.duplicated) == (1, 0)
    assert told.lines[0] == "chunk: 1 missing, 0 extra"
    more = {**right, "document": [*right["document"], right["document"][0]]}
    assert faults.differences(right, more).duplicated == 1


def test_a_power_cut_that_takes_the_catalog_back_leaves_no_vector_behind(
    forker: Forker, place: Path
) -> None:
    report = faults.run_power_cuts(forker, place / "power", seed=SEED, cuts=POWER_CUTS)
    assert report.is_clean, str(report)


def test_a_full_catalog_says_so_at_every_64_kb(forker: Forker, place: Path) -> None:
    """SQLite's own limit in place of a disk's, since not everybody may mount one."""
    folder = faults.Folder(place / "pages" / "source", random.Random(SEED))
    job = {"kind": "sync", "source": str(folder.root)}
    whole = forker.one(**job, home=str(place / "pages" / "twin"), dump=True)
    home, pages, full = str(place / "pages" / "full"), 48, 0
    while (ended := forker.one(**job, home=home, most_pages=pages)).error:
        assert ended.is_expected, f"seed {SEED}, {pages} pages: {ended.trace}"
        assert "full" in ended.error
        full += 1
        pages += 16
    assert full >= 3
    after = forker.one(**job, home=home, dump=True)
    assert not faults.differences(whole.result["dump"], after.result["dump"]).lines


def test_a_full_disk_says_so_at_every_256_kb(forker: Forker, place: Path) -> None:
    try:
        with faults.tmpfs(place / "probe", 64):
            pass
    except OSError as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    for step in faults.run_full_disk(forker, place / "full", seed=SEED):
        where = f"seed {SEED}, {step.size_kb} KB free: "
        assert step.finished or step.said_so, where + step.ending.trace
        assert not step.differing, where + "\n".join(step.differing)


def test_a_damaged_catalog_is_told_in_a_line_or_answers_truly(
    forker: Forker, place: Path
) -> None:
    for damage in faults.run_damage(forker, place / "damage", seed=SEED, trials=DAMAGES):
        assert damage.search not in ("wrong", "traceback"), damage
        assert damage.sync != "traceback", damage


def test_the_second_of_two_syncs_says_who_is_at_work(forker: Forker, place: Path) -> None:
    run = faults.KillRun(forker, place / "two", SEED)
    source = str(run.folder.root)
    twin, both = (str(place / "two" / name) for name in ("twin", "both"))
    for _ in range(3):
        whole = forker.one(kind="sync", home=twin, source=source, dump=True)
        job = {"kind": "sync", "home": both, "source": source}
        ended = forker.run(job, job)
        refused = [outcome for outcome in ended if outcome.error]
        # The quicker one may be done before the other begins.
        assert len(refused) <= 1
        for outcome in refused:
            assert outcome.error.startswith("index.lock.SyncRunning"), outcome.trace
        after = forker.one(**job, dump=True)
        told = faults.differences(whole.result["dump"], after.result["dump"])
        assert not told.lines, f"seed {SEED}: " + "\n".join(told.lines)
        run.edit()


def test_readers_never_see_half_a_document(forker: Forker, place: Path) -> None:
    run = faults.KillRun(forker, place / "crowd", SEED)
    home = place / "crowd" / "home"
    job = {"kind": "sync", "home": str(home), "source": str(run.folder.root)}
    forker.one(**job)
    with faults.forker(place) as theirs, faults.readers(theirs, home, 2, seed=SEED) as told:
        for _ in range(6):
            run.edit(everything=True)
            ended = forker.one(**job)
            assert not ended.error, f"seed {SEED}: {ended.trace}"
    assert not told.errors, f"seed {SEED}: {told.errors[0]}"
    assert not told.torn, f"seed {SEED}: {told.torn}"
    # Each of them went along from generation to generation.
    assert min(told.generations) >= 3, told.generations
