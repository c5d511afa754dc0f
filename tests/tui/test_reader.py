"""Reading: the thread, copying, and opening elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from index.passage import Passage
from index.threadview import ThreadMessage
from tests.tui import fakes
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive, Stored
from tests.tui.test_app import WIDE, ask, quoted, running, shown, turn
from tui.screens import reader
from tui.widgets.document import DocumentView


async def test_the_thread_is_read_as_one_and_left_again(until: Until) -> None:
    archive = FakeArchive()
    archive.messages = tuple(
        ThreadMessage(
            n=at,
            of=2,
            document=Stored(fakes.DOCUMENTS[n]),  # type: ignore[arg-type]
            quoted=(),
        )
        for at, n in enumerate((2, 1), start=1)
    )
    async with running(archive, WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("tab", "enter")
        await until(
            pilot, lambda: "source 1 of 4" in shown(app) and "Anna Weber <" in shown(app)
        )
        view = app.screen.query_one(DocumentView)
        await until(pilot, lambda: quoted(view) == fakes.QUOTE)
        await pilot.press("t")
        await until(pilot, lambda: "g" and view.virtual_size.height > 60)
        await until(pilot, lambda: quoted(view) == fakes.QUOTE)
        await pilot.press("p", "p")
        await until(pilot, lambda: "── 1 of 2 ·" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: "── 1 of 2 ·" not in shown(app))
        await pilot.press("n", "t")
        await until(pilot, lambda: "source 2 of 4" in shown(app))


async def test_the_quote_is_copied_with_where_it_is_from(until: Until) -> None:
    async with running(FakeArchive(), WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "lease.pdf" in shown(app))
        await pilot.press("C")
        assert app.clipboard == f"“{fakes.QUOTE}”\n— Anna Weber, 14 Mar 2019, “The lease”"
        await pilot.press("y")
        assert app.clipboard == fakes.LEASE


async def test_what_cannot_be_opened_says_why_and_what_is_opened_by_what(
    until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(FakeArchive(), WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "lease.pdf" in shown(app))
        await pilot.press("o")
        await until(pilot, lambda: "is not there any more" in shown(app))
        asked: list[str] = []

        def launch(how: str, *_: object) -> tuple[tuple[str, ...], bool]:
            asked.append(how)
            return ("viewer", "x"), False

        monkeypatch.setattr(reader, "launch", launch)
        await pilot.press("f")
        await until(pilot, lambda: asked == ["show"])
        await pilot.press("a", "enter")
        await until(pilot, lambda: asked == ["show", "open"])


async def test_an_attachment_that_was_read_is_read_here_and_any_can_be_saved(
    until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FakeArchive()
    mail = fakes.DOCUMENTS[1].passage
    came = replace(mail, document_id=9, locator=f"{mail.locator} › 1 lease.pdf", title="Lease")
    read = Stored(fakes.Document(passage=came, text="Signed in Lindau.", within=mail.id))
    monkeypatch.setattr(archive, "attached", lambda document: (read,))
    monkeypatch.setattr(archive, "document", document_of(archive, read))
    saved: list[str] = []

    def save(document: object, name: str) -> Path:
        saved.append(name)
        return Path(name)

    monkeypatch.setattr(reader, "save", save)
    async with running(archive, WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "lease.pdf" in shown(app))
        await pilot.press("a", "enter")
        await until(pilot, lambda: "Signed in Lindau." in shown(app))
        assert "In mail <1@example.org>" in shown(app)
        await pilot.press("escape", "a", "s")
        await until(pilot, lambda: saved == ["lease.pdf"])


def document_of(archive: FakeArchive, more: Stored) -> Callable[[Passage], object]:
    """What the archive hands out, and one document more."""
    known = archive.document
    return lambda passage: more if passage.document_id == more.id else known(passage)


async def test_escape_closes_an_error_before_the_source(until: Until) -> None:
    async with running(FakeArchive(), WIDE) as (app, pilot):
        await ask(pilot)
        await until(pilot, lambda: not turn(app).running)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "lease.pdf" in shown(app))
        await pilot.press("o")
        await until(pilot, lambda: "is not there any more" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: "is not there any more" not in shown(app))
        assert isinstance(app.screen, reader.ReaderScreen)


class Alone(App[None]):
    """A document and nothing else."""

    def compose(self) -> ComposeResult:
        yield DocumentView()


async def test_the_quote_is_gone_to_before_there_is_a_scroll_bar(until: Until) -> None:
    app = Alone()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.query_one(DocumentView)
        text = "\n".join(f"line {n}" for n in range(100))
        at = text.index("line 60")
        view.show(text, [(at, at + 7)])
        await until(pilot, lambda: view.scroll_offset.y > 50)
        view.scroll_home(animate=False)
        await until(pilot, lambda: view.scroll_offset.y == 0)
        view.show_vertical_scrollbar = False
        view.action_to_quote()
        assert view.scroll_offset.y > 50
