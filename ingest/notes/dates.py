"""The dates that note programs write, as moments with a timezone.

Each reader gives None for what is no date or cannot be one, and says what it had
to guess in the caller's list of remarks.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from ingest.files import date_in_name
from ingest.text import one_line

NO_ZONE: Final = "Its date names no time zone; taken as UTC."
_EARLIEST_YEAR: Final = 1000
"""Letters and diaries that somebody typed out are of any age."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ZETTEL: Final = re.compile(r"(?<!\d)((?:19|20)\d{6})(\d{4})(\d\d)?(?!\d)")
_COMPACT: Final = re.compile(r"(\d{8})T(\d{6})(Z?)\Z")
_ENDING_ZONE: Final = re.compile(r"\s*\b(?:UTC|GMT)\Z")
_WRITTEN: Final = (
    "%B %d, %Y %I:%M %p",
    "%B %d, %Y %H:%M",
    "%B %d, %Y",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y",
    "%d %B %Y %H:%M",
    "%d %B %Y",
    "%A, %d %B %Y",
    "%A, %B %d, %Y",
    "%A %d %B %Y",
    "%A, %B %d, %Y at %I:%M:%S %p",
    "%Y.%m.%d",
    "%d.%m.%Y",
)


_LABELLED: Final = re.compile(
    r"[#>*_\s-]{0,6}(?:date|dated|created|written|datum)\b[*_\s]{0,4}:[*_\s]*(\S.*)",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"[A-Z][\w .'’-]{1,30},\s+(?=\w)")
_FIRST_LINES: Final = 8
_HAS_YEAR: Final = re.compile(r"(?<!\d)[12]\d{3}(?:\d{4})?(?!\d)")
_CLOCK: Final = r"\d{1,2}(?::\d\d){1,2}(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?"
_CLOCK_AND_DAY: Final = re.compile(
    rf"(?P<before>{_CLOCK})?(?:\s+on\s+|,?\s*)(?P<day>.*?)(?:,?\s*(?:at\s+)?(?P<after>{_CLOCK}))?\Z",
    re.IGNORECASE,
)
_WEEKDAY: Final = re.compile(
    r"\A(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?\s*",
    re.IGNORECASE,
)
_TH: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_DAYS: Final = ("%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y", "%Y-%m-%d")
_CLOCKS: Final = ("%I:%M %p", "%I:%M:%S %p", "%I %p", "%H:%M", "%H:%M:%S")


def plausible(when: datetime | None, remarks: list[str]) -> datetime | None:
    """A date that a note can be of: not the zero of a clock, not after next year."""
    if when is None or (
        _EARLIEST_YEAR <= when.year <= datetime.now(UTC).year + 1 and when != _EPOCH
    ):
        return when
    remarks.append(f"Its date '{when.date().isoformat()}' cannot be true; left out.")
    return None


def moment(value: object, remarks: list[str]) -> datetime | None:
    """A date as front matter, properties and exports write it: ISO or in English words."""
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
            if value.time() != time() and NO_ZONE not in remarks:
                remarks.append(NO_ZONE)
        return plausible(value, remarks)
    if isinstance(value, date):
        return plausible(datetime.combine(value, time(), UTC), remarks)
    return None


def _read(written: str) -> datetime | None:
    words = one_line(written[:100]).strip("\"'[]<>@ ")
    named = _ENDING_ZONE.sub("", words)
    zone = UTC if named != words else None
    compact = _COMPACT.match(named)
    if compact:
        named = f"{compact.group(1)}T{compact.group(2)}"
        zone = UTC if compact.group(3) else None
    iso = named.replace("/", "-")
    try:
        when: datetime | None = datetime.fromisoformat(iso)
    except ValueError:
        when = _in_words(named)
    if when is not None and when.tzinfo is None and zone is not None:
        when = when.replace(tzinfo=zone)
    return when


def headed(text: str, remarks: list[str]) -> datetime | None:
    """The date that a note's first lines give it: `Date: 5 March 2004`, or a line that is one.

    Letters that were typed out begin so as well: `Leith, 5th March 1987`.
    """
    lines = [line for line in text[:2000].split("\n") if line.strip()][:_FIRST_LINES]
    for line in lines:
        if len(line) > 100:
            break
        labelled = _LABELLED.fullmatch(line.rstrip())
        bare = line.strip("#*_> \t").rstrip(".")
        for said in (
            (labelled[1].strip("*_ "),) if labelled else (bare, _PLACE.sub("", bare, 1))
        ):
            # A year alone is the note's subject.
            if len(said) >= 8 and _HAS_YEAR.search(said):
                doubts: list[str] = []
                when = moment(said, doubts)
                # Nobody writes a time zone by hand.
                remarks += [doubt for doubt in doubts if doubt != NO_ZONE]
                if when is not None:
                    return when
    return None


def _in_words(words: str) -> datetime | None:
    # "March 5, 2024 10:22 AM", "5 March 2024"; the narrow space is Apple's.
    words = words.replace("\u202f", " ")
    return _by(_WRITTEN, words) or _loosely(words)


def _loosely(words: str) -> datetime | None:
    """`1:10 pm on 27 March, 2023`, `Fri, March 5th 2004 at 9:15`."""
    parts = _CLOCK_AND_DAY.match(words)
    if parts is None:
        return None
    day = _TH.sub("", _WEEKDAY.sub("", parts["day"])).replace(" of ", " ")
    when = _by(_DAYS, " ".join(day.replace(",", " ").replace(".", " ").split()))
    clock = parts["before"] or parts["after"]
    if when is None or clock is None:
        return when
    spaced = re.sub(r"\s*([ap])\.?m\.?\Z", r" \1m", clock, flags=re.IGNORECASE)
    at = _by(_CLOCKS, spaced)
    return None if at is None else datetime.combine(when, at.time())


def _by(forms: tuple[str, ...], words: str) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(words, form)
        except ValueError:
            continue
    return None


def since_1970(value: object, remarks: list[str], *, per_second: int) -> datetime | None:
    """A count of seconds, milliseconds or microseconds since 1970; None for zero."""
    try:
        count = int(str(value))
    except ValueError:
        return None
    if count <= 0:
        return None
    try:
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=count / per_second)
    except OverflowError:
        return None
    return plausible(when.replace(microsecond=0), remarks)


def named(path: Path, remarks: list[str]) -> datetime | None:
    """The day in a file's name, or the minute in one such as `202403051422 Trip`."""
    match = _ZETTEL.search(path.stem)
    if match:
        day, minute, second = match.groups()
        try:
            when = datetime.strptime(day + minute + (second or "00"), "%Y%m%d%H%M%S")
        except ValueError:
            return date_in_name(path)
        return moment(when, remarks)
    return date_in_name(path)
