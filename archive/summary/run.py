"""From what there is to read to a summary: have it noted, choose, cite, count what was read.

The newest thread is read first; if the reading is stopped, the summary is of what was read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from archive.models import ModelMissing
from archive.summary.compose import sections
from archive.summary.extract import MOST_QUOTED, Note, Portion, quoted
from archive.summary.made import Coverage, Shape, Statement, Summary
from archive.summary.messages import said_sentences
from archive.summary.noting import Count, Progress, read
from archive.summary.survey import NEEDS_MODEL, Survey, Work, selected_messages
from archive.summary.words import Rarity

if TYPE_CHECKING:
    from archive.service import Archive


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
    count = Count()
    stopped = False
    if wanted.shape not in NEEDS_MODEL:
        for work in works:  # what the model noted of them is not used
            work.by_model = [False] * len(work.by_model)
    else:
        try:
            stopped = read(archive, works, found, count, on_progress, should_stop)
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


_CHARS_A_QUOTE = 500
"""Of a long portion so many characters give one quote: what the length asked for leaves out
is chosen later."""

_NOTHING = {
    Shape.PARAGRAPH: "Nothing in these messages tells anything.",
    Shape.TIMELINE: "Nothing in these messages tells anything.",
    Shape.OPEN: "No open question or promise was found.",
    Shape.DECISIONS: "No sentence was found that tells of a decision.",
    Shape.WHO: "Nobody is named.",
}


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
    most = max(MOST_QUOTED, portion.chars // _CHARS_A_QUOTE)
    for note in quoted(portion, rarity, most=most):
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
        messages=sum(selected_messages(work) for work in works),
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
