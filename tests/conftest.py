"""What every test shares: a home of its own, and no way out to the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# How long a case takes depends on what else the machine does; benches measure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).parent.parent
MODELS = Path.home() / ".local" / "share" / "life-archive" / "models"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ARCHIVE_HOME in an empty folder."""
    place = tmp_path / "home"
    monkeypatch.setenv("ARCHIVE_HOME", str(place))
    return place


@pytest.fixture(autouse=True)
def full_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that gives way would slow every test that comes after it in this process."""
    monkeypatch.setattr("os.nice", lambda by: by)
    monkeypatch.setattr("archive.yielding._has_terminal", lambda: True)
