"""The original of a source: its file, the mail within an mbox, an attachment within a mail.

Reads files, so everything here is for a thread. What has to be taken out of a larger file is
written to a private folder below the state directory.
"""

from __future__ import annotations

import os
from bisect import bisect_right
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
    run,
    to_edit,
    to_open,
    to_show,
)

if TYPE_CHECKING:
    from index.stored import StoredDocument


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
        return to_open(Original(path=path, page=page), machine)
    if not attachment:
        machine = Machine(environ=machine.environ, opens_mid=opens_mid(machine))
        name = document.passage_id.strip("<>")
        if machine.opens_mid and "@" in name:
            return to_open(Original(path=path, message_id=name), machine)
        if not document.locator:
            return to_open(Original(path=path), machine)
    return to_open(Original(path=_taken_out(document, attachment, paths)), machine)


def _taken_out(document: StoredDocument, attachment: str, paths: Paths) -> Path:
    from ingest.mail import original

    path = Path(document.path)
    message = original.raw(path, document.locator)
    content = original.attachment(message, attachment) if message and attachment else message
    if content is None:
        raise CannotOpen(
            f"It cannot be taken out of {path.name}.", remedy="Press f for its folder."
        )
    name = attachment or f"{document.title or 'mail'}.eml"
    return extracted(name, content, paths.state / "opened")


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
