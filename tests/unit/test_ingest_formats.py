"""Every format reads its sample folder, tests/data/NAME, as its expected.json says.

`expected.json` names each sample and its documents in order. A document gives the
fields it checks: `contains`, `lacks`, `parts` (kinds), `pages` (how each begins),
`people` as "role name <address>", `sections` (labels), `turns` as "time speaker: text",
or `failure` (how the reason begins) or `skipped` (the reason).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from ingest.discover import Found, discover
from ingest.document import Document, ParseFailure, Skipped
from ingest.read import read
from ingest.registry import FORMATS, Format

DATA = Path(__file__).parents[1] / "data"


def samples() -> list[Any]:
    found = []
    for known in FORMATS:
        expected = DATA / known.name / "expected.json"
        if expected.exists():
            for name, documents in json.loads(expected.read_text("utf-8")).items():
                sample = pytest.param(known, name, documents, id=f"{known.name}-{name}")
                found.append(sample)
    return found


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_a_format_has_samples_and_claims_them(known: Format) -> None:
    folder = DATA / known.name
    assert (folder / "expected.json").is_file(), f"{known.name} has no tests/data folder"
    found = {
        seen.relative
        for seen in discover(folder)
        if isinstance(seen, Found) and seen.format == known.name
    }
    assert found == set(json.loads((folder / "expected.json").read_text("utf-8")))


@pytest.mark.parametrize(("known", "name", "expected"), samples())
def test_a_sample_gives_the_expected_documents(
    known: Format, name: str, expected: list[dict[str, Any]]
) -> None:
    found = list(read(DATA / known.name / name, known.name))
    assert len(found) == len(expected)
    for document, wanted in zip(found, expected, strict=True):
        if "failure" in wanted:
            assert isinstance(document, ParseFailure)
            assert document.reason.startswith(wanted["failure"])
            assert "\n" not in document.reason
            assert document.locator == wanted.get("locator", document.locator)
        elif "skipped" in wanted:
            assert isinstance(document, Skipped)
            assert document.reason == wanted["skipped"]
        else:
            assert isinstance(document, Document)
            assert_is_sound(document)
            assert_is_as_wanted(document, wanted)


def assert_is_sound(document: Document) -> None:
    """What holds for the documents of every format."""
    assert document.text.strip()
    assert unicodedata.is_normalized("NFC", document.text)
    assert "\r" not in document.text
    assert "\n" not in document.title
    assert document.created is None or document.created.tzinfo is not None
    assert list(document.page_starts) == sorted(document.page_starts)
    assert document.page_starts[:1] in ((), (0,))
    ends = [0]
    for part in document.parts:
        assert part.start == ends[-1] < part.end
        ends.append(part.end)
    assert not document.parts or ends[-1] == len(document.text)
    assert document.files == ()
    starts = [section.start for section in document.sections]
    assert starts == sorted(starts)
    assert all(0 <= start < len(document.text) for start in starts)
    assert all("\n" not in section.label for section in document.sections)
    bounds = [bound for turn in document.turns for bound in (turn.start, turn.end)]
    assert bounds == sorted(bounds)
    assert not bounds or bounds[-1] <= len(document.text)


def assert_is_as_wanted(document: Document, wanted: dict[str, Any]) -> None:
    for key, value in wanted.items():
        match key:
            case "contains":
                assert [text for text in value if text not in document.text] == []
            case "lacks":
                assert [text for text in value if text in document.text] == []
            case "parts":
                assert [part.kind for part in document.parts] == value
            case "pages":
                ends = [*document.page_starts[1:], len(document.text)]
                pages = zip(document.page_starts, ends, strict=True)
                for (start, end), begins in zip(pages, value, strict=True):
                    assert document.text[start:end].startswith(begins)
                    assert bool(begins) == bool(document.text[start:end])
            case "people":
                people = [
                    f"{person.role} {person.name} <{person.address}>".replace("  ", " ")
                    for person in document.people
                ]
                assert people == value
            case "sections":
                assert [section.label for section in document.sections] == value
            case "turns":
                turns = [
                    f"{turn.at and turn.at.isoformat()} {turn.speaker}: "
                    + document.text[turn.start : turn.end]
                    for turn in document.turns
                ]
                assert turns == value
            case "created":
                assert (document.created and document.created.isoformat()) == value
            case _:
                found = getattr(document, key)
                assert (list(found) if isinstance(found, tuple) else found) == value


def test_importing_the_registry_loads_nothing_heavy() -> None:
    heavy = "unstructured spacy torch charset_normalizer yaml pypdf docx pptx"
    code = (
        "import sys, ingest.registry, ingest.discover;"
        f"print([name for name in {heavy.split()} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=DATA.parents[1], env={**os.environ, "PYTHONPATH": str(DATA.parents[1])},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [known.name for known in FORMATS])
@pytest.mark.parametrize("raw", [b"", b"\x00" * 5000, b"PK\x03\x04", b"%PDF-1.7\n", b"<"])
def test_a_broken_file_is_a_failure_or_a_document_but_never_raises(
    name: str, raw: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"file.{name}"
    path.write_bytes(raw)
    for item in read(path, name):
        assert not isinstance(item, Document) or item.text.strip()


@pytest.mark.parametrize("name", [known.name for known in FORMATS])
def test_a_missing_file_raises_oserror(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "gone", name))
