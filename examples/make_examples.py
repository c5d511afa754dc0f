"""Make the parts of the sample archive that are not pleasant to write by hand.

    python examples/make_examples.py

`source/letters.toml` becomes `mail/letters.mbox`, and `source/documents.toml`
becomes the PDF, the Word and the PowerPoint file in `documents/`. The notes and
the web page are what they are and are edited in place. Nothing here is random
and no clock is read: the same sources give the same bytes.
"""

import io
import re
import tomllib
import zipfile
from datetime import UTC, datetime, time
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

import docx
import pptx
from docx.opc.coreprops import CoreProperties as WordProperties
from pptx.parts.coreprops import CorePropertiesPart as SlideProperties
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

HERE = Path(__file__).resolve().parent

Entry = dict[str, Any]
"""One table of a TOML source; its keys are described at the top of that file."""


def main() -> None:
    """Write every generated file, each over its last version."""
    letters = tomllib.loads((HERE / "source/letters.toml").read_text("utf-8"))
    documents = tomllib.loads((HERE / "source/documents.toml").read_text("utf-8"))
    for name, content in {
        "mail/letters.mbox": mbox(letters),
        "documents/kittiwake-survey-2004.pdf": survey(documents["survey"]),
        "documents/rankine-family-history.docx": history(documents["history"]),
        "documents/lime-and-slate-talk.pptx": talk(documents["talk"]),
    }.items():
        (HERE / name).write_bytes(content)


# ------------------------------------------------------------------------ mail


def mbox(source: Entry) -> bytes:
    """All letters in order of date, in the mboxrd variant."""
    people: dict[str, str] = source["people"]
    letters = {letter["id"]: letter for letter in source["mail"]}
    return b"".join(
        _as_mboxrd(letter, message(letter, letters, people), people)
        for letter in sorted(letters.values(), key=lambda letter: letter["date"])
    )


def message(letter: Entry, letters: dict[str, Entry], people: dict[str, str]) -> EmailMessage:
    """One letter with its headers, its quotation and its attachment."""
    mail = EmailMessage()
    mail["From"] = _addresses([letter["from"]], people)
    mail["To"] = _addresses(letter["to"], people)
    if "cc" in letter:
        mail["Cc"] = _addresses(letter["cc"], people)
    mail["Date"] = format_datetime(letter["date"])
    mail["Subject"] = letter["subject"]
    mail["Message-ID"] = _message_id(letter, people)
    if "re" in letter and not letter.get("loose"):
        mail["In-Reply-To"] = _message_id(letters[letter["re"]], people)
        mail["References"] = " ".join(
            _message_id(earlier, people) for earlier in _earlier(letter, letters)
        )

    form = letter.get("form", "plain")
    if form == "empty":  # the one mail in which there is nothing to read
        return mail
    charset = letter.get("charset", "utf-8")
    text = letter["html"] if form == "html" else _text(letter, letters, people)
    mail.set_content(
        text,
        subtype="html" if form == "html" else "plain",
        charset=charset,
        cte=letter.get("encoding", "7bit" if text.isascii() else "quoted-printable"),
    )
    if form == "alternative":
        mail.add_alternative(letter["html"], subtype="html", cte="quoted-printable")
    if "attachment" in letter:
        attachment = letter["attachment"]
        maintype, subtype = attachment["type"].split("/")
        mail.add_attachment(
            attachment["text"].encode(),
            maintype=maintype,
            subtype=subtype,
            filename=attachment["name"],
        )
    if mail.is_multipart():
        mail.set_boundary(f"=_{letter['id']}_=")
    return mail


def _text(letter: Entry, letters: dict[str, Entry], people: dict[str, str]) -> str:
    """The body, with the letter it answers quoted where `quote` says."""
    body: str = letter["body"]
    if "quote" not in letter:
        return body
    answered = letters[letter["re"]]
    earlier = _text(answered, letters, people)
    name, _ = parseaddr(people[answered["from"]])
    sent: datetime = answered["date"]
    if letter["quote"] == "outlook":
        recipient, _ = parseaddr(people[answered["to"][0]])
        return (
            f"{body}\n-----Original Message-----\nFrom: {name}\n"
            f"Sent: {sent:%d %B %Y %H:%M}\nTo: {recipient}\n"
            f"Subject: {answered['subject']}\n\n{earlier}"
        )
    quotation = f"On {sent:%a, %d %b %Y at %H:%M}, {name} wrote:\n" + "".join(
        f">{line}\n" if line.startswith(">") or not line else f"> {line}\n"
        for line in earlier.splitlines()
    )
    above, below = (quotation, body) if letter["quote"] == "above" else (body, quotation)
    return f"{above}\n{below}"


def _earlier(letter: Entry, letters: dict[str, Entry]) -> list[Entry]:
    """The letters above this one in its thread, the first one first."""
    if "re" not in letter:
        return []
    answered = letters[letter["re"]]
    return [*_earlier(answered, letters), answered]


def _addresses(names: list[str], people: dict[str, str]) -> tuple[Address, ...]:
    """The people as header values, so that `email` encodes what is not ASCII."""
    pairs = [parseaddr(people[name]) for name in names]
    return tuple(Address(name, addr_spec=address) for name, address in pairs)


def _message_id(letter: Entry, people: dict[str, str]) -> str:
    """An id anyone can find in the source: the letter's, at its sender's domain."""
    _, address = parseaddr(people[letter["from"]])
    return f"<{letter['id']}@{address.partition('@')[2]}>"


def _as_mboxrd(letter: Entry, mail: EmailMessage, people: dict[str, str]) -> bytes:
    """The mail between its separator line and its closing blank line."""
    _, address = parseaddr(people[letter["from"]])
    received = letter["date"].astimezone(UTC)
    quoted = re.sub(rb"(?m)^(>*From )", rb">\1", mail.as_bytes())
    if not quoted.endswith(b"\n"):
        quoted += b"\n"
    return f"From {address} {received:%a %b %d %H:%M:%S %Y}\n".encode() + quoted + b"\n"


# ------------------------------------------------------------------- documents


def survey(source: Entry) -> bytes:
    """The surveyor's report, one page of it for each `page`."""
    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    for page in source["page"]:
        if story:
            story.append(PageBreak())
        story.append(Paragraph(page["heading"], styles["Heading1"]))
        for text in page["paragraphs"]:
            escaped = re.sub(r"&(?!\w+;)", "&amp;", text)
            story += [Paragraph(escaped, styles["BodyText"]), Spacer(1, 8)]
        if "rows" in page:
            grid = [("GRID", (0, 0), (-1, -1), 0.5, "grey")]
            story.append(Table(page["rows"], hAlign="LEFT", style=grid))
    written = io.BytesIO()
    SimpleDocTemplate(
        written,
        pagesize=A4,
        title=source["title"],
        author=source["author"],
        invariant=1,
    ).build(story)
    return written.getvalue()


def history(source: Entry) -> bytes:
    """The family history, with headings and a table."""
    document = docx.Document()
    _describe(document.core_properties, source)
    for section in source["section"]:
        document.add_heading(section["heading"], section["level"])
        for text in section["paragraphs"]:
            document.add_paragraph(text)
        if "rows" in section:
            rows = section["rows"]
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for cells, row in zip(table.rows, rows, strict=True):
                for cell, text in zip(cells.cells, row, strict=True):
                    cell.text = text
    written = io.BytesIO()
    document.save(written)
    return _without_clock(written)


def talk(source: Entry) -> bytes:
    """The talk: each slide a title and some points, with what is said in the notes."""
    presentation = pptx.Presentation()
    _describe(presentation.core_properties, source)
    title_and_content = presentation.slide_layouts[1]
    for entry in source["slide"]:
        slide = presentation.slides.add_slide(title_and_content)
        title, content = slide.placeholders
        title.text_frame.text = entry["title"]
        content.text_frame.text = "\n".join(entry["bullets"])
        notes = slide.notes_slide.notes_text_frame
        assert notes is not None, "the default notes page has a place for text"
        notes.text = entry["notes"]
    written = io.BytesIO()
    presentation.save(written)
    return _without_clock(written)


def _describe(properties: WordProperties | SlideProperties, source: Entry) -> None:
    """Title, author and a fixed date where the libraries would put their own."""
    written = datetime.combine(source["date"], time(12))
    properties.title = source["title"]
    properties.author = properties.last_modified_by = source["author"]
    properties.created = properties.modified = written
    properties.revision = 1


def _without_clock(office_file: io.BytesIO) -> bytes:
    """The same zip with every member dated 1980, the earliest a zip can say."""
    written = io.BytesIO()
    with zipfile.ZipFile(office_file) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return written.getvalue()


if __name__ == "__main__":
    main()
