"""Models that are not in the registry: what may be taken of them, and what to call them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from archive.models.errors import ModelUnfit
from archive.models.gguf import COMPUTE_BYTES
from archive.models.registry import Kind, ModelFile, ModelInfo, find

# Weights and settings. A pickle (.bin, .pt) or a .py would be code.
_SUFFIXES = {".json", ".safetensors", ".txt", ".model"}
_ONNX = "onnx/model.onnx"
_NOT_NEEDED = {"manifest.json", "data_config.json", "requirements.txt", "readme.txt"}


def embedder_files(where: str, names: Iterable[str]) -> list[str]:
    """Those of the files `names` that make an embedder: weights, tokenizer, settings."""
    taken = sorted(name for name in names if _taken(name))
    missing = [name for name in ("config.json", "tokenizer.json") if name not in taken]
    if not any(name.endswith(".safetensors") for name in taken):
        missing.append("*.safetensors")
    if missing:
        raise ModelUnfit(
            f"{where} is no embedder: it has no {' and no '.join(missing)}.",
            remedy="For a language model, name its .gguf file.",
        )
    return taken


def _taken(name: str) -> bool:
    path = PurePosixPath(name)
    if name == _ONNX:
        return True
    # Below the top there are the numbered modules ("1_Pooling"), and exports for other
    # programs, which are not needed.
    nested = len(path.parts) == 2 and re.fullmatch(r"\d+_\w+", path.parts[0])
    return (
        (len(path.parts) == 1 or bool(nested))
        and path.suffix in _SUFFIXES
        and path.name.lower() not in _NOT_NEEDED
        and not path.name.startswith(".")
    )


def describe(
    name: str,
    kind: Kind,
    files: tuple[ModelFile, ...],
    *,
    origin: str,
    whose: str,
    licence: str = "unknown",
) -> ModelInfo:
    """What can be said before its files have been read.

    `whose` tells a model apart from one of the registry with the same name.
    """
    slug = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("._-") or "model"
    if find(slug):
        slug = f"{slug}-{re.sub(r'[^a-z0-9._-]+', '-', whose.lower()).strip('._-') or 'other'}"
    size = sum(file.size_bytes for file in files)
    largest = max(files, key=lambda file: file.size_bytes)
    return ModelInfo(
        name=slug,
        kind=kind,
        licence=licence,
        size_bytes=size,
        context_tokens=None,
        memory_bytes=size + COMPUTE_BYTES if kind == "llm" else size * 3 // 2 + 300_000_000,
        origin=origin,
        sha256=largest.sha256,
        summary="",
    )
