"""Two themes: paper by lamplight, and by day."""

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
