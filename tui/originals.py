"""The original of a source: its file, the mail within an mbox, an attachment within a mail.

Reads files, so everything here is for a thread. What has to be taken out of a larger file is
written to a private folder below the state directory.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from archive.paths import Paths
from tui.finding import Finding
from tui.opening import (
    CannotOpen,
    Command,
    Machine,
    Original,
    extracted,
    line_of,
    opens_mid,
    plain_name,
    run,
    to_edit,
    to_open,
    to_show,
)

if TYPE_CHECKING:
    from index.stored import StoredDocument

_HEAD_BYTES = 8192


def launch(
    how: str, document: StoredDocument, finding: Finding, paths: Paths, attachment: str = ""
) -> tuple[Command, bool]:
    """Open a source: `open`, `edit` or `show`. Raises CannotOpen.

    What takes over the terminal is not run: its command is returned with True.
    """
    path = Path(document.path)
    if not path.exists():
        raise CannotOpen(f"{path} is not there any more.", remedy="Ctrl+R syncs.")
    machine = Machine(environ=os.environ)
    if how == "edit":
        if not _is_text(path):
            raise CannotOpen(
                f"{path.name} is not a text.",
                remedy="Press o for its own program, or y to copy what was read of it.",
            )
        line = line_of(path, document.locator, finding.quote)
        command, takes_over = to_edit(Original(path=path, line=line), machine)
        if takes_over:
            return command, True
    elif how == "show":
        command = to_show(path, machine)
    else:
        command = _opening(document, finding, machine, paths, attachment)
    run(command)
    return command, False


def _opening(
    document: StoredDocument, finding: Finding, machine: Machine, paths: Paths, attachment: str
) -> Command:
    path = Path(document.path)
    page = _page(document, finding)
    if document.kind != "mail" and not attachment:
        if document.within and (came := _came_as(document)):
            return to_open(Original(path=_copy(path, *came, paths), page=page), machine)
        return to_open(Original(path=path, page=page), machine)
    if not attachment:
        machine = Machine(environ=machine.environ, opens_mid=opens_mid(machine))
        name = document.passage_id.strip("<>")
        if machine.opens_mid and "@" in name:
            return to_open(Original(path=path, message_id=name), machine)
        if not document.locator:
            return to_open(Original(path=path), machine)
    if attachment:
        return to_open(Original(path=_copy(path, document.locator, attachment, paths)), machine)
    name = f"{document.title or 'mail'}.eml"
    copy = extracted(name, _content(path, document.locator, ""), paths.state / "opened")
    return to_open(Original(path=copy), machine)


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return b"\0" not in head and not head.startswith(b"%PDF")


def save(document: StoredDocument, attachment: str) -> Path:
    """Write an attachment of a mail to a new file in the present folder. Raises CannotOpen."""
    content = _content(Path(document.path), document.locator, attachment)
    path = Path.cwd() / plain_name(attachment)
    names = (f"{path.stem}-{number}{path.suffix}" for number in count(2))
    while path.exists():
        path = path.with_name(next(names))
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CannotOpen(
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="Start the app in a folder that may be written to.",
        ) from error
    return path


def is_attachment(document: StoredDocument, mail: StoredDocument, name: str) -> bool:
    """Whether this is what was read of the attachment of that name."""
    return _came_as(document) == (mail.locator, name)


def _came_as(document: StoredDocument) -> tuple[str, str] | None:
    """Where the mail is that a document came with, and under which name it did."""
    from ingest.read import BETWEEN

    holder, _, own = document.locator.rpartition(BETWEEN)
    number, _, name = own.partition(" ")
    return (holder, name) if number.isdigit() and name else None


def _copy(path: Path, locator: str, attachment: str, paths: Paths) -> Path:
    content = _content(path, locator, attachment)
    return extracted(attachment, content, paths.state / "opened")


def _content(path: Path, locator: str, attachment: str) -> bytes:
    """The bytes of a mail, or of what is attached to it. Raises CannotOpen."""
    from ingest.mail import original

    message = original.raw(path, locator)
    content = original.attachment(message, attachment) if message and attachment else message
    if content is None:
        raise CannotOpen(
            f"It cannot be taken out of {path.name}.", remedy="Press f for its folder."
        )
    return content


def _page(document: StoredDocument, finding: Finding) -> int:
    if not document.page_starts:
        return finding.passage.page or 0
    return bisect_right(document.page_starts, finding.spans[0][0])


def whole(document: StoredDocument) -> Finding:
    """A document as a source that is opened from its beginning."""
    from index.passage import Passage

    passage = Passage(
        chunk_id=0,
        document_id=document.id,
        id=document.passage_id,
        source=document.source,
        path=document.path,
        locator=document.locator,
        kind=document.kind,
        page=None,
        title=document.title,
        date=document.date,
        people=document.people,
        text="",
        start=0,
        end=0,
        score=0.0,
    )
    return Finding(n=1, passage=passage, quote="", spans=((0, 0),))
