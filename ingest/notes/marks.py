"""What Markdown's own marks say about a note: headings, tags, embedded files.

The text itself stays as it was written, so that a quotation is found in the file
again; this only reads it, line by line, in one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from ingest.document import Section
from ingest.notes.outline import Outline
from ingest.text import one_line

_FENCE: Final = re.compile(r"[ \t]*(?:[-*+>][ \t]+)?(`{3,}|~{3,})([^`]*)\Z")
_HEADING: Final = re.compile(r"(?: {0,3}|[ \t]*- )(#{1,6})[ \t]+(\S.*)\Z")
_UNDERLINE: Final = re.compile(r"(?:={3,}|-{3,})\Z")
_NO_SETEXT: Final = re.compile(r"[ \t]*(?:[-*+>|#!=<]|\d+[.)]\s|\t| {4}|[\w -]{1,40}::? )")
_LONGEST_SETEXT: Final = 100

_PICTURE: Final = re.compile(r"!\[\[[^\[\]]{0,300}\]\]|!\[[^\[\]]{0,300}\]\([^()]{0,500}\)")
_WIKI_LINK: Final = re.compile(r"\[\[([^\[\]|]{0,300})(?:\|([^\[\]]{0,300}))?\]\]")
_LINK: Final = re.compile(
    r"\[([^\[\]]{0,300})\]\([^()]{0,500}(?:\([^()]{0,300}\))?[^()]{0,300}\)"
)
_EMPHASIS: Final = re.compile(
    r"(?<!\w)(?:\*{1,3}|_{1,3}|`{1,3}|~~|==)(?=\S)|(?<=\S)(?:\*{1,3}|_{1,3}|`{1,3}|~~|==)(?!\w)"
)
_ANCHOR: Final = re.compile(r"\s+(?:\^[\w-]+|\{[#.][^{}]{0,100}\}|#+)\Z")

_CODE: Final = re.compile(r"(`+)[^`]{1,1000}\1")
_TAG: Final = re.compile(r"(?<!\S)#(?:\[\[([^\[\]\n]{1,100})\]\]|([\w/-]*[^\W\d_][\w/-]*))")
_WIDE_TAG: Final = re.compile(r"(?<!\S)#([^\s#`][^#\n`]{0,60}[^\s#`])#(?=[\s.,;:!?)]|\Z)")
_COLOUR: Final = re.compile(
    r"(?=[0-9a-f]*\d|([0-9a-f])\1+\Z)(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\Z", re.I
)
_C_CODE: Final = frozenset("include define ifdef ifndef endif pragma undef".split())

_EMBED: Final = re.compile(
    r"!\[\[([^\[\]|#\n]{1,300})"
    r"|!\[[^\[\]\n]{0,300}\]\((?:<([^<>\n]{1,500})>|([^()\n]{1,500}(?:\([^()\n]{0,100}\)[^()\n]{0,100})?))"
)
_LINK_TITLE: Final = re.compile(r"""\s+["'].*\Z|\s+=\d*x\d*\Z""")
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_NOTES: Final = (".md", ".markdown", ".canvas")


@dataclass(frozen=True, slots=True)
class Marks:
    """What was found in a text."""

    title: str
    """The one heading of the first level, or else one that the text begins with; or ""."""
    headings: int
    """How many there are of the first level; if more than one, they are parts."""
    sections: tuple[Section, ...]
    tags: tuple[str, ...]
    embeds: tuple[str, ...]
    """Targets as written, those on the web left out."""


def scan(text: str, *, wide_tags: bool = False) -> Marks:
    """Read the marks of a normalised text. `wide_tags`: `#two words#` is a tag (Bear)."""
    outline = Outline()
    tags: dict[str, None] = {}
    embeds: dict[str, None] = {}
    title = ""
    headings = 0
    fence = ""
    blank = True  # the line before is
    begun = False
    offset = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
                fence = ""
        elif mark:
            fence = mark.group(1)
        else:
            level, words = _heading(
                line, lines[number + 1] if number + 1 < len(lines) else "", blank
            )
            if level:
                words = plain(words)
                outline.add(level, words, offset)
                headings += level == 1
                if (level == 1 and headings == 1) or not begun:
                    title = words
            if "#" in line:
                tags.update(dict.fromkeys(_tags(line, wide_tags)))
            if "![" in line:
                embeds.update(dict.fromkeys(_embeds(line)))
        blank = not line.strip()
        begun = begun or not blank
        offset += len(line) + 1
    return Marks(title, headings, tuple(outline.sections), tuple(tags), tuple(embeds))


def _heading(line: str, following: str, after_blank: bool) -> tuple[int, str]:
    found = _HEADING.match(line)
    if found:
        return len(found.group(1)), found.group(2)
    if (
        following[:1] in ("=", "-")
        and _UNDERLINE.match(following)
        and 0 < len(line) <= _LONGEST_SETEXT
        and (after_blank or following[0] == "=")
        and not _NO_SETEXT.match(line)
    ):
        return (1 if following[0] == "=" else 2), line
    return 0, ""


def plain(words: str) -> str:
    """Words as a reader sees them: without the marks for links, pictures and emphasis."""
    words = _ANCHOR.sub("", _PICTURE.sub("", words))
    words = _WIKI_LINK.sub(lambda link: link.group(2) or link.group(1), words)
    return one_line(_EMPHASIS.sub("", _LINK.sub(r"\1", words)))


def _tags(line: str, wide: bool) -> list[str]:
    if "`" in line:
        line = _CODE.sub(" ", line)
    found = []
    if wide:
        found = _WIDE_TAG.findall(line)
        line = _WIDE_TAG.sub(" ", line)
    found += [quoted or word.strip("/-") for quoted, word in _TAG.findall(line)]
    return [one_line(tag) for tag in found if not _COLOUR.match(tag) and tag not in _C_CODE]


def _embeds(line: str) -> list[str]:
    if "`" in line:
        line = _CODE.sub(" ", line)
    found = []
    for wiki, pointed, bare in _EMBED.findall(line):
        target = wiki or pointed or _LINK_TITLE.sub("", bare)
        if target.strip() and not _SCHEME.match(target):
            found.append(target.strip())
    return found


def file_names(targets: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the files among embedded targets; notes are no files."""
    names = (
        one_line(PurePosixPath(unquote(target.partition("#")[0])).name) for target in targets
    )
    return tuple(
        dict.fromkeys(
            name for name in names if "." in name and not name.lower().endswith(_NOTES)
        )
    )
