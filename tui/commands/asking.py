"""Search, ask, and open what an answer rests on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tui.commands.common import (
    dim,
    excerpt,
    heading,
    json_option,
    nothing_added,
    open_archive,
    print_json,
    safe,
)

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound


@click.command()
@click.argument("query")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 60))
@click.option(
    "--sort",
    "order",
    default="relevance",
    show_default=True,
    type=click.Choice(["relevance", "newest", "oldest"]),
    help="Order of what was found; operators alone are listed by date anyway.",
)
@click.option("--facets", is_flag=True, help="Count by person, year, source and kind.")
@click.option("--explain", is_flag=True, help="Show how each score came about.")
@json_option
def search(
    query: str, limit: int, order: str, facets: bool, explain: bool, as_json: bool
) -> None:
    """Find passages by their words and their meaning.

    Operators narrow it down: from: to: with: cc: subject: in: after: before: on: during:
    has:attachment kind: tag:, a minus in front takes away, "quoted words" must occur.
    A query that begins with a minus is put behind `--`.
    """
    archive = open_archive()
    found = archive.search(query, limit=limit, order=order)
    counted = archive.facets(found) if facets else None
    if as_json:
        from archive import forms

        print_json(forms.search(found, facets=counted, explain=explain))
        return
    from tui.commands.results import (
        print_facets,
        print_results,
        print_timings,
        print_understood,
    )

    print_understood(found.query)
    if counted is not None:
        print_facets(counted)
    print_results(found, explain=explain)
    if explain:
        print_timings(found.timings_ms)
    if not found.passages:
        click.echo("Nothing found.", err=True)
        if found.query.filters:
            click.echo("Leave an operator out, or look for other words.", err=True)


@click.command()
@click.argument("question")
@json_option
def ask(question: str, as_json: bool) -> None:
    """Answer a question from the archive, with sources and a confidence."""
    archive = open_archive()
    if not archive.sources():
        raise nothing_added()
    loading = archive.begin_loading_model()
    from archive.answer import Answer, EvidenceFound, Token

    answer: Answer | None = None
    streamed = False
    for step in archive.ask(question):
        if isinstance(step, Answer):
            answer = step
        elif as_json:
            continue
        elif isinstance(step, EvidenceFound):
            _show_evidence(step)
        elif isinstance(step, Token) and sys.stdout.isatty():
            # On a terminal the words appear as they come; the checked answer follows.
            click.echo(dim(step.text), nl=False)
            streamed = True
    assert answer is not None
    if as_json:
        from archive import forms

        print_json(forms.answer(answer))
    else:
        if streamed:
            click.echo("\n")
        _show_answer(answer)
    if loading.is_alive():
        # Nothing was found and the model is not loaded yet. Python's clean-up would pull the
        # interpreter from under llama.cpp.
        sys.stdout.flush()
        os._exit(0)


def _show_evidence(found: EvidenceFound) -> None:
    from tui.commands.results import print_understood

    if found.query is not None:
        print_understood(found.query)
    for item in found.evidence:
        click.echo(dim(f"[{item.n}] {heading(item.passage)}"))
        click.echo(dim(f"    {excerpt(item.text)}"))
    click.echo()


def _show_answer(answer: Answer) -> None:
    click.echo(click.style(safe(answer.text), bold=True))
    sure = answer.confidence
    if sure.value is not None:
        kind = "" if sure.calibrated else " (uncalibrated)"
        of_what = "that it is not there" if answer.declined else "confident"
        click.echo(f"{sure.value:.0%} {of_what}{kind}. {' '.join(sure.reasons)}")
    for item in answer.citations:
        mark = "" if item.supported or answer.declined else " (does not bear it out)"
        click.echo(f"[{item.n}] “{excerpt(item.quote)}”{mark}")
        click.echo(f"    {heading(item.passage)}")
        click.echo(f"    archive show '{safe(item.passage.id)}'")


@click.command()
@click.argument("citation")
@json_option
def show(citation: str, as_json: bool) -> None:
    """Print a document in full. CITATION is its id: a Message-ID, or a path below a source.

    Of a file with several documents, such as a chat, `PATH#LOCATOR` names one.
    """
    document = open_archive().find_document(citation)
    if as_json:
        from archive import forms

        print_json(forms.document(document))
        return
    click.echo(f"Title    {safe(document.title)}")
    if document.people:
        click.echo(f"People   {safe(', '.join(document.people))}")
    if document.date is not None:
        click.echo(f"Date     {document.date:%Y-%m-%d %H:%M %z}")
    if document.within:
        click.echo(f"Came with {safe(document.within)}")
    for path, locator in document.places or ((document.path, document.locator),):
        click.echo(f"File     {safe(f'{path} {locator}'.rstrip())}")
    if document.tags:
        click.echo(f"Tags     {safe(', '.join(document.tags))}")
    if document.attachments:
        click.echo(f"Attached {safe(', '.join(document.attachments))}")
    for remark in document.remarks:
        click.echo(f"Note     {safe(remark)}")
    click.echo()
    from archive.guard import visible

    click.echo(visible(document.text))
