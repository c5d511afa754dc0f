"""What Outlook keeps (mails, appointments, contacts, tasks, notes) as documents.

A mail goes through `message.compose` like any other, the rest becomes lines of text. An
attached item is handed on as a message of its own, in the form that mail has elsewhere.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from ingest.document import Document, Embedded, Kind, ParseFailure
from ingest.mail import headers as header
from ingest.mail import mapi, message, records
from ingest.mail.headers import Headers
from ingest.mail.item import Item, body, mailbox, subject, written
from ingest.text import one_line

_ROLES: Final = {1: "to", 2: "cc", 3: "bcc"}
_EARLIEST_YEAR: Final = 1970
_PROTECTED: Final = "It is protected by its sender's rights management; its text is missing."
_PGP: Final = "It is encrypted (PGP); its text cannot be read."
_SMIME: Final = "ipm.note.smime"


def document(
    item: Item, *, path: Path, locator: str, tags: Iterable[str] = ()
) -> Document | ParseFailure:
    """The document that an item is."""
    known = item.properties
    tags = [*tags, *known.named_texts(mapi.KEYWORDS)]
    if not item.is_mail:
        return _record(item, path, locator, tags)
    if (known.number(mapi.FLAG_STATUS) or 0) == 2:
        tags.append("flagged")
    if item.kind.startswith(_SMIME):
        opened = _smime(item, path, locator)
        if isinstance(opened, Document):
            return replace(opened, tags=tuple(dict.fromkeys([*opened.tags, *tags])))
        if opened is not None:
            return opened
    remarks = list(item.remarks)
    if any(file.name.lower() == "message.rpmsg" for file in item.attachments):
        remarks.append(_PROTECTED)
    if any(file.media == "application/pgp-encrypted" for file in item.attachments):
        remarks.append(_PGP)
    text = records.meeting_text(item) or body(item)
    return message.compose(
        headers(item),
        text,
        path=path,
        locator=locator,
        files=list(files(item)),
        remarks=remarks,
        tags=tags,
    )


def _record(item: Item, path: Path, locator: str, tags: list[str]) -> Document | ParseFailure:
    known = item.properties
    text, when = records.text_of(item)
    created = when or written(known)
    title = subject(known) or one_line(known.text(mapi.DISPLAY_NAME))
    text = text or title
    if not text:
        return ParseFailure(path=path, locator=locator, reason="has no readable text")
    remarks = list(item.remarks)
    if created and not _EARLIEST_YEAR <= created.year <= datetime.now(UTC).year + 1:
        remarks.append(f"Its date '{created.isoformat()}' cannot be right.")
        created = None
    hung = tuple(files(item))
    return Document(
        path=path,
        locator=locator,
        kind=Kind.NOTE if item.kind.startswith("ipm.stickynote") else Kind.FILE,
        title=title,
        text=text,
        created=created,
        attachments=tuple(file.name for file in hung),
        files=hung,
        tags=tuple(dict.fromkeys(tags)),
        remarks=tuple(remarks),
    )


def headers(item: Item) -> Headers:
    """The headers of a mail: those it came with, and what else is known of it."""
    known = item.properties
    transport = known.text(mapi.TRANSPORT_HEADERS).lstrip("\r\n")
    found, _ = header.split(transport.encode("utf-8", "surrogateescape"))
    for name, value in _built(item):
        text = value.encode("utf-8", "replace").decode("ascii", "surrogateescape")
        if value and not "".join(found.get(name, ())).strip():
            found[name] = [text]
    return found


def _built(item: Item) -> Iterator[tuple[str, str]]:
    known = item.properties
    yield "subject", subject(known)
    sender = mailbox(known, *mapi.SENT_REPRESENTING) or mailbox(known, *mapi.SENDER)
    yield "from", sender
    listed: dict[str, list[str]] = {"to": [], "cc": []}
    for recipient in item.recipients:
        role = _ROLES.get((recipient.number(mapi.RECIPIENT_TYPE) or 0) & 15, "")
        if role in listed:
            listed[role].append(mailbox(recipient, *mapi.RECIPIENT))
    for role, names in (("to", mapi.DISPLAY_TO), ("cc", mapi.DISPLAY_CC)):
        yield role, ", ".join(filter(None, listed[role])) or _display(known.text(names))
    when = written(known)
    yield "date", format_datetime(when) if when else ""
    for name, key in (
        ("message-id", mapi.MESSAGE_ID),
        ("references", mapi.REFERENCES),
        ("in-reply-to", mapi.IN_REPLY_TO),
    ):
        yield name, one_line(known.text(key))


def _display(names: str) -> str:
    """A list of names parted by semicolons, in which a comma is part of a name."""
    parts = (one_line(name).replace('"', "").strip("' ") for name in names.split(";"))
    return ", ".join(f"<{name}>" if "@" in name else f'"{name}"' for name in parts if name)


def files(item: Item) -> Iterator[Embedded]:
    """What hangs on an item; another item as a message of its own."""
    for number, attached in enumerate(item.attachments, 1):
        if attached.item is not None:
            # A hidden one is a day on which a repeated appointment is otherwise.
            if not attached.properties.number(mapi.ATTACH_HIDDEN):
                yield _as_file(attached.item, attached.name)
        elif not attached.is_part_of_text:
            content = attached.content
            name = attached.name or (f"attachment {number}" if content else "")
            if name:
                yield Embedded(name=name, media=attached.media, raw=content)


def _as_file(item: Item, name: str) -> Embedded:
    title = name or subject(item.properties)[:100] or "message"
    if item.is_mail:
        name = title if title.lower().endswith(".eml") else f"{title}.eml"
        return Embedded(name=name, media="message/rfc822", raw=as_mail(item))
    text = records.text_of(item)[0] or title
    return Embedded(
        name=f"{title}.txt", media="text/plain", raw=text.encode("utf-8", "replace")
    )


def as_mail(item: Item) -> bytes:
    """An item as a message in the form that mail has everywhere else (RFC 5322)."""
    lines = _header_lines(item)
    boundary = "=_part_"  # which is never in base64, and all parts are
    text = _part("text/plain; charset=utf-8", "", body(item).encode("utf-8", "replace"))
    parts = [text, *(_part(file.media, file.name, file.raw) for file in files(item))]
    lines += ["MIME-Version: 1.0", f"Content-Type: multipart/mixed; boundary={boundary}", ""]
    border = f"\r\n--{boundary}".encode()
    head = "\r\n".join(lines).encode("ascii", "surrogateescape") + b"\r\n"
    return head + b"".join(border + b"\r\n" + part for part in parts) + border + b"--\r\n"


def _header_lines(item: Item) -> list[str]:
    """The headers of a mail without those that describe how its body was packed."""
    return [
        f"{name}: {value}"
        for name, values in headers(item).items()
        if not name.startswith(("content-", "mime-"))
        for value in values
    ]


def _part(media: str, name: str, raw: bytes) -> bytes:
    plain = name.replace('"', "'").replace("\\", "_")
    disposition = f'Content-Disposition: attachment; filename="{plain}"\r\n' if name else ""
    head = (
        f"Content-Type: {media or 'application/octet-stream'}\r\n{disposition}"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("utf-8", "replace") + base64.encodebytes(raw)


def _smime(item: Item, path: Path, locator: str) -> Document | ParseFailure | None:
    """A signed or encrypted mail, which is a file within an empty one."""
    inner = next((file.content for file in item.attachments if file.content), b"")
    if not inner:
        return None
    head = "\r\n".join(_header_lines(item)).encode("ascii", "surrogateescape") + b"\r\n"
    if re.match(rb"(?i)\s*(?:content|mime)-", inner):
        return message.document(head + inner.lstrip(), path=path, locator=locator)
    part = _part("application/pkcs7-mime", "", inner)
    return message.document(head + part, path=path, locator=locator)
