"""What a sync would do is told beforehand, and told right."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import comparing
from index.catalog import Catalog
from index.plan import SyncPlan, plan
from ingest.ignore import Rules
from tests.unit.fakes import mail, sync


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "inbox.mbox").write_bytes(mail(1, "the red bicycle") + mail(2, "the blue boat"))
    (folder / "note.md").write_text("# Mast\n\nIt cost 1,140 pounds.\n")
    return folder


@pytest.fixture
def catalog(tmp_path: Path, source: Path) -> Catalog:
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(source)
    return made


def planned(catalog: Catalog, embedder: str = "words") -> SyncPlan:
    return plan(catalog, Rules(), embedder)


def test_everything_is_new_at_first_and_nothing_afterwards(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    first = planned(catalog)
    assert first.files == {"new": 2}
    assert first.bytes_to_read == sum(file.stat().st_size for file in source.iterdir())
    assert catalog.counts("words").documents == 0
    sync(catalog, tmp_path)
    assert planned(catalog) == SyncPlan(
        files={},
        bytes_to_read=0,
        documents_again=0,
        files_gone=0,
        documents_gone=0,
        chunks_to_embed=0,
    )


def test_what_changed_and_what_went_is_counted(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    (source / "note.md").unlink()
    with (source / "inbox.mbox").open("ab") as inbox:
        inbox.write(mail(3, "the green tent"))
    found = planned(catalog)
    assert found.files == {"changed on disk": 1}
    assert (found.documents_again, found.files_gone, found.documents_gone) == (2, 1, 1)


def test_another_parser_or_embedder_is_told_beforehand(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(catalog, tmp_path)
    assert planned(catalog, "another").chunks_to_embed == 3
    before = comparing.version_of
    monkeypatch.setattr(
        comparing, "version_of", lambda name: before(name) + (name == "markdown")
    )
    found = planned(catalog)
    assert found.files == {"read again, since this program reads them better": 1}
    assert found.documents_again == 1
    report = sync(catalog, tmp_path)
    assert (report.added, report.changed, report.removed, report.chunks) == (0, 0, 0, 0)
    assert planned(catalog).files == {}


def test_other_cutting_cuts_what_is_stored_again_and_embeds_only_that(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(catalog, tmp_path)
    ids = catalog.connection.execute("SELECT id FROM document ORDER BY id").fetchall()
    monkeypatch.setattr(comparing, "CHUNK_VERSION", comparing.CHUNK_VERSION + 1)
    monkeypatch.setattr("index.chunk.MAX_CHARS", 12)
    monkeypatch.setattr("index.chunk.spans.__defaults__", (12,))
    report = sync(catalog, tmp_path)
    assert (report.added, report.removed) == (0, 0)
    assert report.changed == 3
    rows = catalog.connection.execute("SELECT text FROM chunk").fetchall()
    assert all(len(row[0]) <= 12 for row in rows)
    assert catalog.connection.execute("SELECT id FROM document ORDER BY id").fetchall() == ids
    catalog.connection.execute(
        "INSERT INTO keywords(keywords, rank) VALUES('integrity-check', 1)"
    )
