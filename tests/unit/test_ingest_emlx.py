"""Apple Mail's message files."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from ingest.document import Document, ParseFailure
from ingest.mail import emlx

MAIL = b"From: anna@example.org\nSubject: Boiler\n\nMr Weber offers 900.\n"


def emlx_of(mail: bytes, **known: object) -> bytes:
    return b"%-10d\n" % len(mail) + mail + plistlib.dumps(known)


def read(raw: bytes, tmp_path: Path) -> Document | ParseFailure:
    path = tmp_path / "1.emlx"
    path.write_bytes(raw)
    (found,) = emlx.parse(path)
    return found


def test_the_list_behind_the_message_is_no_part_of_it(tmp_path: Path) -> None:
    found = read(emlx_of(MAIL, flags=1), tmp_path)
    assert isinstance(found, Document)
    assert (found.title, found.text) == ("Boiler", "Mr Weber offers 900.")
    assert (found.tags, found.created) == ((), None)


def test_flag_and_day_of_arrival_are_taken_from_the_list(tmp_path: Path) -> None:
    found = read(emlx_of(MAIL, **{"flags": 0b10001, "date-received": 1078564500}), tmp_path)
    assert isinstance(found, Document)
    assert found.tags == ("flagged",)
    assert found.created is not None
    assert found.created.isoformat() == "2004-03-06T09:15:00+00:00"
    assert len(found.remarks) == 1


def test_the_date_of_the_message_wins(tmp_path: Path) -> None:
    mail = b"Date: Sat, 6 Mar 2004 10:15:00 +0100\n" + MAIL
    found = read(emlx_of(mail, **{"date-received": 1}), tmp_path)
    assert isinstance(found, Document)
    assert found.created is not None
    assert found.created.isoformat() == "2004-03-06T10:15:00+01:00"


@pytest.mark.parametrize("trailer", [b"", b"<?xml", b"<?xml version='1.0'?><plist><dict><key>"])
def test_a_damaged_list_does_not_lose_the_message(trailer: bytes, tmp_path: Path) -> None:
    found = read(b"%d\n" % len(MAIL) + MAIL + trailer, tmp_path)
    assert isinstance(found, Document)
    assert found.text == "Mr Weber offers 900."


@pytest.mark.parametrize(
    "known",
    [
        "<key>flags</key><string>x</string>",
        "<key>flags</key><integer>99999999999999999999999</integer>",
        "<key>date-received</key><real>1e300</real>",
        "<key>date-received</key><integer>-5</integer>",
        "<key>date-received</key><date>never</date>",
    ],
)
def test_odd_values_in_the_list_are_left_alone(known: str, tmp_path: Path) -> None:
    raw = f"<?xml version='1.0'?><plist><dict>{known}</dict></plist>".encode()
    found = read(b"%d\n" % len(MAIL) + MAIL + raw, tmp_path)
    assert isinstance(found, Document)
    assert found.created is None


def test_a_length_that_is_too_long_reads_all(tmp_path: Path) -> None:
    found = read(b"999999\n" + MAIL, tmp_path)
    assert isinstance(found, Document)
    assert found.text == "Mr Weber offers 900."


def test_without_a_length_all_is_read_and_said(tmp_path: Path) -> None:
    found = read(MAIL, tmp_path)
    assert isinstance(found, Document)
    assert found.remarks == ("Its length is missing; all of it was read as the message.",)


@pytest.mark.parametrize("raw", [b"", b"12\n", b"5\nhello", b"\x00" * 1_000_000])
def test_what_is_no_mail_is_a_failure(raw: bytes, tmp_path: Path) -> None:
    assert isinstance(read(raw, tmp_path), ParseFailure)
