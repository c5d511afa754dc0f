"""What the search screen says of a search: how much was found, in which order, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.clean import one_line
from tui.understood import guessed, understood
from tui.words import count

if TYPE_CHECKING:
    from index.query import Query

_ORDER_WORDS = {"relevance": "best first", "newest": "newest first", "oldest": "oldest first"}
_HELP = """\
Plain words are enough: “what Anna wrote about the mast in March 2004”.

  from:anna  to:me  with:"Tom Lee"  cc:  subject:lease
  after:2003  before:2004-06  on:2004-03-05  during:2004-03
  in:Sent  kind:note  has:attachment  tag:boat
  "new mast" must occur just so; a minus takes away: -from:anna"""


def is_ranked(query: Query) -> bool:
    """Whether there are words to rank by; else everything that satisfies it is found."""
    return bool(query.words.strip() or query.phrases)


def order_of(query: Query, wanted: str) -> str:
    """The order the results stand in."""
    if wanted != "relevance" or is_ranked(query):
        return wanted
    return "oldest" if query.order == "oldest" else "newest"


def title(found: int, order: str, *, goes_on: bool, taken_ms: float | None) -> str:
    """How many, whether there are more, in which order, and how long that took."""
    more = " and more" if goes_on else ""
    said = f"{count(found, 'passage')}{more}, {_ORDER_WORDS[order]}"
    return said if taken_ms is None else f"{said} · {taken_ms:.0f} ms"


def how(query: Query, *, plain: bool) -> Content:
    """How the query was understood, and what was not; empty if there is nothing to say."""
    parts: list[Content] = []
    if plain:
        parts.append(Content("Words only; Ctrl+T understands again"))
    elif guessed(query):
        keys = "  ·  Ctrl+O edits, Ctrl+T takes it as words"
        said = Content(f"Understood  {understood(query)}")
        parts.append(said + Content.styled(keys, "$foreground 60%"))
    elif told := understood(query):
        parts.append(Content(f"Understood  {told}"))
    parts += [
        Content.styled(f"! {one_line(remark)}", "$text-warning") for remark in query.remarks
    ]
    return Content("\n").join(parts)


def nothing(text: str, query: Query | None, syncing: bool) -> Content:
    """What stands where results would, and what to do about it."""
    if not text:
        return Content.styled("Search", "bold") + Content(f"\n\n{_HELP}")
    found = Content.styled("Nothing found", "bold")
    if syncing:
        return found + Content(
            " so far\n\nWhat is new is being read. What comes is looked through by itself."
        )
    if query is not None and query.filters:
        return found + Content(
            "\n\nNothing satisfies all of this. Leave one of the operators out, or look for"
            " other words; Ctrl+T takes what was understood back."
        )
    return found + Content(
        "\n\nOther words may find it. If it was added lately, Ctrl+R reads what is new; F3 says"
        " what could not be read."
    )
