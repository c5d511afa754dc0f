"""The schedule: what is written for systemd, cron and launchd, and that it goes away again."""

from __future__ import annotations

import json
import os
import plistlib
import re
import shlex
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from archive.schedule import (
    Backend,
    NoScheduler,
    Ran,
    Schedule,
    ScheduleRefused,
    archive_name,
    next_daily,
    plan,
    shell_line,
    spawn,
)
from archive.schedulers import backends, find, install, remove
from archive.schedulers.cron import Crontab, crontab_command
from archive.schedulers.launchd import Launchd, launchd_plist
from archive.schedulers.systemd import Systemd, service_unit
from tui.commands.schedule import schedule as commands

NIGHT = time(3, 30)
NOW = datetime(2026, 3, 1, 12).astimezone()
PLAIN = Schedule(
    name="default",
    at=NIGHT,
    program=("/opt/life/bin/archive", "sync", "--quiet"),
    environ={"PATH": "/usr/bin:/bin"},
)


class Machine:
    """A machine's schedulers: answers as they would and remembers what it was told."""

    def __init__(self, *, systemd: str = "offline", cron: bool = True) -> None:
        self.systemd = systemd
        self.cron = cron
        self.crontab: bytes | None = None
        self.cron_error = "no crontab for anna"
        self.refuses: tuple[str, ...] = ()
        self.properties: dict[str, str] = {}
        self.linger = "yes"
        self.told: list[str] = []

    def run(self, words: Sequence[str], stdin: bytes) -> Ran:
        """Start a program."""
        line = " ".join(words)
        self.told.append(line)
        if any(line.startswith(refused) for refused in self.refuses):
            return Ran(1, b"", "Access denied")
        if words[0] == "crontab" and self.cron:
            return self._crontab(words[1], stdin)
        if words[0] == "launchctl":
            return Ran(0, b"", "")
        if words[0] == "loginctl":
            return Ran(0, f"Linger={self.linger}\n".encode(), "")
        if words[:2] == ["systemctl", "--user"]:
            return self._systemctl(words[2:])
        return Ran(127, b"", f"{words[0]}: No such file or directory")

    def _crontab(self, word: str, stdin: bytes) -> Ran:
        if word == "-l":
            if self.crontab is None:
                return Ran(1, b"", self.cron_error)
            return Ran(0, self.crontab, "")
        self.crontab = stdin if word == "-" else None
        return Ran(0, b"", "")

    def _systemctl(self, words: Sequence[str]) -> Ran:
        if words[0] == "is-system-running":
            return Ran(self.systemd != "running", f"{self.systemd}\n".encode(), "")
        if words[0] == "show":
            name = words[2].removeprefix("--property=")
            return Ran(0, f"{name}={self.properties.get(name, '')}\n".encode(), "")
        return Ran(0, b"", "")


def everything(machine: Machine, home: Path, platform: str = "linux") -> tuple[Backend, ...]:
    return backends("default", run=machine.run, home=home, now=lambda: NOW, platform=platform)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- which archive, which program -------------------------------------------------------------


def test_each_archive_has_a_name_of_its_own() -> None:
    assert archive_name({}) == "default"
    first, second = archive_name({"ARCHIVE_HOME": "/a"}), archive_name({"ARCHIVE_HOME": "/b"})
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert first != second
    assert archive_name({"ARCHIVE_HOME": "/a/"}) == first


def program_file(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "archive"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


def test_the_archive_that_is_running_is_scheduled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = program_file(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    found = plan(NIGHT, argv0="./bin/archive", environ={}, executable="/usr/bin/python3")
    assert found.program == (str(file), "sync", "--quiet")


def test_python_m_tui_schedules_the_script_beside_it_or_itself(tmp_path: Path) -> None:
    argv0 = str(tmp_path / "tui" / "__main__.py")
    python = str(tmp_path / "venv" / "bin" / "python")
    found = plan(NIGHT, argv0=argv0, environ={}, executable=python)
    assert found.program == (python, "-m", "tui", "sync", "--quiet")
    file = program_file(tmp_path / "venv" / "bin")
    found = plan(NIGHT, argv0=argv0, environ={}, executable=python)
    assert found.program == (str(file), "sync", "--quiet")


def test_what_a_scheduler_would_not_know_is_carried_along(tmp_path: Path) -> None:
    tesseract = program_file(tmp_path / "brew").rename(tmp_path / "brew" / "tesseract")
    found = plan(
        NIGHT,
        argv0="archive",
        environ={
            "ARCHIVE_HOME": "/work papers",
            "XDG_DATA_HOME": "/big/share",
            "XDG_STATE_HOME": "relative",
            "PATH": f"{tesseract.parent}:/usr/bin",
            "SECRET": "x",
        },
        needs=("tesseract", "no-such-program"),
    )
    assert found.environ == {
        "ARCHIVE_HOME": "/work papers",
        "XDG_DATA_HOME": "/big/share",
        "PATH": f"{tesseract.parent}:/usr/local/bin:/usr/bin:/bin",
    }
    assert found.name == archive_name({"ARCHIVE_HOME": "/work papers"})


@pytest.mark.parametrize("place", ["/a\nb", "/a\rb", "/a\x1bb", "/a\udcffb", "/a\u2028b"])
def test_a_path_no_schedule_can_hold_is_refused(place: str) -> None:
    with pytest.raises(ScheduleRefused, match="control character"):
        plan(NIGHT, argv0="archive", environ={"ARCHIVE_HOME": place})


def test_the_next_run_is_today_or_tomorrow() -> None:
    assert next_daily(time(12, 1), NOW) - NOW == timedelta(minutes=1)
    assert next_daily(time(12, 0), NOW).replace(tzinfo=None) == datetime(2026, 3, 2, 12)


# --- quoting: what is written, read back by each one's own rules ------------------------------

letters = st.one_of(
    st.sampled_from([*" \\%$'\"`!#;&|*~=:@+-{}()<>?", "\\\\", "\\%", "%%", "é", "漢"]),
    st.characters(exclude_categories=("C", "Zl", "Zp")),
)
texts = st.lists(letters, min_size=1, max_size=12).map("".join)


def as_schedule(folder: str, home: str) -> Schedule:
    program = (f"/{folder}/archive", "sync", "--quiet")
    return Schedule(
        name="x",
        at=NIGHT,
        program=program,
        environ={"ARCHIVE_HOME": f"/{home}", "PATH": "/bin"},
    )


def cron_unescaped(command: str, *, joins_backslashes: bool) -> str:
    """What cron hands to the shell. Vixie's joins two backslashes, ISC's and cronie do not."""
    out = []
    letters = iter(command)
    for letter in letters:
        if letter == "%":
            break  # the rest is its standard input
        if letter == "\\":
            following = next(letters, "")
            joined = following == "%" or (joins_backslashes and following == "\\")
            out.append(following if joined else letter + following)
        else:
            out.append(letter)
    return "".join(out)


@given(texts, texts, st.booleans())
@example("\\", "\\\\%", True)
@example("%\\", "a' \\'%", False)
def test_cron_starts_exactly_what_was_meant(folder: str, home: str, joins: bool) -> None:
    wanted = as_schedule(folder, home)
    command = crontab_command(wanted)
    assert "\n" not in command
    words = shlex.split(cron_unescaped(command, joins_backslashes=joins))
    assert words == [f"ARCHIVE_HOME=/{home}", "PATH=/bin", "nice", "-n", "10", *wanted.program]


SYSTEMD_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "s": " ", "t": "\t"}


def systemd_words(value: str) -> list[str]:
    """Words of a unit file's value, as systemd.syntax(7) and systemd.unit(5) have it."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    letters = iter(value)
    for letter in letters:
        if letter == "\\":
            word = (word or "") + SYSTEMD_ESCAPES[next(letters)]
        elif letter == "%":
            assert next(letters) == "%", "a specifier"
            word = (word or "") + "%"
        elif quote:
            quote = "" if letter == quote else quote
            word = (word or "") + ("" if not quote else letter)
        elif letter in "'\"":
            quote, word = letter, word or ""
        elif letter == " ":
            words += [word] if word is not None else []
            word = None
        else:
            word = (word or "") + letter
    assert not quote
    return words + ([word] if word is not None else [])


def systemd_command(value: str) -> list[str]:
    """The words of an ExecStart, dollars read as systemd.service(5) says."""
    first, *rest = systemd_words(value)
    assert not set(first) & set("\"'\\$"), "systemd refuses such a name"
    assert first.startswith("/")
    plain = [word.replace("$$", "") for word in rest]
    assert not any("$" in word for word in plain), "a variable"
    return [first, *(word.replace("$$", "$") for word in rest)]


@given(texts, texts)
@example('q"', "$HOME")
@example("%h", "100%")
def test_systemd_starts_exactly_what_was_meant(folder: str, home: str) -> None:
    wanted = as_schedule(folder, home)
    lines = [line.partition("=") for line in service_unit(wanted).split("\n")]
    words = systemd_command(next(value for key, _, value in lines if key == "ExecStart"))
    if words[0] == "/bin/sh":
        assert words[1:3] == ["-c", 'exec "$0" "$@"']
        words = words[3:]
    assert words == list(wanted.program)
    variables = [systemd_words(value) for key, _, value in lines if key == "Environment"]
    assert variables == [[f"ARCHIVE_HOME=/{home}"], ["PATH=/bin"]]


AWKWARD = ["plain", "two words", "it's", 'say "so"', "100%", "$HOME", "b\\\\%", "a=b", "é;# &"]


@pytest.mark.parametrize("folder", AWKWARD)
def test_a_shell_starts_it_with_its_home(tmp_path: Path, folder: str) -> None:
    file = program_file(tmp_path / folder)
    file.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@" "$ARCHIVE_HOME"\n')
    wanted = plan(NIGHT, argv0=str(file), environ={"ARCHIVE_HOME": f"{tmp_path}/{folder}/h"})
    ran = subprocess.run(["/bin/sh", "-c", shell_line(wanted)], capture_output=True, check=True)
    expected = [str(file), "sync", "--quiet", f"{tmp_path}/{folder}/h"]
    assert ran.stdout.decode().splitlines() == expected


@pytest.mark.parametrize("folder", AWKWARD)
@pytest.mark.parametrize("platform", ["linux systemd", "linux", "darwin"])
def test_the_program_is_read_back_from_what_is_in_place(
    tmp_path: Path, folder: str, platform: str
) -> None:
    system, _, systemd = platform.partition(" ")
    machine = Machine(systemd="running" if systemd else "offline")
    wanted = as_schedule(folder, "home")
    found = install(everything(machine, tmp_path, system), wanted)
    assert found.program == f"/{folder}/archive"
    assert found.at == NIGHT


# --- systemd ----------------------------------------------------------------------------------

UNITS = [
    ".config/systemd/user/life-archive-default.service",
    ".config/systemd/user/life-archive-default.timer",
]


@pytest.mark.parametrize("state", ["running", "degraded", "starting"])
def test_systemd_is_taken_where_it_runs(tmp_path: Path, state: str) -> None:
    machine = Machine(systemd=state)
    machine.properties["NextElapseUSecRealtime"] = "Mon 2026-03-02 03:41:07 CET"
    found = install(everything(machine, tmp_path), PLAIN)
    assert found.backend == "systemd"
    assert found.next_run == datetime(2026, 3, 2, 3, 41, 7).astimezone()
    assert files(tmp_path) == UNITS
    assert "systemctl --user enable --now life-archive-default.timer" in machine.told
    service, timer = ((tmp_path / name).read_text() for name in UNITS)
    for line in (
        "ExecStart=/opt/life/bin/archive sync --quiet",
        "Environment=PATH=/usr/bin:/bin",
        "Nice=10",
        "IOSchedulingClass=idle",
        "SuccessExitStatus=0 1 3",
    ):
        assert line in service.splitlines()
    for line in ("OnCalendar=*-*-* 03:30:00", "RandomizedDelaySec=900", "Persistent=true"):
        assert line in timer.splitlines()
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in UNITS} == {0o600}


def test_a_new_time_reaches_a_timer_that_runs(tmp_path: Path) -> None:
    machine = Machine(systemd="running")
    among = everything(machine, tmp_path)
    install(among, PLAIN)
    machine.told.clear()
    later = Schedule(
        name=PLAIN.name, at=time(4, 5), program=PLAIN.program, environ=PLAIN.environ
    )
    assert install(among, later).at == time(4, 5)
    assert "systemctl --user restart life-archive-default.timer" in machine.told
    assert files(tmp_path) == UNITS


def test_what_systemd_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    machine = Machine(systemd="running")
    machine.refuses = ("systemctl --user enable",)
    with pytest.raises(ScheduleRefused, match="Access denied"):
        install(everything(machine, tmp_path), PLAIN)
    assert files(tmp_path) == []


def test_removing_takes_the_link_too_though_systemd_is_away(tmp_path: Path) -> None:
    machine = Machine(systemd="running")
    among = everything(machine, tmp_path)
    install(among, PLAIN)
    folder = tmp_path / ".config" / "systemd" / "user"
    (folder / "other.timer").write_text("not ours")
    wants = folder / "timers.target.wants"
    wants.mkdir()
    (wants / "life-archive-default.timer").symlink_to(folder / "life-archive-default.timer")
    machine.systemd = "offline"
    machine.refuses = ("systemctl",)
    assert remove(among) == ["systemd"]
    assert files(tmp_path) == [".config/systemd/user/other.timer"]
    assert list(wants.iterdir()) == []
    assert remove(among) == []


@pytest.mark.parametrize(
    ("result", "linger", "note"),
    [
        ("success", "yes", ""),
        ("success", "no", "loginctl enable-linger"),
        ("exit-code", "yes", "journalctl --user -u life-archive-default"),
    ],
)
def test_systemd_tells_what_its_owner_should_know(
    tmp_path: Path, result: str, linger: str, note: str
) -> None:
    machine = Machine(systemd="running")
    machine.properties["Result"] = result
    machine.linger = linger
    found = install(everything(machine, tmp_path), PLAIN)
    assert note in found.note
    assert bool(note) == bool(found.note)


def test_a_write_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / ".config").write_text("a file, where a folder should be")
    with pytest.raises(ScheduleRefused, match="cannot be written"):
        install(everything(Machine(systemd="running"), tmp_path), PLAIN)


# --- cron -------------------------------------------------------------------------------------

BLOCK = b"""# life-archive default begin
30 3 * * * PATH=/usr/bin:/bin nice -n 10 /opt/life/bin/archive sync --quiet
# life-archive default end
"""


def crontab_of(machine: Machine) -> Crontab:
    return Crontab("default", machine.run, lambda: NOW)


def test_cron_is_taken_where_systemd_is_not(tmp_path: Path) -> None:
    machine = Machine()
    found = install(everything(machine, tmp_path), PLAIN)
    assert (found.backend, found.at, found.next_run) == (
        "crontab",
        NIGHT,
        next_daily(NIGHT, NOW),
    )
    assert machine.crontab == BLOCK
    assert remove(everything(machine, tmp_path)) == ["crontab"]
    assert machine.crontab is None


lines = st.one_of(
    st.sampled_from(
        [
            b"MAILTO=anna",
            b"*/5 * * * * backup %in",
            b"",
            b"# life-archive other begin",
            b"# life-archive other end",
            b" # life-archive default begin",
            b"# life-archive default begin ",
            b"x\r",
            b"\xff\x85\x0b\x0c\x1c",
        ]
    ),
    st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")),
)
tables = st.lists(lines, max_size=6).map(lambda found: b"".join(line + b"\n" for line in found))


@given(tables, tables, st.booleans())
def test_no_other_byte_of_a_crontab_changes(before: bytes, after: bytes, had_one: bool) -> None:
    machine = Machine()
    machine.crontab = before + (BLOCK.replace(b"30 3", b"7 5") + after if had_one else b"")
    cron = crontab_of(machine)
    cron.install(PLAIN)
    assert machine.crontab == before + BLOCK + (after if had_one else b"")
    cron.install(PLAIN)
    assert machine.crontab == before + BLOCK + (after if had_one else b"")
    assert cron.remove()
    assert (machine.crontab or b"") == before + (after if had_one else b"")


def test_a_crontab_without_a_last_newline_is_given_one() -> None:
    machine = Machine()
    machine.crontab = b"@daily x"
    crontab_of(machine).install(PLAIN)
    assert machine.crontab == b"@daily x\n" + BLOCK


def test_installing_again_writes_nothing() -> None:
    machine = Machine()
    cron = crontab_of(machine)
    cron.install(PLAIN)
    machine.told.clear()
    cron.install(PLAIN)
    assert machine.told == ["crontab -l"]


def test_two_archives_do_not_meet() -> None:
    machine = Machine()
    first, second = crontab_of(machine), Crontab("ab12", machine.run, lambda: NOW)
    first.install(PLAIN)
    second.install(PLAIN)
    assert first.remove()
    assert second.found() is not None
    assert first.found() is None


@pytest.mark.parametrize(
    "broken",
    [
        b"# life-archive default begin\n@daily x\n",
        b"# life-archive default end\n",
        b"# life-archive default begin\n" + BLOCK,
        BLOCK + b"# life-archive default end\n",
        BLOCK + BLOCK,
    ],
)
def test_half_a_block_is_left_to_its_owner(broken: bytes) -> None:
    machine = Machine()
    machine.crontab = broken
    for change in (lambda: crontab_of(machine).install(PLAIN), crontab_of(machine).remove):
        with pytest.raises(ScheduleRefused, match="do not pair"):
            change()
    assert machine.crontab == broken


@pytest.mark.parametrize(
    ("said", "none_yet"),
    [
        ("no crontab for anna", True),
        ("crontab: can't open 'anna': No such file or directory", True),
        ("You (anna) are not allowed to use this program (crontab)", False),
        ("", False),
    ],
)
def test_only_a_missing_crontab_is_an_empty_one(said: str, none_yet: bool) -> None:
    machine = Machine()
    machine.cron_error = said
    cron = crontab_of(machine)
    assert cron.found() is None
    if none_yet:
        cron.install(PLAIN)
        assert machine.crontab == BLOCK
        return
    with pytest.raises(ScheduleRefused):
        cron.install(PLAIN)
    assert machine.crontab is None
    assert not cron.remove()


# --- launchd, and which of them ---------------------------------------------------------------


def test_a_mac_gets_a_launch_agent(tmp_path: Path) -> None:
    machine = Machine(systemd="running")
    among = everything(machine, tmp_path, "darwin")
    found = install(among, PLAIN)
    install(among, PLAIN)
    assert found.backend == "launchd"
    assert found.next_run == next_daily(NIGHT, NOW)
    assert files(tmp_path) == ["Library/LaunchAgents/life-archive.default.plist"]
    plist = tmp_path / "Library" / "LaunchAgents" / "life-archive.default.plist"
    assert f"launchctl bootstrap gui/{os.getuid()} {plist}" in machine.told
    assert plistlib.loads(plist.read_bytes()) == {
        "Label": "life-archive.default",
        "ProgramArguments": ["/opt/life/bin/archive", "sync", "--quiet"],
        "EnvironmentVariables": {"PATH": "/usr/bin:/bin"},
        "StartCalendarInterval": {"Hour": 3, "Minute": 30},
        "Nice": 10,
        "LowPriorityIO": True,
        "ProcessType": "Background",
    }
    assert remove(among) == ["launchd"]
    assert files(tmp_path) == []


@given(texts, texts)
def test_launchd_starts_exactly_what_was_meant(folder: str, home: str) -> None:
    wanted = as_schedule(folder, home)
    told = plistlib.loads(launchd_plist(wanted, "x"))
    assert told["ProgramArguments"] == list(wanted.program)
    assert told["EnvironmentVariables"] == wanted.environ


@pytest.mark.parametrize("content", [b"", b"junk", b"<plist><dict></dict></plist>"])
def test_a_plist_somebody_spoilt_is_still_ours_to_remove(
    tmp_path: Path, content: bytes
) -> None:
    launchd = Launchd("default", Machine().run, tmp_path, lambda: NOW, "darwin")
    launchd.install(PLAIN)
    next(tmp_path.rglob("*.plist")).write_bytes(content)
    found = launchd.found()
    assert found is not None
    assert found.at is None
    assert launchd.remove()


def test_a_machine_that_changed_its_scheduler_runs_one_sync_a_night(tmp_path: Path) -> None:
    machine = Machine()
    among = everything(machine, tmp_path)
    install(among, PLAIN)
    machine.systemd = "running"
    assert install(among, PLAIN).backend == "systemd"
    assert machine.crontab is None
    found = find(among)
    assert found is not None
    assert found.backend == "systemd"


def test_a_machine_without_any_is_told_the_line_to_put_anywhere(tmp_path: Path) -> None:
    with pytest.raises(NoScheduler) as caught:
        install(everything(Machine(cron=False), tmp_path), PLAIN)
    assert "PATH=/usr/bin:/bin nice -n 10 /opt/life/bin/archive sync" in caught.value.remedy
    assert caught.value.exit_code == 5


# --- the commands, with a crontab that is really started --------------------------------------


@pytest.fixture
def crontab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> Iterator[Callable[[], bytes]]:
    """A `crontab` on PATH that keeps a file, and nothing else on it. Gives what it holds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    table = tmp_path / "table"
    script = folder / "crontab"
    script.write_text(
        textwrap.dedent(f"""\
        #!/bin/sh
        case "$1" in
        -l) if [ -e '{table}' ]; then exec /bin/cat '{table}'; fi
            echo "no crontab for $USER" >&2; exit 1;;
        -r) exec /bin/rm '{table}';;
        -) exec /bin/cat > '{table}';;
        esac
        exit 2
        """)
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys, "argv", [str(program_file(tmp_path / "100% mine"))])
    return lambda: table.read_bytes() if table.exists() else b""


def invoke(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, list(words), catch_exceptions=False)
    return result.exit_code, result.stdout


def read(*words: str) -> tuple[int, Mapping[str, object]]:
    code, out = invoke(*words, "--json")
    return code, json.loads(out)


def test_install_status_and_remove(
    crontab: Callable[[], bytes], home: Path, tmp_path: Path
) -> None:
    code, status = read("status")
    assert (code, status["installed"]) == (1, False)

    code, out = invoke("install", "--time", "4:07")
    assert (code, out) == (0, "Every night at 04:07, by crontab: archive sync --quiet\n")
    table = crontab().decode()
    assert f"7 4 * * * ARCHIVE_HOME={home} PATH=" in table
    assert f"nice -n 10 '{tmp_path}/100\\% mine/archive' sync --quiet\n" in table

    code, status = read("status")
    assert code == 0
    assert status["backend"] == "crontab"
    assert status["at"] == "04:07"
    assert status["program"] == f"{tmp_path}/100% mine/archive"
    assert status["last_run"] is None
    assert status["warnings"] == []

    assert invoke("remove") == (0, "Taken out of crontab.\n")
    assert crontab() == b""
    assert read("remove") == (0, {"schema": 1, "removed": []})


def test_print_writes_nothing(crontab: Callable[[], bytes]) -> None:
    code, out = invoke("install", "--print")
    assert code == 0
    assert "30 3 * * *" in out
    assert crontab() == b""
    assert read("install", "--print")[1]["backend"] == "crontab"
    assert crontab() == b""


def test_a_program_that_moved_away_is_a_warning(
    crontab: Callable[[], bytes], tmp_path: Path
) -> None:
    invoke("install")
    (tmp_path / "100% mine" / "archive").unlink()
    code, out = invoke("status")
    assert code == 1
    assert "is not there any more. Run: archive schedule install" in out


def test_missed_nights_and_the_last_run_are_shown(
    crontab: Callable[[], bytes], home: Path, tmp_path: Path
) -> None:
    from archive.service import Archive

    invoke("install")
    archive = Archive.open()
    archive.add([tmp_path])
    with archive.catalog.transaction() as connection:
        connection.execute("UPDATE source SET synced_at='2020-01-01T00:00:00+00:00'")
    archive.close()
    (home / "state" / "archive.log").write_text(
        "2026-03-01 03:31:00,000 7 ERROR sync: The disk is full.; exit 5\n"
    )
    code, out = invoke("status")
    assert code == 1
    assert "Last run    2026-03-01 03:31: The disk is full. (exit 5)" in out
    assert re.search(r"Warning     The last good sync was [\d,]+ days ago\.$", out, re.M)


@pytest.mark.usefixtures("crontab")
@pytest.mark.parametrize("wrong", ["25:00", "noon", "3:60"])
def test_a_time_that_is_none_is_a_usage_error(wrong: str) -> None:
    result = CliRunner().invoke(commands, ["install", "--time", wrong])
    assert result.exit_code == click.UsageError.exit_code


def test_a_program_that_is_not_there_is_told_from_one_that_fails(
    crontab: Callable[[], bytes],
) -> None:
    assert spawn(["no-such-program"]).code == 127
    assert spawn(["crontab", "--nonsense"]).code == 2
    assert spawn(["crontab", "-"], b"\xff\n").code == 0
    assert crontab() == b"\xff\n"


def test_systemd_is_asked_only_for_what_is_there(tmp_path: Path) -> None:
    machine = Machine(systemd="running")
    assert Systemd("default", machine.run, tmp_path).found() is None
    assert machine.told == []
