"""Whose words are whose: own text, quoted text and signatures in a mail.

Works on normalised text, line by line. When in doubt a line is the sender's own.
"""

from __future__ import annotations

import re
from typing import Final

from ingest.document import Part, PartKind

_ORIGINAL: Final = re.compile(
    r"\s*(?:-{2,}|_{5,})\s*(?:original (?:message|appointment)|forwarded|weitergeleitete"
    r"|urspr.ngliche nachricht|message (?:d.origine|transf.r.)|mensaje (?:original|reenviado)"
    r"|messaggio (?:originale|inoltrato)|doorgestuurd|oorspronkelijk)"
    r"|\s*begin forwarded message:\s*$",
    re.IGNORECASE,
)
_WROTE: Final = re.compile(
    r"\b(?:wrote|writes|said|schrieb|écrit|escribió|escreveu|scritto|schreef|skrev|napisał)\b"
    r"|[\w.+-]+@\w|\b(?:19|20)\d\d\b|\d:\d\d",
    re.IGNORECASE,
)
# The header lines a mail program copies above a quoted message, in any order.
_HEADERS: Final = {
    **dict.fromkeys(("from", "von", "de", "da", "van"), "from"),
    **dict.fromkeys(("to", "an", "à", "para", "a", "aan"), "to"),
    **dict.fromkeys(("sent", "date", "gesendet", "datum", "envoyé", "enviado", "data"), "date"),
    **dict.fromkeys(
        ("subject", "betreff", "objet", "asunto", "oggetto", "onderwerp"), "subject"
    ),
    **dict.fromkeys(("cc", "bcc", "kopie"), "cc"),
}
_CLOCK: Final = re.compile(r"\d:\d\d")
_BLOCK_LINES: Final = 8
_SIGNATURE_LINES: Final = 15
_ATTRIBUTION_LINES: Final = 3


def parts(text: str) -> tuple[Part, ...]:
    """What is own, quoted and signature in `text`; empty if all of it is own."""
    lines = text.split("\n")
    kinds = [PartKind.OWN] * len(lines)
    end = _mark_copied_message(lines, kinds)
    if ">" in text:
        _mark_prefixed(lines, kinds, end)
    if "\n--" in text or text.startswith("--"):
        _mark_signature(lines, kinds, end)
    found: list[Part] = []
    offset = began = 0
    for number, line in enumerate(lines):
        if number and kinds[number] is not kinds[number - 1]:
            found.append(Part(kind=kinds[number - 1], start=began, end=offset))
            began = offset
        offset += len(line) + 1
    if began < len(text):
        found.append(Part(kind=kinds[-1], start=began, end=len(text)))
    if all(part.kind is PartKind.OWN for part in found):
        return ()
    return tuple(found)


def _mark_copied_message(lines: list[str], kinds: list[PartKind]) -> int:
    """Mark an unprefixed earlier message as quote, to the end; its first line."""
    for number, line in enumerate(lines):
        if _begins_copy(lines, number, line):
            kinds[number:] = [PartKind.QUOTE] * (len(lines) - number)
            return number
    return len(lines)


def _begins_copy(lines: list[str], number: int, line: str) -> bool:
    if not line:
        return False
    if line.lstrip()[:1] in "-_bB" and _ORIGINAL.match(line):
        # With prefixed lines below, the sender may go on after them.
        below = next(filter(None, lines[number + 1 : number + 5]), "")
        return not below.startswith(">")
    if ":" not in line:
        return False
    name = _header(line)
    if name == "from":
        return len(_headers_below(lines, number) - {"cc"}) >= 2
    if name == "to" and "subject" in _headers_below(lines, number):
        return True
    # Lotus Notes: a name with a date and time, then To: and Subject:.
    return (
        not name
        and bool(_CLOCK.search(line))
        and {"to", "subject"} <= _headers_below(lines, number)
    )


def _header(line: str) -> str:
    name, colon, _ = line.partition(":")
    return _HEADERS.get(name.strip(" \t*").lower(), "") if colon else ""


def _headers_below(lines: list[str], number: int) -> set[str]:
    """The kinds of header lines in the block that goes on below a line."""
    found: set[str] = set()
    strangers = 0
    for line in lines[number + 1 : number + 1 + _BLOCK_LINES]:
        name = _header(line)
        if name:
            found.add(name)
        elif line.strip() and not found & {"to", "cc"}:
            strangers += 1
            if strangers > 1:
                break
    return found


def _mark_prefixed(lines: list[str], kinds: list[PartKind], end: int) -> None:
    """Mark lines that begin with `>`, and the line that says who wrote them."""
    previous = -1  # the last quoted line
    for number in range(end):
        if not lines[number].startswith(">"):
            continue
        kinds[number] = PartKind.QUOTE
        if previous >= 0 and not any(lines[previous + 1 : number]):
            kinds[previous + 1 : number] = [PartKind.QUOTE] * (number - previous - 1)
        else:
            first = _attribution(lines, previous + 1, number)
            kinds[first:number] = [PartKind.QUOTE] * (number - first)
        previous = number


def _attribution(lines: list[str], lowest: int, quote: int) -> int:
    """First line of "On … wrote:" above a quote; `quote` itself if there is none."""
    last = quote - 1
    while last >= lowest and not lines[last]:
        last -= 1
    if last < lowest:
        return quote
    if _ORIGINAL.match(lines[last]):
        return last
    if not lines[last].endswith(":"):
        return quote
    first = last
    while first > lowest and lines[first - 1] and last - first < _ATTRIBUTION_LINES - 1:
        first -= 1
    together = " ".join(lines[first : last + 1])
    if first < last and not together.lstrip().startswith(("On ", "Am ", "Le ", "El ", "Il ")):
        first = last
    return first if _WROTE.search(" ".join(lines[first : last + 1])) else quote


def _mark_signature(lines: list[str], kinds: list[PartKind], end: int) -> None:
    """Mark what follows the last `--` line, if it is short enough for a signature."""
    while end and (kinds[end - 1] is PartKind.QUOTE or not lines[end - 1]):
        end -= 1
    for number in range(end - 1, max(end - _SIGNATURE_LINES, 0) - 1, -1):
        if kinds[number] is PartKind.QUOTE:
            return
        if lines[number] == "--":
            kinds[number:end] = [PartKind.SIGNATURE] * (end - number)
            return
