"""Which models there are, which fit, how quick they are here; and taking another one.

A timing writes two dozen tokens, some seconds with a model that is not loaded yet; it is
kept in the state directory by name, size and thread count of the model.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.models import Kind, ModelInfo, memory_now
from archive.paths import private_directory
from archive.settings import set_value
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.llm import LanguageModel
    from archive.service import Archive

TIMED_TOKENS = 24
TIMED_CONTEXT_TOKENS = 512
_QUANTIZED = re.compile(r"(?i)(?<![a-z0-9])(i?q\d(?:_[a-z0-9]+)*|b?f16|f32|int8)(?![a-z0-9])")


class NotChosen(LifeArchiveError):
    """A model that there is no choosing of."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model as one chooses by it."""

    info: ModelInfo
    installed: bool
    chosen: bool
    quantization: str
    """Such as `Q4_K_M`. Empty if its name does not say."""

    fits: bool
    """Whether its memory is free now, or it is in use already."""

    tokens_s: float | None
    """Tokens written a second on this machine. None if nobody has timed it."""


class ModelChoice:
    """The models of one archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._path = archive.paths.state / "speed.json"

    def rows(self) -> list[ModelRow]:
        """Every known and every installed model."""
        settings = self._archive.settings.models
        chosen = {settings.answer, settings.embedder}
        here = {one.info.name: one for one in self._archive.models.installed()}
        speeds, free = self._speeds(), memory_now().free_bytes
        rows = []
        for info in self._archive.models.known():
            model = here.get(info.name)
            files = [one.path for one in model.files] if model else []
            found = _QUANTIZED.search(" ".join((info.origin, *files)))
            rows.append(
                ModelRow(
                    info=info,
                    installed=info.name in here,
                    chosen=info.name in chosen,
                    quantization=found[1].upper() if found else "",
                    fits=info.memory_bytes <= free or info.name in chosen,
                    tokens_s=speeds.get(self._key(info)),
                )
            )
        return rows

    def missing_defaults(self) -> list[ModelInfo]:
        """What a fresh archive needs and has not, the smallest first: search comes first."""
        settings = self._archive.settings.models
        wanted = {settings.answer, settings.embedder, "en-core-web-sm"}
        missing = [one.info for one in self.rows() if not one.installed]
        return sorted(
            (info for info in missing if info.name in wanted),
            key=lambda info: (info.kind != "embedder", info.size_bytes),
        )

    def to_embed(self) -> int:
        """Chunks that another embedder would have to embed."""
        return self._archive.status().chunks

    def use(self, name: str) -> Kind:
        """Answer or embed with `name` from now on. Raises NotChosen, ModelMissing, …"""
        model = self._archive.models.get(name)
        if model.info.kind == "language":
            raise NotChosen(
                f"{name} is used by itself.", remedy="There is nothing to choose about it."
            )
        if model.info.kind == "llm":
            self._archive.models.check_memory(
                name, self._archive.settings.models.context_tokens
            )
        key = "answer" if model.info.kind == "llm" else "embedder"
        set_value(self._archive.paths.config_file, "models", key, name)
        self._archive.take_model(key, name)
        return model.info.kind

    def measure(self, name: str, should_stop: Callable[[], bool] = lambda: False) -> float:
        """Time the language model `name`; tokens a second, also kept. Raises NotChosen, …"""
        installed = self._archive.models.get(name)
        if installed.info.kind != "llm":
            raise NotChosen(f"{name} writes nothing.", remedy="Time a language model.")
        if name == self._archive.settings.models.answer:
            speed = tokens_a_second(self._archive.language_model(), should_stop)
        else:
            from archive.llm import LanguageModel

            self._archive.models.check_memory(name, TIMED_CONTEXT_TOKENS)
            model = LanguageModel(
                installed.path,
                name=name,
                context_tokens=TIMED_CONTEXT_TOKENS,
                threads=self._archive.settings.threads,
            )
            try:
                speed = tokens_a_second(model, should_stop)
            finally:
                model.close()
        self._keep(installed.info, speed)
        return speed

    def _key(self, info: ModelInfo) -> str:
        return f"{info.name} {info.size_bytes} {self._archive.settings.threads}"

    def _speeds(self) -> dict[str, float]:
        with suppress(OSError, ValueError, AttributeError, TypeError):
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(key): float(value) for key, value in kept.items()}
        return {}

    def _keep(self, info: ModelInfo, speed: float) -> None:
        speeds = {**self._speeds(), self._key(info): round(speed, 1)}
        write_private(self._path, json.dumps(speeds) + "\n")


def tokens_a_second(model: LanguageModel, should_stop: Callable[[], bool]) -> float:
    """Tokens written a second, without the reading before the first."""
    from archive.llm import Reading, Turn

    asked = Turn(role="user", content="Count from one to thirty in words.")
    reading = Reading(log_probabilities=[])
    began = 0.0
    for _ in model.stream(
        [asked], max_tokens=TIMED_TOKENS, reading=reading, should_stop=should_stop
    ):
        began = began or time.perf_counter()
    written = len(reading.log_probabilities) - 1
    return max(0, written) / max(1e-6, time.perf_counter() - began)


def write_private(path: Path, text: str) -> None:
    """Put `text` in place of what `path` held, at once, for its owner only."""
    private_directory(path.parent)
    temporary = path.with_suffix(".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
