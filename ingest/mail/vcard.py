"""Address cards (.vcf, versions 2.1 to 4.0): one document for each.

Names, ways to reach someone and notes become lines; photos, sounds and keys are left
out. A file is read whole, up to 64 MB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from ingest.document import Document, Kind, ParseFailure
from ingest.files import read_whole
from ingest.mail.contentlines import Component, Line, components
from ingest.mail.event import fact_lines, shown
from ingest.text import decode, normalise, one_line

_LABELS: Final = {
    "NICKNAME": "Nickname",
    "ORG": "Organisation",
    "TITLE": "Job",
    "ROLE": "Role",
    "TEL": "Phone",
    "EMAIL": "E-mail",
    "ADR": "Address",
    "IMPP": "Chat",
    "URL": "Web",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "CATEGORIES": "Categories",
    "MEMBER": "Member",
    "RELATED": "Related",
}
_UNTOLD: Final = frozenset(
    "INTERNET PREF VOICE X-INTERNET OTHER QUOTED-PRINTABLE BASE64 8BIT".split()
)
_DATE: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
_SCHEME: Final = re.compile(r"(?:tel|mailto):", re.IGNORECASE)
_EARLIEST_YEAR: Final = 1970


def claims(path: Path, head: bytes) -> bool:
    """Whether a file holds address cards."""
    return path.suffix.lower() in (".vcf", ".vcard")


def parse(path: Path) -> Iterator[Document | ParseFailure]:
    """The cards of a file, in order."""
    raw = read_whole(path)
    if isinstance(raw, ParseFailure):
        yield raw
        return
    text, remark = decode(raw)
    cards = [found for found in components(text) if found.kind == "VCARD"]
    if not cards:
        yield ParseFailure(path=path, locator="", reason="has no address cards in it")
        return
    seen: dict[str, int] = {}
    for number, card in enumerate(cards, 1):
        title = _title(card)
        locator = "" if len(cards) == 1 else _locator(title, number, seen)
        text = _text(card)
        if not text:
            yield ParseFailure(path=path, locator=locator, reason="has no readable text")
            continue
        created, doubt = _revised(card)
        yield Document(
            path=path,
            locator=locator,
            kind=Kind.FILE,
            title=title,
            text=text,
            created=created,
            remarks=tuple(filter(None, (remark, doubt))),
        )


def text_of(raw: str) -> str:
    """The readable text of the cards in a mail; "" if there are none."""
    return "\n\n".join(filter(None, (_text(c) for c in components(raw) if c.kind == "VCARD")))


def _locator(title: str, number: int, seen: dict[str, int]) -> str:
    name = title[:200] or f"card {number}"
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"


def _title(card: Component) -> str:
    name = card.first("N")
    organisation = card.first("ORG")
    candidates = (
        card.text("FN"),
        _full_name(name) if name else "",
        ", ".join(filter(None, organisation.fields())) if organisation else "",
        card.text("EMAIL"),
        card.text("TEL"),
    )
    return next((title for text in candidates if (title := one_line(text))), "")


def _full_name(line: Line) -> str:
    """`Hale;Tom;;Dr.;` in the order in which it is said."""
    family, given, more, before, after = [*line.fields(), "", "", "", "", ""][:5]
    return " ".join(part.strip() for part in (before, given, more, family, after) if part)


def _text(card: Component) -> str:
    title = _title(card)
    facts = [("Name", title)] if title else []
    for name, label in _LABELS.items():
        for line in card.every(name):
            kind = _kind(line)
            facts.append((f"{label} ({kind})" if kind else label, _value(line)))
    lines = fact_lines(facts)
    notes = [note for line in card.every("NOTE") if (note := line.text().strip())]
    return normalise("\n".join([*lines, *(f"Note: {note}" for note in notes)]))


def _kind(line: Line) -> str:
    """Such as `work, mobile`, from the types of a number or an address."""
    kinds = re.split(r"[,;]", line.parameters.get("TYPE", "").replace("\\", ""))
    told = [kind.strip() for kind in kinds if kind.strip().upper() not in _UNTOLD]
    names = ("mobile" if kind.lower() == "cell" else kind.lower() for kind in told if kind)
    return one_line(", ".join(dict.fromkeys(names)))[:60]


def _value(line: Line) -> str:
    if line.name in ("ADR", "ORG"):
        return ", ".join(filter(None, (part.strip() for part in line.fields())))
    if line.name in ("BDAY", "ANNIVERSARY"):
        match = _DATE.match(line.value.strip())
        try:
            return shown(date(*map(int, match.groups()))) if match else line.text()
        except ValueError:
            return line.text()
    return _SCHEME.sub("", line.text().strip(), count=1)


def _revised(card: Component) -> tuple[datetime | None, str]:
    """When the card was last changed, and a remark if that is doubtful."""
    value = card.text("REV")
    if not value:
        return None, ""
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None, f"Its date {one_line(value)[:60]!r} cannot be read."
    if not _EARLIEST_YEAR <= when.year <= datetime.now(UTC).year + 1:
        return None, f"Its date {one_line(value)[:60]!r} cannot be right."
    if when.tzinfo is None:
        return when.replace(tzinfo=UTC), "Its date has no timezone; taken as UTC."
    return when, ""
