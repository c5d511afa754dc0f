"""Queries: filters written as operators, added and taken away."""

from __future__ import annotations

import pytest

from index.query import Field, Filter, Query, with_filter, without_filter, written

ANNA = Filter(field=Field.FROM, value="Anna Berg", identities=(1,))
PDF = Filter(field=Field.KIND, value="pdf")


@pytest.mark.parametrize(
    ("condition", "operator"),
    [
        (ANNA, 'from:"Anna Berg"'),
        (PDF, "kind:pdf"),
        (Filter(field=Field.IN, value="a,b"), 'in:"a,b"'),
        (Filter(field=Field.TAG, value=""), 'tag:""'),
        (Filter(field=Field.TAG, value="x", negated=True), "-tag:x"),
        (Filter(field=Field.DURING, value="2004-03-05.."), "during:2004-03-05.."),
    ],
)
def test_written_as_an_operator(condition: Filter, operator: str) -> None:
    assert written(condition) == operator


def test_words_come_first() -> None:
    query = Query(text="roof", words="roof", filters=(ANNA, PDF))
    assert query.canonical() == 'roof from:"Anna Berg" kind:pdf'
    assert Query(text="", words="").canonical() == ""


def test_filter_is_added_once_and_taken_away() -> None:
    understood = Filter(
        field=Field.FROM, value="Anna Berg", identities=(1,), stated=False, said="Anna"
    )
    query = Query(text="roof", words="roof", filters=(understood, PDF))
    stated = with_filter(query, ANNA)
    assert stated.filters == (PDF, ANNA)
    assert without_filter(stated, understood).filters == (PDF,)
    assert query.filters == (understood, PDF)
