"""What a thread says, noted by the model message by message and checked, or chosen by code.

A thread is read in portions that fit the model's context. Each costs about ten seconds of
reading and seven of writing on two cores. Of what the model writes only those lines stay that
`support.find` bears out; where none does, the portion's most telling sentence is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from archive.guard import fence, named_to_model, shown_to_model, visible
from archive.llm import ModelUnusable, Reading, Turn
from archive.prompts import load
from archive.summary.messages import ITEM_CHARS, Item, Thread, said_sentences
from archive.summary.support import find
from archive.summary.words import Rarity, in_order, telling
from index.words import content_stems, words

PORTION_CHARS = 2800
MOST_ITEMS = 9
"""Numbers of one digit are one token."""

MAX_TOKENS = 160
MOST_QUOTED = 2
"""Sentences of a portion that nothing else was said of."""

SHORT_CHARS = 240
"""What says less is as quickly quoted as noted."""

_MOST_LINES = 8
_LONGEST_LINE = 300
"""A line of more is a model going round in circles."""

_LINE = re.compile(r"^\s*(?:[-*•]\s*)?\[?(\d{1,2})\]?[\].:)]*\s+(\S.*)$")
_MARK = re.compile(r"\s*\[\d+\]")
_LEAST_CHARS = 15
_LEAST_WORDS = 3
"""Of its own that a quoted sentence must have: "No - I don't." tells nothing alone."""


class Noting(Protocol):
    """What is needed of a language model."""

    @property
    def name(self) -> str:
        """As in `archive models list`."""

    @property
    def context_tokens(self) -> int:
        """How much it can hold."""

    def count(self, text: str) -> int:
        """How many tokens a text is."""

    def stream(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        reading: Reading,
        should_stop: Callable[[], bool],
    ) -> Iterator[str]:
        """The reply in pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One sentence about a portion and the words that bear it out."""

    text: str
    """The model's sentence, or exactly the source's if it is `quoted`."""

    item: int
    """Which item of the portion, from 0."""

    start: int
    end: int
    """Offsets in the item's text."""

    speaker: str
    quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Items that are shown to the model at once."""

    items: tuple[Item, ...]

    @property
    def chars(self) -> int:
        """How much there is to read."""
        return sum(len(item.text) for item in self.items)


def portions(thread: Thread) -> list[Portion]:
    """A thread's items in the order they were written, as many at once as fit."""
    found: list[Portion] = []
    batch: list[Item] = []
    size = 0
    for item in thread.items:
        if batch and (size + len(item.text) > PORTION_CHARS or len(batch) == MOST_ITEMS):
            found.append(Portion(items=tuple(batch)))
            batch, size = [], 0
        batch.append(item)
        size += len(item.text)
    if batch:
        found.append(Portion(items=tuple(batch)))
    return found


def is_short(thread: Thread) -> bool:
    """Whether code alone says what there is to say."""
    return thread.chars <= SHORT_CHARS


def noted(
    portion: Portion,
    model: Noting,
    rarity: Rarity,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Note, ...] | None:
    """What the model noted and the portion bears out. None if it was stopped."""
    turns = prompt(portion)
    used = sum(model.count(turn.content) for turn in turns) + 24
    if used + MAX_TOKENS > model.context_tokens:
        return _halves(portion, model, rarity, should_stop)
    reading = Reading(log_probabilities=[])
    pieces: list[str] = []
    try:
        for piece in model.stream(
            turns, max_tokens=MAX_TOKENS, reading=reading, should_stop=should_stop
        ):
            pieces.append(piece)
            if _over("".join(pieces)):
                break
    except ModelUnusable:
        return quoted(portion, rarity)
    if should_stop():
        return None
    found = checked(visible("".join(pieces)), portion, cut_short=reading.stopped_by_length)
    return found or quoted(portion, rarity, most=1)


def _over(reply: str) -> bool:
    lines = reply.split("\n")
    return len(lines) > _MOST_LINES or len(lines[-1]) > _LONGEST_LINE


def _halves(
    portion: Portion, model: Noting, rarity: Rarity, should_stop: Callable[[], bool]
) -> tuple[Note, ...] | None:
    """Text that is many tokens a letter is shown in two goes; one item too many is quoted."""
    middle = len(portion.items) // 2
    if not middle:
        return quoted(portion, rarity, most=1)
    first = noted(Portion(items=portion.items[:middle]), model, rarity, should_stop)
    second = noted(Portion(items=portion.items[middle:]), model, rarity, should_stop)
    if first is None or second is None:
        return None
    moved = tuple(
        Note(
            text=note.text, item=note.item + middle, start=note.start, end=note.end,
            speaker=note.speaker, quoted=note.quoted,
        )
        for note in second
    )  # fmt: skip
    return first + moved


def prompt(portion: Portion) -> list[Turn]:
    """The items, each behind an unguessable marker, and what is to be done with them."""
    marker = f"§{fence(item.text for item in portion.items)}"
    asked, _, noted_so = load("summarise_example").partition("\n---\n")
    now = load("summarise_now")
    return [
        Turn(role="system", content=load("summarise")),
        Turn(role="user", content=f"{asked}\n\n{now}"),
        Turn(role="assistant", content=noted_so),
        Turn(
            role="user",
            content=f"{shown(portion, marker)}\n{marker} end of messages\n\n{now}",
        ),
    ]


def shown(portion: Portion, marker: str) -> str:
    """What the model reads of a portion."""
    title = named_to_model(portion.items[0].passage.title)
    lines = [f"Subject: {title}"] if title else []
    for number, item in enumerate(portion.items, start=1):
        lines.append(f"{marker} [{number}] {_header(item)}".rstrip())
        lines.append(shown_to_model(item.text, item.passage.title))
    return "\n".join(lines)


def _header(item: Item) -> str:
    """Who wrote it, to whom and when, in parentheses: bare, a small model copies it."""
    names = [named_to_model(in_order(name)) for name in item.speakers[:4]]
    pieces = [" and ".join(names) if item.passage.kind == "chat" else "".join(names[:1])]
    if item.passage.kind == "mail" and not names:
        pieces = ["quoted"]
    elif item.passage.kind == "mail" and len(item.passage.people) > 1:
        other = in_order(item.passage.people[1].split(" <")[0])
        pieces = [f"{pieces[0]} to {named_to_model(other)}".strip()]
    if item.passage.date is not None:
        pieces.append(f"{item.passage.date.day} {item.passage.date:%B %Y}")
    told = ", ".join(piece for piece in pieces if piece)
    return f"({told})" if told else ""


def checked(reply: str, portion: Portion, *, cut_short: bool = False) -> tuple[Note, ...]:
    """The lines of a reply that a message of the portion bears out."""
    lines = reply.splitlines()
    if cut_short:
        lines = lines[:-1]
    kept: list[Note] = []
    for line in lines:
        match = _LINE.match(line)
        if match is None or not 1 <= int(match[1]) <= len(portion.items):
            continue
        said = _unheaded(_MARK.sub("", match[2]).strip(), portion)
        if len(said) < _LEAST_CHARS:
            continue
        support = find(said, portion.items[int(match[1]) - 1], portion.items)
        if support is None or any(_same(said, one.text) for one in kept):
            continue
        kept.append(
            Note(
                text=said if said.endswith((".", "!", "?")) else f"{said}.",
                item=portion.items.index(support.item),
                start=support.span[0],
                end=support.span[1],
                speaker=support.speaker,
                quoted=False,
            )
        )
    return tuple(kept)


def _unheaded(said: str, portion: Portion) -> str:
    """`said` without a copy of its message's header, which small models put before it."""
    head, colon, rest = said.partition(": ")
    people = {
        word
        for item in portion.items
        for name in (*item.speakers, *item.passage.people, "to from quoted")
        for word in words(name.split(" <")[0])
    }
    copied = colon and all(word in people for word in words(head) if word.isalpha())
    return rest[:1].upper() + rest[1:] if copied else said


def quoted(portion: Portion, rarity: Rarity, *, most: int = MOST_QUOTED) -> tuple[Note, ...]:
    """The portion's most telling sentences, in their own words and order."""
    ranked: list[tuple[float, Note]] = []
    for number, item in enumerate(portion.items):
        for (start, end), speaker in said_sentences(item):
            text = item.text[start:end]
            # The longest a line should be; an item is no longer than that anyway.
            if len(text) > ITEM_CHARS or len(content_stems(text)) < _LEAST_WORDS:
                continue
            note = Note(
                text=text, item=number, start=start, end=end, speaker=speaker, quoted=True
            )
            ranked.append((telling(text, rarity), note))
    ranked.sort(key=lambda pair: (-pair[0], pair[1].item, pair[1].start))
    best = [note for _, note in ranked[:most]]
    return tuple(sorted(best, key=lambda note: (note.item, note.start)))


def _same(one: str, other: str) -> bool:
    first, second = content_stems(one), content_stems(other)
    return bool(first) and len(first & second) >= 0.8 * min(len(first), len(second))
