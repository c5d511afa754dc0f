"""Outlook's messages: their properties, the rich text in them, and .msg files.

The .msg files are written here, by a writer of the smallest sound OLE file.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.document import Document, Embedded, Kind, ParseFailure
from ingest.mail import mapi, message, outlook, rtf

Tree = Mapping[str, "bytes | Tree"]

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(tree: Tree) -> bytes:
    """An OLE file of streams and storages; siblings hang in one long chain."""
    entries: list[list[int | str | bytes]] = []  # name, type, child, right, content

    def add(name: str, node: bytes | Tree, kind: int) -> int:
        number = len(entries)
        entries.append([name, kind, FREE, FREE, node if isinstance(node, bytes) else b""])
        if not isinstance(node, bytes):
            following = FREE
            for inner in sorted(node, key=lambda one: (len(one), one.upper()), reverse=True):
                value = node[inner]
                made = add(inner, value, 2 if isinstance(value, bytes) else 1)
                entries[made][3] = following
                following = made
            entries[number][2] = following
        return number

    add("Root Entry", tree, 5)
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(raw: bytes) -> int:
        if not raw:
            return END
        first = len(sectors)
        count = -(-len(raw) // 512)
        for number in range(count):
            sectors.append(raw[512 * number : 512 * (number + 1)].ljust(512, b"\0"))
            fat.append(first + number + 1)
        fat[-1] = END
        return first

    mini, minifat, places = b"", [], {}
    for number, entry in enumerate(entries[1:], 1):
        raw = entry[4]
        assert isinstance(raw, bytes)
        if len(raw) >= 4096:
            places[number] = (store(raw), len(raw))
        elif raw:
            first, count = len(mini) // 64, -(-len(raw) // 64)
            mini += raw.ljust(64 * count, b"\0")
            minifat += [*range(first + 1, first + count), END]
            places[number] = (first, len(raw))
    places[0] = (store(mini), len(mini))
    minifat_raw = struct.pack(f"<{len(minifat)}I", *minifat)
    minifat_raw += b"\xff" * (-len(minifat_raw) % 512)
    minifat_at = store(minifat_raw)
    directory = b""
    for number, (name, kind, child, right, _) in enumerate(entries):
        raw_name = str(name).encode("utf-16-le") + b"\0\0"
        start, size = places.get(number, (END, 0))
        directory += struct.pack(
            "<64sHBBIII16sI8s8sIQ", raw_name, len(raw_name), kind, 1, FREE, right, child,
            b"", 0, b"", b"", start, size,
        )  # fmt: skip
    directory_at = store(directory)
    fat_sectors = 1
    while len(sectors) + fat_sectors > 128 * fat_sectors:
        fat_sectors += 1
    fat_at = list(range(len(sectors), len(sectors) + fat_sectors))
    fat += [FAT] * fat_sectors
    fat += [FREE] * (128 * fat_sectors - len(fat))
    sectors.append(struct.pack(f"<{len(fat)}I", *fat))
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", outlook._MAGIC, b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0,
        fat_sectors, directory_at, 0, 4096, minifat_at, len(minifat_raw) // 512, END, 0,
        fat_at[0],
    )  # fmt: skip
    header += struct.pack("<108I", *fat_at[1:], *[FREE] * (109 - fat_sectors))
    return header + b"".join(sectors)


def filetime(when: datetime) -> int:
    return int((when - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000


Value = str | bytes | int | datetime


def storage(
    values: Mapping[int, Value], header: int = 32, narrow: str = "", **more: bytes | Tree
) -> dict[str, bytes | Tree]:
    """What holds an item, recipient or attachment; `narrow` is a charset of 8-bit strings."""
    fixed = b"\0" * header
    made: dict[str, bytes | Tree] = {}
    for key, value in values.items():
        if isinstance(value, int):
            fixed += struct.pack("<HHIq", 3, key, 6, value)
        elif isinstance(value, datetime):
            fixed += struct.pack("<HHIq", 0x40, key, 6, filetime(value))
        elif isinstance(value, bytes):
            made[f"__substg1.0_{key:04X}0102"] = value
        elif narrow:
            made[f"__substg1.0_{key:04X}001E"] = value.encode(narrow)
        else:
            made[f"__substg1.0_{key:04X}001F"] = value.encode("utf-16-le")
    return {"__properties_version1.0": fixed, **made, **more}


MAIL: Mapping[int, Value] = {
    0x001A: "IPM.Note",
    0x0037: "The boiler – offer",
    0x0042: "Weber, Anna",
    0x0065: "Anna.Weber@example.org",
    0x0039: datetime(2004, 3, 6, 9, 15, tzinfo=UTC),
    0x1000: "Dear Tom,\r\nMr Müller offers 900.\r\n",
    0x1035: "<one@example.org>",
    0x1042: "<zero@example.org>",
}
TOM = storage({0x0C15: 1, 0x3001: "Tom Hale", 0x39FE: "tom@example.org"}, header=8)
JO = storage({0x0C15: 2, 0x3001: "Smith, Jo", 0x3003: "/O=EX/CN=JO"}, header=8)


def mail(**more: bytes | Tree) -> dict[str, bytes | Tree]:
    people = {"__recip_version1.0_#00000000": TOM, "__recip_version1.0_#00000001": JO}
    return storage(MAIL, **people, **more)


def read(tmp_path: Path, tree: Tree) -> Document:
    path = tmp_path / "mail.msg"
    path.write_bytes(compound(tree))
    (found,) = outlook.parse(path)
    assert isinstance(found, Document), found
    return found


def names(document: Document) -> list[str]:
    return [f"{one.role} {one.name} <{one.address}>" for one in document.people]


def test_a_mail_is_made_of_its_properties(tmp_path: Path) -> None:
    found = read(tmp_path, mail())
    assert found.kind is Kind.MAIL
    assert found.title == "The boiler – offer"
    assert found.text == "Dear Tom,\nMr Müller offers 900."
    assert found.created == datetime(2004, 3, 6, 9, 15, tzinfo=UTC)
    assert found.message_id == "<one@example.org>"
    assert found.references == ("<zero@example.org>",)
    assert names(found) == [
        "from Weber, Anna <anna.weber@example.org>",
        "to Tom Hale <tom@example.org>",
        "cc Smith, Jo <>",
    ]


def test_the_headers_it_came_with_win(tmp_path: Path) -> None:
    transport = "Subject: From the wire\r\nDate: Sat, 6 Mar 2004 10:15:00 +0100\r\n"
    found = read(tmp_path, storage({**MAIL, 0x007D: transport}))
    assert found.title == "From the wire"
    assert found.created is not None
    assert found.created.isoformat() == "2004-03-06T10:15:00+01:00"
    assert names(found) == ["from Weber, Anna <anna.weber@example.org>"]


def test_eight_bit_strings_are_read_by_the_code_page(tmp_path: Path) -> None:
    values = {0x3FFD: 1251, 0x0037: "Привет", 0x1000: "Как дела?"}
    found = read(tmp_path, storage(values, narrow="cp1251"))
    assert (found.title, found.text) == ("Привет", "Как дела?")


def test_eight_bit_strings_are_in_the_code_page_of_windows(tmp_path: Path) -> None:
    values = {0x3FDE: 20866, 0x0037: "Привет", 0x1000: "Как дела?"}  # sent in KOI8-R
    found = read(tmp_path, storage(values, narrow="cp1251"))
    assert (found.title, found.text) == ("Привет", "Как дела?")


def test_html_is_read_by_its_own_code_page(tmp_path: Path) -> None:
    values: dict[int, Value] = {0x0037: "x", 0x3FDE: 65001, 0x3FFD: 1252}
    html = "<p>Mr Müller</p>".encode()
    assert read(tmp_path, storage({**values, 0x1013: html})).text == "Mr Müller"


def test_without_recipients_the_names_shown_are_taken(tmp_path: Path) -> None:
    found = read(tmp_path, storage({0x1000: "Hello", 0x0E04: "Hale, Tom; lee@example.org"}))
    assert names(found) == ["to Hale, Tom <>", "to  <lee@example.org>"]


def test_attachments_keep_name_type_and_content(tmp_path: Path) -> None:
    plan = storage(
        {0x3705: 1, 0x3704: "PLAN~1.PDF", 0x3707: "Kühlschrank plan.pdf", 0x370E: "Image/PDF",
         0x3701: b"%PDF" * 2000},
        header=8,
    )  # fmt: skip
    logo = storage(
        {0x3705: 1, 0x3707: "logo.png", 0x3714: 4, 0x3712: "a@b", 0x3701: b"png"}, header=8
    )
    found = read(tmp_path, mail(**{"__attach_version1.0_#00000000": plan,
                                   "__attach_version1.0_#00000001": logo}))  # fmt: skip
    assert found.attachments == ("Kühlschrank plan.pdf",)
    assert found.files == (
        Embedded(name="Kühlschrank plan.pdf", media="image/pdf", raw=b"%PDF" * 2000),
    )


def test_an_attached_message_is_a_message_of_its_own(tmp_path: Path) -> None:
    note = storage({0x3705: 1, 0x3707: "ünder.txt", 0x3701: b"in\r\nit"}, header=8)
    inner = storage(
        {**MAIL, 0x0037: "Earlier"}, header=24, **{"__attach_version1.0_#00000000": note}
    )
    attached = storage({0x3705: 5, 0x3001: "Earlier"}, header=8)
    attached["__substg1.0_3701000D"] = inner
    found = read(tmp_path, mail(**{"__attach_version1.0_#00000000": attached}))
    (file,) = found.files
    assert (file.name, file.media) == ("Earlier.eml", "message/rfc822")
    read_again = message.document(file.raw, path=tmp_path, locator="")
    assert isinstance(read_again, Document)
    assert read_again.title == "Earlier"
    assert read_again.text == "Dear Tom,\nMr Müller offers 900."
    assert names(read_again) == ["from Weber, Anna <anna.weber@example.org>"]
    assert [(one.name, one.raw) for one in read_again.files] == [("ünder.txt", b"in\r\nit")]


def test_a_day_that_differs_from_a_repeated_one_is_no_attachment(tmp_path: Path) -> None:
    attached = storage({0x3705: 5, 0x3001: "Untitled", 0x7FFE: 1}, header=8)
    attached["__substg1.0_3701000D"] = storage({0x1000: "Later"}, header=24)
    values = {**MAIL, 0x001A: "IPM.Appointment"}
    found = read(tmp_path, storage(values, **{"__attach_version1.0_#00000000": attached}))
    assert found.files == ()


def test_named_properties_tell_of_an_appointment(tmp_path: Path) -> None:
    # Ids 0x8208 (where), 0x820D (starts) and the name Keywords, as 0x8000 to 0x8002.
    keywords = "Keywords".encode("utf-16-le")
    meaning = {
        "__substg1.0_00030102": struct.pack("<IHHIHHIHH", 0x8208, 6, 0, 0x820D, 6, 1, 0, 7, 2),
        "__substg1.0_00040102": struct.pack("<I", len(keywords)) + keywords,
    }
    values: dict[int, Value] = {
        0x001A: "IPM.Appointment", 0x0037: "Dentist", 0x8000: "Hill Street",
        0x8001: datetime(2024, 3, 5, 9, tzinfo=UTC), 0x1000: "Bring the X-ray.",
    }  # fmt: skip
    listed = {
        "__substg1.0_8002101F": b"",
        "__substg1.0_8002101F-00000000": "Health".encode("utf-16-le"),
    }
    found = read(tmp_path, storage(values, **{"__nameid_version1.0": meaning}, **listed))
    assert found.text == (
        "Appointment: Dentist\nWhen: 5 March 2024, 09:00 (UTC)\nWhere: Hill Street\n\n"
        "Bring the X-ray."
    )
    assert found.kind is Kind.FILE
    assert found.created == datetime(2024, 3, 5, 9, tzinfo=UTC)
    assert found.tags == ("Health",)


def test_a_contact_becomes_lines(tmp_path: Path) -> None:
    born = datetime(1970, 5, 1, 22, tzinfo=UTC)  # midnight of the 2nd in Berlin
    values = {0x001A: "IPM.Contact", 0x3001: "Anna Weber", 0x3A1C: "+49 30 1", 0x3A42: born}
    found = read(tmp_path, storage(values))
    assert found.text == "Name: Anna Weber\nPhone (mobile): +49 30 1\nBirthday: 2 May 1970"


def test_signed_mail_is_read_from_the_file_in_it(tmp_path: Path) -> None:
    inner = (
        b'Content-Type: multipart/signed; boundary=b; protocol="application/pkcs7-signature"'
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSigned words\r\n--b--\r\n"
    )
    attached = storage({0x3705: 1, 0x3707: "smime.p7m", 0x3701: inner}, header=8)
    values = {**MAIL, 0x001A: "IPM.Note.SMIME.MultipartSigned", 0x1000: ""}
    found = read(tmp_path, storage(values, **{"__attach_version1.0_#00000000": attached}))
    assert found.text == "Signed words"
    assert found.title == "The boiler – offer"


def test_signed_mail_keeps_its_tags(tmp_path: Path) -> None:
    inner = b"Content-Type: text/plain\r\n\r\nSigned words\r\n"
    attached = storage({0x3705: 1, 0x3707: "smime.p7m", 0x3701: inner}, header=8)
    values = {**MAIL, 0x001A: "IPM.Note.SMIME.MultipartSigned", 0x1090: 2}
    found = read(tmp_path, storage(values, **{"__attach_version1.0_#00000000": attached}))
    assert (found.text, found.tags) == ("Signed words", ("flagged",))


def test_what_is_unheard_of_is_mail_if_it_was_sent_to_someone(tmp_path: Path) -> None:
    values = {**MAIL, 0x001A: "IPM.Own.Form"}
    assert read(tmp_path, storage(values)).kind is Kind.FILE
    sent = read(tmp_path, storage(values, **{"__recip_version1.0_#00000000": TOM}))
    assert sent.kind is Kind.MAIL


def test_an_implausible_date_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, storage({**MAIL, 0x0039: datetime(1811, 1, 1, tzinfo=UTC)}))
    assert found.created is None
    assert "cannot be right" in found.remarks[0]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b"From: a@b.org\n\nx", "is no Outlook message"),
        (outlook._MAGIC, "is damaged or no Outlook message"),
        (outlook._MAGIC + b"\xff" * 1_000_000, "is damaged or no Outlook message"),
        (compound({"WordDocument": b"x"}), "is no Outlook message"),
    ],
)
def test_what_is_no_message_is_a_failure(raw: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.msg"
    path.write_bytes(raw)
    (found,) = outlook.parse(path)
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith(reason)


def test_no_cut_or_flipped_byte_raises(tmp_path: Path) -> None:
    whole = compound(mail())
    path = tmp_path / "a.msg"
    for position in range(0, len(whole), 211):
        for raw in (whole[:position], whole[:position] + b"\xff" + whole[position + 1 :]):
            path.write_bytes(raw)
            assert len(list(outlook.parse(path))) == 1


# --- rich text ---------------------------------------------------------------


def literal(text: bytes) -> bytes:
    """A compressed stream without any reference in it."""
    body = b"".join(b"\0" + text[start : start + 8] for start in range(0, len(text), 8))
    return struct.pack("<II4sI", len(body) + 12, len(text), b"LZFu", 0) + body


def test_compressed_text_is_unpacked_with_its_references() -> None:
    # The example of [MS-OXRTFCP] 3.1: the last word is a reference to the preset text.
    raw = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )
    assert rtf.decompressed(raw) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_a_reference_may_repeat_itself() -> None:
    # [MS-OXRTFCP] 3.2: a reference that reads what it has just written.
    raw = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert rtf.decompressed(raw) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_a_reference_counts_from_the_ring_that_the_format_keeps() -> None:
    written = b"".join(b"%07d " % number for number in range(625))
    preset, back = 207, 3000
    tokens = ((preset + 5000 - back) % 4096 << 4 | 8, (preset + 5010) % 4096 << 4)
    raw = literal(written) + b"\x03" + struct.pack(">HH", *tokens)
    assert rtf.decompressed(raw) == written + written[-back:][:10]


def test_html_in_rich_text_is_taken_out_again() -> None:
    source = (
        rb"{\rtf1\ansi\ansicpg1251\fromhtml1 {\fonttbl{\f0\fcharset204 Arial;}}"
        rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \f0\'cf\'f0\'e8 {\*\htmltag84 <b>}all"
        rb"{\*\htmltag92 </b>}\htmlrtf \par}\htmlrtf0 {\*\htmltag72 </p>}}"
    )
    assert rtf.opened(source) == ("<p>При <b>all</b></p>", True)
    assert rtf.text_of(literal(source)) == "При all"


def test_plain_rich_text_loses_its_marks() -> None:
    source = (
        rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator x;}{\info{\title no}}\pard "
        rb"A \b bold\b0  day\par \u8364 ?5 \{now\}\tab\'e9\u-10179 ?\u-8704 ?}"
    )
    assert rtf.text_of(literal(source)) == "A bold day\n€5 {now}\té\U0001f600"


@pytest.mark.parametrize("raw", [b"", b"LZFu", b"\xff" * 100_000, literal(b"{\\rtf1 " * 9000)])
def test_damaged_rich_text_never_raises(raw: bytes) -> None:
    assert isinstance(rtf.text_of(raw), str)


def test_several_texts_are_packed_and_read_as_one_value() -> None:
    values = mapi.packed([b"one", b"two"])
    known = mapi.Properties(named={"Keywords": (mapi.MULTIPLE | mapi.STRING_8, values)})
    assert known.named_texts("Keywords") == ["one", "two"]
