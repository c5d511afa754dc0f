"""What the note formats make of awkward input; the ordinary is in tests/data."""

from __future__ import annotations

import json
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.document import Document, ParseFailure, Skipped
from ingest.notes import apple, dates, dayone, enex, keep, marks, notion, org, roam, tomboy
from ingest.notes import markdown as md
from ingest.read import read
from ingest.registry import HEAD_BYTES, format_of

NOTE = "<note><title>{}</title><content><![CDATA[<en-note>{}</en-note>]]></content></note>"


def only(path: Path, name: str, content: str | bytes) -> Document:
    """The one document of a file of that format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (document,) = read(path, name)
    assert isinstance(document, Document)
    return document


def claimed(path: Path) -> str:
    known = format_of(path, path.read_bytes()[:HEAD_BYTES])
    return known.name if known else ""


# --- Markdown ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("a #tag.", ("tag",)),
        ("#first/second #é-1", ("first/second", "é-1")),
        ("#1 #2024 #fff #a1b2c3 ##no a#no", ()),
        ("`#no` and http://x/#no [y](#no) [[Page#no]]", ()),
        ("# heading", ()),
        ("#include <stdio.h>", ()),
        ("#[[two words]]", ("two words",)),
    ],
)
def test_tags_in_the_text_are_those_that_a_person_set(line: str, tags: tuple[str, ...]) -> None:
    assert marks.scan(line).tags == tags


def test_headings_in_code_are_no_sections() -> None:
    text = (
        "# A\n\n````\n```\n# no\n```\n````\n\n## B\n\nC\n===\n\nD\n---\n\n    # no\n\n~~~\n# no"
    )
    found = marks.scan(text)
    assert [section.label for section in found.sections] == ["A", "A > B", "C", "C > D"]
    assert [text[section.start :][:1] for section in found.sections] == ["#", "#", "C", "D"]


def test_offsets_of_sections_are_those_in_the_final_text(tmp_path: Path) -> None:
    written = (
        "\ufeff---\r\ntitle: T\r\n---\r\n\r\n\r\n\r\ncafe\u0301\r\n\r\n\r\n\r\n\r\n## Über\r\n"
    )
    document = only(tmp_path / "a.md", "markdown", written)
    assert [document.text[each.start :] for each in document.sections] == ["## Über"]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("# One\n\n# Two", "file"),
        ("# [[Page|the *page*]] and `code` #", "the page and code"),
        ("text\n\n# snake_case in C#", "snake_case in C#"),
        ("text\n\n## Later", "file"),
        ("title:: Own [[title]]\n\n# One", "Own title"),
    ],
)
def test_a_title_is_the_notes_own(written: str, title: str, tmp_path: Path) -> None:
    assert only(tmp_path / "file.md", "markdown", written).title == title


@pytest.mark.parametrize(
    "matter", ["a: " + "[" * 60_000, "- " * 30_000, "a: &a {b: 1}\nc: {<<: [*a, *a]}"]
)
def test_front_matter_that_is_a_bomb_is_kept_as_text(matter: str, tmp_path: Path) -> None:
    document = only(tmp_path / "a.md", "markdown", f"---\n{matter}\n---\nrest")
    assert document.text.startswith("---")
    assert document.remarks == ("Its front matter is no valid YAML; it was kept as text.",)


def test_prose_between_two_rules_is_no_front_matter(tmp_path: Path) -> None:
    document = only(tmp_path / "a.md", "markdown", "---\nDear Ann,\n---\nrest")
    assert document.text == "---\nDear Ann,\n---\nrest"
    assert document.remarks == ()


def test_a_zettel_name_gives_day_and_minute(tmp_path: Path) -> None:
    document = only(tmp_path / "202403051422 Trip.md", "markdown", "text")
    assert document.created == datetime(2024, 3, 5, 14, 22, tzinfo=UTC)


def test_a_note_of_bears_in_its_bin_is_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "Old.textbundle"
    folder.mkdir()
    (folder / "info.json").write_text('{"net.shinyfrog.bear": {"trashed": 1}}')
    (folder / "text.md").write_text("gone")
    assert list(md.parse(folder / "text.md")) == [
        Skipped(path=folder / "text.md", reason="in the bin")
    ]


# --- dates -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("20220511T173000Z", "2022-05-11T17:30:00+00:00"),
        ("2022-05-11T17:30:00+02:00", "2022-05-11T17:30:00+02:00"),
        ("2022-05-11 17:30:00 UTC", "2022-05-11T17:30:00+00:00"),
        ("March 5, 2024 10:22 AM", "2024-03-05T10:22:00+00:00"),
        ("[[2024-03-05]]", "2024-03-05T00:00:00+00:00"),
        ("1969-12-31", "1969-12-31T00:00:00+00:00"),
        ("1970-01-01", None),
        ("9999-01-01", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_are_read_as_note_programs_write_them(written: str, found: str | None) -> None:
    when = dates.moment(written, [])
    assert (when and when.isoformat()) == found


def test_a_guessed_zone_and_an_impossible_date_are_said() -> None:
    remarks: list[str] = []
    dates.moment("2022-05-11 17:30", remarks)
    dates.moment("0900-01-01", remarks)
    assert remarks == [dates.NO_ZONE, "Its date '0900-01-01' cannot be true; left out."]
    assert dates.since_1970("99999999999999999999999", [], per_second=1) is None


@pytest.mark.parametrize(
    ("begins", "found"),
    [
        (
            "# Ann and Ben\n\nDate: 1:10 pm on 27 March, 2023\n\nHello",
            "2023-03-27T13:10:00+00:00",
        ),
        ("**Date:** 2004-03-05\n", "2004-03-05T00:00:00+00:00"),
        ("Leith, 5th March 1987\n\nDear Mother,", "1987-03-05T00:00:00+00:00"),
        ("Monday, 5 March 2004\nWoke late.", "2004-03-05T00:00:00+00:00"),
        ("Fri, March 5th 2004 at 9:15\n", "2004-03-05T09:15:00+00:00"),
        ("Date: to be found\n", None),
        ("2004\nA bad year.", None),
        ("May 5, 2005: the boiler, at last\n", None),
        ("Dear all,\n" + "A line.\n" * 8 + "Date: 5 March 2004\n", None),
    ],
)
def test_a_note_is_of_the_day_that_its_first_lines_say(
    tmp_path: Path, begins: str, found: str | None
) -> None:
    for name, format_name in (("Ann.md", "markdown"), ("Ann.txt", "text")):
        document = only(tmp_path / name, format_name, begins)
        assert (document.created and document.created.isoformat()) == found
        assert document.remarks == ()


def test_the_day_in_a_note_comes_before_the_one_in_its_name(tmp_path: Path) -> None:
    document = only(tmp_path / "2024-01-01 Typed.md", "markdown", "Date: 5 March 1987\n\nDear")
    assert document.created == datetime(1987, 3, 5, tzinfo=UTC)


# --- Org ---------------------------------------------------------------------


def test_org_states_of_the_file_are_not_part_of_a_heading(tmp_path: Path) -> None:
    document = only(tmp_path / "a.org", "org", "#+TODO: BUY | GOT(g!)\n* GOT milk\n* BUYER\n")
    assert [section.label for section in document.sections] == ["milk", "BUYER"]
    assert document.text == "* GOT milk\n* BUYER"


def test_an_org_drawer_that_is_never_closed_is_text(tmp_path: Path) -> None:
    document = only(tmp_path / "a.org", "org", "* A\n:PROPERTIES:\n:ID: x\n* B\n  text")
    assert document.text == "* A\n:PROPERTIES:\n:ID: x\n* B\n  text"


def test_org_settings_alone_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.org"
    path.write_text("#+STARTUP: overview\n")
    assert list(org.parse(path)) == [
        ParseFailure(path=path, locator="", reason="has no readable text")
    ]


# --- Evernote ----------------------------------------------------------------


def test_a_damaged_note_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.enex"
    notes = [
        NOTE.format("one", "first"),
        "<note><title>bad</title><content>",
        NOTE.format("three", "third"),
        "<note><title>four</title><created>2022",
    ]
    path.write_text("<en-export>" + "".join(notes))
    found = [(item.locator, type(item).__name__) for item in enex.parse(path)]
    assert found == [
        ("one", "Document"),
        ("bad", "ParseFailure"),
        ("three", "Document"),
        ("four", "ParseFailure"),
    ]


def test_notes_longer_than_a_block_are_cut_where_they_end(tmp_path: Path) -> None:
    path = tmp_path / "a.enex"
    lengths = [(1 << 20) - 1, 5, 1 << 20, (1 << 20) + 7, 3_000_000]
    path.write_text("".join(NOTE.format(size, "x" * size) for size in lengths))
    found = [item for item in enex.parse(path) if isinstance(item, Document)]
    assert [len(document.text) for document in found] == lengths


def test_notes_of_one_title_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.enex"
    titles = ["A", "A (2)", "A", "A", ""]
    path.write_text("".join(NOTE.format(title, "x") for title in titles))
    found = [item.locator for item in enex.parse(path)]
    assert found == ["A", "A (2)", "A (3)", "A (4)", "Untitled"]


def test_a_damaged_attachment_is_left_out_and_said(tmp_path: Path) -> None:
    note = NOTE.format("A", "text").replace(
        "</note>", "<resource><data>!</data><mime>image/png</mime></resource></note>"
    )
    document = only(tmp_path / "a.enex", "enex", note)
    assert document.attachments == ()
    assert document.remarks == ("An attachment in it is damaged; left out.",)


def test_a_note_of_another_charset_is_read(tmp_path: Path) -> None:
    declared = '<?xml version="1.0" encoding="iso-8859-1"?>'
    written = (declared + NOTE.format("Äpfel", "süß")).encode("latin-1")
    document = only(tmp_path / "a.enex", "enex", written)
    assert (document.title, document.text) == ("Äpfel", "süß")


def test_a_note_cannot_define_entities(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE n [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path = tmp_path / "a.note"
    path.write_text(
        f"{bomb}<note xmlns='tomboy'><text><note-content>&b;x</note-content></text></note>"
    )
    (failure,) = tomboy.parse(path)
    assert isinstance(failure, ParseFailure)


def test_headings_of_html_are_sections_where_they_stand(tmp_path: Path) -> None:
    body = "<div>Costs</div><h1>Costs</h1><div>x</div><h2><b>A &amp; B</b></h2><div>y</div>"
    path = tmp_path / "a.enex"
    path.write_text(NOTE.format("A", body))
    (document,) = enex.parse(path)
    assert isinstance(document, Document)
    found = [
        (document.text[each.start :].split("\n")[0], each.label) for each in document.sections
    ]
    assert found[-1] == ("A & B", "Costs > A & B")


# --- exports in JSON ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package.json", '{"name": "x", "entries": [], "color": "red"}'),
        ("log.json", '{"log": {"version": "1.2", "entries": []}}'),
        ("list.json", '[{"title": "x", "url": "y"}]'),
        ("todo.json", '{"isArchived": false, "title": "someone else\'s"}'),
    ],
)
def test_other_peoples_json_is_not_claimed(name: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert claimed(path) not in ("keep", "dayone", "roam")


def test_a_page_that_keep_did_not_write_is_no_twin(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"title": "x"}')
    (tmp_path / "a.html").write_text("<p>text</p>")
    assert not keep.claims(tmp_path / "a.html", b"<p>text</p>")


@pytest.mark.parametrize("parse", [keep.parse, dayone.parse, roam.parse])
@pytest.mark.parametrize("content", ["[" * 100_000, "[]", "{}", "1", '{"entries": [1]}'])
def test_json_of_another_shape_is_a_failure(
    parse: object, content: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    (failure,) = parse(path)  # type: ignore[operator]
    assert isinstance(failure, ParseFailure)


def test_roam_blocks_that_name_each_other_do_not_go_round(tmp_path: Path) -> None:
    blocks = [
        {"string": "see ((blk-000002))", "uid": "blk-000001"},
        {"string": "see ((blk-000001))", "uid": "blk-000002"},
    ]
    written = json.dumps([{"title": "A", "children": blocks}])
    document = only(tmp_path / "a.json", "roam", written)
    assert document.text == "- see see ((blk-000001))\n- see see ((blk-000002))"


# --- Notion, Joplin, Apple ---------------------------------------------------


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Trip 1580080aa5a380d1b0c7c2f979343d88.md", "notion"),
        ("1580080aa5a380d1b0c7c2f979343d88.md", "joplin"),
        ("Trip 2024.md", "markdown"),
    ],
)
def test_names_tell_whose_markdown_it_is(name: str, known: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("text")
    assert claimed(tmp_path / name) == known


def test_a_hash_for_a_name_alone_does_not_make_a_joplin_item(tmp_path: Path) -> None:
    document = only(tmp_path / f"{'a' * 32}.md", "joplin", "# Title\n\nkey: value")
    assert document.text == "# Title\n\nkey: value"


def test_a_day_is_the_date_of_a_notion_page_named_by_it(tmp_path: Path) -> None:
    path = tmp_path / f"@April 26, 2025 {'0' * 32}.md"
    path.write_text("# @April 26, 2025\n\nRan today: No\n")
    (document,) = notion.parse(path)
    assert isinstance(document, Document)
    assert document.created == datetime(2025, 4, 26, tzinfo=UTC)


def test_text_files_elsewhere_are_not_apples(tmp_path: Path) -> None:
    path = tmp_path / "Notes" / "Bread" / "Bread.txt"
    path.parent.mkdir(parents=True)
    path.write_text("Bread")
    assert not apple.claims_note(path, b"Bread")
    (tmp_path / "Notes Details.csv").write_text("Title, Created On\n")
    assert apple.claims_note(path, b"Bread")


JUNK = {
    "zeros": bytes(1 << 20),
    "brackets": b"[" * (1 << 20),
    "embeds": b"![](" * (1 << 18),
    "headings": b"# *a\n" * 100_000,
    "notes": b"<note>" * 100_000,
    "nested": b"<note><content>" + b"<a>" * 300_000 + b"</content></note>",
    "lists": b"<note xmlns='tomboy'><note-content>" + b"<list><list-item>" * 50_000,
    "drawers": b":PROPERTIES:\n:A: b\n" * 50_000,
    "utf-16": "text\n".encode("utf-16") * 1000,
}


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.md", "markdown"),
        ("a.org", "org"),
        ("a.enex", "enex"),
        ("a.note", "tomboy"),
        ("a.html", "apple_journal"),
        (f"A {'0' * 32}.html", "notion"),
        (f"{'0' * 32}.md", "joplin"),
    ],
)
def test_a_megabyte_of_junk_is_no_harm(
    name: str, known: str, junk: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(JUNK[junk])
    items = list(read(path, known))
    assert items
    assert all(item.text.strip() for item in items if isinstance(item, Document))


# --- packed exports ----------------------------------------------------------

DATA = Path(__file__).parents[1] / "data"


def everything(path: Path) -> list[Document]:
    return [item for item in read(path, claimed(path)) if isinstance(item, Document)]


def test_a_jex_gives_its_notes_with_their_tags(tmp_path: Path) -> None:
    path = tmp_path / "joplin.jex"
    with tarfile.open(path, "w") as packed:
        for item in sorted((DATA / "joplin").glob("*.md")):
            packed.add(item, item.name)
    (note,) = everything(path)
    assert (note.title, note.tags) == ("Boiler manual", ("heating",))
    assert note.attachments == ("gauge.png",)


@pytest.mark.parametrize("suffix", [".textpack", ".bear2bk", ".zip"])
def test_a_packed_textbundle_keeps_its_name_and_date(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"backup{suffix}"
    with zipfile.ZipFile(path, "w") as packed:
        for name in ("info.json", "text.md"):
            packed.write(
                DATA / "markdown" / "Lamp.textbundle" / name, f"Lamp.textbundle/{name}"
            )
    (note,) = everything(path)
    assert note.title == "Lamp"
    assert note.created == datetime(2022, 9, 10, 11, 12, 13, tzinfo=UTC)


def test_a_textpack_without_a_folder_is_not_titled_text(tmp_path: Path) -> None:
    path = tmp_path / "Lamp.textpack"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("info.json", "{}")
        packed.writestr("text.md", "intro\n\n## Wires\n")
    (note,) = everything(path)
    assert note.title == "Wires"


def test_apples_copy_is_read_from_its_zip(tmp_path: Path) -> None:
    path = tmp_path / "iCloud Notes.zip"
    folder = DATA / "apple_notes"
    with zipfile.ZipFile(path, "w") as packed:
        for item in sorted(folder.rglob("*.*")):
            if item.is_file() and item.suffix in (".txt", ".csv"):
                packed.write(item, item.relative_to(folder))
    note = next(item for item in everything(path) if item.title == "Bread")
    assert note.created == datetime(2022, 3, 14, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "created"),
    [
        ("Monday, 2 May 2022\n\n14:05", datetime(2022, 5, 2, 14, 5, tzinfo=UTC)),
        ("Monday, May 2, 2022\n\n2:05 PM", datetime(2022, 5, 2, 14, 5, tzinfo=UTC)),
        ("Monday, May 2, 2022\n\ntext", datetime(2022, 5, 2, tzinfo=UTC)),
        ("no date", None),
    ],
)
def test_onenotes_date_is_the_one_below_the_title(
    lines: str, created: datetime | None, tmp_path: Path
) -> None:
    body = "".join(f"<p>{line}</p>" for line in ["Title", *lines.split("\n\n")])
    written = (
        "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
        f'<meta name=Generator content="Microsoft OneNote 15"><body>{body}</body>'
    )
    assert only(tmp_path / "a.mht", "mht", written).created == created
