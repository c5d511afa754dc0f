"""Office files: nothing is fetched, and what other programs call a title is not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from ingest import office
from ingest.document import ParseFailure

DATA = Path(__file__).parents[1] / "data"

READ_ALL = """
import socket, sys, pathlib
def refuse(*_, **__):
    print("network"); sys.stdout.flush(); import os; os._exit(9)
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from ingest import office
data = pathlib.Path(sys.argv[1])
for parse, name in (
    (office.parse_pdf, "pdf/report.pdf"), (office.parse_docx, "docx/lease.docx"),
    (office.parse_pptx, "pptx/garden.pptx"), (office.parse_html, "html/minutes.html"),
):
    print(next(parse(data / name)).title)
"""


def test_nothing_is_fetched_without_a_model_and_an_opt_out() -> None:
    """In a process of its own: telemetry may have been refused here for other reasons."""
    unset = ("UNSTRUCTURED_DISABLE_NOTICE", "SCARF_NO_ANALYTICS", "DO_NOT_TRACK", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment["PYTHONPATH"] = str(DATA.parents[1])
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(DATA)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.stdout.split("\n")[:-1] == [
        "Report of the society",
        "Lease of the workshop",
        "Garden plan",
        "Minutes of May",
    ], done.stderr
    assert done.stderr == ""
    assert done.returncode == 0


def test_sockets_are_blocked_here() -> None:
    with pytest.raises(Exception, match="socket"):
        socket.socket(socket.AF_INET).connect(("192.0.2.1", 9))


def test_a_missing_spacy_model_is_no_obstacle(tmp_path: Path) -> None:
    office.use_spacy_model(tmp_path / "none")
    try:
        (found,) = office.parse_docx(DATA / "docx" / "lease.docx")
        assert not isinstance(found, ParseFailure)
    finally:
        office.use_spacy_model(None)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "MAX_UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "bomb.docx"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"0" * (2 << 20))
    (found,) = office.parse_docx(path)
    assert isinstance(found, ParseFailure)
    assert found.reason == "unpacks to more than 1 MB"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Plan for 2004", "Plan for 2004"),
        ("Microsoft Word - plan.doc", ""),
        ("untitled", ""),
        ("scan_0001.pdf", ""),
        ("12345", ""),
        (" two\nlines ", "two lines"),
        ("x" * 300, ""),
    ],
)
def test_titles(written: str, title: str) -> None:
    assert office._title(written) == title
