"""What was counted, in words: the number, what it is of, and what was not counted.

Whether a question was understood may be wrong, so a reply repeats what was counted.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from index.countable import Form, Wanted, What
from index.query import Field, Filter, written
from index.tally.rows import Row, Tally

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


def reply(found: Tally, shown: Sequence[Row], numbers: dict[int, int], question: str) -> str:
    """The answer, and the first of what was counted; `numbers` are those of the citations."""
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
