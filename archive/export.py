"""An answer, a search or a summary with its sources, as Markdown or as one HTML file.

Everything in it was written by others, so all of it is escaped: nothing is fetched, no script
runs, no address becomes a link. Links are only anchors within the page, `mid:` (RFC 2392) to
a message and `file:` to the file it was read from.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from archive.guard import one_line, visible
from archive.table import escaped
from ingest.errors import LifeArchiveError

if TYPE_CHECKING:
    from archive.answer import Answer
    from archive.cite import Citation
    from archive.summary.made import Summary
    from index.passage import Passage

_MARK: Final = re.compile(r"\[(\d{1,3})\]")
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE: Final = (
    "body{font:1rem/1.5 serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "li{margin:0 0 1rem}ul li{margin:0 0 .2rem}"
    "blockquote{white-space:pre-wrap;margin:.3rem 0;padding-left:.8rem;"
    "border-left:3px solid #999}mark{background:#fe9}small{color:#555}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}"
    "mark{background:#540;color:#fff}small{color:#aaa}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is exported, whatever its form."""

    title: str
    text: str
    """Its `[n]` are the citations' numbers."""

    citations: Sequence[Citation]
    notes: Sequence[str] = ()
    """What is said of it, each in a line: how sure it is, how much was read."""

    made: datetime | None = None
    """When. None if that is not to be told."""


class UnknownForm(LifeArchiveError):
    """A file name that does not say Markdown or HTML."""

    exit_code = 2


def saved(path: Path, page: Page) -> None:
    """Write a new file in the form its name says. Raises UnknownForm, AlreadyThere."""
    from archive.originals import write_text

    form = _form(path)
    write_text(path, form(page))


def _form(path: Path) -> Callable[[Page], str]:
    forms = {".md": to_markdown, ".markdown": to_markdown, ".html": to_html, ".htm": to_html}
    form = forms.get(path.suffix.lower())
    if form is None:
        raise UnknownForm(
            f"{path} is neither Markdown nor HTML.", remedy="Name a file .md or .html."
        )
    return form


def notes_of(answer: Answer) -> tuple[str, ...]:
    """How sure an answer is and why, and which model worded it."""
    sure = answer.confidence
    said = list(sure.reasons)
    if sure.value is not None:
        kind = "" if sure.calibrated else ", uncalibrated"
        said.insert(0, f"{sure.word}: {sure.value:.0%}{kind}.")
    if answer.model:
        said.append(f"Worded by {answer.model}.")
    return tuple(said)


def save_answer(
    path: Path, question: str, answer: Answer, *, made: datetime | None = None
) -> None:
    """An answer as a new file."""
    notes = notes_of(answer)
    cited = answer.citations
    if answer.declined:  # the closest that was found is not meant to bear anything out
        cited = tuple(replace(one, supported=True) for one in cited)
    saved(path, Page(title=question, text=answer.text, citations=cited, notes=notes, made=made))


def save_summary(path: Path, summary: Summary, *, made: datetime | None = None) -> None:
    """A summary as a new file, with how much of what there is was read for it."""
    told = summary.coverage.told()
    notes = [f"{told[:1].upper()}{told[1:]}.", *summary.remarks]
    if summary.stopped:
        notes.append("It was stopped before all was read.")
    if summary.model:
        notes.append(f"Worded by {summary.model}.")
    title = f"Summary of {summary.asked}" if summary.asked else "Summary"
    cited = summary.citations
    saved(path, Page(title=title, text=summary.text, citations=cited, notes=notes, made=made))


def check(path: Path) -> None:
    """Whether `saved` could write this file, before anything long begins.

    Raises UnknownForm, AlreadyThere.
    """
    from archive.originals import AlreadyThere

    _form(path)
    if path.exists():
        raise AlreadyThere(path)


def of_search(passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """What a search found as sources, what matched marked."""
    from archive.cite import Citation

    found = []
    for number, passage in enumerate(passages, start=1):
        start, end = passage.hit
        if not passage.start <= start < end <= passage.end:
            start, end = passage.start, passage.end
        quoted = passage.text[start - passage.start : end - passage.start]
        found.append(
            Citation(
                n=number, passage=passage, quote=quoted, start=start, end=end, supported=True
            )
        )
    return tuple(found)


def to_markdown(page: Page) -> str:
    """Title, text and sources; the quote is bold within what stands around it."""
    known = {one.n for one in page.citations}
    lines = [f"# {escaped(page.title)}", ""]
    for line in visible(page.text).splitlines():
        item = "- " if line.startswith("- ") else ""
        lines.append(item + _md_marked(line.removeprefix("- "), known) + ("" if item else "  "))
    lines += ["", *(f"- {escaped(note)}" for note in page.notes)]
    if page.made is not None:
        lines += ["", f"Made on {page.made:%Y-%m-%d %H:%M} by Life Archive."]
    if page.citations:
        lines += ["", "## Sources", ""]
    for one in page.citations:
        lines.append(f'<a id="source-{one.n}"></a>**[{one.n}]** {escaped(_heading(one))}  ')
        lines.append(f"{_md_link(one.passage)}{_doubt(one)}")
        lines.append("")
        before, quoted, after = _around(one)
        for place, piece in enumerate((before, quoted, after)):
            for line in visible(piece).splitlines():
                if said := escaped(line).strip():
                    lines.append(f"> **{said}**  " if place == 1 else f"> {said}  ")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def to_html(page: Page) -> str:
    """The same as one file that needs no other; nothing in it runs or is fetched."""
    known = {one.n for one in page.citations}
    pieces = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{_safe(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{_safe(page.title)}</h1>\n{_html_text(page.text, known)}",
    ]
    if page.notes:
        pieces.append(
            "<ul>" + "".join(f"<li><small>{_safe(n)}</small>" for n in page.notes) + "</ul>"
        )
    if page.citations:
        pieces.append("<h2>Sources</h2>\n<ol>")
        pieces += [_html_source(one) for one in page.citations]
        pieces.append("</ol>")
    if page.made is not None:
        pieces.append(
            f"<p><small>Made on {page.made:%Y-%m-%d %H:%M} by Life Archive.</small></p>"
        )
    return "\n".join([*pieces, "</body>\n</html>\n"])


# --- pieces -------------------------------------------------------------------------------


def _heading(one: Citation) -> str:
    from archive.showing import header

    return header(one.passage) or one.passage.id


def _doubt(one: Citation) -> str:
    return "" if one.supported else " (does not bear it out)"


def _around(one: Citation) -> tuple[str, str, str]:
    """What the passage says before the quote, the quote, and what it says after it."""
    passage = one.passage
    if passage.start <= one.start <= one.end <= passage.end:
        start, end = one.start - passage.start, one.end - passage.start
        return passage.text[:start], passage.text[start:end], passage.text[end:]
    return "", one.quote, ""


def _target(passage: Passage) -> str:
    """A link that leads to the message or its file, and nowhere else."""
    if passage.kind == "mail" and re.fullmatch(r"<[^<>\s]+@[^<>\s]+>", passage.id):
        return "mid:" + quote(passage.id[1:-1], safe="@")
    return "file://" + quote(passage.path) if passage.path.startswith("/") else ""


def _md_link(passage: Passage) -> str:
    target = _target(passage)
    name = escaped(passage.id)
    return f"[{name}](<{target}>)" if target else name


def _md_marked(line: str, known: set[int]) -> str:
    pieces = _MARK.split(line)
    said = []
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            said.append(escaped(piece) if piece.strip() else piece)
            said[-1] = (" " if piece[:1] == " " and said[-1][:1] != " " else "") + said[-1]
        elif int(piece) in known:
            said.append(f" [\\[{piece}\\]](#source-{piece})")
        else:
            said.append(f" \\[{piece}\\]")
    return "".join(said).replace("  ", " ").strip()


def _html_text(text: str, known: set[int]) -> str:
    """Paragraphs, and lists of what begins with a dash."""
    pieces = []
    lines = visible(text).splitlines()
    for listed, some in groupby(lines, key=lambda line: line.startswith("- ")):
        said = [_html_marked(line.removeprefix("- "), known) for line in some]
        if listed:
            pieces.append("<ul>\n" + "".join(f"<li>{one}</li>\n" for one in said) + "</ul>")
        else:
            pieces.append("<p>" + "<br>\n".join(said) + "</p>")
    return "\n".join(pieces)


def _html_marked(line: str, known: set[int]) -> str:
    pieces = _MARK.split(line)
    return "".join(
        _safe_in_line(piece)
        if place % 2 == 0
        else f'<a href="#source-{piece}">[{piece}]</a>'
        if int(piece) in known
        else f"[{piece}]"
        for place, piece in enumerate(pieces)
    )


def _html_source(one: Citation) -> str:
    before, quoted, after = (_safe_in_line(piece) for piece in _around(one))
    target, name = _target(one.passage), _safe(one.passage.id)
    link = f'<a href="{html.escape(target)}">{name}</a>' if target else name
    return (
        f'<li id="source-{one.n}" value="{one.n}">{_safe(_heading(one))}{_doubt(one)}<br>'
        f"<small>{link}</small>\n<blockquote>{before}<mark>{quoted}</mark>{after}</blockquote>"
    )


def _safe(text: str) -> str:
    return html.escape(one_line(text))


def _safe_in_line(text: str) -> str:
    return html.escape(visible(text))
