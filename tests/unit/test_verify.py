"""Each kind of damage is found, called by its name, and sent to what mends it."""

from __future__ import annotations

import json
import math
import shutil
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.catalog import Catalog
from index.compact import compact
from index.lock import SyncRunning, writer_lock
from index.verify import catalog as verify_catalog
from index.verify import report as verify_report
from index.verify import vectors as verify_vectors
from index.verify.report import Report, Tell
from index.verify.run import verify
from tests.unit.fakes import mail, sync
from tui.commands import keep


class Home:
    """An archive with mails that quote, copies, and notes, synced."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "source"
        self.source.mkdir()
        self.data = folder / "data"
        said = "\n\n".join(
            f"The red bicycle number {n} is in the shed behind the house." for n in range(40)
        )
        first = mail(1, said)
        quoted = "\n".join("> " + line for line in said.split("\n"))
        answer = mail(2, f"Thanks, that is good to know.\n\n{quoted}").replace(
            b"Subject: Hello", b"Subject: Re: Hello\nIn-Reply-To: <1@example.org>"
        )
        (self.source / "inbox.mbox").write_bytes(first + answer)
        (self.source / "copy.mbox").write_bytes(first)
        (self.source / "note.md").write_text("# Mast\n\nIt cost 1,140 pounds.\n")
        self.catalog = Catalog(self.data / "catalog.sqlite")
        self.catalog.add_source(self.source)
        self.sync()

    def sync(self) -> None:
        sync(self.catalog, self.data)

    def run(self, command: str, *values: object) -> None:
        self.catalog.connection.execute(command, values)

    def verify(self) -> Report:
        return verify(
            self.catalog, self.data / "chroma", self.data / "lock", embedder_name="words"
        )

    def amiss(self) -> dict[str, tuple[str, str]]:
        """Detail and remedy of what is not sound, by name."""
        return {
            check.name: (check.detail, check.remedy)
            for check in self.verify().checks
            if not check.ok
        }


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_what_a_sync_wrote_is_sound(home: Home) -> None:
    report = home.verify()
    assert [check for check in report.checks if not check.ok] == []
    assert report.sound
    aside = home.catalog.connection.execute("SELECT 1 FROM document WHERE set_aside<>'[]'")
    assert aside.fetchone() is not None
    assert [check.name for check in report.checks] == [
        "sqlite",
        "references",
        "people",
        "chunks",
        "keywords",
        "vectors",
        "chroma",
    ]
    (chunks,) = home.catalog.connection.execute("SELECT count(*) FROM chunk").fetchone()
    assert report.counts == {
        "documents": 4,
        "copies": 1,
        "chunks": chunks,
        "embeddings": chunks,
        "other_embeddings": 0,
        "unused_embeddings": 0,
        "missing_vectors": 0,
    }
    assert set(report.seconds) == {*(check.name for check in report.checks), "total"}


def test_batches_make_no_difference(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (verify_report, verify_catalog, verify_vectors):
        monkeypatch.setattr(module, "BATCH", 1)
    report = home.verify()
    assert report.sound
    assert (report.counts["documents"], report.counts["embeddings"]) == (4, 5)
    home.run("UPDATE embedding SET vector=x'00' WHERE id=1")
    assert home.amiss()["vectors"][0] == "vector 1 has another length than the others"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ('UPDATE chunk SET start=start+1, "end"="end"+1 WHERE position=0', "else|outside"),
        ('UPDATE chunk SET "end"=99999 WHERE position=0', "outside it"),
        ("UPDATE document SET text=replace(text, 'shed', 'shop')", "says something else"),
        ("UPDATE chunk SET digest=x'00' WHERE position=0", "digest of another text"),
        ("DELETE FROM chunk WHERE position=1", "no chunk holds what is at"),
        ("UPDATE document SET text=text || ' and more' WHERE kind='note'", "no chunk holds"),
        (
            'INSERT INTO chunk(document_id, position, start, "end", context, text, digest)'
            ' SELECT document_id, 99, start, "end", context, text, digest FROM chunk LIMIT 1',
            "two chunks",
        ),
        ("UPDATE document SET set_aside='[[0,5]]' WHERE id=1", "what is set aside"),
        ("UPDATE document SET text='' WHERE kind='note'", "it has no text"),
    ],
)
def test_chunks_that_are_not_their_documents_text(home: Home, harm: str, said: str) -> None:
    import re

    home.run(harm)
    detail, remedy = home.amiss()["chunks"]
    assert re.search(said, detail)
    assert "archive restore DIR" in remedy


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM document WHERE kind='note'", "belongs to no document"),
        ("DELETE FROM file WHERE relative='note.md'", "belongs to no file"),
        ("UPDATE document SET duplicate_of=77 WHERE duplicate_of IS NOT NULL", "copy of none"),
        ("UPDATE document SET duplicate_of=1 WHERE kind='note'", "is a copy and has chunks"),
    ],
)
def test_rows_whose_owner_is_gone(home: Home, harm: str, said: str) -> None:
    home.run("PRAGMA foreign_keys=OFF")
    home.run(harm)
    assert said in home.amiss()["references"][0]


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM participant WHERE role='to'", "lacks its people"),
        ("UPDATE identity SET name='Zoe' WHERE name='Anna'", "lacks its people"),
        (
            "INSERT INTO participant SELECT d.id, i.id, 'from' FROM document d, identity i"
            " WHERE d.duplicate_of IS NOT NULL",
            "has too many of its people",
        ),
    ],
)
def test_people_who_are_not_the_documents_people(home: Home, harm: str, said: str) -> None:
    assert "people" not in home.amiss()
    home.run(harm)
    detail, remedy = home.amiss()["people"]
    assert said in detail
    assert "archive restore DIR" in remedy


def test_keywords_that_are_not_the_chunks_words_are_mended_by_compact(home: Home) -> None:
    home.run("DELETE FROM keywords_data WHERE id > 10")
    _, remedy = home.amiss()["keywords"]
    assert remedy == "Run: archive compact"
    compact(home.catalog, home.data / "chroma", home.data / "lock")
    report = home.verify()
    assert report.sound
    assert "the next sync makes it" in report.checks[-1].detail
    home.sync()
    assert home.verify().sound


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        (struct.pack("<64f", math.nan, *[0.0] * 63), "is not finite"),
        (struct.pack("<64f", math.inf, *[0.0] * 63), "is not finite"),
        (struct.pack("<64f", 1.01, *[0.0] * 63), "is 1.01 long"),
        (struct.pack("<63f", 1.0, *[0.0] * 62), "another length"),
        (b"", "another length"),
        (b"xyz", "another length"),
    ],
)
def test_vectors_that_are_none(home: Home, vector: bytes, said: str) -> None:
    home.run("UPDATE embedding SET vector=? WHERE id=(SELECT max(id) FROM embedding)", vector)
    assert said in home.amiss()["vectors"][0]


def test_missing_vectors_come_with_a_sync(home: Home) -> None:
    home.run("DELETE FROM embedding WHERE id=1")
    assert home.amiss()["vectors"] == (
        "1 chunks are not embedded by words",
        "Run: archive sync",
    )
    home.sync()
    assert home.verify().sound


def test_embeddings_that_nobody_has_are_counted_and_harmless(home: Home) -> None:
    home.run("INSERT INTO embedding(embedder, digest, vector) VALUES ('old', x'00', x'00')")
    report = home.verify()
    assert report.sound
    assert report.counts["other_embeddings"] == 1
    assert report.counts["unused_embeddings"] == 1


def test_chroma_that_is_gone_comes_with_a_sync(home: Home) -> None:
    shutil.rmtree(home.data / "chroma")
    detail, remedy = home.amiss()["chroma"]
    assert "is missing" in detail
    assert remedy == "Run: archive sync"
    home.sync()
    assert home.verify().sound


def test_chroma_with_another_vector_or_another_chunk(home: Home) -> None:
    home.run("UPDATE embedding SET vector=? WHERE id=1", struct.pack("<64f", 1.0, *[0.0] * 63))
    assert "another vector" in home.amiss()["chroma"][0]


def test_chroma_with_other_chunks_than_the_catalogs(home: Home) -> None:
    home.run("PRAGMA foreign_keys=OFF")
    home.run("UPDATE chunk SET id=id+1000 WHERE id=1")
    assert "lacks 1 chunks" in home.amiss()["chroma"][0]


def test_a_catalog_with_a_broken_page(home: Home) -> None:
    (root,) = home.catalog.connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name='chunk_digest'"
    ).fetchone()
    (page_bytes,) = home.catalog.connection.execute("PRAGMA page_size").fetchone()
    home.run("PRAGMA wal_checkpoint(TRUNCATE)")
    home.catalog.close()
    with home.catalog.path.open("r+b") as file:
        file.seek((root - 1) * page_bytes)
        file.write(b"\xff" * 64)
    (name,) = home.amiss()
    assert name == "sqlite"


def test_a_file_that_is_no_catalog(home: Home) -> None:
    home.catalog.close()
    home.catalog.path.write_bytes(b"nothing of the kind" * 1000)
    report = home.verify()
    assert not report.sound
    assert "archive restore DIR" in report.checks[0].remedy


def test_a_sync_at_work_is_not_disturbed(home: Home) -> None:
    with writer_lock(home.data / "lock"), pytest.raises(SyncRunning):
        home.verify()


class Opened:
    """An archive as the command line has it."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def verify(self, on_progress: Tell) -> Report:
        on_progress("Chunks", 1, 1)
        return self._home.verify()


def test_the_command_says_nothing_if_all_is_sound_and_what_to_do_if_not(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "open_archive", lambda: Opened(home))
    result = CliRunner().invoke(keep.verify)
    assert (result.exit_code, result.output) == (0, "")
    home.run("UPDATE chunk SET digest=x'00' WHERE id=1")
    result = CliRunner().invoke(keep.verify)
    assert result.exit_code == 5
    assert "BAD  chunks: document 1" in result.stderr
    assert "Run: archive restore DIR" in result.stderr
    result = CliRunner().invoke(keep.verify, ["--json"])
    assert result.exit_code == 5
    said = json.loads(result.stdout)
    assert (said["schema"], said["ok"], said["counts"]["documents"]) == (1, False, 4)
    assert {check["name"] for check in said["checks"] if not check["ok"]} >= {"chunks"}
