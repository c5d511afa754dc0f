"""The forward pass in 8 bits, with a small network of chance weights, and when it is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from index import bert8, embed
from index.bert import Bert

CONFIG = {
    "hidden_size": 64,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "layer_norm_eps": 1e-12,
    "vocab_size": 300,
}
SAMPLES = [[1, *range(20, 20 + length), 2] for length in (0, 3, 3, 17)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other in steps this small take long on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def weights() -> dict[str, Any]:
    """A small BERT's, with one channel of each norm far larger than the rest."""
    import torch

    dice = torch.Generator().manual_seed(5)
    width = CONFIG["hidden_size"]

    def of(*shape: int) -> Any:
        return torch.randn(shape, generator=dice) * 0.1

    found = {
        "embeddings.word_embeddings.weight": of(300, int(width)),
        "embeddings.position_embeddings.weight": of(128, int(width)),
        "embeddings.token_type_embeddings.weight": of(2, int(width)),
    }
    norms = ["embeddings."]
    for number in range(2):
        layer = f"encoder.layer.{number}."
        norms += [f"{layer}attention.output.", f"{layer}output."]
        for name, shape in {
            "attention.self.query": (64, 64),
            "attention.self.key": (64, 64),
            "attention.self.value": (64, 64),
            "attention.output.dense": (64, 64),
            "intermediate.dense": (128, 64),
            "output.dense": (64, 128),
        }.items():
            found[f"{layer}{name}.weight"] = of(*shape)
            found[f"{layer}{name}.bias"] = of(shape[0])
    for norm in norms:
        found[f"{norm}LayerNorm.weight"] = 1 + of(64)
        found[f"{norm}LayerNorm.weight"][7] = 12.0
        found[f"{norm}LayerNorm.bias"] = of(64)
    return found


def in_eight_bits() -> Bert:
    return bert8.eight_bits(Bert(weights(), CONFIG), weights(), CONFIG, SAMPLES)


def cosines(one: Any, other: Any) -> Any:
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(1) / norms


def test_8_bits_are_near_to_bfloat16_on_texts_not_used_for_the_ranges() -> None:
    rows = [[1, *range(100 + start, 140 + start), 2] for start in (0, 50, 90)]
    exact = Bert(weights(), CONFIG).run(rows)
    found = in_eight_bits().run(rows)
    assert cosines(found, exact).min() >= 0.995
    assert not np.array_equal(found, exact)


def test_a_vector_does_not_depend_on_the_texts_beside_it() -> None:
    network = in_eight_bits()
    short, long = [1, 30, 31, 32, 2], [1, *range(200, 250), 2]
    together = network.run([long, short])
    alone = np.concatenate([network.run([long]), network.run([short])])
    assert cosines(together, alone).min() >= 0.9999


def test_what_is_not_near_enough_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bert8, "_MARGIN", 0.05)
    with pytest.raises(bert8.NotNearEnough):
        in_eight_bits()


@pytest.mark.parametrize("error", [bert8.NotNearEnough, RuntimeError, AttributeError])
def test_where_8_bits_do_not_work_bfloat16_does(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error("no")

    monkeypatch.setattr(bert8, "eight_bits", fail)
    embedder: Any = object.__new__(embed.BertEmbedder)
    embedder._exact = None
    embedder._tokenizer = SimpleNamespace(encode_batch=lambda texts: [])
    assert not embedder._try_eight_bits({}, {})


def test_only_long_texts_go_through_8_bits() -> None:
    class Network:
        width = 1

        def __init__(self, value: float) -> None:
            self._value = value

        def run(self, rows: list[list[int]]) -> Any:
            return np.full((len(rows), 1), self._value)

    embedder: Any = object.__new__(embed.BertEmbedder)
    embedder._threads = 1
    embedder._exact, embedder._network = Network(1.0), Network(-1.0)
    embedder._tokenizer = SimpleNamespace(
        encode_batch=lambda texts: [SimpleNamespace(ids=text.split()) for text in texts]
    )
    found = embedder.embed(["a " * embed._SHORT, "a " * (embed._SHORT + 1), "a"])
    assert found.tolist() == [[1.0], [-1.0], [1.0]]


@pytest.mark.parametrize(
    ("count", "able", "wanted"),
    [
        (embed.FEW_FOR_EIGHT_BITS, True, True),
        (embed.FEW_FOR_EIGHT_BITS - 1, True, False),
        (embed.FEW_FOR_EIGHT_BITS, False, False),
    ],
)
def test_8_bits_are_for_many_texts_on_a_cpu_that_has_them(
    count: int, able: bool, wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bool] = []
    monkeypatch.setattr(embed, "computes_bfloat16", lambda: True)
    monkeypatch.setattr(embed, "computes_eight_bits", lambda: able)
    monkeypatch.setattr(
        embed, "BertEmbedder", lambda path, threads, eight_bits: taken.append(eight_bits)
    )
    embed.chunk_embedder(tmp_path, count, threads=1)
    assert taken == [wanted]
