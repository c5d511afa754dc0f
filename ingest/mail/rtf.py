"""Rich text as Outlook keeps the body of a message: compressed RTF (`LZFu`).

Most of it is HTML that was wrapped into RTF; the HTML is taken out again. Nothing
raises: of damaged text, what comes before the damage is read. Linear in its input.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from ingest.mail.mapi import charset
from ingest.text import decode, html_to_text, normalise

_PRESET: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss "
    b"\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier"
    b"{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW: Final = 4096
_MOST_BYTES: Final = 64 << 20
_TOKEN: Final = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,9})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    r"|[\r\n]+|([^\\{}\r\n]+)"
)
_SKIPPED: Final = frozenset(
    "fonttbl colortbl stylesheet info pict object header headerf headerl headerr footer"
    " footerf footerl footerr footnote fldinst listtable listoverridetable themedata"
    " filetbl revtbl rsidtbl xe tc bkmkstart bkmkend datastore objdata".split()
)
_WORDS: Final = {
    "par": "\n", "line": "\n", "sect": "\n\n", "page": "\n\n", "row": "\n", "tab": "\t",
    "cell": " | ", "nestcell": " | ", "emdash": "—", "endash": "–", "bullet": "•",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ",
    "enspace": " ", "qmspace": " ",
}  # fmt: skip
_SYMBOLS: Final = {
    "~": "\xa0",
    "_": "-",
    "{": "{",
    "}": "}",
    "\\": "\\",
    "\n": "\n",
    "\r": "\n",
}
_FONT_CODEPAGES: Final = {
    77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
    177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 255: 850,
}  # fmt: skip


def text_of(compressed: bytes) -> str:
    """The normalised text of a compressed RTF body."""
    text, is_html = opened(decompressed(compressed))
    return html_to_text(text) if is_html else normalise(text)


def decompressed(raw: bytes) -> bytes:
    """The RTF of a compressed stream; b"" if it is none."""
    kind, body = raw[8:12], raw[16:]
    if kind == b"MELA":
        return body[: int.from_bytes(raw[4:8], "little")]
    if kind != b"LZFu":
        return b""
    output = bytearray(_PRESET)
    position, size = 0, len(body)
    while position < size and len(output) < _MOST_BYTES:
        control = body[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                output += body[position : position + 1]
                position += 1
                continue
            token = int.from_bytes(body[position : position + 2], "big")
            position += 2
            # The window is a ring in the format; counted from the end it needs none.
            back = (len(output) - (token >> 4)) % _WINDOW
            if not back or position > size:
                return bytes(output[len(_PRESET) :])
            length = (token & 15) + 2
            start = len(output) - back
            for offset in range(length):
                output.append(output[start + offset] if start + offset >= 0 else 32)
    return bytes(output[len(_PRESET) :])


@dataclass(slots=True)
class _Group:
    """What holds until the closing brace."""

    skipped: bool = False
    rtf_only: bool = False  # between \htmlrtf and \htmlrtf0
    fallback: int = 1  # characters to skip after \u
    font: int = -1
    in_fonts: bool = False


def opened(raw: bytes) -> tuple[str, bool]:
    """What an RTF says; True if that is HTML that was wrapped into it."""
    source = raw.decode("latin-1")
    if not source.lstrip().startswith("{\\rtf"):
        return "", False
    reader = _Reader(is_html="\\fromhtml" in source[:2000])
    position = 0
    while match := _TOKEN.match(source, position):
        position = match.end()
        word, argument, hexadecimal, symbol, brace, plain = match.groups()
        if plain:
            reader.plain(plain)
        elif word:
            number = int(argument) if argument else None
            if word == "bin":
                position += max(number or 0, 0)
            else:
                reader.word(word, number)
        elif hexadecimal:
            reader.byte(int(hexadecimal, 16))
        elif symbol:
            reader.symbol(symbol)
        elif brace:
            reader.brace(brace)
    reader.flush()
    text = "".join(reader.pieces)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), reader.is_html


@dataclass(slots=True)
class _Reader:
    """Takes the tokens of an RTF in order and collects its text."""

    is_html: bool
    pieces: list[str] = field(default_factory=list)
    codepage: int = 1252
    fonts: dict[int, int] = field(default_factory=dict)  # their code pages
    font: int = -1  # the one being defined
    group: _Group = field(default_factory=_Group)
    waiting: list[_Group] = field(default_factory=list)
    starred: bool = False  # after \*: what is not understood is to be skipped
    skip: int = 0  # characters that stand in for the one before
    pending: bytearray = field(default_factory=bytearray)
    pending_codepage: int = 0

    def brace(self, brace: str) -> None:
        group = self.group
        self.skip, self.starred = 0, False
        if brace == "{":
            self.waiting.append(self.group)
            self.group = _Group(
                group.skipped, group.rtf_only, group.fallback, group.font, group.in_fonts
            )
        elif self.waiting:
            self.group = self.waiting.pop()

    def plain(self, text: str) -> None:
        if self.skip:
            text, self.skip = text[self.skip :], max(0, self.skip - len(text))
        if text.isascii():
            self.write(text)
        else:
            for character in text:
                self.byte(ord(character))

    def symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.starred = True
        elif self.skip:
            self.skip -= 1
        elif symbol in _SYMBOLS:
            self.write(_SYMBOLS[symbol])

    def word(self, word: str, number: int | None) -> None:
        group = self.group
        starred, self.starred = self.starred, False
        if word == "u" and number is not None:
            self.write(chr(number & 0xFFFF))
            self.skip = group.fallback
        elif word == "uc":
            group.fallback = min(max(number or 0, 0), 8)
        elif word == "htmlrtf":
            group.rtf_only = number != 0
        elif word == "htmltag":
            return
        elif word == "ansicpg":
            self.codepage = number or 1252
        elif word == "fonttbl":
            group.in_fonts = group.skipped = True
        elif word == "fcharset":
            self.fonts[self.font] = _FONT_CODEPAGES.get(number or 0, 0)
        elif word == "f":
            if group.in_fonts:
                self.font = number or 0
            else:
                group.font = number or 0
        elif starred or word in _SKIPPED:
            group.skipped = True
        elif word in _WORDS:
            self.write(_WORDS[word])

    def write(self, text: str) -> None:
        if text and not self.group.skipped and not self.group.rtf_only:
            self.flush()
            self.pieces.append(text)

    def byte(self, value: int) -> None:
        """One byte of a character, which may have two."""
        if self.skip:
            self.skip -= 1
            return
        if self.group.skipped or self.group.rtf_only:
            return
        codepage = self.fonts.get(self.group.font, 0) or self.codepage
        if codepage != self.pending_codepage:
            self.flush()
            self.pending_codepage = codepage
        self.pending.append(value)

    def flush(self) -> None:
        if self.pending:
            self.pieces.append(decode(bytes(self.pending), charset(self.pending_codepage))[0])
            self.pending.clear()
