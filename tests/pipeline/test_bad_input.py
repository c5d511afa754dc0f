"""Everything that can be wrong with files, in one archive: listed, and the rest goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pypdf import PdfWriter

from archive.models import ModelMissing
from archive.service import Archive
from tests.unit.fakes import mail


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.open({**os.environ, "ARCHIVE_HOME": str(tmp_path / "home")})


def test_each_bad_file_is_one_line_and_the_good_ones_are_found(
    archive: Archive, tmp_path: Path
) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "good.mbox").write_bytes(mail(1, "the harbour light was repaired in June"))
    (folder / "empty.mbox").touch()
    (folder / "cut.mbox").write_bytes(mail(2, "this letter breaks off in the mid")[:-8])
    (folder / "noise.mbox").write_bytes(bytes(range(256)) * 50)
    with (folder / "zeros.txt").open("wb") as zeros:
        zeros.truncate(2 << 30)
    with (folder / "zeros.mbox").open("wb") as zeros:
        zeros.truncate(2 << 30)
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    with (folder / "locked.pdf").open("wb") as locked:
        writer.write(locked)
    (folder / "not-really.docx").write_bytes(b"PK\x03\x04 but nothing more")

    archive.add([folder])
    report = archive.sync()
    listed = {Path(item.path).name: item.reason for item in report.failures}
    assert set(listed) == {
        "empty.mbox",
        "noise.mbox",
        "zeros.txt",
        "zeros.mbox",
        "locked.pdf",
        "not-really.docx",
    }
    assert "encrypted" in listed["locked.pdf"]
    assert all("\n" not in reason and reason for reason in listed.values())
    assert archive.search("harbour light").passages[0].id == "<1@example.org>"
    assert archive.search("letter breaks off").passages[0].id == "<2@example.org>"
    assert len(archive.status().failures) == 6


def test_without_an_embedder_the_text_is_in_and_found_by_its_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(f'[models]\ndirectory = "{tmp_path / "none"}"\n')
    archive = Archive.open({**os.environ, "ARCHIVE_HOME": str(home)})
    (tmp_path / "inbox.mbox").write_bytes(mail(1, "the harbour light"))
    archive.add([tmp_path / "inbox.mbox"])
    with pytest.raises(ModelMissing) as caught:
        archive.sync()
    assert "archive models pull" in caught.value.remedy
    assert archive.search("harbour").passages[0].id == "<1@example.org>"
    with pytest.raises(ModelMissing):
        list(archive.ask("What about the harbour light?"))


def test_a_damaged_model_is_named_not_crashed_on(archive: Archive, tmp_path: Path) -> None:
    from archive.models import ModelDamaged

    good = archive.models.path("smollm2-135m-instruct")
    cut = tmp_path / "cut.gguf"
    with good.open("rb") as whole:
        cut.write_bytes(whole.read(1 << 20))
    with pytest.raises(ModelDamaged, match=r"cut\.gguf"):
        archive.models.pull(str(cut))
