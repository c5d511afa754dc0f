"""Text: one form for all, HTML as its reader sees it, and whose words are whose."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import quoting
from ingest.text import decode, html_to_text, normalise, one_line

any_text = st.text(st.characters(codec=None, categories=None), max_size=60)
awkward = st.lists(
    st.sampled_from(["\r", "\n", " ", "\x00", "\u202e", "e\u0301", "\ufeff", "a"])
)


@given(any_text | awkward.map("".join))
def test_normalise_gives_the_one_form(text: str) -> None:
    found = normalise(text)
    assert normalise(found) == found
    assert unicodedata.is_normalized("NFC", found)
    assert "\n\n\n\n" not in found
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in found)
    assert "\n" not in one_line(text)
    found.encode()


@pytest.mark.parametrize("unseen", "\x00\x1b\x7f\x9b\u00ad\u200b\u202e\u2066\ufeff\U000e0041")
def test_unseen_characters_go(unseen: str) -> None:
    assert normalise(f"a{unseen}b") == "ab"


@given(st.binary(), st.text(max_size=8) | st.sampled_from(["utf-16", "utf-7", "hz", "idna"]))
def test_decode_never_raises(raw: bytes, declared: str) -> None:
    text, remark = decode(raw, declared)
    assert "\n" not in remark
    normalise(text).encode()


RUSSIAN = "Привет, как дела? Мы встречаемся завтра в шесть часов вечера у метро."
POLISH = "Wszyscy byliśmy zadowoleni, że już się skończyło, święta są coraz bliżej, dziękuję"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Grüße aus München", "latin-1"),
        ("C'est déjà l'été", "cp1252"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp1251"),
        (POLISH, "cp1250"),
        ("今日は天気がいいですね。明日も晴れるでしょうか。", "shift_jis"),
        ("plain", "utf-16"),
        ("Grüße", "utf-8-sig"),
    ],
)
def test_undeclared_charsets(text: str, charset: str) -> None:
    assert decode(text.encode(charset))[0] == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b<p>c</p>d", "a\nb\n\nc\n\nd"),
        ("<ol><li>x<li>y</ol>", "1. x\n2. y"),
        ("<table><tr><td><p>a</p></td><td>b</td></tr><tr><td>c<td>d</table>", "a | b\nc | d"),
        ("<pre>a\n\n  b</pre>", "a\n\n  b"),
        ("x<blockquote>y<br>z<blockquote>w</blockquote></blockquote>", None),
        ("a <b>bold</b>, <a href=u>link</a>", "a bold, link"),
        (
            "<p style='DISPLAY:none'>no</p><p hidden>no</p><a style='font-size:0px'>no</a>y",
            "y",
        ),
        ("<script>no</script><style>no</style><!-- no -->&lt;yes&gt; &nbsp;&amp;", "<yes> &"),
        ("", ""),
    ],
)
def test_html(html: str, text: str | None) -> None:
    found = html_to_text(html)
    if text is None:
        assert found.split("\n") == ["x", ">", "> y", "> z", "> >", "> > w"]
    else:
        assert found == text


tags = st.sampled_from(
    "<td> </td> <table> <tr> <li> </ul> <pre> </pre> <blockquote> </blockquote> a <br> <p>"
    " <!-- --> <svg> \x00".split()
)


@given(st.text(max_size=40) | st.lists(tags | st.just(" ")).map("".join))
def test_no_html_makes_it_raise(html: str) -> None:
    assert normalise(html_to_text(html)) == html_to_text(html)


@pytest.mark.parametrize("tag", ["<div>", "<table><tr><td>", "<blockquote>", "<b>"])
def test_an_html_bomb_takes_no_time(tag: str) -> None:
    started = time.process_time()
    assert html_to_text(tag * 30_000 + "x").endswith("x")
    assert time.process_time() - started < 5


def kinds(text: str) -> list[tuple[str, str]]:
    return [(part.kind.value, text[part.start : part.end]) for part in quoting.parts(text)]


def test_a_reply_above_prefixed_lines() -> None:
    text = "Yes.\n\nOn 3 May 2004\n<tom@b.de> wrote:\n\n> Shall we?\n\n> Tom\n\nMore.\n--\nAnn"
    assert kinds(text) == [
        ("own", "Yes.\n\n"),
        ("quote", "On 3 May 2004\n<tom@b.de> wrote:\n\n> Shall we?\n\n> Tom\n"),
        ("own", "\nMore.\n"),
        ("signature", "--\nAnn"),
    ]


@pytest.mark.parametrize(
    "copy",
    [
        "-----Original Message-----\nFrom: Tom\nhello",
        " -----Original Message-----\nhello",
        "---------------------- Forwarded by Tom on 1/2/2001 ---\n\nhello",
        "Begin forwarded message:\n\nhello",
        "From: Tom\nSent: Monday\nTo: Ann\nSubject: x\n\nhello",
        "Von: Tom\nGesendet: Montag\nAn: Ann\nBetreff: x\n\nhallo",
        "From:\tTom/ENRON on 04/17/2001 09:43 AM\nTo:\tAnn\ncc:\n\nSubject:\tx\n\nhello",
        "Tom@ENRON on 04/17/2001 09:43:00 AM\nTo: Ann\ncc:\nSubject: x\n\nhello",
        "\tTom\n\t04/17/2001 09:43 AM\n\n\t\tTo: Ann\n\t\tcc:\n\t\tSubject: x\n\nhello",
    ],
)
def test_copied_messages_are_quotes(copy: str) -> None:
    found = kinds("Mine.\n\n" + copy)
    assert found[0][0] == "own"
    assert found[0][1].startswith("Mine.\n\n")
    assert found[-1][0] == "quote"
    assert found[-1][1].endswith("llo")
    assert len(found) == 2


@pytest.mark.parametrize(
    "text",
    [
        "Dear all,\n\nFrom: here to there.\nTo: whom it concerns",
        "We said:\n\n- one\n- two",
        "--\n" + "a long text\n" * 30,
        "a -- b",
        "",
    ],
)
def test_when_in_doubt_it_is_own(text: str) -> None:
    assert quoting.parts(text) == ()


@given(st.lists(st.sampled_from(
    ["", "> a", ">", "--", "On x wrote:", "From: a", "To: b", "Subject: c", "12:30", "text",
     "-----Original Message-----"])).map("\n".join))  # fmt: skip
def test_parts_cover_the_text(text: str) -> None:
    found = quoting.parts(text)
    assert not found or "".join(text[part.start : part.end] for part in found) == text
    assert all(part.start < part.end for part in found)
    assert all(one.kind is not other.kind for one, other in pairwise(found))


def test_paragraphs_in_cells_stay_on_the_rows_line() -> None:
    html = (
        "<p>Costs</p><table><tr><td><p>Mast</p></td><td><p>1,140</p></td></tr>"
        "<tr><td><div>Sail</div></td><td><p>80</p><p>used</p></td></tr></table><p>Anna</p>"
    )
    assert html_to_text(html) == "Costs\n\nMast | 1,140\nSail | 80\n\nused\n\nAnna"
