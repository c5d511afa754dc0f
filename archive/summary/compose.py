"""Statements become the sections of a summary, and each gets the number of its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from archive import reckoning
from archive.cite import Citation
from archive.guard import one_line
from archive.summary import choose
from archive.summary.made import Length, Line, Section, Shape, Statement
from archive.summary.words import Rarity, in_order, telling

if TYPE_CHECKING:
    from archive.service import Archive
    from archive.summary.messages import Thread

_QUOTE_CHARS = 280


class Read(Protocol):
    """A thread that was read."""

    @property
    def thread(self) -> Thread:
        """All of it."""

    @property
    def selected(self) -> frozenset[int]:
        """The documents of it that were asked for."""


class _Numbers:
    """Citations in the order in which they are first named; a quote has one number."""

    def __init__(self) -> None:
        self._by_span: dict[tuple[int, int, int], Citation] = {}

    def cite(self, one: Statement) -> int:
        span = (one.passage.document_id, one.start, one.end)
        if span not in self._by_span:
            self._by_span[span] = Citation(
                n=len(self._by_span) + 1,
                passage=one.passage,
                quote=one.quote,
                start=one.start,
                end=one.end,
                supported=True,
            )
        return self._by_span[span].n

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._by_span.values())


def sections(
    shape: Shape,
    length: Length,
    said: Sequence[Statement],
    sentences: Sequence[Sequence[Statement]],
    works: Iterable[Read],
    rarity: Rarity,
    archive: Archive,
) -> tuple[tuple[Section, ...], tuple[Citation, ...]]:
    """The sections of a summary, and what they cite.

    `said` is what was noted, `sentences` is every sentence of each thread.
    """
    numbers = _Numbers()
    most = length.sentences
    selected = {document for work in works for document in work.selected}
    if shape is Shape.WHO:
        made = _who(works, sentences, rarity, most, numbers, _same_people(archive))
    elif shape is Shape.OPEN:
        asked, promised = choose.open_matters(sentences, rarity, 2 * most)
        made = [
            _section("Questions without an answer in their thread", asked, numbers, selected),
            _section("Promised, and not seen done", promised, numbers, selected),
        ]
    elif shape is Shape.DECISIONS:
        noted = {(one.passage.document_id, one.start) for one in said if not one.quoted}
        every = [
            one
            for thread in sentences
            for one in thread
            if one.passage.document_id in selected
            and (one.passage.document_id, one.start) not in noted
        ]
        chosen = choose.decisions([*(s for s in said if not s.quoted), *every], rarity, most)
        made = [_section("", chosen, numbers, selected)]
    else:
        chosen = choose.spread(said, rarity, most)
        made = _timeline(chosen, numbers) if shape is Shape.TIMELINE else _told(chosen, numbers)
    return tuple(section for section in made if section.lines), numbers.citations


def _told(chosen: Sequence[Statement], numbers: _Numbers) -> list[Section]:
    """A paragraph for each stretch of time."""
    label = choose.by_time([one.date for one in chosen])
    made: dict[str, list[Line]] = {}
    for one in chosen:
        made.setdefault(label(one.date), []).append(_line(one, numbers))
    return [Section(heading=heading, lines=tuple(lines)) for heading, lines in made.items()]


def _timeline(chosen: Sequence[Statement], numbers: _Numbers) -> list[Section]:
    """Each with the day it is about, in the order of those days."""
    lines = []
    for one in chosen:
        day = reckoning.happened(one.quote, one.date)
        line = _line(one, numbers)
        said = f"{day.isoformat()}  {line.text}" if day else line.text
        lines.append(
            (day is None, str(day), Line(
                text=said, quoted=line.quoted, cites=line.cites, date=one.date
            ))
        )  # fmt: skip
    lines.sort(key=lambda pair: pair[:2])
    return [Section(heading="", lines=tuple(line for _, _, line in lines))]


def _section(
    heading: str, found: Iterable[Statement], numbers: _Numbers, selected: set[int]
) -> Section:
    lines = [
        _line(one, numbers, dated=True) for one in found if one.passage.document_id in selected
    ]
    return Section(heading=heading, lines=tuple(lines))


def _line(one: Statement, numbers: _Numbers, *, dated: bool = False) -> Line:
    text = reckoning.spelt(one_line(one.text), one.date)
    if one.quoted:
        if len(text) > _QUOTE_CHARS:
            text = text[: _QUOTE_CHARS - 1].rsplit(" ", 1)[0] + "…"
        speaker = one_line(in_order(one.speaker))
        text = f"{speaker}: “{text}”" if speaker else f"“{text}”"
    if dated and one.date is not None:
        text = f"{one.date:%Y-%m-%d}  {text}"
    return Line(text=text, quoted=one.quoted, cites=(numbers.cite(one),), date=one.date)


def _who(
    works: Iterable[Read],
    sentences: Iterable[Sequence[Statement]],
    rarity: Rarity,
    most: int,
    numbers: _Numbers,
    person: Callable[[str], str],
) -> list[Section]:
    """Everybody who wrote, how often and from when to when, and their most telling sentence."""
    written: Counter[str] = Counter()
    when: dict[str, list[datetime]] = {}
    selected: set[int] = set()
    for work in works:
        selected |= work.selected
        for name, at, document in work.thread.writers:
            if document in work.selected and name:
                written[person(name)] += 1
                when.setdefault(person(name), []).extend([at] if at else [])
    best: dict[str, tuple[float, Statement]] = {}
    for thread in sentences:
        for one in thread:
            if not one.speaker or one.passage.document_id not in selected:
                continue
            name, score = person(one.speaker), telling(one.quote, rarity)
            if name not in best or score > best[name][0]:
                best[name] = (score, one)
    lines = []
    for name, count in written.most_common(most):
        text = f"{one_line(name)}: {count:,} message{'' if count == 1 else 's'}"
        if dates_of := when.get(name):
            first, last = f"{min(dates_of):%Y-%m}", f"{max(dates_of):%Y-%m}"
            text += f", {first}" if first == last else f", {first} to {last}"
        said = best.get(name)
        quote = one_line(said[1].quote)[:_QUOTE_CHARS] if said else ""
        lines.append(
            Line(
                text=f"{text}. “{quote}”" if quote else f"{text}.",
                quoted=True,
                cites=(numbers.cite(said[1]),) if said else (),
                date=min(dates_of) if dates_of else None,
            )
        )
    return [Section(heading="", lines=tuple(lines))]


def _same_people(archive: Archive) -> Callable[[str], str]:
    """One label for all names and addresses of one person."""
    people = archive.people()
    labels: dict[str, str] = {}
    rows = archive.catalog.connection.execute("SELECT name, address, person FROM identity")
    owners: dict[str, set[int]] = {}
    for name, address, number in rows:
        if number:
            owners.setdefault(name or address, set()).add(number)

    def label(name: str) -> str:
        if name not in labels:
            meant = owners.get(name, set())
            match = people.numbered(next(iter(meant))) if len(meant) == 1 else None
            labels[name] = match.label if match else name
        return labels[name]

    return label
