"""How texts are put into batches, and when which embedder is taken; no model is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import embed


def test_every_row_is_in_one_batch_and_none_is_over_budget() -> None:
    lengths = [5, 256, 3, 90, 256, 17, 1, 90]
    found = embed.batches(lengths, 300)
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    assert all(len(rows) * max(lengths[row] for row in rows) <= 300 for rows in found)
    assert found[0] == [1]


def test_a_text_longer_than_the_budget_goes_alone() -> None:
    assert embed.batches([400, 2], 300) == [[0], [1]]
    assert embed.batches([], 300) == []


def test_a_model_of_another_kind_goes_to_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "config.json").write_text('{"model_type": "bert", "hidden_act": "gelu"}')
    (tmp_path / "modules.json").write_text('[{"type": "m.Transformer"}, {"type": "m.Pooling"}]')
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    taken: list[Path] = []
    monkeypatch.setattr(embed, "computes_bfloat16", lambda: True)
    monkeypatch.setattr(embed, "TorchEmbedder", lambda path, threads: taken.append(path))
    embed.chunk_embedder(tmp_path, embed.FEW, threads=1)
    assert taken == [tmp_path]
