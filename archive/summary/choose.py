"""Which statements a summary is made of, and in what order. Pure; no model.

For a paragraph and a timeline the most telling ones, spread over time and threads and each
saying something the others do not. Decisions are those whose words decide. A question is open
if nobody else writes later in its thread, a promise if whoever gave it does not write of it
again: of this the code knows no more than the thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from archive.summary.made import Statement
from archive.summary.words import DECIDES, PROMISES, Rarity, overlap, telling
from index.words import content_stems

_SAME = 0.7
"""Share of stems above which two statements say the same."""

_WORDED = 0.5
_YEARS_FROM_DAYS = 730
_MONTHS_FROM_DAYS = 62
_RHETORICAL = re.compile(
    r"^\W*(?:how are you|how'?s it going|what'?s up|how about you|and you|right|really"
    r"|you know|isn'?t it|okay|ok)\b[^?]{0,12}\?$",
    re.IGNORECASE,
)
_QUESTION_CHARS = (18, 300)
_KEPT = re.compile(
    r"\b(?:sent|attached|here (?:is|are)|done|as promised|enclosed|called|paid)\b", re.I
)
_EPOCH = datetime.min.replace(tzinfo=UTC)


def spread(found: Iterable[Statement], rarity: Rarity, most: int) -> list[Statement]:
    """At most so many statements that tell most together, by date."""
    pool = [
        # A sentence of the model's reads better than one torn out of a mail, if it tells
        # as much.
        replace(
            one,
            score=0.5 * (telling(one.quote, rarity) + telling(one.text, rarity))
            + (0.0 if one.quoted else _WORDED),
        )
        for one in found
    ]
    stems = {id(one): content_stems(one.text) for one in pool}
    label = by_time([one.date for one in pool])
    chosen: list[Statement] = []
    groups: dict[str, int] = {}
    threads: dict[int, int] = {}
    rest = sorted(pool, key=lambda one: -one.score)
    while rest and len(chosen) < most:
        best = max(
            rest,
            key=lambda one: (
                one.score
                - 0.45 * groups.get(label(one.date), 0)
                - 0.35 * threads.get(one.thread, 0)
            ),
        )
        rest.remove(best)
        chosen.append(best)
        groups[label(best.date)] = groups.get(label(best.date), 0) + 1
        threads[best.thread] = threads.get(best.thread, 0) + 1
        rest = [one for one in rest if overlap(stems[id(one)], stems[id(best)]) < _SAME]
    return in_order(chosen)


def in_order(found: Iterable[Statement]) -> list[Statement]:
    """Oldest first; those without a date come last."""
    return sorted(
        found,
        key=lambda one: (
            one.date is None, one.date or _EPOCH, one.passage.document_id, one.start,
        ),
    )  # fmt: skip


class by_time:  # noqa: N801 (used like a function)
    """Names the year, the month or nothing, as long as the time is that all happened in."""

    def __init__(self, dates: Sequence[datetime | None]) -> None:
        known = [one for one in dates if one is not None]
        days = (max(known) - min(known)).days if known else 0
        self._form = (
            "%Y" if days > _YEARS_FROM_DAYS else "%B %Y" if days > _MONTHS_FROM_DAYS else ""
        )

    def __call__(self, date: datetime | None) -> str:
        """The heading a date belongs under."""
        if not self._form:
            return ""
        return "Without a date" if date is None else date.strftime(self._form)


def decisions(found: Iterable[Statement], rarity: Rarity, most: int) -> list[Statement]:
    """Statements that tell of something decided."""
    deciding = [
        one
        for one in found
        if DECIDES.search(one.quote) and not one.quote.rstrip("\"')] ").endswith("?")
    ]
    return spread(deciding, rarity, most)


def open_matters(
    threads: Iterable[Sequence[Statement]], rarity: Rarity, most: int
) -> tuple[list[Statement], list[Statement]]:
    """Unanswered questions and open promises, of threads given sentence by sentence."""
    questions: list[Statement] = []
    promises: list[Statement] = []
    for sentences in threads:
        for place, one in enumerate(sentences):
            if _is_question(one) and not _answered(one, sentences[place + 1 :]):
                questions.append(one)
            elif _is_promise(one) and not _kept(one, sentences[place + 1 :]):
                promises.append(one)
    half = max(1, most // 2)
    asked = _latest(questions, rarity, max(half, most - len(promises)))
    return asked, _latest(promises, rarity, most - len(asked))


def _is_question(one: Statement) -> bool:
    low, high = _QUESTION_CHARS
    text = one.quote.rstrip("\"')] ")
    return text.endswith("?") and low <= len(text) <= high and not _RHETORICAL.match(text)


def _is_promise(one: Statement) -> bool:
    return bool(PROMISES.search(one.quote)) and not one.quote.rstrip().endswith("?")


def _answered(one: Statement, later: Sequence[Statement]) -> bool:
    """Somebody else writes after it."""
    return any(other.speaker and other.speaker != one.speaker for other in later)


def _kept(one: Statement, later: Sequence[Statement]) -> bool:
    """Whoever promised writes of it again as done."""
    about = content_stems(one.quote)
    return any(
        other.speaker == one.speaker
        and other.passage.document_id != one.passage.document_id
        and (_KEPT.search(other.quote) or len(about & content_stems(other.quote)) >= 3)
        for other in later
    )


def _latest(found: Sequence[Statement], rarity: Rarity, most: int) -> list[Statement]:
    """The most telling, by date."""
    ranked = sorted(found, key=lambda one: telling(one.quote, rarity), reverse=True)
    return in_order(ranked[: max(0, most)])
