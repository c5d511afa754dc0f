"""What a search could be narrowed by: how many documents for each person, year, source, kind.

Where words are looked for, counted are the documents of the best 200 keyword hits and of the
passages found; the words of a question match far more documents than bear on it, and counting
those would say nothing. Where there are only operators, every document that satisfies them is
counted, by SQL. The first takes 5 to 35 ms at 100,000 chunks, the second about 8 ms for every
thousand documents.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from index import keywords
from index.filters import condition, listed
from index.mentioned import person
from index.passage import Passage
from index.people import CatalogPeople
from index.query import Field, Filter, Match, Query, written

HITS = 200
"""Of how many keyword hits the documents are counted."""

MOST_PEOPLE = 12

_COUNTED = """
WITH hit(id, kind, source, at, mail) AS MATERIALIZED (
    SELECT d.id, d.kind, f.source_id, coalesce(w.created_s, d.created_s),
        coalesce(d.within_id, d.id)
    FROM {documents} JOIN file f ON f.id=d.file_id LEFT JOIN document w ON w.id=d.within_id
    WHERE {where})
SELECT 'all' AS facet, '' AS value, count(*) AS documents FROM hit
UNION ALL SELECT 'kind', kind, count(*) FROM hit GROUP BY kind
UNION ALL SELECT 'source', s.path, count(*) FROM hit JOIN source s ON s.id=hit.source
    GROUP BY s.id
UNION ALL SELECT 'year', strftime('%Y', at, 'unixepoch', 'localtime') AS year, count(*)
    FROM hit WHERE at IS NOT NULL GROUP BY year
UNION ALL SELECT * FROM (
    SELECT 'person', i.person, count(DISTINCT hit.id) AS most
    FROM hit CROSS JOIN participant p ON p.document_id=hit.mail
    CROSS JOIN identity i ON i.id=p.identity_id
    WHERE i.person>0 GROUP BY i.person ORDER BY most DESC, i.person LIMIT ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """So many documents, and the operator that leaves only these."""

    label: str
    documents: int
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The counts, each sort with the largest first; years with the newest first."""

    documents: int
    """How many were counted."""

    people: tuple[Count, ...] = ()
    years: tuple[Count, ...] = ()
    sources: tuple[Count, ...] = ()
    kinds: tuple[Count, ...] = ()

    def sorts(self) -> Mapping[str, tuple[Count, ...]]:
        """The counts under the names they are shown by."""
        return {
            "people": self.people,
            "years": self.years,
            "sources": self.sources,
            "kinds": self.kinds,
        }


def facets(
    connection: sqlite3.Connection,
    query: Query,
    people: CatalogPeople,
    passages: Iterable[Passage] = (),
) -> Facets:
    """What `query` could be narrowed by; `passages` are what a search for it found."""
    rows = connection.execute(*_statement(connection, query, passages)).fetchall()
    found: dict[str, list[tuple[str, int]]] = {}
    for sort, value, documents in rows:
        found.setdefault(sort, []).append((value, documents))
    return Facets(
        documents=found["all"][0][1],
        people=_people(connection, found.get("person", ()), people),
        years=_counts(Field.DURING, sorted(found.get("year", ()), reverse=True)),
        sources=_counts(Field.IN, _largest(found.get("source", ()))),
        kinds=_counts(Field.KIND, _largest(found.get("kind", ()))),
    )


def _statement(
    connection: sqlite3.Connection, query: Query, passages: Iterable[Passage]
) -> tuple[str, list[object]]:
    if not query.words.strip() and not query.phrases:
        where, values = listed(query.filters)
        statement = _COUNTED.format(documents="document d", where=where)
        return statement, [*values, MOST_PEOPLE]
    stated = [one for one in query.filters if one.stated]
    hits = keywords.search(
        connection,
        query.words,
        HITS,
        phrases=query.phrases,
        documents=condition(stated) if stated else None,
    )
    among = (
        "(SELECT document_id AS hit_id FROM chunk WHERE id IN (SELECT value FROM json_each(?))"
        " UNION SELECT value FROM json_each(?)) CROSS JOIN document d ON d.id=hit_id"
    )
    chunks = json.dumps([chunk for chunk, _ in hits])
    documents = json.dumps([passage.document_id for passage in passages])
    statement = _COUNTED.format(documents=among, where="d.duplicate_of IS NULL")
    return statement, [chunks, documents, MOST_PEOPLE]


def _largest(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _counts(field: Field, found: Iterable[tuple[str, int]]) -> tuple[Count, ...]:
    return tuple(
        Count(
            label=value,
            documents=documents,
            operator=written(Filter(field=field, value=value)),
        )
        for value, documents in found
    )


def _people(
    connection: sqlite3.Connection, found: Iterable[tuple[str, int]], people: CatalogPeople
) -> tuple[Count, ...]:
    counts = []
    for number, documents in found:
        match = people.numbered(int(number))
        operator = match and _meaning(connection, match, people)
        if match and operator:  # else judged by a sync since the directory was loaded
            counts.append(Count(label=match.label, documents=documents, operator=operator))
    return tuple(counts)


def _meaning(connection: sqlite3.Connection, match: Match, people: CatalogPeople) -> str:
    """The operator that means this person: by the name if nobody else has it, or an address."""
    marks = ",".join("?" * len(match.identities))
    addresses = connection.execute(
        f"SELECT address FROM identity WHERE id IN ({marks}) AND address!='' ORDER BY id",
        match.identities,
    )
    for name in (match.label, *(row[0] for row in addresses)):
        meant = person(name, people, Field.WITH)
        if meant is not None and set(match.identities) == set(meant.identities):
            return written(meant)
    return ""
