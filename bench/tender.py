"""What the detector of tender matters misses, and where it raises a false alarm.

    python bench/tender.py [FILE.jsonl] [--half built|held] [--quiet]
    python bench/tender.py --archive [--show N]     the rate of alarms in ARCHIVE_HOME

Each line of the file (default: bench/written/tender.jsonl, our own writing) has a `text`, its
`themes` as labelled by hand, and the `half` it belongs to: the phrases were made with `built`
in sight, `held` was written afterwards. Labelled is what somebody in the letter goes through
or has gone through; idioms, jokes, films, policies and things that break are not. n beside all.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from archive.tender import Theme, sayings, themes

_WRITTEN = Path(__file__).parent / "written" / "tender.jsonl"


def labelled(path: Path, half: str, *, quiet: bool) -> None:
    """Print a row for each theme, then what went wrong."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    lines = [line for line in lines if half in ("", line["half"])]
    hit: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    wrong: list[str] = []
    calm = alarmed = 0
    for line in lines:
        truth, found = set(line["themes"]), {str(theme) for theme in themes(line["text"])}
        hit.update(truth & found)
        missed.update(truth - found)
        alarms.update(found - truth)
        calm += not truth
        alarmed += not truth and bool(found)
        wrong += [f"missed {theme}: {line['text']}" for theme in truth - found]
        wrong += [f"false {theme}: {line['text']}" for theme in found - truth]
    print(f"{half or 'all'}: {len(lines)} mails, {calm} of them touch nothing")
    print(f"{'theme':<16}{'n':>5}{'found':>7}{'missed':>8}{'false alarms':>14}")
    for theme in Theme:
        n = hit[theme] + missed[theme]
        print(f"{theme:<16}{n:>5}{hit[theme]:>7}{missed[theme]:>8}{alarms[theme]:>14}")
    n, got, false = hit.total() + missed.total(), hit.total(), alarms.total()
    print(f"{'all':<16}{n:>5}{got:>7}{missed.total():>8}{false:>14}")
    print(f"alarm on {alarmed} of the {calm} mails that touch nothing")
    if not quiet:
        print("", *sorted(wrong), sep="\n")


def archived(show: int) -> None:
    """How many messages of an archive raise an alarm, by theme, and some to read."""
    from archive.service import Archive

    with Archive.open().catalog.snapshot() as db:
        rows = db.execute("SELECT id, text FROM document ORDER BY id LIMIT 20000").fetchall()
    began = time.perf_counter()
    found = [(text, sorted(themes(text))) for _, text in rows]
    elapsed_s = time.perf_counter() - began
    flagged = [one for one in found if one[1]]
    print(
        f"{len(flagged)} of {len(found)} documents, {elapsed_s / len(found) * 1e3:.2f} ms each"
    )
    for theme, count in Counter(name for _, names in flagged for name in names).most_common():
        print(f"{theme:<16}{count:>6}")
    for text, names in random.Random(7).sample(flagged, min(show, len(flagged))):
        print(f"\n=== {', '.join(names)}")
        for theme, words in sayings(text):
            print(f"{theme}: {words!r} in …{around(text, words)}…")


def around(text: str, words: str) -> str:
    """The words with what stands beside them, on one line."""
    line = " ".join(text.split())
    place = max(line.find(words), 0)
    return line[max(0, place - 150) : place + len(words) + 150]


def main() -> None:
    """Measure on labelled mails or on an archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=_WRITTEN)
    parser.add_argument("--half", choices=["built", "held", ""], default="")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--archive", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    if given.archive:
        archived(given.show)
        return
    labelled(given.file, given.half, quiet=given.quiet)


if __name__ == "__main__":
    main()
