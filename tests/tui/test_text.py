"""What is drawn: cleaned, broken into lines and put into words. No terminal needed."""

from __future__ import annotations

import sys
import threading
import time
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from index.query import Field, Filter
from tests.tui import fakes
from tests.tui.fakes import Progress, SyncReport
from tui.clean import clean, one_line
from tui.finding import Verdict, found, judged
from tui.threads import DaemonThreads
from tui.understood import told
from tui.widgets.document import cleaned
from tui.widgets.keysline import fitting
from tui.widgets.syncbar import progress_line, report_line
from tui.words import ago, duration, lately, short_name, size, span, who
from tui.wrap import shorten, wrap

# Awkward characters are drawn often: wide, combining, invisible and controlling ones.
texts = st.text(
    st.sampled_from("ab \n\t\r漢字é́\x1b\u202e\u200b🏠") | st.characters(), max_size=80
)


def test_cleaning_covers_every_control_and_format_character() -> None:
    unseen = {"Cc", "Cf", "Cs"}
    characters = (chr(code) for code in range(sys.maxunicode + 1))
    left = [
        c for c in characters if unicodedata.category(c) in unseen and clean(f"a{c}") != "a"
    ]
    assert {clean(c) for c in left} <= {"\n", "    "}


@given(texts)
def test_cleaning_is_final_and_one_line_is_one(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert len(one_line(text).splitlines()) <= 1


@given(texts, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_only_the_break(text: str, width: int) -> None:
    text = clean(text)
    lines = wrap(text, width)
    at = 0
    for start, end in lines:
        assert text[at:start] in ("", " ", "\n")
        assert cell_len(text[start:end]) <= width
        at = end
    assert at == len(text)


@given(texts, st.integers(4, 30), st.integers(1, 3))
def test_shortened_lines_fit(text: str, width: int, lines: int) -> None:
    shown = shorten(one_line(text), width, lines)
    assert len(shown) <= lines
    assert all(cell_len(line) <= width for line in shown)


@given(texts, st.data())
def test_spans_still_hold_their_words_after_cleaning(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown, spans = cleaned(text, [(start, end)])
    ((a, b),) = spans
    assert shown[a:b] == clean(text[start:end])


def test_spans_outside_of_the_text_are_left_out() -> None:
    assert cleaned("abc", [(1, 9)]) == ("abc", [])


def test_a_long_document_is_wrapped_in_no_time() -> None:
    text = ("wörter und mehr wörter " * 60 + "\n") * 800  # 1.1 MB
    began = time.perf_counter()
    wrap(text, 80)
    assert time.perf_counter() - began < 1


def test_verdicts_of_the_answer_reach_the_sources() -> None:
    before = found(fakes.FOUND)
    assert {finding.verdict for finding in before} == {Verdict.FOUND}
    after = judged(before, fakes.ANSWER)
    assert [finding.verdict for finding in after] == [
        Verdict.SUPPORTED,
        Verdict.UNSUPPORTED,
        Verdict.UNUSED,
        Verdict.UNUSED,
    ]
    assert judged(before, fakes.DECLINED) == before


def test_a_source_is_as_good_as_its_worst_citation() -> None:
    good, bad = fakes.ANSWER.citations
    both = replace(fakes.ANSWER, citations=(good, replace(good, start=0, supported=False)))
    first = judged(found(fakes.FOUND), both)[0]
    assert first.verdict is Verdict.UNSUPPORTED
    assert first.spans == ((good.start, good.end), (0, good.end))
    assert bad.n == 2


def test_passages_stand_in_for_missing_evidence() -> None:
    bare = replace(fakes.FOUND, evidence=())
    assert [finding.n for finding in found(bare)] == [1, 2, 3, 4]


def test_progress_shows_rate_and_time_left() -> None:
    step = Progress(stage="read", done=30_000_000, total=90_000_000, unit="bytes", detail="x/y")
    line = progress_line(step, 2.0, 100).plain  # type: ignore[arg-type]
    assert "Reading" in line
    assert "33%" in line
    assert "15.0 MB/s" in line
    assert "4 s left" in line
    assert line.endswith("x/y")
    unknown = replace(step, total=None, stage="embed", unit="chunks", done=120)
    assert "120 · 60 chunks/s" in progress_line(unknown, 2.0, 100).plain  # type: ignore[arg-type]


def test_report_never_leaves_failures_out() -> None:
    assert report_line(SyncReport()).plain == "Synced  nothing new"  # type: ignore[arg-type]
    line = report_line(SyncReport(removed=1, failed=1)).plain  # type: ignore[arg-type]
    assert "1 removed" in line
    assert "1 item could not be read" in line


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ("Anna Weber <anna@example.org>", "Anna Weber"),
        ('"Weber, Anna" <anna@example.org>', "Weber, Anna"),
        ("<anna@example.org>", "anna@example.org"),
        ("anna@example.org", "anna@example.org"),
        ("", ""),
    ],
)
def test_short_name(person: str, name: str) -> None:
    assert short_name(person) == name


def test_words() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert ago(now - timedelta(hours=3), now) == "3 hours ago"
    assert ago(now + timedelta(hours=3), now) == "just now"
    assert (duration(8), duration(190), duration(7_500)) == ("8 s", "3 min", "2 h 5 min")
    assert (size(640), size(3_100_000)) == ("640 B", "3.1 MB")
    assert who(["A <a@x>", "B <b@x>", "C <c@x>"]) == "A → B +1"


def test_daemon_threads_are_not_waited_for() -> None:
    threads, let_go = DaemonThreads(grace_s=0.01), threading.Event()
    assert threads.submit(lambda: 7).result(2) == 7
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 // 0).result(2)
    stuck = threads.submit(let_go.wait, 5)
    threads.shutdown(wait=True)
    assert threads.running()
    let_go.set()
    assert stuck.result(2)


@dataclass
class Key:
    key_display: str
    description: str
    action: str


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, ["ask", "go('library')", "quit", "help"]),
        (24, ["ask", "go('library')", "help"]),
        (23, ["ask", "help"]),
        (5, ["help"]),
    ],
)
def test_keys_that_do_not_fit_are_left_out_and_help_never(width: int, shown: list[str]) -> None:
    keys = [
        Key("⏎", "Ask", "ask"),
        Key("^q", "Quit", "quit"),
        Key("f3", "Library", "go('library')"),
        Key("?", "Help", "help"),
    ]
    assert [key.action for key in fitting(keys, width)] == shown


def test_today_is_told_by_the_clock() -> None:
    now = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    assert lately(now, now) == "14:05"
    assert lately(datetime(2026, 2, 28, 14, 5, tzinfo=UTC), now) == "28 Feb 2026"


def test_a_span_says_its_year_once() -> None:
    begin = datetime(2003, 5, 1, 8, 0, tzinfo=UTC)
    assert span(begin, datetime(2004, 2, 3, tzinfo=UTC)) == "1 May 2003 to 3 Feb 2004"
    assert span(begin, datetime(2003, 6, 3, tzinfo=UTC)) == "1 May to 3 Jun 2003"
    assert span(begin, begin + timedelta(hours=9)) == "1 May 2003"
    assert span(begin, None) == "no date"


def test_a_name_that_was_said_as_it_is_is_not_told_twice() -> None:
    tom = Filter(field=Field.WITH, value="Tom Lee", stated=False, said="Tom Lee")
    assert told(tom) == 'with:"Tom Lee"'
    assert told(replace(tom, said="Tom")) == 'with:"Tom Lee" (from "Tom")'
