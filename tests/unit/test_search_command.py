"""`archive search`: what it prints, and what scripts read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.asking import by_date
from archive.service import Archive
from tests.unit.fakes import WordEmbedder, passage
from tui.cli import main

pytestmark = pytest.mark.usefixtures("archive")


def run(*words: str, color: bool = False) -> str:
    result = CliRunner().invoke(main, ["search", *words], color=color)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def data(*words: str) -> dict[str, Any]:
    return dict(json.loads(run(*words, "--json")))


def mail(number: int, sender: str, year: int, body: str) -> str:
    return (
        f"From x@example.org Fri Mar  5 10:00:00 {year}\nFrom: {sender}\n"
        f"To: Ola Nord <ola@home.example>\nSubject: Letter {number}\n"
        f"Message-ID: <{number}@example.org>\n"
        f"Date: Fri, {number:02} Mar {year} 10:00:00 +0000\n\n{body}\n\n"
    )


@pytest.fixture
def archive(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kate, tom = "Kate Hill <kate@x.org>", "Tom Lee <tom@y.org>"
    inbox = tmp_path / "inbox.mbox"
    inbox.write_text(
        mail(1, kate, 2004, "The rigger looked at the masts on Friday.")
        + mail(2, tom, 2005, "A new mast costs 4000 crowns.")
        + mail(3, kate, 2003, "Bring the mast down \x1b[2Jbefore winter.")
        + mail(4, tom, 2006, "Lunch at noon?")
    )
    monkeypatch.setattr(Archive, "_question_embedder", lambda _: WordEmbedder())
    opened = Archive.open()
    opened.add([inbox])
    opened.sync(embed=False)
    opened.close()


def test_results_are_numbered_dated_and_their_words_are_bold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    said = run("masts", color=True)
    assert re.search(r"^ 1\. 200\d-03-0\d  \x1b\[1mLetter \d", said)
    assert "the \x1b[1mmasts\x1b[0m on Friday" in said
    assert "new \x1b[1mmast\x1b[0m costs" in said
    assert "Kate Hill → Ola Nord · mail" in said
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("masts", color=True)


def test_what_was_understood_stands_above_the_results() -> None:
    said = run("what did Kate Hill say about the mast in March 2004?")
    first = said.splitlines()[0]
    assert first.startswith("Understood: ")
    assert 'during:2004-03 (from "in March 2004")' in first
    assert first.endswith('from:"Kate Hill"')  # said once: it stands in the question so
    assert 'during:2004-03 (from "in March 2004")' in first
    assert "Understood" not in run("mast")
    assert "Note: from:zoe is nobody in this archive" in run("mast from:zoe")


def test_sorting_orders_what_was_found_and_operators_take_the_first_by_date() -> None:
    def ids(*words: str) -> list[str]:
        return [one["id"] for one in data(*words)["results"]]

    assert ids("mast", "--sort", "oldest") == [f"<{n}@example.org>" for n in (3, 1, 2)]
    assert ids("mast", "--sort", "newest") == [f"<{n}@example.org>" for n in (2, 1, 3)]
    assert ids("kind:mail", "--limit", "1") == ["<4@example.org>"]
    assert ids("kind:mail", "--limit", "1", "--sort", "oldest") == ["<3@example.org>"]


def test_what_has_no_date_comes_last_either_way() -> None:
    undated = replace(passage("a"), date=None)
    dated = passage("b")
    assert by_date([undated, dated], "newest") == [dated, undated]
    assert by_date([undated, dated], "oldest") == [dated, undated]


def test_counts_are_tables_with_the_operator_to_type() -> None:
    said = run("mast", "--facets")
    assert "Of 3 documents:" in said
    assert re.search(r'^  Kate Hill +2  with:"Kate Hill"$', said, re.MULTILINE)
    assert re.search(r"^  2005 +1  during:2005$", said, re.MULTILINE)


def test_explaining_tells_what_each_part_added() -> None:
    said = run("mast", "--limit", "1", "--explain")
    added = [float(found) for found in re.findall(r"^ +\+(\d+\.\d+)  \w", said, re.MULTILINE)]
    assert added
    assert added == sorted(added, reverse=True)
    (score,) = (float(found) for found in re.findall(r"(\d+\.\d+)  score", said))
    assert score == pytest.approx(sum(added), abs=0.01)
    assert re.search(r"keyword rank [123], vector rank none", said)
    assert re.search(r"^ +\d+\.\d  total$", said, re.MULTILINE)
    assert "not scored: listed by date" in run("kind:mail", "--limit", "1", "--explain")


def test_the_json_form_gains_keys_only() -> None:
    plain = data("mast in 2004")
    assert set(plain) == {"schema", "results", "timings_ms", "query"}
    assert plain["query"]["canonical"] == "mast in 2004 during:2004"
    (condition,) = plain["query"]["filters"]
    assert condition == {
        "field": "during",
        "value": "2004",
        "stated": False,
        "said": "in 2004",
        "negated": False,
    }
    first = plain["results"][0]
    start, end = first["hit"]
    assert 0 <= start < end
    assert first["also"] == []
    assert "explained" not in first
    full = data("mast in 2004", "--explain", "--facets")
    assert full["results"][0]["explained"]["features"]
    assert full["facets"]["kinds"] == [
        {"label": "mail", "documents": 3, "operator": "kind:mail"}
    ]


def test_nothing_that_was_found_drives_the_terminal() -> None:
    assert "\x1b" not in run("winter")


def test_nothing_found_is_said_with_a_way_out() -> None:
    result = CliRunner().invoke(main, ["search", "kind:note"])
    assert result.exit_code == 0
    assert "Nothing found." in result.stderr
    assert "Leave an operator out" in result.stderr
