"""Links to click in a terminal (OSC 8), for those that take them.

A link leads to a mail by its Message-ID (`mid:`, RFC 2392, which mail clients open) or to a
file on this machine, nowhere else: no address that stands in a text ever becomes one. Nothing
is written into a pipe. Terminals that know no links leave the marks out; the few that print
them get none. `FORCE_HYPERLINK=0` and `links = false` under `[terminal]` turn them off.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

_START, _END = "\x1b]8;;", "\x1b\\"
_MESSAGE_ID = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>")
_PRINTS_THEM = re.compile(r"dumb|linux|eterm|vt\d|cons\d|screen\.?$|unknown")
_LONGEST = 2000


class Links:
    """Makes links, or leaves the text as it is."""

    def __init__(self, *, on: bool) -> None:
        self.on = on

    def to_document(self, label: str, *, passage_id: str, path: str, page: int | None) -> str:
        """`label`, which is safe already, as a link to a mail or a file."""
        return self.to_url(label, url_of(passage_id, path, page))

    def to_url(self, label: str, url: str) -> str:
        """`label` as a link; as it is if links are off or there is nowhere to lead."""
        if not self.on or not url or not label:
            return label
        return f"{_START}{url}{_END}{label}{_START}{_END}"


def links(*, setting: bool) -> Links:
    """Links as standard output and the owner's setting want them."""
    return Links(on=setting and wanted(sys.stdout.isatty(), os.environ))


def wanted(terminal: bool, environ: Mapping[str, str]) -> bool:
    """Whether to write links: on a terminal, unless it is one that would print the marks."""
    forced = environ.get("FORCE_HYPERLINK")
    if not terminal or forced == "0":
        return False
    if forced:
        return True
    term = environ.get("TERM", "")
    if not term or _PRINTS_THEM.match(term):
        return False
    vte = environ.get("VTE_VERSION", "")
    return not (vte.isdigit() and int(vte) < 5000)


def url_of(passage_id: str, path: str, page: int | None = None) -> str:
    """`mid:` for a Message-ID, else `file:`; "" if neither can be written safely."""
    found = _MESSAGE_ID.fullmatch(passage_id)
    if found:
        url = "mid:" + quote(found[1], safe="@.-_+=$!*'")
    elif Path(path).is_absolute():
        # Over ssh the terminal is on another machine: the host's name says whose file it is.
        place = quote(os.fsencode(path), safe="/")
        url = f"file://{quote(socket.gethostname())}{place}"
        if page is not None and path.lower().endswith(".pdf"):
            url += f"#page={page}"
    else:
        return ""
    return url if len(url) <= _LONGEST else ""
