"""Searching in the app: results as one types, narrowed, edited, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from index.retrieve import SearchResult
from ingest.errors import LifeArchiveError
from tests.tui import fakes
from tests.tui.conftest import Until
from tests.tui.fakes import FakeArchive
from tests.tui.test_app import NARROW, WIDE, quoted, shown
from tui.app import LifeArchiveApp
from tui.hit import hits
from tui.screens.reader import ReaderScreen
from tui.screens.search import SearchScreen
from tui.widgets.document import DocumentView
from tui.widgets.facetlist import FacetList, toggled, typed
from tui.widgets.hitlist import HitList, drawn
from tui.widgets.notice import Notice
from tui.widgets.question import QuestionInput
from tui.widgets.searchline import SearchInput


@asynccontextmanager
async def searching(
    archive: FakeArchive, until: Until, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[LifeArchiveApp, Pilot[None]]]:
    app = LifeArchiveApp(lambda: archive)
    try:
        async with app.run_test(size=size) as pilot:
            await pilot.press("f2")
            await until(pilot, lambda: isinstance(app.screen, SearchScreen))
            await until(pilot, lambda: app.archive is not None and archive.searches)
            yield app, pilot
    finally:
        for gate in archive.gates.values():
            gate.open()


def line(app: LifeArchiveApp) -> SearchInput:
    return app.screen.query_one(SearchInput)


def listed(app: LifeArchiveApp) -> HitList:
    return app.screen.query_one(HitList)


def chosen(app: LifeArchiveApp) -> str:
    """The title of what the cursor is on."""
    hit = listed(app).chosen
    return hit.passage.title if hit else ""


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_results_come_as_one_types_and_open_in_the_reader(
    until: Until, size: tuple[int, int]
) -> None:
    archive = FakeArchive()
    async with searching(archive, until, size) as (app, pilot):
        assert "from:anna" in shown(app)
        await pilot.press(*"notary")
        quote = "We signed the lease on 12 March 2019 at the notary's"
        await until(pilot, lambda: quote in shown(app))
        assert "2 passages, best first · 12 ms" in shown(app)
        assert listed(app).option_count == 2
        # Typed in one go, looked for once.
        assert [query for query, _, _ in archive.searches] == ["", "notary"]

        await pilot.press("down")
        preview = app.screen.query_one(DocumentView)
        await until(pilot, lambda: "The notary in Lindau can see us" in shown(app))
        await until(pilot, lambda: quoted(preview) == "notary")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReaderScreen))
        await until(pilot, lambda: "source 2 of 2" in shown(app))
        await pilot.press("p", "escape")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        assert listed(app).highlighted == 0


async def test_the_last_keystroke_wins(until: Until) -> None:
    archive = FakeArchive()
    async with searching(archive, until) as (app, pilot):
        gate = archive.gates["search"] = fakes.Gate(closed=True)
        await pilot.press(*"rent")
        await until(pilot, lambda: len(archive.searches) == 2)
        await pilot.press("ctrl+u", *"keys")
        await until(pilot, lambda: "Searching" in str(listed(app).border_title))
        gate.open()
        await until(pilot, lambda: len(archive.searches) == 3)
        await until(pilot, lambda: listed(app).option_count == 1)
        assert listed(app).hits[0].passage.chunk_id == 1
        assert "Annual report" not in shown(app)


async def test_all_searches_are_of_one_thread_and_stale_ones_are_skipped(until: Until) -> None:
    archive = FakeArchive()
    async with searching(archive, until) as (app, pilot):
        gate = archive.gates["search"] = fakes.Gate(closed=True)
        for number, word in enumerate(("rent", "lease", "keys", "notary")):
            line(app).value = word
            await until(pilot, lambda: line(app).value == app.screen._wanted.text)
            if not number:
                await until(pilot, gate.reached.is_set)
        gate.open()
        await until(pilot, lambda: listed(app).option_count == 2)
        assert [query for query, _, _ in archive.searches] == ["", "rent", "notary"]
        assert len(archive.search_threads) == 1


async def test_what_was_understood_is_shown_edited_and_dropped(until: Until) -> None:
    archive = FakeArchive()
    async with searching(archive, until) as (app, pilot):
        line(app).value = "lease in March 2019"
        told = 'Understood  during:2019-03 (from "in March 2019")'
        await until(pilot, lambda: told in shown(app))

        await pilot.press("ctrl+t")
        await until(pilot, lambda: "Words only" in shown(app))
        assert archive.searches[-1] == ("lease in March 2019", "relevance", True)
        await pilot.press("ctrl+t")
        await until(pilot, lambda: "Understood" in shown(app))

        await pilot.press("ctrl+o")
        assert line(app).value == "lease in March 2019 during:2019-03"
        # Nothing is told that one has typed oneself.
        await until(pilot, lambda: "Understood" not in shown(app))


async def test_a_remark_says_what_was_not_understood(until: Until) -> None:
    async with searching(FakeArchive(), until, NARROW) as (app, pilot):
        line(app).value = "lease from:nobody"
        await until(pilot, lambda: "! from:nobody is nobody" in shown(app))


async def test_a_count_narrows_the_search_and_widens_it_again(until: Until) -> None:
    archive = FakeArchive()
    async with searching(archive, until) as (app, pilot):
        line(app).value = "lease"
        await until(pilot, lambda: "Narrow by" in shown(app) and "Anna Weber" in shown(app))
        assert "[red]Eve[/]" in shown(app)
        counts = app.screen.query_one(FacetList)
        counts.focus()
        counts.highlighted = 4
        await pilot.press("enter")
        await until(pilot, lambda: line(app).value == "lease during:2019")
        await until(pilot, lambda: "✓ 2019" in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: line(app).value == "lease")


async def test_there_is_no_room_for_counts_in_a_small_terminal(until: Until) -> None:
    archive = FakeArchive()
    async with searching(archive, until, NARROW) as (app, pilot):
        await pilot.press(*"lease")
        await until(pilot, lambda: app.screen.query_one(DocumentView).region.height)
        assert not app.screen.query_one(FacetList).display
        assert app.screen.query_one(DocumentView).region.height >= 5
        assert max(map(len, shown(app).splitlines())) <= 80
        assert not archive.gates["facets"].reached.is_set()


async def test_a_key_sorts_by_date(until: Until) -> None:
    archive = FakeArchive()
    async with searching(archive, until) as (app, pilot):
        await pilot.press(*"notary")
        await until(pilot, lambda: listed(app).option_count == 2)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "newest first" in shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "oldest first" in shown(app))
        assert [order for _, order, _ in archive.searches][-2:] == ["newest", "oldest"]
        assert listed(app).hits[0].passage.chunk_id == 2


class Plenty(FakeArchive):
    """As many results as are asked for, up to `there`; the first ones are always the same."""

    there = 150

    def search(
        self, query: str, *, limit: int = 10, order: str = "relevance", plain: bool = False
    ) -> SearchResult:
        found = super().search(query, limit=1, order=order, plain=plain)
        numbers = range(min(limit, self.there))
        passages = [
            replace(one, id=f"m{n}", title=f"Letter {n}")
            for one in found.passages
            for n in (reversed(numbers) if order == "newest" else numbers)
        ]
        return replace(found, passages=tuple(passages))


async def test_more_comes_when_one_moves_towards_the_end(until: Until) -> None:
    archive = Plenty()
    async with searching(archive, until) as (app, pilot):
        await pilot.press(*"keys")
        await until(pilot, lambda: "20 passages and more, best first" in shown(app))
        listed(app).focus()
        await pilot.press("end")  # whether the counts are there by now or not
        await until(pilot, lambda: "100 passages and more" in shown(app))
        # Where one was, and numbered on.
        assert listed(app).highlighted == 19
        assert [hit.n for hit in listed(app).hits] == list(range(1, 101))
        await pilot.press("end")
        await until(pilot, lambda: "150 passages and more" in shown(app))
        await pilot.press("end")
        await until(pilot, lambda: "150 passages, best first" in shown(app))
        done = len(archive.searches)
        await pilot.press("home", "end")
        assert chosen(app) == "Letter 149"
        assert len(archive.searches) == done


async def test_more_by_date_stands_in_between_and_the_choice_is_kept(until: Until) -> None:
    async with searching(Plenty(), until, NARROW) as (app, pilot):
        await pilot.press(*"keys")
        await until(pilot, lambda: "20 passages and more, best first" in shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "20 passages and more, newest first" in shown(app))
        listed(app).focus()
        await pilot.press("end")
        await until(pilot, lambda: "150 passages, newest first" in shown(app))
        assert chosen(app) == "Letter 0"
        assert listed(app).hits[0].passage.title == "Letter 149"


async def test_what_is_typed_is_looked_for_before_more_of_the_last(until: Until) -> None:
    archive = Plenty()
    async with searching(archive, until, NARROW) as (app, pilot):
        await pilot.press(*"keys")
        await until(pilot, lambda: "20 passages and more" in shown(app))
        gate = archive.gates["search"] = fakes.Gate(closed=True)
        listed(app).move(19)
        await until(pilot, gate.reached.is_set)
        await until(pilot, lambda: "20 passages, looking for more…" in shown(app))
        line(app).value = "notary"
        await until(pilot, lambda: app.screen._wanted.text == "notary")
        gate.open()
        await until(pilot, lambda: "20 passages and more" in shown(app))
        assert listed(app).option_count == 20


async def test_nothing_found_says_what_to_do(until: Until) -> None:
    async with searching(FakeArchive(), until, NARROW) as (app, pilot):
        await pilot.press(*"zeppelin")
        await until(pilot, lambda: "Nothing found" in shown(app))
        assert "Other words may find it" in shown(app)
        line(app).value = "zeppelin kind:note"
        await until(pilot, lambda: "Leave one of the operators out" in shown(app))


async def test_an_error_is_a_panel_with_a_remedy(until: Until) -> None:
    error = LifeArchiveError("The catalog is damaged.", remedy="Run `archive verify`.")
    async with searching(FakeArchive(search_error=error), until) as (app, pilot):
        await until(pilot, lambda: app.screen.query_one(Notice).display)
        assert "The catalog is damaged." in shown(app)
        assert "Run `archive verify`." in shown(app)
        await pilot.press("escape")
        assert not app.screen.query_one(Notice).display


async def test_what_was_typed_is_kept_and_escape_leads_back(until: Until) -> None:
    async with searching(FakeArchive(), until) as (app, pilot):
        await pilot.press(*"lease")
        await until(pilot, lambda: listed(app).option_count)
        await pilot.press("tab")
        assert app.focused is not line(app)
        await pilot.press("escape")
        assert app.focused is line(app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, SearchScreen))
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        assert line(app).value == "lease"


async def test_an_operator_is_completed(until: Until) -> None:
    async with searching(FakeArchive(), until) as (app, pilot):
        await pilot.press(*"lease dur")
        await until(pilot, lambda: "during:" in shown(app))
        await pilot.press("right")
        assert line(app).value == "lease during:"


async def test_tab_completes_half_a_name_and_else_leads_to_the_lists(until: Until) -> None:
    async with searching(FakeArchive(), until) as (app, pilot):
        await pilot.press(*"lease from:an")
        await until(pilot, lambda: "Tab  from:" in shown(app))
        await pilot.press("tab")
        assert line(app).value == 'lease from:"Anna Weber"'
        assert line(app).has_focus
        await until(pilot, lambda: listed(app).option_count)
        await pilot.press("tab")
        assert not line(app).has_focus


async def test_nothing_that_was_found_drives_the_terminal(until: Until) -> None:
    async with searching(FakeArchive(), until) as (app, pilot):
        await pilot.press(*"markup")
        await until(pilot, lambda: "[bold red]Invoice[/]" in shown(app))
        text = shown(app)
        assert not {"\x1b", "\x07", "\u202e", "\u200b"} & set(text)


async def test_the_ask_screen_tells_how_a_question_was_understood(until: Until) -> None:
    query = fakes.understand("Which lease in March 2019?")
    archive = FakeArchive(found=replace(fakes.FOUND, query=query))
    app = LifeArchiveApp(lambda: archive)
    async with app.run_test(size=NARROW) as pilot:
        app.screen.query_one(QuestionInput).value = "Which lease in March 2019?"
        await pilot.press("enter")
        await until(
            pilot, lambda: 'Understood  during:2019-03 (from "in March 2019")' in shown(app)
        )


@pytest.mark.parametrize(
    ("operator", "query", "then"),
    [
        ("during:2004", "mast", "mast during:2004"),
        ("during:2004", "mast during:2004 boat", "mast boat"),
        ("during:2004", "during:2004-03", "during:2004-03 during:2004"),
        ('with:"Tom Lee"', 'with:"Tom Lee"', ""),
    ],
)
def test_an_operator_is_put_in_and_taken_out(operator: str, query: str, then: str) -> None:
    assert toggled(operator, query) == then
    assert typed(operator, then) is not typed(operator, query)


def test_a_result_fits_its_width() -> None:
    found: Any = FakeArchive().search("lease notary markup")
    for hit in hits(found, 120):
        for row in drawn(hit, 40).split("\n"):
            assert row.cell_length <= 40


async def test_keys_typed_in_one_go_are_done_in_their_order(until: Until) -> None:
    """A terminal sends what is typed while it is slow, or pasted by a script, at once."""
    async with searching(FakeArchive(), until) as (app, pilot):
        for key in (*"mats", "backspace", "backspace", *"st", "left", "left", "left", *"ea"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        app.post_message(Key("end", None))
        app.post_message(Key("s", "s"))
        await until(pilot, lambda: line(app).value.endswith("s"))
        assert line(app).value == "meaasts"
