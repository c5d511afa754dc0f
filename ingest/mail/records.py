"""Appointments, tasks, contacts and the like in Outlook, as lines of text."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ingest.mail import event as events
from ingest.mail import mapi
from ingest.mail.event import Event, fact_lines
from ingest.mail.item import Item, body, person, subject
from ingest.mail.mapi import Properties
from ingest.text import decode, normalise, one_line

_MEETINGS: Final = {
    "ipm.schedule.meeting.request": "Invitation",
    "ipm.schedule.meeting.canceled": "Cancelled meeting",
    "ipm.schedule.meeting.resp.pos": "Accepted invitation",
    "ipm.schedule.meeting.resp.neg": "Declined invitation",
    "ipm.schedule.meeting.resp.tent": "Tentatively accepted invitation",
}

# Named properties, by their long ids ([MS-OXPROPS], `PidLid…`).
_LOCATION: Final = 0x8208
_STARTS: Final = 0x820D
_ENDS: Final = 0x820E
_ALL_DAY: Final = 0x8215
_RECURRENCE: Final = 0x8232
_MEMBERS: Final = 0x8054
_ONE_OFF: Final = bytes.fromhex("812b1fa4bea310199d6e00dd010f5402")
_TASK_STATUS: Final = 0x8101
_TASK_START: Final = 0x8104
_TASK_DUE: Final = 0x8105
_TASK_STATES: Final = ("not started", "in progress", "completed", "waiting", "deferred")
_CONTACT: Final[tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]] = (
    # label, plain properties, named ones
    ("Nickname", (0x3A4F,), ()),
    ("Organisation", (0x3A16,), ()),
    ("Department", (0x3A18,), ()),
    ("Job", (0x3A17,), ()),
    ("E-mail", (), (0x8083,)),
    ("E-mail 2", (), (0x8093,)),
    ("E-mail 3", (), (0x80A3,)),
    ("Phone (mobile)", (0x3A1C,), ()),
    ("Phone (work)", (0x3A08,), ()),
    ("Phone (work 2)", (0x3A1B,), ()),
    ("Phone (home)", (0x3A09,), ()),
    ("Phone (home 2)", (0x3A2F,), ()),
    ("Phone", (0x3A1A, 0x3A1F), ()),
    ("Fax (work)", (0x3A24,), ()),
    ("Fax (home)", (0x3A25,), ()),
    ("Address (work)", (), (0x801B,)),
    ("Address (home)", (), (0x801A,)),
    ("Address (other)", (), (0x801C,)),
    ("Chat", (), (0x8062,)),
    ("Web", (0x3A51, 0x3A50), (0x802B,)),
    ("Partner", (0x3A48,), ()),
)
_BIRTHDAY: Final = 0x3A42
_ANNIVERSARY: Final = 0x3A41


def text_of(item: Item) -> tuple[str, datetime | None]:
    """The text of what is no mail, and when it takes place, if that is known."""
    known, kind = item.properties, item.kind
    if kind.startswith("ipm.appointment"):
        what = "Meeting" if len(item.recipients) > 1 else "Appointment"
        return events.text_of(_appointment(item, what)), known.named_time(_STARTS)
    if kind.startswith("ipm.task"):
        when = known.named_time(_TASK_START) or known.named_time(_TASK_DUE)
        return events.text_of(_task(item)), when
    if kind.startswith("ipm.contact"):
        return _contact(item), None
    if kind.startswith("ipm.distlist"):
        return _distribution_list(item), None
    return body(item), None


def meeting_text(item: Item) -> str:
    """The text of a mail that invites, answers or cancels; "" for any other."""
    what = next((name for kind, name in _MEETINGS.items() if item.kind.startswith(kind)), "")
    return events.text_of(_appointment(item, what)) if what else ""


def _appointment(item: Item, what: str) -> Event:
    known = item.properties
    start, end = known.named_time(_STARTS), known.named_time(_ENDS)
    title, where = subject(known), known.named_text(_LOCATION)
    attendees = tuple(filter(None, map(_attendee, item.recipients)))
    organizer = person(known, *mapi.SENT_REPRESENTING)
    repeats, description = known.named_text(_RECURRENCE), body(item)
    if known.named_number(_ALL_DAY) and start:
        # Its days begin at midnight somewhere; half a day on it is that day in UTC too.
        day = (start + timedelta(hours=12)).date()
        last = (end + timedelta(hours=12)).date() if end else day
        return Event(
            what=what, title=title, start=day, end=events.last_day(day, last), where=where,
            organizer=organizer, attendees=attendees, repeats=repeats, description=description,
        )  # fmt: skip
    return Event(
        what=what, title=title, start=start, end=end, zone="UTC" if start else "", where=where,
        organizer=organizer, attendees=attendees, repeats=repeats, description=description,
    )  # fmt: skip


def _attendee(recipient: Properties) -> str:
    return person(recipient, *mapi.RECIPIENT)


def _task(item: Item) -> Event:
    known = item.properties
    status = known.named_number(_TASK_STATUS)
    start, due = known.named_time(_TASK_START), known.named_time(_TASK_DUE)
    return Event(
        what="Task",
        title=subject(known),
        start=start.date() if start else None,
        due=due.date() if due else None,
        status=dict(enumerate(_TASK_STATES)).get(-1 if status is None else status, ""),
        description=body(item),
    )


def _contact(item: Item) -> str:
    known = item.properties
    facts = [("Name", known.text(mapi.DISPLAY_NAME) or subject(known))]
    for label, plain, named in _CONTACT:
        value = known.text(*plain) or next(filter(None, map(known.named_text, named)), "")
        facts.append((label, value))
    for label, key in (("Birthday", _BIRTHDAY), ("Anniversary", _ANNIVERSARY)):
        when = known.time(key)
        # It is midnight of that day where it was entered.
        day = (when + timedelta(hours=12)).date() if when else None
        facts.append((label, events.shown(day) if day else ""))
    note = body(item)
    return normalise("\n".join([*fact_lines(facts), *([f"Note: {note}"] if note else [])]))


def _distribution_list(item: Item) -> str:
    title = subject(item.properties)
    lines = [f"Distribution list: {title}" if title else "Distribution list"]
    lines += filter(None, map(_member, item.properties.named_values(_MEMBERS)))
    return normalise("\n".join([*lines, "", body(item)]))


def _member(entry: bytes) -> str:
    """Someone on a list: an entry of a known kind, then name, kind of address, address."""
    if entry[4:20] != _ONE_OFF:
        return ""
    if entry[23:24] >= b"\x80":
        texts = entry[24:].decode("utf-16-le", "replace").split("\0")
    else:
        texts = decode(entry[24:])[0].split("\0")
    name, _, address = (one_line(text) for text in [*texts, "", "", ""][:3])
    return f"{name} <{address}>" if address and address != name else name
