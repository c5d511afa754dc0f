"""Calendars (.ics): one document for each event, task and journal entry.

The text is what a person would write down of it: what, when, where, with whom. A file
is read whole, up to 64 MB; nothing that it points to is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure, Person, Role
from ingest.files import read_whole
from ingest.mail import event as events
from ingest.mail.contentlines import Component, Line, components
from ingest.mail.event import Event
from ingest.mail.timezones import Timezones
from ingest.text import decode, one_line

_ENTRIES: Final = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Journal entry"}
_METHODS: Final = {
    "REQUEST": "Invitation",
    "REPLY": "Answer to an invitation",
    "CANCEL": "Cancelled meeting",
    "COUNTER": "Proposal to change a meeting",
    "DECLINECOUNTER": "Declined proposal to change a meeting",
    "REFRESH": "Question about a meeting",
}
_STAND: Final = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
    "DELEGATED": "delegated",
}
_UNITS: Final = {
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
    "HOURLY": "hour",
}
_WEEKDAYS: Final = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_ORDINALS: Final = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth"}
_BY_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_DURATION: Final = re.compile(
    r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?"
)
_EARLIEST_YEAR: Final = 1970


def claims(path: Path, head: bytes) -> bool:
    """Whether a file is a calendar, by its name or its first line."""
    return path.suffix.lower() in (".ics", ".ical", ".ifb", ".vcs") or (
        path.suffix.lower() == ""
        and head.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(b"BEGIN:VCALENDAR")
    )


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The entries of a calendar, in order."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    text, remark = decode(raw)
    calendars = [found for found in components(text) if found.kind == "VCALENDAR"]
    if not calendars:
        yield ParseFailure(path=path, locator="", reason="is no calendar")
        return
    entries = [
        (calendar, zones, entry)
        for calendar in calendars
        for zones in [_timezones(calendar)]
        for entry in calendar.children
        if entry.kind in _ENTRIES
    ]
    if not entries:
        yield ParseFailure(path=path, locator="", reason="has no events in it")
        return
    seen: dict[str, int] = {}
    for number, (calendar, zones, entry) in enumerate(entries, 1):
        locator = "" if len(entries) == 1 else _locator(entry, number, seen)
        reader = _Reader(calendar, zones, entry)
        if not reader.says_something:
            yield ParseFailure(path=path, locator=locator, reason="has no readable text")
        else:
            yield reader.document(path, locator, [remark] if remark else [])


def text_of(raw: str) -> str:
    """The readable text of an invitation in a mail; "" if there is no entry in it."""
    texts = [
        events.text_of(_Reader(calendar, zones, entry).event)
        for calendar in components(raw)
        for zones in [_timezones(calendar)]
        for entry in calendar.children
        if entry.kind in _ENTRIES
    ]
    return "\n\n".join(texts)


def _timezones(calendar: Component) -> Timezones:
    return Timezones(child for child in calendar.children if child.kind == "VTIMEZONE")


def _locator(entry: Component, number: int, seen: dict[str, int]) -> str:
    """The entry's own identifier, which stays when others are added."""
    changed = entry.text("RECURRENCE-ID")
    name = one_line(f"{entry.text('UID')} {changed}")[:200] or f"entry {number}"
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"


class _Reader:
    """Reads one entry; what it had to guess on the way is in `remarks`."""

    def __init__(self, calendar: Component, zones: Timezones, entry: Component) -> None:
        self._zones = zones
        self._entry = entry
        self.remarks: list[str] = []
        self.created: datetime | None = None
        self.event = self._event(calendar)

    @property
    def says_something(self) -> bool:
        """Whether there is more to it than a time."""
        event = self.event
        return any((event.title, event.description, event.where, event.attendees))

    def document(self, path: Path, locator: str, remarks: list[str]) -> Document:
        """The entry as a document."""
        return Document(
            path=path,
            locator=locator,
            kind=Kind.FILE,
            title=self.event.title,
            text=events.text_of(self.event),
            created=self.created,
            people=self._people(),
            tags=self.event.categories,
            remarks=tuple(dict.fromkeys([*remarks, *self.remarks])),
        )

    def _event(self, calendar: Component) -> Event:
        entry = self._entry
        attendees = tuple(filter(None, map(_person_text, entry.every("ATTENDEE"))))
        what = _METHODS.get(calendar.text("METHOD").upper(), "")
        if not what or entry.kind != "VEVENT":
            what = "Meeting" if attendees and entry.kind == "VEVENT" else _ENTRIES[entry.kind]
        start, due = self._time("DTSTART"), self._time("DUE")
        end = self._time("DTEND") or self._after_duration(start)
        if start and end and not isinstance(start, datetime) and not isinstance(end, datetime):
            end = events.last_day(start, end)
        zone = events.zone_of(start) if isinstance(start, datetime) else ""
        self.created = self._plausible(start or due or self._time("CREATED"))
        organizer = entry.first("ORGANIZER")
        status = entry.text("STATUS").lower().replace("-", " ")
        return Event(
            what=what,
            title=one_line(entry.text("SUMMARY")),
            start=start,
            end=end,
            zone=zone,
            due=due,
            status="" if status == "confirmed" else status,
            where=entry.text("LOCATION"),
            organizer=_person_text(organizer) if organizer else "",
            attendees=attendees,
            repeats=_repeats(entry.text("RRULE")),
            categories=_categories(entry),
            description=entry.text("DESCRIPTION") or entry.text("COMMENT"),
        )

    def _time(self, name: str) -> datetime | date | None:
        """A time of the entry, or a day; None if there is none or it cannot be read."""
        line = self._entry.first(name)
        if line is None:
            return None
        value = line.value.strip()
        try:
            if len(value) == 8:
                return datetime.strptime(value, "%Y%m%d").date()
            local = datetime.strptime(value[:15], "%Y%m%dT%H%M%S")
        except ValueError:
            self.remarks.append(f"Its date {one_line(value)[:60]!r} cannot be read.")
            return None
        zone = line.parameters.get("TZID", "")
        if value.endswith(("Z", "z")):
            return local.replace(tzinfo=UTC)
        resolved = self._zones.resolve(local, zone) if zone else None
        if resolved is not None:
            return resolved
        if zone:
            self.remarks.append(
                f"Its timezone {one_line(zone)[:60]!r} is not known; taken as UTC."
            )
        else:
            self.remarks.append("Its date has no timezone; taken as UTC.")
        return local.replace(tzinfo=UTC)

    def _after_duration(self, start: datetime | date | None) -> datetime | date | None:
        match = _DURATION.fullmatch(self._entry.text("DURATION"))
        if match is None or start is None:
            return None
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        length = timedelta(days=7 * weeks + days, hours=hours, minutes=minutes, seconds=seconds)
        try:
            return start + length
        except OverflowError:
            return None

    def _plausible(self, when: datetime | date | None) -> datetime | None:
        if when is None:
            return None
        if not _EARLIEST_YEAR <= when.year <= datetime.now(UTC).year + 1:
            self.remarks.append(f"Its date '{when.isoformat()}' cannot be right.")
            return None
        if not isinstance(when, datetime):
            return datetime(when.year, when.month, when.day, tzinfo=UTC)
        return when

    def _people(self) -> tuple[Person, ...]:
        found: list[Person] = []
        for name, role in (("ORGANIZER", Role.SENDER), ("ATTENDEE", Role.RECIPIENT)):
            for line in self._entry.every(name):
                called, address = _name_and_address(line)
                if called or address:
                    found.append(Person(name=called, address=address, role=role))
        return tuple(dict.fromkeys(found))


def _name_and_address(line: Line) -> tuple[str, str]:
    address = line.value.strip()
    if address.lower().startswith("mailto:"):
        address = address[7:]
    address = address.strip().lower() if "@" in address and " " not in address else ""
    name = one_line(line.parameters.get("CN", ""))
    return ("" if name.lower() == address else name), address


def _person_text(line: Line) -> str:
    name, address = _name_and_address(line)
    text = f"{name} <{address}>" if name and address else name or address
    stand = _STAND.get(line.parameters.get("PARTSTAT", "").upper(), "")
    return f"{text} ({stand})" if text and stand else text


def _categories(entry: Component) -> tuple[str, ...]:
    found = [
        one_line(name)
        for line in entry.every("CATEGORIES")
        for name in re.split(r"(?<!\\),", line.value)
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def _repeats(rule: str) -> str:
    """A recurrence rule in words, as far as they are simple."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";") if "=" in part)
    unit = _UNITS.get(parts.get("FREQ", ""))
    if unit is None:
        return ""
    interval = parts.get("INTERVAL", "1")
    text = f"every {unit}" if interval == "1" else f"every {interval[:4]} {unit}s"
    days = [_weekday(*found) for found in _BY_DAY.findall(parts.get("BYDAY", ""))]
    if days:
        text += " on " + ", ".join(days)
    elif parts.get("BYMONTHDAY"):
        text += f" on day {parts['BYMONTHDAY'][:20]}"
    if parts.get("COUNT", "").isdigit():
        text += f", {parts['COUNT'][:6]} times"
    try:
        until = datetime.strptime(parts.get("UNTIL", "")[:8], "%Y%m%d")
        text += f", until {events.shown(until.date())}"
    except ValueError:
        pass
    return text


def _weekday(number: str, day: str) -> str:
    name = _WEEKDAYS[day]
    if not number:
        return name
    if number.startswith("-"):
        return f"the last {name}" if number == "-1" else name
    return f"the {_ORDINALS.get(number.lstrip('+'), number)} {name}"
