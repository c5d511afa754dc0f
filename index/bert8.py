"""The products of `index.bert` in 8 bits: 1.4 times as fast, at a least cosine of 0.996.

Weights are scaled per output, what goes into a product by one scale fixed beforehand: a
scale found per batch would make a text's vector depend on the texts beside it. Four things
keep one scale from costing too much:

- channels with a large range hand part of it to the weights (as in SmoothQuant),
- before the feed-forward part, the worst channels are split into several that add up,
- after its GELU, the worst channels are computed beside it in bfloat16,
- a norm's own gain does the scaling, so that a value is rounded only once.

The ranges come from running a few made-up texts in bfloat16 when the model is loaded. They
cover what chokes 8 bits: noise, one word over and over, a text of a word. The same
texts then tell whether the result is near enough; if not, `NotNearEnough` is raised. So
another model, or another torch, is never used unchecked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from index.bert import Bert, Watch, half, layer_prefix, looking, pair

NEAR_ENOUGH = 0.995
"""The least cosine to bfloat16 that any of the texts of the trial may have."""

_SPLITS = 16
"""Channels added before the feed-forward part, by splitting those with the largest range."""

_BESIDE = 32
"""Channels after the GELU that stay in bfloat16."""

_MARGIN = 1.1
"""How far beyond the largest value seen the range goes."""

_HALF = 128
"""What stands for 0 where values of both signs are bytes."""

_GELU_MIN = 0.17
"""GELU is nowhere below minus this."""

SAMPLES = (
    "Hi Anna, the meeting with the lawyers moved to Thursday at 3:30 pm; please bring the "
    "signed contract and last year's invoice (No. 4471). Thanks! Tom",
    "From: tom@example.org\nTo: anna@example.org\nSubject: RE: boat\n> > Did you see it?\n"
    "> No.\n-----Original Message-----\nSent: Monday, 3 June 2002 10:14 AM",
    "Dear diary, it rained all day and I stayed in bed until noon. Mother called; she is "
    "worried about my brother, and I could not tell her why he left.",
    "def read(path):\n    with open(path) as file:\n        return [line.split(',') for "
    "line in file]  # a,b,c = 1, 2.5, None",
    "Name | Amount | Date\nRent | 1,250.00 | 2019-03-01\nPower | 88.40 | 2019-03-04\n"
    "======\nTotal | 1,338.40",
    "Der Zug fährt um halb acht ab, aber niemand weiß, von welchem Gleis. Où est la gare ? "
    "Привет, как дела? 日本語 مرحبا",
    "=0A=20=C3=A4 aGVsbG8gd29ybGQ= https://example.org/a?b=c&d=%20 ......... ------- "
    "______ !!!!!! *** ### <<< >>> 😀",
    "The treaty of 1648 ended the war in the provinces, and historians still argue whether "
    "the harvest, the plague or money decided it.",
    "",
    ".",
    "-",
    "!",
    "0",
    ">",
    "the",
    *(" ".join([word] * 60) for word in (".", "-", "!", "0", ">", "the")),
)
"""Texts of many kinds, for the ranges and for the trial."""


class NotNearEnough(ValueError):
    """8 bits lose too much with this model here."""


def eight_bits(
    network: Bert,
    tensors: dict[str, Any],
    config: dict[str, Any],
    samples: Sequence[list[int]],
) -> Bert:
    """The network with its products in 8 bits, tried on `samples` and on noise."""
    trial = _trial(samples, int(config["vocab_size"]))
    ranges: dict[tuple[int, str], Any] = {}
    exact = [network.run(rows, _ranges_into(ranges)) for rows in trial]
    weights = {name.removeprefix("bert."): value for name, value in tensors.items()}
    head = network.width // int(config["num_attention_heads"])
    count = int(config["num_hidden_layers"])
    found = network.with_layers(
        [Layer8(weights, number, head, ranges) for number in range(count)]
    )
    least = min(
        _least_cosine(found.run(rows), vectors)
        for rows, vectors in zip(trial, exact, strict=True)
    )
    if not least >= NEAR_ENOUGH:
        raise NotNearEnough(f"the least cosine is {least:.4f}")
    return found


def _trial(samples: Sequence[list[int]], vocabulary: int) -> list[list[list[int]]]:
    """The samples and as much noise between the same ends, rows of one length together."""
    import torch

    dice = torch.Generator().manual_seed(1)
    first, last = samples[0][0], samples[0][-1]
    low = vocabulary // 30  # the unused and the single letters come before

    def noise(length: int) -> list[int]:
        found: list[int] = torch.randint(low, vocabulary, (length,), generator=dice).tolist()
        return found

    rows = [*samples, *([first, *noise(94), last] for _ in range(8))]
    for piece in noise(4):
        rows += [[first, piece, last], [first, *[piece] * 60, last]]
    return [list(group) for _, group in groupby(sorted(rows, key=len), key=len)]


def _ranges_into(ranges: dict[tuple[int, str], Any]) -> Watch:
    """A watch that keeps each channel's largest absolute value."""
    import torch

    def watch(number: int, name: str, value: Any) -> None:
        largest = value.abs().amax(0).float()
        before = ranges.get((number, name), largest)
        ranges[number, name] = torch.maximum(before, largest)

    return watch


def _least_cosine(ours: Any, exact: Any) -> float:
    import numpy as np

    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(exact, axis=1)
    return float(((ours * exact).sum(1) / norms).min())


class _Product:
    """A product in 8 bits, of bytes with one scale and one zero."""

    def __init__(self, weight: Any, bias: Any, scale: float, zero: int) -> None:
        import torch

        self._scales = (weight.abs().amax(1) / 127).clamp(min=1e-8)
        small = (weight / self._scales[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(small, None)
        self._zeros = torch.zeros(len(weight), dtype=torch.int32)
        self._bias = bias.float().clone()
        self._input = (scale, zero, self._weight, self._scales, self._zeros)

    def plain(self, values: Any) -> Any:
        """In bfloat16."""
        import torch

        return torch.ops.onednn.qlinear_pointwise(
            values, *self._input, self._bias, 1.0, 0, torch.bfloat16, "none", [], ""
        )

    def gelu(self, values: Any, scale: float, zero: int) -> Any:
        """As bytes again, after a GELU."""
        import torch

        return torch.ops.onednn.qlinear_pointwise(
            values, *self._input, self._bias, scale, zero, torch.uint8, "gelu", [], "none"
        )

    def onto(self, values: Any, state: Any) -> Any:
        """Added to `state`, which is overwritten."""
        import torch

        kind = torch.bfloat16
        more: tuple[Any, ...] = (
            state,
            self._bias,
            1.0,
            0,
            kind,
            1.0,
            0,
            "sum",
            1.0,
            "none",
            [],
            "",
        )
        return torch.ops.onednn.qlinear_pointwise.binary(values, *self._input, *more)


class Layer8:
    """One encoder layer with its products in 8 bits."""

    def __init__(
        self, weights: dict[str, Any], number: int, head: int, ranges: dict[Any, Any]
    ) -> None:
        prefix = layer_prefix(number)
        weight, bias = looking(weights, prefix, head)
        joining, joining_bias = pair(weights, f"{prefix}attention.output.dense")
        parts = _shares(ranges[number, "join"], joining, 0.5)
        scale = _scale(ranges[number, "join"] / parts)
        self._join = _Product(joining * parts, joining_bias, scale, _HALF)
        # The values leave their own product in the scale that the next one wants.
        values = 2 * len(weight) // 3
        weight[values:] /= (parts * scale)[:, None]
        bias[values:] /= parts * scale
        parts = _shares(ranges[number, "look"], weight, 0.8)
        scale = _scale(ranges[number, "look"] / parts)
        self._look = _Product(weight * parts, bias, scale, _HALF)
        before = "embeddings." if number == 0 else f"{layer_prefix(number - 1)}output."
        self._look_norm = _scaling(pair(weights, f"{before}LayerNorm"), parts * scale)
        self._feed_forward(weights, prefix, ranges[number, "grow"], ranges[number, "shrink"])
        self.norm = half(pair(weights, f"{prefix}output.LayerNorm"))

    def _feed_forward(
        self, weights: dict[str, Any], prefix: str, ranges: Any, inner_ranges: Any
    ) -> None:
        import torch

        weight, bias = pair(weights, f"{prefix}intermediate.dense")
        back, back_bias = pair(weights, f"{prefix}output.dense")
        norm = pair(weights, f"{prefix}attention.output.LayerNorm")
        beside = inner_ranges.topk(_BESIDE).indices
        self._beside = half((weight[beside], bias[beside]))
        self._beside_back = back[:, beside].T.contiguous().to(torch.bfloat16)
        rest = torch.ones(len(weight), dtype=torch.bool)
        rest[beside] = False
        weight, bias, back = weight[rest], bias[rest], back[:, rest]
        # The bytes begin at GELU's least value.
        self._inner_scale = (float(inner_ranges[rest].max()) * _MARGIN + _GELU_MIN) / 254
        self._inner_zero = int(_GELU_MIN / self._inner_scale) + 1
        self._shrink = _Product(back, back_bias, self._inner_scale, self._inner_zero)
        parts = _shares(ranges, weight, 0.5)
        counts, self._again = _splits(ranges / parts)
        scale = _scale(ranges / (parts * counts))
        weight = weight * parts
        weight = torch.cat([weight, weight[:, self._again]], 1)
        self._grow = _Product(weight, bias, scale, _HALF)
        self._grow_norm = _scaling(norm, parts * counts * scale)
        self._middle = half(norm)

    def run(
        self, state: Any, norm: Any, shape: Any, padded: Any, epsilon: float, _watch: Watch
    ) -> Any:
        """The next state, not normed yet, of a state not normed yet."""
        import torch
        from torch.nn.functional import gelu, layer_norm, linear

        width = state.shape[1:]
        normed = layer_norm(state, width, norm[0], norm[1], epsilon)
        looks = self._look.plain(_bytes(layer_norm(state, width, *self._look_norm, epsilon)))
        seen = attention(looks, shape, padded)
        state = self._join.onto(_bytes(seen.add_(_HALF)), normed)
        normed = layer_norm(state, width, *self._middle, epsilon)
        values = _bytes(layer_norm(state, width, *self._grow_norm, epsilon))
        values = torch.cat([values, values[:, self._again]], 1)
        inner = self._grow.gelu(values, self._inner_scale, self._inner_zero)
        beside = gelu(linear(normed, *self._beside))
        return self._shrink.onto(inner, normed).addmm_(beside, self._beside_back)


def attention(looks: Any, shape: tuple[int, int, int], real: Any) -> Any:
    """What each place sees, by three plain steps over all heads at once.

    Torch's own kernel goes through them in small blocks and takes 1.7 times as long.
    """
    import torch

    rows, length, heads = shape
    size = looks.shape[-1] // (3 * heads)
    parts = looks.view(rows, length, 3, heads, size).permute(2, 0, 3, 1, 4).contiguous()
    asks, keys, values = parts.view(3, rows * heads, length, size)
    scores = torch.bmm(asks, keys.transpose(1, 2))
    if real is not None:
        by_row = scores.view(rows, heads, length, length)
        for row, count in enumerate(real.sum(1).tolist()):
            by_row[row, :, :, count:] = -torch.inf
    seen = torch.bmm(torch.softmax(scores, -1), values)
    return seen.view(rows, heads, length, size).transpose(1, 2).reshape(rows * length, -1)


def _shares(ranges: Any, weight: Any, share: float) -> Any:
    """By how much to divide each channel, and multiply its weights, to even out both."""
    largest = weight.abs().amax(0).clamp(min=1e-4)
    return ranges.clamp(min=1e-3) ** share / largest ** (1 - share)


def _splits(ranges: Any) -> tuple[Any, Any]:
    """Into how many each channel is split, and the channels to be repeated."""
    import torch

    counts = torch.ones_like(ranges)
    again = []
    for _ in range(_SPLITS):
        worst = int((ranges / counts).argmax())
        counts[worst] += 1
        again.append(worst)
    return counts, torch.tensor(sorted(again))


def _scale(ranges: Any) -> float:
    return float(ranges.max()) * _MARGIN / 127


def _scaling(norm: tuple[Any, Any], scales: Any) -> tuple[Any, Any]:
    """A norm whose results are the bytes to be, but for the rounding."""
    return norm[0] / scales, norm[1] / scales + _HALF


def _bytes(values: Any) -> Any:
    import torch

    return values.clamp_(0, 255).round_().to(torch.uint8)
