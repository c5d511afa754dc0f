"""Messages as they really come: odd headers, wrong charsets, broken encodings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Document, ParseFailure, Person, Role
from ingest.mail import headers
from ingest.mail.message import claims, document

PATH = Path("mail.eml")


def read(raw: bytes) -> Document:
    found = document(raw, path=PATH, locator="byte 0")
    assert isinstance(found, Document), found
    return found


AWKWARD = rb"""
Content-Type: multipart/mixed; boundary=b
Content-Type: multipart/alternative; boundary="b"
Content-Type: message/rfc822
Content-Type: text/html
Content-Type: text/plain; charset=unicode_escape
Content-Type: text/plain; format=flowed; delsp=yes
Content-Type: ;;=;name*9*=x''%
Content-Transfer-Encoding: base64
Content-Transfer-Encoding: quoted-printable
Content-Disposition: attachment; filename*0*=utf-8'
Subject: =?utf-8?B?w?= =?x?q?=ff?=
From: "a, <b@c
To: (((, <>,;:@
Date: Mon, 99 Foo 0000 99:99:99 +9999
Date: Thu, 01 Jan 99999999999999999999 00:00:00
Message-ID: <
X-From: x
 folded
--b
--b--
> quoted
--
begin 644 x
""".split(b"\n")
header_lines = st.sampled_from(AWKWARD)


@given(st.lists(st.one_of(header_lines, st.binary(max_size=30))), st.booleans())
def test_no_message_makes_it_raise(lines: list[bytes], dos: bool) -> None:
    raw = (b"\r\n" if dos else b"\n").join(lines)
    found = document(raw, path=PATH, locator="")
    if isinstance(found, Document):
        assert found.text.strip()
        found.text.encode()
        found.title.encode()
        position = 0
        for part in found.parts:
            assert part.start == position < part.end
            position = part.end
        assert position == (len(found.text) if found.parts else 0)


@given(st.binary() | st.sampled_from(AWKWARD))
def test_no_header_value_makes_it_raise(value: bytes) -> None:
    text = value.decode("ascii", "surrogateescape")
    headers.decoded(text).encode()
    headers.parameters(text)
    headers.people(text, Role.SENDER)
    headers.date(text)
    headers.message_ids(text)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?Q?caf=E9?= and =?utf-8?B?w6k=?=", "café and é"),
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        ("=?utf-8?B?w6k?=", "é"),
        ("=?nonsense?Q?x?=", "x"),
        ("=?utf-8*de?Q?=C3=A4?=", "ä"),
        ("is 2=?2", "is 2=?2"),
        ("=?unclosed?Q?abc", "=?unclosed?Q?abc"),
        ("Gr\udcc3\udcbc\udcc3\udc9fe", "Grüße"),
        ("Gr\udcfc\udcdfe", "Grüße"),
        ("a\u202eb\u200bc\x1b[31m", "abc[31m"),
    ],
)
def test_headers_are_decoded(raw: str, text: str) -> None:
    assert headers.decoded(raw) == text


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        ("a@b.de", [("", "a@b.de")]),
        ("Tom <Tom@B.de>, a@b.de", [("Tom", "tom@b.de"), ("", "a@b.de")]),
        ('"Hale, Tom" <tom@b.de>', [("Hale, Tom", "tom@b.de")]),
        ("Hale, Tom <tom@b.de>, c@d.e", [("Hale, Tom", "tom@b.de"), ("", "c@d.e")]),
        ("a@b.de (Tom)", [("Tom", "a@b.de")]),
        ("a@b.de; c@d.e", [("", "a@b.de"), ("", "c@d.e")]),
        ("\"'a@b.de'\" <a@b.de>", [("", "a@b.de")]),
        ("=?utf-8?Q?M=C3=BCller=2C_J?= <j@b.de>", [("Müller, J", "j@b.de")]),
        ("undisclosed-recipients:;", []),
        ("Team: a@b.de, c@d.e;", [("", "a@b.de"), ("", "c@d.e")]),
        ("Mail Delivery System", [("Mail Delivery System", "")]),
        ("Smith, Matt </O=ENRON/CN=MSMITH18>", [("Smith, Matt", "")]),
        ("", []),
    ],
)
def test_people(raw: str, people: list[tuple[str, str]]) -> None:
    found = [(person.name, person.address) for person in headers.people(raw, Role.SENDER)]
    assert found == people


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("Tue, 17 Apr 2001 18:05:00 -0700 (PDT)", "2001-04-17T18:05:00-07:00"),
        ("2012-12-08 00:48", "2012-12-08T00:48:00+00:00"),
        ("2025-07-29T12:42:06.000Z", "2025-07-29T12:42:06+00:00"),
        ("Fri, 1 Jan 1904 00:00:00 +0000", None),
        ("Fri, 1 Jan 2088 00:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(raw: str, iso: str | None) -> None:
    when, remark = headers.date(raw)
    assert (when and when.isoformat()) == iso
    assert bool(remark) == ((iso is None and bool(raw)) or raw == "2012-12-08 00:48")


def test_a_date_without_a_timezone_is_utc() -> None:
    mail = read(b"Date: 6 Mar 2004 10:00:00\n\nx\n")
    assert mail.created == datetime(2004, 3, 6, 10, tzinfo=UTC)
    assert mail.remarks == ("Its date has no timezone; taken as UTC.",)


def test_names_that_exchange_kept_apart() -> None:
    mail = read(
        b"From: m@e.com\nTo: a@e.com, b@e.com\nX-From: Matt\nX-To: Ann <Ann/E>, Bo\n\nx"
    )
    assert mail.people == (
        Person(name="Matt", address="m@e.com", role=Role.SENDER),
        Person(name="Ann", address="a@e.com", role=Role.RECIPIENT),
        Person(name="Bo", address="b@e.com", role=Role.RECIPIENT),
    )


def test_a_wrong_charset_is_guessed_with_a_remark() -> None:
    mail = read(b"Subject: x\nContent-Type: text/plain; charset=utf-8\n\nGr\xfc\xdfe\n")
    assert mail.text == "Grüße"
    assert "windows-1252" in mail.remarks[0]


def test_damaged_base64_is_read_as_far_as_it_goes() -> None:
    mail = read(b"Subject: x\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ\n")
    assert mail.text == "hello world"
    assert "damaged" in mail.remarks[0]


def test_parts_within_parts_end_somewhere() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    )
    mail = read(b"Subject: deep\n" + nested)
    assert mail.text == "deep"
    assert "too many parts" in mail.remarks[0]


def test_a_mail_without_text_says_what_it_carries() -> None:
    mail = read(
        b"Subject: plan\nContent-Type: application/pdf; name=plan.pdf\n"
        b"Content-Disposition: attachment\n\nJVBERi0="
    )
    assert mail.text == "plan\nAttachments: plan.pdf"
    assert mail.attachments == ("plan.pdf",)


def test_a_stub_beside_html_gives_way() -> None:
    html = b"<p>" + b"The news of the week. " * 60 + b"</p>"
    mail = read(
        b"Subject: x\nContent-Type: multipart/alternative; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nNo HTML?\n"
        b"--b\nContent-Type: text/html\n\n" + html + b"\n--b--\n"
    )
    assert mail.text.startswith("The news")


def test_pictures_within_the_text_are_no_attachments() -> None:
    mail = read(
        b"Subject: x\nContent-Type: multipart/related; boundary=b\n\n"
        b"--b\nContent-Type: text/html\n\n<p>hi</p>\n"
        b"--b\nContent-Type: image/png; name=logo.png\nContent-ID: <1>\n\nx\n"
        b"--b\nContent-Type: image/png; name=photo.png\n"
        b"Content-Disposition: attachment\n\nx\n--b--"
    )
    assert mail.attachments == ("photo.png",)


def test_files_written_into_the_text_become_names() -> None:
    mail = read(b"Subject: x\n\nhere\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n")
    assert mail.attachments == ("cat.txt",)
    assert mail.text == "here\n\nbye"


def test_nothing_to_read_is_a_failure() -> None:
    found = document(b"From: a@b.de\n\n \n", path=PATH, locator="")
    assert isinstance(found, ParseFailure)
    assert found.reason == "has no readable text"


def test_thread() -> None:
    mail = read(
        b"Message-ID: <3@x>\nReferences: <1@x>\n <2@x> <1@x>\nIn-Reply-To: <2@x>\n\ntext\n"
    )
    assert mail.message_id == "<3@x>"
    assert mail.references == ("<1@x>", "<2@x>")


def test_a_missing_date_is_taken_from_the_first_server() -> None:
    mail = read(
        b"Subject: x\nReceived: by b; Tue, 2 Mar 2004 10:00:00 +0000\n"
        b"Received: by a; Mon, 1 Mar 2004 09:00:00 +0000\n\ntext"
    )
    assert mail.created == datetime(2004, 3, 1, 9, tzinfo=UTC)
    assert mail.remarks == ("It has no date. Taken from its first server's.",)


def test_a_date_that_cannot_be_right_is_replaced_and_said_so() -> None:
    mail = read(
        b"Date: Mon, 1 Jan 1601 00:00:00 +0000\n"
        b"Received: by a; Mon, 1 Mar 2004 09:00:00 +0000\n\ntext"
    )
    assert mail.created == datetime(2004, 3, 1, 9, tzinfo=UTC)
    assert "cannot be right" in mail.remarks[0]


def test_gmail_labels_are_tags() -> None:
    mail = read(b'X-Gmail-Labels: Inbox,Unread,\n =?UTF-8?Q?K=C3=BCche?=,"a, b"\n\ntext')
    assert mail.tags == ("Inbox", "Küche", "a, b")


ATTACHED = b"""\
Subject: the plan
Content-Type: multipart/mixed; boundary=b

--b

See the plan.
--b
Content-Type: application/pdf; name="plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=list.txt

milk
--b
Content-Type: image/gif
Content-ID: <logo>

GIF89a
--b
Content-Type: message/rfc822

Subject: an older one
From: ida@example.org

Its text.
--b
Content-Type: application/octet-stream
Content-Disposition: attachment

nameless
--b--
"""


def test_attachments_are_handed_on_whole() -> None:
    mail = read(ATTACHED)
    assert mail.text == "See the plan."
    assert mail.attachments == ("plan.pdf", "list.txt", "an older one.eml")
    assert [(file.name, file.media, file.raw[:9]) for file in mail.files] == [
        ("plan.pdf", "application/pdf", b"%PDF-"),
        ("list.txt", "text/plain", b"milk"),
        ("an older one.eml", "message/rfc822", b"Subject: "),
        ("", "application/octet-stream", b"nameless"),
    ]


def test_a_file_written_into_the_text_is_an_attachment() -> None:
    mail = read(b"Subject: x\n\nHere:\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye.")
    assert mail.text == "Here:\n\nBye."
    (file,) = mail.files
    assert (file.name, file.raw) == ("cat.txt", b"Cat")


def test_signed_and_encrypted_mail_is_marked_as_such() -> None:
    signed = read(
        b"Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nI agree.\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"
    )
    assert signed.text == "I agree."
    assert signed.remarks == ("It is signed (PGP); the signature was not checked.",)
    encrypted = read(
        b"Subject: x\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nMII="
    )
    assert encrypted.text == "x"
    assert encrypted.remarks == ("It is encrypted (S/MIME); its text cannot be read.",)


def test_unclosed_pgp_blocks_take_linear_time() -> None:
    mail = read(b"Subject: x\n\n" + b"-----BEGIN PGP MESSAGE-----\n" * 100_000)
    assert mail.text.startswith("-----BEGIN PGP")


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("mail.EML", b"", True),
        ("17", b"Return-Path: <a@b.c>\nFrom: a@b.c\nSubject: x\n\ntext", True),
        ("saved.txt", b"From: a\r\nTo: b\r\nDate: today\r\n\r\ntext", True),
        ("1.host:2,S", b"Received: from x\n\tby y\nDate: d\nTo: z\n", True),
        ("cut", b"Received: from x\nDate: d\nTo: z\nX-Long: " + b"y" * 1000, True),
        ("talk.md", b"From: a\nTo: b\nDate: today\n\ntext", False),
        ("list.txt", b"From: Leith\nTo: Oban\n\nbus times", False),
        ("poem.txt", b"Subject: love\nDate: always\nTo: you\nwithout a colon\n", False),
        ("empty", b"", False),
        # That is how a mailbox begins; it holds more than one.
        ("Inbox", b"From a@b Mon Mar  1 09:00:00 2004\nFrom: a\nTo: b\nDate: c\n", False),
    ],
)
def test_a_message_is_known_by_its_name_or_its_headers(
    name: str, head: bytes, expected: bool
) -> None:
    assert claims(Path(name), head) is expected


def test_utf8_that_is_declared_as_something_western_is_read_as_utf8() -> None:
    mail = read("Content-Type: text/plain; charset=iso-8859-1\n\nEnvoyé".encode())
    assert mail.text == "Envoyé"
    assert mail.remarks == ("Its charset is not 'iso-8859-1'; read as utf-8.",)


def test_a_few_foreign_bytes_among_utf8_are_read_as_windows_would() -> None:
    mail = read(
        b"Content-Type: text/plain; charset=utf-8\n\n" + "Grüße äöü ".encode() + b"\xa1"
    )
    assert mail.text == "Grüße äöü ¡"


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        (b"X-Mozilla-Status: 0009", ("deleted",)),
        (b"X-Mozilla-Status: 0005", ("flagged",)),
        (b"X-Mozilla-Status: zz", ()),
        (b"X-Status: AFD", ("flagged", "deleted")),
        (b"Status: RO", ()),
    ],
)
def test_what_a_mail_program_noted_is_a_tag(header: bytes, tags: tuple[str, ...]) -> None:
    assert read(b"Subject: x\n" + header + b"\n\ntext").tags == tags


def test_the_first_second_of_1970_is_nobodys_date() -> None:
    mail = read(b"Subject: x\nDate: Thu, 01 Jan 1970 00:00:00 +0000\n\ntext")
    assert mail.created is None
    assert "cannot be right" in mail.remarks[0]
