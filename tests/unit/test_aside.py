"""Quoted text is searched once; what is nowhere else, or is being answered, stays."""

from __future__ import annotations

from index.aside import Said, set_aside
from ingest import quoting
from ingest.document import PartKind

FIRST = """\
The mast came down on Tuesday and the rigger wants eleven hundred pounds for a new one.

The insurance pays half of it if we send the photographs before the end of the month.

Anna"""
QUOTED = "\n".join(f"> {line}" for line in FIRST.split("\n"))


def kept(*texts: str) -> list[str]:
    """What is left of the last text when the others were sent before it."""
    thread = [Said(id=n, text=text, parts=quoting.parts(text)) for n, text in enumerate(texts)]
    text = thread[-1].text
    for start, end in reversed(set_aside(thread)[len(texts) - 1]):
        text = text[:start] + text[end:]
    return [line for line in text.split("\n") if line.strip(" >")]


def test_a_quote_below_the_answer_is_set_aside() -> None:
    reply = f"Send them today.\n\nOn 1 May 2004 Anna wrote:\n{QUOTED}"
    assert kept(FIRST, reply) == ["Send them today."]


def test_a_copied_original_with_other_line_breaks_is_set_aside() -> None:
    broken = FIRST.replace(" the rigger", "\nthe rigger").replace(" before", "\nbefore")
    reply = (
        "Send them today.\n\n-----Original Message-----\nFrom: Anna\nSent: 1 May 2004\n"
        f"To: Ben\nSubject: Mast\n\n{broken}"
    )
    assert kept(FIRST, reply) == ["Send them today."]


def test_a_quote_whose_original_is_not_here_stays_once() -> None:
    second = f"I did.\n\n{QUOTED}"
    third = f"Thank you so much for doing it.\n\n{QUOTED}"
    assert "> Anna" in kept("Something else altogether, about the boat house.", second)
    assert kept(second, third) == ["Thank you so much for doing it."]


def test_an_inline_answer_keeps_the_paragraph_it_answers() -> None:
    first, second, name = QUOTED.split("\n>\n") if "\n>\n" in QUOTED else QUOTED.split("\n> \n")
    reply = f"{first}\n>\n{second}\n\nI sent them.\n\n{name}"
    left = kept(FIRST, reply)
    assert "I sent them." in left
    assert second in left
    assert first not in left


def test_own_words_that_repeat_an_earlier_mail_stay() -> None:
    assert kept(FIRST, FIRST) == [line for line in FIRST.split("\n") if line]


def test_a_paragraph_that_was_changed_stays() -> None:
    changed = QUOTED.replace(
        "eleven hundred pounds", "fourteen hundred euros and a crate of beer"
    )
    reply = f"Really?\n\n{changed}"
    assert any("fourteen hundred" in line for line in kept(FIRST, reply))


def test_spans_are_of_quotes_only() -> None:
    reply = f"Send them today.\n\n{QUOTED}"
    parts = quoting.parts(reply)
    quoted = [(p.start, p.end) for p in parts if p.kind is PartKind.QUOTE]
    thread = [Said(id=1, text=FIRST, parts=()), Said(id=2, text=reply, parts=parts)]
    for start, end in set_aside(thread)[2]:
        assert any(first <= start < end <= last for first, last in quoted)
