"""What is inside something else is read too, within limits, and points to its holder."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.document import Document, Kind, ParseFailure, Skipped
from ingest.read import DEEPEST, Read, read, sweep


def mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Anna <anna@example.org>"
    message["Subject"] = subject
    message["Date"] = "Mon, 01 Mar 2004 09:00:00 +0000"
    message.set_content("See the files.")
    return message


def attach(message: EmailMessage, name: str, raw: bytes) -> None:
    message.add_attachment(raw, maintype="application", subtype="x-any", filename=name)


def read_mail(folder: Path, message: EmailMessage) -> list[Read]:
    path = folder / "mail.eml"
    path.write_bytes(message.as_bytes())
    return list(read(path, "eml"))


def zipped(name: str, raw: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, raw)
    return packed.getvalue()


def test_an_attachment_is_a_document_of_its_own(tmp_path: Path) -> None:
    message = mail("Plans")
    attach(message, "../../plan ü.md", b"# The plan\n\nPaint the boat.")
    holder, plan = read_mail(tmp_path, message)
    assert isinstance(holder, Document)
    assert isinstance(plan, Document)
    assert holder.files == ()
    assert (plan.within, plan.kind, plan.title) == (holder.locator, Kind.NOTE, "The plan")
    assert plan.path == holder.path
    assert plan.people == holder.people
    assert plan.created == datetime(2004, 3, 1, 9, tzinfo=UTC)
    assert plan.remarks == ("It has no date of its own; that of its message is taken.",)


def test_a_zip_in_a_mail_in_a_mail_is_opened(tmp_path: Path) -> None:
    inner = mail("Inner")
    attach(inner, "all.zip", zipped("deep/note.txt", b"Buried, but found."))
    outer = mail("Outer")
    outer.add_attachment(inner)
    found = [item for item in read_mail(tmp_path, outer) if isinstance(item, Document)]
    assert [(item.kind, item.text.strip()) for item in found] == [
        (Kind.MAIL, "See the files."),
        (Kind.MAIL, "See the files."),
        (Kind.NOTE, "Buried, but found."),
    ]
    assert found[2].locator == "1 Inner.eml › 1 all.zip › deep/note.txt"
    assert found[2].within == found[1].locator


def test_what_is_packed_too_often_is_listed(tmp_path: Path) -> None:
    raw = b"the end"
    name = "end.txt"
    for number in range(DEEPEST + 1):
        raw, name = zipped(name, raw), f"{number}.zip"
    path = tmp_path / name
    path.write_bytes(raw)
    (failure,) = read(path, "zip")
    assert isinstance(failure, ParseFailure)
    assert "unpack it" in failure.reason


def test_all_that_one_file_unpacks_to_is_limited(tmp_path: Path) -> None:
    bomb = zipped("zeros.txt", b"")
    with zipfile.ZipFile(tmp_path / "bombs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as inner:
            inner.writestr("zeros.txt", bytes(3 << 20))
        bomb = packed.getvalue()
        for number in range(20):
            archive.writestr(f"{number:02}.zip", bomb)
    found = list(read(tmp_path / "bombs.zip", "zip"))
    limited = [item for item in found if "unpacks to more" in getattr(item, "reason", "")]
    # 16 MB are allowed: five of 3 MB each, and no more for the fifteen others.
    assert len(limited) == 15


def test_an_attachment_nobody_reads_is_said(tmp_path: Path) -> None:
    message = mail("Plans")
    attach(message, "film.xyz", b"\0\1\2")
    _, skipped = read_mail(tmp_path, message)
    assert skipped == Skipped(
        path=tmp_path / "mail.eml", locator="1 film.xyz", reason="attached, no format for .xyz"
    )


def test_a_mail_nested_very_deep_ends_with_a_line_about_it(tmp_path: Path) -> None:
    raw = b"Subject: innermost\n\nthe core\n"
    for _ in range(200):
        raw = b"Subject: s\nContent-Type: message/rfc822\n\n" + raw
    path = tmp_path / "mail.eml"
    path.write_bytes(raw)
    *mails, last = read(path, "eml")
    assert all(isinstance(item, Document) for item in mails)
    assert isinstance(last, ParseFailure)


def test_what_a_killed_reader_left_unpacked_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import os; print(os.getpid())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    names = (f"life-archive-{int(done.stdout)}-x", f"life-archive-{os.getpid()}-x", "x")
    left, ours, other = (tmp_path / name for name in names)
    for folder in (left, ours, other):
        folder.mkdir()
        (folder / "plan.md").write_text("secret")
    sweep()
    assert (left.exists(), ours.exists(), other.exists()) == (False, True, True)
