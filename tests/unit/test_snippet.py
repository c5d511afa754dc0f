"""The lines of a passage around what was looked for."""

from __future__ import annotations

from dataclasses import replace

from index.explained import MEANING, largest_first
from index.query import Field, Filter, Query
from index.rank import FEATURES
from tests.unit.fakes import passage
from tui.snippet import Snippet, Sought, marked_lines
from tui.understood import understood
from tui.wrap import wrap

LONG = (
    "The weather was fine all week. We sailed past the islands and back. "
    + "Nobody had thought of bringing bread. " * 6
    + "On Friday the rigger measured the broken mast twice. "
    + "Then we had lunch in the old harbour. " * 6
).strip()


def sought(words: str) -> Sought:
    return Sought(Query(text=words, words=words))


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[start:end] for start, end in snippet.marks]


def test_words_are_marked_by_their_stem_and_small_words_are_not() -> None:
    snippet = sought("when were the masts measured?").snippet(
        passage("The MAST, measuring."), 99
    )
    assert marked(snippet) == ["MAST", "measuring"]


def test_accents_and_case_do_not_matter_and_offsets_stay_true() -> None:
    snippet = sought("cafe strasse").snippet(passage("Im Café ﬁnd, Straße"), 99)
    assert marked(snippet) == ["Café", "Straße"]


def test_the_sentence_with_most_of_the_words_is_shown() -> None:
    snippet = sought("rigger broken mast").snippet(passage(LONG), 120)
    assert snippet.text.startswith("…On Friday the rigger")
    assert snippet.text.endswith("…")
    assert len(snippet.text) <= 122
    assert marked(snippet) == ["rigger", "broken", "mast"]


def test_without_any_of_the_words_it_is_the_hit_that_is_shown() -> None:
    start = LONG.index("On Friday")
    grown = replace(passage(LONG, start=1000), hit=(1000 + start, 1000 + start + 40))
    snippet = sought("zeppelin").snippet(grown, 120)
    assert snippet.text.startswith("…On Friday")
    assert snippet.marks == ()


def test_what_was_understood_does_not_choose_the_sentence() -> None:
    text = "Sent in 2001 and again in 2001, from the office. " + LONG
    year = Filter(field=Field.DURING, value="2001", stated=False, said="in 2001")
    query = Query(text="mast in 2001", words="mast in 2001", filters=(year,))
    snippet = Sought(query).snippet(passage(text), 100)
    assert "rigger" in snippet.text


def test_a_long_sentence_is_cut_before_its_first_match() -> None:
    text = "word " * 70 + "the mast " + "word " * 60
    snippet = sought("mast").snippet(passage(text.strip()), 80)
    assert "mast" in snippet.text[:60]


def test_control_characters_and_rules_are_left_out() -> None:
    snippet = sought("mast").snippet(passage("\x1b[31mmast\u202e\n----------- x"), 99)
    assert snippet.text == "[31mmast --- x"


def test_marks_are_cut_at_line_ends() -> None:
    snippet = Snippet("a mast here", ((2, 6),))
    lines = marked_lines(snippet, wrap(snippet.text, 4))
    assert ["".join(text for text, _ in line) for line in lines] == ["a", "mast", "here"]
    assert [mark for line in lines for _, mark in line] == [False, True, False]


def test_nothing_looked_for_marks_nothing() -> None:
    assert sought("").snippet(passage(LONG), 60).marks == ()


def test_every_feature_has_its_meaning_in_words() -> None:
    assert set(FEATURES) <= set(MEANING)


def test_what_added_nothing_is_not_explained() -> None:
    assert largest_first({"a": 0.1, "b": 2.0, "c": 0.0}) == [("b", 2.0), ("a", 0.1)]


def test_only_what_is_news_is_told() -> None:
    typed = Filter(field=Field.KIND, value="note")
    meant = Filter(field=Field.DURING, value="2004-03", stated=False, said="in March 2004")
    assert understood(Query(text="mast kind:note", words="mast", filters=(typed,))) == ""
    told = understood(
        Query(text="mast kind:note in March 2004", words="", filters=(typed, meant))
    )
    assert told == 'kind:note  during:2004-03 (from "in March 2004")'
    assert understood(Query(text="mast", words="mast")) == ""
