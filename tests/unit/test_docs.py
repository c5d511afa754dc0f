"""The documentation: made from the program where it can be, complete, no dead links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from docs import make_man as man
from docs import make_reference as reference
from tests.conftest import ROOT
from tui.cli import main
from tui.commands.completing import commands

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


def test_the_reference_says_what_the_program_says() -> None:
    assert reference.outdated() == [], "run: make reference"


def test_every_command_is_in_the_reference_and_has_a_man_page() -> None:
    names = ["archive", *(f"archive {name}" for name, _ in commands(main))]
    written = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert [name for name in names if f"## {name}\n" not in written] == []
    pages = dict(man.pages())
    assert set(pages) == {f"{name.replace(' ', '-')}.1" for name in names}
    for text in pages.values():
        assert text.isascii()
        heads = re.findall(r"^\.SH (.+)$", text, re.MULTILINE)
        assert heads[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]


def test_a_man_page_has_options_and_exit_codes() -> None:
    pages = dict(man.pages())
    assert r"\fB\-\-facets\fR" in pages["archive-search.1"]
    assert ".SH EXIT CODES" in pages["archive.1"]
    assert r"archive\-people\fR(1)" in pages["archive.1"]


def test_text_that_roff_would_obey_is_text() -> None:
    assert man._text(".so /etc/passwd").startswith(r"\&.")
    assert man._text("a\\fB…") == r"a\efB\[u2026]"


def test_every_setting_has_words_beside_it() -> None:
    bare = re.findall(r"^\| `(\w+)` \| `.*` \| +\|$", reference.config(), re.MULTILINE)
    assert bare == []


def _nav(entries: list[dict[str, object]]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values():
            if isinstance(value, list):
                yield from _nav(value)
            else:
                yield str(value)


def test_every_page_is_in_the_navigation_once() -> None:
    config = yaml.safe_load((DOCS / "mkdocs.yml").read_text(encoding="utf-8"))
    assert sorted(_nav(config["nav"])) == [str(page.relative_to(DOCS)) for page in PAGES]


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in heads
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        led = (page.parent / path).resolve() if path else page
        assert led.exists(), target
        assert led.is_relative_to(DOCS), f"{target} leaves the site"
        assert not anchor or anchor in _anchors(led), target
    assert text.startswith("# ")


def test_commands_that_the_pages_show_exist() -> None:
    known = {name for name, _ in commands(main)}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for code in re.findall(r"```(?:sh)?\n(.*?)```", text, re.DOTALL):
            for name in re.findall(r"^archive ([a-z]+)(?= |$)", code, re.MULTILINE):
                assert name in known, f"{page.name}: archive {name}"
