"""Where things are kept: XDG directories, or one folder named by ARCHIVE_HOME.

Models are large and the same for every archive, so ARCHIVE_HOME does not move
them; `models.directory` in config.toml does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NAME = "life-archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The directories of one archive. Nothing is created here."""

    config: Path
    data: Path
    state: Path
    models: Path

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.config / "config.toml"

    @property
    def catalog(self) -> Path:
        """The SQLite file that holds everything."""
        return self.data / "catalog.sqlite"

    @property
    def vectors(self) -> Path:
        """Chroma's generations, which may be deleted at any time."""
        return self.data / "chroma"

    @property
    def calibrations(self) -> Path:
        """What the owner's own `archive calibrate` fitted, a file for each pair of models."""
        return self.data / "calibration"

    @property
    def questions(self) -> Path:
        """The owner's own test set."""
        return self.data / "questions.jsonl"

    @property
    def question_drafts(self) -> Path:
        """Questions a model drafted that the owner has not confirmed yet."""
        return self.data / "questions.draft.jsonl"

    @property
    def summaries(self) -> Path:
        """What was noted of threads for summaries; may be deleted at any time."""
        return self.data / "summaries.sqlite"

    @property
    def evaluations(self) -> Path:
        """Records of `archive eval` that were given no place of their own."""
        return self.state / "eval"

    @property
    def history(self) -> Path:
        """What was asked and answered."""
        return self.state / "history.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes."""
        return self.state / "sync.lock"

    @property
    def log(self) -> Path:
        """Where bugs leave their traceback."""
        return self.state / "archive.log"

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> Paths:
        """The directories this environment asks for (XDG base directory spec 0.8)."""
        home = Path(environ.get("HOME") or Path.home())

        def xdg(variable: str, default: str) -> Path:
            value = environ.get(variable, "")
            # The specification says to ignore a relative path.
            base = Path(value) if Path(value).is_absolute() else home / default
            return base / _NAME

        models = xdg("XDG_DATA_HOME", ".local/share") / "models"
        if own := environ.get("ARCHIVE_HOME"):
            base = Path(own).expanduser().absolute()
            return cls(config=base, data=base / "data", state=base / "state", models=models)
        return cls(
            config=xdg("XDG_CONFIG_HOME", ".config"),
            data=xdg("XDG_DATA_HOME", ".local/share"),
            state=xdg("XDG_STATE_HOME", ".local/state"),
            models=models,
        )


def private_directory(path: Path) -> Path:
    """Make `path` and what is missing above it, readable by its owner only."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    # `parents=True` would give the ones above the usual permissions.
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path
