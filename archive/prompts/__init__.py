"""What the language model is told. Text files, so that a change shows in a diff."""

from __future__ import annotations

from importlib.resources import files


def load(name: str) -> str:
    """The prompt in `prompts/NAME.txt`, without its last newline."""
    return files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8").strip()
