"""One message, from whatever container, becomes one document.

All mail goes through `document` (mbox, Maildir, .eml) or, where a container has taken
it apart already, through `compose` (Outlook). The message is read as bytes, its parts
are walked without recursion, plain text is preferred to HTML, attachments are handed on
unread. Neither raises.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from ingest import quoting
from ingest.document import Document, Embedded, Kind, ParseFailure, Person, Role
from ingest.files import read_whole
from ingest.mail import body as mail_body
from ingest.mail import headers as header
from ingest.mail.body import Body
from ingest.mail.headers import Headers

MAX_BYTES: Final = 40 << 20
"""What is read of one message; the rest, nearly always attachments, is left out."""

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


# A file that begins like this is a message, whatever its name: MH folders and Maildirs have
# numbers for names, and people save a mail as .txt.
_LINE: Final = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t]|[ \t]+\S")
_TELLING: Final = frozenset(
    (
        b"from", b"date", b"subject", b"to", b"message-id", b"received", b"return-path",
        b"mime-version", b"delivered-to", b"content-type", b"x-mailer", b"in-reply-to",
        b"envelope-to", b"delivery-date", b"x-original-to", b"reply-to", b"cc",
    )
)  # fmt: skip
_TELLING_FIRST: Final = frozenset((b"from", b"received", b"return-path", b"message-id"))
_ENOUGH: Final = 3


_SUFFIXES: Final = ("", ".txt", ".text", ".mail", ".email", ".rfc822")
_NAMED: Final = re.compile(r"\.[a-z]\w{0,9}")


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is a message: by its name, or by how it begins."""
    suffix = path.suffix.lower()
    if suffix == ".eml":
        return True
    return (suffix in _SUFFIXES or not _NAMED.fullmatch(suffix)) and looks_like(head)


def looks_like(head: bytes) -> bool:
    """Whether a file that begins with `head` is a message: known headers, nothing else."""
    lines = head.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").split(b"\n")
    if lines[0].startswith(b">From "):
        del lines[0]
    found = set()
    for line in lines[:-1] if len(lines) > 1 else lines:
        match = _LINE.match(line)
        if match is None:
            if line:
                return False
            break
        found.add((match.group(1) or b"").lower())
    return len(found & _TELLING) >= _ENOUGH and not found.isdisjoint(_TELLING_FIRST)


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one message of an .eml file."""
    raw = read_whole(path, limit=MAX_BYTES, cut=True)
    if isinstance(raw, ParseFailure):
        yield raw
    else:
        yield document(raw, path=path, locator="")


def document(raw: bytes, *, path: Path, locator: str) -> Document | ParseFailure:
    """The document that a whole message is, headers and body."""
    if raw.startswith(_UTF16):  # saved from an editor
        raw = raw.decode("utf-16", "replace").encode("utf-8", "replace")
    raw = raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    headers, raw_body = header.split(raw)
    if not headers:
        return ParseFailure(path=path, locator=locator, reason="has no mail headers")
    body = mail_body.read(headers, raw_body)
    if len(raw) >= MAX_BYTES:
        body.remark(f"It is larger than {MAX_BYTES >> 20} MB; the rest was left out.")
    return _composed(headers, body, path, locator, ())


def compose(
    headers: Headers,
    text: str,
    *,
    path: Path,
    locator: str,
    files: Sequence[Embedded] = (),
    remarks: Iterable[str] = (),
    tags: Iterable[str] = (),
) -> Document | ParseFailure:
    """The document of a message whose headers and normalised body text are known."""
    body = Body(
        segments=[text] if text.strip() else [],
        attachments=[file.name for file in files if file.name],
        files=list(files),
        remarks=list(remarks),
    )
    return _composed(headers, body, path, locator, tags)


def _composed(
    headers: Headers, body: Body, path: Path, locator: str, tags: Iterable[str]
) -> Document | ParseFailure:
    title = header.decoded(header.first(headers, "subject"))
    text = "\n\n".join(body.segments)
    attachments = tuple(body.attachments)
    parts = quoting.parts(text)
    if not text.strip():
        text = _without_body(title, attachments)
        parts = ()
        if not text:
            reason = "is encrypted" if body.is_encrypted else "has no readable text"
            return ParseFailure(path=path, locator=locator, reason=reason)
    created, doubt = header.when(headers)
    message_id = header.message_ids(header.first(headers, "message-id"))
    return Document(
        path=path,
        locator=locator,
        kind=Kind.MAIL,
        title=title,
        text=text,
        created=created,
        people=_people(headers),
        parts=parts,
        message_id=message_id[0] if message_id else None,
        references=header.message_ids(
            header.first(headers, "references"), header.first(headers, "in-reply-to")
        ),
        attachments=attachments,
        files=tuple(body.files),
        tags=tuple(dict.fromkeys(chain(header.labels(headers), tags))),
        remarks=tuple(dict.fromkeys(chain([doubt] if doubt else [], body.remarks))),
    )


def _without_body(title: str, attachments: tuple[str, ...]) -> str:
    lines = [title] if title else []
    if attachments:
        lines.append("Attachments: " + ", ".join(attachments))
    return "\n".join(lines)


def _people(headers: Headers) -> tuple[Person, ...]:
    found: list[Person] = []
    for name, role in (("from", Role.SENDER), ("to", Role.RECIPIENT), ("cc", Role.COPIED)):
        people = header.people(", ".join(headers.get(name, ())), role)
        # Exchange kept the display names apart from the addresses (X-From, X-To, X-cc).
        other = headers.get(f"x-{name}")
        if other and people and not any(person.name for person in people):
            named = header.people(other[0], role)
            if len(named) == len(people):
                people = [
                    Person(name=better.name, address=person.address, role=role)
                    for person, better in zip(people, named, strict=True)
                ]
        found += people
    return tuple(dict.fromkeys(found))
