"""A sync brings the catalog to what is on disk, whatever happened in between."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import building, chroma
from index.catalog import Catalog
from index.lock import SyncRunning, writer_lock
from index.store import remove_source
from index.sync import DiskFull, Progress
from ingest import registry
from ingest.document import Document
from tests.unit.fakes import WordEmbedder, mail, sync


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


def texts(catalog: Catalog) -> list[str]:
    return [
        row[0] for row in catalog.connection.execute("SELECT text FROM chunk ORDER BY text")
    ]


def chroma_ids(catalog: Catalog, folder: Path) -> set[int]:
    ids, _ = catalog.vectors("words")
    opened = chroma.open_generation(
        folder / "chroma", catalog.generation, ids=ids.tolist(), count=len(ids)
    )
    near = opened.nearest(WordEmbedder().embed(["boat"])[0], len(ids))
    opened.close()
    return {number for number, _ in near}


def test_the_first_sync_reads_embeds_and_fills_chroma(catalog: Catalog, tmp_path: Path) -> None:
    report = sync(catalog, tmp_path)
    assert (report.added, report.changed, report.removed, report.failed) == (3, 0, 0, 0)
    assert report.chunks == 3
    assert chroma_ids(catalog, tmp_path) == set(catalog.vectors("words")[0].tolist())


def test_nothing_changed_means_nothing_is_done(catalog: Catalog, tmp_path: Path) -> None:
    sync(catalog, tmp_path)
    before = catalog.generation
    embedder = WordEmbedder()
    report = sync(catalog, tmp_path, embedder)
    assert (report.added, report.changed, report.removed, report.chunks) == (0, 0, 0, 0)
    assert embedder.embedded == []
    assert catalog.generation == before


def test_a_mailbox_that_grew_is_read_from_its_last_message(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    numbers = {row[0] for row in catalog.connection.execute("SELECT id FROM document")}
    with (source / "inbox.mbox").open("ab") as inbox:
        inbox.write(mail(3, "the green tent"))
    embedder = WordEmbedder()
    report = sync(catalog, tmp_path, embedder)
    assert (report.added, report.changed, report.removed) == (1, 0, 0)
    assert len(embedder.embedded) == 1
    kept = {row[0] for row in catalog.connection.execute("SELECT id FROM document")}
    assert numbers < kept
    assert len(chroma_ids(catalog, tmp_path)) == 4


def test_a_message_that_was_cut_off_is_replaced_when_the_rest_comes(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    whole = mail(1, "first") + mail(2, "the letter goes on\nand ends here")
    cut = whole.index(b"and ends")
    (source / "inbox.mbox").write_bytes(whole[:cut])
    sync(catalog, tmp_path)
    (source / "inbox.mbox").write_bytes(whole)
    report = sync(catalog, tmp_path)
    assert (report.added, report.changed, report.removed) == (0, 1, 0)
    assert any("and ends here" in text for text in texts(catalog))
    assert len(texts(catalog)) == 3


def test_a_changed_note_is_replaced_and_a_deleted_one_forgotten(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    (source / "note.md").write_text("# Mast\n\nIt cost nothing in the end.\n")
    (source / "inbox.mbox").unlink()
    report = sync(catalog, tmp_path)
    assert (report.added, report.changed, report.removed) == (0, 1, 2)
    assert len(texts(catalog)) == 1
    assert "nothing in the end" in texts(catalog)[0]
    embedded = catalog.connection.execute("SELECT count(*) FROM embedding").fetchone()[0]
    assert embedded == 1
    assert len(chroma_ids(catalog, tmp_path)) == 1


def test_a_moved_file_is_not_embedded_again(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    (source / "sub").mkdir()
    shutil.move(source / "inbox.mbox", source / "sub" / "old.mbox")
    embedder = WordEmbedder()
    report = sync(catalog, tmp_path, embedder)
    assert embedder.embedded == []
    assert report.failed == 0
    assert len(texts(catalog)) == 3


def test_the_same_mail_twice_is_searched_once_and_survives_the_loss_of_either(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    shutil.copy(source / "inbox.mbox", source / "copy.mbox")
    report = sync(catalog, tmp_path)
    assert report.duplicates == 2
    assert len(texts(catalog)) == 3
    (source / "inbox.mbox").unlink()
    sync(catalog, tmp_path)
    assert len(texts(catalog)) == 3
    (source / "copy.mbox").unlink()
    sync(catalog, tmp_path)
    assert len(texts(catalog)) == 1


def test_a_stopped_sync_goes_on_where_it_was(catalog: Catalog, tmp_path: Path) -> None:
    steps: list[Progress] = []
    report = sync(catalog, tmp_path, on_progress=steps.append, should_stop=lambda: bool(steps))
    assert report.stopped
    report = sync(catalog, tmp_path)
    assert not report.stopped
    assert len(texts(catalog)) == 3
    assert len(chroma_ids(catalog, tmp_path)) == 3


def test_a_source_that_is_away_keeps_what_was_read(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    source.rename(tmp_path / "unplugged")
    report = sync(catalog, tmp_path)
    assert report.removed == 0
    assert [item.path for item in report.failures] == [str(source)]
    assert len(texts(catalog)) == 3
    (tmp_path / "unplugged").rename(source)
    assert sync(catalog, tmp_path).failed == 0


def test_an_unreadable_file_is_listed_and_the_rest_goes_on(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    (source / "empty.mbox").touch()
    (source / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    report = sync(catalog, tmp_path)
    assert report.added == 3
    assert {Path(item.path).name for item in report.failures} == {"empty.mbox", "broken.pdf"}
    # Listed again by the next sync, which does not read them again.
    assert sync(catalog, tmp_path).failed == 2


def test_a_file_that_changes_while_it_is_read_is_read_again(
    catalog: Catalog, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest import registry
    from ingest.notes import markdown

    def parse(path: Path) -> object:
        yield from markdown.parse(path)
        with path.open("a") as note:
            note.write("\nand more\n")

    changed = [
        registry.Format(name=f.name, version=f.version, claims=f.claims, parse=parse)  # type: ignore[arg-type]
        if f.name == "markdown"
        else f
        for f in registry.FORMATS
    ]
    with monkeypatch.context() as patch:
        patch.setattr(registry, "FORMATS", tuple(changed))
        report = sync(catalog, tmp_path)
    assert ["changed while it was read" in item.reason for item in report.failures] == [True]
    report = sync(catalog, tmp_path)
    assert report.failed == 0
    assert any("and more" in text for text in texts(catalog))


def test_two_syncs_at_once_are_refused_with_the_holders_pid(
    catalog: Catalog, tmp_path: Path
) -> None:
    with writer_lock(tmp_path / "lock"), pytest.raises(SyncRunning, match=r"process \d+"):
        sync(catalog, tmp_path)
    assert sync(catalog, tmp_path).added == 3


def test_a_full_disk_is_one_clear_error(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(building, "build", full)
        with pytest.raises(DiskFull, match="is full"):
            sync(catalog, tmp_path)
    sync(catalog, tmp_path)
    assert len(chroma_ids(catalog, tmp_path)) == 3


def test_a_removed_source_leaves_nothing_behind(
    catalog: Catalog, source: Path, tmp_path: Path
) -> None:
    sync(catalog, tmp_path)
    assert remove_source(catalog, str(source)) == 3
    for table in ("document", "chunk", "embedding", "file", "failure", "source"):
        assert catalog.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
    hits = catalog.connection.execute(
        "SELECT count(*) FROM keywords WHERE keywords MATCH 'bicycle'"
    ).fetchone()
    assert hits[0] == 0


def test_what_needed_a_program_is_read_again_when_it_is_there(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    sync(catalog, tmp_path)
    catalog.connection.execute(
        "INSERT INTO skipped(source_id, file_id, path, locator, reason)"
        " SELECT 1, id, path, '', 'needs OCR' FROM file WHERE relative='note.md'"
    )
    seen: list[str] = []
    sync(catalog, tmp_path, on_progress=lambda step: seen.append(step.detail))
    assert seen == []
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    sync(catalog, tmp_path, on_progress=lambda step: seen.append(step.detail))
    assert "note.md" in seen
    assert catalog.skipped() == []


def test_a_damaged_chroma_is_mended_and_told(catalog: Catalog, tmp_path: Path) -> None:
    assert sync(catalog, tmp_path).exit_code == 0
    (database,) = (tmp_path / "chroma").glob("generation-*/chroma.sqlite3")
    database.write_bytes(database.read_bytes()[:-100])
    embedder = WordEmbedder()
    report = sync(catalog, tmp_path, embedder)
    assert report.exit_code == 4
    assert "is built anew" in report.repaired[0]
    assert embedder.embedded == []
    assert chroma_ids(catalog, tmp_path) == set(catalog.vectors("words")[0].tolist())
    assert sync(catalog, tmp_path).exit_code == 0


def test_a_mistake_in_a_parser_ends_its_file_and_not_the_sync(
    catalog: Catalog,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sync(catalog, tmp_path)
    with (source / "inbox.mbox").open("ab") as inbox:
        inbox.write(mail(3, "the green tent"))
    (source / "other.md").write_text("# Sail\n\nIt is red.\n")

    def mistaken(path: Path, *start: int) -> Iterator[Document]:
        raise ZeroDivisionError
        yield

    known = registry.by_name("mbox")
    monkeypatch.setattr("ingest.read.by_name", lambda name: (
        replace(known, parse=mistaken) if name == "mbox" else registry.by_name(name)
    ))  # fmt: skip
    report = sync(catalog, tmp_path)
    assert (report.added, report.removed) == (1, 0)
    (failure,) = report.failures
    assert failure.path.endswith("inbox.mbox")
    assert "ZeroDivisionError" in failure.reason
    assert "ZeroDivisionError" in caplog.text
    assert len(texts(catalog)) == 4
