"""The timezone that a calendar means by a name: known ones, or by its own rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final

from ingest.mail.contentlines import Component

_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)")
_BY_DAY: Final = re.compile(r"BYDAY=([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_BY_MONTH: Final = re.compile(r"BYMONTH=(\d{1,2})")
_UNTIL: Final = re.compile(r"UNTIL=(\d{4})")
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMED_UTC: Final = frozenset(("utc", "gmt", "z", "etc/utc", "coordinated universal time"))


class Timezones:
    """Reads local times by the names of a calendar's own timezones."""

    def __init__(self, components: Iterable[Component]) -> None:
        self._rules: dict[str, Component] = {
            component.text("TZID"): component for component in components
        }
        self._known: dict[tuple[str, int], list[tuple[datetime, timedelta]]] = {}

    def resolve(self, local: datetime, name: str) -> datetime | None:
        """A local time with its timezone; None if nobody knows that one."""
        if name.lower() in _NAMED_UTC:
            return local.replace(tzinfo=UTC)
        rules = self._rules.get(name)
        zone = _zone(name) or _zone(rules.text("X-LIC-LOCATION") if rules else "")
        if zone is not None:
            return local.replace(tzinfo=zone)
        if rules is None:
            return None
        changes = self._known.get((name, local.year))
        if changes is None:
            changes = self._known[name, local.year] = _changes(rules, local.year)
        offset = _offset(changes, local)
        return None if offset is None else local.replace(tzinfo=timezone(offset, name[:60]))


@lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo | None:
    """A zone of the IANA list, also as the end of a longer name."""
    from zoneinfo import ZoneInfo

    # Some programs write /example.org/20050126_1/Europe/Berlin.
    parts = [part for part in name.strip("/ ").split("/") if part not in ("", ".", "..")]
    for count in (len(parts), 3, 2):
        try:
            return ZoneInfo("/".join(parts[-count:]))
        except (ValueError, OSError, KeyError):
            continue
    return None


def _offset(changes: list[tuple[datetime, timedelta]], local: datetime) -> timedelta | None:
    """What the change that came last before `local` sets the clock to."""
    before = [offset for onset, offset in changes if onset <= local]
    if before:
        return before[-1]
    return changes[0][1] if changes else None


def _changes(rules: Component, year: int) -> list[tuple[datetime, timedelta]]:
    """When the clock is changed up to that year, and to what, in order."""
    found: list[tuple[datetime, timedelta]] = []
    for rule in rules.children:
        match = _OFFSET.match(rule.text("TZOFFSETTO"))
        if match is not None:
            sign = -1 if match[1] == "-" else 1
            offset = sign * timedelta(hours=min(int(match[2]), 23), minutes=int(match[3]))
            found += [(onset, offset) for onset in _onsets(rule, year)]
    return sorted(found)


def _onsets(rule: Component, year: int) -> list[datetime]:
    try:
        began = datetime.strptime(rule.text("DTSTART")[:15], "%Y%m%dT%H%M%S")
    except ValueError:
        began = datetime(1970, 1, 1)
    found = [began]
    for line in rule.every("RDATE"):
        for value in line.value.split(",")[:500]:
            try:
                found.append(datetime.strptime(value[:15], "%Y%m%dT%H%M%S"))
            except ValueError:
                continue
    recurs = rule.text("RRULE").upper()
    month, day, until = (p.search(recurs) for p in (_BY_MONTH, _BY_DAY, _UNTIL))
    if "FREQ=YEARLY" in recurs:
        for each in (year - 1, year):
            if each < began.year or (until and each > int(until[1])):
                continue
            when = _nth(each, int(month[1]) if month else began.month, day, began)
            if when is not None:
                found.append(datetime.combine(when, began.time()))
    return found


def _nth(year: int, month: int, day: re.Match[str] | None, began: datetime) -> date | None:
    """Such as the last Sunday of March."""
    try:
        first = date(year, month, 1)
        if day is None:
            return first.replace(day=began.day)
        number = int(day[1] or 1)
        if number > 0:
            ahead = (_DAYS.index(day[2]) - first.weekday()) % 7
            return first + timedelta(days=ahead + 7 * (number - 1))
        following = date(year + month // 12, month % 12 + 1, 1)
        back = (following.weekday() - 1 - _DAYS.index(day[2])) % 7
        return following - timedelta(days=back + 1 + 7 * (-number - 1))
    except ValueError:
        return None
