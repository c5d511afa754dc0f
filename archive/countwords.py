"""What was counted, in words: the number, what it is of, and what was not counted.

Whether a question was understood may be wrong, so a reply repeats what was counted.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import date

from index.countable import Form, Wanted, What
from index.query import Field, Filter, written
from index.tally.rows import Row, Tally

_DAYS_NAMED = 40
_PERIODS_NAMED = 60
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
    told = (Field.KIND, Field.WITH) if found.sides else (Field.KIND,)
    filters = sorted(
        (f for f in found.filters if f.field not in told),
        key=lambda f: order.index(f.field) if f.field in order else len(order),
    )
    said: list[str] = []
    if found.sides:
        sides = [" or ".join(_who(f.value) for f in side) for side in found.sides]
        said.append(f"between {' and '.join(sides)}")
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
    value = _who(one.value)
    said = {
        Field.FROM: f"from {value}",
        Field.TO: f"to {value}",
        Field.CC: f"with a copy to {value}",
        Field.WITH: f"with {value}",
        Field.SUBJECT: f"with “{value}” in the subject",
        Field.IN: f"in “{value}”",
        Field.TAG: f"tagged {value}",
        Field.HAS: "with attachments",
        Field.DURING: f"in {one.said}" if one.said.isdigit() else one.said or _span(value),
        Field.KIND: "",
    }[one.field]
    return f"not {said}" if one.negated else said


def _who(value: str) -> str:
    return "you" if value == "me" else value


def _span(value: str) -> str:
    if value.endswith(".."):
        return f"since {value[:-2]}"
    return f"until {value[2:]}" if value.startswith("..") else f"in {value}"


def headline(found: Tally) -> str:
    """The number and what it is of, as a sentence; of the first, last or longest, which."""
    wish, number = found.wanted, found.number
    about = facts(wish)
    if not number:
        return f"No {noun(wish, 2)}{' in messages' * (wish.what is What.PEOPLE)}" + (
            f" {about}." if about else "."
        )
    if wish.form in (Form.FIRST, Form.LAST):
        row = found.rows[0]
        title = f"“{row.label}”" if row.label else "it has no subject"
        begin = f"The {wish.form.value} {noun(wish, 1)}{' ' + about if about else ''}"
        return f"{begin} is of {_when(row)}: {title}"
    if wish.form is Form.MOST and wish.what is What.THREADS:
        begin = f"The longest thread{'' if number == 1 else 's'}{' ' + about if about else ''}:"
        return f"{begin} {line(found.rows[0], wish.what)}" if number == 1 else begin
    if wish.what is What.PEOPLE:
        return f"{number:,} {noun(wish, number)} {_did(wish)} {about}".rstrip() + "."
    return f"{number:,} {noun(wish, number)}{' ' + about if about else ''}."


def _did(wish: Wanted) -> str:
    """What people did; filters are on messages, people are those who wrote or got them."""
    if wish.owner:
        return "wrote messages to you or were sent some by you"
    if wish.writers:
        return "wrote messages"
    return "were sent messages" if wish.receivers else "take part in messages"


def by_period(found: Tally) -> tuple[str, ...]:
    """How many in each day, month or year, a line each; empty unless that was asked."""
    return tuple(f"{name}: {number:,}" for name, number in found.periods)


def _busiest(found: Tally) -> str:
    """Which days, months or years have the most."""
    most = max(number for _, number in found.periods)
    names = [_spelt(name) for name, number in found.periods if number == most]
    return f"{' and '.join(names)}, with {most:,}."


def _spelt(period: str) -> str:
    """`2001-05` as `May 2001`; days and years as they are."""
    return f"{date.fromisoformat(f'{period}-01'):%B %Y}" if len(period) == 7 else period


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
    if wish.sides:
        said.append("Counted is only what one of them wrote to the other.")
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
    if found.periods:
        return _periods(found, question)
    head = one_line(headline(found))
    single = form is Form.MOST and what is What.THREADS and found.number == 1
    if form in (Form.FIRST, Form.LAST) or single:
        return f"{head}{_mark(shown[0], numbers)}"
    if form is Form.DAYS:
        head = f"{_days(found)} In all, {head}"
    elif form is Form.MOST and what is not What.THREADS:
        leading = [row for row in shown if row.count == shown[0].count]
        names = " and ".join(one_line(row.label) for row in leading)
        head = f"{names}, with {shown[0].count:,}. In all, {head}"
    lines = [f"- {one_line(line(row, what))}{_mark(row, numbers)}" for row in shown]
    return "\n".join([head, *lines, *_more(found.number - len(shown), question)])


def _periods(found: Tally, question: str) -> str:
    """The answer where days, months or years are counted apart."""
    head = headline(found)
    if found.wanted.form is Form.MOST:
        return f"{_busiest(found)} In all, {head}"
    lines = by_period(found)
    shown = [f"- {one}" for one in lines[:_PERIODS_NAMED]]
    return "\n".join([head, *shown, *_more(len(lines) - len(shown), question)])


def _more(number: int, question: str) -> tuple[str, ...]:
    from archive.guard import one_line

    if number < 1:
        return ()
    return (
        f"and {number:,} more; all of them: archive list {shlex.quote(one_line(question))}",
    )


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
        title = row.label or "(no subject)"
        span = f"{_when(row)} to {row.last.astimezone():%Y-%m-%d}" if row.last else "no date"
        return f"{title}: {row.count:,} messages, {span}"
    title = row.label or "(no subject)"
    return f"{_when(row)} {title}" + (f" ({row.who})" if row.who else "")


def _when(row: Row) -> str:
    """The day as it is here: a question's days are these as well."""
    return f"{row.first.astimezone():%Y-%m-%d}" if row.first else "no date"


def _mark(row: Row, numbers: dict[int, int]) -> str:
    return f" [{numbers[row.document_id]}]" if row.document_id in numbers else ""
