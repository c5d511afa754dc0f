"""Models that are already on a disk: a .gguf file, or an embedder's directory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archive.models.errors import UnknownModel
from archive.models.foreign import describe, embedder_files
from archive.models.gguf import read_gguf_header
from archive.models.registry import REGISTRY, ModelFile
from archive.models.stage import BLOCK_BYTES, Plan, Stage
from archive.models.store import sha256_of


def local_plan(path: Path) -> Plan:
    """How to copy the model at `path`."""
    if path.is_dir():
        names = embedder_files(
            str(path),
            (file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()),
        )
        files = tuple(_file(name, path / name) for name in names)
        info = describe(path.name, "embedder", files, origin=str(path), whose="local")
        return Plan(
            info=info,
            files=files,
            fetch=lambda stage: _copy(stage, {name: path / name for name in names}),
        )
    if not path.is_file():
        raise UnknownModel(f"There is nothing at {path}.", remedy="Check the path.")
    read_gguf_header(path)
    file = _file(path.name, path)
    # A file carried here by hand is as good as one that was pulled.
    known = next((known for known in REGISTRY if _sums(known.files) == _sums((file,))), None)
    if known is not None:
        info, file = known.info, known.files[0]
    else:
        info = describe(path.stem, "llm", (file,), origin=str(path), whose="local")
    return Plan(info=info, files=(file,), fetch=lambda stage: _copy(stage, {file.path: path}))


def _sums(files: tuple[ModelFile, ...]) -> list[str]:
    return [file.sha256 for file in files]


def _file(name: str, source: Path) -> ModelFile:
    return ModelFile(path=name, size_bytes=source.stat().st_size, sha256=sha256_of(source))


def _copy(stage: Stage, sources: Mapping[str, Path]) -> None:
    for file in stage.files:
        start = min(stage.length(file.path), file.size_bytes)
        with sources[file.path].open("rb") as source, stage.append(file.path, start) as target:
            source.seek(start)
            while block := source.read(BLOCK_BYTES):
                target.write(block)
                stage.progress(f"copying {file.path}")
