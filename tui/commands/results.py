"""What was found, as text for a terminal or a pipe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from tui.commands.common import dim, safe

if TYPE_CHECKING:
    from index.facets import Facets
    from index.passage import Passage
    from index.query import Query
    from index.retrieve import SearchResult
    from tui.links import Links
    from tui.snippet import Sought

_WIDEST = 100
_INDENT = "    "
_SNIPPET_LINES = 3
_MOST_ROWS = 12


def print_understood(query: Query) -> None:
    """One quiet line on how the query was understood, one for each thing that was not."""
    from tui.understood import understood

    if filters := understood(query):
        click.echo(dim(f"Understood: {filters}"))
    for remark in query.remarks:
        click.echo(dim(f"Note: {safe(remark)}"))


def print_results(found: SearchResult, *, explain: bool, links: Links) -> None:
    """Every passage in a few lines."""
    from tui.snippet import Sought

    sought = Sought(found.query)
    for number, passage in enumerate(found.passages, start=1):
        for line in _result(number, passage, sought, links):
            click.echo(line)
        if explain:
            for line in explained(passage, found.scores.get(passage.chunk_id, {})):
                click.echo(dim(_INDENT + line))
        click.echo()


def _result(number: int, passage: Passage, sought: Sought, links: Links) -> Iterator[str]:
    from tui.words import who

    date = f"{passage.date:%Y-%m-%d}" if passage.date else "no date"
    title = _bold(safe(passage.title) or "(no title)")
    title = links.to_document(
        title, passage_id=passage.id, path=passage.path, page=passage.page
    )
    yield f"{number:2}. {date}  {title}"
    page = f"page {passage.page}" if passage.page else ""
    facts = [who(passage.people), passage.kind, page, safe(passage.section)]
    yield _INDENT + " · ".join(fact for fact in facts if fact)
    yield from _snippet(passage, sought)
    if passage.also:
        many = len(passage.also)
        yield _INDENT + dim(f"also said in {many} other document{'s' if many > 1 else ''}")
    yield _INDENT + dim(safe(passage.id))


def _snippet(passage: Passage, sought: Sought) -> Iterator[str]:
    from tui.snippet import marked_lines
    from tui.wrap import wrap

    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST) - len(_INDENT)
    snippet = sought.snippet(passage, (width - 8) * _SNIPPET_LINES)
    lines = wrap(snippet.text, width)[:_SNIPPET_LINES]
    for pieces in marked_lines(snippet, lines):
        yield _INDENT + "".join(_bold(text) if mark else text for text, mark in pieces)


def explained(passage: Passage, added: Mapping[str, float]) -> Iterator[str]:
    """How a score came about: what each feature added, the largest first."""
    from index.explained import MEANING, largest_first

    if not added:
        yield "not scored: listed by date"
        return
    yield f"{passage.score:7.3f}  score"
    for name, value in largest_first(added):
        yield f"{value:+7.3f}  {name:<16} {MEANING[name]}"
    places = [
        f"{name} rank {'none' if rank is None else rank}"
        for name, rank in (("keyword", passage.keyword_rank), ("vector", passage.vector_rank))
    ]
    if passage.similarity is not None:
        places.append(f"cosine {passage.similarity:.2f}")
    yield " " * 9 + ", ".join(places)


def print_timings(timings_ms: Mapping[str, float]) -> None:
    """How long each part took."""
    click.echo(dim("Milliseconds:"))
    for part, taken in timings_ms.items():
        click.echo(dim(f"{taken:8.1f}  {part}"))


def print_facets(facets: Facets) -> None:
    """Small tables: how many documents, and the operator that leaves only these."""
    click.echo(f"Of {facets.documents:,} document{'' if facets.documents == 1 else 's'}:")
    for sort, counts in facets.sorts().items():
        if not counts:
            continue
        click.echo(_bold(sort.capitalize()))
        shown = counts[:_MOST_ROWS]
        label = max(len(safe(one.label)) for one in shown)
        for one in shown:
            row = f"  {safe(one.label):<{label}}  {one.documents:>7,}  "
            click.echo(row + dim(safe(one.operator)))
        if len(counts) > len(shown):
            click.echo(dim(f"  and {len(counts) - len(shown)} more"))
    click.echo()


def _bold(text: str) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, bold=True)
