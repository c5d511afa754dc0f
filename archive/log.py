"""The log: where a bug leaves its traceback. One megabyte, three old ones kept."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from archive.paths import private_directory


def start_logging(path: Path) -> None:
    """Send what the "archive" logger gets to `path`, and only there."""
    logger = logging.getLogger("archive")
    if logger.handlers:
        return
    private_directory(path.parent)
    handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
