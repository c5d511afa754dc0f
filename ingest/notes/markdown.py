"""Markdown notes (Obsidian, Logseq, Bear, Joplin's export and the like), one a file.

The text is the Markdown as it was written, without the front matter, so that a
quotation can be found in the file again. Title, date and tags are the note's own:
from front matter, from properties (`title:: x`) or from the marks in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure, Person, Role, Skipped
from ingest.files import display_stem, read_whole
from ingest.notes import dates, marks
from ingest.notes.bundle import Bundle, bundle_of
from ingest.text import decode, normalise, one_line

_FRONT_MATTER: Final = re.compile(
    r"---[ \t]*\n(.{0,65536}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S
)
_DEEPEST_YAML: Final = 50
_NESTED_DASHES: Final = re.compile(r"(?:[-?:] +){50}")
_PROPERTY: Final = re.compile(r"(?:- )?[ \t]*([\w-]{1,40}):: *(.*)\Z")
_MOST_PROPERTIES: Final = 30
_LINKED: Final = re.compile(r"\[\[([^\[\]]*)\]\]")
_TAGS: Final = ("tags", "tag", "keywords", "labels")
_AUTHORS: Final = ("author", "authors")
_DATES: Final = (
    "date",
    "created",
    "created_at",
    "created at",
    "date created",
    "date_created",
    "created time",
    "creation date",
    "creation_date",
    "creationdate",
)
_PAGES: Final = ("pages", "journals")
_SAYS_NOTHING: Final = frozenset(("text", "index", "readme", "untitled", "note"))


def parse(path: Path) -> Iterator[Document | ParseFailure | Skipped]:
    """The one note of a Markdown file."""
    bundle = bundle_of(path)
    if bundle is not None and bundle.in_bin:
        yield Skipped(path=path, reason="in the bin")
        return
    if bundle is not None and bundle.encrypted:
        reason = "is encrypted; remove its password before the export"
        yield ParseFailure(path=path, locator="", reason=reason)
        return
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    decoded, remark = decode(raw)
    yield note(path, decoded, [remark] if remark else [], bundle=bundle)


def note(
    path: Path,
    written: str,
    remarks: list[str],
    *,
    name: str = "",
    facts: dict[str, object] | None = None,
    bundle: Bundle | None = None,
) -> Document | ParseFailure:
    """The document of one Markdown text.

    `name` is its name if the file's name is not. `facts` are properties from elsewhere,
    by lower-case name; those in the text itself come first.
    """
    text = normalise(written)
    matter: dict[str, object] = {}
    match = _FRONT_MATTER.match(text)
    if match:
        read = _yaml(match.group(1))
        if read is None:
            remarks.append("Its front matter is no valid YAML; it was kept as text.")
        elif isinstance(read, dict):
            matter = {str(key).lower(): value for key, value in read.items()}
            text = normalise(text[match.end() :])
    if not text.strip():
        # A note that is all properties, as importers of tables write them.
        text = normalise(match.group(1)) if match else ""
    if not text.strip():
        return ParseFailure(path=path, locator="", reason="has no readable text")
    matter = {**(facts or {}), **_properties(text), **matter}
    found = marks.scan(text, wide_tags=bundle is not None and bundle.from_bear)
    tags = [*_listed(matter, _TAGS), *(bundle.tags if bundle else ()), *found.tags]
    return Document(
        path=path,
        locator="",
        kind=Kind.NOTE,
        title=_title(matter, found, name or _name(path, bundle)),
        text=text,
        created=_created(path, text, matter, bundle, remarks),
        people=tuple(
            Person(name=author[:200], address="", role=Role.AUTHOR)
            for author in _listed(matter, _AUTHORS, split=False)
        ),
        sections=found.sections,
        attachments=marks.file_names(found.embeds),
        tags=tuple(dict.fromkeys(tags)),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _yaml(text: str) -> object:
    """What a YAML text holds; None if it is none. Prose between two rules is a string."""
    import yaml  # type: ignore[import-untyped]  # only front matter needs it

    if _is_bomb(text):
        return None
    try:
        read = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError):
        return None
    return {} if read is None else read


def _is_bomb(text: str) -> bool:
    """Whether YAML is built to grow or to nest without end; the parser's C code dies of it."""
    steps = (1 if mark in "[{" else -1 for mark in re.findall(r"[\[\]{}]", text))
    nested = max(accumulate(steps), default=0) > _DEEPEST_YAML
    return nested or "<<" in text or _NESTED_DASHES.search(text) is not None


def _properties(text: str) -> dict[str, object]:
    """The `name:: value` lines that a text begins with, as Logseq and Dataview write them."""
    found: dict[str, object] = {}
    for line in text.split("\n", _MOST_PROPERTIES)[:_MOST_PROPERTIES]:
        match = _PROPERTY.match(line)
        if match is None:
            break
        found.setdefault(match.group(1).lower(), match.group(2).strip())
    return found


def _name(path: Path, bundle: Bundle | None) -> str:
    if bundle is not None:
        return bundle.name or "text"
    stem = display_stem(path)
    if path.parent.name in _PAGES:
        return stem.replace("___", "/").replace("%2F", "/")  # Logseq's namespaces
    return stem


def _title(matter: dict[str, object], found: marks.Marks, name: str) -> str:
    own = matter.get("title")
    given = marks.plain(one_line(str(own))) if isinstance(own, str | int | float) else ""
    first = found.sections[0].label if found.sections else ""
    if name.lower() in _SAYS_NOTHING:
        return given or found.title or first or name
    return given or (found.title if found.headings < 2 else "") or name


def _created(
    path: Path,
    text: str,
    matter: dict[str, object],
    bundle: Bundle | None,
    remarks: list[str],
) -> datetime | None:
    for key in _DATES:
        when = dates.moment(matter.get(key), remarks)
        if when is not None:
            return when
    said = dates.headed(text, remarks)
    if said is not None:
        return said
    if bundle is not None and bundle.created:
        return dates.moment(bundle.created, remarks)
    return dates.named(path, remarks)


def _listed(
    matter: dict[str, object], keys: tuple[str, ...], *, split: bool = True
) -> list[str]:
    """The values of the first properties of these names, as one line each."""
    found: list[str] = []
    for key in keys:
        value = matter.get(key)
        if isinstance(value, str):
            value = _LINKED.sub(lambda link: link.group(1).replace(" ", "\xa0"), value)
            # Commas part tags that have spaces, otherwise spaces do.
            commas = "," in value or not split
            found += value.split(",") if commas else value.split(" ")
        elif isinstance(value, list):
            found += [str(item) for item in value if isinstance(item, str | int | float)]
    names = (one_line(_LINKED.sub(r"\1", each)).lstrip("#") for each in found)
    return list(dict.fromkeys(each for each in names if each))
