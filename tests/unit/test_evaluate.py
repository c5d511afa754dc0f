"""What is recorded of each question, and what the records come to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.answer import Answer
from archive.evaluate import (
    PeakMemory,
    QuestionsWrong,
    ask_all,
    questions,
    records_of_model,
    records_path,
    run,
)
from archive.figures import as_form, figures, intervals
from archive.service import Archive
from index.passage import Passage
from tests.unit.answers import LETTER, answer, record


class Document:
    text = LETTER


@pytest.fixture
def asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were asked, each answered from the letter."""
    seen: list[str] = []

    def ask(
        _: Archive, question: str, *, should_stop: Callable[[], bool] | None = None
    ) -> Iterator[Answer]:
        seen.append(question)
        model = Archive.open().settings.models.answer
        yield answer(quotes=("we met in Oslo", "we met in Rome"), model=model)

    def document(_: Archive, passage: Passage) -> Document:
        return Document()

    monkeypatch.setattr(Archive, "ask", ask)
    monkeypatch.setattr(Archive, "document", document)
    return seen


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def question(number: int) -> str:
    return json.dumps({"question": f"Where {number}?", "answers": ["Oslo"], "kind": "own"})


def test_a_record_keeps_the_question_and_says_what_the_answer_is_made_of(
    asked: list[str], tmp_path: Path
) -> None:
    file, out = written(tmp_path / "q.jsonl", question(1)), tmp_path / "r.jsonl"
    assert run(Archive.open(), file, out) == 1
    (found,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert (found["question"], found["answers"], found["kind"]) == ("Where 1?", ["Oslo"], "own")
    assert found["features"] == {"support": 0.9}
    assert found["embedder"] == "all-minilm-l6-v2"
    assert found["peak_memory_bytes"] > 1_000_000
    assert [cited["exists"] for cited in found["citations"]] == [True, False]
    assert found["answer"] == "In Oslo [1]."


def test_a_run_goes_on_where_it_was_cut_off(asked: list[str], tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", *map(question, range(4)))
    out = tmp_path / "r.jsonl"
    archive = Archive.open()
    assert run(archive, file, out, limit=3) == 3
    out.write_bytes(out.read_bytes()[:-20])
    asked.clear()
    told: list[tuple[int, int]] = []
    assert run(archive, file, out, on_done=lambda *pair: told.append(pair)) == 2
    assert asked == ["Where 2?", "Where 3?"]
    assert told == [(3, 4), (4, 4)]
    assert run(archive, file, out) == 0


def test_records_of_something_else_are_not_added_to(asked: list[str], tmp_path: Path) -> None:
    archive, out = Archive.open(), tmp_path / "r.jsonl"
    run(archive, written(tmp_path / "q.jsonl", question(1)), out)
    with pytest.raises(QuestionsWrong, match="other questions"):
        run(archive, written(tmp_path / "q.jsonl", question(2)), out)
    with pytest.raises(QuestionsWrong, match="another model"):
        run(archive.with_model("other"), written(tmp_path / "q.jsonl", question(1)), out)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": 1}', 'line 2: there is no "question"'),
        ("{", "line 2: no JSON"),
        ("[]", "no"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(QuestionsWrong, match=said):
        list(questions(written(tmp_path / "q.jsonl", question(1), line)))


def test_a_line_separator_within_a_question_ends_no_line(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", '{"question": "One\u2028two?"}')
    assert [item["question"] for item in questions(file)] == ["One\u2028two?"]


def test_a_search_alone_is_recorded_without_an_answer(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    archive = Archive.open()
    ask_all(archive, [{"question": "Where?", "answers": ["x"]}], out, retrieval_only=True)
    (found,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert found["passages"] == []
    assert "answer" not in found
    assert figures([found]).right is None


def test_each_model_and_set_has_records_of_its_own(tmp_path: Path) -> None:
    assert records_of_model(tmp_path / "out.jsonl", "a/b").name == "out.a_b.jsonl"
    one = records_path(tmp_path, [{"question": "A?"}], "m", "own")
    other = records_path(tmp_path, [{"question": "B?"}], "m", "own")
    assert one != other
    assert one.name.startswith("own-")
    assert one.name.endswith("--m.jsonl")


def test_the_peak_of_memory_is_what_was_taken_since() -> None:
    memory = PeakMemory()
    before = memory.read()
    block = bytearray(40_000_000)
    assert memory.read() >= before + 20_000_000 or before > 10 * len(block)


# --- figures ------------------------------------------------------------------------------

GOLD = {"id": "<1>", "page": None, "text": "in Oslo, where we met", "exists": True}
OTHER = {"id": "<2>", "page": None, "text": "in Rome", "exists": True}
SOURCES = [{"id": "<1>", "evidence": ["in Oslo"]}]


def test_the_figures_of_a_handful_by_hand() -> None:
    records = [
        record(["Oslo"], sources=SOURCES, citations=[GOLD, OTHER], passages=[OTHER, GOLD]),
        record(["Oslo"], "In Rome.", sources=SOURCES, citations=[OTHER], passages=[OTHER]),
        record(["Oslo"], declined=True, sources=SOURCES, citations=[OTHER], passages=[GOLD]),
        record([], declined=True, citations=[{**OTHER, "exists": False}]),
        record([], "In Rome.", citations=[OTHER]),
        record(None),
    ]
    found = figures(records, "m")
    assert (found.n, found.answerable) == (5, 3)
    assert found.right == pytest.approx(1 / 3)
    assert found.wrongly_declined == pytest.approx(1 / 3)
    assert found.rightly_declined == 0.5
    assert found.right_overall == pytest.approx(2 / 5)
    assert found.recall == {
        1: pytest.approx(1 / 3),
        5: pytest.approx(2 / 3),
        10: pytest.approx(2 / 3),
    }
    # Cited in the three that answered: one right of four; one of two with sources has it.
    assert found.citation_precision == 0.25
    assert found.citation_recall == 0.5
    assert (found.citation_precision_right, found.citation_recall_right) == (0.5, 1.0)
    assert found.existence == pytest.approx(5 / 6)
    assert found.truth is not None
    assert found.truth.n == 5
    assert found.seconds == 2.0
    assert json.loads(json.dumps(as_form(found)))["recall"]["5"] == pytest.approx(2 / 3)
    assert set(intervals(records)) == {"ece", "auroc", "coverage"}


def test_nothing_has_no_figures() -> None:
    found = figures([])
    assert (found.n, found.right, found.truth, found.seconds) == (0, None, None, None)
    assert not found.calibrated
    assert intervals([]) == {}


def test_questions_whose_sources_nobody_knows_say_nothing_of_citations() -> None:
    item: dict[str, Any] = record(["Oslo"], citations=[GOLD])
    del item["sources"]
    assert figures([item]).citation_precision is None
