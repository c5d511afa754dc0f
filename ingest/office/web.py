"""HTML files: saved pages, and the exports of wikis.

The text is `html_to_text`'s, as for mail: `partition_html` of `unstructured` keeps
what is hidden on the page and drops list numbers, captions and the cells of merged
columns; on the samples at hand it finds 93 words of 100 and this finds 99. Nothing of
it hangs or crashes, so it runs in this process: 1 MB takes 0.1 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure
from ingest.errors import UnreadableFile
from ingest.office.common import Block, Content, Facts, iso_date, read_document
from ingest.text import decode, html_to_text, one_line

_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})")
_CELL: Final = re.compile(
    r"(<t[dh]\b[^<>]*>)\s*<(p|div)\b[^<>]*>((?:[^<]|<(?!/?(?:p|div|table|ul|ol|t[dhr])\b))*+)"
    r"</\2>\s*(?=</t[dh]>)",
    re.IGNORECASE,
)
_DATES: Final = (
    "article:published_time",
    "dc.date",
    "dcterms.created",
    "date",
    "datepublished",
)
_MOST_REPEATED: Final = 5000
_LONGEST_REPEATED: Final = 80
_MOST_TAGS: Final = 1_000_000


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of an HTML file."""
    yield read_document(path, _read)


def parse_mht(path: Path) -> Iterator[Document | ParseFailure]:
    """The one page of a MIME file; Confluence exports these under the name of .doc."""
    yield read_document(path, _read_mht)


def _read(path: Path) -> Content:
    return _content(html_of(path.read_bytes()))


def _read_mht(path: Path) -> Content:
    from email import message_from_bytes, policy

    message = message_from_bytes(path.read_bytes(), policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            raw = part.get_payload(decode=True)
            html = raw if isinstance(raw, bytes) else b""
            declared = str(part.get_param("charset") or "")
            return _content(decode(html, declared)[0] if declared else html_of(html))
    raise UnreadableFile("is damaged or not what its name says")


def _content(html: str) -> Content:
    if html.count("<") > _MOST_TAGS:
        return Content(blocks=_blocks(html_to_text(html)), facts=Facts())
    facts, repeated = _seen(html)
    return Content(blocks=_blocks(html_to_text(flat_cells(repeated))), facts=facts)


def _seen(html: str) -> tuple[Facts, str]:
    """What the page says about itself, and its HTML with merged cells repeated."""
    from selectolax.lexbor import LexborHTMLParser

    parser = LexborHTMLParser(html)
    title = parser.css_first("title") or parser.css_first("h1")
    created = None
    for meta in parser.css("meta"):
        attributes = meta.attributes
        name = (
            attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        )
        if created is None and (name or "").lower() in _DATES:
            created = iso_date(attributes.get("content") or "")
    facts = Facts(title=one_line(title.text()) if title is not None else "", created=created)
    if "span=" in html.lower() and _repeat_merged(parser):
        return facts, parser.html or html
    return facts, html


def _repeat_merged(parser: Any) -> bool:
    """A short cell that goes over several columns or rows says its words in each.

    So that a row read by itself still has its label. A cell over the whole row does not.
    """
    left = _MOST_REPEATED
    waiting: dict[int, dict[int, tuple[int, str]]] = {}  # by table: column to rows and words
    for row in parser.css("tr"):
        cells = [cell for cell in row.iter() if cell.tag in ("td", "th")]
        table = row.parent if row.parent.tag == "table" else row.parent.parent
        above = waiting.setdefault(table.mem_id if table is not None else 0, {})
        column, is_alone = 0, len(cells) == 1 and not above
        for cell in cells:
            column = _fill(parser, above, column, cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            words = one_line(cell.text()) if across > 1 or down > 1 else ""
            if not words or len(words) > _LONGEST_REPEATED or is_alone:
                column += across
                continue
            for step in range(min(across, left + 1)):
                if step:
                    cell.insert_after(_cell(parser, words))
                    left -= 1
                if down > 1 and left > 0:
                    above[column + step] = (min(down - 1, left), words)
                    left -= min(down - 1, left)
            column += across
        _fill(parser, above, column, None, row)
    return left < _MOST_REPEATED


def _fill(
    parser: Any, above: dict[int, tuple[int, str]], column: int, cell: Any, row: Any = None
) -> int:
    """Put what reaches down to `column` before the cell, or at the row's end."""
    while column in above:
        rows, words = above.pop(column)
        if rows > 1:
            above[column] = (rows - 1, words)
        if cell is not None:
            cell.insert_before(_cell(parser, words))
        else:
            row.insert_child(_cell(parser, words))
        column += 1
    return column


def _cell(parser: Any, words: str) -> Any:
    cell = parser.create_node("td")
    cell.insert_child(words)
    return cell


def _span(cell: Any, name: str) -> int:
    written = cell.attributes.get(name) or ""
    return (
        min(int(written), 1000)
        if written.isascii() and written.isdigit() and written != "0"
        else 1
    )


def flat_cells(html: str) -> str:
    """Cells that hold one paragraph, as a wiki's do, without it: it would part the row."""
    return _CELL.sub(r"\1\3", html)


def _blocks(text: str) -> list[Block]:
    return [Block(text=text)] if text.strip() else []


def html_of(raw: bytes) -> str:
    """The HTML of a file, in the charset that it declares."""
    declared = _CHARSET.search(raw[:4096])
    return decode(raw, declared.group(1).decode("ascii") if declared else "")[0]
