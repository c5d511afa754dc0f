"""Search, ask, and open what an answer rests on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
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
from tui.commands.completing import OPERATORS
from tui.links import Links, links, url_of

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound
    from index.passage import Passage

_OPERATORS = "\b\nOperators:\n" + "\n".join(
    f"  {name + ':':<9} {means}" for name, means in OPERATORS.items()
)


@click.command(epilog=_OPERATORS)
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit",
    default=10,
    show_default=True,
    type=click.IntRange(1, 60),
    metavar="N",
    help="Only so many passages.",
)
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
    query: tuple[str, ...],
    limit: int,
    order: str,
    facets: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """Find passages by their words and their meaning.

    Operators leave only what fits them; a minus in front takes away, "quoted words" must occur.
    A query that begins with a minus is put behind `--`. What holds quotes of its own stands
    in the other sort of quotes.

    \b
    archive search mast from:kate during:2004
    archive search 'lease with:"Tom Lee" -in:Archive' --sort newest
    """
    archive = open_archive()
    found = archive.search(" ".join(query), limit=limit, order=order)
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
    print_results(found, explain=explain, links=links(setting=archive.settings.terminal.links))
    if explain:
        print_timings(found.timings_ms)
    if not found.passages:
        click.echo("Nothing found.", err=True)
        if found.query.filters:
            click.echo("Leave an operator out, or look for other words.", err=True)


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the answer with its sources to a new file, .md or .html.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Show the time of each stage and what the confidence is made of.",
)
@json_option
def ask(question: tuple[str, ...], save: Path | None, explain: bool, as_json: bool) -> None:
    """Answer a question from the archive, with sources and a confidence.

    `-` reads the question from standard input. In a pipe only the answer and its sources are
    printed, as plain text. The exit code is 0 also when the archive declines, since that is an
    answer; in `--json`, `declined` says so.

    \b
    archive ask "When did we sign the lease in Leith?"
    """
    asked = _read(" ".join(question))
    if save is not None:
        from archive.export import check

        check(save)
    archive = open_archive()
    if not archive.sources():
        raise nothing_added()
    loading = archive.begin_loading_model()
    from archive.answer import Answer, EvidenceFound, Token

    answer: Answer | None = None
    streamed = False
    for step in archive.ask(asked):
        if isinstance(step, Answer):
            answer = step
        elif as_json:
            continue
        elif not sys.stdout.isatty():
            continue  # who reads a pipe waits for the answer, not beside it
        elif isinstance(step, EvidenceFound):
            _show_evidence(step)
        elif isinstance(step, Token):
            # On a terminal the words appear as they come; the checked answer follows.
            click.echo(dim(step.text), nl=False)
            streamed = True
    assert answer is not None
    if save is not None:
        _save(save, asked, answer)
    if as_json:
        from archive import forms

        print_json(forms.answer(answer))
    else:
        if streamed:
            click.echo("\n")
        _show_answer(answer, links(setting=archive.settings.terminal.links))
        if explain:
            from tui.commands import explaining

            explaining.explain(answer)
    if loading.is_alive():
        # Nothing was found and the model is not loaded yet. Python's clean-up would pull the
        # interpreter from under llama.cpp.
        sys.stdout.flush()
        os._exit(0)


def _save(path: Path, question: str, answer: Answer) -> None:
    from datetime import datetime

    from archive.export import save_answer

    save_answer(path, question, answer, made=datetime.now().astimezone())


def _read(question: str) -> str:
    """The question, from standard input if it is `-`."""
    if question == "-":
        question = " ".join(sys.stdin.buffer.read().decode("utf-8", "replace").split())
    if not question.strip():
        raise click.UsageError("There is no question.")
    return question


def _show_evidence(found: EvidenceFound) -> None:
    from tui.commands.results import print_understood

    if found.query is not None:
        print_understood(found.query)
    for item in found.evidence:
        click.echo(dim(f"[{item.n}] {heading(item.passage)}"))
        click.echo(dim(f"    {excerpt(item.text)}"))
    click.echo()


def _show_answer(answer: Answer, link: Links) -> None:
    for line in answer.text.splitlines():
        click.echo(click.style(safe(line), bold=True))
    sure = answer.confidence
    if sure.value is not None:
        kind = "" if sure.calibrated else " (uncalibrated)"
        click.echo(f"{sure.word}: {sure.value:.0%}{kind}. {' '.join(sure.reasons)}")
    elif not answer.declined:  # counted: what was counted is all there is to say
        click.echo(safe(" ".join(sure.reasons)))
    for item in answer.citations:
        mark = "" if item.supported or answer.declined else " (does not bear it out)"
        if " ".join(item.quote.split()) in answer.text:  # it stands above already
            click.echo(f"[{item.n}] {_linked(item.passage, link)}{mark}")
        else:
            click.echo(f"[{item.n}] “{excerpt(item.quote)}”{mark}")
            click.echo(f"    {_linked(item.passage, link)}")
        click.echo(f"    archive show '{safe(item.passage.id)}'")


def _linked(passage: Passage, link: Links) -> str:
    return link.to_document(
        heading(passage), passage_id=passage.id, path=passage.path, page=passage.page
    )


@click.command()
@click.argument("citation")
@json_option
def show(citation: str, as_json: bool) -> None:
    """Print a document in full. CITATION is its id: a Message-ID, or a path below a source.

    Of a file with several documents, such as a chat, `PATH#LOCATOR` names one.
    """
    archive = open_archive()
    document = archive.find_document(citation)
    if as_json:
        from archive import forms

        print_json(forms.document(document))
        return
    link = links(setting=archive.settings.terminal.links)
    title = link.to_document(
        safe(document.title), passage_id=document.passage_id, path=document.path, page=None
    )
    click.echo(f"Title    {title}")
    if document.people:
        click.echo(f"People   {safe(', '.join(document.people))}")
    if document.date is not None:
        click.echo(f"Date     {document.date:%Y-%m-%d %H:%M %z}")
    if document.within:
        click.echo(f"Came with {safe(document.within)}")
    for path, locator in document.places or ((document.path, document.locator),):
        shown = safe(f"{path} {locator}".rstrip())
        click.echo(f"File     {link.to_url(shown, url_of('', path))}")
    if document.tags:
        click.echo(f"Tags     {safe(', '.join(document.tags))}")
    if document.attachments:
        click.echo(f"Attached {safe(', '.join(document.attachments))}")
    for remark in document.remarks:
        click.echo(f"Note     {safe(remark)}")
    click.echo()
    from archive.guard import visible

    click.echo(visible(document.text))
