"""Texts become unit vectors, by the same weights in four ways.

Indexing many chunks goes through a BERT of our own, in 8 bits or bfloat16 where the CPU
computes in them, else (or for another kind of model) through sentence-transformers.
Importing that takes 3 to 8 seconds, so a question, and a night with a few new mails, go
through ONNX Runtime, which is ready in half a second (cosine 0.9994).

Chunks of mail a second of one Zen core with AVX-512 and no AMX (`bench/embedding.py`, 256
texts, medians of 5, others at work beside it): sentence-transformers in float32 11, ours in
bfloat16 32 with a least cosine of 0.9999, in 8 bits 44 with one of 0.997. Tried and left out
(one run each): OpenVINO in bfloat16, as fast as ours for 180 MB more to install; 8 bits
with smoothed static ranges alone, with a least cosine of 0.9946.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEW = 100
"""Below so many texts, loading torch takes longer than it saves."""

FEW_FOR_LIBRARY = 400
"""The same for loading sentence-transformers."""

FEW_FOR_EIGHT_BITS = 400
"""The same for finding the ranges and trying them out in 8 bits."""

_SHORT = 16
"""Up to so many word pieces 8 bits save no time, and nothing evens out what they lose."""

_BATCH = 64

_TOKENS = 512
"""Word pieces in a batch of `BertEmbedder`: what lies between two steps fits the cache."""


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
            raise _unusable(directory, error) from error
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
        from transformers.utils import logging as talk

        talk.disable_progress_bar()  # type: ignore[no-untyped-call]
        talk.set_verbosity_error()  # type: ignore[no-untyped-call]
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
            raise _unusable(directory, error) from error

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


class BertEmbedder:
    """Many texts at a time through a BERT of our own, in 8 bits if wished and near enough.

    Each thread works on batches of its own that stay in its cache, and waits for no other:
    the library splits every single step over all cores, and any other process that holds
    one of them up stalls all.
    """

    def __init__(self, directory: Path, *, threads: int, eight_bits: bool = False) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        from index.bert import Bert

        config = json.loads((directory / "config.json").read_bytes())
        if not _is_plain_bert(directory, config):
            raise ValueError(f"{directory.name} is another kind of model")
        try:
            self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
            tensors = load_file(str(directory / "model.safetensors"))
        except Exception as error:  # both libraries raise plain Exception on a damaged file
            raise _unusable(directory, error) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_max_tokens(directory))
        self._threads = threads
        self._network = self._exact = Bert(tensors, config)
        self.in_eight_bits = eight_bits and self._try_eight_bits(tensors, config)

    def _try_eight_bits(self, tensors: dict[str, Any], config: dict[str, Any]) -> bool:
        """Whether 8 bits work with this model, this CPU and this torch."""
        import torch

        from index import bert8

        samples = [entry.ids for entry in self._tokenizer.encode_batch(bert8.SAMPLES)]
        threads = torch.get_num_threads()
        _alone()  # so short texts take four times as long on cores that others use too
        try:
            self._network = bert8.eight_bits(self._exact, tensors, config, samples)
        except (
            bert8.NotNearEnough,
            RuntimeError,
            NotImplementedError,
            AttributeError,
        ) as error:
            # Torch's operators for 8 bits are not part of what it promises to keep.
            logging.getLogger(__name__).info("no embedding in 8 bits: %s", error)
            return False
        finally:
            torch.set_num_threads(threads)
        return True

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions). Texts of like length go together."""
        from concurrent.futures import ThreadPoolExecutor

        import numpy as np

        pieces = [entry.ids for entry in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(texts), self._network.width), dtype=np.float32)

        def work(rows: list[int]) -> None:
            short = [row for row in rows if len(pieces[row]) <= _SHORT]
            long = [row for row in rows if len(pieces[row]) > _SHORT]
            for network, some in (self._exact, short), (self._network, long):
                if some:
                    vectors[some] = network.run([pieces[row] for row in some])

        with ThreadPoolExecutor(self._threads, initializer=_alone) as pool:
            list(pool.map(work, batches([len(ids) for ids in pieces], _TOKENS)))
        result: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return result


def _alone() -> None:
    import torch

    torch.set_num_threads(1)


def batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Rows of like length together, the longest first, at most `budget` places a batch."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    found: list[list[int]] = []
    while order:
        count = max(1, budget // max(1, lengths[order[0]]))
        found.append(order[:count])
        del order[:count]
    return found


def question_embedder(directory: Path, *, threads: int) -> Embedder:
    """The embedder that is ready soonest: ONNX if the model brings it, else torch."""
    if (directory / "onnx" / "model.onnx").exists():
        return OnnxEmbedder(directory, threads=threads)
    return TorchEmbedder(directory, threads=threads)


def chunk_embedder(directory: Path, count: int, *, threads: int) -> Embedder:
    """The embedder that is done soonest with `count` texts, loading included."""
    if count >= FEW and computes_bfloat16():
        try:
            eight_bits = count >= FEW_FOR_EIGHT_BITS and computes_eight_bits()
            return BertEmbedder(directory, threads=threads, eight_bits=eight_bits)
        except (OSError, ValueError, KeyError):
            pass  # another kind of model, which the library knows
    if count < FEW_FOR_LIBRARY:
        return question_embedder(directory, threads=threads)
    return TorchEmbedder(directory, threads=threads)


def computes_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    return not _cpu_flags().isdisjoint({"avx512_bf16", "amx_bf16"})


def computes_eight_bits() -> bool:
    """Whether this CPU multiplies bytes in hardware, four at a time."""
    return not _cpu_flags().isdisjoint({"avx512_vnni", "amx_int8"})


def _cpu_flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return set()
    flags = (line for line in text.splitlines() if line.startswith("flags"))
    return set(next(flags, "").split())


def _is_plain_bert(directory: Path, config: dict[str, Any]) -> bool:
    """Whether the vector is the mean over a BERT's word pieces and nothing comes after it."""
    modules = json.loads((directory / "modules.json").read_bytes())
    pooling = json.loads((directory / "1_Pooling" / "config.json").read_bytes())
    modes = {name for name, on in pooling.items() if name.startswith("pooling_mode") and on}
    return (
        config["model_type"] == "bert"
        and config["hidden_act"] == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and [module["type"].rpartition(".")[2] for module in modules]
        in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and modes in ({"pooling_mode_mean_tokens"}, {"pooling_mode"})
        and pooling.get("pooling_mode", "mean") == "mean"
    )


def _unusable(directory: Path, error: Exception) -> EmbedderUnusable:
    return EmbedderUnusable(
        f"The embedder in {directory} cannot be loaded: {str(error).splitlines()[0]}",
        remedy=f"Run: archive models pull {directory.name}",
    )


def _max_tokens(directory: Path) -> int:
    try:
        settings = json.loads((directory / "sentence_bert_config.json").read_bytes())
        return int(settings["max_seq_length"])
    except (OSError, ValueError, KeyError, TypeError):
        return 256
