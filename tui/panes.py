"""Panes that stand side by side and were made wider or narrower by a key."""

from __future__ import annotations

from textual.screen import Screen
from textual.widget import Widget

PANES = {
    "AskScreen": ("SourceList", "-wide"),
    "SearchScreen": ("Preview", "-widest"),
    "LibraryScreen": ("#added", "-wide"),
    "EvaluateScreen": ("#questions", "-wide"),
}
"""The pane of each screen, and the breakpoint from which on it stands beside another."""

_LEAST, _LEFT = 24, 40
"""Columns of a pane, and those that are left to the other one."""


def pane(screen: Screen[object], columns: int) -> Widget | None:
    """The pane that stands beside another in a terminal so wide. None if there is none.

    The screen's own classes tell it too, but some moments after a resize.
    """
    selector, name = PANES.get(type(screen).__name__, ("", ""))
    least = [at for at, one in screen.HORIZONTAL_BREAKPOINTS or () if one == name]
    found = list(screen.query(selector)) if selector else []
    return found[0] if found and least and columns >= least[0] else None


def resize(screen: Screen[object], by: int, widths: dict[str, int]) -> None:
    """Give the pane `by` columns more, and note how many it has."""
    columns = screen.size.width
    found = pane(screen, columns)
    if found is not None and found.display:
        wanted = max(_LEAST, min(columns - _LEFT, found.outer_size.width + by))
        widths[type(screen).__name__] = wanted
        apply(screen, columns, widths)


def apply(screen: Screen[object], columns: int, widths: dict[str, int]) -> None:
    """Give the pane the width it was left with, where there is a width to choose."""
    name = type(screen).__name__
    if name not in widths or name not in PANES:
        return
    beside = pane(screen, columns) is not None
    for one in screen.query(PANES[name][0]):
        if beside:
            width = max(_LEAST, min(widths[name], columns - _LEFT))
            one.styles.width = one.styles.max_width = width
        else:
            one.styles.clear_rule("width")
            one.styles.clear_rule("max_width")
            one.refresh(layout=True)
