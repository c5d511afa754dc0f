"""`archive ask` in a pipe, and links beside an answer on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from archive.answer import Answer, EvidenceFound, Token
from archive.settings import Settings
from tests.unit.answers import answer
from tests.unit.fakes import passage
from tui.cli import main
from tui.commands import asking
from tui.links import Links


class Asked:
    """An archive that answers everything alike."""

    settings = Settings()

    def __init__(self, given: Answer) -> None:
        self.given = given
        self.questions: list[str] = []

    def sources(self) -> list[str]:
        return ["/mail"]

    def begin_loading_model(self) -> SimpleNamespace:
        return SimpleNamespace(is_alive=lambda: False)

    def ask(self, question: str) -> Iterator[EvidenceFound | Token | Answer]:
        self.questions.append(question)
        found = passage("EVIDENCE first")
        yield EvidenceFound(passages=(found,), evidence=(), elapsed_ms=1.0, query=None)
        yield Token(text="half a wo")
        yield self.given


def run(
    monkeypatch: pytest.MonkeyPatch, given: Answer, *words: str, typed: str = ""
) -> tuple[Asked, int, str]:
    archive = Asked(given)
    monkeypatch.setattr(asking, "open_archive", lambda: archive)
    result = CliRunner().invoke(main, ["ask", *words], input=typed)
    return archive, result.exit_code, result.stdout


def test_a_pipe_gets_the_answer_and_its_sources_as_plain_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, code, out = run(monkeypatch, answer(), "Where?")
    assert code == 0
    assert out.splitlines()[0] == "In Oslo [1]."
    assert "“we met in Oslo”" in out
    assert "half a wo" not in out
    assert "\x1b" not in out


def test_a_question_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    archive, code, _ = run(monkeypatch, answer(), "-", typed="Where did\nwe meet?\n")
    assert (code, archive.questions) == (0, ["Where did we meet?"])


def test_no_question_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    archive, code, _ = run(monkeypatch, answer(), "-", typed=" \n")
    assert (code, archive.questions) == (2, [])


def test_declining_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    given = answer("Your archive does not say.", declined=True, quotes=())
    _, code, out = run(monkeypatch, given, "Where?")
    assert code == 0
    assert out.startswith("Your archive does not say.")


def test_on_a_terminal_a_source_leads_to_its_mail(capsys: pytest.CaptureFixture[str]) -> None:
    asking._show_answer(answer(), Links(on=True))
    assert "\x1b]8;;mid:1@example.org\x1b\\" in capsys.readouterr().out


def test_explain_tells_each_stage_and_what_moved_the_confidence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = answer(features={"support": 0.9, "none": 0.1})
    sure = replace(given.confidence, parts={"support": 0.4, "none": -1.25})
    _, code, out = run(monkeypatch, replace(given, confidence=sure), "Where?", "--explain")
    assert code == 0
    assert "0.90 s  first word (+0.80 s)" in out
    assert out.index("-1.25  none = 0.10") < out.index("+0.40  support = 0.90")
    _, _, plain = run(monkeypatch, given, "Where?")
    assert "first word" not in plain
