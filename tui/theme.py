"""Three themes: paper by lamplight, by day, and one of few, strong colours.

The third is what a terminal gets that has sixteen colours or wants none. Wherever it is
used what is chosen is underlined and the title of the focused list reversed: it has no
shades of a background to tell them by.
"""

from collections.abc import Mapping

from textual.theme import Theme

LAMPLIGHT = Theme(
    name="lamplight",
    primary="#7d9fc0",
    secondary="#8f9bb3",
    accent="#e3b469",
    foreground="#d9dbe0",
    background="#14171c",
    surface="#191d23",
    panel="#222730",
    success="#93c48b",
    warning="#e3b469",
    error="#e08585",
    dark=True,
    variables={"footer-key-foreground": "#e3b469"},
)

DAYLIGHT = Theme(
    name="daylight",
    primary="#2f5f8f",
    secondary="#5c6a80",
    accent="#945f00",
    foreground="#22262c",
    background="#faf8f3",
    surface="#f3f0e8",
    panel="#e8e3d8",
    success="#3a7032",
    warning="#945f00",
    error="#a83232",
    dark=False,
    variables={"footer-key-foreground": "#945f00"},
)

CONTRAST = Theme(
    name="contrast",
    primary="#55ffff",
    secondary="#ffffff",
    accent="#ffff55",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    dark=True,
    variables={
        "footer-key-foreground": "#ffff55",
        "block-cursor-foreground": "#000000",
        "block-cursor-background": "#ffffff",
        "input-selection-background": "#0000aa",
        "scrollbar": "#aaaaaa",
        "scrollbar-background": "#000000",
        "text-muted": "#d0d0d0",
        "text-disabled": "#b0b0b0",
    },
)

THEMES = (LAMPLIGHT, DAYLIGHT, CONTRAST)


def few_colours(environ: Mapping[str, str], color_system: str | None) -> bool:
    """Whether shades cannot be told apart: sixteen colours or fewer, or none wanted."""
    return bool(environ.get("NO_COLOR")) or color_system in (None, "standard", "windows")
