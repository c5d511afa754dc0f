"""Texts become unit vectors, by the same weights in three ways.

Indexing many chunks goes through a BERT of our own in bfloat16 where the CPU computes in
it, else (or for another kind of model) through sentence-transformers. Importing that takes
3 to 8 seconds, so a question, and a night with a few new mails, go through ONNX Runtime,
which is ready in half a second (cosine 0.9994).

Chunks of mail a second on 2 Zen cores with AVX-512 and no AMX (`bench/embedding.py`, 400 texts,
medians of 3): sentence-transformers in float32 25, in bfloat16 42, ours in bfloat16 66 with a
least cosine of 0.9998. Tried and left out (one run each): OpenVINO in bfloat16 66, for 180 MB
more to install; 8 bits with smoothed static ranges 104, with a least cosine of 0.9946.
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

FEW = 100
"""Below so many texts, loading torch takes longer than it saves."""

FEW_FOR_LIBRARY = 400
"""The same for loading sentence-transformers."""

_BATCH = 64

_TOKENS = 1024
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
    """Many texts at a time through a BERT of our own in bfloat16.

    Each thread works on batches of its own that stay in its cache, and waits for no other:
    the library splits every single step over all cores, and any other process that holds
    one of them up stalls all.
    """

    def __init__(self, directory: Path, *, threads: int) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

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
        self._network = _Network(tensors, config)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), dimensions). Texts of like length go together."""
        from concurrent.futures import ThreadPoolExecutor

        import numpy as np

        pieces = [entry.ids for entry in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(texts), self._network.width), dtype=np.float32)

        def work(rows: list[int]) -> None:
            vectors[rows] = self._network.run([pieces[row] for row in rows])

        with ThreadPoolExecutor(self._threads, initializer=_alone) as pool:
            list(pool.map(work, batches([len(ids) for ids in pieces], _TOKENS)))
        result: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return result


class _Network:
    """A BERT encoder with mean pooling: in bfloat16."""

    def __init__(self, tensors: dict[str, Any], config: dict[str, Any]) -> None:
        import torch

        kind = self._kind = torch.bfloat16
        weights = {name.removeprefix("bert."): value for name, value in tensors.items()}
        self.width = int(config["hidden_size"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config["layer_norm_eps"])
        self._words = weights["embeddings.word_embeddings.weight"].to(kind)
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        ).to(kind)
        self._norm = _half(_pair(weights, "embeddings.LayerNorm"))
        self._layers: list[Any] = [
            _Layer(weights, f"encoder.layer.{number}.", self.width // self._heads)
            for number in range(int(config["num_hidden_layers"]))
        ]

    def run(self, rows: list[list[int]]) -> NDArray[np.float32]:
        """The mean over each row's word pieces."""
        import torch
        from torch.nn.functional import embedding, layer_norm

        lengths = torch.tensor([len(row) for row in rows])
        longest = int(lengths.max())
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        real = (torch.arange(longest)[None] < lengths[:, None]).to(self._kind)
        with torch.inference_mode():
            state = embedding(ids, self._words) + self._places[:longest]
            state = state.view(-1, self.width)
            shape = (len(rows), longest, self._heads)
            padded = None if int(lengths.min()) == longest else real[:, None, None, :].bool()
            norm = self._norm
            for layer in self._layers:
                state = layer.run(state, norm, shape, padded, self._epsilon)
                norm = layer.norm
            state = layer_norm(state, (self.width,), norm[0], norm[1], self._epsilon)
            state = state.view(len(rows), longest, self.width) * real[:, :, None]
            mean = state.sum(1, dtype=torch.float32) / lengths[:, None]
        vectors: NDArray[np.float32] = mean.numpy()
        return vectors


class _Layer:
    """One encoder layer."""

    def __init__(self, weights: dict[str, Any], prefix: str, head: int) -> None:
        import torch

        parts = [
            _pair(weights, f"{prefix}attention.self.{name}")
            for name in ("query", "key", "value")
        ]
        weight = torch.cat([part[0] for part in parts])
        bias = torch.cat([part[1] for part in parts])
        # The scores' division by the root of the head's size, done once and for all.
        weight[: len(weight) // 3] /= head**0.5
        bias[: len(bias) // 3] /= head**0.5
        self.look = _half((weight, bias))
        self.join = _half(_pair(weights, f"{prefix}attention.output.dense"))
        self.grow = _half(_pair(weights, f"{prefix}intermediate.dense"))
        self.shrink = _half(_pair(weights, f"{prefix}output.dense"))
        self.middle = _half(_pair(weights, f"{prefix}attention.output.LayerNorm"))
        self.norm = _half(_pair(weights, f"{prefix}output.LayerNorm"))

    def run(self, state: Any, norm: Any, shape: Any, padded: Any, epsilon: float) -> Any:
        """The next state, not normed yet, of a state not normed yet."""
        from torch.nn.functional import gelu, layer_norm, linear

        width = state.shape[1:]
        state = layer_norm(state, width, norm[0], norm[1], epsilon)
        seen = _attention(linear(state, *self.look), shape, padded)
        seen = seen.transpose(1, 2).reshape(state.shape)
        state = state + linear(seen, *self.join)
        state = layer_norm(state, width, *self.middle, epsilon)
        inner = gelu(linear(state, *self.grow))
        return state + linear(inner, *self.shrink)


def _attention(looks: Any, shape: tuple[int, int, int], real: Any) -> Any:
    """What each place sees.

    Torch's own kernel sums in float32. Plain products with bfloat16 between them are a tenth
    faster, but a rare text with large scores then loses a thousandth of its cosine.
    """
    from torch.nn.functional import scaled_dot_product_attention

    rows, length, heads = shape
    size = looks.shape[-1] // (3 * heads)
    asks, keys, values = looks.view(rows, length, 3, heads, size).permute(2, 0, 3, 1, 4)
    return scaled_dot_product_attention(asks, keys, values, attn_mask=real, scale=1.0)


def _pair(weights: dict[str, Any], name: str) -> tuple[Any, Any]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _half(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    import torch

    return pair[0].to(torch.bfloat16), pair[1].to(torch.bfloat16)


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
            return BertEmbedder(directory, threads=threads)
        except (OSError, ValueError, KeyError):
            pass  # another kind of model, which the library knows
    if count < FEW_FOR_LIBRARY:
        return question_embedder(directory, threads=threads)
    return TorchEmbedder(directory, threads=threads)


def computes_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in hardware; elsewhere it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


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
