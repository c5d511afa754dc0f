"""Which files below an added path can be read, and as what.

The walk is sorted, so two runs over the same files see the same order. It follows
links to files, never to folders, and reads the first four kilobytes of each file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.document import ParseFailure, Skipped
from ingest.files import display
from ingest.ignore import FILE_NAME, IGNORED, SPAM, Globs, Rules, is_spam_or_bin
from ingest.mail.maildir import is_maildir
from ingest.registry import FORMATS, HEAD_BYTES, Format, by_name

_SUFFIX: Final = re.compile(r"\.[a-z][a-z0-9_+-]{0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that a format claims."""

    path: Path
    relative: str
    """Its path below the root with `/`; its name if it is the root. For display and ids."""

    format: str
    """Name of the format in the registry."""

    size: int
    mtime_ns: int
    inode: int


def discover(
    root: Path, *, rules: Rules | None = None, formats: Sequence[Format] = FORMATS
) -> Iterator[Found | Skipped | ParseFailure]:
    """Yield every file at or below `root`: found, skipped, or why it cannot be read.

    Names that begin with a dot are passed over without a word, Maildir folders aside.
    """
    rules = rules or Rules()
    try:
        is_folder = root.is_dir()
        if not is_folder:
            yield _look(root, root.name, formats)
            return
    except OSError as error:
        yield _failure(root, error)
        return
    waiting = [(root, Globs.of(root, rules.globs))]
    while waiting:
        path, globs = waiting.pop()
        if path is root or _is_real_folder(path):
            if path is not root and globs.ignore(path, is_folder=True):
                yield Skipped(path=path, reason=IGNORED)
                continue
            try:
                with os.scandir(path) as entries:
                    names = sorted((entry.name for entry in entries), key=os.fsencode)
                if FILE_NAME in names:
                    globs = globs.below(path, _lines_of(path / FILE_NAME))
            except (OSError, ValueError) as error:
                yield _failure(path, error)
                continue
            # The last one is taken first.
            waiting += [
                (path / name, globs)
                for name in reversed(names)
                if not name.startswith(".") or is_maildir(path / name)
            ]
            continue
        try:
            if globs.ignore(path, is_folder=False):
                yield Skipped(path=path, reason=IGNORED)
                continue
            seen = _look(path, display(path.relative_to(root)), formats)
        except OSError as error:
            yield _failure(path, error)
            continue
        if isinstance(seen, Found) and not rules.spam_and_bin and _is_unwanted(seen):
            seen = Skipped(path=path, reason=SPAM)
        yield seen


def _is_unwanted(found: Found) -> bool:
    """Whether it is mail in a folder for spam or for what was deleted."""
    if not by_name(found.format).in_mail_folders:
        return False
    *folders, name = found.relative.split("/")
    # Thunderbird names a mailbox's file "Trash", Apple Mail its folder "Trash.mbox".
    stems = [name, *(folder.removesuffix(".mbox").removesuffix(".sbd") for folder in folders)]
    return is_spam_or_bin(stems) or is_spam_or_bin([name.rpartition(".")[0]])


def _lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _is_real_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _look(path: Path, relative: str, formats: Sequence[Format]) -> Found | Skipped:
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            return Skipped(path=path, reason="its link leads nowhere")
        raise
    if stat.S_ISDIR(status.st_mode):
        return Skipped(path=path, reason="a link to a folder")
    if not stat.S_ISREG(status.st_mode):
        return Skipped(path=path, reason="not a regular file")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for known in formats:
        if known.claims(path, head):
            return Found(
                path=path,
                relative=relative,
                format=known.name,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                inode=status.st_ino,
            )
    return Skipped(path=path, reason=no_format(path))


def no_format(path: Path) -> str:
    """Why a file that no format claims is left alone."""
    suffix = path.suffix.lower()
    return f"no format for {suffix}" if _SUFFIX.fullmatch(suffix) else "unknown format"


def _failure(path: Path, error: OSError | ValueError) -> ParseFailure:
    reason = getattr(error, "strerror", "") or type(error).__name__
    return ParseFailure(path=path, locator="", reason=f"cannot be read: {reason}")
