"""`archive people`: what it lists, what it corrects, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.service import Archive
from tui.cli import main


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


def mail(number: int, sender: str, to: str) -> str:
    return (
        f"From x@example.org Fri Mar  5 10:00:00 2004\nFrom: {sender}\nTo: {to}\n"
        f"Subject: Letter {number}\nMessage-ID: <{number}@example.org>\n"
        f"Date: Fri, {number:02} Mar 2004 10:00:00 +0000\n\nThe rigger came, {number}.\n\n"
    )


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> None:
    ola = "Ola Nord <ola@home.example>"
    anna = ["Anna Berg <anna@x.org>", '"Berg, Anna K." <a.berg@firm.example>']
    inbox = tmp_path / "inbox.mbox"
    inbox.write_text(
        "".join(mail(n, anna[n % 2], ola) for n in range(1, 7))
        + "".join(mail(n, ola, "Bob Lund <bob@x.org>") for n in range(7, 13))
        + mail(13, "Robert Lund <rob@y.org>", ola)
    )
    opened = Archive.open()
    opened.add([inbox])
    opened.sync(embed=False)
    opened.close()


@pytest.mark.usefixtures("archive")
def test_people_are_listed_with_what_they_wrote_and_got() -> None:
    code, said, _ = run("people", "--limit", "2")
    assert code == 0
    assert said.splitlines() == [
        "Ola Nord\twrote 6, received 7, 2004-03-01 to 2004-03-13",
        "  ola@home.example",
        "Anna K. Berg\twrote 6, received 0, 2004-03-01 to 2004-03-06",
        "  a.berg@firm.example, anna@x.org",
    ]


@pytest.mark.usefixtures("archive")
def test_one_person_as_data() -> None:
    (found,) = json.loads(run("people", "anna", "berg", "--json")[1])["people"]
    assert set(found["addresses"]) == {"anna@x.org", "a.berg@firm.example"}
    assert (found["person"], found["wrote"], found["received"]) == (True, 6, 0)
    assert found["first"] == "2004-03-01T10:00:00+00:00"


@pytest.mark.usefixtures("archive")
def test_two_are_merged_and_split_again() -> None:
    assert run("people", "merge", "Bob Lund", "rob@y.org")[0] == 0
    (found,) = json.loads(run("people", "bob@x.org", "--json")[1])["people"]
    assert found["addresses"] == ["bob@x.org", "rob@y.org"]
    assert run("people", "split", "rob@y.org")[0] == 0
    (found,) = json.loads(run("people", "bob@x.org", "--json")[1])["people"]
    assert found["addresses"] == ["bob@x.org"]


@pytest.mark.usefixtures("archive")
def test_the_owner_is_guessed_and_confirmed() -> None:
    assert "You seem to be Ola Nord, who is in 100%" in run("people", "me")[1]
    guess = json.loads(run("people", "me", "--json")[1])["owner"]
    assert guess == {"label": "Ola Nord", "share": 1.0, "confirmed": False}
    assert run("people", "me", "anna@x.org")[1] == "You are Anna K. Berg.\n"
    assert json.loads(run("people", "me", "--json")[1])["owner"]["confirmed"] is True


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Zoe"], "Nobody in your archive is called Zoe."),
        (["merge", "Zoe", "bob@x.org"], "Nobody in your archive is called Zoe."),
        (["merge", "Lund", "Anna"], "Lund may be Bob Lund <bob@x.org>, Robert Lund"),
        (["split", "bob@x.org"], "bob@x.org is a person of its own already."),
        (["me", "Zoe"], "Nobody in your archive is called Zoe."),
    ],
)
def test_what_cannot_be_done_is_a_line_and_a_remedy(words: list[str], said: str) -> None:
    code, _, error = run("people", *words)
    first, remedy = error.splitlines()
    assert code == 2
    assert said in first
    assert remedy


@pytest.mark.usefixtures("home")
def test_an_empty_archive_says_what_to_do() -> None:
    code, said, error = run("people")
    assert (code, said) == (0, "")
    assert "archive sync" in error
    assert "archive people me ADDRESS" in run("people", "me")[1]


@pytest.mark.usefixtures("home")
def test_help_lists_the_corrections() -> None:
    said = run("people", "--help")[1]
    assert all(f"  {name}" in said for name in ("list", "me", "merge", "split"))
