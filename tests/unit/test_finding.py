"""Likely mail and notes on a machine: found, bounded, never through a link."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.finding import find


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MAIL", raising=False)
    home = tmp_path / "home"
    for name in (
        "snap/thunderbird/common/.thunderbird/abc.default/Mail/Local Folders/Inbox",
        "Documents/Old.mbox/mbox",
        "Documents/far/Vault/.obsidian/app.json",
        "Documents/far/Vault/mast.md",
        "Downloads/takeout-20240102T030405Z-001.zip",
        "Downloads/WhatsApp Chat with Anna.txt",
        "letters/cur/1:2,S",
        "letters/new/2",
        "letters/tmp/3",
        "org/todo.org",
        "Pictures/notes/a.md",
    ):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 10)
    profiles = home / "snap/thunderbird/common/.thunderbird/profiles.ini"
    profiles.write_text("[Profile0]\nIsRelative=1\nPath=abc.default\n")
    return home


def test_each_kind_is_found_once(home: Path) -> None:
    found = {str(one.path.relative_to(home)): one for one in find(home)}
    assert set(found) == {
        "snap/thunderbird/common/.thunderbird/abc.default/Mail",
        "Documents/Old.mbox",
        "Documents/far/Vault",
        "Downloads/takeout-20240102T030405Z-001.zip",
        "Downloads/WhatsApp Chat with Anna.txt",
        "letters",
        "org",
    }
    assert found["letters"].files == 3
    assert found["letters"].size_bytes == 30
    assert found["Documents/far/Vault"].kind == "notes"


def test_links_are_not_followed(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "big.mbox").write_text("From x")
    (home / "Documents" / "loop").symlink_to(home)
    (home / "Documents" / "out").symlink_to(outside)
    assert not any("big" in str(one.path) or "loop" in str(one.path) for one in find(home))


def test_settings_name_vaults_and_folders_elsewhere(home: Path, tmp_path: Path) -> None:
    vault, mail = tmp_path / "vault", tmp_path / "post"
    for folder in (vault, mail):
        folder.mkdir()
        (folder / "one").write_text("x")
    config = home / ".config" / "obsidian"
    config.mkdir(parents=True)
    (config / "obsidian.json").write_text(json.dumps({"vaults": {"a": {"path": str(vault)}}}))
    (home / ".muttrc").write_text(f'set folder = "{mail}"\nset spoolfile = +INBOX\n')
    paths = {one.path for one in find(home)}
    assert {vault, mail} <= paths


def test_damaged_settings_and_lack_of_time_end_quietly(home: Path) -> None:
    config = home / ".config" / "obsidian"
    config.mkdir(parents=True)
    (config / "obsidian.json").write_text("[1")
    assert list(find(home))
    assert not list(find(home, should_stop=lambda: True))
    assert not list(find(home, seconds=0))
