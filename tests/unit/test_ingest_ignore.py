"""What is left out, and that it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.discover import Found, discover
from ingest.document import Document, Skipped
from ingest.ignore import IGNORED, SPAM, Rules, is_spam_or_bin
from ingest.read import read


def seen(root: Path, rules: Rules | None = None) -> tuple[list[str], dict[str, str]]:
    """The relative paths that are found, and the reasons of those that are skipped."""
    items = list(discover(root, rules=rules))
    skipped = {
        str(item.path.relative_to(root)): item.reason
        for item in items
        if isinstance(item, Skipped)
    }
    return [item.relative for item in items if isinstance(item, Found)], skipped


def write(root: Path, *names: str, text: str = "text") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_globs_in_a_folder_hold_there_and_below(tmp_path: Path) -> None:
    write(tmp_path, "a/keep.md", "a/draft.md", "a/b/draft.md", "draft.md", "a/old/x.md")
    (tmp_path / "a/.archiveignore").write_text("# mine\ndraft.md\n/old/\n")
    found, skipped = seen(tmp_path)
    assert found == ["a/keep.md", "draft.md"]
    assert skipped == {"a/b/draft.md": IGNORED, "a/draft.md": IGNORED, "a/old": IGNORED}


def test_globs_of_the_settings_hold_everywhere(tmp_path: Path) -> None:
    write(tmp_path, "a/x.md", "private/y.md", "a/private/z.md", "b.txt")
    found, _ = seen(tmp_path, Rules(globs=("private/", "*.txt", "!b.txt")))
    assert found == ["a/x.md", "b.txt"]


def test_an_unreadable_rule_file_is_listed(tmp_path: Path) -> None:
    write(tmp_path, "a/x.md")
    (tmp_path / "a/.archiveignore").write_bytes(b"\xff\xfe")
    (failure,) = discover(tmp_path)
    assert "cannot be read" in getattr(failure, "reason", "")


def test_spam_and_bin_folders_are_left_out_of_mail_only(tmp_path: Path) -> None:
    mail = "From a@b.org Mon Mar  1 09:00:00 2004\nSubject: x\n\ntext\n"
    write(tmp_path, "Inbox", "Trash", "Junk.mbox/mbox", "Papierkorb.sbd/2004", text=mail)
    write(tmp_path, ".INBOX.Spam/cur/1", ".Archive/cur/2", text="Subject: x\n\ntext")
    write(tmp_path, "Spam/recipes.md")
    for folder in (".INBOX.Spam/new", ".Archive/new"):
        (tmp_path / folder).mkdir()
    found, skipped = seen(tmp_path)
    assert found == [".Archive/cur/2", "Inbox", "Spam/recipes.md"]
    assert set(skipped.values()) == {SPAM}
    everything, _ = seen(tmp_path, Rules(spam_and_bin=True))
    assert len(everything) == len(found) + len(skipped) == 7


def test_a_bin_that_was_added_itself_is_read(tmp_path: Path) -> None:
    root = tmp_path / "Trash"
    write(root, "mail.eml", text="Subject: x\n\ntext")
    assert seen(root) == (["mail.eml"], {})


@pytest.mark.parametrize("label", ["Spam", "[Gmail]/Bin", "Trash", "Papierkorb"])
def test_mail_labelled_as_spam_is_left_out(tmp_path: Path, label: str) -> None:
    mail = f"From - Mon Mar  1 09:00:00 2004\nSubject: x\nX-Gmail-Labels: a,{label}\n\ntext\n"
    write(tmp_path, "All.mbox", text=mail)
    (item,) = read(tmp_path / "All.mbox", "mbox")
    assert isinstance(item, Skipped)
    (item,) = read(tmp_path / "All.mbox", "mbox", rules=Rules(spam_and_bin=True))
    assert isinstance(item, Document)


@pytest.mark.parametrize("name", ["Inbox", "Spamalot", "trashy novels", "Reisen"])
def test_other_names_are_nobodys_bin(name: str) -> None:
    assert not is_spam_or_bin([name])
