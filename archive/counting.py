"""Questions that count or list are answered by SQL, and say what they counted.

The number is exact; whether the question was understood may be wrong, so the reply repeats in
words and in operators what was counted, and there is no probability. No model is asked.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.countable import Form, Wanted, What, listing, wanted
from index.query import Field, Filter, written
from index.tally.count import has_any, tally
from index.tally.rows import Row, Tally

if TYPE_CHECKING:
    from archive.answer import Answer, EvidenceFound
    from archive.cite import Citation
    from index.catalog import Catalog
    from index.query import Query
    from index.retrieve import Retriever

SHOWN = 9
"""How many of what was counted a reply lists and cites."""

_QUOTE_CHARS = 160
_DAYS_NAMED = 40
_NOUNS = {
    What.MESSAGES: ("message", "messages"),
    What.PEOPLE: ("person", "people"),
    What.THREADS: ("thread", "threads"),
    What.ATTACHMENTS: ("attachment", "attachments"),
    What.DOCUMENTS: ("document", "documents"),
}
_ONLY = {
    "replies": ("reply", "replies"),
    "forwards": ("forwarded message", "forwarded messages"),
}
_TOLD_BY = {
    "replies": "Replies are told by their subject (Re:) or by the message they name.",
    "forwards": "Forwarded messages are told by their subject (Fwd:).",
}
_KINDS = {"mail": ("mail", "mails"), "note": ("note", "notes"), "chat": ("chat", "chats")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A question that was answered by counting."""

    text: str
    """The reply; its `[n]` are the citations' numbers."""

    tally: Tally
    """Everything that was counted."""

    citations: tuple[Citation, ...]
    reasons: tuple[str, ...]
    """What was counted and what was not, one sentence each."""

    query: Query


def counted(question: str, catalog: Catalog, retriever: Retriever) -> Counted | None:
    """The answer to a question that counts or lists. None if it is none of these."""
    query = retriever.understand(question)
    with catalog.snapshot() as connection:
        wish = wanted(query, retriever.people().owner)
        if wish is None or not has_any(connection, wish):
            return None
        found = tally(connection, wish, query.text)
        if not found.rows and (found.undated or (wish.words and wish.form is not Form.COUNT)):
            return None  # other words may say it, or a date in the text, which a search finds
        shown = _shown(found)
        citations = _citations(catalog, shown)
    numbers = {one.passage.document_id: one.n for one in citations}
    return Counted(
        text=_reply(found, shown, numbers, question),
        tally=found,
        citations=citations,
        reasons=reasons(found),
        query=query,
    )


def listed(text: str, what: str, catalog: Catalog, retriever: Retriever) -> Tally:
    """What a question or operators list, `what` of it if that is said, else messages.

    What is not understood as a filter is demanded as words.
    """
    query = retriever.understand(text)
    with catalog.snapshot() as connection:
        wish = wanted(query, retriever.people().owner)
        if wish is None or (what and wish.what is not What(what)):
            wish = listing(query, What(what or "messages"))
        return tally(connection, wish, text)


def steps(
    question: str, catalog: Catalog, retriever: Retriever, *, added: str = ""
) -> Iterator[EvidenceFound | Answer] | None:
    """What `Archive.ask` yields for such a question. None: ask the model."""
    started = time.perf_counter()
    found = counted(question, catalog, retriever)
    return None if found is None else _steps(found, started, added)


def _steps(found: Counted, started: float, added: str) -> Iterator[EvidenceFound | Answer]:
    from archive.answer import Answer, EvidenceFound
    from archive.confidence import Confidence
    from archive.evidence import Evidence

    taken = (time.perf_counter() - started) * 1000
    passages = tuple(one.passage for one in found.citations)
    yield EvidenceFound(
        passages=passages,
        evidence=tuple(
            Evidence(
                n=one.n,
                passage=one.passage,
                text=one.quote,
                start=one.start,
                end=one.end,
                score=1.0,
            )
            for one in found.citations
        ),
        elapsed_ms=taken,
        query=found.query,
        added=added,
    )
    yield Answer(
        text=found.text,
        declined=False,
        confidence=Confidence(value=None, calibrated=False, reasons=found.reasons),
        citations=found.citations,
        passages=passages,
        model="",
        timings_ms={"evidence": taken, "total": (time.perf_counter() - started) * 1000},
    )


# --- in words -----------------------------------------------------------------------------


def noun(found: Wanted, number: int) -> str:
    """What was counted, in the singular or the plural."""
    kind = next((f.value for f in found.filters if f.field is Field.KIND and not f.negated), "")
    forms = _NOUNS[found.what]
    if found.what in (What.MESSAGES, What.DOCUMENTS) and kind in _KINDS:
        forms = _KINDS[kind]
    elif found.what in (What.ATTACHMENTS, What.DOCUMENTS) and kind:
        forms = (kind, f"{kind}s") if kind != "pdf" else ("PDF", "PDFs")
    if found.only and found.what is What.MESSAGES:
        forms = _ONLY[found.only]
    return forms[0] if number == 1 else forms[1]


def facts(found: Wanted) -> str:
    """The conditions in words: `from Anna to you in 2004`."""
    order = (Field.FROM, Field.TO, Field.CC, Field.WITH)
    filters = sorted(
        (f for f in found.filters if f.field is not Field.KIND),
        key=lambda f: order.index(f.field) if f.field in order else len(order),
    )
    said: list[str] = []
    for one in filters:
        fact = _fact(one)
        word, _, who = fact.partition(" ")
        # Several of one field hold if any does, except `between Anna and Ben`.
        alike = one.field in (Field.FROM, Field.TO) and not one.negated
        if alike and said and said[-1].startswith(f"{word} "):
            said[-1] += f" or {who}"
        else:
            said.append(fact)
    if found.words:
        listed = " and ".join(f"“{word}”" for word in found.words)
        said.append(f"with {listed} in the subject or text")
    return " ".join(said)


def _fact(one: Filter) -> str:
    value = "you" if one.value == "me" else one.value
    said = {
        Field.FROM: f"from {value}",
        Field.TO: f"to {value}",
        Field.CC: f"with a copy to {value}",
        Field.WITH: f"with {value}",
        Field.SUBJECT: f"with “{value}” in the subject",
        Field.IN: f"in “{value}”",
        Field.TAG: f"tagged {value}",
        Field.HAS: "with attachments",
        Field.DURING: one.said or _span(value),
        Field.KIND: "",
    }[one.field]
    return f"not {said}" if one.negated else said


def _span(value: str) -> str:
    if value.endswith(".."):
        return f"since {value[:-2]}"
    return f"until {value[2:]}" if value.startswith("..") else f"in {value}"


def headline(found: Tally) -> str:
    """The number and what it is of, as a sentence."""
    wish, number = found.wanted, found.number
    if not number:
        about = facts(wish)
        return f"No {noun(wish, 2)}{' in messages' * (wish.what is What.PEOPLE)}" + (
            f" {about}." if about else "."
        )
    about = facts(wish)
    if wish.what is What.PEOPLE:
        # Filters are on messages; people are those who wrote or got them.
        did = "wrote" if wish.writers else "were sent" if wish.receivers else "take part in"
        if wish.writers and number == 1:
            did = "wrote"
        end = f"{did} messages {about}".rstrip()
        return f"{number:,} {noun(wish, number)} {end}."
    return f"{number:,} {noun(wish, number)}{' ' + about if about else ''}."


def reasons(found: Tally) -> tuple[str, ...]:
    """What was counted and what was not."""
    wish = found.wanted
    operators = " ".join(
        [*(f'"{word}"' for word in wish.words), *(written(one) for one in wish.filters)]
    )
    said = [
        "Counted, not estimated; copies count once.",
        f"Counted were {wish.what.value}" + (f" that fit: {operators}" if operators else "."),
    ]
    if wish.words:
        said.append(
            "A word counts in any of its forms, but not where a mail quotes another one."
        )
    if wish.only:
        said.append(_TOLD_BY[wish.only])
    if found.besides:
        one = found.besides == 1
        lists = "1 list or machine is" if one else f"{found.besides:,} lists or machines are"
        said.append(f"{lists} not counted among them.")
    if found.chats:
        were = "was" if found.chats == 1 else "were"
        said.append(f"{found.chats:,} of the messages {were} said in chats.")
    if found.undated:
        said.append(f"Without a date, and so not counted: {found.undated:,}.")
    return (*said, *(f"Note: {remark}." for remark in wish.remarks))


def _shown(found: Tally) -> tuple[Row, ...]:
    """What a reply lists: the first, the last, or as many as there is room for."""
    rows = found.rows
    dated = [row for row in rows if row.first is not None] or list(rows)
    if found.wanted.form is Form.FIRST:
        return tuple(dated[:1])
    if found.wanted.form is Form.LAST:
        return tuple(dated[-1:])
    if found.wanted.form is Form.MOST and found.wanted.what is What.THREADS:
        return tuple(row for row in rows[:SHOWN] if row.count == rows[0].count)
    return tuple(rows[:SHOWN])


def _reply(found: Tally, shown: Sequence[Row], numbers: dict[int, int], question: str) -> str:
    from archive.guard import one_line

    form, what = found.wanted.form, found.wanted.what
    if not found.rows:
        return headline(found)
    if form in (Form.FIRST, Form.LAST):
        row = shown[0]
        about = facts(found.wanted)
        title = f"“{row.label}”" if row.label else "it has no subject"
        begin = f"The {form.value} {noun(found.wanted, 1)}{' ' + about if about else ''}"
        return one_line(f"{begin} is of {_when(row)}: {title}{_mark(row, numbers)}")
    if form is Form.MOST and what is What.THREADS:
        about = facts(found.wanted)
        one = len(shown) == 1
        head = f"The longest thread{'' if one else 's'}{' ' + about if about else ''}"
        if one:
            return f"{head}: {one_line(line(shown[0], what))}{_mark(shown[0], numbers)}"
        head += ":"
    elif form is Form.DAYS:
        head = f"{_days(found)} In all, {headline(found)}"
    elif form is Form.MOST:
        leading = [row for row in shown if row.count == shown[0].count]
        names = " and ".join(one_line(row.label) for row in leading)
        head = f"{names}, with {shown[0].count:,}. In all, {headline(found)}"
    else:
        head = headline(found)
    lines = [f"- {one_line(line(row, what))}{_mark(row, numbers)}" for row in shown]
    more = found.number - len(shown)
    if more > 0 and not (form is Form.MOST and what is What.THREADS):
        lines.append(
            f"and {more:,} more; all of them: archive list {shlex.quote(one_line(question))}"
        )
    return "\n".join([head, *lines])


def _days(found: Tally) -> str:
    """On which days, the first ones if they are many."""
    days = sorted({_when(row) for row in found.rows if row.first is not None})
    if not days:
        return "On no day that is known."
    named = ", ".join(days[:_DAYS_NAMED])
    more = len(days) - _DAYS_NAMED
    end = f" and {more:,} more" if more > 0 else ""
    return f"On {len(days):,} {'day' if len(days) == 1 else 'days'}: {named}{end}."


def line(row: Row, what: What) -> str:
    """One thing that was counted, as a line."""
    if what is What.PEOPLE:
        return f"{row.label}: {row.count:,}"
    if what is What.THREADS:
        span = f"{_when(row)} to {row.last.astimezone():%Y-%m-%d}" if row.last else "no date"
        return f"{row.label}: {row.count:,} messages, {span}"
    title = row.label or "(no subject)"
    return f"{_when(row)} {title}" + (f" ({row.who})" if row.who else "")


def _when(row: Row) -> str:
    """The day as it is here: a question's days are these as well."""
    return f"{row.first.astimezone():%Y-%m-%d}" if row.first else "no date"


def _mark(row: Row, numbers: dict[int, int]) -> str:
    return f" [{numbers[row.document_id]}]" if row.document_id in numbers else ""


# --- sources ------------------------------------------------------------------------------


def _citations(catalog: Catalog, rows: Sequence[Row]) -> tuple[Citation, ...]:
    """The first words of each document that is listed."""
    from archive.cite import Citation

    ids = list(dict.fromkeys(row.document_id for row in rows if row.document_id))
    chunks = {
        row[0]: row[1]
        for row in catalog.connection.execute(
            "SELECT c.document_id, c.id FROM json_each(?) j JOIN chunk c"
            " ON c.document_id=j.value ORDER BY c.position DESC",
            (json.dumps(ids),),
        )
    }
    known = catalog.passages(list(chunks.values()))
    found: list[Citation] = []
    for document in ids:
        passage = known.get(chunks.get(document, -1))
        if passage is None:
            continue
        quote = _quote(passage.text)
        found.append(
            Citation(
                n=len(found) + 1,
                passage=passage,
                quote=quote,
                start=passage.start,
                end=passage.start + len(quote),
                supported=True,
            )
        )
    return tuple(found)


def _quote(text: str) -> str:
    """How a passage begins, cut between words."""
    if len(text) <= _QUOTE_CHARS:
        return text
    return text[:_QUOTE_CHARS].rsplit(None, 1)[0]
