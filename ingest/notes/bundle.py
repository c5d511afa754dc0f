"""TextBundle folders (Bear, Ulysses): what `info.json` says about the text beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.text import one_line

_SUFFIX: Final = ".textbundle"
_LARGEST_INFO: Final = 1 << 20
_BEAR: Final = "net.shinyfrog.bear"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is known of a note from the bundle that it is in."""

    name: str
    """The bundle's name without its suffix; empty if that was a packed file's folder."""
    created: str
    tags: tuple[str, ...]
    from_bear: bool
    in_bin: bool
    encrypted: bool


def bundle_of(path: Path) -> Bundle | None:
    """The bundle that a text file is the text of; None if it is in none."""
    folder = path.parent
    named = folder.name.lower().endswith(_SUFFIX)
    if path.stem.lower() != "text" or not (named or (folder / "info.json").is_file()):
        return None
    said = _info(folder / "info.json").get(_BEAR)
    info = said if isinstance(said, dict) else {}
    tags = info.get("tags")
    return Bundle(
        name=one_line(folder.name[: -len(_SUFFIX)])
        if named
        else one_line(str(info.get("title") or "")),
        created=str(info.get("creationDate") or ""),
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        from_bear=bool(info),
        in_bin=bool(info.get("trashed")),
        encrypted=bool(info.get("encrypted")),
    )


def _info(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            read = json.loads(file.read(_LARGEST_INFO))
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
