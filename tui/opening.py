"""Opening the original of a source in another program: which commands, and running one.

Choosing is pure and never makes a line for a shell: a name from the archive is one argument,
and begins with a slash or `mid:`. What a mail had attached is only opened if it is of a kind
that cannot run; everything else is shown in its folder.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from archive.paths import private_directory
from ingest.errors import LifeArchiveError

Command = tuple[str, ...]
Which = Callable[[str], str | None]

_RUNS = frozenset(
    ".app .bat .cmd .com .command .cpl .desktop .dll .exe .hta .htm .html .jar .js .jse .lnk"
    " .msi .pif .pkg .ps1 .py .rb .reg .scr .sh .svg .terminal .url .vbs .wsf .xhtml".split()
)
_DAY_S = 86_400
_IN_TERMINAL = frozenset(
    "vi vim nvim nano pico emacs micro kak joe jed mg ne helix hx ed mcedit".split()
)
_PLUS = frozenset("vi vim nvim nano pico emacs emacsclient micro kak joe jed mg ne".split())
_COLON = frozenset("hx helix subl zed".split())
_GOTO = frozenset("code codium code-insiders cursor".split())
_PDF: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("evince", ("--page-index={page}", "{path}")),
    ("okular", ("--page", "{page}", "{path}")),
    ("zathura", ("--page={page}", "{path}")),
    ("qpdfview", ("{path}#{page}",)),
    ("xreader", ("--page-index={page}", "{path}")),
    ("atril", ("--page-index={page}", "{path}")),
    ("mupdf", ("{path}", "{page}")),
    ("xpdf", ("{path}", "{page}")),
)


class CannotOpen(LifeArchiveError):
    """No program here opens it, or the file is gone."""

    exit_code = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What is to be opened."""

    path: Path
    """Absolute."""

    message_id: str = ""
    """Without its angle brackets. Empty if it is no mail."""

    page: int = 0
    """Counts from 1; 0 if it has no pages."""

    line: int = 0
    """Counts from 1; 0 if that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What decides how something is opened here."""

    environ: Mapping[str, str]
    platform: str = sys.platform
    which: Which = shutil.which
    opens_mid: bool = False
    """A mail program says that it opens `mid:` links."""


def to_open(original: Original, machine: Machine) -> Command:
    """The command that opens a file, a mail or a page in its own program. Raises CannotOpen."""
    if original.message_id and machine.opens_mid:
        # RFC 2392; Thunderbird finds the message itself, among its folder.
        return (_opener(machine), f"mid:{quote(original.message_id, safe='@.$-_+!*=')}")
    if original.path.suffix.lower() in _RUNS:
        return to_show(original.path, machine)
    if original.page and original.path.suffix.lower() == ".pdf":
        for program, arguments in _PDF:
            if machine.platform != "darwin" and machine.which(program):
                filled = (
                    one.format(path=original.path, page=original.page) for one in arguments
                )
                return (program, *filled)
    return (_opener(machine), str(original.path))


def to_edit(original: Original, machine: Machine) -> tuple[Command, bool]:
    """`$VISUAL` or `$EDITOR` at the line, and whether it takes over the terminal."""
    chosen = machine.environ.get("VISUAL") or machine.environ.get("EDITOR") or ""
    try:
        program = tuple(shlex.split(chosen))
    except ValueError as error:
        raise CannotOpen(
            f"$EDITOR cannot be read: {error}.", remedy="Write it like export EDITOR='vim'."
        ) from error
    if not program:
        found = next((one for one in ("nano", "vim", "vi") if machine.which(one)), None)
        if found is None:
            raise CannotOpen("There is no editor.", remedy="Set EDITOR, e.g. to vim.")
        program = (found,)
    name = Path(program[0]).name
    path, line = str(original.path), original.line
    # An editor of another name may be in the terminal as well: it gets it to itself.
    takes_over = name in _IN_TERMINAL or name not in _GOTO | _COLON | {"gedit", "kate", "open"}
    if not line:
        return (*program, path), takes_over
    if name in _PLUS:
        return (*program, f"+{line}", path), takes_over
    if name in _COLON:
        return (*program, f"{path}:{line}"), takes_over
    if name in _GOTO:
        return (*program, "--goto", f"{path}:{line}"), takes_over
    return (*program, path), takes_over


def to_show(path: Path, machine: Machine) -> Command:
    """The file manager with the file chosen, or at least its folder. Raises CannotOpen."""
    if machine.platform == "darwin":
        return ("open", "-R", str(path))
    for program in ("nautilus", "dolphin", "nemo"):
        if machine.which(program):
            return (program, *(() if program == "nemo" else ("--select",)), str(path))
    return (_opener(machine), str(path.parent))


def _opener(machine: Machine) -> str:
    if machine.platform == "darwin":
        return "open"
    if not machine.which("xdg-open"):
        raise CannotOpen(
            "There is no xdg-open on this machine.",
            remedy="Install xdg-utils. The path stands above the text; what is attached can be"
            " saved: a, then s.",
        )
    if not (machine.environ.get("DISPLAY") or machine.environ.get("WAYLAND_DISPLAY")):
        raise CannotOpen(
            "There is no screen to open it on: neither DISPLAY nor WAYLAND_DISPLAY is set.",
            remedy="Press e for the editor, which stays in the terminal.",
        )
    return "xdg-open"


def opens_mid(machine: Machine) -> bool:
    """Whether a mail program has said that it opens `mid:` links; takes up to a second."""
    if machine.platform == "darwin" or not machine.which("xdg-mime"):
        return False
    asked = ("xdg-mime", "query", "default", "x-scheme-handler/mid")
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(done.stdout.strip())


def run(command: Sequence[str], *, wait: bool = False) -> None:
    """Run a command beside the app, silent, or in its place until it ends."""
    try:
        if wait:
            subprocess.run(list(command), check=False)
            return
        subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise CannotOpen(
            f"{command[0]} could not be started: {error.strerror}.",
            remedy="Check that it is installed.",
        ) from error


def line_of(path: Path, locator: str, words: str) -> int:
    """The line of `path` at which `words` stand, from 1; 0 if that cannot be told.

    Looked for from where the document begins; of a file beyond 64 MB only that place.
    """
    start = int(locator[5:]) if locator[:5] == "byte " and locator[5:].isdigit() else 0
    begun = next((one.strip() for one in words.splitlines() if one.strip()), "")
    needle = begun[:60].encode()
    line = 1
    try:
        with path.open("rb") as file:
            left = start
            while left and (block := file.read(min(left, 1 << 20))):
                line += block.count(b"\n")
                left -= len(block)
            ahead = file.read(64_000_000)
    except OSError:
        return 0
    at = ahead.find(needle) if needle else -1
    if at >= 0:
        return line + ahead.count(b"\n", 0, at)
    return line if start else 0


def plain_name(name: str) -> str:
    """The name of an attachment as one may call a file: no folder, no option, not hidden."""
    plain = "".join(one if one.isalnum() or one in " ._-" else "_" for one in Path(name).name)
    return plain.strip(" .-")[-120:] or "file"


def extracted(name: str, content: bytes, below: Path) -> Path:
    """A private copy of a mail or an attachment for another program to open.

    Copies of more than a day ago go.
    """
    private_directory(below)
    for old in below.iterdir():
        if old.stat().st_mtime < time.time() - _DAY_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=below))
    path = folder / plain_name(name)
    path.write_bytes(content)
    path.chmod(0o600)
    return path
