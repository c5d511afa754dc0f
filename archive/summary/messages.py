"""A thread as it is read for a summary: its messages' own words, in numbered items.

Quoted words are read once: a paragraph that an earlier message of the thread has is left out,
and signatures are. What seems to be an instruction to a model (`archive/suspicion.py`) is
taken out before anything else sees it, and its message is flagged. Pure but for the rows it is
given; a message of 1,500 characters takes a few milliseconds.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive.summary.words import is_footer
from archive.suspicion import suspected
from index.passage import Passage
from index.stored import moment, passage_of_text
from index.words import sentences
from ingest.document import Role, Turn

ITEM_CHARS = 700
"""How long an item may be; a message of more is several."""

_KNOWN_SHARE = 0.8
_WORD = re.compile(r"\w+")
_PARAGRAPH = re.compile(r"(?:[^\n]*[^\s>][^\n]*(?:\n|\Z))+")
# The lines that a mail program puts above what it quotes.
_FRAME = re.compile(
    r"^[ \t>]*(?:-{2,}.*-{2,}|_{5,}|(?:from|to|cc|bcc|sent|date|subject|importance)\s*:.*"
    r"|.*\b(?:wrote|writes|schrieb|écrit)\b.*:)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SPOKEN = re.compile(
    r"^[*_]{0,3}([^\W\d_][\w .'’-]{0,40}?)(?: \(\d\d:\d\d\))?:[*_]{0,3} ", re.M
)

_HEADER_NAMES = frozenset("from sent to cc bcc subject date re fw fwd importance".split())

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A stretch of one message's own words, or of some turns of a chat."""

    passage: Passage
    """Its `text`, `start` and `end` are the item's."""

    speakers: tuple[str, ...]
    """Who speaks in it. Empty if that is not known, as of a quote."""

    messages: tuple[int, ...]
    """Which messages of the thread it is of, counted from 0."""

    @property
    def text(self) -> str:
        """What it says."""
        return self.passage.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What is read together: a thread of mail, a day of a chat, a note, a file."""

    key: int
    title: str
    kind: str
    items: tuple[Item, ...]
    messages: int
    """How many there are, those without words of their own among them."""

    writers: tuple[tuple[str, datetime | None, int], ...]
    """Who wrote each message, when, and the id of its document."""

    digests: frozenset[bytes]
    """Of the documents it is made of."""

    flagged: tuple[str, ...]
    """Ids of the documents in which something was meant for a model."""

    @property
    def chars(self) -> int:
        """How much there is to read."""
        return sum(len(item.text) for item in self.items)

    @property
    def dates(self) -> tuple[datetime, ...]:
        """When its messages were written, as far as that is known."""
        return tuple(when for _, when, _ in self.writers if when is not None)


def read(rows: Sequence[sqlite3.Row], key: int) -> Thread:
    """The thread that these rows of `document` are, oldest first."""
    known: set[tuple[str, ...]] = set()
    items: list[Item] = []
    writers: list[tuple[str, datetime | None, int]] = []
    flagged: list[str] = []
    for row in rows:
        passage = passage_of_text(row)
        title = passage.title or row["within_title"]
        passage = replace(passage, title=title, hit=(passage.start, passage.end))
        bad = [(one.start, one.end) for one in suspected(passage.text, passage.title)]
        if bad:
            flagged.append(passage.id)
        turns = json.loads(row["turns"])
        if turns:
            items += _of_turns(passage, turns, bad, len(writers))
            writers += [(who, moment(at), row["id"]) for _, _, who, at in turns]
            continue
        author = _author(row)
        for start, end, own in _stretches(passage.text, json.loads(row["parts"]), known):
            for span in _without((start, end), bad):
                items += _of_span(passage, span, (author,) if own and author else (), writers)
        known |= _shingles(passage.text)
        writers.append((author, passage.date, row["id"]))
    return Thread(
        key=key,
        title=rows[0]["title"] or rows[0]["within_title"],
        kind=rows[0]["kind"],
        items=tuple(items),
        messages=len(writers),
        writers=tuple(writers),
        digests=frozenset(bytes(row["digest"]) for row in rows),
        flagged=tuple(dict.fromkeys(flagged)),
    )


def said_sentences(item: Item) -> Iterator[tuple[Span, str]]:
    """The sentences of an item, as offsets in its text, and who says each if that is known.

    Disclaimers and the like are left out.
    """
    for (start, end), speaker in _all_sentences(item):
        if not is_footer(item.text[start:end]):
            yield (start, end), speaker


def _all_sentences(item: Item) -> Iterator[tuple[Span, str]]:
    marks = [(found.start(), found.end(), found[1]) for found in _SPOKEN.finditer(item.text)]
    marks = [mark for mark in marks if _spoken_by(item, mark[2])]
    edges = [mark[0] for mark in marks] + [len(item.text)]
    alone = item.speakers[0] if len(item.speakers) == 1 else ""
    if not marks:
        edges = [len(item.text)]
    for start, end in sentences(item.text, 0, edges[0]):
        yield (start, end), alone
    for (_, begin, speaker), end_at in zip(marks, edges[1:], strict=False):
        for start, end in sentences(item.text, begin, end_at):
            yield (start, end), speaker


def _spoken_by(item: Item, name: str) -> bool:
    # In a mail "Note: this and that" is no turn; in a note, or in what is quoted, anybody may
    # speak, but "Sent" does not.
    if name.lower() in _HEADER_NAMES:
        return False
    return not item.speakers or item.passage.kind == "note" or name in item.speakers


def _of_turns(
    passage: Passage, rows: Sequence[Sequence[object]], bad: Sequence[Span], first: int
) -> Iterator[Item]:
    """Turns that stand together, whole, as many as fit an item."""
    batch: list[tuple[Turn, int]] = []
    for place, (start, end, speaker, at) in enumerate(rows):
        turn = Turn(
            start=int(str(start)),
            end=int(str(end)),
            speaker=str(speaker),
            at=moment(None if at is None else str(at)),
        )
        if any(a < turn.end and turn.start < b for a, b in bad):
            if batch:
                yield _batched(passage, batch)
            batch = []
            continue
        if batch and turn.end - batch[0][0].start > ITEM_CHARS:
            yield _batched(passage, batch)
            batch = []
        batch.append((turn, first + place))
    if batch:
        yield _batched(passage, batch)


def _batched(passage: Passage, batch: Sequence[tuple[Turn, int]]) -> Item:
    start, end = batch[0][0].start, batch[-1][0].end
    turns = tuple(turn for turn, _ in batch)
    stretch = replace(
        passage, text=passage.text[start:end], start=start, end=end, turns=turns,
        hit=(start, end), date=turns[0].at or passage.date,
    )  # fmt: skip
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns if turn.speaker))
    return Item(passage=stretch, speakers=speakers, messages=tuple(n for _, n in batch))


def _of_span(
    passage: Passage, span: Span, speakers: tuple[str, ...], writers: Sequence[object]
) -> Iterator[Item]:
    """A stretch cut between sentences into items that are not too long."""
    begin = last = -1
    for start, end in [*sentences(passage.text, *span), (-1, -1)]:
        if begin >= 0 and (start < 0 or end - begin > ITEM_CHARS):
            text = passage.text[begin:last]
            if any(char.isalnum() for char in text):
                stretch = replace(passage, text=text, start=begin, end=last, hit=(begin, last))
                yield Item(passage=stretch, speakers=speakers, messages=(len(writers),))
            begin = -1
        begin, last = (start if begin < 0 else begin), end


def _stretches(
    text: str, parts: Sequence[Sequence[object]], known: set[tuple[str, ...]]
) -> Iterator[tuple[int, int, bool]]:
    """What is read of a text: start, end, and whether its sender wrote it."""
    if not parts:
        yield 0, len(text), True
    for kind, start, end in parts:
        begin, until = int(str(start)), int(str(end))
        if kind == "own":
            yield begin, until, True
        elif kind == "quote":
            for found in _PARAGRAPH.finditer(text, begin, until):
                shingles = _shingles(_FRAME.sub("", found[0]))
                if shingles and len(shingles & known) < _KNOWN_SHARE * len(shingles):
                    yield found.start(), found.end(), False


def _without(span: Span, bad: Sequence[Span]) -> Iterator[Span]:
    """What is left of a stretch."""
    at, end = span
    for start, until in sorted(bad):
        if until <= at or start >= end:
            continue
        if start > at:
            yield at, start
        at = max(at, until)
    if at < end:
        yield at, end


def _shingles(text: str) -> set[tuple[str, ...]]:
    found = _WORD.findall(text.lower())
    return set(zip(found, found[1:], found[2:], found[3:], strict=False))


def _author(row: sqlite3.Row) -> str:
    for name, address, role in json.loads(row["people"]):
        if role in (Role.SENDER, Role.AUTHOR):
            return str(name or address)
    return ""
