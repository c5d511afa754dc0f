"""After a sync threads are known, and what is quoted is searched once."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.catalog import Catalog
from index.conversations import sort_mail
from index.report import reports
from tests.unit.fakes import sync

ORIGINAL = """\
The mast came down on Tuesday and the rigger wants eleven hundred pounds for a new one.
"""


def mbox_mail(sender: str, to: str, subject: str, day: int, text: str) -> bytes:
    return (
        f"From {sender}@x Mon Mar  1 09:00:00 2004\nFrom: {sender}@x\nTo: {to}@x\n"
        f"Subject: {subject}\nMessage-ID: <{sender}{day}@x>\n"
        f"Date: Mon, {day} Mar 2004 09:00:00 +0000\n\n{text}\n\n"
    ).encode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    quoted = "".join(f"> {line}\n" for line in ORIGINAL.splitlines())
    (folder / "anna").write_bytes(mbox_mail("anna", "ben", "Mast", 1, ORIGINAL))
    (folder / "ben").write_bytes(
        mbox_mail("ben", "anna", "Re: Mast", 2, f"Send the photographs.\n\n{quoted}")
    )
    return folder


@pytest.fixture
def catalog(tmp_path: Path, source: Path) -> Catalog:
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(source)
    return made


def chunks(catalog: Catalog) -> list[str]:
    return [row[0] for row in catalog.connection.execute("SELECT text FROM chunk ORDER BY id")]


def test_a_reply_without_references_is_in_the_thread_and_its_quote_is_not_searched(
    catalog: Catalog, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    (threads,) = catalog.connection.execute("SELECT count(DISTINCT thread) FROM document")
    assert threads[0] == 1
    assert sorted(chunks(catalog)) == ["Send the photographs.", ORIGINAL.strip()]
    (report,) = reports(catalog)
    assert (report.threads, report.documents) == (1, {"mail": 2})
    assert report.set_aside_chars == len(ORIGINAL.strip()) + 2


def test_the_quote_is_searched_again_when_its_original_goes(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    (source / "anna").unlink()
    sync(catalog, tmp_path)
    (left,) = chunks(catalog)
    assert "eleven hundred" in left
    assert "photographs" in left


def test_an_original_that_comes_later_takes_the_quote_out(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    late = (source / "anna").read_bytes()
    (source / "anna").unlink()
    sync(catalog, tmp_path)
    assert "eleven hundred" in chunks(catalog)[0]
    (source / "anna").write_bytes(late)
    sync(catalog, tmp_path)
    assert sum("eleven hundred" in text for text in chunks(catalog)) == 1


def test_nothing_new_is_nothing_to_sort(catalog: Catalog, tmp_path: Path) -> None:
    sync(catalog, tmp_path)
    assert sort_mail(catalog).threads == 0


def test_a_stop_before_sorting_is_made_up_for(catalog: Catalog, tmp_path: Path) -> None:
    sync(catalog, tmp_path)
    catalog.connection.execute("UPDATE document SET thread=NULL, set_aside='[]'")
    assert sort_mail(catalog, lambda: True).threads == 0
    assert sort_mail(catalog).threads == 1
    assert sorted(chunks(catalog)) == ["Send the photographs.", ORIGINAL.strip()]
