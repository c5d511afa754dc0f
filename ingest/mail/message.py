"""One message, from whatever container, becomes one document.

All mail goes through `document`: mbox, Maildir, .eml and what comes later. It reads
the message as bytes, walks its parts without recursion, prefers plain text to HTML
and keeps of an attachment only the name. It never raises.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from ingest import quoting
from ingest.document import Document, Kind, ParseFailure, Part, PartKind, Person, Role
from ingest.files import read_whole
from ingest.mail import headers as header
from ingest.mail.headers import Headers
from ingest.text import decode, html_to_text, normalise, one_line

MAX_BYTES: Final = 32 << 20
"""What is read of one message; the rest, nearly always attachments, is left out."""

_DEEPEST: Final = 50
_MOST_PARTS: Final = 1000
_SHORT_STUB: Final = 200
_ENCRYPTED: Final = "It is encrypted; its text cannot be read."
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FLOWED_QUOTE: Final = re.compile(">+")
_UUENCODED: Final = re.compile(
    r"^begin [0-7]{3,4} (\S[^\n]*)\n(?:[!-`][ -`]{0,61}\n)+(?:`?\n)?end$", re.MULTILINE
)


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
    headers, body = header.split(raw)
    if not headers:
        return ParseFailure(path=path, locator=locator, reason="has no mail headers")
    read = _read(headers, body)
    title = header.decoded(header.first(headers, "subject"))
    text, parts = _joined(read.segments)
    attachments = tuple(read.attachments)
    if not text.strip():
        text = _without_body(title, attachments)
        parts = ()
        if not text:
            reason = "is encrypted" if _ENCRYPTED in read.remarks else "has no readable text"
            return ParseFailure(path=path, locator=locator, reason=reason)
    created, doubt = header.date(header.first(headers, "date"))
    if len(raw) >= MAX_BYTES:
        read.remark(f"It is larger than {MAX_BYTES >> 20} MB; the rest was left out.")
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
        remarks=tuple(dict.fromkeys(chain([doubt] if doubt else [], read.remarks))),
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


# --- the body ----------------------------------------------------------------


@dataclass(slots=True)
class _Read:
    """What has been found in the parts of a message so far."""

    segments: list[tuple[str, bool]] = field(default_factory=list)
    """Normalised texts in order; True if it is a forwarded message."""
    attachments: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def remark(self, sentence: str) -> None:
        if sentence:
            self.remarks.append(sentence)


@dataclass(frozen=True, slots=True)
class _Entity:
    """A part with the facts that are needed to read it."""

    headers: Headers
    body: bytes
    depth: int
    forwarded: bool
    media: str
    parameters: dict[str, str]
    file_name: str
    attached: bool


def _entity(
    headers: Headers, body: bytes, depth: int, forwarded: bool, default: str
) -> _Entity:
    media, parameters = header.parameters(header.first(headers, "content-type"))
    if "/" not in media:
        media = default if not media else "text/plain"
    disposition = header.first(headers, "content-disposition")
    attached, named = header.parameters(disposition) if disposition else ("", {})
    name = named.get("filename") or parameters.get("name") or ""
    return _Entity(
        headers, body, depth, forwarded, media, parameters, name, attached == "attachment"
    )


def _read(headers: Headers, body: bytes) -> _Read:
    read = _Read()
    waiting = [_entity(headers, body, 0, False, "text/plain")]
    seen = 0
    while waiting:
        entity = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS or entity.depth > _DEEPEST:
            read.remark("It has too many parts or parts within parts; the rest was left out.")
            break
        waiting += reversed(_open(entity, read))
    return read


def _open(entity: _Entity, read: _Read) -> list[_Entity]:
    """Read one part; the parts within it that are still to be read."""
    kind = entity.media.partition("/")[0]
    boundary = entity.parameters.get("boundary", "")
    if kind == "multipart" and boundary:
        inner = _inner(entity, boundary)
        if inner:
            if entity.media == "multipart/alternative":
                return _alternative(inner, read)
            if entity.media == "multipart/encrypted":
                read.remark(_ENCRYPTED)
            return inner
    elif entity.media in ("message/rfc822", "message/global", "message/news"):
        return _forwarded(entity, read)
    if entity.file_name and (entity.attached or kind != "text" or entity.depth):
        inline = kind == "image" and not entity.attached and "content-id" in entity.headers
        if not inline:  # a picture shown within the text is nobody's attachment
            read.attachments.append(entity.file_name)
    elif not entity.attached and (kind in ("text", "multipart") or not entity.depth):
        if entity.media in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            read.remark(_ENCRYPTED)
        elif kind in ("text", "multipart"):
            text = _text(entity, read)
            if text:
                read.segments.append((text, entity.forwarded))
    return []


def _inner(entity: _Entity, boundary: str) -> list[_Entity]:
    """The parts of a multipart, its preamble and epilogue left out."""
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    default = "message/rfc822" if entity.media == "multipart/digest" else "text/plain"
    found: list[_Entity] = []
    body = entity.body
    position = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    if not position and not body.startswith(mark):
        return []
    while position >= 0 and len(found) <= _MOST_PARTS:
        start = position + len(mark)
        if body.startswith(b"--", start):
            break
        start = body.find(b"\n", start) + 1
        if not start:
            break
        # The line break before a border belongs to the border.
        end = body.find(b"\n" + mark, start - 1)
        part = body[start : end if end >= 0 else len(body)]
        headers, inner = (
            ({}, part.partition(b"\n")[2])
            if part.startswith((b"\n", b"\r\n"))
            else header.split(part)
        )
        found.append(_entity(headers, inner, entity.depth + 1, entity.forwarded, default))
        position = end + 1 if end >= 0 else -1
    return found


def _alternative(inner: list[_Entity], read: _Read) -> list[_Entity]:
    """The one of several versions to read, as a list."""
    plain = next((part for part in inner if part.media == "text/plain"), None)
    rich = [part for part in inner if part is not plain]
    html = next((part for part in rich if part.media == "text/html"), None)
    other = html or next((part for part in rich if part.media.startswith("multipart/")), None)
    # What else is in there (an invitation, say) may still have a name.
    rest = [part for part in inner if part.file_name and part not in (plain, other)]
    if plain is None:
        return [other or inner[-1], *rest] if other or inner[-1] not in rest else rest
    if other is not None:
        text = _text(plain, _Read())
        stub = len(text) < _SHORT_STUB and html is not None
        if not text.strip():
            return [other, *rest]
        if stub and html is not None and len(_text(html, _Read())) > 4 * _SHORT_STUB:
            return [html, *rest]  # "Your program does not show HTML."
        if other.media.startswith("multipart/"):
            # Pictures and files beside the HTML version are still attachments.
            rest += [part for part in _leaves(other) if part.file_name]
    return [plain, *rest]


def _leaves(entity: _Entity) -> list[_Entity]:
    boundary = entity.parameters.get("boundary", "")
    return _inner(entity, boundary) if boundary else []


def _forwarded(entity: _Entity, read: _Read) -> list[_Entity]:
    """Head a forwarded message with its own headers, then read on inside it."""
    raw, _ = _transfer_decoded(entity)
    headers, body = header.split(raw.lstrip(b"\r\n"))
    lines = ["Forwarded message"]
    for name in ("From", "To", "Date", "Subject"):
        value = header.decoded(header.first(headers, name.lower()))
        if value:
            lines.append(f"{name}: {value}")
    if len(lines) > 1:
        read.segments.append(("\n".join(lines), True))
    if entity.file_name:
        read.attachments.append(entity.file_name)
    return [_entity(headers, body, entity.depth + 1, True, "text/plain")]


def _text(entity: _Entity, read: _Read) -> str:
    """The normalised text of a text part."""
    raw, sound = _transfer_decoded(entity)
    if not sound:
        read.remark("Its base64 is damaged; what could be read was kept.")
    text, remark = decode(raw, entity.parameters.get("charset", ""))
    read.remark(remark)
    if entity.media in ("text/html", "application/xhtml+xml"):
        return html_to_text(text)
    if entity.parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text, entity.parameters.get("delsp", "").lower() == "yes")
    text = normalise(text)
    if "begin " in text:
        text = _without_uuencoded(text, read)
    return text


def _transfer_decoded(entity: _Entity) -> tuple[bytes, bool]:
    encoding = header.first(entity.headers, "content-transfer-encoding").strip().lower()
    if encoding == "base64":
        return header.base64_bytes(entity.body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(entity.body), True
    return entity.body, True


def _unflowed(text: str, delete_space: bool) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676)."""
    paragraphs: list[list[str]] = []
    open_depth = -1  # quote depth of a line that goes on
    for line in text.replace("\r\n", "\n").split("\n"):
        match = _FLOWED_QUOTE.match(line)
        depth = match.end() if match else 0
        content = line[depth:].removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        piece = content[:-1] if flows and delete_space else content
        if open_depth == depth and content != "-- ":
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([">" * depth + " " if depth else "", piece])
        open_depth = depth if flows else -1
    return "\n".join(map("".join, paragraphs))


def _without_uuencoded(text: str, read: _Read) -> str:
    """Files written into the text itself, as was done before MIME, become names."""
    read.attachments += [one_line(name) for name in _UUENCODED.findall(text)]
    return normalise(_UUENCODED.sub("", text))


def _joined(segments: list[tuple[str, bool]]) -> tuple[str, tuple[Part, ...]]:
    """The texts one below the other, and whose words they are."""
    if len(segments) == 1 and not segments[0][1]:
        return segments[0][0], quoting.parts(segments[0][0])
    parts: list[Part] = []
    pieces: list[str] = []
    offset = 0
    for text, forwarded in segments:
        if pieces:
            text = "\n\n" + text
        pieces.append(text)
        end = offset + len(text)
        whole = (
            Part(kind=PartKind.QUOTE if forwarded else PartKind.OWN, start=0, end=len(text)),
        )
        for part in whole if forwarded else quoting.parts(text) or whole:
            if parts and parts[-1].kind is part.kind:
                parts[-1] = Part(kind=part.kind, start=parts[-1].start, end=offset + part.end)
            else:
                parts.append(
                    Part(kind=part.kind, start=offset + part.start, end=offset + part.end)
                )
        offset = end
    if all(part.kind is PartKind.OWN for part in parts):
        parts = []
    return "".join(pieces), tuple(parts)
