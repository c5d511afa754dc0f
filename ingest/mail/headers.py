"""Header lines of a message and what they hold: words, people, dates, names.

Real headers break every rule, so nothing here raises: what cannot be understood
is kept as it is written or left out. `email.policy.default` reads the same
headers, but is about twenty times slower and raises on some of them.
"""

from __future__ import annotations

import binascii
import csv
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from ingest.document import Person, Role
from ingest.text import decode, one_line

Headers = dict[str, list[str]]
"""Raw values in order by lower-case name; bytes above 127 as surrogate escapes."""

_LONGEST_VALUE: Final = 1 << 20
_CACHED_CHARS: Final = 300
_LONGEST_TEXT: Final = 1 << 16
_BLANK: Final = re.compile(rb"\n\r*\n")
_NOT_IN_NAME: Final = re.compile(r"[^!-9;-~]")
_WORD: Final = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?")
_BETWEEN_WORDS: Final = re.compile(r"[ \t\r\n]*\Z")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]+>")
_NOT_BASE64: Final = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
_PARAMETER: Final = re.compile(r'([^=;\s]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)')
_STAR: Final = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*)?)?\Z")
_ESCAPE: Final = re.compile(r"\\(.)")
# One address: anything but a comma or semicolon, those in quotes or brackets included.
_ADDRESS: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*(?:"|\Z)|<[^<>]*>|\([^()]*\)|[^,;])+')
# The name of a group, as in "undisclosed-recipients:;" and "Team: a@b.org, c@d.org;".
_GROUP: Final = re.compile(r'^[^"<@(]*:(?!/)')
_ISO_DATE: Final = re.compile(r"\s*\d{4}-\d\d-\d\d")
_EARLIEST_YEAR: Final = 1971
"""The first mail was sent then; programs that have lost a date write 1 January 1970."""
_MOZILLA_FLAGGED: Final = 0x0004
_MOZILLA_EXPUNGED: Final = 0x0008
_LABELS: Final = ("x-gmail-labels", "x-keywords", "keywords")
_NO_LABELS: Final = frozenset(("opened", "unread", "archived", "category personal"))
_OBFUSCATED: Final = re.compile(
    r"([\w.+-]+)\s+(?:at|\(at\)|\[at\]|<at>|\(a\))\s+([\w-]+(?:(?:\.|\s+dot\s+)[\w-]+)+)",
    re.IGNORECASE,
)
_DOT: Final = re.compile(r"\s+dot\s+", re.IGNORECASE)


def split(raw: bytes) -> tuple[Headers, bytes]:
    """The headers of a message or part, and its body."""
    blank = _BLANK.search(raw)
    block = raw[: blank.start()] if blank else raw
    body = blank.end() if blank else len(raw)
    pieces: list[tuple[str, list[str]]] = []
    position = 0
    # One character for each byte, so that lengths are offsets.
    for line in block.decode("ascii", "surrogateescape").split("\n"):
        text = line.rstrip("\r")
        if not text:
            body = min(position + len(line) + 1, len(raw))
            break
        if text[0] in " \t":
            if pieces:
                pieces[-1][1].append(text.strip())
        else:
            name, colon, value = text.partition(":")
            name = name.rstrip(" \t")
            if colon and name and _NOT_IN_NAME.search(name) is None:
                pieces.append((name.lower(), [value.strip(" \t")]))
            elif position and not text.startswith((">From ", "From ")):
                body = position  # the blank line is missing
                break
        position += len(line) + 1
    headers: Headers = {}
    for name, folded in pieces:
        headers.setdefault(name, []).append(" ".join(folded))
    return headers, raw[body:]


def decoded(value: str) -> str:
    """A header's text on one line, its encoded words (RFC 2047) read."""
    value = value[:_LONGEST_TEXT]
    if "=?" in value:
        value = _decode_words(value)
    elif not value.isascii():
        value = _decode_bytes(value)
    return one_line(value)


def _decode_bytes(value: str) -> str:
    """Text of raw bytes that were kept as surrogate escapes."""
    return decode(value.encode("utf-8", "surrogateescape"))[0]


def _decode_words(value: str) -> str:
    pieces: list[str] = []
    # A character may be cut in two by the border of two words, so neighbours of one
    # charset are joined as bytes before they are decoded.
    charset, pending = "", b""
    position = 0
    while (start := value.find("=?", position)) >= 0:
        match = _WORD.match(value, start)
        end = value.find("?=", match.end()) if match else -1
        if match is None or end < 0:
            if match is not None:
                break  # nothing further on is closed either
            start += 2
            between, position = value[position:start], start
        else:
            between, position = value[position:start], end + 2
        if not (pending and match and _BETWEEN_WORDS.match(between)):
            pieces += decode(pending, charset)[0], _plain(between)
            charset, pending = "", b""
        if match is not None:
            name = match.group(1).partition("*")[0].lower()
            if name != charset:
                pieces.append(decode(pending, charset)[0])
                charset, pending = name, b""
            pending += _word_bytes(match.group(2), value[match.end() : end])
    pieces += decode(pending, charset)[0], _plain(value[position:])
    return "".join(pieces)


def _plain(text: str) -> str:
    return text if text.isascii() else _decode_bytes(text)


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return base64_bytes(raw)[0]
    return binascii.a2b_qp(raw.replace(b"_", b" ").replace(b"\n", b""), header=False)


def base64_bytes(raw: bytes) -> tuple[bytes, bool]:
    """What base64 text stands for, as far as it can be read; True if it is sound."""
    try:
        return binascii.a2b_base64(raw), True
    except ValueError:  # cut short: drop the last odd character, add the padding
        clean = raw.translate(None, _NOT_BASE64)
        clean = clean[: len(clean) - (len(clean) % 4 == 1)]
        try:
            return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)), False
        except ValueError:
            return b"", False


def first(headers: Headers, name: str) -> str:
    """The raw value of the first header of that name; "" if there is none."""
    values = headers.get(name)
    return values[0] if values else ""


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x` as its first word in lower case and its parameters.

    Names are in lower case, values decoded (RFC 2231 pieces joined, RFC 2047 words
    read, though those are not allowed here, because most programs write them).
    """
    word, _, rest = value.partition(";")
    word = word.strip().lower()
    if not rest:
        return word, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(rest[:_LONGEST_VALUE]):
        name, text = match.group(1).lower(), match.group(2).strip()
        if text.startswith('"'):
            text = _ESCAPE.sub(r"\1", text[1:].removesuffix('"'))
        star = _STAR.match(name)
        if star:
            number = int(star.group(2) or 0)
            pieces.setdefault(star.group(1), {})[number] = (bool(star.group(3)), text)
        else:
            plain.setdefault(name, text)
    found = {name: decoded(text) for name, text in plain.items()}
    for name, numbered in pieces.items():
        found[name] = _joined([numbered[number] for number in sorted(numbered)])
    return word, found


def _joined(pieces: list[tuple[bool, str]]) -> str:
    charset = ""
    encoded, text = pieces[0]
    if encoded and text.count("'") >= 2:
        charset, _, text = text.split("'", 2)
        pieces = [(True, text), *pieces[1:]]
    raw = b"".join(
        unquote_to_bytes(text.encode("utf-8", "surrogateescape"))
        if encoded
        else text.encode("utf-8", "surrogateescape")
        for encoded, text in pieces
    )
    return one_line(decode(raw, charset)[0])


def date(value: str) -> tuple[datetime | None, str]:
    """When a `Date:` says, with its timezone, and a remark if it is doubtful."""
    if not value:
        return None, ""
    try:
        if _ISO_DATE.match(value):
            when = datetime.fromisoformat(value.strip())
        else:
            when = parsedate_to_datetime(value)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
            remark = "" if "-0000" in value else "Its date has no timezone; taken as UTC."
        else:
            remark = ""
        year = when.astimezone(UTC).year
    except (ValueError, TypeError, OverflowError, IndexError):
        return None, f"Its date {one_line(value)[:60]!r} cannot be read."
    if not _EARLIEST_YEAR <= year <= datetime.now(UTC).year + 1:
        return None, f"Its date {one_line(value)[:60]!r} cannot be right."
    return when, remark


def when(headers: Headers) -> tuple[datetime | None, str]:
    """When a message was written, else when its first server took it; and a remark."""
    found, remark = date(first(headers, "date"))
    if found is not None:
        return found, remark
    # Each server puts its line above the others', so the last is the oldest.
    for received in reversed(headers.get("received", [])):
        taken, _ = date(received.rpartition(";")[2].strip())
        if taken is not None:
            return taken, f"{remark or 'It has no date.'} Taken from its first server's."
    return None, remark


def labels(headers: Headers) -> tuple[str, ...]:
    """The labels that mail programs gave a message, but for those every mail has."""
    found = _marks(headers)
    for name in _LABELS:
        for value in headers.get(name, ()):
            pieces = next(csv.reader([decoded(value)], skipinitialspace=True), [])
            found += [label for piece in pieces if (label := one_line(piece))]
    return tuple(dict.fromkeys(label for label in found if label.lower() not in _NO_LABELS))


def _marks(headers: Headers) -> list[str]:
    """What Thunderbird (X-Mozilla-Status) or an IMAP server (X-Status) noted on a message.

    Thunderbird leaves a deleted message in its mailbox until that is compacted.
    """
    try:
        bits = int(first(headers, "x-mozilla-status")[:8] or "0", 16)
    except ValueError:
        bits = 0
    letters = first(headers, "x-status")[:8]
    marks = []
    if bits & _MOZILLA_FLAGGED or "F" in letters:
        marks.append("flagged")
    if bits & _MOZILLA_EXPUNGED or "D" in letters:
        marks.append("deleted")
    return marks


def message_ids(*values: str) -> tuple[str, ...]:
    """Every `<…>` in the values, once each, in order."""
    found = [identifier for value in values for identifier in _MESSAGE_ID.findall(value)]
    return tuple(dict.fromkeys(_plain(identifier) for identifier in found))


def people(value: str, role: Role) -> list[Person]:
    """The people of one address header, in order."""
    found = _cached_people(value) if len(value) <= _CACHED_CHARS else _people(value)
    return [Person(name=name, address=address, role=role) for name, address in found]


def _people(value: str) -> tuple[tuple[str, str], ...]:
    if "@" not in value:  # list archives write it so that no spammer finds it
        value = _OBFUSCATED.sub(_written_out, value[:_LONGEST_VALUE])
    found = map(_name_and_address, _addresses(value))
    return tuple((name, address) for name, address in found if name or address)


# The same few people write to each other again and again.
_cached_people = lru_cache(maxsize=2048)(_people)


def _written_out(match: re.Match[str]) -> str:
    return f"{match[1]}@{_DOT.sub('.', match[2])}"


def _addresses(value: str) -> list[str]:
    """An address list cut at its commas; `Smith, John <j@x>` stays together."""
    found: list[str] = []
    surname = ""
    value = value[:_LONGEST_VALUE]
    if value.count('"') % 2:  # one is never closed: it would swallow all that follow
        value = value.replace('"', "")
    for match in _ADDRESS.finditer(value):
        piece = _GROUP.sub("", match.group()).strip()
        if not piece:
            continue
        if "@" not in piece and "<" not in piece and not piece.startswith(('"', "=?")):
            if surname:
                found.append(surname)
            surname = piece
            continue
        if surname:
            # A comma that nobody quoted is inside a name, unless an address is bare.
            if "<" in piece and not piece.startswith(("<", '"')):
                piece = f"{surname}, {piece}"
            else:
                found.append(surname)
            surname = ""
        found.append(piece)
    if surname:
        found.append(surname)
    return found


def _name_and_address(piece: str) -> tuple[str, str]:
    before, bracket, after = piece.rpartition("<")
    if bracket:
        name, address = before, after.partition(">")[0]
    elif "@" in piece:
        address, _, comment = piece.partition("(")
        name = comment.rpartition(")")[0] if comment else ""
    else:
        name, address = piece, ""
    address = one_line(_plain(address)).strip("'\" ").removeprefix("mailto:").lower()
    if "@" not in address or " " in address:
        address = ""
    if not name:
        return "", address
    name = _ESCAPE.sub(r"\1", name.strip()).replace('"', "")
    name = decoded(name).strip(" '\"")
    return ("" if name.lower() == address else name), address
