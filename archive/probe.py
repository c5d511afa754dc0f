"""What a model's hidden state says of its answer, beyond what it says in words.

Where the model is to name the source that answers, its last hidden state tells better than
its next word whether there is one (Azaria and Mitchell, The internal state of an LLM knows when
it's lying, EMNLP 2023; Kadavath et al., Language models (mostly) know what they know, 2022). A
probe is a linear reading of it, fitted for one model: log-odds from a weight for each number.
It is one feature among others of a calibration. Applying it is one sum, some 0.1 ms.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

NAME = "state"
"""As a feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A linear reading of hidden states of one size."""

    weights: tuple[float, ...]
    bias: float

    def read(self, state: bytes) -> float | None:
        """Log-odds. None if there is no state, or it is of another model."""
        numbers = unpacked(state)
        if len(numbers) != len(self.weights):
            return None
        return self.bias + sum(
            weight * value for weight, value in zip(self.weights, numbers, strict=True)
        )


def unpacked(state: bytes) -> tuple[float, ...]:
    """The numbers of a state as the model gives it: half precision, little endian."""
    return struct.unpack(f"<{len(state) // 2}e", state[: len(state) // 2 * 2])


def to_text(state: bytes) -> str:
    """As records keep it."""
    return base64.b64encode(state).decode("ascii")


def from_text(text: object) -> bytes:
    """What `to_text` gave. Empty if it did not."""
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def packed_weights(weights: Sequence[float]) -> str:
    """Weights as a calibration stores them: single precision in base 64."""
    return base64.b64encode(struct.pack(f"<{len(weights)}f", *weights)).decode("ascii")


def unpacked_weights(text: str) -> tuple[float, ...]:
    """What `packed_weights` gave. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) % 4:
        raise ValueError("its probe is cut off")
    return struct.unpack(f"<{len(raw) // 4}f", raw)
