"""Text as every document holds it: decoded, NFC, and free of what cannot be seen.

Bytes become text here (`decode`), text is brought into its one form
(`normalise`, `one_line`) and HTML becomes text (`html_to_text`). All of it is
linear in its input, whatever the input is, and none of it raises.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Control characters, soft hyphen, zero-width and bidi characters, variation
# selectors and language tags: nobody sees them, but they can reorder a terminal
# line, split a word from search or carry an instruction to a language model.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_UNSEEN_ASCII: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]+")
_NEWLINES: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_BLANK_LINES: Final = re.compile("\n{4,}")
_SPACE: Final = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Give `text` the form all documents have.

    NFC, newlines as \\n, no unseen characters, no space at line ends, at most two
    blank lines in a row and none at either end. Normalising twice changes nothing.
    """
    if text.isascii():
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _UNSEEN_ASCII.sub("", text.replace("\x0b", "\n").replace("\x0c", "\n"))
    else:
        text = _NEWLINES.sub("\n", text)
        text = _UNSEEN.sub("", _SURROGATES.sub("\ufffd", text))
        text = unicodedata.normalize("NFC", text)
    text = "\n".join([line.rstrip() for line in text.split("\n")])
    return _BLANK_LINES.sub("\n\n\n", text).strip("\n")


def one_line(text: str) -> str:
    """`text` normalised, with every run of white space folded to one space."""
    if text.isascii() and text.isprintable():  # nearly every header
        return " ".join(text.split())
    return _SPACE.sub(" ", normalise(text)).strip()


# --- bytes to text -----------------------------------------------------------

# What is declared and what is meant: each name stands for the superset that
# mail programs really wrote under it.
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "cp950",
}
_ALIASES: Final = {
    "ks_c_5601-1987": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "ansi": "cp1252",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
# Python knows these as codecs, but they are no charset of a text.
_NOT_CHARSETS: Final = frozenset(
    {
        "idna",
        "punycode",
        "unicode-escape",
        "raw-unicode-escape",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
    }
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Below this share of bytes above 127 a text is Western European, or too close to it to tell.
_FOREIGN_SHARE: Final = 0.1
_FEW_BYTES: Final = 12
# Left to choose among all it knows, charset-normalizer takes rare ones for common ones.
_GUESSED: Final = list(
    "cp1252 cp1250 cp1251 koi8_r cp1253 cp1254 cp1255 cp1256 cp932 euc_jp gb18030"
    " big5 cp949 iso8859_2 cp866 mac_roman cp850".split()
)
_WESTERN: Final = frozenset(("ascii", "iso8859-1", "cp1252", "iso8859-15"))
_AS_WINDOWS: Final = "life-archive-as-windows-1252"
_SAMPLE_BYTES: Final = 8192
_ASCII_BYTES: Final = bytes(range(128))


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are no UTF-8 as Windows would."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_WINDOWS, _as_windows)


def decode(raw: bytes, declared: str = "") -> tuple[str, str]:
    """Text of `raw`, and a remark if its charset had to be guessed, else "".

    The declared charset is tried first, then UTF-8, then a guess.
    """
    if raw.isascii() and b"\x1b" not in raw and not declared.lower().startswith("utf-"):
        return raw.decode("ascii"), ""
    for bom, charset in _BOMS:
        if raw.startswith(bom):
            return raw.decode(charset, "replace").removeprefix("\ufeff"), ""
    name = _codec(declared)
    if name and not (name in _WESTERN and _is_utf8(raw)):
        try:
            return raw.decode(_MEANT.get(name, name)), ""
        except ValueError:
            pass
    # UTF-8 is almost never met by chance, so it is believed without a declaration.
    try:
        text = raw.decode("utf-8")
    except ValueError:
        text, guessed = _guess(raw)
    else:
        guessed = "utf-8"
        if not declared:
            return text, ""
    if declared:
        return text, f"Its charset is not {one_line(declared)[:40]!r}; read as {guessed}."
    return text, f"It declares no charset; read as {guessed}."


def _is_utf8(raw: bytes) -> bool:
    """Whether it is UTF-8, which mail programs mislabel as their old default."""
    try:
        raw.decode("utf-8")
    except ValueError:
        return False
    return not raw.isascii()


def _codec(declared: str) -> str:
    """Python's name for a declared charset; "" if it is none."""
    wanted = declared.strip(" \t'\"").lower()
    try:
        name = codecs.lookup(_ALIASES.get(wanted, wanted)).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _NOT_CHARSETS else name


def _guess(raw: bytes) -> tuple[str, str]:
    text = raw.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    foreign = len(raw.translate(None, _ASCII_BYTES))
    # Each character above 127 takes two bytes or more, so these are few broken places
    # among many sound ones: cut short, or pieced together from two sources.
    if damaged * 3 <= foreign:
        return raw.decode("utf-8", _AS_WINDOWS), "utf-8 with damaged places"
    if foreign >= max(_FEW_BYTES, len(raw) * _FOREIGN_SHARE):
        from charset_normalizer import from_bytes  # takes 0.1 s

        sample = raw[:_SAMPLE_BYTES]
        best = from_bytes(sample, cp_isolation=_GUESSED, enable_fallback=False).best()
        if best is not None:
            return raw.decode(best.encoding, "replace"), best.encoding
    return raw.decode("cp1252", "replace"), "windows-1252"


# --- HTML to text ------------------------------------------------------------

_DROPPED: Final = frozenset(
    "script style head title template noscript iframe object svg select textarea"
    " audio video canvas map".split()
)
_BLOCKS: Final = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre"
    " section summary table tbody tfoot thead tr ul".split()
)
_PARAGRAPHS: Final = frozenset("p h1 h2 h3 h4 h5 h6 blockquote ul ol pre table".split())
_HIDING_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|font-size\s*:\s*0(?![.\d]*[1-9])"
)
_DEEPEST_QUOTE: Final = 8
_UNNESTED: Final = ("<br", "<img", "<p", "<!", "<BR", "<IMG", "<P")
_MOST_OPEN: Final = 20_000
_TAG: Final = re.compile("<[^<>]*>")


def html_to_text(html: str) -> str:
    """The text a reader of `html` sees, normalised.

    Table rows become lines with ` | ` between the cells, list items get a dash or
    their number, quoted blocks get `> ` as in plain mail, links keep their text only.
    """
    html = html.replace("\x00", "")
    if html.count("<") - 2 * html.count("</") - sum(map(html.count, _UNNESTED)) > _MOST_OPEN:
        return normalise(_TAG.sub(" ", html))  # a bomb: parsing takes time squared
    root = LexborHTMLParser(html).root
    if root is None:
        return ""
    writer = _Writer()
    node: LexborNode | None = root
    while node is not None:
        child = writer.enter(node)
        if child is not None:
            node = child
            continue
        # Up and on, without recursion: real mail nests tables a thousand deep.
        while node is not None:
            following = None if node.mem_id == root.mem_id else node.next
            if following is not None:
                node = following
                break
            node = None if node.mem_id == root.mem_id else node.parent
            if node is not None:
                writer.leave(node.tag or "")
    return normalise("".join(writer.pieces))


class _Writer:
    """Collects the text of a tree of nodes that is entered and left in order."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._newlines = 0  # due before the next text
        self._space = False  # due before the next text on the same line
        self._cell = False  # a cell border is due before the next text on the line
        self._quotes = 0
        self._verbatim = 0
        self._lists: list[int] = []  # next number of each open list; 0 for dashes
        self._cells: list[int] = []  # line of each open cell's first words; -1 before them
        self._lines = 0
        self._mark = ""

    def enter(self, node: LexborNode) -> LexborNode | None:
        """Begin a node; its first child if that is to be entered too."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return None
        if tag in _DROPPED or tag.startswith("-comment") or _hidden(node):
            return None
        if tag == "br":
            self._newlines = min(self._newlines + 1, 2)
            return None
        if tag in _BLOCKS:
            self._block(tag)
        if tag in ("td", "th"):
            self._cells.append(-1)
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._mark = self._item()
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._verbatim += 1
        child = node.child
        if child is None:
            self.leave(tag)
        return child

    def leave(self, tag: str) -> None:
        """End a node that was entered."""
        if tag in ("td", "th"):
            began = self._cells.pop() if self._cells else -1
            if began == self._lines:  # one line: the next cell goes beside it
                self._newlines = 0
            self._cell = True
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "blockquote":
            self._quotes -= 1
        elif tag == "pre":
            self._verbatim -= 1
        if tag == "tr":
            self._cell = False
            self._newlines = max(self._newlines, 1)
        elif tag in _BLOCKS:
            self._block(tag)

    def _block(self, tag: str) -> None:
        if self._cells and self._cells[-1] < 0:
            return  # the first block of a cell stays on the row's line
        self._newlines = max(self._newlines, 2 if tag in _PARAGRAPHS and not self._lists else 1)

    def _item(self) -> str:
        if not self._lists or not self._lists[-1]:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1] - 1}. "

    def _text(self, text: str) -> None:
        if self._verbatim:
            for number, line in enumerate(text.split("\n")):
                self._newlines += 1 if number else 0
                if line:
                    self._write(line)
            return
        words = _SPACE.sub(" ", text)
        if words.strip():
            self._space = self._space or words.startswith(" ")
            self._write(words.strip())
            self._space = words.endswith(" ")
        elif words:
            self._space = True

    def _write(self, words: str) -> None:
        if self._newlines or not self.pieces:
            quote = "> " * min(self._quotes, _DEEPEST_QUOTE)
            if self.pieces:
                self.pieces.append("\n" + (quote + "\n") * (min(self._newlines, 3) - 1))
                self._lines += 1
            self.pieces.append(quote)
        elif self._cell:
            self.pieces.append(" | ")
        elif self._space:
            self.pieces.append(" ")
        if self._cells and self._cells[-1] < 0:
            self._cells = [self._lines if line < 0 else line for line in self._cells]
        self.pieces.append(self._mark + words)
        self._newlines, self._space, self._cell, self._mark = 0, False, False, ""


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDING_STYLE.search(style.lower()))
