"""From a selection to a summary: read what was not read before, choose, cite.

`survey` says what there is to read and what it touches, in about a second for 1,000 threads;
`make` reads the newest thread first and keeps each portion's notes as soon as they are made,
so that stopping or killing it loses at most the portion it is at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.models import ModelMissing
from archive.summary import cache as caching
from archive.summary.compose import sections
from archive.summary.extract import Note, Noting, Portion, is_short, noted, portions, quoted
from archive.summary.made import Coverage, Length, Shape, Statement, Summary
from archive.summary.messages import Thread, said_sentences
from archive.summary.select import Chosen, load, operators, select
from archive.summary.words import Rarity

if TYPE_CHECKING:
    from archive.service import Archive
    from archive.tender import Touched

READ_CHARS_S = 500.0
"""Characters a second that are read, before it is measured: on two cores."""

NOTE_S = 5.0
"""What noting takes besides, however short the portion: some thirty words are written."""

NEEDS_MODEL = frozenset({Shape.PARAGRAPH, Shape.TIMELINE, Shape.DECISIONS})
"""Whoever was involved and what is open are read off the messages themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A summary somebody asks for."""

    query: str = ""
    """Words and operators."""

    people: tuple[str, ...] = ()
    period: str = ""
    folder: str = ""
    thread: str = ""
    """Id of any message of a thread."""

    shape: Shape = Shape.PARAGRAPH
    length: Length = Length.MEDIUM

    new_portions: int | None = None
    """At most so many are shown to the model; the rest is chosen by code. None: all."""

    @property
    def operators(self) -> str:
        """The same as one query; empty for everything, or for a thread."""
        return operators(self.query, people=self.people, period=self.period, folder=self.folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the reading is."""

    done: int
    total: int
    """Portions that the model has to read."""

    seconds_left: float
    title: str
    """Of the thread that is read now."""

    chars_done: int = 0
    chars_total: int = 0
    """Of those portions. 0 where threads are counted instead."""


@dataclass(slots=True, kw_only=True)
class Work:
    """A thread, cut into portions, with what was noted of them so far."""

    thread: Thread
    selected: frozenset[int]
    portions: list[Portion]
    """Those that hold something of a selected document."""

    digests: list[bytes]
    notes: list[tuple[Note, ...] | None]
    by_model: list[bool]
    short: bool

    @property
    def tender(self) -> Iterator[tuple[str, str]]:
        """Its selected messages as `archive.tender` takes them."""
        for portion in self.portions:
            for item in portion.items:
                if item.passage.document_id in self.selected:
                    yield str(self.thread.key), item.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a summary would read."""

    wanted: Wanted
    asked: str
    works: tuple[Work, ...]
    """Newest first."""

    rarity: Rarity
    messages: int
    new_portions: int
    seconds: float
    """About how long the model would take for what it has not read yet."""

    touched: tuple[Touched, ...]
    """What the texts touch that may be hard to read; its `messages` are keys of threads."""

    remarks: tuple[str, ...]

    @property
    def threads(self) -> int:
        """How many there are."""
        return len(self.works)

    @property
    def tender_threads(self) -> frozenset[int]:
        """Keys of the threads that touch something."""
        return frozenset(int(key) for one in self.touched for key in one.messages)


@dataclass(slots=True)
class _Count:
    """What the model was given and gave."""

    read: int = 0
    written: int = 0
    done: int = 0
    chars: int = 0
    began: float = field(default_factory=time.monotonic)


def survey(archive: Archive, wanted: Wanted) -> Survey:
    """Find what is to be read and look through it. Raises NothingMatches, NotThere."""
    chosen = select(archive, wanted.operators, thread=wanted.thread)
    rarity = Rarity()
    name = archive.settings.models.answer
    works = []
    with _cache(archive) as kept:
        for one in chosen.threads:
            work = prepare(load(archive.catalog, one), one, name, kept)
            for item in work.thread.items:
                rarity.add(item.text)
            works.append(work)
    new = [p for w in works for p, n in zip(w.portions, w.notes, strict=True) if n is None]
    if wanted.shape not in NEEDS_MODEL:
        new = []
    return Survey(
        wanted=wanted,
        asked=wanted.operators or wanted.thread,
        works=tuple(works),
        rarity=rarity,
        messages=sum(_selected_messages(work) for work in works),
        new_portions=len(new),
        seconds=sum(portion.chars / READ_CHARS_S + NOTE_S for portion in new),
        touched=_touched(works),
        remarks=chosen.remarks,
    )


def prepare(thread: Thread, one: Chosen, model: str, kept: caching.Cache) -> Work:
    """A thread with what was noted of it before."""
    chosen = [
        portion
        for portion in portions(thread)
        if any(item.passage.document_id in one.selected for item in portion.items)
    ]
    short = is_short(thread)
    digests = [] if short else [caching.key(portion, model) for portion in chosen]
    notes = [()] * len(chosen) if short else [kept.find(digest) for digest in digests]
    return Work(
        thread=thread,
        selected=one.selected,
        portions=chosen,
        digests=digests,
        notes=[*notes],
        by_model=[not short and note is not None for note in notes],
        short=short,
    )


def make(
    archive: Archive,
    found: Survey,
    *,
    leave_out: frozenset[int] = frozenset(),
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Summary:
    """The summary; if it is stopped, one of what was read until then."""
    began = time.monotonic()
    wanted = found.wanted
    works = [work for work in found.works if work.thread.key not in leave_out]
    remarks = list(found.remarks)
    count = _Count()
    stopped = False
    if wanted.shape not in NEEDS_MODEL:
        for work in works:  # what the model noted of them is not used
            work.by_model = [False] * len(work.by_model)
    else:
        try:
            stopped = _read(archive, works, found, count, on_progress, should_stop)
        except ModelMissing as error:
            remarks.append(f"Chosen by code alone, in the sources' own words: {error}")
    _fill_by_code(works, found.rarity, unread=not stopped)
    said = [one for work in works for one in _statements(work, found.rarity)]
    sentences = [_sentences(work) for work in works]
    made, citations = sections(
        wanted.shape, wanted.length, said, sentences, works, found.rarity, archive
    )
    if not made and not stopped:
        remarks.append(_NOTHING[wanted.shape])
    return Summary(
        shape=wanted.shape,
        length=wanted.length,
        asked=found.asked,
        sections=made,
        citations=citations,
        coverage=_coverage(works, len(found.works) - len(works)),
        flagged=_flagged(works),
        themes=tuple(str(one.theme) for one in found.touched),
        remarks=tuple(remarks),
        model=archive.settings.models.answer if any(any(w.by_model) for w in works) else "",
        stopped=stopped,
        seconds=time.monotonic() - began,
        tokens_read=count.read,
        tokens_written=count.written,
    )


_NOTHING = {
    Shape.PARAGRAPH: "Nothing in these messages tells anything.",
    Shape.TIMELINE: "Nothing in these messages tells anything.",
    Shape.OPEN: "No open question or promise was found.",
    Shape.DECISIONS: "No sentence was found that tells of a decision.",
    Shape.WHO: "Nobody is named.",
}


def _cache(archive: Archive) -> _Closing:
    return _Closing(caching.Cache(archive.paths.summaries))


class _Closing:
    def __init__(self, kept: caching.Cache) -> None:
        self._kept = kept

    def __enter__(self) -> caching.Cache:
        return self._kept

    def __exit__(self, *_: object) -> None:
        self._kept.close()


def _read(
    archive: Archive,
    works: Sequence[Work],
    found: Survey,
    count: _Count,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> bool:
    """Have the model note what is not noted yet; whether it was stopped."""
    waiting = [
        (work, place)
        for work in works
        for place, notes in enumerate(work.notes)
        if notes is None
    ][: found.wanted.new_portions]
    if not waiting:
        return False
    chars = chars_left = sum(work.portions[place].chars for work, place in waiting)
    model: Noting = archive.language_model()
    with _cache(archive) as kept:
        for done, (work, place) in enumerate(waiting):
            if should_stop():
                return True
            on_progress(
                Progress(
                    done=done,
                    total=len(waiting),
                    seconds_left=_left(count, chars_left),
                    title=work.thread.title,
                    chars_done=chars - chars_left,
                    chars_total=chars,
                )
            )
            if not note_one(work, place, model, found.rarity, kept, should_stop, count):
                return True
            chars_left -= work.portions[place].chars
        on_progress(Progress(done=len(waiting), total=len(waiting), seconds_left=0.0, title=""))
    return False


def note_one(
    work: Work,
    place: int,
    model: Noting,
    rarity: Rarity,
    kept: caching.Cache,
    should_stop: Callable[[], bool],
    count: _Count | None = None,
) -> bool:
    """Have one portion noted and keep that; False if it was stopped meanwhile."""
    portion = work.portions[place]
    notes = noted(portion, model, rarity, should_stop)
    if notes is None:
        return False
    kept.keep(work.digests[place], notes, work.thread.digests)
    work.notes[place] = notes
    work.by_model[place] = True
    if count is not None:
        count.done += 1
        count.chars += portion.chars
        count.read += sum(model.count(item.text) for item in portion.items)
        count.written += sum(model.count(n.text) for n in notes if not n.quoted)
    return True


def _left(count: _Count, chars: int) -> float:
    elapsed = time.monotonic() - count.began
    rate = count.chars / elapsed if count.done and elapsed > 0 else READ_CHARS_S
    return chars / rate


def _fill_by_code(works: Iterable[Work], rarity: Rarity, *, unread: bool) -> None:
    """Short threads, and with `unread` all that the model did not read, are chosen from."""
    for work in works:
        for place, notes in enumerate(work.notes):
            if (notes is None and unread) or (work.short and not notes):
                work.notes[place] = quoted(work.portions[place], rarity)


def _statements(work: Work, rarity: Rarity) -> Iterator[Statement]:
    """What was noted of the selected messages, as offsets in their documents.

    The most telling sentences that no note rests on stand beside the notes: a small model
    passes over much.
    """
    for portion, notes in zip(work.portions, work.notes, strict=True):
        if notes is None:
            continue
        for note in (*notes, *_passed_over(portion, notes, rarity)):
            item = portion.items[note.item]
            passage = item.passage
            if passage.document_id not in work.selected:
                continue
            start, end = passage.start + note.start, passage.start + note.end
            yield Statement(
                text=note.text,
                quoted=note.quoted,
                speaker=note.speaker,
                passage=passage,
                thread=work.thread.key,
                start=start,
                end=end,
                quote=item.text[note.start : note.end],
                date=passage.date,
            )


def _passed_over(portion: Portion, notes: Sequence[Note], rarity: Rarity) -> Iterator[Note]:
    for note in quoted(portion, rarity):
        if not any(
            one.item == note.item and one.start < note.end and note.start < one.end
            for one in notes
        ):
            yield note


def _sentences(work: Work) -> list[Statement]:
    """Every sentence of a thread, oldest first, each a quote."""
    return [
        Statement(
            text=item.text[start:end],
            quoted=True,
            speaker=speaker,
            passage=item.passage,
            thread=work.thread.key,
            start=item.passage.start + start,
            end=item.passage.start + end,
            quote=item.text[start:end],
            date=item.passage.date,
        )
        for item in work.thread.items
        for (start, end), speaker in said_sentences(item)
    ]


def _selected_messages(work: Work) -> int:
    return sum(document in work.selected for _, _, document in work.thread.writers)


def _coverage(works: Sequence[Work], left_out: int) -> Coverage:
    """Counts what was read message by message."""
    model = code = threads = 0
    dates = []
    for work in works:
        by_model: dict[int, bool] = {}
        unread: set[int] = set()
        for place, portion in enumerate(work.portions):
            for item in portion.items:
                for message in item.messages:
                    if work.notes[place] is None:
                        unread.add(message)
                    by_model[message] = by_model.get(message, True) and work.by_model[place]
        complete = True
        for number, (_, when, document) in enumerate(work.thread.writers):
            if document not in work.selected:
                continue
            dates += [when] if when is not None else []
            if number in unread:
                complete = False
            elif by_model.get(number, False):
                model += 1
            else:
                code += 1
        threads += complete
    return Coverage(
        messages=sum(_selected_messages(work) for work in works),
        by_model=model,
        by_code=code,
        threads=len(works),
        threads_read=threads,
        left_out=left_out,
        first=min(dates, default=None),
        last=max(dates, default=None),
    )


def _flagged(works: Sequence[Work]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for work in works for name in work.thread.flagged))


def _touched(works: Sequence[Work]) -> tuple[Touched, ...]:
    from archive.tender import touches

    return touches(pair for work in works for pair in work.tender)
