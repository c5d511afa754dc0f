"""The lines that calendars (.ics) and address cards (.vcf) are made of.

`NAME;PARAMETER=VALUE:VALUE`, long ones folded. Real files break the rules, so a line
that is none is left out and nothing raises. Linear in the input.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ingest.text import decode

_HEAD: Final = re.compile(r"\s*(?:[\w-]+\.)?([\w-]+)((?:;(?:[^\":;]|\"[^\"]*\")*)*):", re.ASCII)
_PARAMETER: Final = re.compile(r";([^=;:]+)(?:=((?:[^\";]|\"[^\"]*\")*))?")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_QUOTED_PRINTABLE: Final = re.compile(r"[^:]*QUOTED-PRINTABLE", re.IGNORECASE)
_LONGEST_HEAD: Final = 4096


@dataclass(frozen=True, slots=True)
class Line:
    """One property of a component."""

    name: str
    """In upper case."""
    parameters: dict[str, str]
    """By upper-case name; one without a value, as version 2.1 has them, is under TYPE."""
    value: str
    """As written; `text` reads what is escaped in it."""

    def text(self) -> str:
        """The value with its escapes read."""
        return unescaped(self.value)

    def fields(self) -> list[str]:
        """The parts of a value such as a name or an address, which semicolons part."""
        return [unescaped(part) for part in re.split(r"(?<!\\);", self.value)]


@dataclass(slots=True)
class Component:
    """What stands between a BEGIN and its END."""

    kind: str
    """In upper case, e.g. `VEVENT`."""
    lines: list[Line] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """The first line of that name."""
        return next((line for line in self.lines if line.name == name), None)

    def every(self, name: str) -> list[Line]:
        """All lines of that name, in order."""
        return [line for line in self.lines if line.name == name]

    def text(self, name: str) -> str:
        """The text of the first line of that name; "" if there is none."""
        line = self.first(name)
        return line.text().strip() if line else ""


def unescaped(value: str) -> str:
    """A value with `\\n`, `\\,` and the like read."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), value)


def components(text: str) -> list[Component]:
    """The outermost components, those cut short included."""
    found: list[Component] = []
    waiting: list[Component] = []
    for line in _lines(text):
        if line.name == "BEGIN":
            opened = Component(kind=line.value.strip().upper())
            (waiting[-1].children if waiting else found).append(opened)
            waiting.append(opened)
        elif line.name == "END":
            kind = line.value.strip().upper()
            if any(component.kind == kind for component in waiting[-8:]):
                while waiting.pop().kind != kind:
                    pass
        elif waiting:
            waiting[-1].lines.append(line)
    return found


def _lines(text: str) -> Iterator[Line]:
    for raw in _unfolded(text):
        match = _HEAD.match(raw[:_LONGEST_HEAD])
        if match is None:  # perhaps for a quotation mark that is never closed
            raw = raw.replace('"', "")
            match = _HEAD.match(raw[:_LONGEST_HEAD])
        if match is None:
            continue
        parameters: dict[str, str] = {}
        for name, value in _PARAMETER.findall(match.group(2)):
            key, value = (name.upper(), value) if value else ("TYPE", name)
            value = value.replace('"', "")
            parameters[key] = f"{parameters[key]},{value}" if key in parameters else value
        value = raw[match.end() :]
        if _is_quoted_printable(parameters):
            value = _printable(value, parameters.get("CHARSET", ""))
        yield Line(match.group(1).upper(), parameters, value)


def _is_quoted_printable(parameters: dict[str, str]) -> bool:
    named = f"{parameters.get('ENCODING', '')},{parameters.get('TYPE', '')}"
    return "QUOTED-PRINTABLE" in named.upper()


def _printable(value: str, charset: str) -> str:
    # Escapes are read later and would eat what was a backslash before.
    raw = binascii.a2b_qp(value.encode("utf-8", "surrogateescape"))
    return decode(raw, charset or "utf-8")[0].replace("\r\n", "\n").replace("\n", "\\n")


def _unfolded(text: str) -> Iterator[str]:
    """The lines, those that go on in the next one joined."""
    pieces: list[str] = []
    soft = False  # the line ends in the `=` of quoted-printable
    for line in re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")):
        if soft:
            pieces[-1] = pieces[-1][:-1]
            pieces.append(line.removeprefix(" "))
        elif line.startswith((" ", "\t")) and pieces:
            pieces.append(line[1:])
        else:
            if pieces:
                yield "".join(pieces)
            pieces = [line]
        soft = line.endswith("=") and bool(_QUOTED_PRINTABLE.match(pieces[0][:200]))
    if pieces:
        yield "".join(pieces)
