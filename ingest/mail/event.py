"""An appointment or task as text, from whichever program it comes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ingest.text import normalise, one_line

_MOST_ATTENDEES: Final = 500
_MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What calendars know of one entry; what is empty or None is not written."""

    what: str
    """Such as `Meeting` or `Task`; begins the text."""
    title: str
    start: datetime | date | None = None
    """A plain date for what takes whole days."""
    end: datetime | date | None = None
    """For whole days, the last one."""
    zone: str = ""
    due: datetime | date | None = None
    status: str = ""
    where: str = ""
    organizer: str = ""
    attendees: tuple[str, ...] = ()
    repeats: str = ""
    categories: tuple[str, ...] = ()
    description: str = ""


def text_of(event: Event) -> str:
    """The normalised text: one line for each fact, then the description."""
    lines = [f"{event.what}: {event.title}" if event.title else event.what]
    when = _when(event)
    attendees = event.attendees[:_MOST_ATTENDEES]
    if len(attendees) < len(event.attendees):
        attendees = (*attendees, f"and {len(event.attendees) - len(attendees)} more")
    facts = (
        ("When", when),
        ("Due", shown(event.due) if event.due else ""),
        ("Status", event.status),
        ("Where", event.where),
        ("Organizer", event.organizer),
        ("Attendees", ", ".join(attendees)),
        ("Repeats", event.repeats),
        ("Categories", ", ".join(event.categories)),
    )
    lines += fact_lines(facts)
    if event.description.strip():
        lines += ["", event.description]
    return normalise("\n".join(lines))


def fact_lines(facts: Iterable[tuple[str, str]]) -> list[str]:
    """`Name: value` for each fact that has a value."""
    return [f"{name}: {one_line(value)}" for name, value in facts if value.strip()]


def shown(when: datetime | date) -> str:
    """Such as `5 March 2024, 10:00`."""
    day = f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{day}, {when:%H:%M}" if isinstance(when, datetime) else day


def zone_of(when: datetime) -> str:
    """The name of a time's zone, as people write it."""
    return str(when.tzinfo) if when.tzinfo is not None else ""


def last_day(start: date, end: date) -> date:
    """The last of whole days whose end is written as the day after."""
    return max(start, end - timedelta(days=1))


def _when(event: Event) -> str:
    start, end = event.start, event.end
    if start is None:
        return f"until {shown(end)}" if end is not None else ""
    text = shown(start)
    if not isinstance(start, datetime):
        return f"{text} to {shown(end)}" if end is not None and end > start else text
    if isinstance(end, datetime) and end != start:
        end = end.astimezone(start.tzinfo)
        text += f" to {end:%H:%M}" if end.date() == start.date() else f" to {shown(end)}"
    return f"{text} ({event.zone})" if event.zone else text
