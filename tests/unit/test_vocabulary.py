"""What operators can be completed to, and a whole thread, from a real catalog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.service import Archive
from index.stored import StoredDocument
from tui.completion import completions

MAIL = """\
From anna@x Mon Mar  1 09:00:00 2004
From: Anna Weber <anna@x.example>
To: Ben Ruiz <ben@x.example>
Subject: Moorings
Date: Mon, 1 Mar 2004 09:00:00 +0000
Message-ID: <1@x>

Shall we give up the mooring at the old pier?

From ben@x Tue Mar  2 09:00:00 2004
From: Ben Ruiz <ben@x.example>
To: Anna Weber <anna@x.example>
Subject: Re: Moorings
Date: Tue, 2 Mar 2004 09:00:00 +0000
In-Reply-To: <1@x>
Message-ID: <2@x>

Not before the summer is over.

> Shall we give up the mooring at the old pier?

From anna@x Sat May  7 09:00:00 2005
From: Anna Weber <anna@x.example>
To: Ben Ruiz <ben@x.example>
Subject: Cake
Date: Sat, 7 May 2005 09:00:00 +0000
Message-ID: <3@x>

The ginger one, please.

"""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive.open({"HOME": str(tmp_path), "ARCHIVE_HOME": str(tmp_path / "home")})
    (tmp_path / "Letters").mkdir()
    (tmp_path / "Letters" / "inbox").write_text(MAIL)
    (tmp_path / "Letters" / "jobs.md").write_text("---\ntags: [boat]\n---\nPaint the hull.\n")
    made.add([tmp_path / "Letters"])
    made.sync(embed=False)
    yield made
    made.close()


def document(archive: Archive, name: str) -> StoredDocument:
    found = archive.find_document(name)
    assert found is not None
    return found


def test_names_folders_tags_and_dates_are_the_archives_own(archive: Archive) -> None:
    known = archive.vocabulary()
    assert known.people == ("Anna Weber", "Ben Ruiz")  # she wrote more
    assert {"Letters", "inbox"} <= set(known.folders)
    assert known.tags == ("boat",)
    assert known.first is not None
    assert (known.first.year, known.first.month) == (2004, 3)
    assert completions("mooring from:b", known)[0] == 'mooring from:"Ben Ruiz"'
    assert completions("during:2004-0", known)[-1] == "during:2004-03"
    assert completions("tag:b", known) == ["tag:boat"]


def test_a_thread_is_read_from_its_beginning(archive: Archive) -> None:
    from tui.originals import whole

    reply = document(archive, "<2@x>")
    messages = archive.thread(whole(reply).passage)
    assert [one.document.passage_id for one in messages] == ["<1@x>", "<2@x>"]
    ((start, end),) = messages[1].quoted
    assert "old pier" in messages[1].document.text[start:end]
    alone = archive.thread(whole(document(archive, "<3@x>")).passage)
    assert [one.document.passage_id for one in alone] == ["<3@x>"]


def test_of_a_long_thread_a_part_is_read_with_its_place_in_the_whole(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tui.originals import whole

    monkeypatch.setattr("index.threadview.MOST", 1)
    (reply,) = archive.thread(whole(document(archive, "<2@x>")).passage)
    assert (reply.document.passage_id, reply.n, reply.of) == ("<2@x>", 2, 2)
