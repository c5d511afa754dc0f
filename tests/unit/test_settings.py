"""config.toml: defaults, and errors that name the line and the nearest right key."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from archive import settings
from archive.paths import Paths, private_directory
from archive.settings import SettingsWrong


def test_no_file_means_all_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "config.toml") == settings.Settings()


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("[models]\nanswr = 'x'\n", "line 2: there is no setting 'answr'", "[models] answer"),
        ("\n\n[modles]\n", "line 3: there is no setting 'modles'", "[models]"),
        ("[models]\nthreads = 'two'\n", "line 2: 'threads' has to be a whole number", "0"),
        ("[models]\nthreads = true\n", "'threads' has to be a whole number", "0"),
        ("models = 3\n", "line 1: 'models' is a section", "[models]"),
        ("[models\n", "is no TOML", "Mend"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, text: str, message: str, remedy: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(SettingsWrong) as caught:
        settings.load(file)
    assert message in str(caught.value)
    assert remedy in caught.value.remedy


def test_values_are_read_and_a_whole_number_serves_as_a_fraction(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[models]\nanswer = 'tiny'\n[answer]\ndecline_below = 1\n")
    loaded = settings.load(file)
    assert loaded.models.answer == "tiny"
    assert loaded.answer.decline_below == 1.0
    assert loaded.models.embedder == "all-minilm-l6-v2"


def test_setting_one_value_leaves_every_other_line(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    settings.set_value(file, "models", "answer", "one")
    file.write_text("# mine\n" + file.read_text() + "[answer]\nmax_tokens = 9\n")
    settings.set_value(file, "models", "answer", 'two "quoted"')
    settings.set_value(file, "models", "embedder", "three")
    loaded = settings.load(file)
    assert loaded.models.answer == 'two "quoted"'
    assert loaded.models.embedder == "three"
    assert loaded.answer.max_tokens == 9
    assert file.read_text().startswith("# mine\n")


def test_one_variable_moves_everything_but_the_models() -> None:
    usual = Paths.find({"HOME": "/home/x", "XDG_DATA_HOME": "relative"})
    assert str(usual.catalog) == "/home/x/.local/share/life-archive/catalog.sqlite"
    own = Paths.find({"HOME": "/home/x", "ARCHIVE_HOME": "/a"})
    assert str(own.catalog) == "/a/data/catalog.sqlite"
    assert own.models == usual.models


def test_directories_are_for_their_owner_only(tmp_path: Path) -> None:
    made = private_directory(tmp_path / "a" / "b")
    for folder in (made, made.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
