"""The models on this machine: which are there, whether they are sound, whether they fit.

A model is a directory of its files and a `manifest.json`, which is there only
when every file arrived and was checked. Using one costs a look at sizes and
times; a file is read again only if those have changed. `pull` alone uses the
network, and its code is loaded only when it is called.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.models.errors import ModelDamaged, ModelMissing, ModelTooLarge
from archive.models.gguf import read_gguf_header
from archive.models.memory import memory_now
from archive.models.registry import REGISTRY, USUAL_CONTEXT_TOKENS, ModelInfo, find

MANIFEST = "manifest.json"
_SCHEMA = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledFile:
    """A file of a model, as it was when it was last checked."""

    path: str
    size_bytes: int
    sha256: str
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model whose files arrived and were checked."""

    info: ModelInfo
    directory: Path
    files: tuple[InstalledFile, ...]
    pulled_at: datetime

    @property
    def path(self) -> Path:
        """What a library is given: the .gguf file, or the directory."""
        if self.info.kind == "llm":
            for file in self.files:
                if file.path.endswith(".gguf"):
                    return self.directory / file.path
        return self.directory


@dataclass(frozen=True, slots=True, kw_only=True)
class PullProgress:
    """How far a pull has come."""

    name: str
    done_bytes: int
    total_bytes: int | None
    detail: str
    """What is being fetched or checked now."""


class Models:
    """The directory in which models are kept."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def installed(self) -> list[InstalledModel]:
        """The models that are there with every file at its size, by name."""
        if not self.directory.is_dir():
            return []
        found = (self._look(entry.name) for entry in sorted(self.directory.iterdir()))
        return [model for model in found if model is not None]

    def known(self) -> list[ModelInfo]:
        """The registry, then what else is installed."""
        here = {model.info.name: model.info for model in self.installed()}
        listed = [
            replace(known.info, installed=here.pop(known.info.name, None) is not None)
            for known in REGISTRY
        ]
        return [*listed, *here.values()]

    def get(self, name: str) -> InstalledModel:
        """The model called `name`, found sound by size and time of its files.

        Raises ModelMissing or ModelDamaged. A file with another time than at the
        last check is read in full once; if it is what it was, that is noted.
        """
        model = self._load(name)
        files = tuple(_checked(model, file) for file in model.files)
        if files != model.files:
            model = replace(model, files=files)
            write_manifest(model)
        return model

    def path(self, name: str) -> Path:
        """The .gguf file of a language model, the directory of any other."""
        return self.get(name).path

    def verify(self, name: str) -> InstalledModel:
        """Read every file of a model in full; raises ModelDamaged naming the first bad one."""
        model = self._load(name)
        for file in model.files:
            _checked(model, file, read=True)
        return model

    def memory_bytes(self, name: str, context_tokens: int = USUAL_CONTEXT_TOKENS) -> int:
        """What the installed model `name` needs with room for `context_tokens`."""
        model = self.get(name)
        if model.info.kind != "llm":
            return model.info.memory_bytes
        return read_gguf_header(model.path).memory_bytes(context_tokens)

    def check_memory(self, name: str, context_tokens: int = USUAL_CONTEXT_TOKENS) -> int:
        """Raise ModelTooLarge unless `name` fits the free memory; else what it needs."""
        needed, free = self.memory_bytes(name, context_tokens), memory_now().free_bytes
        if needed > free:
            raise ModelTooLarge(name, needed_bytes=needed, free_bytes=free)
        return needed

    def pull(
        self, spec: str, *, on_progress: Callable[[PullProgress], None] | None = None
    ) -> InstalledModel:
        """Fetch a model, or return at once if it is there and sound.

        `spec` is a name of the registry, `hf:OWNER/REPO` (an embedder),
        `hf:OWNER/REPO/FILE.gguf`, or the path of a .gguf file or of an
        embedder's directory. What has arrived is kept when this is cut short,
        and the next call goes on from there.
        """
        from archive.models.pull import pull  # zipfile, subprocess and filelock

        return pull(self, spec, on_progress or (lambda progress: None))

    def _look(self, name: str) -> InstalledModel | None:
        """The model called `name` if its files are there at their sizes."""
        try:
            model = self._load(name)
            for file in model.files:
                if (model.directory / file.path).stat().st_size != file.size_bytes:
                    return None
        except (ModelMissing, ModelDamaged, OSError):
            return None
        return model

    def _load(self, name: str) -> InstalledModel:
        """What the manifest of `name` says."""
        directory = self.directory / name
        manifest = directory / MANIFEST
        if not _NAME.fullmatch(name) or not manifest.is_file():
            raise ModelMissing(name, remedy=_how_to_get(name))
        try:
            return _from_json(directory, json.loads(manifest.read_bytes()))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelDamaged(manifest, "cannot be read", remedy=_how_to_get(name)) from error


def write_manifest(model: InstalledModel) -> None:
    """Put the manifest of `model` in its directory, whole or not at all."""
    data = {
        "schema": _SCHEMA,
        **asdict(model.info),
        "pulled_at": model.pulled_at.isoformat(),
        "files": [asdict(file) for file in model.files],
    }
    del data["installed"]
    path = model.directory / MANIFEST
    draft = path.with_name(f"{MANIFEST}.{os.getpid()}.tmp")
    with open(draft, "w", encoding="utf-8", opener=private) as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def private(path: str, flags: int) -> int:
    """For `open(opener=...)`: a new file is its owner's alone."""
    return os.open(path, flags, 0o600)


def sha256_of(path: Path, *, on_bytes: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file, read a megabyte at a time."""
    import hashlib

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            if on_bytes:
                on_bytes(len(block))
    return digest.hexdigest()


def _from_json(directory: Path, data: dict[str, Any]) -> InstalledModel:
    if data["schema"] != _SCHEMA or data["name"] != directory.name or not data["files"]:
        raise ValueError("another schema or another model")
    names = {field.name for field in fields(ModelInfo)} - {"installed"}
    return InstalledModel(
        info=ModelInfo(**{name: data[name] for name in names}, installed=True),
        directory=directory,
        files=tuple(InstalledFile(**file) for file in data["files"]),
        pulled_at=datetime.fromisoformat(data["pulled_at"]),
    )


def _checked(
    model: InstalledModel, file: InstalledFile, *, read: bool = False
) -> InstalledFile:
    """`file` with the time it has now; raises ModelDamaged if it is not what it was."""
    path = model.directory / file.path
    remedy = f"Run: archive models pull {_spec(model.info)}"
    try:
        now = path.stat()
    except FileNotFoundError:
        raise ModelDamaged(path, "is gone", remedy=remedy) from None
    if now.st_size != file.size_bytes:
        raise ModelDamaged(
            path, f"is damaged: {now.st_size} of {file.size_bytes} bytes", remedy=remedy
        )
    if (read or now.st_mtime_ns != file.mtime_ns) and sha256_of(path) != file.sha256:
        raise ModelDamaged(path, "is damaged: its SHA-256 has changed", remedy=remedy)
    return replace(file, mtime_ns=now.st_mtime_ns)


def _spec(info: ModelInfo) -> str:
    """What `pull` was given to fetch this model."""
    if find(info.name):
        return info.name
    # The commit after "@" is not part of what one asks for.
    return info.origin.rpartition("@")[0] if info.origin.startswith("hf:") else info.origin


def _how_to_get(name: str) -> str:
    if known := find(name):
        return f"Run: archive models pull {known.info.name}"
    names = ", ".join(known.info.name for known in REGISTRY)
    return f"Run: archive models pull NAME, with NAME one of {names}."
