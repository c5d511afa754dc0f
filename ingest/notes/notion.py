"""Pages that Notion exported, as Markdown or HTML, one document a page.

Notion ends every file's name in the page's id, and begins a page from a database with
its properties. Databases themselves are exported as CSV, which is another format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ingest.document import Document, Kind, ParseFailure, Person, Role
from ingest.files import display_stem, read_whole
from ingest.notes import dates, markdown, marks, outline
from ingest.text import decode, html_to_text, normalise, one_line

_NAME: Final = re.compile(
    r"(.*?) ?(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z"
)
_PROPERTY: Final = re.compile(r"([^\s:#>|`*-][^:\n]{0,60}):[ \t]+(\S.*)\Z")
_MOST_PROPERTIES: Final = 60
# Properties are at the top; nothing that could be built to parse slowly fits in there.
_TOP_CHARS: Final = 1 << 16
_OTHER_DATE: Final = re.compile(
    r"(?:full|entry|journal|meeting|event|publish(?:ed|ing)?) date\Z"
)
_LINKED: Final = re.compile(r"""(?:src|href)=["']([^"'<>:]{1,500}\.[A-Za-z0-9]{1,5})["']""")
_NO_FILES: Final = (".html", ".md", ".csv")
_RANGE: Final = re.compile(r"\s*(?:→|\((?:GMT|UTC)).*\Z")
_KNOWN: Final = {
    "created": "created",
    "created time": "created",
    "created at": "created",
    "date created": "created",
    "date": "date",
    "tags": "tags",
    "tag": "tags",
    "labels": "tags",
    "created by": "author",
    "author": "author",
}


def claims(path: Path, head: bytes) -> bool:
    """Whether a file has a page's id at the end of its name, and a name before it."""
    match = _NAME.match(path.stem)
    if match is None or not match.group(1):
        return False
    if path.suffix.lower() == ".md":
        return True
    return path.suffix.lower() == ".html" and b"<html" in head.lower()


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one page of a file."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    written, remark = decode(raw)
    remarks = [remark] if remark else []
    match = _NAME.match(display_stem(path))
    name = (match.group(1) if match else "") or display_stem(path)
    if path.suffix.lower() == ".html":
        yield _from_html(path, written, name, remarks)
    else:
        yield _from_markdown(path, written, name, remarks)


def _from_markdown(
    path: Path, written: str, name: str, remarks: list[str]
) -> Document | ParseFailure:
    text = normalise(written)
    facts = _facts(_listed(text))
    note = markdown.note(path, text, remarks, name=name, facts=dict(facts))
    if isinstance(note, ParseFailure):
        return note
    # Notion's own titles are headings of the first level, and so are headings in a page.
    title = (
        one_line(text.partition("\n")[0].removeprefix("# ")) if text.startswith("# ") else ""
    )
    # A page of a journal is often named by nothing but its day, as `@April 26, 2025`.
    created = note.created or dates.moment(title.lstrip("@"), [])
    return replace(note, title=title or name, created=created)


def _listed(text: str) -> list[tuple[str, str]]:
    """The `Name: value` lines between the title and the text of a page."""
    lines = text.split("\n", _MOST_PROPERTIES + 3)[: _MOST_PROPERTIES + 2]
    if not lines[0].startswith("# ") or len(lines) < 3 or lines[1].strip():
        return []
    found = []
    for line in lines[2:]:
        match = _PROPERTY.match(line)
        if match is None:
            break
        found.append((match.group(1), match.group(2)))
    return found


def _facts(listed: list[tuple[str, str]]) -> dict[str, str]:
    """The properties that a document has a place for, by its names."""
    found: dict[str, str] = {}
    for key, value in listed:
        name = one_line(key).lower()
        known = "date" if _OTHER_DATE.match(name) else _KNOWN.get(name)
        if known == "author":
            found.setdefault(known, value)
        elif known == "tags":
            # A comma makes one tag of several words.
            found.setdefault(known, value if "," in value else f"{value},")
        elif known:
            found.setdefault(known, _RANGE.sub("", value))
    return found


def _from_html(
    path: Path, written: str, name: str, remarks: list[str]
) -> Document | ParseFailure:
    text = html_to_text(written)
    if not text.strip():
        return ParseFailure(path=path, locator="", reason="has no readable text")
    tree = LexborHTMLParser(written[:_TOP_CHARS])
    rows = []
    for row in tree.css("table.properties tr"):
        cells = [cell.text(separator=", ", strip=True) for cell in row.css("th, td")]
        if len(cells) == 2 and all(cells):
            rows.append((cells[0], cells[1].replace("@", "")))
    facts = _facts(rows)
    heading = tree.css_first("h1.page-title")
    title = one_line(heading.text()) if heading is not None else ""
    when = dates.moment(facts.get("created") or facts.get("date"), remarks)
    author = one_line(facts.get("author", ""))
    return Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=title or name,
        text=text,
        created=when or dates.named(path, remarks),
        people=(Person(name=author, address="", role=Role.AUTHOR),) if author else (),
        sections=outline.of_html(written, text),
        attachments=marks.file_names(
            tuple(
                name
                for name in _LINKED.findall(written)
                if not name.lower().endswith(_NO_FILES)
            )
        ),
        tags=tuple(
            dict.fromkeys(
                tag for each in facts.get("tags", "").split(",") if (tag := one_line(each))
            )
        ),
        remarks=tuple(dict.fromkeys(remarks)),
    )
