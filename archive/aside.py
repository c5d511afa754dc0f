"""A sync in a process of its own, for a program that goes on answering meanwhile.

In one process the threads that read mail would share Python's one lock with the screen,
which then comes late. The other process takes half a second to start and loads its own
embedder. It is told to stop by its standard input being closed, which also happens when
this process dies, and then finishes the batch in hand.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from archive.paths import Paths
from archive.yielding import BESIDE_THE_APP, give_way
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from index.sync import Progress, SyncReport

PROGRAM = (sys.executable, "-m", "archive.aside")
_POLL_S = 0.1


class SyncFailed(LifeArchiveError):
    """What the sync said of its own failure, or that it died without a word."""

    def __init__(self, message: str, *, remedy: str = "", exit_code: int = 5) -> None:
        super().__init__(message, remedy=remedy)
        self.exit_code = exit_code


def sync_aside(
    paths: Paths,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    *,
    embed: bool = True,
    program: tuple[str, ...] = PROGRAM,
) -> SyncReport:
    """Run a sync of the archive at `paths` and wait for its report. Raises SyncFailed."""
    from index.sync import Progress

    order = json.dumps({key: str(path) for key, path in asdict(paths).items()})
    process = subprocess.Popen(
        [*program, order, *(() if embed else ("--words",))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a library's warning would be drawn over the screen
        start_new_session=True,  # Ctrl-C in the terminal is for the app
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for said in _lines(process.stdout, process.stdin, should_stop):
            if "progress" in said:
                on_progress(Progress(**said["progress"]))
            elif "report" in said:
                return _report(said["report"])
            elif "error" in said:
                raise SyncFailed(**said["error"])
    finally:
        process.stdin.close()
        process.stdout.close()
        code = process.wait()
    raise SyncFailed(
        f"The sync ended without a report (exit code {code}).",
        remedy=f"Start it again: it goes on from there. Details may be in {paths.log}.",
    )


def _lines(
    said: IO[bytes], stdin: IO[bytes], should_stop: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """What the other process says, line by line; asked to stop as soon as that is wanted."""
    left = b""
    while True:
        if not stdin.closed and should_stop():
            stdin.close()
        if not select.select([said], [], [], _POLL_S)[0]:
            continue
        block = os.read(said.fileno(), 1 << 16)
        if not block:
            return
        *whole, left = (left + block).split(b"\n")
        yield from map(json.loads, whole)


def _report(told: dict[str, Any]) -> SyncReport:
    from index.stored import FailureRow
    from index.sync import SyncReport

    failures = tuple(FailureRow(**one) for one in told["failures"])
    repaired = tuple(told["repaired"])
    return SyncReport(**{**told, "failures": failures, "repaired": repaired})


def main() -> None:
    """The other process: `order` says which archive, standard input when to stop."""
    os.umask(0o077)
    give_way(by=BESIDE_THE_APP)
    words_only = "--words" in sys.argv[2:]
    # Whatever a library prints must not stand among the lines that are read.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    stop = threading.Event()

    def wait_for_the_end() -> None:
        while os.read(0, 1024):
            pass
        stop.set()

    def say(**what: object) -> None:
        try:
            print(json.dumps(what), file=out, flush=True)
        except BrokenPipeError:
            stop.set()  # nobody listens any more

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    paths = {key: Path(value) for key, value in json.loads(sys.argv[1]).items()}
    _sync(Paths(**paths), say, stop.is_set, embed=not words_only)


def _sync(
    paths: Paths, say: Callable[..., None], should_stop: Callable[[], bool], *, embed: bool
) -> None:
    import logging

    from archive import settings
    from archive.log import start_logging
    from archive.service import Archive

    try:
        archive = Archive(paths, settings.load(paths.config_file))
        report = archive.sync(lambda step: say(progress=asdict(step)), should_stop, embed=embed)
        say(report=asdict(report))
    except LifeArchiveError as error:
        say(error={"message": str(error), "remedy": error.remedy, "exit_code": error.exit_code})
    except Exception as error:
        start_logging(paths.log)
        logging.getLogger("archive").exception("a sync failed")
        message = f"Something unexpected happened ({type(error).__name__})."
        say(error={"message": message, "remedy": f"The details are in {paths.log}."})


if __name__ == "__main__":
    main()
