"""Whether a generation of Chroma is, byte for byte, what was built.

A build ends with a manifest: every file's size and CRC-32, by blocks of 16 MB. A full check
reads all of them: 0.1 s at 100,000 chunks (189 MB, from memory, two threads). What a full
check found sound less than a day ago and has the same sizes, times and inodes since is not
read again (0.3 ms). So whatever was changed through the file system is noticed before
Chroma is asked. Two things are not: a bit that turned on the disk itself since the last full
check, for at most a day, and a change made on purpose to keep the CRC.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

MANIFEST: Final = "life-archive.json"
_MARKER: Final = "unsound"
_PREFIX: Final = "generation-"
_BLOCK: Final = 16 << 20
_PIECE: Final = 1 << 18
_TRUSTED_S: Final = 24 * 3600
_THREADS: Final = 2

Stamp = tuple[int, int, int, int]
"""Size, times of change in nanoseconds, and inode of a file."""


class Unsound(Exception):
    """Chroma cannot be asked: missing, damaged, or not what the catalog holds."""

    def __init__(self, reason: str, *, damaged: bool = True) -> None:
        super().__init__(reason)
        self.damaged = damaged
        """Whether building it anew is what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a finished generation holds."""

    generation: int
    embedder: str
    count: int
    largest: int
    """The largest chunk id. 0 if it is empty."""

    removed: int
    """Vectors that were deleted since it was built afresh; their bytes are still in it."""

    files: Mapping[str, tuple[int, ...]]
    """By path below the generation: the size, then the CRC-32 of each block."""


def directory_of(root: Path, generation: int) -> Path:
    """Where this generation stands, or would."""
    return root / f"{_PREFIX}{generation:08d}"


def generations(root: Path) -> list[Path]:
    """Every finished generation, oldest first."""
    return sorted(root.glob(f"{_PREFIX}*"))


def seal(
    directory: Path, *, generation: int, embedder: str, count: int, largest: int, removed: int
) -> None:
    """Write the manifest of what was built, and see everything onto the disk."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    names = [str(path.relative_to(directory)) for path in paths if path.name != MANIFEST]
    manifest = Manifest(
        generation=generation,
        embedder=embedder,
        count=count,
        largest=largest,
        removed=removed,
        files=_digests(directory, names),
    )
    said = _canonical(asdict(manifest))
    (directory / MANIFEST).write_text(
        f'{{"crc32":{zlib.crc32(said.encode())},"manifest":{said}}}\n', encoding="utf-8"
    )
    for path in (*paths, directory / MANIFEST, *{path.parent for path in paths}, directory):
        fsync(path)


def fsync(path: Path) -> None:
    """See a file, or the names in a directory, onto the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def manifest_of(directory: Path) -> Manifest:
    """What a generation says that it holds. Raises Unsound."""
    if not directory.is_dir():
        raise Unsound(f"{directory.name} is missing")
    try:
        read = json.loads((directory / MANIFEST).read_bytes())
        said = read["manifest"]
        if zlib.crc32(_canonical(said).encode()) != read["crc32"]:
            raise Unsound(f"{directory.name}/{MANIFEST} is damaged")
        said["files"] = {name: tuple(numbers) for name, numbers in said["files"].items()}
        return Manifest(**said)
    except FileNotFoundError as error:
        raise Unsound(f"{directory.name}/{MANIFEST} is missing") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Unsound(f"{directory.name}/{MANIFEST} is damaged") from error
    except OSError as error:
        raise Unsound(f"{directory.name}/{MANIFEST} cannot be read: {error}") from error


def check(directory: Path, *, trust_last: bool = True) -> Manifest:
    """The manifest of a generation whose every file is as it was built. Raises Unsound.

    With `trust_last`, what has not been touched since it was last read is not read again.
    """
    manifest = manifest_of(directory)
    if directory.name != directory_of(directory.parent, manifest.generation).name:
        raise Unsound(f"{directory.name} says that it is generation {manifest.generation}")
    stamps: dict[str, Stamp] = {}
    for name in (*manifest.files, MANIFEST):
        stamps[name] = _stamp(directory, name)
        if name != MANIFEST and stamps[name][0] != manifest.files[name][0]:
            raise Unsound(
                f"{directory.name}/{name} has {stamps[name][0]} bytes,"
                f" not {manifest.files[name][0]}"
            )
    memory = _memory_of(directory)
    if trust_last and _remembered(memory) == stamps:
        return manifest
    try:
        found = _digests(directory, list(manifest.files))
    except OSError as error:
        raise Unsound(f"{directory.name} cannot be read: {error}") from error
    for name, numbers in manifest.files.items():
        if found[name] != numbers:
            raise Unsound(f"{directory.name}/{name} is not what was written")
    remember(directory, stamps)
    return manifest


def remember(directory: Path, stamps: Mapping[str, Stamp] | None = None) -> None:
    """Note that a generation has just been found sound. A read-only archive has no memory."""
    with suppress(OSError, Unsound):
        if stamps is None:
            names = (*manifest_of(directory).files, MANIFEST)
            stamps = {name: _stamp(directory, name) for name in names}
        memory = _memory_of(directory)
        written = memory.with_name(f"{memory.name}.{os.getpid()}")
        written.write_text(json.dumps({"at": time.time(), "files": stamps}), encoding="utf-8")
        written.replace(memory)


def forget(directory: Path) -> None:
    """Have the next check read everything."""
    with suppress(OSError):
        _memory_of(directory).unlink()


def is_sound(root: Path, generation: int) -> str:
    """Why this generation has to be built anew; empty if it need not be.

    A millisecond if it was checked within the last day, else a full check.
    """
    if reason := unsound_reason(root):
        return reason
    try:
        check(directory_of(root, generation))
    except Unsound as error:
        return str(error)
    return ""


def mark_unsound(root: Path, reason: str) -> None:
    """Leave word for the next sync that Chroma has to be built anew."""
    line = " ".join(reason.split())[:500] or "unsound"
    with suppress(OSError):
        (root / _MARKER).write_text(line + "\n", encoding="utf-8")


def unsound_reason(root: Path) -> str:
    """What a reader found wrong with Chroma since it was last built. Empty if nothing."""
    try:
        found = (root / _MARKER).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return " ".join(found.split()) or "unsound"


def clear_mark(root: Path) -> None:
    """What was found wrong has been mended."""
    (root / _MARKER).unlink(missing_ok=True)


def _memory_of(directory: Path) -> Path:
    return directory.with_name(f"checked-{directory.name}.json")


def _remembered(memory: Path) -> dict[str, Stamp] | None:
    """The stamps of the last full check; None if there is none of the last day."""
    try:
        read = json.loads(memory.read_bytes())
        if not 0 <= time.time() - read["at"] < _TRUSTED_S:
            return None
        return {name: (a, b, c, d) for name, (a, b, c, d) in read["files"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _stamp(directory: Path, name: str) -> Stamp:
    try:
        found = (directory / name).stat()
    except OSError as error:
        raise Unsound(f"{directory.name}/{name} is missing") from error
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _digests(directory: Path, names: list[str]) -> dict[str, tuple[int, ...]]:
    sizes = {name: (directory / name).stat().st_size for name in names}
    blocks = [(name, start) for name in names for start in range(0, sizes[name], _BLOCK)]
    with ThreadPoolExecutor(_THREADS) as pool:
        numbers = list(pool.map(lambda block: _digest(directory / block[0], block[1]), blocks))
    found: dict[str, list[int]] = {name: [sizes[name]] for name in names}
    for (name, _), number in zip(blocks, numbers, strict=True):
        found[name].append(number)
    return {name: tuple(values) for name, values in found.items()}


def _digest(path: Path, start: int) -> int:
    """The CRC-32 of one block."""
    number = 0
    buffer = memoryview(bytearray(_PIECE))
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        left = _BLOCK
        while left > 0 and (length := file.readinto(buffer[: min(_PIECE, left)])):
            number = zlib.crc32(buffer[:length], number)
            left -= length
    return number


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
