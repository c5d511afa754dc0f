"""`archive eval` and `archive calibrate`: what they print, store and refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from archive import calibration, testset
from archive.answer import Answer
from archive.diagram import lines, picture
from archive.measures import Bin
from archive.models import Models
from archive.paths import Paths
from archive.service import Archive
from index.passage import Passage
from tests.unit.answers import LETTER, answer
from tests.unit.fakes import Reciter, mail
from tui.cli import main

QWEN = "qwen2.5-coder-1.5b-instruct"


def run(*words: str, typed: str = "", code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(main, list(words), input=typed)
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


class Document:
    text = LETTER


@pytest.fixture
def asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Model and question of each call. Of ten questions eight are answered rightly, and the
    confidence and its only feature know which; the model `poor` gets all wrong."""
    seen: list[tuple[str, str]] = []

    def ask(
        self: Archive, question: str, *, should_stop: Callable[[], bool] | None = None
    ) -> Iterator[Answer]:
        model = self.settings.models.answer
        seen.append((model, question))
        number = int(question.split()[1].rstrip("?"))
        good = number % 10 < 8 and model != "poor"
        yield answer(
            "In Oslo [1]." if good else "In Rome [1].",
            value=0.9 if good else 0.3,
            features={"support": (0.9 if good else 0.1) + number % 7 / 100},
            model=model,
        )

    def document(_: Archive, passage: Passage) -> Document:
        return Document()

    def get(_: Models, name: str) -> None:
        if name in ("missing", "en-core-web-sm"):
            from archive.models import ModelMissing

            raise ModelMissing(name)

    monkeypatch.setattr(Archive, "ask", ask)
    monkeypatch.setattr(Archive, "document", document)
    monkeypatch.setattr(Models, "get", get)
    return seen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "letters" / "questions.jsonl"
    place.parent.mkdir()
    source = {"id": "<1@example.org>", "evidence": ["we met in Oslo"]}
    place.write_text(
        "".join(
            json.dumps({"question": f"Question {n}?", "answers": ["Oslo"], "sources": [source]})
            + "\n"
            for n in range(100)
        )
    )
    return place


def test_the_table_has_a_row_for_each_figure(asked: list[Any], file: Path) -> None:
    said, told = run("eval", str(file), "--limit", "20")
    rows = {line[:36].strip(): line[36:].strip() for line in said.splitlines()}
    assert rows["questions"] == "20"
    assert rows["right, of those with an answer"] == "0.80"
    assert rows["wrongly declined"] == "0.00"
    assert rows["precision"] == "1.00"
    assert rows["citations: there word for word"] == "1.00"
    assert rows["AUROC"] == "1.00"
    assert rows["confidence: ECE"] == "0.140"  # 0.8 * 0.1 + 0.2 * 0.3
    assert rows["answered at 90 % precision"] == "0.80"
    assert rows["seconds, median"] == "2.0"
    assert rows["memory, peak"].endswith("GB")
    assert "rightly declined, of those without" not in rows  # there are none
    assert "(uncalibrated): n = 20" in said
    assert "\x1b" not in said
    assert "20 questions asked; the records are in" in told


def test_models_stand_side_by_side_with_records_of_their_own(
    asked: list[tuple[str, str]], file: Path, tmp_path: Path
) -> None:
    out, png = tmp_path / "out.jsonl", tmp_path / "d.png"
    words = [
        "eval",
        str(file),
        "--limit",
        "10",
        "--models",
        f"{QWEN}, poor",
        "--records",
        str(out),
    ]
    said, _ = run(*words, "--png", str(png))
    assert [model for model, _ in asked] == [QWEN] * 10 + ["poor"] * 10
    (row,) = [line for line in said.splitlines() if line.startswith("right, of those")]
    assert row.split()[-2:] == ["0.80", "0.00"]
    assert len((tmp_path / "out.poor.jsonl").read_text().splitlines()) == 10
    with Image.open(png) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > drawn.height
    asked.clear()
    found = json.loads(run(*words, "--json")[0])
    assert asked == []  # the records are whole
    assert [one["name"] for one in found["models"]] == [QWEN, "poor"]
    assert found["schema"] == 1
    first = found["models"][0]
    assert (first["n"], first["right"], first["truth"]["n"]) == (10, 0.8, 10)
    assert first["records"] == str(tmp_path / f"out.{QWEN}.jsonl")
    assert len(first["intervals"]["ece"]) == 2


def test_a_model_that_is_missing_is_named_before_the_others_are_asked(
    asked: list[Any], file: Path
) -> None:
    run("eval", str(file), "--models", f"{QWEN},missing", code=6)
    assert asked == []


def test_without_a_place_a_run_goes_on_but_a_finished_one_begins_anew(
    asked: list[Any], file: Path, home: Path
) -> None:
    run("eval", str(file), "--limit", "5")
    (kept,) = (home / "state" / "eval").iterdir()
    kept.write_bytes(kept.read_bytes()[:-10])
    run("eval", str(file), "--limit", "5")
    assert len(asked) == 6
    run("eval", str(file), "--limit", "5")
    assert len(asked) == 11


def test_without_a_file_ones_own_questions_are_asked(asked: list[Any], home: Path) -> None:
    _, error = run("eval", code=2)
    assert "archive eval --draft" in error
    own = Paths.find().questions
    testset.add(own, "Question 1?", "right", answers=["Oslo"])
    testset.add(own, "Question 2?", "wrong")
    run("eval")
    assert asked == [(QWEN, "Question 1?")]


def test_a_verdict_from_the_app_reaches_the_test_set(asked: list[Any], home: Path) -> None:
    archive = Archive.open()
    archive.judge("Question 9?", "wrong", answer("In Rome [1]."), expected="Oslo")
    (item,) = testset.to_ask(archive.paths.questions)
    assert item["answers"] == ["Oslo"]
    assert testset.judged(archive.paths.questions, "reciter", "all-minilm-l6-v2")


def test_drafts_are_confirmed_one_by_one(
    asked: list[Any], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = f"# L\n\n{LETTER} " + "The yard was quiet that week and nobody came by. " * 4
    (tmp_path / "letter.md").write_text(letter)
    model = Reciter("Where did Anna \x1b[2Jwrite her letter?")
    monkeypatch.setattr(Archive, "language_model", lambda _: model)
    assert "There are no drafts" in run("eval", "--review")[0]
    archive = Archive.open()
    archive.add([tmp_path / "letter.md"])
    archive.sync(embed=False)
    archive.close()
    assert "1 questions drafted" in run("eval", "--draft", "1")[0]
    drafts = archive.paths.question_drafts
    (first,) = testset.read(drafts)
    for number in range(3):
        testset.append(drafts, {**first, "question": f"Which harbour is number {number}?"})
    said, _ = run("eval", "--review", typed="y\nn\ne\nWhich port?\nBergen\nq\n")
    assert "\x1b" not in said
    assert first["sources"][0]["evidence"][0] in said
    kept = [
        (item["question"], item["answers"]) for item in testset.to_ask(archive.paths.questions)
    ]
    assert kept == [
        ("Where did Anna [2Jwrite her letter?", first["answers"]),
        ("Which port?", ["Bergen"]),
    ]
    assert [item["question"] for item in testset.read(drafts)] == ["Which harbour is number 2?"]


def test_what_is_forgotten_leaves_the_questions_and_records_too(
    asked: list[Any], file: Path, home: Path, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox.mbox"
    inbox.write_bytes(mail(1, LETTER) + mail(2, "The rigger came."))
    archive = Archive.open()
    archive.add([inbox])
    archive.sync(embed=False)
    own, drafts = archive.paths.questions, archive.paths.question_drafts
    for path in (own, drafts):
        for number in (1, 2):
            source = {"id": f"<{number}@example.org>", "evidence": ["words of the mail"]}
            testset.add(path, f"Question {number}?", "right", answers=["x"], sources=[source])
        testset.add(path, "Question 3?", "right", answers=[])
    run("eval", str(file), "--limit", "2")
    run("forget", "--message-id", "<1@example.org>", typed="y\n")
    for path in (own, drafts):
        left = [item["question"] for item in testset.read(path)]
        assert left == ["Question 2?", "Question 3?"]
    assert list(archive.paths.evaluations.iterdir()) == []


def test_calibrating_asks_fits_shows_and_stores(asked: list[Any], file: Path) -> None:
    said, told = run("calibrate", str(file))
    assert len(asked) == 100
    assert f"{QWEN} with all-minilm-l6-v2, on letters 100: that an answer is right" in said
    assert "Out of fold: n = 100, ECE" in said
    assert "+" in said.splitlines()[-1]
    assert said.splitlines()[-1].endswith("support")
    found = calibration.find(Paths.find(), QWEN, "all-minilm-l6-v2")
    assert found is not None
    assert found.sets == {"letters": 100}
    assert found.apply({"support": 0.95}) > 0.8 > 0.5 > found.apply({"support": 0.1})
    assert "Stored in" in told


def test_calibrating_from_records_asks_nothing(
    asked: list[Any], file: Path, tmp_path: Path
) -> None:
    out, png = tmp_path / "out.jsonl", tmp_path / "d.png"
    run("eval", str(file), "--records", str(out))
    asked.clear()
    words = ["calibrate", "--records", str(out), "--dry-run", "--json", "--png", str(png)]
    form = json.loads(run(*words)[0])
    assert asked == []
    (one,) = form["fitted"]  # every question has an answer: declining cannot be fitted
    assert (one["model"], one["truth"]["n"], form["stored"]) == (QWEN, 100, [])
    assert png.read_bytes().startswith(b"\x89PNG")
    assert not Paths.find().calibrations.exists()
    _, error = run("calibrate", "--records", str(out), "--model", "other", code=5)
    assert "0 labelled answers are too few" in error


def test_declining_has_a_calibration_of_its_own(
    asked: list[Any], tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text(
        "".join(
            json.dumps(
                {"question": f"Question {n}?", "answers": ["Oslo"] if n % 10 < 6 else []}
            )
            + "\n"
            for n in range(100)
        )
    )
    said, _ = run("calibrate", str(file))
    assert "on mixed 100: that the archive does not tell" in said
    pair = (Paths.find(), QWEN, "all-minilm-l6-v2")
    silence = calibration.find(*pair, target="silence")
    right = calibration.find(*pair)
    assert silence is not None
    assert right is not None
    assert silence.apply({"support": 0.1}) > 0.6 > silence.apply({"support": 0.95})
    # Of a wrong answer half are wrong because nothing is there.
    assert right.apply({"support": 0.1}) < 0.2


def test_nothing_is_withheld_from_what_a_confidence_is_fitted_to(
    asked: list[Any], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[float] = set()
    answered = Archive.ask

    def ask(self: Archive, question: str) -> Iterator[Any]:
        seen.add(self.settings.answer.decline_below)
        return answered(self, question)

    monkeypatch.setattr(Archive, "ask", ask)
    run("calibrate", str(file))
    assert seen == {0.0}
    run("eval", str(file), "--limit", "1", "--never-decline")
    assert seen == {0.0}
    run("eval", str(file), "--limit", "1")
    assert len(seen) == 2


def test_too_few_answers_are_refused_with_a_remedy(asked: list[Any], file: Path) -> None:
    _, error = run("calibrate", str(file), "--limit", "59", code=5)
    assert "59 labelled answers are too few: a confidence needs 60." in error
    assert "mark more answers" in error
    assert not Paths.find().calibrations.exists()


def test_verdicts_alone_are_enough_if_there_are_many(asked: list[Any], home: Path) -> None:
    archive = Archive.open()
    for number in range(80):
        good = number % 3 > 0
        said = answer(features={"support": float(good) + number % 5 / 10}, model=QWEN)
        archive.judge(f"Question {number}?", "right" if good else "wrong", said)
    # The right ones are questions now, and would be asked; these are about the verdicts.
    path = archive.paths.questions
    testset.rewrite(
        path, [{k: v for k, v in one.items() if k != "answers"} for one in testset.read(path)]
    )
    form = json.loads(run("calibrate", "--json")[0])
    assert asked == []
    (one,) = form["fitted"]
    assert one["sets"] == {"own": 80}
    assert one["truth"]["auroc"] > 0.9


# --- the diagram --------------------------------------------------------------------------


def one_bin(said: float, right: float) -> Bin:
    return Bin(said=said, right=right, low=max(0, right - 0.1), high=min(1, right + 0.1), n=7)


def test_a_bar_is_as_long_as_its_share_and_marks_what_was_said() -> None:
    head, first, second, third, foot = lines(
        [one_bin(0.5, 0.25), one_bin(0.2, 1.0), one_bin(1.0, 0.0)], width=20
    )
    assert head.split() == ["said", "right", "n"]
    assert first == "  50%    25%  █████·····│·········      7"
    assert second == "  20%   100%  ████┃███████████████      7"
    assert third == " 100%     0%  ···················│      7"
    assert foot.strip().startswith("0 %")
    assert len({len(line) for line in (head, first, second, third)}) == 1
    assert lines([]) == []


def test_the_picture_has_a_square_for_each_model(tmp_path: Path) -> None:
    one, two = tmp_path / "one.png", tmp_path / "two.png"
    panel = ("a model", "n = 7", [one_bin(0.1, 0.2), one_bin(0.9, 0.8)])
    picture(one, [panel])
    picture(two, [panel, ("none", "", [])])
    with Image.open(one) as small, Image.open(two) as large:
        assert large.width == 2 * small.width
        colours = {colour for _, colour in small.convert("RGB").getcolors(1 << 20) or ()}
        assert (0x22, 0x55, 0xAA) in colours
