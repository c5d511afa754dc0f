"""Where the files of one model grow until they are whole, and become a model at once.

They grow in `.partial/NAME/files`; when all of them are there and right, one
rename of the directory installs the model. A pull that is killed leaves what it
has, and the next one goes on after the last byte it can trust. Memory holds a
megabyte at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from archive.models.errors import ModelDamaged, ModelUnfit, PullFailed
from archive.models.gguf import read_gguf_header
from archive.models.registry import USUAL_CONTEXT_TOKENS, ModelFile, ModelInfo
from archive.models.store import (
    InstalledFile,
    InstalledModel,
    PullProgress,
    private,
    sha256_of,
    write_manifest,
)
from archive.paths import private_directory

BLOCK_BYTES = 1 << 20
Report = Callable[[PullProgress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be fetched, and how."""

    info: ModelInfo
    files: tuple[ModelFile, ...]
    fetch: Callable[[Stage], None]
    """Completes every file of the stage, from the length each already has."""

    extra_bytes: int = 0
    """Disk needed besides the files themselves, while they are fetched."""


class Stage:
    """Where the files of one model grow until they are whole."""

    def __init__(
        self, info: ModelInfo, files: tuple[ModelFile, ...], directory: Path, report: Report
    ) -> None:
        self.info = info
        self.files = files
        self.directory = directory
        self._grown = directory / "files"
        self._report = report

    def open(self) -> None:
        """Keep what an earlier pull of the same files has left, and nothing else."""
        plan = json.dumps([asdict(file) for file in self.files])
        note = self.directory / "plan.json"
        try:
            same = note.read_text(encoding="utf-8") == plan
        except (OSError, ValueError):
            same = False
        if not same:
            shutil.rmtree(self.directory, ignore_errors=True)
        private_directory(self.directory)
        private_directory(self._grown)
        with open(note, "w", encoding="utf-8", opener=private) as file:
            file.write(plan)

    def scratch(self) -> Path:
        """An empty directory on the same disk, emptied by the next call."""
        path = self.directory / "scratch"
        shutil.rmtree(path, ignore_errors=True)
        return private_directory(path)

    def path(self, file: ModelFile) -> Path:
        """Where `file` grows."""
        return self._grown / file.path

    def length(self, path: str) -> int:
        """How much of a file is there."""
        try:
            return (self._grown / path).stat().st_size
        except FileNotFoundError:
            return 0

    def done_bytes(self) -> int:
        """How much of the model is there."""
        return sum(min(self.length(file.path), file.size_bytes) for file in self.files)

    def append(self, path: str, at: int) -> BinaryIO:
        """Open a file to go on at the offset `at`; what lies beyond is dropped."""
        whole = self._grown / path
        folder = self._grown
        for part in PurePosixPath(path).parent.parts:
            folder = private_directory(folder / part)
        file: BinaryIO = open(whole, "ab", opener=private)  # noqa: SIM115 (the caller's to close)
        file.truncate(at)
        return file

    def progress(self, detail: str) -> None:
        """Say how far this has come."""
        self._report(
            PullProgress(
                name=self.info.name,
                done_bytes=self.done_bytes(),
                total_bytes=self.info.size_bytes,
                detail=detail,
            )
        )

    def counting(self, detail: str) -> Callable[[int], None]:
        """A counter of bytes read that reports every 64 MB of them."""
        seen = 0

        def count(size: int) -> None:
            nonlocal seen
            before, seen = seen, seen + size
            if before >> 26 != seen >> 26:
                self._report(
                    PullProgress(
                        name=self.info.name, done_bytes=seen, total_bytes=None, detail=detail
                    )
                )

        return count

    def install(self, target: Path) -> InstalledModel:
        """Check every file and put the model in its place."""
        self.progress("checking")
        installed = tuple(self._finished(file) for file in self.files)
        try:
            info = replace(_described(self.info, self._grown, self.files), installed=True)
        except (ModelDamaged, ModelUnfit):
            # It arrived as it is at its source, so there is nothing to go on with.
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        largest = max(installed, key=lambda file: file.size_bytes)
        model = InstalledModel(
            info=replace(info, sha256=largest.sha256),
            directory=self._grown,
            files=installed,
            pulled_at=datetime.now(UTC),
        )
        write_manifest(model)
        old = self.directory / "old"
        shutil.rmtree(old, ignore_errors=True)
        # Killed between these two, there is no model, and the next pull only renames.
        if target.exists():
            target.rename(old)
        self._grown.rename(target)
        _sync(target.parent)
        shutil.rmtree(self.directory, ignore_errors=True)
        self._report(
            PullProgress(
                name=info.name,
                done_bytes=info.size_bytes,
                total_bytes=info.size_bytes,
                detail="installed",
            )
        )
        return replace(model, directory=target)

    def _finished(self, file: ModelFile) -> InstalledFile:
        path = self.path(file)
        if not is_file(path, file, self.counting("checking")):
            path.unlink(missing_ok=True)
            raise PullFailed(
                f"{file.path} of {self.info.name} did not arrive as it should be: "
                f"its SHA-256 is wrong.",
                remedy="Run the same command again: it fetches this file anew.",
            )
        _sync(path)
        _sync(path.parent)
        return InstalledFile(
            path=file.path,
            size_bytes=file.size_bytes,
            sha256=file.sha256 or sha256_of(path),
            mtime_ns=path.stat().st_mtime_ns,
        )


def is_file(path: Path, file: ModelFile, on_bytes: Callable[[int], None]) -> bool:
    """Whether the file at `path` is what `file` says."""
    if not path.is_file() or path.stat().st_size != file.size_bytes:
        return False
    if file.sha256:
        return sha256_of(path, on_bytes=on_bytes) == file.sha256
    digest = hashlib.sha1(b"blob %d\0" % file.size_bytes, usedforsecurity=False)
    with path.open("rb") as content:
        while block := content.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest() == file.git_blob


def _described(info: ModelInfo, directory: Path, files: tuple[ModelFile, ...]) -> ModelInfo:
    """`info` with what the files themselves say where nothing was known.

    Raises ModelDamaged for a GGUF file that is not sound, ModelUnfit for a model
    that could run code of its own.
    """
    if info.kind == "language":
        return info
    if info.kind == "llm":
        header = read_gguf_header(directory / files[0].path)
        if header.split_count > 1:
            raise ModelUnfit(
                f"{files[0].path} is one of {header.split_count} files of a split model.",
                remedy="Choose a file that holds the whole model.",
            )
        licence = info.licence
        if licence == "unknown" and header.licence:
            licence = header.licence
        return replace(
            info,
            licence=licence,
            context_tokens=info.context_tokens or header.context_tokens,
            memory_bytes=header.memory_bytes(USUAL_CONTEXT_TOKENS),
            summary=info.summary or f"{header.name or info.name} ({header.architecture})",
        )
    config = _json(directory / "config.json")
    modules = _json(directory / "modules.json") or []
    if "auto_map" in config or any(
        not str(module.get("type")).startswith("sentence_transformers.") for module in modules
    ):
        raise ModelUnfit(
            f"{info.name} needs program code of its own, which is never run.",
            remedy="Choose a model that sentence-transformers runs as it is.",
        )
    sentences = _json(directory / "sentence_bert_config.json")
    return replace(
        info,
        context_tokens=info.context_tokens
        or sentences.get("max_seq_length")
        or config.get("max_position_embeddings"),
        summary=info.summary or f"{config.get('hidden_size', '?')} dimensions",
    )


def _json(path: Path) -> Any:
    """What a configuration file says; an empty dictionary if it is not there."""
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        raise ModelDamaged(path, "is damaged: it is no JSON") from None


def _sync(path: Path) -> None:
    """Have the disk really hold a file or directory."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
