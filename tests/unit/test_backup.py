"""A backup is one or is not there; a restore leaves the old or the new catalog in place."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from index import backup as backup_module
from index import catalogfile, premigration
from index import restore as restore_module
from index.backup import Backup, BackupFailed, BackupMisplaced, backup
from index.catalog import Catalog
from index.catalogfile import CatalogInUse, Tell, copy_catalog
from index.disk import NoRoom
from index.lock import SyncRunning, writer_lock
from index.migrations import STEPS, migrate
from index.premigration import before_migration, migration_copies
from index.restore import BackupUnsound, NoBackup, Restored, restore
from tests.unit.fakes import WordEmbedder, mail, sync
from tui.cli import main
from tui.commands import keep


class Home:
    """An archive on disk: two mails and a note, synced."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.source.mkdir(parents=True)
        self.data = folder / "data"
        self.config = folder / "config.toml"
        self.config.write_text("[answer]\n")
        self.backups = folder / "backups"
        self.inbox = self.source / "inbox.mbox"
        self.inbox.write_bytes(mail(1, "the red bicycle") + mail(2, "the blue boat"))
        self.catalog = Catalog(self.data / "catalog.sqlite")
        self.catalog.add_source(self.source)
        self.sync()

    @property
    def lock(self) -> Path:
        return self.data / "lock"

    def sync(self, embedder: WordEmbedder | None = None) -> None:
        sync(self.catalog, self.data, embedder)

    def grow(self) -> None:
        with self.inbox.open("ab") as inbox:
            inbox.write(mail(3, "the green tent"))
        self.sync()

    def backup(self) -> Path:
        return backup(self.catalog.path, self.config, self.backups, version="1").path

    def restore(self, path: Path | None = None) -> Restored:
        self.catalog.close()
        return restore(
            path or self.backups,
            self.catalog.path,
            self.data / "chroma",
            self.lock,
            config=self.config,
        )

    def texts(self) -> list[str]:
        self.catalog.close()
        return texts(self.catalog.path)


def texts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM chunk ORDER BY id")]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


# --- backup -------------------------------------------------------------------------------


def test_a_backup_is_a_private_folder_with_a_manifest_of_its_files(home: Home) -> None:
    made = home.backup()
    assert made.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in made.iterdir()} == {
        "catalog.sqlite",
        "config.toml",
        "manifest.json",
    }
    assert {file.stat().st_mode & 0o777 for file in made.iterdir()} == {0o600}
    manifest = json.loads((made / "manifest.json").read_text())
    assert (manifest["schema"], manifest["documents"], manifest["chunks"]) == (len(STEPS), 2, 2)
    assert set(manifest["files"]) == {"catalog.sqlite", "config.toml"}
    assert texts(made / "catalog.sqlite") == home.texts()


def test_what_is_committed_during_a_backup_is_in_it_wholly_or_not_at_all(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogfile, "_PAGES_PER_STEP", 4)
    steps = 0

    def write(_done: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        assert steps < 200  # it would start again at every commit
        with home.catalog.transaction() as connection:
            connection.execute("UPDATE document SET title=title || 'x'")
            connection.execute("INSERT INTO meta VALUES (?, 'late')", (f"step {steps}",))

    goal = tmp_path / "copy.sqlite"
    copy_catalog(home.catalog.path, goal, on_progress=write)
    assert steps > 5
    with closing(sqlite3.connect(goal)) as copy:
        assert copy.execute("SELECT count(*) FROM meta WHERE value='late'").fetchone() == (0,)
        assert copy.execute("SELECT DISTINCT title FROM document").fetchall() == [("Hello",)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_that_is_cut_off_leaves_nothing_that_looks_like_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(backup_module, "sha256", fail)
    with pytest.raises(BackupFailed, match="Input/output error"):
        home.backup()
    assert list(home.backups.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)  # as if it were killed
    monkeypatch.setattr(backup_module, "sha256", fail)
    with pytest.raises(BackupFailed):
        home.backup()
    assert len(list(home.backups.iterdir())) == 1
    with pytest.raises(NoBackup):
        home.restore()


def test_a_backup_inside_the_data_directory_is_refused(home: Home) -> None:
    for place in (home.data, home.data / "backups"):
        with pytest.raises(BackupMisplaced, match="inside the archive's own folder"):
            backup(home.catalog.path, home.config, place, version="1")


def test_room_is_looked_for_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6 - 9, 9)
    )
    with pytest.raises(NoRoom, match="0 MB free"):
        home.backup()
    assert list(home.backups.iterdir()) == []


def test_two_backups_in_a_second_are_two(home: Home) -> None:
    assert home.backup() != home.backup()


# --- restore ------------------------------------------------------------------------------


def test_a_restore_brings_the_backup_and_keeps_what_it_replaced(home: Home) -> None:
    before = home.texts()
    made = home.backup()
    home.grow()
    grown, generation = home.texts(), home.catalog.generation
    done = home.restore()
    assert (done.path, done.documents, done.passed_over) == (made, 2, ())
    assert home.texts() == before
    assert done.replaced is not None
    assert texts(done.replaced / "catalog.sqlite") == grown
    assert home.catalog.generation > generation
    assert not (home.data / "chroma").exists()
    assert list(home.data.glob("restoring-*")) == []


def test_the_sync_after_a_restore_makes_chroma_without_embedding(home: Home) -> None:
    home.backup()
    home.restore()
    embedder = WordEmbedder()
    home.sync(embedder)
    assert embedder.embedded == []
    assert (home.data / "chroma" / f"generation-{home.catalog.generation:08d}").is_dir()
    home.grow()
    assert len(home.texts()) == 3


def test_onto_a_new_machine_the_settings_come_too(home: Home) -> None:
    home.backup()
    before = home.texts()
    shutil.rmtree(home.data)
    home.config.unlink()
    assert home.restore().replaced is None
    assert home.texts() == before
    assert home.config.read_text() == "[answer]\n"


def test_settings_that_are_there_stay(home: Home) -> None:
    home.backup()
    home.config.write_text("[models]\n")
    home.restore()
    assert home.config.read_text() == "[models]\n"


def test_the_newest_sound_backup_is_taken(home: Home) -> None:
    first = home.backup()
    home.grow()
    second = home.backup()
    with (second / "catalog.sqlite").open("r+b") as file:
        file.seek(5000)
        file.write(b"flipped")
    done = home.restore()
    assert done.path == first
    assert str(second) in done.passed_over[0]
    with pytest.raises(BackupUnsound, match="is not what was written"):
        home.restore(second)


@pytest.mark.parametrize("harm", ["newer", "no manifest", "half a manifest", "settings"])
def test_an_unsound_backup_changes_nothing(home: Home, harm: str) -> None:
    made = home.backup()
    manifest = made / "manifest.json"
    said = json.loads(manifest.read_text())
    if harm == "newer":
        manifest.write_text(json.dumps(said | {"schema": len(STEPS) + 1}))
    elif harm == "no manifest":
        manifest.unlink()
    elif harm == "half a manifest":
        manifest.write_text(manifest.read_text()[:40])
    else:
        (made / "config.toml").write_text("[other]\n")
    home.grow()
    grown = home.texts()
    with pytest.raises(NoBackup if harm == "no manifest" else BackupUnsound):
        home.restore(made)
    assert home.texts() == grown
    assert (home.data / "chroma").is_dir()
    assert list(home.data.glob("re*-*")) == []


_STEPS = (
    "_stage",
    "_renumber",
    "_settle",
    "_remove_vectors",
    "_set_aside",
    "_drop_log",
    "_put_in_place",
    "_restore_config",
)


@pytest.mark.parametrize("name", _STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_step_the_old_or_the_new_catalog_is_in_place(
    home: Home, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    old = home.texts()
    home.backup()
    home.grow()
    grown = home.texts()
    # Committed, but in the log only, as a killed sync leaves it.
    writer = sqlite3.connect(home.catalog.path, isolation_level=None)
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute("INSERT INTO meta VALUES ('late', 'yes')")
    home.config.unlink()
    step = getattr(restore_module, name)

    def killed(*values: object) -> None:
        if when == "after":
            step(*values)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restore_module, name, killed)
        patch.setattr(shutil, "rmtree", _only_vectors(shutil.rmtree))
        with pytest.raises(KeyboardInterrupt):
            home.restore()
    replaced = (name, when) in {("_put_in_place", "after")} or name == "_restore_config"
    assert home.texts() == (old if replaced else grown)
    assert home.catalog.meta("late") == (None if replaced else "yes")
    (verdict,) = home.catalog.connection.execute("PRAGMA integrity_check").fetchone()
    assert verdict == "ok"
    home.sync()
    assert home.texts() == grown
    writer.close()
    home.restore()
    assert home.texts() == old
    assert list(home.data.glob("restoring-*")) == []


def _only_vectors(rmtree):  # type: ignore[no-untyped-def]
    """What a kill leaves: the tidying at the end does not happen."""
    return lambda path, **rest: None if "restoring-" in str(path) else rmtree(path, **rest)


def test_a_damaged_catalog_is_replaced_with_what_is_left_of_it_kept(home: Home) -> None:
    home.backup()
    before = home.texts()
    home.catalog.close()
    home.catalog.path.write_bytes(b"not a database" * 1000)
    done = home.restore()
    assert home.texts() == before
    assert done.replaced is not None
    assert (done.replaced / "catalog.sqlite").read_bytes().startswith(b"not a database")


def test_a_restore_waits_for_no_sync_and_no_reader(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.backup()
    with writer_lock(home.lock), pytest.raises(SyncRunning):
        home.restore()
    connect = catalogfile.connect

    def hasty(path: Path, **rest: bool) -> sqlite3.Connection:
        opened = connect(path, **rest)
        opened.execute("PRAGMA busy_timeout=1")
        return opened

    monkeypatch.setattr(restore_module, "connect", hasty)
    with closing(sqlite3.connect(home.catalog.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chunk").fetchone()
        home.grow()
        with pytest.raises(CatalogInUse):
            home.restore()
    assert len(home.texts()) == 3


class Opened:
    """An archive as the command line has it."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def backup(self, path: Path, on_progress: Tell) -> Backup:
        home = self._home
        return backup(
            home.catalog.path, home.config, path, version="1", on_progress=on_progress
        )

    def restore(self, path: Path) -> Restored:
        return self._home.restore(path)


def test_the_commands(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "open_archive", lambda: Opened(home))
    folder = str(home.backups)
    result = CliRunner().invoke(main, ["backup", folder])
    (made,) = home.backups.iterdir()
    assert (result.exit_code, result.stdout) == (0, f"{made}\n")
    said = json.loads(CliRunner().invoke(main, ["backup", folder, "--json"]).stdout)
    assert (said["schema"], said["documents"]) == (1, 2)
    assert Path(said["path"]).is_dir()
    said = json.loads(CliRunner().invoke(main, ["restore", folder, "--json"]).stdout)
    assert (said["schema"], said["documents"], said["passed_over"]) == (1, 2, [])
    assert Path(said["replaced"]).is_dir()
    result = CliRunner().invoke(main, ["restore", str(made)])
    assert "Restored 2 documents" in result.stdout
    assert "archive sync" in result.stdout


# --- migrations ---------------------------------------------------------------------------


def _released(path: Path, schema: int) -> None:
    """A catalog as the release with this schema wrote it, with a mail in it."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode=WAL;" + "".join(STEPS[:schema]))
        connection.executescript(
            f"""
            PRAGMA user_version={schema};
            INSERT INTO meta VALUES ('generation', '7');
            INSERT INTO source(id, path, added_at) VALUES (1, '/mail', '2024-01-01');
            INSERT INTO file(id, source_id, relative, path, format, format_version, size,
                mtime_ns) VALUES (1, 1, 'a.mbox', '/mail/a.mbox', 'mbox', 1, 2, 3);
            INSERT INTO document(id, file_id, locator, passage_id, digest, kind, title, text,
                people, parts, page_starts, refs, attachments, tags, remarks)
                VALUES (5, 1, 'byte 0', '<1@x>', x'01', 'mail', 'Hello', 'the red bicycle',
                '[]', '[]', '[]', '[]', '[]', '[]', '[]');
            INSERT INTO chunk(id, document_id, position, start, "end", context, text, digest)
                VALUES (9, 5, 0, 0, 15, 'Hello', 'the red bicycle',
                x'79b74f3c64646240047a6ad04bed49f7');
            INSERT INTO embedding(embedder, digest, vector)
                VALUES ('words', x'79b74f3c64646240047a6ad04bed49f7', x'0000');
            -- Some releases had a trigger for it.
            INSERT INTO keywords(rowid, context, text) SELECT id, context, text FROM chunk
                WHERE id NOT IN (SELECT id FROM keywords_docsize);
            """
        )


@pytest.mark.parametrize("schema", range(1, len(STEPS) + 1))
def test_every_released_schema_migrates_with_a_copy_kept(tmp_path: Path, schema: int) -> None:
    path = tmp_path / "catalog.sqlite"
    _released(path, schema)
    kept = before_migration(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
    catalog = Catalog(path)
    document = catalog.find_document("<1@x>")
    assert document is not None
    assert (document.id, document.text) == (5, "the red bicycle")
    assert catalog.generation == 7
    assert catalog.passages([9])[9].text == "the red bicycle"
    found = catalog.connection.execute(
        "SELECT rowid FROM keywords WHERE keywords MATCH 'bicycle'"
    )
    assert [row[0] for row in found] == [9]
    with catalog.transaction() as connection:  # what is added now is indexed, and once
        connection.execute(
            'INSERT INTO chunk(document_id, position, start, "end", context, text, digest)'
            " VALUES (5, 1, 15, 19, 'Hello', 'boat', x'03')"
        )
    catalog.connection.execute(
        "INSERT INTO keywords(keywords, rank) VALUES ('integrity-check', 1)"
    )
    assert len(catalog.connection.execute("SELECT * FROM embedding").fetchall()) == 1
    for table in ("foreign_key_check", "integrity_check"):
        rows = [tuple(row) for row in catalog.connection.execute(f"PRAGMA {table}")]
        assert rows in ([], [("ok",)])
    if schema == len(STEPS):
        assert kept is None
    else:
        assert kept is not None
        with closing(sqlite3.connect(kept)) as copy:
            assert copy.execute("PRAGMA user_version").fetchone() == (schema,)
        assert texts(kept) == ["the red bicycle"]


def test_a_copy_is_made_once_and_the_newest_two_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(premigration, "STEPS", ("",) * 9)
    path = tmp_path / "catalog.sqlite"
    for schema in (1, 2, 3):
        _released(path, 1)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version={schema}")
        before_migration(path)
    assert [copy.name for copy in migration_copies(tmp_path)] == [
        "catalog-schema-2.sqlite",
        "catalog-schema-3.sqlite",
    ]
    made = (tmp_path / "catalog-schema-3.sqlite").stat().st_mtime_ns
    before_migration(path)
    assert (tmp_path / "catalog-schema-3.sqlite").stat().st_mtime_ns == made


def test_there_is_nothing_to_copy_of_a_catalog_that_is_new(tmp_path: Path) -> None:
    assert before_migration(tmp_path / "catalog.sqlite") is None
    sqlite3.connect(tmp_path / "catalog.sqlite").close()
    assert before_migration(tmp_path / "catalog.sqlite") is None
