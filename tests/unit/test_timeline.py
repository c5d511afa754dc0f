"""The archive by time: exact counts, days of other years, silences, pictures."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from archive.charts import Bar, _grid, bar, lines, stacked, write
from index import filters
from index.query import Field, Filter, Query
from index.timeline import Timeline, lapses, on_this_day, timeline
from index.understand import understand
from ingest.document import Role
from tests.unit.test_acquaintance import ANNA, DAY, OLA, TOM, Letters
from tests.unit.test_people import person
from tui.cli import main


@pytest.fixture
def box(tmp_path: Path) -> Letters:
    return Letters(tmp_path)


def counted(box: Letters, text: str) -> Timeline:
    asked = understand(text, people=box.judge(), today=date(2010, 1, 1), zone=UTC)
    return timeline(box.connection, asked, UTC)


EVERYTHING = Query(text="", words="")


def test_years_and_months_add_up_and_empty_years_are_there(box: Letters) -> None:
    for on in (DAY, DAY, DAY + timedelta(days=40), DAY + timedelta(days=800)):
        box.letter(ANNA, OLA, on=on)
    found = counted(box, "")
    assert found.years() == {2004: 3, 2005: 0, 2006: 1}
    assert found.months(2004)[2:4] == (2, 1)
    assert found.total == 4


def test_a_day_is_a_day_in_the_zone_of_a_search(box: Letters) -> None:
    box.letter(ANNA, OLA, on=datetime(2003, 12, 31, 23, 30, tzinfo=UTC))
    ahead = timezone(timedelta(hours=2))
    assert timeline(box.connection, EVERYTHING, ahead).years() == {2004: 1}
    assert timeline(box.connection, EVERYTHING, UTC).years() == {2003: 1}


def test_before_1970_days_are_right(box: Letters) -> None:
    box.letter(ANNA, OLA, on=datetime(1969, 12, 31, 1, tzinfo=UTC))
    assert list(counted(box, "").days) == [date(1969, 12, 31)]


def test_copies_and_attachments_are_part_of_their_mail(box: Letters) -> None:
    number = box.letter(ANNA, OLA, on=DAY, text="The keel is here.")
    people = (person(ANNA, Role.SENDER),)
    copy = box.put(box.document(people=people, created=DAY, text="copy"))
    file = box.put(box.document(people=(), created=None, text="A drawing of the rudder."))
    box.connection.execute("UPDATE document SET duplicate_of=? WHERE id=?", (number, copy))
    box.connection.execute(
        "UPDATE document SET within_id=?, kind='file' WHERE id=?", (number, file)
    )
    assert counted(box, "").total == 1
    # A word in the attachment finds the mail; asked for, the file has the mail's date.
    assert counted(box, "rudder").total == 1
    assert counted(box, "kind:file").years() == {2004: 1}


@pytest.mark.parametrize(
    "text",
    [
        "from:anna",
        "-from:anna",
        "with:tom during:2004",
        "subject:letter",
        "kind:mail",
        "to:tom",
    ],
)
def test_operators_count_what_a_list_of_them_has(box: Letters, text: str) -> None:
    for number in range(9):
        sender = (ANNA, TOM, OLA)[number % 3]
        box.letter(sender, TOM if sender != TOM else OLA, on=DAY + timedelta(days=90 * number))
    asked = understand(text, people=box.judge(), today=date(2010, 1, 1), zone=UTC)
    assert asked.filters
    found = timeline(box.connection, asked, UTC)
    assert found.total == filters.count(box.connection, asked.filters)


def test_words_must_all_occur_and_phrases_as_they_stand(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY, text="The new mast came.")
    box.letter(ANNA, OLA, on=DAY, text="A mast is never new.")
    box.letter(ANNA, OLA, on=DAY, text="A new rudder.")
    assert counted(box, "new mast").total == 2
    assert counted(box, '"new mast"').total == 1
    assert counted(box, "masts").total == 2  # as the index stems


def test_plain_words_about_people_and_time_are_counted_as_filters(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY, text="The mast came.")
    box.letter(ANNA, OLA, on=DAY + timedelta(days=400), text="The mast went.")
    box.letter(TOM, OLA, on=DAY, text="The mast came.")
    found = counted(box, "mails from Anna Berg in 2004 about the mast")
    assert found.total == 1
    assert "during:2004" in found.said


def test_what_has_no_date_is_counted_apart_and_not_within_a_span(box: Letters) -> None:
    box.put(box.document(people=(person(ANNA, Role.SENDER),), created=None))
    box.letter(ANNA, OLA, on=DAY)
    assert (counted(box, "").undated, counted(box, "").total) == (1, 2)
    assert counted(box, "during:2004").total == 1


def test_on_this_day_has_the_latest_year_first_and_few_of_each(box: Letters) -> None:
    ids = [
        box.letter(ANNA, OLA, on=datetime(year, 3, 1, hour, tzinfo=UTC))
        for year in (2004, 2005)
        for hour in (8, 9, 10)
    ]
    box.letter(ANNA, OLA, on=datetime(2004, 3, 2, tzinfo=UTC))
    day = date(2020, 3, 1)
    found = on_this_day(box.connection, EVERYTHING, day, each=2, zone=UTC)
    assert found == [*ids[3:5], *ids[:2]]
    assert counted(box, "").on(day) == {2004: 3, 2005: 3}


def test_a_silence_is_told_with_its_numbers() -> None:
    days = {date(2004, 1, 1) + timedelta(days=10 * n): 1 for n in range(8)}
    days[date(2006, 1, 1)] = 1
    (silence,) = lapses(days, date(2006, 1, 2))
    assert (silence.last, silence.next) == (date(2004, 3, 11), date(2006, 1, 1))
    assert (silence.days, silence.before, silence.usual_days) == (661, 8, 10.0)


@pytest.mark.parametrize(
    "days",
    [
        {},
        {date(2004, 1, 1): 50},  # much, but on one day
        {date(2000 + n, 1, 1): 1 for n in range(8)},  # a card each year is no regular contact
        {date(2004, 1, 1) + timedelta(days=40 * n): 1 for n in range(10)},
    ],
)
def test_what_was_never_regular_is_not_lost(days: dict[date, int]) -> None:
    last = max(days, default=date(2004, 1, 1))
    assert lapses(days, last + timedelta(days=100)) == []


def test_bars_are_seen_however_small_and_have_their_number() -> None:
    assert bar(1, 10_000, 10) == "▏"
    assert bar(0, 5, 10) == ""
    assert bar(5, 5, 10) == "█" * 10
    assert stacked((1, 0, 1), 2, 4) == "██░░"
    assert lines([Bar("2004", 1200), Bar("2005", 0)], 30)[0].startswith("2004  1,200  ██")
    assert lines([], 30) == []
    assert all(len(line) <= 30 for line in lines([Bar("2004", 1200)], 30))


def test_pictures_are_written(tmp_path: Path) -> None:
    bars = [Bar(str(year), year - 1990) for year in range(1990, 2010)]
    write(tmp_path / "a.svg", "<b> & \x1b[2J", bars)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert "<b> & [2J" in "".join(root.itertext())
    write(tmp_path / "a.png", "mail", bars)
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    write(tmp_path / "none.png", "mail", [])


@pytest.mark.parametrize(
    "bars",
    [
        [Bar(f"{2000 + n // 12}-{n % 12 + 1:02}", n * 11) for n in range(21)],
        [Bar(f"{1990 + n // 12}-{n % 12 + 1:02}", n) for n in range(300)],
        [Bar(str(1950 + n), n) for n in range(80)],
    ],
)
def test_no_label_of_a_picture_touches_the_next(tmp_path: Path, bars: list[Bar]) -> None:
    write(tmp_path / "a.svg", "mail", bars)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    labels = [
        (float(one.attrib["x"]), one.text or "")
        for one in root.iter("{http://www.w3.org/2000/svg}text")
        if one.get("text-anchor") == "middle"
    ]
    assert len(labels) >= 6
    for (left, text), (right, _) in pairwise(labels):
        assert right - left > 7 * len(text)


def test_the_highest_bar_fills_most_of_a_picture() -> None:
    for most in (1, 3, 7, 22, 222, 1_068, 41_000):
        top = max(value for value, _ in _grid([Bar("2001", most)]))
        assert most <= top <= 2 * most


# --- the command ------------------------------------------------------------------------------


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> None:
    from archive.service import Archive
    from tests.unit.test_people_command import mail

    inbox = tmp_path / "inbox.mbox"
    ola, anna = "Ola Nord <ola@home.example>", "Anna Berg <anna@x.org>"
    inbox.write_text("".join(mail(n, anna, ola) for n in range(1, 9)))
    opened = Archive.open()
    opened.add([inbox])
    opened.sync(embed=False)
    opened.close()


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["timeline", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("archive")
def test_the_command_draws_bars_without_colour_when_piped() -> None:
    code, said, _ = run("from:anna")
    assert code == 0
    first, second = said.splitlines()[:2]
    assert first.startswith("8 documents: from:")
    assert second.startswith("2004-03  8  ███")
    assert "\x1b" not in said


@pytest.mark.usefixtures("archive")
def test_the_command_tells_what_is_of_a_day() -> None:
    said = run("--on-this-day", "2020-03-05")[1]
    assert said.splitlines()[:2] == ["5 March: 1 document in 1 year", "2004  1"]
    assert "Letter 5" in said
    assert run("--on-this-day", "13-40")[0] == 2
    # A word behind it is no date, so it is counted.
    assert json.loads(run("--on-this-day", "zebra", "--json")[1])["query"] == "zebra"


@pytest.mark.usefixtures("archive")
def test_the_command_writes_pictures_and_says_when_it_cannot(tmp_path: Path) -> None:
    assert run("--svg", str(tmp_path / "t.svg"), "--png", str(tmp_path / "t.png"))[0] == 0
    assert (tmp_path / "t.svg").stat().st_size > 0
    # The option says the form, whatever the name is.
    assert run("--svg", str(tmp_path / "chart"), "--png", str(tmp_path / "t2.svg"))[0] == 0
    assert (tmp_path / "chart").read_text().startswith("<svg")
    assert (tmp_path / "t2.svg").read_bytes()[:4] == b"\x89PNG"
    code, _, error = run("--png", str(tmp_path / "none" / "t.png"))
    assert code == 5
    assert len(error.splitlines()) == 2


@pytest.mark.usefixtures("archive")
def test_gaps_are_of_those_a_query_names() -> None:
    assert run("--gaps", "from:anna")[0] == 0
    code, _, error = run("--gaps", "zebra")
    assert (code, "zebra" in error) == (2, True)


@pytest.mark.usefixtures("home")
def test_an_empty_archive_is_counted_too() -> None:
    assert run()[:2] == (0, "0 documents\n")
    assert run("--gaps")[0] == 0


def test_a_filter_that_means_nobody_counts_nothing(box: Letters) -> None:
    box.letter(ANNA, OLA, on=DAY)
    nobody = Query(text="", words="", filters=(Filter(field=Field.FROM, value="zoe"),))
    assert timeline(box.connection, nobody, UTC).total == 0
