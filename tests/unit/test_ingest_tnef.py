"""winmail.dat: its attributes, its properties and the files in it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.document import Document, ParseFailure
from ingest.mail import message, tnef
from tests.unit.test_ingest_outlook import filetime

HEAD = b"\x78\x9f\x3e\x22\x01\x00"


def attribute(number: int, value: bytes, level: int = 1) -> bytes:
    checksum = struct.pack("<H", sum(value) & 0xFFFF)
    return struct.pack("<BHHI", level, number, 0, len(value)) + value + checksum


def variable(kind: int, key: int, value: bytes, name: bytes = b"") -> bytes:
    padding = b"\0" * (-len(value) % 4)
    return (
        struct.pack("<HH", kind, key)
        + name
        + struct.pack("<II", 1, len(value))
        + value
        + padding
    )


def text(key: int, value: str) -> bytes:
    return variable(0x1F, key, value.encode("utf-16-le") + b"\0\0")


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def file(name: bytes, raw: bytes, *more: bytes) -> bytes:
    return (
        attribute(0x9002, b"\0" * 14, 2)
        + attribute(0x8010, name + b"\0", 2)
        + attribute(0x800F, raw, 2)
        + b"".join(attribute(0x9005, properties(*more), 2) for _ in more[:1])
    )


def sample() -> bytes:
    sent = struct.pack("<HHQ", 0x40, 0x39, filetime(datetime(2004, 3, 6, 9, 15, tzinfo=UTC)))
    keywords = (
        b"\0" * 16 + struct.pack("<II", 1, 18) + "Keywords\0".encode("utf-16-le") + b"\0\0"
    )
    named = struct.pack("<HH", 0x1F, 0x8001) + keywords + struct.pack("<II", 1, 10)
    named += "House".encode("utf-16-le") + b"\0\0"
    body = text(0x1000, "Mr Müller offers 900.")
    recipient = properties(
        struct.pack("<HHI", 3, 0x0C15, 1), text(0x3001, "Tom Hale"), text(0x39FE, "Tom@x.org")
    )
    return (
        HEAD
        + attribute(0x9007, struct.pack("<II", 1251, 0))
        + attribute(0x8008, b"IPM.Microsoft Mail.Note\0")
        + attribute(0x8004, "Котёл".encode("cp1251") + b"\0")
        + attribute(0x9004, struct.pack("<I", 1) + recipient)
        + attribute(0x9003, properties(sent, body, named))
        + file(b"PLAN~1.TXT", b"Left of the window.", text(0x3707, "Kühlschrank plan.txt"))
    )


def read(raw: bytes, tmp_path: Path) -> Document | ParseFailure:
    path = tmp_path / "winmail.dat"
    path.write_bytes(raw)
    (found,) = tnef.parse(path)
    return found


def test_it_is_a_mail_with_files(tmp_path: Path) -> None:
    found = read(sample(), tmp_path)
    assert isinstance(found, Document)
    assert found.title == "Котёл"
    assert found.text == "Mr Müller offers 900."
    assert found.created == datetime(2004, 3, 6, 9, 15, tzinfo=UTC)
    assert [(one.name, one.address) for one in found.people] == [("Tom Hale", "tom@x.org")]
    assert found.tags == ("House",)
    assert [(one.name, one.raw) for one in found.files] == [
        ("Kühlschrank plan.txt", b"Left of the window.")
    ]


def test_of_files_alone_the_names_are_the_text(tmp_path: Path) -> None:
    found = read(HEAD + file(b"a.pdf", b"%PDF") + file(b"b.txt", b"x"), tmp_path)
    assert isinstance(found, Document)
    assert found.text == "Attachments: a.pdf, b.txt"
    assert [one.raw for one in found.files] == [b"%PDF", b"x"]


def test_a_message_in_it_is_a_message_of_its_own(tmp_path: Path) -> None:
    inner = tnef._MESSAGE_INTERFACE + sample()
    raw = HEAD + file(b"Earlier", b"", variable(0x0D, 0x3701, inner))
    found = read(raw, tmp_path)
    assert isinstance(found, Document)
    (attached,) = found.files
    again = message.document(attached.raw, path=tmp_path, locator="")
    assert isinstance(again, Document)
    assert (again.title, again.text) == ("Котёл", "Mr Müller offers 900.")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b"From: a@b.org\n\n", "is no winmail.dat"),
        (HEAD, "has no readable text"),
        (HEAD + b"\xff" * 1_000_000, "has no readable text"),
    ],
)
def test_what_is_none_is_a_failure(raw: bytes, reason: str, tmp_path: Path) -> None:
    found = read(raw, tmp_path)
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith(reason)


def test_cut_short_it_gives_what_comes_before(tmp_path: Path) -> None:
    whole = sample()
    for position in range(6, len(whole)):
        read(whole[:position], tmp_path)
    found = read(whole[:-60], tmp_path)
    assert isinstance(found, Document)
    assert found.text == "Mr Müller offers 900."
    assert found.remarks == (tnef._DAMAGED,)


def test_no_flipped_byte_raises(tmp_path: Path) -> None:
    whole = sample()
    for position in range(6, len(whole), 3):
        read(whole[:position] + b"\xff" + whole[position + 1 :], tmp_path)


def test_it_is_known_by_its_first_bytes() -> None:
    assert tnef.claims(Path("winmail.dat"), sample()[:1024])
    assert not tnef.claims(Path("winmail.dat"), b"x")
