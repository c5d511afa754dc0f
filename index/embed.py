"""Texts become unit vectors, by the same weights in two ways.

Indexing many chunks goes through sentence-transformers, in bfloat16 where the
CPU computes in it (3 to 4 times float32's rate; cosine 0.9999 to float32).
Importing it takes 3 to 8 seconds, so a question, and a night with a few new
mails, go through ONNX Runtime, which is ready in half a second (cosine 0.9994).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW = 400
"""Below so many texts, loading torch takes longer than it saves."""

_BATCH = 64


class EmbedderUnusable(LifeArchiveError):
    """The embedder's files are there but cannot be used."""

    exit_code = 6


class Embedder(Protocol):
    """Turns texts into vectors."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions)."""


class OnnxEmbedder:
    """One text at a time through ONNX Runtime: quick to load, small in memory."""

    def __init__(self, directory: Path, *, threads: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(directory / "onnx" / "model.onnx"), options
            )
        except Exception as error:  # both libraries raise plain Exception on a damaged file
            raise EmbedderUnusable(
                f"The embedder in {directory} cannot be loaded: {str(error).splitlines()[0]}",
                remedy=f"Run: archive models pull {directory.name}",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_max_tokens(directory))
        self._inputs = [entry.name for entry in self._session.get_inputs()]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions): the mean over all word pieces."""
        import numpy as np

        vectors = []
        for text in texts:
            ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
            values = {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            }
            (hidden, *_) = self._session.run(
                None, {name: values[name] for name in self._inputs}
            )
            mean = hidden[0].mean(axis=0)
            vectors.append(mean / np.linalg.norm(mean))
        return np.array(vectors, dtype=np.float32)


class TorchEmbedder:
    """Many texts at a time through sentence-transformers."""

    def __init__(self, directory: Path, *, threads: int) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        torch.set_num_threads(threads)
        dtype = torch.bfloat16 if computes_bfloat16() else torch.float32
        try:
            self._model: Any = SentenceTransformer(
                str(directory),
                device="cpu",
                local_files_only=True,
                model_kwargs={"dtype": dtype},
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderUnusable(
                f"The embedder in {directory} cannot be loaded: {str(error).splitlines()[0]}",
                remedy=f"Run: archive models pull {directory.name}",
            ) from error

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions). Texts of like length go together."""
        import numpy as np

        vectors = (
            self._model.encode(
                list(texts), batch_size=_BATCH, show_progress_bar=False, convert_to_tensor=True
            )
            .float()
            .numpy()
        )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        result: NDArray[np.float32] = vectors / norms
        return result


def question_embedder(directory: Path, *, threads: int) -> Embedder:
    """The embedder that is ready soonest: ONNX if the model brings it, else torch."""
    if (directory / "onnx" / "model.onnx").exists():
        return OnnxEmbedder(directory, threads=threads)
    return TorchEmbedder(directory, threads=threads)


def chunk_embedder(directory: Path, count: int, *, threads: int) -> Embedder:
    """The embedder that is done soonest with `count` texts, loading included."""
    if count < FEW:
        return question_embedder(directory, threads=threads)
    return TorchEmbedder(directory, threads=threads)


def computes_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _max_tokens(directory: Path) -> int:
    try:
        settings = json.loads((directory / "sentence_bert_config.json").read_bytes())
        return int(settings["max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        return 256
