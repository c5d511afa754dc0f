"""Keyword search: any word counts, and in a large archive the rare ones decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import keywords
from index.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    made = Catalog(tmp_path / "catalog.sqlite")
    made.add_source(tmp_path)
    made.connection.execute(
        "INSERT INTO file(id, source_id, relative, path, format, format_version, size,"
        " mtime_ns) VALUES (1, 1, 'x', 'x', 'text', 1, 1, 1)"
    )
    made.connection.execute(
        "INSERT INTO document(id, file_id, locator, passage_id, digest, kind, title, text,"
        " people, parts, page_starts, refs, attachments, tags, remarks)"
        " VALUES (1, 1, '', 'x', x'00', 'note', '', '', '', '', '', '', '', '', '')"
    )
    return made


def put(catalog: Catalog, *texts: str) -> None:
    with catalog.transaction() as connection:
        connection.executemany(
            'INSERT INTO chunk(document_id, position, start, "end", context, text, digest)'
            " VALUES (1, 0, 0, 0, '', ?, x'00')",
            [(text,) for text in texts],
        )


def found(catalog: Catalog, question: str) -> list[int]:
    return [number for number, _ in keywords.search(catalog.connection, question, 10)]


def note_common(catalog: Catalog) -> dict[str, int]:
    with catalog.transaction() as connection:
        keywords.note_common(connection)
    rows = catalog.connection.execute("SELECT term, chunks FROM common_term")
    return {row[0]: row[1] for row in rows}


def test_any_of_the_words_is_enough_and_more_are_better(catalog: Catalog) -> None:
    put(catalog, "the blue boat", "a blue bicycle", "a green tent")
    assert found(catalog, "Where is the blue boat?") == [1, 2]
    assert found(catalog, "") == []
    assert found(catalog, '"); DROP TABLE chunk; --') == []


def test_a_small_archive_has_no_common_words(catalog: Catalog) -> None:
    put(catalog, *["the blue boat"] * 20)
    assert note_common(catalog) == {}


def test_in_a_large_archive_the_rare_words_decide(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "COMMON_CHUNKS", 5)
    monkeypatch.setattr(keywords, "SCORED_CHUNKS", 8)
    put(catalog, *["meeting report"] * 30, "report about varnish", "meeting about brushes")
    assert note_common(catalog) == {"meet": 31, "report": 31}
    assert set(found(catalog, "report varnish brushes")) == {31, 32}
    # Nothing but common words: those with all of them come first.
    assert len(found(catalog, "meetings and reports")) == 10


def test_common_words_are_counted_anew_when_the_archive_has_grown(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "COMMON_CHUNKS", 5)
    put(catalog, *["blue"] * 20)
    assert note_common(catalog) == {"blue": 20}
    put(catalog, "blue")
    assert note_common(catalog) == {"blue": 20}
    put(catalog, *["green"] * 10)
    assert note_common(catalog) == {"blue": 21, "green": 10}


@pytest.mark.parametrize("word", ["meetings", "Größe", "2004", "naïve", "running", "боты"])
def test_words_are_cut_to_stems_as_the_index_does(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(keywords, "COMMON_CHUNKS", 1)
    put(catalog, word, word)
    assert frozenset(note_common(catalog)) == keywords._stems(word)
