"""`archive list` and `archive count`: what they print, write, and refuse."""

from __future__ import annotations

import csv
import json
import mailbox
from pathlib import Path

import pytest
from click.testing import CliRunner

from archive.service import Archive
from tui.cli import main


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


def mail(number: int, subject: str, *, month: int = 3, answers: int | None = None) -> str:
    above = f"In-Reply-To: <{answers}@example.org>\n" if answers is not None else ""
    return (
        "From x@example.org Fri Mar  5 10:00:00 2004\nFrom: Anna Berg <anna@x.org>\n"
        f"To: Ola Nord <ola@home.example>\nSubject: {subject}\n"
        f"Message-ID: <{number}@example.org>\n{above}"
        f"Date: Fri, {number:02} {('Mar', 'May')[month == 5]} 2004 10:00:00 +0000\n\n"
        f"The rigger came, {number}.\nFrom here on he stayed.\n\n"
    )


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox.mbox"
    inbox.write_text(
        mail(1, "The mast")
        + mail(2, "Re: The mast", answers=1)
        + mail(3, "Re: The mast", answers=2)
        + mail(4, "Paint")
        + mail(5, "", month=5)
        + mail(6, "Re: ", month=5, answers=5)
    )
    opened = Archive.open()
    opened.add([inbox])
    opened.sync(embed=False)
    opened.close()


@pytest.mark.usefixtures("archive")
def test_the_longest_thread_is_one_and_written_whole(tmp_path: Path) -> None:
    code, said, _ = run("list", "the longest thread", "--json")
    assert code == 0
    found = json.loads(said)
    assert (found["number"], found["rows"][0]["count"]) == (1, 3)
    assert found["said"].startswith("The longest thread: The mast: 3 messages")
    out = tmp_path / "thread.mbox"
    assert run("list", "the longest thread", "--mbox", str(out))[0] == 0
    written = mailbox.mbox(str(out), create=False)
    ids = [one["Message-ID"] for one in written]
    written.close()
    assert ids == [f"<{n}@example.org>" for n in (1, 2, 3)]


@pytest.mark.usefixtures("archive")
def test_a_thread_without_a_subject_is_said_to_have_none() -> None:
    assert "(no subject): 2 messages" in run("list", "threads", "after:2004-05-01")[1]


@pytest.mark.usefixtures("archive")
def test_the_last_mail_is_one() -> None:
    found = json.loads(run("list", "What was the last mail from Anna?", "--json")[1])
    assert [row["id"] for row in found["rows"]] == ["<6@example.org>"]
    said = run("count", "What was the first mail from Anna?")[1]
    assert said == "The first mail from Anna Berg is of 2004-03-01: “The mast”\n"


@pytest.mark.usefixtures("archive")
def test_months_are_printed_and_written_apart(tmp_path: Path) -> None:
    expected = ["2004-03: 4", "2004-04: 0", "2004-05: 2"]
    for command in ("count", "list"):
        code, said, _ = run(command, "How many mails are there per month?")
        assert (code, said.splitlines()[-3:]) == (0, expected)
    out = tmp_path / "months.csv"
    assert run("list", "How many mails are there per month?", "--csv", str(out))[0] == 0
    with out.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    assert rows == [["month", "messages"], *(line.split(": ") for line in expected)]


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("operator", ["from:zebulon", "after:soon", "kind:poem"])
def test_an_operator_of_no_use_is_refused_and_not_left_out(operator: str) -> None:
    for command in ("count", "list"):
        code, said, error = run(command, operator)
        assert (code, said) == (2, "")
        assert operator in error.splitlines()[0]
        assert error.splitlines()[1].startswith("See: archive ")


@pytest.mark.usefixtures("home")
def test_a_name_that_several_people_have_is_said_to_be_of_all(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox.mbox"
    lund = (
        mail(number, "Sails").replace("Anna Berg <anna@x.org>", "Anna Lund <al@y.org>")
        for number in (3, 4)
    )
    inbox.write_text(mail(1, "The mast") + mail(2, "Paint") + "".join(lund))
    opened = Archive.open()
    opened.add([inbox])
    opened.sync(embed=False)
    opened.close()
    code, said, notes = run("count", "mails from Anna")
    assert (code, said) == (0, "4 mails from Anna.\n")
    assert "“Anna” may be Anna Berg, Anna Lund; all of them count." in notes
    assert "may be" not in run("count", "mails from Anna Lund")[2]


@pytest.mark.usefixtures("archive")
def test_people_are_no_mail_and_no_file_is_written_over(tmp_path: Path) -> None:
    code, _, error = run("list", "people", "from:anna", "--mbox", str(tmp_path / "a.mbox"))
    assert (code, "list messages" in error) == (2, True)
    (tmp_path / "a.csv").write_text("mine")
    assert run("list", "from:anna", "--csv", str(tmp_path / "a.csv"))[0] == 2
    assert (tmp_path / "a.csv").read_text() == "mine"
