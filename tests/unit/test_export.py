"""An exported answer: its quotes marked, and nothing in it that is fetched, run or followed."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from archive.cite import Citation
from archive.export import (
    Page,
    UnknownForm,
    check,
    of_search,
    save_summary,
    saved,
    to_html,
    to_markdown,
)
from archive.originals import AlreadyThere
from archive.summary.made import Coverage, Length, Line, Section, Shape, Summary
from tests.unit.fakes import passage

EVIL = (
    'Before. <script>alert(1)</script> <img src="http://x.example/p.png"> '
    "![p](http://x.example/q.png) https://x.example/ [go](javascript:1) The mast cost 1140. "
    "After."
)


def citation(text: str = EVIL, quote: str = "The mast cost 1140.") -> Citation:
    start = text.index(quote)
    return Citation(
        n=1,
        passage=passage(text),
        quote=quote,
        start=start,
        end=start + len(quote),
        supported=True,
    )


def exported(text: str, *citations: Citation) -> Page:
    return Page(title="What? <b>", text=text, citations=citations)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.marked = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self._inside = self._inside or tag == "mark"
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src"):
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "mark"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.marked += data


def test_html_is_inert_and_marks_the_quote() -> None:
    page = to_html(exported('It cost 1140 [1], not [7]. <a href="http://e">', citation()))
    tags = Tags()
    tags.feed(page)
    assert not tags.names & {"script", "img", "iframe", "link", "object", "form", "b"}
    assert tags.links == ["#source-1", "mid:1@example.org"]
    assert tags.marked == "The mast cost 1140."
    assert "default-src 'none'" in page


def test_lines_with_a_dash_are_a_list() -> None:
    page = to_html(exported("2 mails:\n- <b>One</b> [1]\n- Two\nand more", citation()))
    assert "<p>2 mails:</p>\n<ul>\n<li>&lt;b&gt;One&lt;/b&gt; <a href" in page
    assert "<li>Two</li>\n</ul>\n<p>and more</p>" in page


def test_markdown_has_no_live_link_or_picture() -> None:
    page = to_markdown(exported("It cost 1140 [1], not [7].", citation()))
    assert re.findall(r"(?<!\\)\]\((?!#source-|<mid:)", page) == []
    assert not re.search(r"(?<!\\)!\[", page)
    assert not re.search(r"(?<!\\)<(?:script|img|b>)", page)
    assert "https://" not in page
    assert "**The mast cost 1140.**" in page
    assert "[\\[1\\]](#source-1)" in page


def test_what_is_no_mail_links_to_its_file() -> None:
    one = replace(citation(), passage=replace(passage(EVIL), kind="note", id="a b.md"))
    assert 'href="file:///mail/inbox.mbox"' in to_html(exported("x [1]", one))


def test_a_search_marks_what_matched() -> None:
    (one,) = of_search([replace(passage("The mast is here."), hit=(4, 8))])
    assert one.quote == "mast"


def test_the_name_says_the_form_and_nothing_is_overwritten(tmp_path: Path) -> None:
    saved(tmp_path / "a.md", exported("x [1]", citation()))
    saved(tmp_path / "a.html", exported("x [1]", citation()))
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "a.md").stat().st_mode & 0o077 == 0
    with pytest.raises(AlreadyThere):
        saved(tmp_path / "a.md", exported("x"))
    with pytest.raises(UnknownForm):
        saved(tmp_path / "a.doc", exported("x"))


def test_a_summary_is_saved_with_its_coverage(tmp_path: Path) -> None:
    made = summary(
        text="They chose <b>oak</b>.\x1b[31m", citations=(citation(),), remarks=("One remark.",)
    )
    save_summary(tmp_path / "a.html", made)
    text = (tmp_path / "a.html").read_text()
    assert "&lt;b&gt;oak" in text
    assert "<li><small>Read 2 of 3 messages in 1 thread: 1 by the model, 1 by code." in text
    assert "One remark." in text
    assert "\x1b" not in text
    save_summary(tmp_path / "a.md", made)
    assert "It was stopped before all was read." in (tmp_path / "a.md").read_text()


def test_a_file_that_cannot_be_written_is_named_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UnknownForm):
        check(tmp_path / "a.txt")
    check(tmp_path / "a.md")
    (tmp_path / "a.md").touch()
    with pytest.raises(AlreadyThere):
        check(tmp_path / "a.md")


def summary(text: str, citations: tuple[Citation, ...], remarks: tuple[str, ...]) -> Summary:
    line = Line(text=text, quoted=False, cites=(1,), date=None)
    return Summary(
        shape=Shape.PARAGRAPH,
        length=Length.SHORT,
        asked="mast",
        sections=(Section(heading="", lines=(line,)),),
        citations=citations,
        coverage=Coverage(
            messages=3,
            by_model=1,
            by_code=1,
            threads=1,
            threads_read=1,
            left_out=0,
            first=None,
            last=None,
        ),
        flagged=(),
        themes=(),
        remarks=remarks,
        model="reciter",
        stopped=True,
        seconds=1.0,
        tokens_read=1,
        tokens_written=1,
    )
