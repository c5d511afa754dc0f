"""Numbers, dates and people in the few words there is room for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from rich.cells import cell_len

from tui.clean import one_line
from tui.wrap import shorten


def ago(then: datetime, now: datetime | None = None) -> str:
    """How long `then` is past, in one unit."""
    now = now or datetime.now(then.tzinfo)
    seconds = max(0.0, (now - then).total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def day(when: date | None) -> str:
    """`12 Mar 2019`. Empty if there is no date."""
    return f"{when.day} {when:%b %Y}" if when else ""


def span(first: date | None, last: date | None) -> str:
    """`1 May 2003 to 3 Feb 2004`, `1 May to 3 Jun 2003`, or one day."""
    if first is None or last is None:
        return "no date"
    begin, end = day(first), day(last)
    if begin == end:
        return begin
    return f"{begin.removesuffix(f' {last:%Y}')} to {end}"


def lately(then: datetime, now: datetime | None = None) -> str:
    """`14:05` if that was today, else the day."""
    now = now or datetime.now(then.tzinfo)
    return f"{then:%H:%M}" if then.date() == now.date() else day(then)


def duration(seconds: float) -> str:
    """`8 s`, `3 min` or `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def size(count: float) -> str:
    """`640 B`, `3.1 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 source`, `2,345 sources`; another plural than with an s is given."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def place(path: str | Path, width: int) -> str:
    """A path from `~` on if it is below the home folder, and of a long one the end."""
    name, home = one_line(str(path)), os.environ.get("HOME", "")
    if home and name.startswith(home.rstrip("/") + "/"):
        name = "~" + name[len(home.rstrip("/")) :]
    while cell_len(name) > width and "/" in name[2:]:
        name = "…/" + name.removeprefix("…/").partition("/")[2].lstrip("/")
    return shorten(name, width)[0]


def short_name(person: str) -> str:
    """The name in `Name <address>`, or the address if there is no name."""
    name, bracket, address = one_line(person).partition("<")
    return name.strip(' "') or (address.rstrip("> ") if bracket else "")


def who(people: Sequence[str]) -> str:
    """`Anna Weber → Tom Lee +2`: the sender and the first to receive it."""
    names = [name for name in map(short_name, people) if name]
    if len(names) < 2:
        return "".join(names)
    more = f" +{len(names) - 2}" if len(names) > 2 else ""
    return f"{names[0]} → {names[1]}{more}"
