"""The example in docs/: a query engine of LlamaIndex on examples/, and nobody else is asked."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from archive.service import Archive
from tests.conftest import ROOT
from tests.unit.fakes import Reciter

EXAMPLE = ROOT / "docs" / "examples" / "llamaindex_query_engine.py"
QUESTION = "What is the ginger loaf baked with?"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    home = tmp_path_factory.mktemp("home")
    opened = Archive.open({**os.environ, "ARCHIVE_HOME": str(home)})
    opened.add([ROOT / "examples" / "notes"])
    opened.sync()
    yield opened
    opened.close()


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    from llama_index.core import Settings

    monkeypatch.setenv("OPENAI_API_KEY", "")
    spec = importlib.util.spec_from_file_location("llamaindex_query_engine", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    kept = {name: getattr(Settings, name) for name in ("_llm", "_embed_model", "_tokenizer")}
    yield module
    for name, value in kept.items():
        setattr(Settings, name, value)


@pytest.mark.models
def test_the_query_engine_answers_from_the_archive(
    archive: Archive, example: ModuleType
) -> None:
    model = Reciter("Treacle and ginger.")
    engine = example.query_engine(
        archive, model, context_tokens=4096, tokens=lambda text: text.split()
    )
    response = engine.query(QUESTION)
    assert str(response) == "Treacle and ginger."
    sources = response.source_nodes
    assert 0 < len(sources) <= 5
    best = sources[0].node
    assert Path(best.metadata["path"]).name == "ginger-loaf.md"
    stored = archive.find_document(best.metadata["id"])
    assert stored.text[best.start_char_idx : best.end_char_idx] == best.text
    # The model was shown the passage and the question, and not where the file is.
    (turn,) = model.asked
    assert best.text[:60] in turn.content
    assert QUESTION in turn.content
    assert str(best.metadata["path"]) not in turn.content


@pytest.mark.models
def test_nothing_is_left_for_openai(archive: Archive, example: ModuleType) -> None:
    from llama_index.core import Settings

    example.query_engine(
        archive, Reciter("x"), context_tokens=2048, tokens=lambda text: text.split()
    )
    assert isinstance(Settings.llm, example.LocalLLM)
    assert Settings.llm.metadata.context_window == 2048
    assert type(Settings.embed_model).__name__ == "MockEmbedding"


def test_a_reply_streams(example: ModuleType) -> None:
    model = example.LocalLLM(Reciter("one two"), 512)
    steps = [(step.text, step.delta) for step in model.stream_complete("?")]
    assert steps == [("one ", "one "), ("one two ", "two ")]


def test_the_guide_names_what_a_node_carries(example: ModuleType) -> None:
    from index.llamaindex import _node
    from tests.unit.fakes import passage

    guide = (ROOT / "docs" / "llamaindex.md").read_text(encoding="utf-8")
    for key in _node(passage("the boat")).node.metadata:
        assert f"`{key}`" in guide
    assert "examples/llamaindex_query_engine.py" in guide
