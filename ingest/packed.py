"""Compressed files: zip, gzip and tar, unpacked within limits.

Nothing is written outside the given folder, whatever the names inside say, and
never more than the limits allow: a small file can unpack to any size.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol, cast

from ingest.document import ParseFailure, Skipped
from ingest.files import display

MAX_BYTES: Final = 16 << 30
"""What one compressed file may unpack to."""
MAX_MEMBERS: Final = 200_000
MAX_RATIO: Final = 200
"""Text compresses to a tenth, a bomb to a thousandth."""
_SMALL: Final = 16 << 20
"""Up to here no ratio is too high: a mailbox of one repeated line is no bomb."""
_BLOCK: Final = 1 << 20
_SPARE_BYTES: Final = 1 << 30
_PLAYED: Final = frozenset(
    ".mp4 .mov .avi .mkv .webm .3gp .m4v .mpg .mpeg"
    " .mp3 .m4a .aac .opus .ogg .wav .flac".split()
)
_DAMAGE: Final = (zlib.error, lzma.LZMAError, EOFError, zipfile.BadZipFile, tarfile.TarError)


class _Packed(Protocol):
    def read1(self, size: int = -1, /) -> bytes: ...


class _TooMuch(Exception):
    """A limit is reached; what is unpacked so far stays."""


class Budget:
    """What may still be unpacked from one file, everything inside it included."""

    def __init__(self, packed_bytes: int) -> None:
        self.left = min(MAX_BYTES, max(packed_bytes * MAX_RATIO, _SMALL))

    def spend(self, size: int) -> None:
        """Take `size` bytes off; raises when there is not so much left."""
        if size > self.left:
            raise _TooMuch
        self.left -= size


def unzip(path: Path, folder: Path, budget: Budget) -> Iterator[ParseFailure | Skipped]:
    """Unpack a zip file. Encrypted and damaged members are listed, the rest goes on."""
    try:
        with zipfile.ZipFile(path) as archive:
            for number, member in enumerate(archive.infolist()):
                if member.is_dir():
                    continue
                target = _target(folder, member.filename)
                if target is None or number >= MAX_MEMBERS:
                    yield _failure(path, member.filename, "is named to escape its folder")
                elif member.flag_bits & 1:
                    reason = "is encrypted; unpack it with its password"
                    yield _failure(path, member.filename, reason)
                elif target.suffix.lower() in _PLAYED:
                    yield Skipped(
                        path=path,
                        locator=_shown(member.filename),
                        reason=f"no format for {target.suffix.lower()}",
                    )
                else:
                    try:
                        with archive.open(member) as packed:
                            _copy(packed, target, budget)
                        _keep_time(target, member)
                    except (*_DAMAGE, NotImplementedError, RuntimeError) as error:
                        if isinstance(error, _TooMuch):
                            raise
                        reason = f"is damaged ({type(error).__name__})"
                        yield _failure(path, member.filename, reason)
    except _TooMuch:
        yield _too_much(path)
    except (*_DAMAGE, ValueError, NotImplementedError) as error:
        yield _failure(path, "", f"is damaged or no zip file ({type(error).__name__})")


def untar(path: Path, folder: Path, budget: Budget) -> Iterator[ParseFailure | Skipped]:
    """Unpack a tar file, compressed or not. Links and devices in it are left out."""
    try:
        with tarfile.open(path) as archive:
            for number, member in enumerate(archive):
                if not member.isreg():
                    continue
                target = _target(folder, member.name)
                if target is None or number >= MAX_MEMBERS:
                    yield _failure(path, member.name, "is named to escape its folder")
                    continue
                packed: object = archive.extractfile(member)
                if packed is not None:
                    _copy(packed, target, budget)
    except _TooMuch:
        yield _too_much(path)
    except _DAMAGE as error:
        yield _failure(path, "", f"is damaged or cut short ({type(error).__name__})")


def gunzip(path: Path, folder: Path, budget: Budget) -> Iterator[ParseFailure | Skipped]:
    """Unpack the one file in a .gz, .bz2 or .xz; of a damaged one, what can be read."""
    openers: dict[str, Any] = {".bz2": bz2.open, ".xz": lzma.open}
    target = folder / (path.stem or "unpacked")
    try:
        with openers.get(path.suffix.lower(), gzip.open)(path, "rb") as packed:
            _copy(packed, target, budget)
    except _TooMuch:
        yield _too_much(path)
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        left = "; what comes before was read" if target.exists() else ""
        yield _failure(path, "", f"is damaged or cut short ({type(error).__name__}){left}")


def _copy(packed: object, target: Path, budget: Budget) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        read = cast(_Packed, packed).read1
        while block := read(_BLOCK):
            budget.spend(len(block))
            if shutil.disk_usage(target.parent).free < _SPARE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
            file.write(block)


def _target(folder: Path, name: str) -> Path | None:
    """Where a member goes; None if its name leads out of the folder."""
    parts = [
        part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", ".")
    ]
    if not parts or ".." in parts or any(part.endswith(":") for part in parts):
        return None
    cut = [_short(part.replace("\0", "_")) for part in parts]
    target = folder.joinpath(*cut)
    number = 2
    while target.exists():  # a zip may hold a name twice, or in two spellings of one
        target = target.with_name(f"{number} {cut[-1]}")
        number += 1
    return target


def _short(part: str) -> str:
    """A name that a file system takes: 255 bytes at most, the suffix kept."""
    if len(os.fsencode(part)) <= 200:
        return part
    name = PurePosixPath(part)
    return os.fsencode(name.stem)[:150].decode("utf-8", "ignore") + name.suffix[:20]


def _keep_time(target: Path, member: zipfile.ZipInfo) -> None:
    from datetime import UTC, datetime

    try:
        when = datetime(*member.date_time, tzinfo=UTC).timestamp()
        os.utime(target, (when, when))
    except (ValueError, OverflowError, OSError):
        return


def _too_much(path: Path) -> ParseFailure:
    reason = (
        f"unpacks to more than {MAX_RATIO} times its size or {MAX_BYTES >> 30} GB; "
        "what comes before was read"
    )
    return _failure(path, "", reason)


def _failure(path: Path, member: str, reason: str) -> ParseFailure:
    return ParseFailure(path=path, locator=_shown(member), reason=reason)


def _shown(member: str) -> str:
    return display(Path(member)) if member else ""
