"""Chats: every message once, with its speaker and time, whatever the export's locale."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ingest.chats import (
    discord,
    googlechat,
    imessage,
    messenger,
    signal,
    signal_jsonl,
    slack,
    telegram,
    whatsapp,
)
from ingest.chats.sessions import Message, documents, from_epoch
from ingest.document import Document, ParseFailure, Skipped
from ingest.registry import format_of
from ingest.text import normalise

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def said(number: int, *, at: datetime = NOON, text: str = "") -> Message:
    return Message(speaker="Anna", at=at, text=text or f"line {number}")


def read_all(found: object) -> list[Document]:
    items = list(found)  # type: ignore[call-overload]
    assert all(isinstance(item, Document) for item in items), items
    return items


def turn_texts(found: list[Document]) -> list[str]:
    return [each.text[turn.start : turn.end] for each in found for turn in each.turns]


# --- days and sessions -------------------------------------------------------


def test_busy_days_are_documents_of_their_own(tmp_path: Path) -> None:
    messages = [said(n, at=NOON + timedelta(days=n // 10)) for n in range(30)]
    found = read_all(documents(tmp_path, "Club", messages))
    assert [each.locator for each in found] == ["2024-03-01", "2024-03-02", "2024-03-03"]
    assert found[1].title == "Club, 2024-03-02"
    assert found[1].text.startswith("Saturday 2 March 2024\nAnna (12:00): line 10\n")


def test_quiet_days_are_joined_for_a_week_at_most(tmp_path: Path) -> None:
    messages = [said(n, at=NOON + timedelta(days=n)) for n in range(10)]
    first, second = read_all(documents(tmp_path, "Club", messages))
    assert first.title == "Club, 2024-03-01 to 2024-03-07"
    assert (second.locator, len(second.turns)) == ("2024-03-08", 3)
    assert "Sunday 10 March 2024\nAnna (12:00): line 9" in second.text


def test_a_quiet_day_is_not_joined_to_a_busy_one(tmp_path: Path) -> None:
    days = [0] * 20 + [1] + [2] * 20
    messages = [said(n, at=NOON + timedelta(days=day)) for n, day in enumerate(days)]
    found = read_all(documents(tmp_path, "Club", messages))
    assert [len(each.turns) for each in found] == [20, 1, 20]


def test_a_long_day_is_cut_at_its_longest_pause(tmp_path: Path) -> None:
    pause = timedelta(hours=2)
    messages = [said(n, at=NOON + n * timedelta(seconds=30)) for n in range(250)]
    messages += [said(n, at=NOON + pause + n * timedelta(seconds=30)) for n in range(250, 500)]
    first, second = read_all(documents(tmp_path, "Club", messages))
    assert (len(first.turns), len(second.turns)) == (250, 250)
    assert (first.locator, second.locator) == ("2024-03-01", "2024-03-01 (2)")
    assert second.created == NOON + pause + 250 * timedelta(seconds=30)


def test_a_day_of_long_messages_is_cut_by_its_size(tmp_path: Path) -> None:
    messages = [said(n, text="word " * 2000) for n in range(9)]
    found = read_all(documents(tmp_path, "Club", messages))
    assert max(len(each.text) for each in found) < 31_000
    assert sum(len(each.turns) for each in found) == 9


def test_a_message_out_of_order_goes_to_its_day_and_locators_stay_unique(
    tmp_path: Path,
) -> None:
    days = [*range(0, 40, 2), 1, *range(1, 41, 2)] * 10
    messages = [said(n, at=NOON + timedelta(days=day)) for n, day in enumerate(days)]
    found = read_all(documents(tmp_path, "Club", messages))
    locators = [each.locator for each in found]
    assert len(set(locators)) == len(locators)
    assert locators == sorted(locators)
    assert sum(len(each.turns) for each in found) == len(messages)


def test_an_impossible_date_is_left_out_with_a_remark(tmp_path: Path) -> None:
    messages = [said(0), said(1, at=datetime(1901, 1, 1, tzinfo=UTC))]
    (document,) = read_all(documents(tmp_path, "Club", messages))
    assert [turn.at for turn in document.turns] == [NOON, None]
    assert document.text.endswith("Anna: line 1")
    assert document.remarks == (
        "Some of its messages have impossible dates; those were left out.",
    )


def test_a_chat_without_any_time_is_still_a_document(tmp_path: Path) -> None:
    message = Message(speaker="", at=None, text="old line")
    (document,) = read_all(documents(tmp_path, "Club", [message]))
    assert (document.locator, document.title, document.created) == ("", "Club", None)


def test_the_wall_clock_gives_the_timezone() -> None:
    at = from_epoch(1_683_360_000, "2023-05-06T13:30:00")
    assert at is not None
    assert at.isoformat() == "2023-05-06T13:30:00+05:30"
    assert from_epoch(1e30) is None


# --- WhatsApp ----------------------------------------------------------------


@dataclass(frozen=True)
class Locale:
    """How a phone of one region writes the start of a message."""

    date: str
    clock: str
    form: str
    plain: bool = False
    """No leading zeros."""
    halves: tuple[str, str] = ("AM", "PM")
    line_end: str = "\n"

    def stamp(self, at: datetime) -> str:
        parts = {
            "d": at.day, "m": at.month, "h": at.hour, "i": at.hour % 12 or 12,
            "n": at.minute, "s": at.second, "y": at.year % 100,
        }  # fmt: skip
        fields = {key: f"{value:02d}" for key, value in parts.items()}
        if self.plain:
            fields |= {key: str(parts[key]) for key in "dmi"}
        half = self.halves[at.hour // 12]
        fields |= {"Y": str(at.year), "p": half}
        date = "".join(fields.get(sign, sign) for sign in self.date)
        clock = "".join(fields.get(sign, sign) for sign in self.clock)
        return self.form.replace("D", date).replace("T", clock)


LOCALES = [
    Locale("d/m/Y", "h:n", "D, T - "),
    Locale("d/m/Y", "h:n", "D T - "),
    Locale("d/m/y", "i:n p", "D, T - ", halves=("am", "pm")),
    Locale("m/d/y", "i:n\u202fp", "D, T - ", plain=True),
    Locale("m/d/y", "i:n:s\u202fp", "[D, T] ", plain=True, line_end="\r\n"),
    Locale("d.m.y", "h:n", "D, T - "),
    Locale("d.m.y", "h:n:s", "[D, T] ", line_end="\r\n"),
    Locale("d.m.Y", "h.n", "D klo T - ", plain=True),
    Locale("d-m-Y", "h:n", "D T - "),
    Locale("Y-m-d", "h:n", "D T - "),
    Locale("Y/m/d", "h:n", "D, T - "),
    Locale("Y/m/d", "pi:n:s", "\u200e[D T] ", halves=("上午", "下午")),
    Locale("Y. m. d.", "p i:n", "D T - ", plain=True, halves=("오전", "오후")),
    Locale("d/m/y", "i:n p", "D T - ", halves=("a.\u00a0m.", "p.\u00a0m.")),
    Locale("d/m/Y", "h:n", "D à T - "),
    Locale("d/m/Y", "h:n", "T, D - "),
    Locale("d\u200f/m\u200f/Y", "i:n p", "D، T - ", halves=("ص", "م")),
]

speakers = st.sampled_from(["Anna", "Jörg Müller", "+49 170 555 0123", "李雷", "Z. O’Hara (2)"])
# Signs that stamps are made of are drawn often: a loose pattern would split at them.
words = st.lists(
    st.one_of(
        st.sampled_from(
            ["29/12/2023", "10:42", " - ", "[", "]", ": ", "\n", "\n\n", "1. 2. 3"]
        ),
        st.text(max_size=8),
    ),
    max_size=6,
).map(lambda pieces: normalise("".join(pieces)))
moments = st.datetimes(datetime(2010, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
chats = st.lists(st.tuples(moments, speakers, words), min_size=1, max_size=12).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)


@settings(deadline=None)
@given(chats, st.sampled_from(LOCALES))
def test_parse_undoes_the_export(rows: list[tuple[datetime, str, str]], locale: Locale) -> None:
    assume(any(at.day > 12 for at, _, _ in rows))
    patterns = (whatsapp._STAMP, whatsapp._TIME_FIRST)
    assume(not any(each.search(text) for each in patterns for _, _, text in rows))
    written = "".join(
        f"{locale.stamp(at)}{speaker}: {text}\n".replace("\n", locale.line_end)
        for at, speaker, text in rows
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "WhatsApp Chat with X.txt"
        path.write_text(written, "utf-8", newline="")
        assert whatsapp.claims(path, written.encode()[:1024])
        found = read_all(whatsapp.parse(path))
    read = [
        (turn.at.strftime("%F %R") if turn.at else "", turn.speaker, text)
        for turn, text in zip(
            (turn for each in found for turn in each.turns), turn_texts(found), strict=True
        )
    ]
    wanted = [
        (at.strftime("%F %R"), speaker, normalise(f"{speaker} ({at:%H:%M}): {text}"))
        for at, speaker, text in rows
    ]
    assert read == wanted


def export(folder: Path, *lines: str, name: str = "WhatsApp Chat with X.txt") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def days_of(path: Path) -> list[str]:
    found = read_all(whatsapp.parse(path))
    return [str(turn.at and turn.at.date()) for each in found for turn in each.turns]


def test_time_that_would_go_backwards_decides_the_order(tmp_path: Path) -> None:
    path = export(
        tmp_path, "3/9/24, 10:00 - A: x", "4/1/24, 10:00 - A: y", "5/2/24, 10:00 - A: z"
    )
    assert days_of(path) == ["2024-03-09", "2024-04-01", "2024-05-02"]
    (document, *_) = read_all(whatsapp.parse(path))
    assert document.remarks == ("Its times name no timezone; UTC is taken.",)


def test_one_foreign_line_does_not_turn_the_order_of_all(tmp_path: Path) -> None:
    own = [f"0{day}/0{month}/2024, 10:00 - A: x" for month in (1, 2) for day in range(1, 9)]
    path = export(tmp_path, *own, "12/31/2024, 10:00 - A: pasted")
    assert days_of(path)[:3] == ["2024-01-01", "2024-01-02", "2024-01-03"]


def test_a_day_that_reads_the_same_both_ways_is_no_guess(tmp_path: Path) -> None:
    path = export(tmp_path, "05/05/2567, 10:00 - A: x")
    (document,) = read_all(whatsapp.parse(path))
    assert document.created == datetime(2024, 5, 5, 10, tzinfo=UTC)
    assert len(document.remarks) == 1


def test_an_order_that_stays_open_is_a_remark(tmp_path: Path) -> None:
    path = export(tmp_path, "01/02/2024, 10:00 - A: x")
    (document,) = read_all(whatsapp.parse(path))
    assert document.created == datetime(2024, 2, 1, 10, tzinfo=UTC)
    assert "Dates such as '01/02/2024' were read with the day first." in document.remarks


def test_a_year_first_in_two_digits_is_not_guessed(tmp_path: Path) -> None:
    path = export(tmp_path, "13/10/15, 10:00 - A: x", "13/10/16, 10:00 - A: y")
    assert days_of(path) == ["2015-10-13", "2016-10-13"]


def test_an_american_clock_with_slashes_puts_the_month_first(tmp_path: Path) -> None:
    path = export(tmp_path, "1/2/24, 9:05\u202fPM - A: x")
    (document,) = read_all(whatsapp.parse(path))
    assert document.created == datetime(2024, 1, 2, 21, 5, tzinfo=UTC)
    assert len(document.remarks) == 2


def test_a_date_that_does_not_exist_keeps_its_message(tmp_path: Path) -> None:
    path = export(tmp_path, "31/01/2024, 10:00 - A: x", "31/02/2024, 10:00 - B: y")
    (document,) = read_all(whatsapp.parse(path))
    assert [(turn.speaker, turn.at is None) for turn in document.turns] == [
        ("A", False), ("B", True),
    ]  # fmt: skip


def test_a_word_after_the_time_that_is_not_known_is_a_remark(tmp_path: Path) -> None:
    path = export(tmp_path, "31/01/2024, 10:00 xyz - A: x")
    (document,) = read_all(whatsapp.parse(path))
    assert "The word 'xyz' after its times was not understood." in document.remarks


def test_a_group_s_own_lines_have_no_speaker(tmp_path: Path) -> None:
    path = export(
        tmp_path,
        "31/01/2024, 10:00 - Messages are end-to-end encrypted.",
        '31/01/2024, 10:01 - Anna changed the subject from "a: b" to "c"',
        "31/01/2024, 10:02 - Anna: mine",
    )
    (document,) = read_all(whatsapp.parse(path))
    assert [turn.speaker for turn in document.turns] == ["Anna"]
    assert '(10:01) Anna changed the subject from "a: b" to "c"' in document.text


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("IMG-20240131-WA0001.jpg (file attached)", "IMG-20240131-WA0001.jpg"),
        ("IMG-20240131-WA0001.jpg (arquivo anexado)", "IMG-20240131-WA0001.jpg"),
        ("Rent 2024.pdf (Datei angehängt)", "Rent 2024.pdf"),
        ("\u200e<attached: 01-PHOTO.jpg>", "01-PHOTO.jpg"),
        ("\u200e<pièce jointe : 01-PHOTO.jpg>", "01-PHOTO.jpg"),
        ("see notes.txt (the newer one)", ""),
        ("<Media omitted>", ""),
    ],
)
def test_files_are_named_and_their_line_stays(tmp_path: Path, line: str, name: str) -> None:
    path = export(tmp_path, "31/01/2024, 10:00 - A: hi", f"31/01/2024, 10:01 - A: {line}")
    (document,) = read_all(whatsapp.parse(path))
    assert document.attachments == ((name,) if name else ())
    assert document.text.endswith(f"A (10:01): {normalise(line)}")


@pytest.mark.parametrize("charset", ["utf-16", "utf-8-sig", "cp1252"])
def test_an_export_in_another_charset_is_read(tmp_path: Path, charset: str) -> None:
    path = tmp_path / "_chat.txt"
    path.write_bytes("31.01.24, 10:00 - Jörg: Grüße\n31.01.24, 10:01 - Å: Öl\n".encode(charset))
    found = read_all(whatsapp.parse(path))
    assert turn_texts(found) == ["Jörg (10:00): Grüße", "Å (10:01): Öl"]


def test_a_cut_export_keeps_all_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "_chat.txt"
    path.write_bytes(b"31.01.24, 10:00 - A: one\n31.01.24, 10:01 - B: tw\xc3")
    found = read_all(whatsapp.parse(path))
    assert len(turn_texts(found)) == 2


# --- what is no chat ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.txt", "Shopping\n\n31/01/2024, 10:00 - Anna: hi\n"),
        ("diary.txt", "2024-01-31 10:00 - lunch: soup\n2024-02-01 11:00 - walk: lake\n"),
        ("app.txt", "[2024-01-31 10:00:01] INFO: a\n[2024-01-31 10:00:02] INFO: b\n"),
        ("app.txt", "2024-01-31 10:00 ERROR: a\n2024-01-31 10:01 ERROR: b\n"),
        ("WhatsApp ideas.txt", "Things to ask about WhatsApp: nothing\n"),
        ("day.md", "# Friday\n\n[2024-01-31 10:00] Anna: hi\n"),
        ("trip.txt", "May 17, 2022\nWe left early.\n"),
        ("letter.txt", "Conversation: about rent\n\nFrom: me\n"),
        ("package.json", '{"name": "x", "type": "module"}'),
        ("result.json", '{"about": "a study", "n": 1}'),
        ("users.json", '[{"id": 1}]'),
        ("2024-01-31.json", '[{"steps": 100}]'),
        ("messages.json", '{"messages": []}'),
        ("people.json", '{"participants": [{"name": "A"}]}'),
        ("bot.json", '{"guild": "x"}'),
        ("data.jsonl", '{"prompt": "a chatItem"}\n'),
    ],
)
def test_other_people_s_files_are_not_claimed(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    known = format_of(path, text.encode())
    assert known is None or known.name in ("text", "markdown")


PARSERS = [
    whatsapp.parse, slack.parse, telegram.parse, messenger.parse, discord.parse,
    googlechat.parse, signal.parse, signal_jsonl.parse, imessage.parse,
]  # fmt: skip
JUNK = [
    b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b"[1, 2]", b'{"messages": 3}',
    b'{"messages": [null, {"type": 1, "text": {"a": []}, "ts": "x", "from": []}]}',
    b'[{"ts": [], "text": 5, "files": {}, "user": {}}]', b"[" * 100_000,
    b'{"chatItem": {"standardMessage": 1}}\n{"chat": []}\n',
]  # fmt: skip


@pytest.mark.parametrize("raw", JUNK)
def test_junk_gives_failures_or_documents_but_never_raises(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "2024-01-31.json"
    path.write_bytes(raw)
    for parse in PARSERS:
        found = list(parse(path))
        assert found
        assert all(isinstance(item, Document | ParseFailure | Skipped) for item in found)


@pytest.mark.parametrize(
    "unit",
    [
        b"1/1/24, 1",
        b"[",
        b"1.",
        b"From: a\n",
        b"May 17, 2022  ",
        b"Type: x\n",
        b"<",
        b"\n1:00, 1/1",
        b"\n1/1/24 ",
    ],
)
def test_a_megabyte_of_junk_takes_no_time(unit: bytes, tmp_path: Path) -> None:
    path = tmp_path / "junk.txt"
    path.write_bytes(b"31/01/2024, 10:00 - A: " + unit * ((1 << 20) // len(unit)))
    for parse in (whatsapp.parse, signal.parse, imessage.parse):
        began = time.perf_counter()
        assert list(parse(path))
        assert time.perf_counter() - began < 5


# --- the others --------------------------------------------------------------


def test_slack_names_are_read_again_when_they_change(tmp_path: Path) -> None:
    day = tmp_path / "general" / "2024-03-01.json"
    day.parent.mkdir()
    day.write_text('[{"type": "message", "user": "U1", "ts": "1709283600", "text": "hi"}]')
    (tmp_path / "channels.json").write_text('[{"id": "C1", "name": "general"}]')
    (tmp_path / "users.json").write_text('[{"id": "U1", "name": "old"}]')
    assert turn_texts(read_all(slack.parse(day))) == ["old (09:00): hi"]
    (tmp_path / "users.json").write_text('[{"id": "U1", "name": "newer"}]')
    assert turn_texts(read_all(slack.parse(day))) == ["newer (09:00): hi"]


def test_slack_markup_keeps_what_the_writer_typed(tmp_path: Path) -> None:
    day = tmp_path / "2024-03-01.json"
    text = "a &lt;b&gt; &amp;lt; <mailto:x@example.org|x@example.org> <!subteam^S1|@crew>"
    day.write_text(json.dumps([{"type": "message", "user": "U9", "ts": "1", "text": text}]))
    (line,) = turn_texts(read_all(slack.parse(day)))
    assert line.endswith("a <b> &lt; x@example.org @crew")


def test_a_slack_reply_to_another_day_stays_in_its_place(tmp_path: Path) -> None:
    day = tmp_path / "2024-03-01.json"
    rows = [("1709283600", None), ("1709283700", "1709000000"), ("1709283800", None)]
    day.write_text(
        json.dumps(
            [
                {"type": "message", "user": "U", "ts": ts, "text": ts, "thread_ts": thread}
                for ts, thread in rows
            ]
        )
    )
    assert [line[-3:] for line in turn_texts(read_all(slack.parse(day)))] == [
        "600", "700", "800",
    ]  # fmt: skip


def test_two_telegram_chats_of_one_name_keep_apart(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    message = {"type": "message", "date_unixtime": "1683360000", "from": "A", "text": "x"}
    chats = [{"name": "Ivo", "id": number, "messages": [message]} for number in (1, 2)]
    path.write_text(json.dumps({"chats": {"list": chats}}))
    found = read_all(telegram.parse(path))
    assert [each.locator for each in found] == ["Ivo 1, 2023-05-06", "Ivo 2, 2023-05-06"]


def test_messenger_leaves_sound_text_alone(tmp_path: Path) -> None:
    path = tmp_path / "message_1.json"
    row = {"sender_name": "A", "timestamp_ms": 1_683_360_000_000, "content": "naïve Ω"}
    path.write_text(json.dumps({"participants": [], "messages": [row]}))
    assert turn_texts(read_all(messenger.parse(path))) == ["A (08:00): naïve Ω"]


def test_a_broken_signal_line_does_not_stop_the_next(tmp_path: Path) -> None:
    path = tmp_path / "main.jsonl"
    item = {"chatItem": {"chatId": "1", "dateSent": 1_700_000_000_000,
            "standardMessage": {"text": {"body": "still here"}}}}  # fmt: skip
    path.write_text("{broken\n" + json.dumps(item) + "\n")
    failure, document = signal_jsonl.parse(path)
    assert isinstance(failure, ParseFailure)
    assert failure.locator == "line 1"
    assert isinstance(document, Document)
    assert "still here" in document.text
