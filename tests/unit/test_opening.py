"""Which command opens what, where."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from archive.paths import Paths
from ingest.mail import original
from tui.facts import written
from tui.opening import (
    CannotOpen,
    Machine,
    Original,
    extracted,
    line_of,
    run,
    to_edit,
    to_open,
    to_show,
)
from tui.originals import is_attachment, launch, save

SCREEN = {"DISPLAY": ":0"}
MBOX = (
    b"From a@b.c Mon Feb  3 09:12:57 2003\nSubject: One\nMessage-ID: <1@b.c>\n\nfirst\n\n"
    b"From a@b.c Mon Feb  3 09:13:57 2003\nSubject: Two\nMIME-Version: 1.0\n"
    b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n\nthe mast is new\n--x\n'
    b'Content-Type: text/plain\nContent-Disposition: attachment; filename="a.txt"\n\n'
    b"inside\n--x--\n"
)
SECOND = MBOX.index(b"From a@b.c Mon Feb  3 09:13")


def machine(*programs: str, platform: str = "linux", **environ: str) -> Machine:
    def which(name: str) -> str | None:
        return f"/usr/bin/{name}" if name in programs else None

    return Machine(environ={**SCREEN, **environ}, platform=platform, which=which)


def file(name: str = "/n/a.pdf", **facts: int) -> Original:
    return Original(path=Path(name), **facts)  # type: ignore[arg-type]


def test_a_mail_opens_in_the_program_that_knows_its_id() -> None:
    mail = Original(path=Path("/m/x"), message_id="a b/$x+1@b.c")
    here = Machine(environ=SCREEN, platform="linux", which=lambda n: n, opens_mid=True)
    assert to_open(mail, here) == ("xdg-open", "mid:a%20b%2F$x+1@b.c")
    assert to_open(mail, machine("xdg-open")) == ("xdg-open", "/m/x")


@pytest.mark.parametrize(
    ("programs", "command"),
    [
        (("evince", "okular"), ("evince", "--page-index=3", "/n/a.pdf")),
        (("okular",), ("okular", "--page", "3", "/n/a.pdf")),
        (("zathura",), ("zathura", "--page=3", "/n/a.pdf")),
        (("qpdfview",), ("qpdfview", "/n/a.pdf#3")),
        (("xdg-open",), ("xdg-open", "/n/a.pdf")),
    ],
)
def test_a_pdf_opens_at_its_page(programs: Collection[str], command: tuple[str, ...]) -> None:
    assert to_open(file(page=3), machine(*programs)) == command


def test_what_could_run_is_only_shown() -> None:
    for name in ("/n/x.desktop", "/n/x.EXE", "/n/x.html", "/n/x.sh"):
        assert to_open(file(name), machine("xdg-open")) == ("xdg-open", "/n")
        assert to_open(file(name), machine(platform="darwin")) == ("open", "-R", name)


@pytest.mark.parametrize(
    ("editor", "command", "takes_over"),
    [
        ("vim", ("vim", "+7", "/n/a.md"), True),
        ("emacs -nw", ("emacs", "-nw", "+7", "/n/a.md"), True),
        ("hx", ("hx", "/n/a.md:7"), True),
        ("code --wait", ("code", "--wait", "--goto", "/n/a.md:7"), False),
        ("'/opt/my editor'", ("/opt/my editor", "/n/a.md"), True),
    ],
)
def test_editors_go_to_the_line(
    editor: str, command: tuple[str, ...], takes_over: bool
) -> None:
    chosen = to_edit(file("/n/a.md", line=7), machine(EDITOR=editor))
    assert chosen == (command, takes_over)


def test_visual_comes_first_and_nano_last() -> None:
    assert to_edit(file(), machine(VISUAL="vi", EDITOR="hx"))[0][0] == "vi"
    assert to_edit(file(), machine("nano"))[0] == ("nano", "/n/a.pdf")
    with pytest.raises(CannotOpen, match="no editor"):
        to_edit(file(), machine())
    with pytest.raises(CannotOpen, match="EDITOR"):
        to_edit(file(), machine(EDITOR="vim 'x"))


def test_the_file_manager_chooses_the_file() -> None:
    path = Path("/n/my file; rm -rf.md")
    assert to_show(path, machine("nautilus")) == ("nautilus", "--select", str(path))
    assert to_show(path, machine("xdg-open")) == ("xdg-open", "/n")


def test_without_a_screen_or_a_program_it_says_what_to_do() -> None:
    with pytest.raises(CannotOpen, match="xdg-open"):
        to_open(file(), machine())
    bare = Machine(environ={}, platform="linux", which=lambda name: name)
    with pytest.raises(CannotOpen) as caught:
        to_open(file("/n/a.txt"), bare)
    assert "editor" in caught.value.remedy
    with pytest.raises(CannotOpen, match="could not be started"):
        run(("/no/such/program",))


def test_no_shell_sees_a_name(tmp_path: Path) -> None:
    run(("true", f"; touch {tmp_path / 'owned'}"), wait=True)
    assert list(tmp_path.iterdir()) == []


def test_the_line_is_counted_from_where_the_mail_begins(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(MBOX)
    lines = MBOX.decode().split("\n")
    at = line_of(path, f"byte {SECOND}", "the mast is new\nand more")
    assert lines[at - 1] == "the mast is new"
    assert lines[line_of(path, f"byte {SECOND}", "not there") - 1].startswith("From ")
    assert line_of(path, "", "not there") == 0
    assert line_of(tmp_path / "gone", "", "x") == 0


def test_one_mail_and_its_attachment_are_taken_out_of_an_mbox(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(MBOX)
    mail = original.raw(path, f"byte {SECOND}")
    assert mail is not None
    assert mail.startswith(b"Subject: Two")
    assert original.attachment(mail, "a.txt") == b"inside"
    assert original.attachment(mail, "b.txt") is None
    first = original.raw(path, "byte 0")
    assert first is not None
    assert b"Two" not in first
    assert original.raw(path, "row 7") is None


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "-rf", "..", "a\x1b[2J.pdf"]
)
def test_a_copy_stays_in_its_private_folder(tmp_path: Path, name: str) -> None:
    below = tmp_path / "opened"
    path = extracted(name, b"x", below)
    assert path.parent.parent == below
    assert not path.name.startswith(("-", "."))
    assert path.name.isprintable()
    assert path.stat().st_mode & 0o777 == 0o600
    assert below.stat().st_mode & 0o777 == 0o700


def attached(locator: str) -> Any:
    """What was read of an attachment, as far as opening it goes."""
    return SimpleNamespace(locator=locator, kind="file", within="<2@example.org>")


def test_what_was_read_of_an_attachment_is_known_by_its_place() -> None:
    mail: Any = SimpleNamespace(locator="byte 7", kind="mail")
    assert is_attachment(attached("byte 7 › 2 my notes.txt"), mail, "my notes.txt")
    assert not is_attachment(attached("byte 7 › 2 my notes.txt"), mail, "notes.txt")
    assert not is_attachment(attached("byte 8 › 2 my notes.txt"), mail, "my notes.txt")
    assert not is_attachment(attached("byte 7 › 1 a.zip › b.txt"), mail, "b.txt")
    file: Any = SimpleNamespace(locator="", kind="mail")
    assert is_attachment(attached("1 a.txt"), file, "a.txt")


def test_an_attachment_is_saved_beside_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box").write_bytes(MBOX)
    mail: Any = SimpleNamespace(path=str(tmp_path / "box"), locator=f"byte {SECOND}")
    assert save(mail, "a.txt") == tmp_path / "a.txt"
    assert save(mail, "a.txt") == tmp_path / "a-2.txt"
    assert (tmp_path / "a-2.txt").read_bytes() == b"inside"
    with pytest.raises(CannotOpen, match="cannot be taken out"):
        save(mail, "b.txt")


@pytest.mark.parametrize("head", [b"%PDF-1.4\n", b"PK\x03\x04\x14\x00\x00"])
def test_an_editor_is_not_given_what_is_no_text(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "report"
    path.write_bytes(head)
    document: Any = SimpleNamespace(path=str(path), locator="", kind="file")
    finding: Any = SimpleNamespace(quote="x")
    with pytest.raises(CannotOpen, match="is not a text"):
        launch("edit", document, finding, Paths.find({"HOME": str(tmp_path)}))


def test_what_is_of_a_day_says_no_hour() -> None:
    day = datetime(2004, 2, 9, tzinfo=UTC)
    assert written(day) == "Monday, 9 February 2004"
    assert written(day.replace(hour=7)) == "Monday, 9 February 2004, 07:00 +0000"
    assert written(None) == ""
