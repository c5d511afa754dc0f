"""The GGUF header: what it says, and that no damage is taken for anything else."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.models import ModelDamaged, readable_bytes
from archive.models.gguf import COMPUTE_BYTES, read_gguf_header
from archive.models.memory import memory_now

_U32, _STRING, _ARRAY = 4, 8, 9
_F32, _Q4_K = 0, 12

VALUES: dict[str, object] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.license": "apache-2.0",
    "llama.block_count": 2,
    "llama.context_length": 512,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["<s>", "a", "b"],
    "tokenizer.chat_template": "{{ messages }}",
}


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _string(value)
    if isinstance(value, int):
        return struct.pack("<II", _U32, value)
    assert isinstance(value, list)
    kind = _STRING if isinstance(value[0], str) else _U32
    items = [_string(item) if kind == _STRING else struct.pack("<I", item) for item in value]
    return struct.pack("<IIQ", _ARRAY, kind, len(items)) + b"".join(items)


def gguf(
    values: dict[str, object],
    tensors: list[tuple[str, tuple[int, ...], int, int]],
    data_bytes: int,
    *,
    version: int = 3,
) -> bytes:
    """A file of metadata, tensors (name, shape, type, offset) and `data_bytes` of weights."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(values))
    head += b"".join(_string(key) + _value(value) for key, value in values.items())
    for name, shape, kind, offset in tensors:
        head += _string(name) + struct.pack("<I", len(shape))
        head += struct.pack(f"<{len(shape)}QIQ", *shape, kind, offset)
    return head + b"\0" * (-len(head) % 32) + b"\1" * data_bytes


# 256 × 2 weights of Q4_K are two blocks of 144 bytes; 8 of F32 are 32 bytes.
TENSORS = [("a", (256, 2), _Q4_K, 0), ("b", (8,), _F32, 288)]
WHOLE = gguf(VALUES, TENSORS, 288 + 32)


def _write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    return path


def test_header_says_what_the_model_is_and_needs(tmp_path: Path) -> None:
    info = read_gguf_header(_write(tmp_path, WHOLE))
    assert (info.architecture, info.name, info.licence) == ("llama", "Tiny", "apache-2.0")
    assert (info.context_tokens, info.layers, info.has_chat_template) == (512, 2, True)
    assert info.least_bytes == info.size_bytes == len(WHOLE)
    # 2 layers × 2 heads × 16 wide × (keys and values) × 2 bytes.
    assert info.kv_bytes_per_token == 256
    assert info.memory_bytes(100) == len(WHOLE) + 25600 + COMPUTE_BYTES


def test_key_and_value_heads_may_differ_by_layer(tmp_path: Path) -> None:
    values = VALUES | {"llama.attention.head_count_kv": [1, 3], "llama.attention.key_length": 8}
    info = read_gguf_header(_write(tmp_path, gguf(values, TENSORS, 320)))
    assert info.kv_bytes_per_token == (1 + 3) * (8 + 16) * 2


def test_model_without_attention_needs_no_room_for_context(tmp_path: Path) -> None:
    values = {"general.architecture": "mamba", "mamba.block_count": 4}
    assert (
        read_gguf_header(_write(tmp_path, gguf(values, TENSORS, 320))).kv_bytes_per_token == 0
    )


def test_cut_off_file_is_named_with_its_figures(tmp_path: Path) -> None:
    path = _write(tmp_path, WHOLE[:-1])
    with pytest.raises(ModelDamaged, match=f"is cut off: {len(WHOLE) - 1} of {len(WHOLE)}"):
        read_gguf_header(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a GGUF file"),
        (b"PK\3\4 something else", "is not a GGUF file"),
        (b"<html>Not found</html>", "is not a GGUF file"),
        (b"GGUF", "is cut off"),
        (gguf(VALUES, TENSORS, 320, version=1), "GGUF version 1"),
        (gguf(VALUES, [], 320), "names no tensors"),
        (gguf({"general.name": "x"}, TENSORS, 320), "no architecture"),
        (gguf(VALUES, [("a", (1, 1, 1, 1, 1), 0, 0)], 320), "5 dimensions"),
        (gguf(VALUES, [("a", (2**60, 2**60), _F32, 0)], 320), "is cut off"),
        (gguf(VALUES | {"llama.block_count": 10**6}, TENSORS, 320), "1000000 layers"),
    ],
)
def test_what_cannot_be_a_model_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(ModelDamaged, match=said):
        read_gguf_header(_write(tmp_path, content))


def test_a_tensor_type_newer_than_the_table_is_let_through(tmp_path: Path) -> None:
    content = gguf(VALUES, [("a", (256,), 999, 0)], 32)
    assert read_gguf_header(_write(tmp_path, content)).tensor_count == 1


# Counts and lengths sit in the first bytes; eight bytes of 255 there are the cases that
# make a careless reader allocate or loop for ever.
@given(
    at=st.integers(0, len(WHOLE) - 1),
    put=st.one_of(st.sampled_from([b"\0" * 8, b"\xff" * 8]), st.binary(min_size=1, max_size=9)),
    cut=st.integers(0, len(WHOLE)),
)
def test_damage_is_either_harmless_or_named(
    tmp_path_factory: pytest.TempPathFactory, at: int, put: bytes, cut: int
) -> None:
    content = (WHOLE[:at] + put + WHOLE[at + len(put) :])[: len(WHOLE) - cut // 8]
    path = tmp_path_factory.getbasetemp() / f"damaged-{os.getpid()}.gguf"
    path.write_bytes(content)
    try:
        read_gguf_header(path)
    except ModelDamaged:
        return


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (92_000_000, "92 MB"),
        (1_434_761_280, "1.4 GB"),
    ],
)
def test_sizes_read_well(size: int, said: str) -> None:
    assert readable_bytes(size) == said


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_limits_memory(tmp_path: Path, version: int) -> None:
    process, group = tmp_path / "proc", tmp_path / "cgroup"
    process.mkdir()
    names = ("memory.max", "memory.current", "inactive_file")
    line = "0::/jail/inner"
    if version == 1:
        group = group / "memory"
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        line = "4:cpu,memory:/jail/inner"
    (group / "jail" / "inner").mkdir(parents=True)
    (process / "cgroup").write_text(line + "\n")
    (group / "jail" / "inner" / names[0]).write_text("max\n")
    (group / "jail" / names[0]).write_text("1000000\n")
    (group / "jail" / names[1]).write_text("900000\n")
    (group / "jail" / "memory.stat").write_text(f"anon 5\n{names[2]} 50000\n")
    found = memory_now(cgroups=tmp_path / "cgroup", process=process)
    assert (found.total_bytes, found.free_bytes) == (1_000_000, 150_000)
