"""What can be wrong with a model, each with its remedy."""

from __future__ import annotations

from pathlib import Path

from ingest.errors import LifeArchiveError


def readable_bytes(size: int) -> str:
    """`size` as a person reads it, in decimal units: "1.5 GB"."""
    if size < 1000:
        return f"{size} B"
    value = size / 1000
    for unit in ("kB", "MB"):
        if value < 999.5:
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


class ModelMissing(LifeArchiveError):
    """A model is asked for that is not installed."""

    exit_code = 6

    def __init__(self, name: str, *, remedy: str = "") -> None:
        super().__init__(
            f"The model {name} is not installed.",
            remedy=remedy or f"Run: archive models pull {name}",
        )


class ModelDamaged(LifeArchiveError):
    """A model's file is not what it was, or not what its name says."""

    exit_code = 6

    def __init__(self, path: Path, what: str, *, remedy: str = "") -> None:
        super().__init__(
            f"{path} {what}.", remedy=remedy or "Fetch it again, or use another file."
        )
        self.path = path
        self.what = what


class ModelUnfit(LifeArchiveError):
    """A model that is sound but cannot be used here, for a reason its name does not show."""

    exit_code = 6


class ModelTooLarge(LifeArchiveError):
    """A model needs more memory than there is."""

    exit_code = 6

    def __init__(
        self, name: str, *, needed_bytes: int, free_bytes: int, of: str = "free"
    ) -> None:
        super().__init__(
            f"{name} needs {readable_bytes(needed_bytes)} of memory, "
            f"{readable_bytes(free_bytes)} is {of}.",
            remedy="Close other programs, or choose a smaller model: archive models list",
        )
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class NotEnoughDisk(LifeArchiveError):
    """A model does not fit on the disk."""

    def __init__(self, name: str, *, needed_bytes: int, free_bytes: int, where: Path) -> None:
        super().__init__(
            f"{name} needs {readable_bytes(needed_bytes)} on the disk of {where}, "
            f"{readable_bytes(free_bytes)} is free.",
            remedy="Free some space, or set models.directory in config.toml.",
        )
        self.needed_bytes = needed_bytes
        self.free_bytes = free_bytes


class PullFailed(LifeArchiveError):
    """A model could not be fetched; what has arrived is kept for the next attempt."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(
            message,
            remedy=remedy or "Run the same command again: it goes on where it stopped.",
        )


class PullRunning(LifeArchiveError):
    """Another process is fetching the same model."""

    exit_code = 3


class UnknownModel(LifeArchiveError):
    """Neither a known name nor a path nor a place on the hub."""

    exit_code = 2
