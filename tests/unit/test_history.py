"""What was asked and answered, kept, looked through, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import history, testset
from archive.answer import Answer, EvidenceFound
from archive.service import Archive
from tests.tui import fakes

THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def kept(path: Path, question: str = "When did we sign?") -> str:
    return history.remember(path, question, fakes.FOUND, fakes.ANSWER, at=THEN)


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.jsonl"
    kept(path)
    (one,) = history.remembered(path)
    assert one.question == "When did we sign?"
    assert one.asked_at == THEN
    assert one.answer.text == fakes.ANSWER.text
    assert one.answer.confidence == fakes.ANSWER.confidence
    assert [c.quote for c in one.answer.citations] == [c.quote for c in fakes.ANSWER.citations]
    assert [e.text for e in one.found.evidence] == [e.text for e in fakes.FOUND.evidence]
    passage = one.found.evidence[0].passage
    assert passage.people == fakes.FOUND.evidence[0].passage.people
    assert passage.text == fakes.QUOTE


def test_only_its_owner_reads_it_and_it_holds_no_more_than_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    kept(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "keys are with Mrs Berg" in fakes.LEASE
    assert "Mrs Berg" not in path.read_text()


def test_a_forgotten_document_takes_every_answer_that_quotes_it_along(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    kept(path)
    gone = "<2@example.org>"
    history.forget_gone(path, lambda name: True)
    assert len(history.remembered(path)) == 1
    history.forget_gone(path, lambda name: name != gone)
    assert history.remembered(path) == []
    assert "notary" not in path.read_text()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Two folders with a note each; an answer that quotes both, and one that quotes one."""
    made = Archive.open({"HOME": str(tmp_path), "ARCHIVE_HOME": str(tmp_path / "home")})
    for name in ("lease", "boat"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.md").write_text(f"The {name} was signed for in March.")
    made.add([tmp_path / "lease", tmp_path / "boat"])
    made.sync(embed=False)
    made.remember("Both?", *answered("lease.md", "boat.md"))
    made.remember("The lease?", *answered("lease.md"))
    yield made
    made.close()


def answered(*names: str) -> tuple[EvidenceFound, Answer]:
    texts = [f"The {Path(name).stem} was signed for in March." for name in names]
    evidence = tuple(
        replace(one, passage=replace(one.passage, id=name), text=text, start=0, end=len(text))
        for one, name, text in zip(fakes.FOUND.evidence, names, texts, strict=False)
    )
    found = replace(fakes.FOUND, evidence=evidence)
    return found, replace(fakes.ANSWER, citations=(fakes.cite(evidence[0]),))


def asked(archive: Archive) -> list[str]:
    return [one.question for one in archive.remembered()]


def test_a_removed_source_leaves_nothing_in_the_history(
    archive: Archive, tmp_path: Path
) -> None:
    assert asked(archive) == ["The lease?", "Both?"]
    archive.remove(tmp_path / "boat")
    assert asked(archive) == ["The lease?"]
    assert "boat" not in archive.paths.history.read_text()


def test_a_deleted_file_leaves_the_history_with_the_next_sync(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "boat" / "boat.md").unlink()
    assert asked(archive) == ["The lease?", "Both?"]
    archive.sync(embed=False)
    assert asked(archive) == ["The lease?"]


def test_a_history_that_is_not_wanted_is_not_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("[app]\nkeep_history = false\n")
    archive = Archive.open({"HOME": str(tmp_path), "ARCHIVE_HOME": str(home)})
    archive.remember("Kept?", fakes.FOUND, fakes.ANSWER)
    assert asked(archive) == []
    assert not archive.paths.history.exists()
    archive.close()


def test_lines_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    first = kept(path, "First?")
    with path.open("a") as file:
        file.write('{"question": "cut off\n[]\n{"id": "x"}\n')
    second = kept(path, "Second?")
    assert [one.id for one in history.remembered(path)] == [second, first]
    history.drop(path, first)
    assert [one.id for one in history.remembered(path)] == [second]


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "history.jsonl"
    kept(path, "First?")
    monkeypatch.setattr(history, "MOST_BYTES", path.stat().st_size + 100)
    kept(path, "Second?")
    assert [one.question for one in history.remembered(path)] == ["Second?"]


def test_every_word_has_to_occur_in_question_or_answer(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    kept(path, "When did we sign?")
    kept(path, "Who has the keys?")
    both = history.remembered(path)
    assert [one.question for one in history.matching(both, "KEYS lease")] == [
        "Who has the keys?"
    ]
    assert history.matching(both, "boat") == []
    assert history.matching(both, "") == both


def test_a_verdict_is_taken_back_once_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    testset.add(path, "One?", "right", answers=["1"], at=THEN)
    line = testset.add(path, "Two?", "wrong", at=THEN)
    testset.add(path, "Two?", "wrong", at=THEN)
    testset.take_back(path, line)
    testset.take_back(path, {"question": "Three?"})
    left = [json.loads(one)["question"] for one in path.read_text().splitlines()]
    assert left == ["One?", "Two?"]
