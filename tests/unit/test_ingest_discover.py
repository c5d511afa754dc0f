"""Finding files: in order, without following loops, and past what cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.discover import Found, discover
from ingest.document import ParseFailure, Skipped


def seen(root: Path) -> list[tuple[str, str]]:
    return [(f.relative, f.format) for f in discover(root) if isinstance(f, Found)]


def test_the_order_is_fixed_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden.txt", ".git/d.txt", "film.mkv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert seen(tmp_path) == [("a.md", "markdown"), ("b.txt", "text"), ("sub/c.txt", "text")]
    (skipped,) = [found for found in discover(tmp_path) if isinstance(found, Skipped)]
    assert skipped.reason == "no format for .mkv"


def test_a_file_as_root_is_named_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("hello")
    (found,) = discover(path)
    status = path.stat()
    assert found == Found(
        path=path,
        relative="a.md",
        format="markdown",
        size=5,
        mtime_ns=status.st_mtime_ns,
        inode=status.st_ino,
    )


def test_a_missing_path_is_a_failure(tmp_path: Path) -> None:
    (found,) = discover(tmp_path / "gone")
    assert isinstance(found, ParseFailure)
    assert found.reason == "cannot be read: No such file or directory"


def test_an_unreadable_folder_is_a_failure_and_the_walk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "z.txt").write_text("x")
    scandir = os.scandir

    def guarded(path: Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)  # type: ignore[return-value]

    monkeypatch.setattr(os, "scandir", guarded)
    failure, found = discover(tmp_path)
    assert isinstance(failure, ParseFailure)
    assert failure.reason == "cannot be read: Permission denied"
    assert isinstance(found, Found)


def test_links_to_folders_are_not_followed_but_links_to_files_are(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "other.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "dead.txt").symlink_to(tmp_path / "nowhere")
    assert seen(tmp_path) == [("a.txt", "text"), ("other.txt", "text")]
    reasons = {s.path.name: s.reason for s in discover(tmp_path) if isinstance(s, Skipped)}
    assert reasons == {"loop": "a link to a folder", "dead.txt": "its link leads nowhere"}


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (found,) = discover(tmp_path)
    assert found == Skipped(path=tmp_path / "pipe.txt", reason="not a regular file")


def test_names_in_a_broken_encoding(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/gr\xfc\xdfe.txt"
    Path(os.fsdecode(raw)).write_text("x")
    (found,) = discover(tmp_path)
    assert isinstance(found, Found)
    assert found.relative == "gr\\xfc\\xdfe.txt"
    assert found.path.read_text() == "x"


def test_a_maildir_is_recognised_with_its_hidden_folders(tmp_path: Path) -> None:
    for folder in ("", ".Sent/"):
        for name in ("cur", "new", "tmp"):
            (tmp_path / folder / name).mkdir(parents=True)
        (tmp_path / folder / "cur" / "1.host:2,S").write_text("Subject: x\n\ny")
        (tmp_path / folder / "tmp" / "2.host").write_text("Subject: x\n\ny")
    assert seen(tmp_path) == [
        (".Sent/cur/1.host:2,S", "maildir"),
        ("cur/1.host:2,S", "maildir"),
    ]


@pytest.mark.parametrize(
    ("head", "known"),
    [("From - Sat Jan 01 00:00:00 2005\n", "mbox"), ("From here on\n", None)],
)
def test_mailboxes_without_a_suffix(tmp_path: Path, head: str, known: str | None) -> None:
    (tmp_path / "Inbox").write_text(head + "Subject: x\n\ny\n")
    (found,) = discover(tmp_path)
    assert getattr(found, "format", None) == known


def test_a_mailbox_is_known_by_its_first_line(tmp_path: Path) -> None:
    mail = "From a@b.c Mon Mar  1 09:00:00 2004\nFrom: a@b.c\nTo: d@e.f\nSubject: x\n\ntext\n\n"
    (tmp_path / "Inbox").write_text(mail * 2)
    (tmp_path / "17").write_text(mail.partition("\n")[2])
    assert seen(tmp_path) == [("17", "eml"), ("Inbox", "mbox")]
