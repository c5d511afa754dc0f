"""What the word before the cursor can be completed to: an operator, or a value of one.

Pure and in memory: a few thousand names are looked through in under a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tui.clean import one_line

if TYPE_CHECKING:
    from index.vocabulary import Vocabulary

OPERATORS = (
    *("from:", "to:", "with:", "cc:", "subject:", "in:", "after:", "before:", "on:", "during:"),
    *("has:attachment", "kind:mail", "kind:note", "kind:chat", "kind:file", "kind:pdf", "tag:"),
)
MOST = 8

_PEOPLE = ("from", "to", "with", "cc")
_DATES = ("during", "after", "before", "on")
_KINDS = ("mail", "note", "chat", "file", "pdf")


def completions(line: str, known: Vocabulary | None = None) -> list[str]:
    """Whole lines that `line` can be completed to, the likeliest first; `MOST` at most."""
    at = word_at(line)
    word = line[at:]
    before = line[:at] + ("-" if word.startswith("-") else "")
    word = word.removeprefix("-")
    name, colon, begun = word.partition(":")
    if not colon:
        fits = _starting(OPERATORS, word.lower()) if len(word) >= 2 else iter(())
        return [before + one for one in _first(fits)]
    opened = begun.startswith('"')
    begun = begun.removeprefix('"').casefold()
    values = _values(name.lower(), known)
    found = _first(_naming(values, begun))
    # What is typed stays as it is: a completion only adds to it.
    typed = line[: len(line) - len(begun)] if begun else line
    return [
        _with(typed, line, one, len(begun), opened=opened)
        for one in found
        if one.casefold().startswith(begun)
    ] + [
        f"{before}{name}:{_quoted(one)}"
        for one in found
        if not one.casefold().startswith(begun)
    ]


def names_something(line: str) -> bool:
    """Whether the last word is an operator whose value is a name, of which half is no use."""
    name, colon, _ = line[word_at(line) :].removeprefix("-").partition(":")
    return bool(colon) and name.lower() in (*_PEOPLE, "in", "tag", "kind", "has")


def _with(typed: str, line: str, value: str, begun: int, *, opened: bool) -> str:
    """`line` and the rest of `value`; a value with a space gets its quotation marks."""
    if opened:
        return f'{line}{value[begun:]}"'
    if _quoted(value) == value:
        return line + value[begun:]
    return f'{typed}"{value}"'


def word_at(line: str) -> int:
    """Where the last word begins; a space within quotation marks is part of one."""
    at, inside = 0, False
    for place, sign in enumerate(line):
        if sign == '"':
            inside = not inside
        elif sign == " " and not inside:
            at = place + 1
    return at


def _values(name: str, known: Vocabulary | None) -> Iterable[str]:
    if name == "kind":
        return _KINDS
    if name == "has":
        return ("attachment",)
    if known is None:
        return ()
    if name in _PEOPLE:
        return ("me", *known.people)
    if name == "in":
        return known.folders
    if name == "tag":
        return known.tags
    return _months(known.first, known.last) if name in _DATES else ()


def _months(first: datetime | None, last: datetime | None) -> Iterator[str]:
    """Years and then months of the archive, the newest first."""
    if first is None or last is None:
        return
    for year in range(last.year, first.year - 1, -1):
        yield f"{year}"
    for year in range(last.year, first.year - 1, -1):
        top = last.month if year == last.year else 12
        bottom = first.month if year == first.year else 1
        for month in range(top, bottom - 1, -1):
            yield f"{year}-{month:02}"


def _naming(values: Iterable[str], begun: str) -> Iterator[str]:
    """Those that begin so, then those of which another word does."""
    cleaned = [one_line(value).replace('"', "") for value in values]
    yield from _starting(cleaned, begun)
    for value in cleaned:
        words = value.casefold().split()[1:]
        if any(word.startswith(begun) for word in words) and not value.casefold().startswith(
            begun
        ):
            yield value


def _starting(values: Iterable[str], begun: str) -> Iterator[str]:
    return (one for one in values if one.casefold().startswith(begun) and one != begun)


def _first(values: Iterator[str]) -> list[str]:
    found: list[str] = []
    for value in values:
        if value and value not in found:
            found.append(value)
        if len(found) == MOST:
            break
    return found


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign in value for sign in " ,:") else value
