"""After a compact no file holds what was deleted; before it, files do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from index import compact as module
from index.catalog import Catalog
from index.catalogfile import CatalogInUse, copy_catalog
from index.compact import Compacted, compact
from index.disk import NoRoom
from index.lock import SyncRunning, writer_lock
from index.store import remove_source
from tests.unit.fakes import WordEmbedder, mail, sync
from tui.cli import main
from tui.commands import keep

NOTE_WORDS = ("Quizzaciously", "quizzaci", "Jölkerstraße", "jolkerstraß")
"""As they are written, and as the keyword index has them: a removed source's."""
MAIL_WORDS = ("Xylophonkonzert", "xylophonkonzert", "Zwetschgenmus", "zwetschgenmu")
"""A removed mail's."""
KEPT = "bicycle"
CATALOG = {"catalog.sqlite"}


class Home:
    """An archive with two sources, of which one and a mail of the other are removed."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = folder / "mail" / "inbox.mbox"
        self.notes = folder / "notes"
        self.data = folder / "data"
        self.mailbox.parent.mkdir(parents=True)
        self.notes.mkdir()
        many = b"".join(mail(n, f"the red {KEPT} number {n}") for n in range(3, 60))
        self.first = mail(1, f"The {MAIL_WORDS[0]} was long.", subject=MAIL_WORDS[2])
        self.mailbox.write_bytes(self.first + many)
        (self.notes / "note.md").write_text(
            f"# {NOTE_WORDS[2]}\n\n{NOTE_WORDS[0]} we went home.\n" * 30
        )
        self.catalog = Catalog(self.data / "catalog.sqlite")
        # Debian's SQLite has it on, others have not; compact depends on neither.
        self.catalog.connection.execute("PRAGMA secure_delete=OFF").fetchone()
        self.catalog.add_source(self.mailbox.parent)
        self.catalog.add_source(self.notes)
        self.sync()

    def sync(self, embedder: WordEmbedder | None = None) -> None:
        sync(self.catalog, self.data, embedder)
        # So that what was written stands in the catalog itself.
        self.catalog.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def remove(self) -> None:
        remove_source(self.catalog, str(self.notes))
        self.mailbox.write_bytes(self.mailbox.read_bytes().removeprefix(self.first))
        self.sync()

    def compact(self, *, replaced: bool = False) -> Compacted:
        return compact(
            self.catalog, self.data / "chroma", self.data / "lock", replaced=replaced
        )

    def files_with(self, word: str) -> set[str]:
        return {
            path.name
            for path in self.data.rglob("*")
            if path.is_file() and word.encode() in path.read_bytes()
        }


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_nothing_deleted_is_left_in_any_file(home: Home) -> None:
    words = (*NOTE_WORDS, *MAIL_WORDS)
    nowhere: dict[str, set[str]] = {word: set() for word in words}
    assert {word: home.files_with(word) for word in words} == dict.fromkeys(words, CATALOG)
    home.catalog.connection.execute("INSERT INTO common_term VALUES (?, 9)", (MAIL_WORDS[1],))
    home.remove()
    # Gone from every answer, but not from the disk.
    assert {word: home.files_with(word) for word in words} == dict.fromkeys(words, CATALOG)
    done = home.compact()
    assert {word: home.files_with(word) for word in words} == nowhere
    assert home.files_with(KEPT) == CATALOG
    assert done.bytes_after < done.bytes_before
    home.sync()
    assert {word: home.files_with(word) for word in words} == nowhere


def test_what_is_kept_is_found_as_before(home: Home) -> None:
    home.remove()
    generation = home.catalog.generation
    before = _content(home.catalog)
    home.compact()
    assert not (home.data / "chroma").exists()
    assert _content(home.catalog) == before
    hits = home.catalog.connection.execute(
        "SELECT count(*) FROM keywords WHERE keywords MATCH ?", (KEPT,)
    ).fetchone()
    assert hits[0] == 57
    assert home.catalog.generation > generation
    embedder = WordEmbedder()
    home.sync(embedder)
    assert embedder.embedded == []
    assert (home.data / "chroma" / f"generation-{home.catalog.generation:08d}").is_dir()


def _content(catalog: Catalog) -> list[list[tuple[object, ...]]]:
    return [
        [tuple(row) for row in catalog.connection.execute(f"SELECT * FROM {table}")]
        for table in ("source", "file", "document", "chunk", "embedding")
    ]


def test_an_open_reader_sees_the_compacted_catalog(home: Home) -> None:
    with closing(sqlite3.connect(home.catalog.path)) as reader:
        count = "SELECT count(*) FROM chunk"
        assert reader.execute(count).fetchone() != (57,)
        home.remove()
        home.compact()
        assert reader.execute(count).fetchone() == (57,)
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_reader_that_does_not_let_go_is_named(home: Home) -> None:
    home.catalog.connection.execute("PRAGMA busy_timeout=1")
    with closing(sqlite3.connect(home.catalog.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chunk").fetchone()
        home.remove()
        with pytest.raises(CatalogInUse, match="does not let go"):
            home.compact()
        reader.execute("COMMIT")
    home.compact()
    assert not any(home.files_with(word) for word in MAIL_WORDS)


def test_embeddings_that_no_chunk_has_go(home: Home) -> None:
    home.catalog.connection.execute(
        "INSERT INTO embedding(embedder, digest, vector) VALUES ('old', x'00', x'00000000')"
    )
    assert home.compact().unused_embeddings == 1
    assert home.compact().unused_embeddings == 0


def test_copies_from_migrations_go_and_replaced_catalogs_when_asked(home: Home) -> None:
    kept = home.data / "replaced-20240101-000000"
    kept.mkdir()
    shutil.copy(home.catalog.path, kept / "catalog.sqlite")
    copy_catalog(home.catalog.path, home.data / "catalog-schema-1.sqlite")
    (home.data / "compacting-left").write_text(MAIL_WORDS[0])
    home.remove()
    assert home.compact().replaced == (kept,)
    assert home.files_with(MAIL_WORDS[0]) <= {"catalog.sqlite"}
    assert not (home.data / "catalog-schema-1.sqlite").exists()
    assert not (home.data / "compacting-left").exists()
    assert home.compact(replaced=True).replaced == ()
    assert not kept.exists()


def test_killed_before_the_copy_is_in_place_nothing_is_lost(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.remove()
    before = _content(home.catalog)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("_forget", "_rewrite", "truncate_log"):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, killed)
            with pytest.raises(KeyboardInterrupt):
                home.compact()
        assert _content(home.catalog) == before
    assert list(home.data.glob("compacting-*")) == []
    home.compact()
    assert _content(home.catalog) == before


def test_room_and_other_writers_are_looked_for_first(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer_lock(home.data / "lock"), pytest.raises(SyncRunning):
        home.compact()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(NoRoom):
        home.compact()
    assert (home.data / "chroma").is_dir()


class Opened:
    """An archive as the command line has it."""

    class paths:  # noqa: N801
        log = Path(__file__)  # there is one

    def __init__(self, home: Home) -> None:
        self._home = home

    def compact(self, *, replaced: bool, on_progress: module.Tell) -> Compacted:
        on_progress("Copying", 1, 4)
        return self._home.compact(replaced=replaced)


def test_the_command_says_what_it_did_not_touch(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "open_archive", lambda: Opened(home))
    kept = home.data / "replaced-20240101-000000"
    kept.mkdir()
    result = CliRunner().invoke(main, ["compact"])
    assert result.exit_code == 0
    assert str(kept) in result.stdout
    assert f"the log {__file__}" in result.stdout
    said = json.loads(CliRunner().invoke(main, ["compact", "--replaced", "--json"]).stdout)
    assert (said["schema"], said["replaced"], said["unused_embeddings"]) == (1, [], 0)
    assert not kept.exists()
