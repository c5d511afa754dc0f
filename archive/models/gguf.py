"""The header of a GGUF file, read without llama.cpp.

llama.cpp ends the whole process over some damaged files, so a file is looked at
here before it is handed over. Only the header is read (a few MB, mostly the
vocabulary); the weights are measured by their place, not by their content.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from archive.models.errors import ModelDamaged

COMPUTE_BYTES = 200_000_000
"""What llama.cpp takes beside weights and context for models of this size."""

_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING, _ARRAY = 8, 9

# Weights per block and bytes per block of each ggml type, as in ggml-common.h.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176),
    14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98),
    19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

_MOST_LAYERS = 4096
_MOST_DIMENSIONS = 4
_LONGEST_STRING = 1 << 24

_Value = int | float | bool | str | list[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GGUFInfo:
    """What a GGUF file says about itself."""

    version: int
    tensor_count: int
    architecture: str
    name: str
    """Empty if the file does not say."""

    licence: str
    """As the file spells it. Empty if it does not say."""

    context_tokens: int | None
    """What it was trained for. None if the file does not say."""

    layers: int
    kv_bytes_per_token: int
    """16-bit keys and values of all layers. 0 for a model without attention."""

    has_chat_template: bool
    split_count: int
    """Files the model is split into; 1 if it is whole."""

    size_bytes: int
    """Of the file."""

    least_bytes: int
    """Where the last tensor ends."""

    def memory_bytes(self, context_tokens: int) -> int:
        """Needed to run it with room for `context_tokens`."""
        return self.size_bytes + self.kv_bytes_per_token * context_tokens + COMPUTE_BYTES


def read_gguf_header(path: Path) -> GGUFInfo:
    """Read and check the header of the file at `path`.

    Raises ModelDamaged if this is no GGUF file, if its header contradicts
    itself, or if it ends before its last tensor does.
    """
    with path.open("rb") as file:
        start = file.read(8)
        if start[:4] != b"GGUF":
            raise ModelDamaged(path, "is not a GGUF file")
        if len(start) < 8:
            raise ModelDamaged(path, f"is cut off: {len(start)} bytes are not even a header")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _read(path, data)
            except _Ended:
                raise ModelDamaged(
                    path, f"is cut off or damaged: its header does not end in {len(data)} bytes"
                ) from None
            except _Wrong as error:
                raise ModelDamaged(path, f"is damaged: {error}") from None


class _Ended(Exception):
    """The header asks for bytes beyond the end of the file."""


class _Wrong(Exception):
    """The header says something that cannot be."""


class _Cursor:
    """Reads values one after another, never past the end."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._size = len(data)
        self.at = 4

    def number(self, layout: str) -> int:
        start = self.at
        self.at += struct.calcsize(layout)
        if self.at > self._size:
            raise _Ended
        value: int = struct.unpack_from(layout, self._data, start)[0]
        return value

    def skip(self, size: int) -> None:
        self.at += size
        if self.at > self._size:
            raise _Ended

    def string(self) -> str:
        size = self.number("<Q")
        start = self.at
        self.skip(size)
        if size > _LONGEST_STRING:
            raise _Wrong(f"a text of {size} bytes")
        return self._data[start : self.at].decode("utf-8", "replace")

    def value(self, kind: int) -> _Value:
        """The next value; arrays of anything but few numbers are skipped as None."""
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            raise _Wrong(f"a value of the unknown kind {kind}")
        kind, count = self.number("<I"), self.number("<Q")
        if kind in _SCALARS:
            if count <= _MOST_LAYERS:
                return [self.number(_SCALARS[kind]) for _ in range(count)]
            self.skip(count * struct.calcsize(_SCALARS[kind]))
        elif kind == _STRING:
            # Each takes at least its own length, so a false count ends here soon.
            for _ in range(count):
                self.skip(self.number("<Q"))
        else:
            raise _Wrong(f"a list of the unknown kind {kind}")
        return None


def _read(path: Path, data: mmap.mmap) -> GGUFInfo:
    cursor = _Cursor(data)
    version = cursor.number("<I")
    if version not in (2, 3):
        raise _Wrong(f"GGUF version {version}, which is neither 2 nor 3")
    tensor_count, value_count = cursor.number("<Q"), cursor.number("<Q")
    values: dict[str, _Value] = {}
    for _ in range(value_count):
        key = cursor.string()
        values[key] = cursor.value(cursor.number("<I"))
    if not tensor_count or "general.architecture" not in values:
        raise _Wrong("it names no tensors or no architecture")

    end = 0
    for _ in range(tensor_count):
        end = max(end, _tensor_end(cursor))
    alignment = _whole(values, "general.alignment") or 32
    least = -(-cursor.at // alignment) * alignment + end
    if least > len(data):
        raise ModelDamaged(path, f"is cut off: {len(data)} of {least} bytes")

    architecture = _text(values, "general.architecture")
    layers = _whole(values, f"{architecture}.block_count") or 0
    if layers > _MOST_LAYERS:
        raise _Wrong(f"{layers} layers")
    return GGUFInfo(
        version=version,
        tensor_count=tensor_count,
        architecture=architecture,
        name=_text(values, "general.name"),
        licence=_text(values, "general.license"),
        context_tokens=_whole(values, f"{architecture}.context_length"),
        layers=layers,
        kv_bytes_per_token=_kv_bytes_per_token(values, architecture, layers),
        has_chat_template=bool(_text(values, "tokenizer.chat_template")),
        split_count=_whole(values, "split.count") or 1,
        size_bytes=len(data),
        least_bytes=least,
    )


def _tensor_end(cursor: _Cursor) -> int:
    """The next tensor's end, counted from the beginning of all tensors."""
    name, dimensions = cursor.string(), cursor.number("<I")
    if dimensions > _MOST_DIMENSIONS:
        raise _Wrong(f"the tensor {name[:64]!r} has {dimensions} dimensions")
    weights = 1
    for _ in range(dimensions):
        weights *= cursor.number("<Q")
    kind, offset = cursor.number("<I"), cursor.number("<Q")
    # A type newer than this table: its place is checked, its size is not.
    per_block, block_bytes = _BLOCKS.get(kind, (1, 0))
    return offset + -(-weights // per_block) * block_bytes


def _kv_bytes_per_token(values: dict[str, _Value], architecture: str, layers: int) -> int:
    def each_layer(name: str) -> list[int]:
        # Some architectures give one number, some give one for each layer.
        value = values.get(f"{architecture}.attention.{name}")
        if isinstance(value, list):
            return [number for number in value if type(number) is int and number > 0]
        return [value] * layers if type(value) is int and value > 0 else []

    heads = each_layer("head_count")
    if not heads:
        return 0
    usual_width = (_whole(values, f"{architecture}.embedding_length") or 0) // max(heads)
    key_width = _whole(values, f"{architecture}.attention.key_length") or usual_width
    value_width = _whole(values, f"{architecture}.attention.value_length") or usual_width
    return sum(each_layer("head_count_kv") or heads) * (key_width + value_width) * 2


def _whole(values: dict[str, _Value], key: str) -> int | None:
    """A positive number, or None where there is none."""
    value = values.get(key)
    return value if type(value) is int and value > 0 else None


def _text(values: dict[str, _Value], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
