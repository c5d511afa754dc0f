"""Word files (.docx and its variants), read by `unstructured` from a rewritten copy.

By itself it passes over text boxes, content controls, formulas, inserted text, charts,
foot- and endnotes and comments, and it reads hidden text. So all of that is first
brought into plain paragraphs, and hidden or deleted text taken out. A page of text takes
about 5 ms. Pages exist only when it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

from ingest.document import Document, ParseFailure
from ingest.office.common import (
    Content,
    Facts,
    blocks_of,
    configure,
    plausible,
    prepare,
    read_document,
)
from ingest.office.ooxml import (
    C,
    M,
    Parts,
    R,
    W,
    comment_line,
    drawn_lines,
    raw_of,
    rewritten,
    targets,
    tree,
)

__all__ = ["configure", "parse"]

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DIAGRAM: Final = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_UNWRAPPED: Final = ("ins", "moveTo", "smartTag", "customXml", "fldSimple", "dir", "bdo")
_REMOVED: Final = ("del", "moveFrom")
_OFF: Final = ("0", "false", "off")
_MOST_REPEATED: Final = 10_000
_LONGEST_REPEATED: Final = 80
_BODY_PARTS: Final = re.compile(r"word/(?:document|header|footer)\w*\.xml")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The one document of a Word file."""
    yield read_document(path, _read)


def _read(path: Path) -> Content:
    file, _ = rewritten(path, flatten)
    prepare()
    import docx
    from unstructured.partition.docx import partition_docx

    properties = docx.Document(file).core_properties
    facts = Facts(title=properties.title or "", created=plausible(properties.created))
    file.seek(0)
    return Content(blocks=blocks_of(partition_docx(file=file, languages=[""])), facts=facts)


def flatten(parts: Parts) -> None:
    """Bring all text into the paragraphs and tables of the body, in place."""
    for name in [name for name in parts if _BODY_PARTS.fullmatch(name)]:
        root = tree(parts[name])
        _drop_hidden(root)
        _add_drawn(root, parts, name)
        _take_out_boxes(root)
        _write_formulas(root)
        _unwrap(root)
        if name == "word/document.xml":
            _add_notes(root, parts)
        _repeat_merged(root)
        parts[name] = raw_of(root)


def _drop_hidden(root: Any) -> None:
    for tag in _REMOVED:
        for element in list(root.iter(f"{W}{tag}")):
            if element.getparent().tag not in (f"{W}rPr", f"{W}trPr"):
                _remove(element)
    for hidden in list(root.iter(f"{W}vanish")):
        run = hidden.getparent().getparent() if hidden.getparent() is not None else None
        if hidden.get(f"{W}val") not in _OFF and run is not None and run.tag == f"{W}r":
            _remove(run)


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(root: Any) -> None:
    """What is in content controls, insertions and the like takes their place."""
    for tag in ("sdt", *_UNWRAPPED):
        for element in list(root.iter(f"{W}{tag}")):
            parent = element.getparent()
            if parent is None or parent.tag in (f"{W}rPr", f"{W}trPr", f"{W}tcPr"):
                continue
            inner = element.find(f"{W}sdtContent") if tag == "sdt" else element
            for each in list(inner) if inner is not None else ():
                element.addprevious(each)
            parent.remove(element)


def _take_out_boxes(root: Any) -> None:
    """The paragraphs of a text box follow the paragraph that it is anchored in."""
    for choice in list(root.iter(f"{_MC}AlternateContent")):
        options = choice.findall(f"{_MC}Choice")
        for fallback in choice.findall(f"{_MC}Fallback") if options else []:
            choice.remove(fallback)  # the same once more, for older programs
    last: dict[Any, Any] = {}
    for box in list(root.iter(f"{W}txbxContent")):
        anchor = next(box.iterancestors(f"{W}p"), None)
        if anchor is None:
            continue
        for block in list(box):
            last.get(anchor, anchor).addnext(block)
            last[anchor] = block


def _add_drawn(root: Any, parts: Parts, name: str) -> None:
    """The text of charts and diagrams follows the paragraph that shows them."""
    marks = [(mark, f"{R}id") for mark in root.iter(f"{C}chart")]
    marks += [(mark, f"{R}dm") for mark in root.iter(f"{_DIAGRAM}relIds")]
    found = targets(parts, name) if marks else {}
    for mark, attribute in marks:
        anchor = next(mark.iterancestors(f"{W}p"), None)
        lines = list(drawn_lines(parts, found.get(mark.get(attribute, ""), "")))
        if anchor is not None and lines:
            anchor.addnext(_paragraph(root, "\n".join(lines)))


def _add_notes(root: Any, parts: Parts) -> None:
    """Foot- and endnotes get a number where they are named; they and comments go to the end."""
    body = root.find(f"{W}body")
    if body is None:
        return
    number, added = 0, []
    for kind in ("footnote", "endnote", "comment"):
        raw = parts.get(f"word/{kind}s.xml")
        if raw is None:
            continue
        notes = tree(raw)
        _drop_hidden(notes)
        _unwrap(notes)
        by_id = {note.get(f"{W}id"): note for note in notes.iter(f"{W}{kind}")}
        for mark in list(root.iter(f"{W}{kind}Reference")):
            note = by_id.pop(mark.get(f"{W}id"), None)
            words = (
                "\n".join(_words(each) for each in note.iter(f"{W}p"))
                if note is not None
                else ""
            )
            if not words.strip():
                continue
            if kind == "comment":
                author, written = note.get(f"{W}author", ""), note.get(f"{W}date", "")
                added.append(comment_line(words, author, written))
                continue
            number += 1
            _replace(mark, _element(root, "t", f"[{number}]"))
            added.append(f"[{number}] {words.strip()}")
    end = body.find(f"{W}sectPr")
    for line in added:
        paragraph = _paragraph(root, line)
        if end is not None:
            end.addprevious(paragraph)
        else:
            body.append(paragraph)


def _words(paragraph: Any) -> str:
    return "".join(text.text or "" for text in paragraph.iter(f"{W}t"))


def _element(root: Any, tag: str, text: str = "") -> Any:
    element = root.makeelement(f"{W}{tag}")
    element.text = text or None
    return element


def _paragraph(root: Any, text: str) -> Any:
    paragraph, run = _element(root, "p"), _element(root, "r")
    for number, line in enumerate(text.split("\n")):
        if number:
            run.append(_element(root, "br"))
        run.append(_element(root, "t", line))
    paragraph.append(run)
    return paragraph


def _replace(old: Any, new: Any) -> None:
    old.getparent().replace(old, new)


# --- formulas ------------------------------------------------------------------


def _write_formulas(root: Any) -> None:
    """A formula becomes one line, such as (a+b)/2."""
    for formula in list(root.iter(f"{M}oMathPara", f"{M}oMath")):
        if formula.getparent() is None or formula.getparent().tag == f"{M}oMathPara":
            continue
        run = _element(root, "r")
        run.append(_element(root, "t", f" {_linear(formula).strip()} "))
        in_paragraph = next(formula.iterancestors(f"{W}p"), None) is not None
        if not in_paragraph:
            paragraph = _element(root, "p")
            paragraph.append(run)
            run = paragraph
        _replace(formula, run)


def _linear(element: Any, depth: int = 0) -> str:
    if depth > 60:
        return "".join(text.text or "" for text in element.iter(f"{M}t", f"{W}t"))

    def part(name: str, least: int = 1) -> str:
        found = element.find(f"{M}{name}")
        words = _linear(found, depth + 1).strip() if found is not None else ""
        return f"({words})" if len(words) > least else words

    match element.tag.rpartition("}")[2]:
        case "t":
            return element.text or ""
        case "f":
            return f"{part('num')}/{part('den')}"
        case "sSup":
            return f"{part('e')}^{part('sup')}"
        case "sSub":
            return f"{part('e')}_{part('sub')}"
        case "sSubSup":
            return f"{part('e')}_{part('sub')}^{part('sup')}"
        case "rad":
            return f"{part('deg')}√{part('e')}"
        case "nary":
            sign = element.find(f"{M}naryPr/{M}chr")
            mark = sign.get(f"{M}val", "") if sign is not None else "∫"
            limits = "".join(
                f"{at}{part(of)}" for at, of in (("_", "sub"), ("^", "sup")) if part(of)
            )
            return f"{mark}{limits} {part('e', 10_000)}"
        case "d":
            signs = [element.find(f"{M}dPr/{M}{name}") for name in ("begChr", "endChr")]
            begin, end = (
                sign.get(f"{M}val", "") if sign is not None else plain
                for sign, plain in zip(signs, "()", strict=True)
            )
            inner = [_linear(each, depth + 1) for each in element.findall(f"{M}e")]
            return f"{begin}{', '.join(inner)}{end}"
        case "mr":
            return " | ".join(_linear(each, depth + 1) for each in element) + "; "
        case "oMath":
            return "".join(_linear(each, depth + 1) for each in element) + " "
    return "".join(_linear(each, depth + 1) for each in element if isinstance(each.tag, str))


# --- tables --------------------------------------------------------------------


def _repeat_merged(root: Any) -> None:
    """A short cell that goes over several columns or rows says its words in each.

    So that a row read by itself still has its label. A cell over the whole row does not.
    """
    left = _MOST_REPEATED
    for table in root.iter(f"{W}tbl"):
        above: dict[int, Any] = {}
        for row in table.findall(f"{W}tr"):
            cells = row.findall(f"{W}tc")
            column = 0
            for cell in cells:
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                if merge is None or merge.get(f"{W}val") == "restart":
                    above[column] = cell
                elif column in above and left > 0 and _is_short(above[column]):
                    left -= 1
                    for old in [each for each in cell if each.tag != f"{W}tcPr"]:
                        cell.remove(old)
                    cell.extend(
                        deepcopy(each) for each in above[column] if each.tag != f"{W}tcPr"
                    )
                if merge is not None:
                    _remove(merge)
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                written = span.get(f"{W}val", "") if span is not None else ""
                width = int(written) if written.isdigit() else 1
                if 1 < width <= left and len(cells) > 1 and _is_short(cell):
                    left -= width
                    _remove(span)
                    for _ in range(width - 1):
                        cell.addnext(deepcopy(cell))
                column += width


def _is_short(cell: Any) -> bool:
    return (
        cell.find(f".//{W}tbl") is None
        and sum(len(text.text or "") for text in cell.iter(f"{W}t")) <= _LONGEST_REPEATED
    )
