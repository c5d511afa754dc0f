"""What is forgotten is gone at once, and no sync brings it back."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.forget import REASON, forget, forget_again, memory
from tests.unit.fakes import sync

ATTACHED = """\
From anna@x Mon Mar  1 09:00:00 2004
From: Anna <Anna@X>
Subject: Plan
Date: Mon, 1 Mar 2004 09:00:00 +0000
Message-ID: <{0}@x>
Content-Type: multipart/mixed; boundary=b

--b

The secret plan number {0}.
--b
Content-Type: text/plain; name=plan{0}.txt
Content-Disposition: attachment; filename=plan{0}.txt

Secret figures number {0}.
--b--

From ben@x Mon Mar  1 09:00:00 2004
From: Ben <ben@x>
To: anna@x
Subject: Lunch
Message-ID: <lunch{0}@x>

Shall we have lunch?

"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "inbox").write_text(ATTACHED.format(1) + ATTACHED.format(2))
    return folder


@pytest.fixture
def catalog(tmp_path: Path, source: Path) -> Catalog:
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(source)
    sync(made, tmp_path)
    return made


def texts(catalog: Catalog) -> str:
    rows = catalog.connection.execute("SELECT text FROM chunk UNION SELECT text FROM document")
    return "\n".join(row[0] for row in rows)


def test_a_mail_goes_with_its_copies_and_attachments_and_stays_away(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    copy = (source / "inbox").read_text().replace("<1@x>", "<other@x>")
    (source / "copy").write_text(copy)
    sync(catalog, tmp_path)
    assert forget(catalog, ["1@x"], []) == 4
    assert "number 1" not in texts(catalog)
    assert "number 2" in texts(catalog)
    shutil.copy(source / "copy", source / "another")
    (source / "inbox").write_text((source / "inbox").read_text() + "\n")
    sync(catalog, tmp_path)
    assert "number 1" not in texts(catalog)
    assert {row.reason for row in catalog.skipped()} == {REASON}


def test_a_sender_goes_with_all_mail_to_come(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    assert forget(catalog, [], ["anna@x"]) == 4
    (source / "new").write_text(ATTACHED.format(3))
    sync(catalog, tmp_path)
    assert "Secret" not in texts(catalog)
    assert "secret" not in texts(catalog)
    assert "lunch" in texts(catalog)  # from Ben, to Anna


def test_who_is_unknown_takes_nothing(catalog: Catalog) -> None:
    assert forget(catalog, ["<nobody@x>"], ["x", "%"]) == 0


def test_what_is_remembered_of_it_says_nothing(catalog: Catalog, tmp_path: Path) -> None:
    forget(catalog, ["<1@x>"], ["ben@x"])
    rows = catalog.connection.execute("SELECT digest FROM forgotten").fetchall()
    assert len(rows) >= 3
    assert all(len(row[0]) == 16 for row in rows)


def test_what_was_forgotten_stays_so_in_a_catalog_from_before(
    catalog: Catalog, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "before.sqlite") as before:
        catalog.connection.backup(before)
    forget(catalog, ["<1@x>"], [])
    known = memory(catalog)
    assert known is not None
    restored = Catalog(tmp_path / "before.sqlite")
    assert "number 1" in texts(restored)
    assert forget_again(restored, known) == 2
    assert "number 1" not in texts(restored)
    assert forget_again(restored, known) == 0
