"""Bars: as text for a terminal, and as a picture in PNG or SVG.

Each sort has a filling of its own and its number beside it, so that colour is never the only
sign. The PNG is drawn with Pillow, the SVG written by hand; both are some 10 kB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

FILLINGS: Final = "█▒░╎"
"""Of the first, second … sort of a stacked bar."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_WIDTH, _HEIGHT = 960, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 64, 48
_INK, _GREY, _LIGHT, _BLUE = "#222222", "#777777", "#dddddd", "#2255aa"
_LETTER, _BETWEEN = 7.5, 12.0
"""How wide a letter of a label is, and the room that two labels need between them."""

_MONTHLY: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_PLAIN: Final = (1, 2, 5, 10, 20, 50, 100)
"""One bar in so many may have its label, where not all have room."""

_ROUND: Final = (1, 2, 2.5, 4, 5)
_GAP: Final = 0.18


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, and how many."""

    label: str
    number: int


def bar(number: int, most: int, width: int) -> str:
    """A bar of at most `width` cells, in eighths; what is not zero is seen."""
    if number <= 0 or most <= 0:
        return ""
    eighths = max(1, round(number / most * width * 8))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def stacked(numbers: Sequence[int], most: int, width: int) -> str:
    """One bar of several fillings; each that is not zero has a cell."""
    if most <= 0:
        return ""
    return "".join(
        filling * max(1, round(number / most * width)) if number else ""
        for number, filling in zip(numbers, FILLINGS, strict=False)
    )


def lines(bars: Sequence[Bar], width: int) -> list[str]:
    """A line for each: label, number, bar."""
    most = max((one.number for one in bars), default=0)
    label = max((len(one.label) for one in bars), default=0)
    digits = len(f"{most:,}")
    room = max(4, width - label - digits - 4)
    return [
        f"{one.label:<{label}}  {one.number:>{digits},}  {bar(one.number, most, room)}".rstrip()
        for one in bars
    ]


def write(path: Path, title: str, bars: Sequence[Bar], *, form: str = "") -> None:
    """Write an `svg` or a `png`; if that is not said, an SVG if `path` ends so, else a PNG."""
    if (form or path.suffix.lower().removeprefix(".")) == "svg":
        path.write_text(svg(title, bars), encoding="utf-8")
    else:
        _png(path, title, bars)


def svg(title: str, bars: Sequence[Bar]) -> str:
    """The bars as a picture that text can be taken from."""
    name = escape(_printable(title))
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="13" role="img">',
        f"<title>{name}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="34" font-size="17" fill="{_INK}">{name}</text>',
    ]
    for value, y in _grid(bars):
        pieces.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
            f' stroke="{_LIGHT}"/><text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end"'
            f' fill="{_GREY}">{value:,}</text>'
        )
    for one, (x, y, width, height), labelled in _placed(bars):
        said = escape(f"{one.label}: {one.number:,}")
        pieces.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' fill="{_BLUE}"><title>{said}</title></rect>'
        )
        if labelled:
            pieces.append(
                f'<text x="{x + width / 2:.1f}" y="{_HEIGHT - _BOTTOM + 20}"'
                f' text-anchor="middle" fill="{_GREY}">{escape(one.label)}</text>'
            )
    return "\n".join([*pieces, "</svg>\n"])


def _png(path: Path, title: str, bars: Sequence[Bar]) -> None:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    _paint(ImageDraw.Draw(image), title, bars)
    image.save(path, format="PNG", optimize=True)


def _paint(draw: ImageDraw, title: str, bars: Sequence[Bar]) -> None:
    from PIL import ImageFont

    plain, large = ImageFont.load_default(13), ImageFont.load_default(17)
    draw.text((_LEFT, 20), _printable(title), fill=_INK, font=large)
    for value, y in _grid(bars):
        draw.line((_LEFT, y, _WIDTH - _RIGHT, y), fill=_LIGHT)
        draw.text((_LEFT - 8, y), f"{value:,}", fill=_GREY, font=plain, anchor="rm")
    for one, (x, y, width, height), labelled in _placed(bars):
        if one.number:
            draw.rectangle((x, y, x + width, y + height), fill=_BLUE)
        if labelled:
            at = (x + width / 2, _HEIGHT - _BOTTOM + 8)
            draw.text(at, one.label, fill=_GREY, font=plain, anchor="mt")


def _top(bars: Sequence[Bar]) -> int:
    """A round number that no bar is higher than: one of `_ROUND` and zeros."""
    most = max((one.number for one in bars), default=0)
    scale = 1
    while True:
        for step in _ROUND:
            top = step * scale
            if top >= most and top == int(top):
                return int(top)
        scale *= 10


def _grid(bars: Sequence[Bar]) -> list[tuple[int, float]]:
    """Values of the horizontal lines, and where they are."""
    top = _top(bars)
    parts = next((n for n in (5, 4, 2) if top % n == 0), 1)
    high = _HEIGHT - _TOP - _BOTTOM
    return [
        (top * part // parts, _HEIGHT - _BOTTOM - high * part / parts)
        for part in range(parts + 1)
    ]


def _placed(
    bars: Sequence[Bar],
) -> list[tuple[Bar, tuple[float, float, float, float], bool]]:
    """Each bar, its left, top, width and height, and whether its label has room."""
    top, count = _top(bars), max(1, len(bars))
    cell = (_WIDTH - _LEFT - _RIGHT) / count
    every = _every(bars, cell)
    high = _HEIGHT - _TOP - _BOTTOM
    placed = []
    for place, one in enumerate(bars):
        tall = high * one.number / top
        box = (
            _LEFT + (place + _GAP / 2) * cell,
            _HEIGHT - _BOTTOM - tall,
            cell * (1 - _GAP),
            tall,
        )
        placed.append((one, box, place % every == 0))
    return placed


def _every(bars: Sequence[Bar], cell: float) -> int:
    """One in how many bars has its label, so that none touches the next."""
    longest = max((len(one.label) for one in bars), default=0)
    room = longest * _LETTER + _BETWEEN
    steps = _MONTHLY if any("-" in one.label for one in bars) else _PLAIN
    return next((every for every in steps if every * cell >= room), max(1, len(bars)))


def _printable(text: str) -> str:
    """One line, as an XML text may hold it and a font can draw it."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())[:120]
