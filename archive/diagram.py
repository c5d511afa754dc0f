"""A reliability diagram: what was said beside what came true, as text and as a picture.

The text needs no colour and 64 columns; the picture is a PNG drawn with Pillow, a square for
each model, some 10 kB.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive.measures import Bin

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SIDE = 400
_MARGIN = 64
_INK, _GREY, _LIGHT, _BLUE = "#222222", "#888888", "#dddddd", "#2255aa"


def lines(bins: Sequence[Bin], *, width: int = 40) -> list[str]:
    """A line for each bin: its bar is the share that was right, `│` what was said."""
    if not bins:
        return []
    drawn = [f"{'said':>5}  {'right':>5}  {'':{width}}  {'n':>5}"]
    for one in bins:
        drawn.append(f"{one.said:5.0%}  {one.right:5.0%}  {_bar(one, width)}  {one.n:5}")
    drawn.append(f"{'':14}{'0 %':<{width - 5}}100 %")
    return drawn


def _bar(one: Bin, width: int) -> str:
    eighths = round(min(1.0, max(0.0, one.right)) * width * 8)
    full, rest = divmod(eighths, 8)
    cells = list("█" * full + (_EIGHTHS[rest] if rest else ""))
    cells += ["·"] * (width - len(cells))
    # The mark must be seen within the bar and beyond it.
    place = min(width - 1, int(one.said * width))
    cells[place] = "│" if cells[place] == "·" else "┃"
    return "".join(cells)


def picture(path: Path, panels: Sequence[tuple[str, str, Sequence[Bin]]]) -> None:
    """Write a PNG: for each panel a title, a line of figures and its bins."""
    from PIL import Image, ImageDraw

    outer = _SIDE + 2 * _MARGIN
    image = Image.new("RGB", (outer * max(1, len(panels)), outer + 24), "white")
    draw = ImageDraw.Draw(image)
    for number, (title, figures, bins) in enumerate(panels):
        _panel(draw, number * outer, title, figures, bins)
    image.save(path, format="PNG", optimize=True)


def _panel(draw: ImageDraw, left: int, title: str, figures: str, bins: Sequence[Bin]) -> None:
    from PIL import ImageFont

    plain, large = ImageFont.load_default(13), ImageFont.load_default(16)
    x0, y1 = left + _MARGIN, _MARGIN + _SIDE

    def at(said: float, right: float) -> tuple[float, float]:
        return x0 + said * _SIDE, y1 - right * _SIDE

    draw.text((x0, 14), title, fill=_INK, font=large)
    draw.text((x0, 38), figures, fill=_GREY, font=plain)
    for tenth in range(0, 11, 2):
        share = tenth / 10
        draw.line((*at(share, 0), *at(share, 1)), fill=_LIGHT)
        draw.line((*at(0, share), *at(1, share)), fill=_LIGHT)
        x, y = at(share, 0)
        draw.text((x, y + 8), f"{share:.0%}", fill=_GREY, font=plain, anchor="mt")
        x, y = at(0, share)
        draw.text((x - 8, y), f"{share:.0%}", fill=_GREY, font=plain, anchor="rm")
    draw.rectangle((*at(0, 1), *at(1, 0)), outline=_GREY)
    draw.line((*at(0, 0), *at(1, 1)), fill=_GREY, width=1)
    draw.text((x0 + _SIDE / 2, y1 + 34), "confidence", fill=_INK, font=plain, anchor="mt")
    draw.text((x0 - 52, _MARGIN - 20), "right", fill=_INK, font=plain)
    points = [at(one.said, one.right) for one in bins]
    if len(points) > 1:
        draw.line([value for point in points for value in point], fill=_BLUE, width=2)
    for one, (x, y) in zip(bins, points, strict=True):
        draw.line((*at(one.said, one.low), *at(one.said, one.high)), fill=_BLUE, width=1)
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=_BLUE)
