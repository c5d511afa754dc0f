"""Quoted text that the archive already has from the message that was quoted.

It is set aside: kept in the document, not searched a second time. Judged paragraph
by paragraph against the earlier messages of the thread, so a quote whose original is
not here stays, once. When in doubt a paragraph stays, and a reply that goes on below
a quote keeps the paragraph that it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.document import Part, PartKind

_KNOWN_SHARE: Final = 0.8
_ANSWERED_CHARS: Final = 600
_WORD: Final = re.compile(r"\w+")
_PARAGRAPH: Final = re.compile(r"(?:[^\n]*[^\s>][^\n]*(?:\n|\Z))+")
# Lines that say whose the quoted words are; they come with every quote.
_FRAME: Final = re.compile(
    r"[ \t>]*(?:-{2,}.*-{2,}|_{5,}"
    r"|(?:from|to|cc|bcc|sent|date|subject|importance|von|an|gesendet|datum|betreff|de|à|objet"
    r"|envoyé|para|asunto|enviado)\s*:.*"
    r"|.*\b(?:wrote|writes|schrieb|écrit|escribió|scritto|schreef|skrev)\b.*:"
    r"|(?=.{0,90}$)(?=.*\b\d{1,2}:\d\d)(?=.*(?:\b(?:19|20)\d\d\b|\d[/.]\d+[/.]\d)).*)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a thread."""

    id: int
    text: str
    parts: tuple[Part, ...]
    """Empty if all of it is the sender's own."""


def set_aside(thread: Sequence[Said]) -> dict[int, tuple[tuple[int, int], ...]]:
    """For each message, oldest first, the spans of its text that an earlier one has."""
    known: set[tuple[str, ...]] = set()
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for said in thread:
        spans = tuple(_known_spans(said, known)) if known else ()
        found[said.id] = spans
        for start, end in _kept(said.text, spans):
            known.update(_shingles(said.text[start:end]))
    return found


def _known_spans(said: Said, known: set[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    for place, part in enumerate(said.parts):
        if part.kind is not PartKind.QUOTE:
            continue
        paragraphs = _judged(said.text, part, known)
        goes_on = any(
            said.text[later.start : later.end].strip()
            for later in said.parts[place + 1 :]
            if later.kind is PartKind.OWN
        )
        if goes_on:
            paragraphs = _without_answered(paragraphs)
        yield from _merged(paragraphs)


def _judged(text: str, part: Part, known: set[tuple[str, ...]]) -> list[tuple[int, int, bool]]:
    """Each paragraph of a quote, and whether it is known."""
    spans: list[tuple[int, int]] = []
    verdicts: list[bool | None] = []  # None: too little to tell
    for match in _PARAGRAPH.finditer(text, part.start, part.end):
        spans.append(match.span())
        own_words = "\n".join(line for line in match.group().split("\n") if not _is_frame(line))
        shingles = _shingles(own_words)
        if not shingles:
            verdicts.append(None)
        else:
            verdicts.append(len(shingles & known) >= _KNOWN_SHARE * len(shingles))
    # "Thanks, Ben" and header lines go where the words beside them go: first those below.
    verdict: bool | None = None
    for place in reversed(range(len(verdicts))):
        verdict = verdicts[place] = verdict if verdicts[place] is None else verdicts[place]
    verdict = None
    for place in range(len(verdicts)):
        verdict = verdicts[place] = verdict if verdicts[place] is None else verdicts[place]
    return [
        (start, end, verdict is True)
        for (start, end), verdict in zip(spans, verdicts, strict=True)
    ]


def _without_answered(
    paragraphs: list[tuple[int, int, bool]],
) -> list[tuple[int, int, bool]]:
    """The same, but the last paragraph stays, if it is not very long."""
    *before, (start, end, known) = paragraphs or [(0, 0, False)]
    stays = end - start <= _ANSWERED_CHARS
    return [*before, (start, end, known and not stays)]


def _merged(paragraphs: list[tuple[int, int, bool]]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for start, end, known in paragraphs:
        if known:
            first, last = start if first < 0 else first, end
        elif first >= 0:
            yield first, last
            first = -1
    if first >= 0:
        yield first, last


def _kept(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    position = 0
    for start, end in spans:
        yield position, start
        position = end
    yield position, len(text)


def _is_frame(line: str) -> bool:
    telling = ":" in line or "--" in line or "____" in line  # most lines have none
    return telling and _FRAME.fullmatch(line) is not None


def _shingles(text: str) -> set[tuple[str, ...]]:
    """Each run of four words; lines may be broken and quoted differently."""
    words = _WORD.findall(text.lower())
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))
