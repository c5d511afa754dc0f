"""From one screen to another: a query to search, documents to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.clean import one_line
from tui.finding import Finding
from tui.widgets.searchline import SearchInput

if TYPE_CHECKING:
    from textual.app import App

    from index.passage import Passage
    from tui.port import ArchiveLike


def search_for(app: App[None], query: str) -> None:
    """Open the search with `query` in its line."""

    def write() -> None:
        for line in app.screen.query(SearchInput):
            line.value = one_line(query)
            line.cursor_position = len(line.value)
            line.focus()

    async def go() -> None:
        await app.run_action("app.search")
        app.call_after_refresh(write)

    app.call_later(go)


def read(
    app: App[None], archive: ArchiveLike, passages: Sequence[Passage], at: int = 0
) -> None:
    """Open documents in the reader, none of their words marked."""
    from tui.screens.reader import ReaderScreen

    findings = tuple(
        Finding(n=n, passage=one, quote="", spans=((0, 0),))
        for n, one in enumerate(passages, start=1)
    )
    if findings:
        app.push_screen(ReaderScreen(archive, findings, at))


def with_person(label: str, addresses: Sequence[str]) -> str:
    """An operator that means somebody: by address if there is one, which nobody else has."""
    name = addresses[0] if addresses else label
    return f'with:"{name}"' if " " in name or "," in name else f"with:{name}"
