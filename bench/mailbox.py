"""How fast a mailbox becomes documents, and in how much memory: MBOX repeated to a size.

    python bench/mailbox.py MBOX [--megabytes 200] [--megabytes 2000] [--notmuch]

Each size is read in a process of its own, on one core, the best of three (of one above a
gigabyte); memory is the most that process ever held. `--notmuch` lets notmuch (Debian's
package) index the same messages, one file each, right after: it also writes a full-text
index, so it is a yardstick of the machine, not a rival.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 3
_ONCE_FROM_MB = 1000


def main() -> None:
    """Make the mailboxes, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mbox", type=Path)
    parser.add_argument("--megabytes", type=int, action="append")
    parser.add_argument("--notmuch", action="store_true")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        read_all(args.mbox)
        return
    print("     size  messages  seconds  messages/s   MB/s  peak MB")
    with tempfile.TemporaryDirectory() as place:
        for megabytes in args.megabytes or [200]:
            mailbox = Path(place) / "repeated.mbox"
            repeat(args.mbox, mailbox, megabytes << 20)
            runs = RUNS if megabytes <= _ONCE_FROM_MB else 1
            best = min((measured(mailbox) for _ in range(runs)), key=lambda run: run["seconds"])
            size = mailbox.stat().st_size / 1e6
            print(
                f"{size:7.0f} MB {best['documents']:9,} {best['seconds']:8.2f}"
                f" {best['documents'] / best['seconds']:11,.0f} {size / best['seconds']:6.0f}"
                f" {best['peak_mb']:8.0f}",
                flush=True,
            )
            if args.notmuch:
                yardstick(mailbox, Path(place))
            mailbox.unlink()


def repeat(mbox: Path, target: Path, size: int) -> None:
    """The same mail again and again, whole, until the file is that large."""
    raw = mbox.read_bytes()
    raw += b"" if raw.endswith(b"\n\n") else b"\n"
    with target.open("wb") as file:
        while file.tell() < size:
            file.write(raw)


def measured(mailbox: Path) -> dict[str, float]:
    """One reading in a fresh process pinned to one core."""
    command = [sys.executable, __file__, str(mailbox), "--read"]
    if shutil.which("taskset"):
        command = ["taskset", "-c", "0", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def read_all(mailbox: Path) -> None:
    """Read it and print what it took, as JSON."""
    sys.path.insert(0, str(ROOT))
    from ingest.document import Document
    from ingest.read import read

    began = time.perf_counter()
    documents = sum(isinstance(item, Document) for item in read(mailbox, "mbox"))
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"documents": documents, "seconds": seconds, "peak_mb": peak_mb}))


def yardstick(mailbox: Path, place: Path) -> None:
    """What notmuch takes for the same messages."""
    sys.path.insert(0, str(ROOT))
    from ingest.mail.mbox import split

    folder = place / "maildir" / "cur"
    for name in ("cur", "new", "tmp"):
        (folder.parent / name).mkdir(parents=True, exist_ok=True)
    messages = 0
    with mailbox.open("rb") as lines:
        for number, (_, raw) in enumerate(split(lines)):
            # Notmuch keeps a Message-ID once: without this it would read the copies and
            # index none of them.
            raw = raw.replace(b"Message-ID: <", b"Message-ID: <%d." % number, 1)
            (folder / f"{number}:2,S").write_bytes(raw)
            messages += 1
    config = place / "notmuch-config"
    config.write_text(f"[database]\npath={folder.parent}\n[new]\ntags=\n", encoding="utf-8")
    environment = {**os.environ, "NOTMUCH_CONFIG": str(config)}
    began = time.perf_counter()
    subprocess.run(
        ["notmuch", "new", "--quiet"], env=environment, check=True, capture_output=True
    )
    seconds = time.perf_counter() - began
    rate = messages / seconds
    print(f"  notmuch new, {messages:,} files: {seconds:.2f} s, {rate:,.0f} messages/s")
    shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
