"""Calendars and address cards: what their lines say, and what becomes of bad ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.document import Document, ParseFailure
from ingest.mail import calendar, contentlines, vcard

ZONE = """BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def wrapped(*lines: str, method: str = "", zone: str = "") -> str:
    head = f"METHOD:{method}\n" if method else ""
    body = "\n".join(lines)
    return f"BEGIN:VCALENDAR\n{head}{zone}BEGIN:VEVENT\n{body}\nEND:VEVENT\nEND:VCALENDAR\n"


def events(tmp_path: Path, text: str) -> list[Document | ParseFailure]:
    path = tmp_path / "a.ics"
    path.write_text(text, "utf-8")
    return list(calendar.parse(path))


def event(tmp_path: Path, *lines: str, zone: str = "") -> Document:
    (found,) = events(tmp_path, wrapped(*lines, zone=zone))
    assert isinstance(found, Document), found
    return found


def test_a_meeting_reads_as_it_would_be_told() -> None:
    text = calendar.text_of(
        wrapped(
            "SUMMARY:Boiler\\, once more",
            "DTSTART;TZID=Europe/Berlin:20240305T100000",
            "DTEND;TZID=Europe/Berlin:20240305T110000",
            "LOCATION:Room 4",
            "ORGANIZER;CN=Anna Weber:mailto:Anna@example.org",
            'ATTENDEE;CN="Hale, Tom";PARTSTAT=ACCEPTED:mailto:tom@example.org',
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20240601T000000Z",
            "DESCRIPTION:Bring the offer\\nand",
            "  the plan.",
            method="REQUEST",
        )
    )
    assert text == (
        "Invitation: Boiler, once more\n"
        "When: 5 March 2024, 10:00 to 11:00 (Europe/Berlin)\n"
        "Where: Room 4\n"
        "Organizer: Anna Weber <anna@example.org>\n"
        "Attendees: Hale, Tom <tom@example.org> (accepted)\n"
        "Repeats: every 2 weeks on Tuesday, Thursday, until 1 June 2024\n\n"
        "Bring the offer\nand the plan."
    )


@pytest.mark.parametrize(
    ("method", "begins"),
    [
        ("REPLY", "Answer to an invitation: x"),
        ("CANCEL", "Cancelled meeting: x"),
        ("", "Event: x"),
    ],
)
def test_the_method_is_said(method: str, begins: str) -> None:
    assert calendar.text_of(wrapped("SUMMARY:x", method=method)).startswith(begins)


@pytest.mark.parametrize(
    ("line", "expected", "remarks"),
    [
        ("DTSTART:20240305T100000Z", "2024-03-05T10:00:00+00:00", 0),
        ("DTSTART;TZID=Europe/Berlin:20240705T100000", "2024-07-05T10:00:00+02:00", 0),
        (
            "DTSTART;TZID=/x.org/1/America/New_York:20240705T100000",
            "2024-07-05T10:00:00-04:00",
            0,
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20240330T100000",
            "2024-03-30T10:00:00+01:00",
            0,
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20240401T100000",
            "2024-04-01T10:00:00+02:00",
            0,
        ),
        (
            "DTSTART;TZID=W. Europe Standard Time:20241231T100000",
            "2024-12-31T10:00:00+01:00",
            0,
        ),
        ("DTSTART;VALUE=DATE:20240305", "2024-03-05T00:00:00+00:00", 0),
        ("DTSTART:20240305T100000", "2024-03-05T10:00:00+00:00", 1),
        ("DTSTART;TZID=Nowhere:20240305T100000", "2024-03-05T10:00:00+00:00", 1),
        ("DTSTART:16010101T000000Z", "", 1),
        ("DTSTART:someday", "", 1),
    ],
)
def test_times_know_their_zone(line: str, expected: str, remarks: int, tmp_path: Path) -> None:
    found = event(tmp_path, "SUMMARY:x", line, zone=ZONE)
    assert (found.created.isoformat() if found.created else "") == expected
    assert len(found.remarks) == remarks
    assert all(remark.endswith(".") for remark in found.remarks)


def test_whole_days_end_on_their_last_day(tmp_path: Path) -> None:
    dates = ("DTSTART;VALUE=DATE:20240305", "DTEND;VALUE=DATE:20240308")
    assert (
        "When: 5 March 2024 to 7 March 2024\n"
        in event(tmp_path, "SUMMARY:Trip", *dates, "LOCATION:Rome").text
    )
    assert event(tmp_path, "SUMMARY:x", dates[0]).text.endswith("When: 5 March 2024")


def test_several_entries_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    one, two = (f"BEGIN:VEVENT\nUID:{name}\nSUMMARY:{name}\nEND:VEVENT\n" for name in "ab")
    task = "BEGIN:VTODO\nSUMMARY:Paint\nDUE:20240306T100000Z\nSTATUS:NEEDS-ACTION\nEND:VTODO\n"
    empty = "BEGIN:VEVENT\nUID:e\nEND:VEVENT\n"
    found = events(tmp_path, f"BEGIN:VCALENDAR\n{one}{two}{one}{task}{empty}END:VCALENDAR\n")
    assert [item.locator for item in found] == ["a", "b", "a (2)", "entry 4", "e"]
    assert isinstance(found[3], Document)
    assert found[3].text == "Task: Paint\nDue: 6 March 2024, 10:00\nStatus: needs action"
    assert found[3].created == datetime(2024, 3, 6, 10, tzinfo=UTC)
    assert isinstance(found[4], ParseFailure)


def test_an_alarm_is_no_description(tmp_path: Path) -> None:
    alarm = ("BEGIN:VALARM", "DESCRIPTION:Reminder", "END:VALARM")
    assert event(tmp_path, "SUMMARY:x", *alarm).text == "Event: x"


def test_people_are_who_invites_and_who_comes(tmp_path: Path) -> None:
    found = event(
        tmp_path,
        "SUMMARY:x",
        "ORGANIZER:MAILTO:anna@example.org",
        "ATTENDEE;CN=Tom:invalid:nomail",
    )
    people = [(person.role, person.name, person.address) for person in found.people]
    assert people == [("from", "", "anna@example.org"), ("to", "Tom", "")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b"\x00\xff" * 500_000, "is no calendar"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "has no events"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTST", "has no readable text"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 20_000, "has no readable text"),
    ],
)
def test_a_bad_calendar_is_a_failure(raw: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ics"
    path.write_bytes(raw)
    (found,) = calendar.parse(path)
    assert isinstance(found, ParseFailure)
    assert found.reason.startswith(reason)


def test_text_of_what_is_no_calendar_is_empty() -> None:
    assert calendar.text_of("") == calendar.text_of("x" * 1_000_000) == ""
    assert vcard.text_of("") == vcard.text_of("BEGIN:VCARD\n") == ""


def test_a_quotation_mark_left_open_does_not_lose_the_line() -> None:
    (component,) = contentlines.components('BEGIN:X\nATTENDEE;CN="Tom:mailto:t@x.org\nEND:X')
    assert component.lines[0].value == "mailto:t@x.org"


# --- address cards -----------------------------------------------------------


def test_a_card_of_version_4_reads_as_lines() -> None:
    text = vcard.text_of(
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna Weber\r\nN:Weber;Anna;;;\r\n"
        'TEL;VALUE=uri;TYPE="voice,cell":tel:+49-30-1\r\nitem1.EMAIL;TYPE=INTERNET:a@x.org\r\n'
        "ADR;TYPE=home:;;Hill Street 4;Ely;;CB7;UK\r\nBDAY:19700502\r\nORG:Weber Ltd;Sales\r\n"
        "PHOTO:data:image/png;base64,AAAA\r\nNOTE:Likes tea\\, no milk\\nand\r\n  cake\r\n"
        "END:VCARD\r\n"
    )
    assert text == (
        "Name: Anna Weber\nOrganisation: Weber Ltd, Sales\nPhone (mobile): +49-30-1\n"
        "E-mail: a@x.org\nAddress (home): Hill Street 4, Ely, CB7, UK\n"
        "Birthday: 2 May 1970\nNote: Likes tea, no milk\nand cake"
    )


def test_a_card_of_version_2_is_quoted_printable() -> None:
    text = vcard.text_of(
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=\n"
        "=C3=B6rg\nTEL;WORK;VOICE:030 1\nNOTE;QUOTED-PRINTABLE:one=0D=0Atwo\n"
        "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\n  SkZJRgAB\n\nEND:VCARD\n"
    )
    assert text == "Name: Jörg Müller\nPhone (work): 030 1\nNote: one\ntwo"


def test_cards_are_told_apart_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    card = "BEGIN:VCARD\nFN:{}\nREV:{}\nEND:VCARD\n"
    cards = [("Tom", "2024-03-05T10:00:00Z"), ("Tom", "1901-01-01"), ("", "")]
    path.write_text("".join(card.format(*one) for one in cards))
    first, second, third = vcard.parse(path)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.locator, second.locator, third.locator) == ("Tom", "Tom (2)", "card 3")
    assert first.created == datetime(2024, 3, 5, 10, tzinfo=UTC)
    assert second.created is None
    assert "cannot be right" in second.remarks[0]
    assert isinstance(third, ParseFailure)


@pytest.mark.parametrize("raw", [b"", b"\x00" * 1_000_000, b"BEGIN:VCALENDAR\nEND:VCALENDAR"])
def test_a_bad_card_file_is_a_failure(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_bytes(raw)
    (found,) = vcard.parse(path)
    assert isinstance(found, ParseFailure)
