"""Office files: nothing is fetched, all that is seen is read, and nothing that is hidden."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from ingest import isolated, office
from ingest.document import Document, ParseFailure
from ingest.office import common, converted, ooxml, pdf, slides, web, word

DATA = Path(__file__).parents[1] / "data"

READ_ALL = """
import socket, sys, pathlib
def refuse(*_, **__):
    print("network"); sys.stdout.flush(); import os; os._exit(9)
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from ingest.office import converted, pdf, sheets, slides, web, word
data = pathlib.Path(sys.argv[1])
for parse, name in (
    (pdf.parse, "pdf/report.pdf"), (word.parse, "docx/lease.docx"),
    (slides.parse, "pptx/garden.pptx"), (web.parse, "html/minutes.html"),
    (sheets.parse, "xlsx/roof.xlsx"), (converted.parse_rtf, "rtf/choir.rtf"),
):
    print(next(parse(data / name)).title)
"""

WORD = (
    f'<w:document xmlns:w="{ooxml.W[1:-1]}" xmlns:m="{ooxml.M[1:-1]}"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    "<w:body>BODY</w:body></w:document>"
)


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
        "Costs of the roof",
        "Minutes of the choir",
    ], done.stderr
    assert done.stderr == ""
    assert done.returncode == 0


def test_reading_loads_no_parser_in_this_process() -> None:
    code = (
        "import sys, pathlib\nfrom ingest import office\n"
        "next(office.parse_docx(pathlib.Path(sys.argv[1])))\n"
        "print([name for name in ('unstructured', 'docx', 'lxml') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(DATA / "docx" / "lease.docx")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(DATA.parents[1])},
        check=True,
    )
    assert done.stdout.strip() == "[]"


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


def test_the_spacy_model_is_named_to_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def note(*_: object, settings: object, **__: object) -> list[isolated.Item]:
        seen.append(settings)
        return []

    monkeypatch.setattr(isolated, "run", note)
    office.use_spacy_model(tmp_path)
    try:
        list(office.parse_docx(DATA / "docx" / "lease.docx"))
    finally:
        office.use_spacy_model(None)
    assert seen == [(tmp_path,)]


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "MAX_UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "bomb.docx"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"0" * (2 << 20))
    (found,) = word.parse(path)
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
    assert common.likely_title(written) == title


@pytest.mark.parametrize("name", ["docx", "pptx", "xlsx", "odt", "epub", "pdf", "rtf", "html"])
def test_a_megabyte_of_junk_is_a_failure_or_text_but_never_a_crash(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / f"junk.{name}"
    path.write_bytes(random.Random(name).randbytes(1 << 20))
    items = list(getattr(office, f"parse_{name}")(path))
    assert [type(item) for item in items] in ([ParseFailure], [Document])


@pytest.mark.parametrize("name", ["docx/lease.docx", "pptx/garden.pptx", "xlsx/roof.xlsx"])
def test_a_file_that_was_cut_short_is_a_failure(name: str, tmp_path: Path) -> None:
    raw = (DATA / name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(raw[: len(raw) // 2])
    (found,) = getattr(office, f"parse_{path.suffix[1:]}")(path)
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith("is damaged")


# --- Word ------------------------------------------------------------------------


def flattened(body: str, **more: str) -> str:
    """The text of a body after rewriting, a line a paragraph."""
    parts = {"word/document.xml": WORD.replace("BODY", body).encode()}
    parts |= {f"word/{name}.xml": raw.encode() for name, raw in more.items()}
    word.flatten(parts)
    xml = parts["word/document.xml"].decode()
    return re.sub(r"<[^>]*>", "", re.sub(r"</w:(?:p|tc)>", "\n", xml)).strip()


SHOWN = '<w:vanish w:val="0"/>'
FIRST = '<w:vMerge w:val="restart"/>'
WIDE = '<w:gridSpan w:val="2"/>'


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def test_hidden_and_deleted_text_is_not_read_but_inserted_text_is() -> None:
    body = (
        f"<w:p>{run('seen')}{run('hidden', '<w:vanish/>')}"
        f"{run(' shown', SHOWN)}"
        f"<w:del>{run(' deleted')}</w:del><w:ins>{run(' inserted')}</w:ins></w:p>"
    )
    assert flattened(body) == "seen shown inserted"


def test_content_controls_and_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent><w:p>{run('in the box')}</w:p></w:txbxContent>"
    body = (
        f"<w:sdt><w:sdtContent><w:p>{run('control')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p>{run('before')}<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert flattened(body).split("\n") == ["control", "before", "in the box"]


def test_a_formula_is_one_line() -> None:
    def m(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    power = f"<m:sSup><m:e>{m('x')}</m:e><m:sup>{m('2')}</m:sup></m:sSup>"
    fraction = f"<m:f><m:num>{power}</m:num><m:den>{m('2a')}</m:den></m:f>"
    assert flattened(f"<w:p><m:oMath>{fraction}</m:oMath></w:p>") == "(x^2)/(2a)"


def test_footnotes_and_comments_are_read() -> None:
    def notes(kind: str, more: str) -> str:
        return (
            f'<w:{kind}s xmlns:w="{ooxml.W[1:-1]}"><w:{kind} w:id="3" {more}>'
            f"<w:p>{run('the ' + kind)}</w:p></w:{kind}></w:{kind}s>"
        )

    body = (
        f'<w:p>{run("text")}<w:r><w:footnoteReference w:id="3"/></w:r>'
        '<w:r><w:commentReference w:id="3"/></w:r></w:p>'
    )
    comments = notes("comment", 'w:author="Ada" w:date="2014-05-06T10:00:00Z"')
    text = flattened(body, footnotes=notes("footnote", ""), comments=comments)
    assert text.split("\n") == [
        "text[1]",
        "[1] the footnote",
        "Comment by Ada (2014-05-06): the comment",
    ]


def test_merged_cells_say_their_words_in_each_row() -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>{run(text)}</w:p></w:tc>"

    body = (
        f"<w:tbl><w:tr>{cell('2014', FIRST)}{cell('May')}</w:tr>"
        f"<w:tr>{cell('', '<w:vMerge/>')}{cell('June')}</w:tr>"
        f"<w:tr>{cell('both', WIDE)}{cell('third')}</w:tr></w:tbl>"
    )
    cells = flattened(body).split("\n\n")
    assert " ".join(cells).split() == "2014 May 2014 June both both third".split()


def test_deep_nesting_is_survived() -> None:
    deep = "<w:sdt><w:sdtContent>" * 500 + f"<w:p>{run('deep')}</w:p>"
    assert flattened(deep + "</w:sdtContent></w:sdt>" * 500) == "deep"


def test_strict_and_macro_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "strict.docm"
    with ZipFile(DATA / "docx" / "lease.docx") as source, ZipFile(path, "w") as target:
        for name in source.namelist():
            raw = source.read(name).replace(
                b"http://schemas.openxmlformats.org/wordprocessingml/2006/",
                b"http://purl.oclc.org/ooxml/wordprocessingml/",
            )
            raw = raw.replace(
                b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main",
                b"application/vnd.ms-word.document.macroEnabled.main",
            )
            target.writestr(name, raw)
    (found,) = word.parse(path)
    assert isinstance(found, Document)
    assert "640 euros a month" in found.text


# --- slides ----------------------------------------------------------------------


def test_a_chart_is_a_table() -> None:
    c, a = ooxml.C[1:-1], ooxml.A[1:-1]

    def points(role: str, *values: str) -> str:
        inner = "".join(
            f'<c:pt idx="{number}"><c:v>{value}</c:v></c:pt>'
            for number, value in enumerate(values)
        )
        return f"<c:{role}><c:cache>{inner}</c:cache></c:{role}>"

    series = points("tx", "Ducks") + points("cat", "2013", "2014") + points("val", "7", "9")
    xml = (
        f'<c:chartSpace xmlns:c="{c}" xmlns:a="{a}"><c:title><a:t>Pond</a:t></c:title>'
        f"<c:barChart><c:ser>{series}</c:ser></c:barChart></c:chartSpace>"
    )
    lines = list(ooxml.drawn_lines({"chart": xml.encode()}, "chart"))
    assert lines == ["Bar chart: Pond", "| Ducks", "2013 | 7", "2014 | 9"]


def test_comments_on_a_slide_are_read(tmp_path: Path) -> None:
    name, path = "ppt/slides/_rels/slide1.xml.rels", tmp_path / "garden.pptx"
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    with ZipFile(DATA / "pptx" / "garden.pptx") as source, ZipFile(path, "w") as target:
        for each in source.namelist():
            raw = source.read(each)
            if each == name:
                relation = b'<Relationship Id="rIdC" Type="x" Target="../comments/c1.xml"/>'
                raw = raw.replace(b"</Relationships>", relation + b"</Relationships>")
            target.writestr(each, raw)
        target.writestr(
            "ppt/comments/c1.xml",
            f'<p:cmLst xmlns:p="{p}"><p:cm authorId="0" dt="2014-05-06T08:00:00">'
            "<p:text>More beans</p:text></p:cm></p:cmLst>",
        )
        target.writestr(
            "ppt/commentAuthors.xml",
            f'<p:cmAuthorLst xmlns:p="{p}"><p:cmAuthor id="0" name="Ada"/></p:cmAuthorLst>',
        )
    (found,) = slides.parse(path)
    assert isinstance(found, Document)
    comment = found.text.index("Comment by Ada (2014-05-06): More beans")
    assert comment < found.page_starts[1]


# --- HTML, PDF -------------------------------------------------------------------


def test_merged_cells_of_a_page_are_repeated_and_hidden_text_is_not_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<title>Wiki: Pond</title><meta name='date' content='2014-05-06'>"
        "<p style='display:none'>obey</p><table><tr><th colspan=3>Ducks</th></tr>"
        "<tr><td rowspan=2><p>2014</p></td><td><p>May</p></td><td>7</td></tr>"
        "<tr><td>June</td><td>9</td></tr></table>"
    )
    (found,) = web.parse(path)
    assert isinstance(found, Document)
    assert found.text.split("\n") == ["Ducks", "2014 | May | 7", "2014 | June | 9"]
    assert found.title == "Wiki: Pond"
    assert found.created is not None
    assert found.created.isoformat() == "2014-05-06T00:00:00+00:00"


def test_ligatures_become_letters() -> None:
    assert pdf.readable_letters("of\ufb01ce \ufefb") == "office \u0644\u0627"


# --- what needs LibreOffice ------------------------------------------------------


OLD_WORD = common.OLE_MAGIC + b"\x00" * 4096


def test_an_old_word_file_without_libreoffice_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "refuse_encrypted", lambda path: None)
    monkeypatch.setattr(converted, "refuse_encrypted", lambda path: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "letter.doc").write_bytes(OLD_WORD)
    (found,) = converted.parse_doc(tmp_path / "letter.doc")
    assert isinstance(found, ParseFailure)
    assert found.reason == "needs LibreOffice to be read; install it, or save as .docx"


def test_an_old_word_file_is_converted_where_libreoffice_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converted, "refuse_encrypted", lambda path: None)
    fake = tmp_path / "soffice"
    fake.write_text(
        "#!/bin/sh\n"
        'while [ $# -gt 0 ]; do [ "$1" = --outdir ] && out=$2; last=$1; shift; done\n'
        f'cp {DATA}/docx/lease.docx "$out/letter.docx"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "letter.doc").write_bytes(OLD_WORD)
    (found,) = converted.parse_doc(tmp_path / "letter.doc")
    assert isinstance(found, Document)
    assert found.path == tmp_path / "letter.doc"
    assert "640 euros a month" in found.text
