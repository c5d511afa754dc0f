"""Likely mail, notes and chats on this machine, for the first run.

First the places where programs keep theirs, then a walk through the owner's folders. The
walk is bounded in depth, entries and time, never follows a symbolic link and reads no
content but a few small settings files. It takes from milliseconds to `SECONDS`.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 12.0
DEPTH = 5
MOST_ENTRIES = 150_000
MEASURED_ENTRIES = 60_000
"""Files that are counted of one find; beyond them it says "more than"."""

_DOWNLOADS = ("Documents", "Downloads", "Desktop", "Dokumente", "Schreibtisch", "Archive")
_NEVER = {
    "node_modules", "__pycache__", "site-packages", "snap", "Library", "Applications", "Music",
    "Movies", "Videos", "Pictures", "Photos", "go", "miniconda3", "anaconda3", "venv", "target",
    "Steam", "Trash",
}  # fmt: skip
_THUNDERBIRD = (
    ".thunderbird",
    ".mozilla-thunderbird",
    "snap/thunderbird/common/.thunderbird",
    ".var/app/org.mozilla.Thunderbird/.thunderbird",
    ".var/app/eu.betterbird.Betterbird/.thunderbird",
    "Library/Thunderbird",
)
_KNOWN = (
    (".local/share/evolution/mail/local", "Evolution, mail on this machine"),
    (".cache/evolution/mail", "Evolution, copies of IMAP mail"),
    (".var/app/org.gnome.Evolution/data/evolution/mail/local", "Evolution (Flatpak)"),
    (".var/app/org.gnome.Evolution/cache/evolution/mail", "Evolution (Flatpak), IMAP"),
    (".local/share/local-mail", "KMail, local folders"),
    ("Library/Mail", "Apple Mail"),
    (".claws-mail/imapcache", "Claws Mail, IMAP"),
    ("Maildir", "Maildir"),
    ("Mail", "Mail folder"),
    ("mail", "Mail folder"),
    (".mail", "Mail folder"),
    (".maildir", "Maildir"),
    ("mbox", "System mailbox"),
)
_OBSIDIAN = (
    ".config/obsidian",
    ".var/app/md.obsidian.Obsidian/config/obsidian",
    "snap/obsidian/current/.config/obsidian",
    "Library/Application Support/obsidian",
)
_MUTT = (".muttrc", ".mutt/muttrc", ".config/mutt/muttrc", ".config/neomutt/neomuttrc")
_NOTES = {"notes", "org", "notizen", "zettelkasten", "journal", "diary", "tagebuch"}
_TAKEOUT = re.compile(r"takeout-.*\.(zip|tgz|tar\.gz)$", re.IGNORECASE)
_WHATSAPP = re.compile(r"whatsapp chat.*\.(txt|zip)$|^_chat\.txt$", re.IGNORECASE)
_MAIL_FILE = re.compile(r"\.(mbox|mbx|pst|ost)(\.gz)?$", re.IGNORECASE)
_NOTE_FILE = re.compile(r"\.enex$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Something that can be added."""

    path: Path
    kind: str
    """`mail`, `notes` or `chats`."""

    label: str
    """Whose it seems to be, in a few words."""

    files: int
    size_bytes: int
    whole: bool
    """False if there are more files than were counted."""


def find(
    home: Path,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    seconds: float = SECONDS,
) -> Iterator[Find]:
    """What there is, likeliest first; none lies within another that was given."""
    until = time.monotonic() + seconds

    def over() -> bool:
        return should_stop() or time.monotonic() > until

    given: list[Path] = []
    for path, kind, label in _likely(home, over):
        real = _real(path)
        if real is None or real == _real(home):
            continue
        if any(real == one or real.is_relative_to(one) for one in given):
            continue
        files, size, whole = _measure(path, over)
        if files and size:
            given.append(real)
            yield Find(
                path=path, kind=kind, label=label, files=files, size_bytes=size, whole=whole
            )
        if over():
            return


def _likely(home: Path, over: Callable[[], bool]) -> Iterator[tuple[Path, str, str]]:
    for path, label in _thunderbird(home):
        yield path, "mail", label
    for name, label in _KNOWN:
        yield home / name, "mail", label
    for path in _mutt(home):
        yield path, "mail", "mutt"
    for path in _obsidian(home):
        yield path, "notes", f"Obsidian vault “{path.name}”"
    if spool := os.environ.get("MAIL"):
        yield Path(spool), "mail", "System mailbox"
    yield from _walk(home, over)


def _thunderbird(home: Path) -> Iterator[tuple[Path, str]]:
    for base in (home / name for name in _THUNDERBIRD):
        for profile in _profiles(base):
            yield profile / "Mail", "Thunderbird, local folders and POP"
            yield profile / "ImapMail", "Thunderbird, copies of IMAP mail"


def _profiles(base: Path) -> list[Path]:
    ini = configparser.ConfigParser(interpolation=None, strict=False)
    with suppress(OSError, configparser.Error, UnicodeDecodeError):
        ini.read(base / "profiles.ini", encoding="utf-8")
    found = []
    for name in ini.sections():
        path = ini[name].get("Path", "")
        if name.startswith("Profile") and path:
            relative = ini[name].get("IsRelative", "1") == "1"
            found.append(base / path if relative else Path(path))
    return list(dict.fromkeys(found))


def _obsidian(home: Path) -> Iterator[Path]:
    for name in _OBSIDIAN:
        with suppress(OSError, ValueError, AttributeError, TypeError):
            kept = json.loads((home / name / "obsidian.json").read_text(encoding="utf-8"))
            for vault in kept["vaults"].values():
                yield Path(vault["path"])


def _mutt(home: Path) -> Iterator[Path]:
    """Where mutt's settings say that mail is."""
    for name in _MUTT:
        with suppress(OSError):
            text = (home / name).read_text(encoding="utf-8", errors="replace")[:100_000]
            for said in re.findall(r"^\s*set\s+(?:folder|mbox)\s*=\s*(\S+)", text, re.M):
                path = said.strip("\"'").replace("$HOME", str(home))
                if path.startswith("~/"):
                    path = str(home / path[2:])
                if path.startswith("/"):
                    yield Path(path)


def _walk(home: Path, over: Callable[[], bool]) -> Iterator[tuple[Path, str, str]]:
    """Folders by breadth, so that what lies near is found first."""
    waiting = [(home / name, 1) for name in _DOWNLOADS if not (home / name).is_symlink()]
    waiting.append((home, 0))
    seen: set[tuple[int, int]] = set()
    entries = 0
    while waiting and entries < MOST_ENTRIES and not over():
        folder, depth = waiting.pop(0)
        try:
            stat = folder.stat(follow_symlinks=False)
            listed = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        if (stat.st_dev, stat.st_ino) in seen:
            continue
        seen.add((stat.st_dev, stat.st_ino))
        entries += len(listed)
        names = {entry.name for entry in listed}
        if folder != home and (whole := _folder(folder, names)):
            yield folder, *whole
            continue
        for entry in listed:
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if (
                    depth < DEPTH
                    and not entry.name.startswith(".")
                    and entry.name not in _NEVER
                ):
                    waiting.append((Path(entry.path), depth + 1))
            elif told := _file(entry.name):
                yield Path(entry.path), *told


def _folder(folder: Path, names: set[str]) -> tuple[str, str] | None:
    """Kind and label of a folder that is something as a whole."""
    if ".obsidian" in names:
        return "notes", f"Obsidian vault “{folder.name}”"
    if "logseq" in names and {"pages", "journals"} & names:
        return "notes", f"Logseq graph “{folder.name}”"
    if {"cur", "new", "tmp"} <= names:
        return "mail", f"Maildir “{folder.name}”"
    if folder.name.lower().endswith(".mbox") and "mbox" in names:
        return "mail", f"Apple Mail export “{folder.name}”"
    if folder.name == "Takeout" and names & {"Mail", "Keep", "archive_browser.html"}:
        return "mail", "Google Takeout"
    if folder.name.startswith("ChatExport_") and "result.json" in names:
        return "chats", "Telegram export"
    if folder.name.lower() in _NOTES and any(_is_note(name) for name in names):
        return "notes", f"Notes in “{folder.name}”"
    return None


def _is_note(name: str) -> bool:
    return name.lower().endswith((".md", ".org", ".txt", ".markdown"))


def _file(name: str) -> tuple[str, str] | None:
    """Kind and label of a file that is an export or a mailbox."""
    if _TAKEOUT.search(name):
        return "mail", "Google Takeout"
    if _WHATSAPP.search(name):
        return "chats", "WhatsApp export"
    if _MAIL_FILE.search(name):
        outlook = name.lower().endswith((".pst", ".ost"))
        return "mail", "Outlook file" if outlook else "Mailbox"
    return ("notes", "Evernote export") if _NOTE_FILE.search(name) else None


def _measure(path: Path, over: Callable[[], bool]) -> tuple[int, int, bool]:
    """Files, bytes, and whether that is all."""
    files = size = 0
    waiting = [path]
    with suppress(OSError):
        if not path.is_dir():
            return 1, path.stat().st_size, True
    while waiting:
        if files > MEASURED_ENTRIES or over():
            return files, size, False
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(".msf"):
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_size
    return files, size, True


def _real(path: Path) -> Path | None:
    """Where a path leads in the end. None if nowhere."""
    with suppress(OSError, RuntimeError):
        return path.resolve(strict=True)
    return None
