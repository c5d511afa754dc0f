"""A mailbox of 100,000 messages: from nothing, with nothing new, with 1,000 new ones.

    python bench/night.py MBOX [--messages 100000] [--notmuch]

The messages are those of MBOX again and again, each copy with ids, dates and words of its
own. Times are until the mail can be searched by keyword: the embedder is left out, since
what it takes is measured in `bench/embedding.py`. `--notmuch` lets notmuch (Debian's
package) index the same messages, one file each, in the same run.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
NEW = 1000
DAYS_BETWEEN_COPIES = 60
SEPARATOR = b"From a@example.org Thu Jan  1 00:00:00 2004\n"


def main() -> None:
    """Make the mailbox, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mbox", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--notmuch", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "mail"
        folder.mkdir()
        copies = altered(args.mbox)
        mailbox = folder / "all.mbox"
        with mailbox.open("wb") as file:
            for _ in range(args.messages):
                file.write(next(copies))
        print(f"{args.messages:,} messages, {mailbox.stat().st_size / 1e6:.0f} MB", flush=True)
        home = Path(place) / "home"
        sync(home, folder, "from nothing")
        sync(home, folder, "nothing new")
        with mailbox.open("ab") as file:
            for _ in range(NEW):
                file.write(next(copies))
        sync(home, folder, f"{NEW:,} new")
        if args.notmuch:
            yardstick(mailbox, Path(place), args.messages)


def altered(mbox: Path) -> Iterator[bytes]:
    """The messages of a mailbox for ever, every time with other ids, dates and words."""
    from ingest.mail.mbox import split

    with mbox.open("rb") as lines:
        originals = [raw for _, raw in split(lines)]
    copy = 0
    while True:
        for number, raw in enumerate(originals):
            yield (
                SEPARATOR + one_copy(raw, copy, number).replace(b"\nFrom ", b"\n>From ") + b"\n"
            )
        copy += 1


def one_copy(raw: bytes, copy: int, number: int) -> bytes:
    """A message with ids, a date and some words of its own."""
    raw = re.sub(rb"(?i)^(message-id:\s*<)", rb"\g<1>%d." % copy, raw, count=1, flags=re.M)
    if match := re.search(rb"(?im)^date:([^\n]*)", raw):
        try:
            when = parsedate_to_datetime(match[1].decode("ascii", "replace"))
            later = format_datetime(when + timedelta(days=DAYS_BETWEEN_COPIES * copy))
            raw = raw[: match.start(1)] + b" " + later.encode() + raw[match.end(1) :]
        except (ValueError, OverflowError):
            pass
    # Every fortieth word of the copy is another one, so no two copies say the same.
    head, blank, body = raw.partition(b"\n\n")
    words = body.split(b" ")
    for place in range(number % 40, len(words), 40):
        words[place] = b"%s%d" % (words[place][:4].strip(b"\n"), copy * 7919 + place)
    return head + blank + b" ".join(words) + b"\nThis is copy %d.\n" % copy


_SYNC = """
import sys, time, resource
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from archive.service import Archive
archive = Archive.open()
archive.add([Path(sys.argv[2])])
began = time.perf_counter()
report = archive.sync(embed=False)
seconds = time.perf_counter() - began
(threads,) = archive.catalog.connection.execute(
    "SELECT count(DISTINCT thread) FROM document").fetchone()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{seconds:7.2f} s  {report.added:,} added, {threads:,} threads, peak {peak:.0f} MB,",
      ", ".join(f"{stage} {value:.2f} s" for stage, value in report.seconds.items()))
began = time.perf_counter()
found = len(archive.search("daily report historicals").passages)
"""


def sync(home: Path, folder: Path, what: str) -> None:
    """One sync in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _SYNC, str(ROOT), str(folder)],
        env={**os.environ, "ARCHIVE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    size = sum(item.stat().st_size for item in home.rglob("*") if item.is_file()) / 1e6
    print(f"{what:<14} {done.stdout.strip()}; {size:.0f} MB on disk", flush=True)


def yardstick(mailbox: Path, place: Path, most: int) -> None:
    """What notmuch takes for the same messages."""
    from ingest.mail.mbox import split

    folder = place / "maildir" / "cur"
    for name in ("cur", "new", "tmp"):
        (folder.parent / name).mkdir(parents=True)
    with mailbox.open("rb") as lines:
        for number, (_, raw) in enumerate(split(lines)):
            if number < most:
                (folder / f"{number}:2,S").write_bytes(raw)
    config = place / "notmuch-config"
    config.write_text(f"[database]\npath={folder.parent}\n[new]\ntags=\n", encoding="utf-8")
    began = time.perf_counter()
    subprocess.run(
        ["notmuch", "new", "--quiet"],
        env={**os.environ, "NOTMUCH_CONFIG": str(config)},
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - began
    print(f"notmuch new    {seconds:7.2f} s")
    shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
