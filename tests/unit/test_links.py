"""Links in the terminal: where they lead, when they are written, and what cannot get out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.links import Links, url_of, wanted


def test_a_mail_is_named_by_its_message_id_and_all_else_by_its_file() -> None:
    assert url_of("<a/b%c@example.org>", "/mail/box") == "mid:a%2Fb%25c@example.org"
    assert url_of("notes/a b.md", "/home/me/a b.md").endswith("/home/me/a%20b.md")
    assert url_of("lease.pdf", "/home/me/lease.pdf", 3).endswith("/lease.pdf#page=3")
    assert url_of("lease.md", "/home/me/lease.md", 3).endswith("/lease.md")
    assert url_of("lease.md", "not/absolute.md") == ""
    assert url_of(f"<{'a' * 3000}@example.org>", "/mail/box") == ""


@given(st.text(), st.text())
def test_nothing_foreign_gets_into_the_marks(name: str, path: str) -> None:
    for url in (url_of(f"<{name}@x>", "/box"), url_of("", "/" + path)):
        assert re.fullmatch(r"(mid:|file://)[!-~]*|", url)


@pytest.mark.parametrize(
    ("terminal", "environ", "expected"),
    [
        (True, {"TERM": "xterm-256color"}, True),
        (True, {"TERM": "tmux-256color"}, True),
        (False, {"TERM": "xterm-256color"}, False),
        (False, {"TERM": "xterm", "FORCE_HYPERLINK": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "linux"}, False),
        (True, {}, False),
        (True, {"TERM": "xterm", "VTE_VERSION": "4800"}, False),
        (True, {"TERM": "xterm", "FORCE_HYPERLINK": "0"}, False),
        (True, {"TERM": "linux", "FORCE_HYPERLINK": "1"}, True),
    ],
)
def test_links_are_for_terminals_that_take_them(
    terminal: bool, environ: dict[str, str], expected: bool
) -> None:
    assert wanted(terminal, environ) is expected


def test_a_link_wraps_its_label_and_no_link_leaves_it() -> None:
    assert Links(on=True).to_url("Mast", "mid:a@b") == (
        "\x1b]8;;mid:a@b\x1b\\Mast\x1b]8;;\x1b\\"
    )
    assert Links(on=False).to_url("Mast", "mid:a@b") == "Mast"
    assert Links(on=True).to_url("Mast", "") == "Mast"
