"""One thing that Outlook keeps, as .msg, .pst and winmail.dat are read into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ingest.mail import mapi, rtf
from ingest.mail.mapi import Properties
from ingest.text import decode, html_to_text, normalise, one_line

_SHOWN_IN_TEXT: Final = 4
_SHORT_STUB: Final = 200
_MAIL: Final = (
    "ipm.note", "ipm.schedule", "ipm.post", "ipm.recall", "ipm.taskrequest", "ipm.outlook.",
    "report.",
)  # fmt: skip
_RECORDS: Final = (
    "ipm.appointment", "ipm.task", "ipm.contact", "ipm.distlist", "ipm.stickynote",
    "ipm.activity", "ipm.ole",
)  # fmt: skip


@dataclass(slots=True)
class Attached:
    """A file or another item that hangs on an item."""

    properties: Properties
    item: Item | None = None
    raw: bytes = b""
    """Its content, where it is not among the properties."""

    @property
    def name(self) -> str:
        """Its file name, on one line; "" if it has none."""
        keys = (mapi.ATTACH_LONG_FILE_NAME, mapi.ATTACH_FILE_NAME, mapi.DISPLAY_NAME)
        return one_line(self.properties.text(*keys))

    @property
    def media(self) -> str:
        """Its declared media type."""
        return self.properties.text(mapi.ATTACH_MIME_TAG).strip().lower()

    @property
    def content(self) -> bytes:
        """Its bytes; b"" if it is an item or lies elsewhere."""
        return self.raw or self.properties.raw(mapi.ATTACH_DATA)

    @property
    def is_part_of_text(self) -> bool:
        """Whether it is a picture that the text shows."""
        if not (self.media.startswith("image/") or _is_picture(self.name)):
            return False
        shown = (self.properties.number(mapi.ATTACH_FLAGS) or 0) & _SHOWN_IN_TEXT
        hidden = self.properties.number(mapi.ATTACH_HIDDEN)
        return bool(shown or hidden) and bool(self.properties.text(mapi.ATTACH_CONTENT_ID))


@dataclass(slots=True)
class Item:
    """A mail, appointment, contact or the like, as its file holds it."""

    properties: Properties
    recipients: list[Properties] = field(default_factory=list)
    attachments: list[Attached] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Its message class, in lower case; a mail if it does not say."""
        return self.properties.text(mapi.MESSAGE_CLASS).strip().lower() or "ipm.note"

    @property
    def is_mail(self) -> bool:
        """Whether someone sent it to someone."""
        if self.kind.startswith(_MAIL + _RECORDS):
            return self.kind.startswith(_MAIL)
        return bool(self.recipients or self.properties.text(mapi.TRANSPORT_HEADERS))


def subject(known: Properties) -> str:
    # In a .pst two characters before it say how long its prefix is.
    subject = known.text(mapi.SUBJECT)
    if subject.startswith("\x01"):
        subject = subject[2:]
    return one_line(subject) or one_line(known.text(mapi.CONVERSATION_TOPIC))


def mailbox(known: Properties, name_key: int, smtp_key: int, address_key: int) -> str:
    """`"Name" <address>`, as a header has it; addresses of Exchange's own kind left out."""
    name = one_line(known.text(name_key)).replace('"', "").strip("' ")
    address = next(
        (
            found
            for key in (smtp_key, address_key)
            if "@" in (found := one_line(known.text(key))) and " " not in found
        ),
        "",
    )
    if not address and "@" in name and " " not in name:
        name, address = "", name
    quoted = '"' + name.replace("\\", "") + '"' if name else ""
    return f"{quoted} <{address}>".strip() if address else quoted


def person(known: Properties, name: int, smtp: int, address: int) -> str:
    text = mailbox(known, name, smtp, address).replace('"', "")
    return "" if text.lower() == "unknown" else text


def written(known: Properties) -> datetime | None:
    return known.time(mapi.CLIENT_SUBMIT_TIME, mapi.DELIVERY_TIME, mapi.CREATION_TIME)


def body(item: Item) -> str:
    """The normalised text of an item, from whichever of its versions says most."""
    known = item.properties
    plain = normalise(known.text(mapi.BODY))
    if len(plain) >= _SHORT_STUB:
        return plain
    rich = _html(known) or rtf.text_of(known.raw(mapi.RTF_COMPRESSED))
    if not plain or len(rich) > 4 * _SHORT_STUB:  # "Your program does not show HTML."
        return rich or plain
    return plain


def _html(known: Properties) -> str:
    html = known.text(mapi.HTML)
    if not html:
        codepage = known.number(mapi.INTERNET_CODEPAGE) or known.own_codepage()
        html = decode(known.raw(mapi.HTML), mapi.charset(codepage))[0]
    return html_to_text(html) if html.strip() else ""


def _is_picture(name: str) -> bool:
    return name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp"))
