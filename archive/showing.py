"""What is shown of sources: to the model each behind a marker that nobody can guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive.evidence import Evidence
from archive.guard import fence, named_to_model, one_line, shown_to_model
from archive.llm import Turn
from archive.prompts import load
from archive.suspicion import suspected
from index.passage import Passage


def prompt(question: str, evidence: Sequence[Evidence]) -> list[Turn]:
    """What the model is shown: sources, each behind an unguessable marker, and the question."""
    marker = f"§{fence(item.text for item in evidence)}"
    sources = "\n".join(
        f"{marker} [{item.n}] {header_to_model(item.passage, named_to_model)}\n"
        f"{shown_to_model(item.text, item.passage.title, around=item.passage.text)}"
        for item in evidence
    )
    return [
        Turn(role="system", content=load("answer")),
        Turn(
            role="user",
            content=f"{sources}\n{marker} end of sources\n\n"
            f"Question: {one_line(question)}\n\n{load('question')}",
        ),
    ]


def header(passage: Passage) -> str:
    """Where a passage is from, on one line, as people are shown it: `…, 8 June 2003`."""
    date = passage.date
    return _header(passage, one_line, f"{date.day} {date:%B %Y}" if date else "")


def header_to_model(passage: Passage, clean: Callable[[str], str] = one_line) -> str:
    """The same as a model is shown it: `…, 08 June 2003`, each name in it made `clean`.

    What the confidence was fitted to was answered with the day in two digits.
    """
    return _header(passage, clean, f"{passage.date:%d %B %Y}" if passage.date else "")


def _header(passage: Passage, clean: Callable[[str], str], date: str) -> str:
    pieces = [clean(passage.title)]
    names = [clean(person.split(" <")[0]) for person in passage.people]
    if passage.kind == "chat":  # each line says whose it is
        pieces.append("between " + " and ".join(names[:3]) if len(names) > 1 else "")
    elif names:
        pieces.append("from " + names[0])
    pieces.append(date)
    if passage.page is not None:
        pieces.append(f"page {passage.page}")
    return ", ".join(piece for piece in pieces if piece)


def flagged(evidence: Sequence[Evidence]) -> tuple[int, ...]:
    """Numbers of the sources in which something was left out for the model."""
    return tuple(
        item.n
        for item in evidence
        if suspected(item.text, item.passage.title, around=item.passage.text)
    )
