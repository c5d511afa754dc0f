"""A large file read in another process gives what it gives in this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import ahead
from ingest.ahead import read_ahead
from ingest.document import ParseFailure, Skipped
from ingest.ignore import Rules
from ingest.read import read

MAIL = (
    "From a@b.org Mon Mar  1 09:00:00 2004\nFrom: Anna <anna@x>\nSubject: {0}\n"
    "X-Gmail-Labels: {1}\n\nmail number {0}\n\n"
)


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(ahead, "LARGE_BYTES", 1000)
    path = tmp_path / "all.mbox"
    mails = [MAIL.format(n, "Spam" if n % 50 == 0 else "Inbox") for n in range(250)]
    path.write_text("".join(mails) + "From a@b.org Mon Mar  1 09:00:00 2004\nno headers\n")
    return path


def test_the_same_comes_in_the_same_order(mailbox: Path) -> None:
    found = list(read_ahead(mailbox, "mbox"))
    assert found == list(read(mailbox, "mbox"))
    assert len(found) == 251
    assert isinstance(found[-1], ParseFailure)
    assert isinstance(found[0], Skipped)


def test_rules_and_the_place_to_go_on_from_reach_it(mailbox: Path) -> None:
    start = mailbox.read_text().index(MAIL.format(100, "Spam"))
    rules = Rules(spam_and_bin=True)
    found = list(read_ahead(mailbox, "mbox", start, rules=rules))
    assert found == list(read(mailbox, "mbox", start, rules=rules))
    assert len(found) == 151


def test_whoever_stops_listening_is_not_waited_for(mailbox: Path) -> None:
    mailbox.write_text(mailbox.read_text() * 200)
    reading = read_ahead(mailbox, "mbox")
    next(reading)
    reading.close()  # would hang if the child were waited for


def test_what_goes_wrong_there_is_raised_here(mailbox: Path) -> None:
    with pytest.raises(KeyError, match="no such format"):
        list(read_ahead(mailbox, "no such format"))
