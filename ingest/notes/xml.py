"""XML as note programs write it, read as a stream of events, so that neither depth nor
size can do harm. Entities of a file's own are not expanded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from xml.parsers import expat

_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,500}>")
_PIECE: Final = 1 << 20


class _Refused(Exception):
    """The file defines entities."""


def walk(
    text: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> bool:
    """Call `start`, `end` and `data` in the order of the elements of `text`.

    Whether it was read to its end; what comes before a mistake has been handed over.
    """
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.EntityDeclHandler = _refuse
    text = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(text)
    offset = declaration.end() if declaration else 0
    try:
        for position in range(offset, len(text), _PIECE):
            piece = text[position : position + _PIECE]
            parser.Parse(_NO_XML.sub("", piece).encode())
        parser.Parse(b"", True)
    except (expat.ExpatError, _Refused):
        return False
    return True


def _refuse(*declared: object) -> None:
    raise _Refused
