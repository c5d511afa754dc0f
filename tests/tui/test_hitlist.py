"""A thousand results cost what is seen of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from tests.tui.fakes import FakeArchive
from tui.hit import hits
from tui.widgets import hitlist
from tui.widgets.hitlist import HitList


class Listed(App[None]):
    def compose(self) -> ComposeResult:
        yield HitList()


async def test_only_rows_that_are_seen_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    found = FakeArchive().search("notary")
    passages = tuple(replace(found.passages[0], title=f"The {n}th") for n in range(1, 1001))
    thousand = hits(replace(found, passages=passages), 120)
    drawn: list[int] = []
    draw = hitlist.drawn
    monkeypatch.setattr(
        hitlist, "drawn", lambda hit, width: (drawn.append(hit.n), draw(hit, width))[1]
    )
    app = Listed()
    async with app.run_test(size=(80, 20)) as pilot:
        listed = app.query_one(HitList)
        listed.show(thousand)
        await pilot.pause()
        assert 1 in drawn
        assert len(set(drawn)) < 20
        listed.focus()
        await pilot.press("end")
        await pilot.pause()
        assert listed.chosen is thousand[-1]
        assert 1000 in drawn
        assert len(set(drawn)) < 40


async def test_a_row_is_as_high_as_it_is_drawn() -> None:
    found = FakeArchive().search("notary")
    app = Listed()
    async with app.run_test(size=(50, 30)) as pilot:
        listed = app.query_one(HitList)
        listed.show(hits(found, 120))
        await pilot.pause()
        lines = [
            line.plain for hit in listed.hits for line in hitlist.drawn(hit, 47).split("\n")
        ]
        assert listed.virtual_size.height == len(lines)
