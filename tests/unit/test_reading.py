"""Pages, headings and threads as they are drawn."""

from __future__ import annotations

from typing import Any

from index.threadview import ThreadMessage
from tests.tui import fakes
from tui.reading import of_document, of_thread


def document(n: int, text: str, **facts: Any) -> Any:
    kind = facts.pop("kind", "mail")
    made = fakes.Document(passage=fakes.passage(n, text, kind=kind), text=text, **facts)
    return fakes.Stored(made)


def words(reading: Any) -> list[str]:
    return [reading.text[start:end] for start, end in reading.quotes]


def rules(reading: Any) -> list[str]:
    return [reading.text[start:end] for start, end in reading.rules]


def test_each_page_is_named_and_quotes_move_along() -> None:
    text = "one mast\ntwo mast\nthree"
    found = of_document(document(1, text, page_starts=(0, 9, 18)), [(4, 8), (13, 17)])
    assert words(found) == ["mast", "mast"]
    assert rules(found) == [f"── page {n} of 3 ──" for n in (1, 2, 3)]
    assert "── page 2 of 3 ──\ntwo mast\n" in found.text


def test_a_quote_over_two_pages_is_cut_at_the_line_between() -> None:
    found = of_document(document(1, "one two", page_starts=(0, 4)), [(0, 7)])
    assert words(found) == ["one ", "two"]


def test_a_notes_headings_are_set_off_and_nothing_else_is_changed() -> None:
    text = "# Boat\nnew mast\n## Sails\n#nothing\n"
    found = of_document(document(1, text, kind="note"), [(7, 10)])
    assert found.text == text
    assert rules(found) == ["# Boat", "## Sails"]
    assert rules(of_document(document(1, text, kind="mail"), [])) == []


def message(n: int, of: int, text: str, quoted: tuple[tuple[int, int], ...] = ()) -> Any:
    return ThreadMessage(n=n, of=of, document=document(n, text), quoted=quoted)


def test_a_thread_folds_what_is_quoted_but_not_what_is_cited() -> None:
    first = message(1, 2, "The mast is new.")
    text = "Good.\n> The mast\n> is new.\nBye"
    reply = message(2, 2, text, quoted=((6, 27),))
    folded = of_thread([first, reply], first.document, [(4, 8)])
    assert words(folded) == ["mast"]
    assert "▸ 2 quoted lines\nBye" in folded.text
    assert "> is new" not in folded.text
    assert [line[:9] for line in rules(folded)] == ["── 1 of 2", "── 2 of 2"]

    cited = of_thread([first, reply], reply.document, [(8, 16)])
    assert words(cited) == ["The mast"]
    assert cited.text[cited.at :].lstrip().startswith("── 2 of 2")
    assert "> is new" in of_thread([first, reply], first.document, [], folded=False).text


def test_the_thread_of_an_attachment_begins_at_its_mail() -> None:
    mails = [message(n, 3, f"Mail {n}.") for n in (1, 2, 3)]
    attached = document(9, "slate, 200", kind="file", within="<2@example.org>")
    found = of_thread(mails, attached, [(0, 5)])
    assert found.quotes == ()
    assert found.text[found.at :].lstrip().startswith("── 2 of 3")


def test_of_a_very_long_thread_a_part_is_shown_and_numbered_as_in_the_whole() -> None:
    part = [message(n, 9, f"Mail {n}.") for n in (4, 5)]
    found = of_thread(part, part[1].document, [(0, 4)])
    assert [line[:9] for line in rules(found)] == ["── 4 of 9", "── 5 of 9"]
    assert found.text.startswith("… 3 earlier messages, not shown here\n")
    assert found.text.endswith("… 4 later messages, not shown here\n")
    assert words(found) == ["Mail"]
