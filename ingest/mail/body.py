"""What a message says and what it brings along: its MIME parts, walked in order.

Without recursion, since hostile mail nests its parts thousands deep. Of several
versions of a text the plain one is read; a file, an attached message included, is
handed on unread. Nothing here raises.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from ingest.document import Embedded
from ingest.mail import headers as header
from ingest.mail.headers import Headers
from ingest.text import decode, html_to_text, normalise, one_line

_DEEPEST: Final = 50
_MOST_PARTS: Final = 1000
_SHORT_STUB: Final = 200
_SMIME: Final = "It is encrypted (S/MIME); its text cannot be read."
_PGP: Final = "It is encrypted (PGP); its text cannot be read."
_SIGNED_SMIME: Final = "It is signed (S/MIME); the signature was not checked."
_SIGNED_PGP: Final = "It is signed (PGP); the signature was not checked."
_PKCS7: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNATURES: Final = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    )
)
_MESSAGES: Final = frozenset(("message/rfc822", "message/global", "message/news"))
# What a machine says about a message is text all the same.
_REPORTS: Final = frozenset(
    (
        "message/delivery-status",
        "message/disposition-notification",
        "message/global-delivery-status",
    )
)
_CALENDARS: Final = frozenset(("text/calendar", "text/x-vcalendar", "application/ics"))
_CARDS: Final = frozenset(("text/vcard", "text/x-vcard", "text/directory"))
_FLOWED_QUOTE: Final = re.compile(">+")
_UUENCODED: Final = re.compile(
    r"^begin [0-7]{3,4} (\S[^\n]*)\n((?:[!-`][ -`]{0,61}\n)+)(?:`?\n)?end$", re.MULTILINE
)
_ARMOUR: Final = re.compile(r"^-----BEGIN PGP ([A-Z ]{3,30})-----$", re.MULTILINE)
_CLEAR_SIGNED: Final = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Z][\w-]*: [^\n]*\n)*\n?", re.MULTILINE
)


@dataclass(slots=True)
class Body:
    """What has been found in the parts of a message so far."""

    segments: list[str] = field(default_factory=list)
    """Normalised texts in order, none of them empty."""
    attachments: list[str] = field(default_factory=list)
    files: list[Embedded] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def remark(self, sentence: str) -> None:
        """Note what had to be guessed or left out; "" is nothing to note."""
        if sentence:
            self.remarks.append(sentence)

    @property
    def is_encrypted(self) -> bool:
        """Whether some of it cannot be read without a key."""
        return _SMIME in self.remarks or _PGP in self.remarks


@dataclass(frozen=True, slots=True)
class _Entity:
    """A part with the facts that are needed to read it."""

    headers: Headers
    body: bytes
    depth: int
    media: str
    parameters: dict[str, str]
    file_name: str
    attached: bool


def read(headers: Headers, body: bytes) -> Body:
    """All that a message holds below its headers."""
    found = Body()
    waiting = [_entity(headers, body, 0, "text/plain")]
    seen = 0
    while waiting:
        entity = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS or entity.depth > _DEEPEST:
            found.remark("It has too many parts or parts within parts; the rest was left out.")
            break
        waiting += reversed(_open(entity, found))
    return found


def _entity(headers: Headers, body: bytes, depth: int, default: str) -> _Entity:
    media, parameters = header.parameters(header.first(headers, "content-type"))
    if "/" not in media:
        media = default if not media else "text/plain"
    disposition = header.first(headers, "content-disposition")
    attached, named = header.parameters(disposition) if disposition else ("", {})
    name = named.get("filename") or parameters.get("name") or ""
    return _Entity(headers, body, depth, media, parameters, name, attached == "attachment")


def _open(entity: _Entity, found: Body) -> list[_Entity]:
    """Read one part; the parts within it that are still to be read."""
    kind = entity.media.partition("/")[0]
    boundary = entity.parameters.get("boundary", "")
    if kind == "multipart" and boundary:
        inner = _inner(entity, boundary)
        if inner:
            _remark_on_protection(entity, found)
            return _alternative(inner) if entity.media == "multipart/alternative" else inner
    elif entity.media in _MESSAGES:
        _attach_message(entity, found)
        return []
    if entity.media in _PKCS7:
        return _opened_smime(entity, found)
    if entity.media in _SIGNATURES or entity.media == "application/pgp-encrypted":
        return []
    is_text = kind in ("text", "multipart") or entity.media in _REPORTS
    if entity.file_name and (entity.attached or not is_text or entity.depth):
        # A picture shown within the text is nobody's attachment, nor is an unnamed logo.
        inline = kind == "image" and not entity.attached and "content-id" in entity.headers
        if not inline:
            _attach(entity, entity.file_name, found)
    elif entity.attached and not is_text:
        _attach(entity, "", found)
    elif is_text or not entity.depth or entity.media in _CALENDARS:
        text = _text(entity, found) if is_text or entity.media in _CALENDARS else ""
        if text:
            found.segments.append(text)
    return []


def _attach(entity: _Entity, name: str, found: Body) -> None:
    raw, sound = _transfer_decoded(entity)
    if not sound:
        found.remark("The base64 of an attachment is damaged; what could be read was kept.")
    if name:
        found.attachments.append(name)
    found.files.append(Embedded(name=name, media=entity.media, raw=raw))


def _attach_message(entity: _Entity, found: Body) -> None:
    """An attached message, named after its subject."""
    raw, _ = _transfer_decoded(entity)
    raw = raw.lstrip(b"\r\n")
    headers, body = header.split(raw)
    if not headers and not body.strip():
        return
    subject = header.decoded(header.first(headers, "subject"))
    name = entity.file_name or subject[:100] or "message"
    if not name.lower().endswith(".eml"):
        name += ".eml"
    found.attachments.append(name)
    found.files.append(Embedded(name=name, media="message/rfc822", raw=raw))


def _remark_on_protection(entity: _Entity, found: Body) -> None:
    if entity.media == "multipart/encrypted":
        found.remark(_PGP)
    elif entity.media == "multipart/signed":
        protocol = entity.parameters.get("protocol", "")
        found.remark(_SIGNED_PGP if "pgp" in protocol.lower() else _SIGNED_SMIME)


def _opened_smime(entity: _Entity, found: Body) -> list[_Entity]:
    """What is inside an S/MIME part that is only signed; of an encrypted one, nothing."""
    kind = entity.parameters.get("smime-type", "").lower()
    inner = b"" if kind == "enveloped-data" else _signed_content(_transfer_decoded(entity)[0])
    if not inner:
        found.remark(_SMIME)
        return []
    found.remark(_SIGNED_SMIME)
    headers, body = header.split(inner.lstrip(b"\r\n"))
    return [_entity(headers, body, entity.depth + 1, "text/plain")]


def _signed_content(raw: bytes) -> bytes:
    """The content that a CMS SignedData (RFC 5652) carries, b"" if there is none."""
    from asn1crypto import cms  # type: ignore[import-untyped]  # few mails need it

    try:
        content = cms.ContentInfo.load(raw)
        if content["content_type"].native != "signed_data":
            return b""
        inner = content["content"]["encap_content_info"]["content"].native
    except (ValueError, TypeError, KeyError, RecursionError):
        return b""
    return inner if isinstance(inner, bytes) else b""


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
        found.append(_entity(headers, inner, entity.depth + 1, default))
        position = end + 1 if end >= 0 else -1
    return found


def _alternative(inner: list[_Entity]) -> list[_Entity]:
    """The one of several versions to read, as a list."""
    plain = next((part for part in inner if part.media == "text/plain"), None)
    rich = [part for part in inner if part is not plain]
    html = next((part for part in rich if part.media == "text/html"), None)
    other = html or next((part for part in rich if part.media.startswith("multipart/")), None)
    # An invitation says more than the text beside it; other named parts are files.
    rest = [
        part
        for part in inner
        if part not in (plain, other) and (part.file_name or part.media in _CALENDARS)
    ]
    if plain is None:
        return [other or inner[-1], *rest] if other or inner[-1] not in rest else rest
    if other is not None:
        text = _text(plain, Body())
        stub = len(text) < _SHORT_STUB and html is not None
        if not text.strip():
            return [other, *rest]
        if stub and html is not None and len(_text(html, Body())) > 4 * _SHORT_STUB:
            return [html, *rest]  # "Your program does not show HTML."
        if other.media.startswith("multipart/"):
            # Pictures and files beside the HTML version are still attachments.
            rest += [part for part in _leaves(other) if part.file_name]
    return [plain, *rest]


def _leaves(entity: _Entity) -> list[_Entity]:
    boundary = entity.parameters.get("boundary", "")
    return _inner(entity, boundary) if boundary else []


def _text(entity: _Entity, found: Body) -> str:
    """The normalised text of a text part."""
    raw, sound = _transfer_decoded(entity)
    if not sound:
        found.remark("Its base64 is damaged; what could be read was kept.")
    text, remark = decode(raw, entity.parameters.get("charset", ""))
    found.remark(remark)
    if entity.media in ("text/html", "application/xhtml+xml"):
        return html_to_text(text)
    if entity.media in _CALENDARS:
        from ingest.mail import calendar

        return normalise(calendar.text_of(text) or text)
    if entity.media in _CARDS:
        from ingest.mail import vcard

        return normalise(vcard.text_of(text) or text)
    if entity.parameters.get("format", "").lower() == "flowed":
        text = _unflowed(text, entity.parameters.get("delsp", "").lower() == "yes")
    text = normalise(text)
    if "begin " in text:
        text = _without_uuencoded(text, found)
    if "-----BEGIN PGP " in text:
        text = _without_armour(text, found)
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


def _without_uuencoded(text: str, found: Body) -> str:
    """Files written into the text itself, as was done before MIME, become files."""
    for match in _UUENCODED.finditer(text):
        name = one_line(match.group(1))
        found.attachments.append(name)
        found.files.append(Embedded(name=name, media="", raw=_uudecoded(match.group(2))))
    return normalise(_UUENCODED.sub("", text))


def _uudecoded(lines: str) -> bytes:
    raw = bytearray()
    for line in lines.encode("ascii", "replace").split(b"\n"):
        if not line or not (line[0] - 32) & 63:
            continue
        try:
            raw += binascii.a2b_uu(line)
        except binascii.Error:  # a space at its end was cut off, or one was added
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                raw += binascii.a2b_uu(line[: length + 1].ljust(length + 1))
            except binascii.Error:
                continue
    return bytes(raw)


def _without_armour(text: str, found: Body) -> str:
    """What PGP wrote into the text itself is marked and taken out."""
    pieces: list[str] = []
    missing: set[str] = set()  # not looked for again, which would take time squared
    position = 0
    while match := _ARMOUR.search(text, position):
        kind = match.group(1)
        mark = f"-----END PGP {kind}-----"
        end = text.find(mark, match.end()) if mark not in missing else -1
        if end < 0:
            missing.add(mark)
        if kind == "SIGNED MESSAGE" or end < 0:  # what is signed goes on below
            pieces.append(text[position : match.end()])
            position = match.end()
            continue
        found.remark(_PGP if kind == "MESSAGE" else _SIGNED_PGP if kind == "SIGNATURE" else "")
        pieces.append(text[position : match.start()])
        position = end + len(mark)
    pieces.append(text[position:])
    return normalise(_CLEAR_SIGNED.sub("", "".join(pieces)))
