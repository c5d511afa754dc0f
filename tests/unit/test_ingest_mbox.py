"""Mailboxes: what goes in comes out, and nothing makes them stop or grow."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Document, ParseFailure
from ingest.mail import mbox, message

SEPARATOR = b"From tom@example.org Sat Mar  6 10:15:00 2004\n"

# Lines that look like separators are drawn often: plain `st.binary()` almost never
# makes one, and a parser that forgot to unquote would pass.
lines = st.one_of(
    st.sampled_from([b"", b"From x", b">From x", b">>From x", b"\r", SEPARATOR[:-1]]),
    st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")),
)
mails = st.lists(st.lists(lines, min_size=1).map(lambda ls: b"\n".join(ls) + b"\n"))


def as_mbox(written: list[bytes]) -> bytes:
    quoted = [re.sub(rb"^(>*From )", rb">\1", mail, flags=re.MULTILINE) for mail in written]
    return b"".join(SEPARATOR + mail + b"\n" for mail in quoted)


@given(mails)
def test_split_undoes_join(written: list[bytes]) -> None:
    found = list(mbox.split(io.BytesIO(as_mbox(written))))
    assert [mail for _, mail in found] == written


@given(mails)
def test_every_byte_is_accounted_for(written: list[bytes]) -> None:
    whole = as_mbox(written)
    starts = [offset for offset, _ in mbox.split(io.BytesIO(whole))]
    assert all(whole.startswith(SEPARATOR, offset) for offset in starts)
    assert starts == [match.start() for match in re.finditer(b"(?m)^" + SEPARATOR, whole)]


words = st.text("abcdefgh", min_size=9, max_size=12).map(str.encode)
bodies = st.lists(
    st.one_of(
        words, words.map(lambda word: b"From " + word), words.map(lambda word: b">" + word)
    ),
    min_size=1,
).map(b"\n".join)


@given(st.lists(words), st.lists(bodies, min_size=1), st.booleans())
def test_every_word_is_in_a_document_or_a_listed_failure(
    tmp_path_factory: pytest.TempPathFactory, junk: list[bytes], texts: list[bytes], dos: bool
) -> None:
    whole = b"".join(word + b"\n" for word in junk)
    before = len(whole) + 1
    whole += b"\n" + as_mbox([b"Subject: x\n\n" + text + b"\n" for text in texts])
    path = tmp_path_factory.getbasetemp() / "words.mbox"
    path.write_bytes(whole.replace(b"\n", b"\r\n") if dos else whole)
    found = list(mbox.parse(path))
    said = "\n".join(item.text for item in found if isinstance(item, Document))
    for word in b"\n".join(texts).replace(b">", b"").split():
        assert word.decode() in said
    left_out = [item.reason for item in found if isinstance(item, ParseFailure)]
    skipped = before + (len(junk) + 1 if dos else 0)
    assert left_out == [f'{skipped} bytes before the first "From " line were left out']


@settings(max_examples=200)
@given(st.lists(st.one_of(st.just(SEPARATOR), lines, st.just(b"\n"), st.binary())))
def test_no_bytes_make_it_raise(
    tmp_path_factory: pytest.TempPathFactory, raw: list[bytes]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mbox"
    path.write_bytes(b"".join(raw))
    for found in mbox.parse(path):
        assert isinstance(found, ParseFailure) or found.text.strip()


@pytest.mark.parametrize(
    "line",
    [
        b"From - Sat Jan 01 00:00:00 2005",
        b"From user@host Wed Apr 18 03:05:00 2001\r\n",
        b"From MAILER-DAEMON Wed Apr  8 03:05:00 2001\n",
        b"From 1234567@xxx Mon Jan 01 00:00:00 +0000 2005\n",
        b"From user@host Wed Apr 18 03:05:00 PDT 2001\n",
        b"From user@host Wed Apr 18 03:05 2001 +0200\n",
        b"From user@host Wed, 18 Apr 2001 03:05:00 +0200\n",
        b"From user Wed Apr 18 03:05:00 2001 remote from uucp\n",
        b'From "a b"@host Wed Apr 18 03:05:00 2001\n',
    ],
)
def test_separators_of_real_programs(line: bytes) -> None:
    assert mbox.is_separator(line)


@pytest.mark.parametrize(
    "line",
    [
        b"From what I hear, the meeting at 10:30 on Mon 3 May 2004 is off\n",
        b"From Monday on we start at 9:00.\n",
        b"From 2001 to 2004\n",
        b"From: a@b Wed Apr 18 03:05:00 2001\n",
        b">From user@host Wed Apr 18 03:05:00 2001\n",
        b"From " + b"x" * 600 + b" Wed Apr 18 03:05:00 2001\n",
    ],
)
def test_sentences_are_no_separators(line: bytes) -> None:
    assert not mbox.is_separator(line)


def test_a_separator_needs_an_empty_line_above() -> None:
    whole = SEPARATOR + b"Subject: x\n\ntext\n" + SEPARATOR + b"more\n"
    assert len(list(mbox.split(io.BytesIO(whole)))) == 1


def test_carriage_returns_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "dos.mbox"
    mails = [b"Subject: one\n\n>From here\n", b"Subject: two\n\ntext\n"]
    path.write_bytes(
        b"".join(SEPARATOR + mail + b"\n" for mail in mails).replace(b"\n", b"\r\n")
    )
    found = [mail for mail in mbox.parse(path) if isinstance(mail, Document)]
    assert [(mail.title, mail.text) for mail in found] == [
        ("one", "From here"),
        ("two", "text"),
    ]


def test_a_bad_mail_does_not_stop_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(as_mbox([b"Subject: 1\n\na\n", b"\x00\xff\n", b"Subject: 3\n\nc\n"]))
    first, second, third = mbox.parse(path)
    assert isinstance(first, Document)
    assert isinstance(second, ParseFailure)
    assert isinstance(third, Document)


def test_a_grown_file_is_read_from_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    old = as_mbox([b"Subject: 1\n\na\n"])
    path.write_bytes(old + as_mbox([b"Subject: 2\n\nb\n"]))
    (found,) = mbox.parse(path, len(old))
    assert (found.locator, getattr(found, "title", None)) == (f"byte {len(old)}", "2")
    assert list(mbox.parse(path, path.stat().st_size)) == []


def test_leading_bytes_are_one_failure(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(b"garbage\n\n" + as_mbox([b"Subject: 1\n\na\n"]))
    failure, mail = mbox.parse(path)
    assert isinstance(failure, ParseFailure)
    assert failure.reason.startswith("9 bytes before")
    assert mail.locator == "byte 9"


def test_an_mbox_of_nothing_but_zeros_is_one_failure(tmp_path: Path) -> None:
    path = tmp_path / "zeros.mbox"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    (found,) = mbox.parse(path)
    assert isinstance(found, ParseFailure)


def test_a_huge_message_is_kept_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "MAX_BYTES", 1000)
    monkeypatch.setattr(message, "MAX_BYTES", 1000)
    path = tmp_path / "a.mbox"
    path.write_bytes(as_mbox([b"Subject: 1\n\n" + b"word\n" * 500, b"Subject: 2\n\nb\n"]))
    first, second = mbox.parse(path)
    assert isinstance(first, Document)
    assert "the rest was left out" in first.remarks[0]
    assert isinstance(second, Document)
    assert second.remarks == ()


def test_content_length_keeps_an_unquoted_from_line_inside(tmp_path: Path) -> None:
    inner = b"As I said:\n\n" + SEPARATOR + b"Subject: an older mail\n\nits text\n"
    path = tmp_path / "mboxcl2"
    path.write_bytes(
        SEPARATOR
        + b"Subject: one\nContent-Length: %d\n\n" % len(inner)
        + inner
        + b"\n"
        + SEPARATOR
        + b"Subject: two\nContent-Length: 9999\n\nits length is a lie\n\n"
        + SEPARATOR
        + b"Subject: three\n\nlast\n"
    )
    found = [mail for mail in mbox.parse(path) if isinstance(mail, Document)]
    assert [mail.title for mail in found] == ["one", "two", "three"]
    assert "its text" in found[0].text
    assert found[1].text == "its length is a lie"


def test_messages_without_a_blank_line_between_them_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(
        SEPARATOR + b"Subject: one\n\nfirst\n" + SEPARATOR + b"Subject: two\n\nsecond\n"
        # Without headers after it, it is somebody's sentence.
        + SEPARATOR + b"is how such a line looks.\n"
    )  # fmt: skip
    first, second = (mail for mail in mbox.parse(path) if isinstance(mail, Document))
    assert first.text == "first"
    assert second.text.startswith("second\nFrom tom@")


def test_an_old_mac_file_has_its_lines_ended_by_cr(tmp_path: Path) -> None:
    path = tmp_path / "mac.mbox"
    mail = SEPARATOR + b"Subject: one\n\nfirst line\nFrom here on\n\n"
    path.write_bytes((mail * 3).replace(b"\n", b"\r"))
    found = [mail for mail in mbox.parse(path) if isinstance(mail, Document)]
    assert [(mail.title, mail.text) for mail in found] == [
        ("one", "first line\nFrom here on")
    ] * 3
    assert [mail.locator for mail in found] == [f"byte {n * len(mail)}" for n in range(3)]


def test_list_archives_hide_addresses_from_spammers(tmp_path: Path) -> None:
    path = tmp_path / "2004-March.txt"
    path.write_bytes(
        b"From anna at example.org  Mon Mar  1 09:00:00 2004\n"
        b"From: anna at example.org (Anna Lund)\nSubject: [boats] Varnish\n\nUse the old tin.\n"
    )
    (found,) = mbox.parse(path)
    assert isinstance(found, Document)
    assert [(p.name, p.address) for p in found.people] == [("Anna Lund", "anna@example.org")]
    assert found.text == "Use the old tin."
