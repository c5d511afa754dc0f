"""Outlook's data files: what the reading process says, and what follows when it dies.

No program here can write such a file, so the process is a list of lines, or it is real
and libpff a module of plain fakes; what libpff makes of a real file is not tested.
"""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.document import Document, ParseFailure
from ingest.mail import pst

HEAD = {"names": ["", ""]}


def packed(**values: str | int) -> list[list[Any]]:
    """Properties as the process writes them, by hexadecimal key."""
    found: list[list[Any]] = []
    for key, value in values.items():
        if isinstance(value, int):
            kind, raw = 3, value.to_bytes(4, "little")
        else:
            kind, raw = 0x1F, value.encode("utf-16-le")
        found.append([int(key[1:], 16), kind, base64.b64encode(raw).decode()])
    return found


def lines(number: int, *folder: str, **item: Any) -> list[dict[str, Any]]:
    item = {"p": packed(x0037=f"Mail {number}", x1000=f"Text {number}"), **item}
    return [{"at": number, "folder": list(folder)}, {"item": item, "id": 2000 + number}]


class Runs:
    """A process that was started again and again, and how it ended each time."""

    def __init__(self, *runs: tuple[list[dict[str, Any]], int]) -> None:
        self.runs = list(runs)
        self.asked: list[tuple[int, int]] = []

    @contextmanager
    def __call__(self, path: Path, skipped: int, shallow: int) -> Iterator[pst.Reader]:
        self.asked.append((skipped, shallow))
        written, code = self.runs.pop(0)
        yield pst.Reader([json.dumps(line).encode() for line in written], lambda: code)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "Archive.pst"
    made.write_bytes(b"!BDN")
    return made


def documents(path: Path, *runs: tuple[list[dict[str, Any]], int]) -> list[Document]:
    found = list(pst.parse(path, Runs(*runs)))
    assert all(isinstance(item, Document) for item in found), found
    return [item for item in found if isinstance(item, Document)]


def test_each_item_is_a_document_of_its_folder(path: Path) -> None:
    written = [HEAD, *lines(0, "Inbox"), *lines(1, "Inbox", "House"), {"end": True}]
    first, second = documents(path, (written, 0))
    assert (first.title, first.text) == ("Mail 0", "Text 0")
    assert (first.locator, first.tags) == ("Inbox, item 2000", ("Inbox",))
    assert (second.locator, second.tags) == ("Inbox/House, item 2001", ("Inbox/House",))


def test_recipients_attachments_and_messages_within_come_along(path: Path) -> None:
    inner = {"p": packed(x0037="Earlier", x1000="Before"), "r": [], "a": []}
    item = {
        "p": packed(x0037="\x01\x05Re: Boiler", x1000="Now"),
        "r": [packed(x0C15=2, x3001="Tom Hale", x39FE="tom@x.org")],
        "a": [
            {"p": packed(x3705=1, x3707="plan.txt"), "d": base64.b64encode(b"left").decode()},
            {"p": packed(x3705=5, x3001="Earlier"), "i": inner},
            {"p": packed(x3705=1, x3707="lost.bin")},
        ],
    }
    written = [HEAD, *lines(0, "Inbox", **item), {"end": True}]
    (found,) = documents(path, (written, 0))
    assert found.title == "Re: Boiler"
    assert [(one.role, one.address) for one in found.people] == [("cc", "tom@x.org")]
    assert found.attachments == ("plan.txt", "Earlier.eml", "lost.bin")
    assert [file.raw[:4] for file in found.files] == [b"left", b"subj", b""]
    assert found.remarks == ("An attachment of it cannot be read or is too large.",)


def test_an_item_that_crashes_is_tried_again_with_less_then_given_up(path: Path) -> None:
    at = {"at": 1, "folder": ["Inbox"]}
    runs = Runs(
        ([HEAD, *lines(0, "Inbox"), at], -signal.SIGSEGV),
        ([HEAD, at], -signal.SIGSEGV),
        ([HEAD, *lines(2, "Inbox"), {"end": True}], 0),
    )
    first, second, third = pst.parse(path, runs)
    assert runs.asked == [(0, -1), (1, 1), (2, 1)]
    assert isinstance(first, Document)
    assert isinstance(third, Document)
    assert isinstance(second, ParseFailure)
    assert second.locator == "Inbox, no. 2"
    assert second.reason == "is damaged; reading it broke off"


def test_what_works_with_less_is_no_failure(path: Path) -> None:
    at = {"at": 0, "folder": []}
    runs = (([HEAD, at], -signal.SIGSEGV), ([HEAD, *lines(0), {"end": True}], 0))
    (found,) = documents(path, *runs)
    assert found.locator == "item 2000"


def test_an_item_that_takes_too_long_says_so(path: Path) -> None:
    hangs = ([HEAD, {"at": 0, "folder": []}], -signal.SIGALRM)
    failure, *rest = pst.parse(path, Runs(hangs, hangs, ([HEAD, {"end": True}], 0)))
    assert rest == []
    assert isinstance(failure, ParseFailure)
    assert failure.reason == "takes too long to read"


@pytest.mark.parametrize(
    ("written", "code", "reason"),
    [
        ([{"unreadable": True}], 0, "is damaged or no Outlook data file"),
        ([{"missing": "libpff-python"}], 0, "needs libpff-python"),
        ([HEAD, {"end": True}], 0, "has no items in it"),
        ([], -signal.SIGSEGV, "is damaged; reading it broke off"),
        ([HEAD, {"at": 0, "folder": []}, {"failed": True}, {"end": True}], 0,
         "is damaged"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(
    written: list[dict[str, Any]], code: int, reason: str, path: Path
) -> None:
    (found,) = pst.parse(path, Runs((written, code)))
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith(reason)


def test_a_crash_between_two_items_ends_it(path: Path) -> None:
    runs = Runs(([HEAD, *lines(0, "Inbox")], -signal.SIGSEGV))
    first, second = pst.parse(path, runs)
    assert isinstance(first, Document)
    assert isinstance(second, ParseFailure)
    assert second.locator == "Inbox"


@pytest.mark.parametrize("rest", [b"", b"\0" * 600, b"\xff" * 1_000_000])
def test_the_real_process_answers_to_a_broken_file(rest: bytes, path: Path) -> None:
    path.write_bytes(b"!BDN" + rest)
    (found,) = pst.parse(path)
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith("is damaged or no Outlook data file")


LIBRARY = """
import os, signal

class Entry:
    def __init__(self, key, kind, data):
        self.entry_type, self.value_type, self.data = key, kind, data

class Set:
    def __init__(self, **values):
        self.entries = [
            Entry(int(key[1:], 16), *((3, value.to_bytes(4, "little"))
                  if isinstance(value, int) else (0x1F, value.encode("utf-16-le"))))
            for key, value in values.items()
        ]
        self.number_of_entries = len(self.entries)
    def get_entry(self, number):
        return self.entries[number]

class Item:
    def __init__(self, *sets):
        self.sets, self.number_of_record_sets = sets, len(sets)
    def get_record_set(self, number):
        return self.sets[number]

class Attachment(Item):
    size = 4
    def read_buffer(self, size):
        return b"left"

class Message(Item):
    identifier, recipients, number_of_attachments = 2000, None, 0
    def get_attachment(self, number):
        return Attachment(Set(x3705=1, x3707="plan.txt"))

class Folder:
    def __init__(self, name, messages=(), folders=()):
        self.name, self.identifier = name, 7
        self.messages, self.sub_folders = messages, folders
        self.number_of_sub_messages = len(messages)
        self.number_of_sub_folders = len(folders)
    def get_sub_folder(self, number):
        return self.sub_folders[number]
    def get_sub_message(self, number):
        if self.messages[number] is None:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.messages[number] == "broken":
            raise OSError("no way")
        return self.messages[number]

class file:
    def open(self, path):
        pass
    def get_message_store(self):
        return Item()
    def get_name_to_id_map(self):
        return None
    def get_root_folder(self):
        first = Message(Set(x0037="First", x1000="Text"))
        first.recipients = Item(Set(x0C15=1, x3001="Tom Hale", x39FE="tom@x.org"),
                                Set(x0C15=2, x3001="Lee", x39FE="lee@x.org"))
        first.number_of_attachments = 1
        last = Message(Set(x0037="Last", x1000="Text"))
        inner = Folder("House", [last])
        return Folder("", [], [Folder("Inbox", [first, None, "broken"], [inner])])
"""


def test_the_real_process_reads_on_behind_an_item_that_ends_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pypff.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    first, ended, broken, last = pst.parse(path)
    assert isinstance(first, Document)
    assert [(one.role, one.address) for one in first.people] == [
        ("to", "tom@x.org"),
        ("cc", "lee@x.org"),
    ]
    assert [(file.name, file.raw) for file in first.files] == [("plan.txt", b"left")]
    assert isinstance(ended, ParseFailure)
    assert isinstance(broken, ParseFailure)
    assert (ended.locator, broken.locator) == ("Inbox, no. 2", "Inbox, no. 3")
    assert isinstance(last, Document)
    assert (last.title, last.tags) == ("Last", ("Inbox/House",))


def test_another_file_is_not_even_tried(tmp_path: Path) -> None:
    other = tmp_path / "a.pst"
    other.write_bytes(b"PK\x03\x04")
    (found,) = pst.parse(other, Runs())
    assert isinstance(found, ParseFailure)
    assert found.reason == "is no Outlook data file"
