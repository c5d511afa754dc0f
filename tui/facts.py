"""What is said of a source above its text, and with a quote that is copied."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from textual.content import Content

from tui.clean import one_line
from tui.finding import Finding
from tui.words import count, day, short_name
from tui.wrap import wrap

if TYPE_CHECKING:
    from datetime import datetime

    from index.stored import StoredDocument

_MOST_PEOPLE = 6
_MOST_PLACES = 3
_LABEL = 8


def citation(finding: Finding) -> str:
    """The quote in quotation marks, then who wrote it, when and under which title."""
    passage = finding.passage
    about = (
        short_name(passage.people[0]) if passage.people else "",
        day(passage.date),
        f"“{one_line(passage.title)}”" if passage.title else "",
        f"page {passage.page}" if passage.page else "",
    )
    return f"“{finding.quote.strip()}”\n— {', '.join(filter(None, about))}"


def facts(finding: Finding, document: StoredDocument | None) -> list[tuple[str, str]]:
    """Label and value of what is known of a source; of what is not, an empty value."""
    passage = finding.passage
    people = [one_line(person) for person in passage.people]
    to = people[1 : 1 + _MOST_PEOPLE]
    if len(people) > 1 + _MOST_PEOPLE:
        to.append(f"and {len(people) - 1 - _MOST_PEOPLE} more")
    found = [
        ("From" if passage.kind in ("mail", "chat") else "By", "".join(people[:1])),
        ("To" if passage.kind == "mail" else "With", ", ".join(to)),
        ("Date", written(passage.date)),
        ("Path", " · ".join(filter(None, (passage.path, one_line(passage.locator))))),
    ]
    found[3] = ("Path", one_line(found[3][1]))
    page = passage.page
    pages = ""
    if document is not None and document.page_starts:
        page = bisect_right(document.page_starts, finding.spans[0][0])
        pages = f" of {len(document.page_starts)}"
    if finding.flagged:
        note = "holds what looks like instructions to a program; the model was not shown those"
        found.append(("Careful", note))
    found.append(("Page", f"{page}{pages}" if page else ""))
    part = one_line(passage.section)
    found.append(("Part", part if part != one_line(passage.title) else ""))
    said = [
        f"{turn.speaker}, {turn.at:%H:%M}" if turn.at else turn.speaker
        for turn in passage.turns
        for start, end in finding.spans[:1]
        if turn.start < end and turn.end > start and turn.speaker
    ]
    found.append(("Said by", one_line("; ".join(dict.fromkeys(said)))))
    if document is not None:
        found.append(("In mail", one_line(document.within or "")))
        others = [
            place for place in document.places if place != (passage.path, passage.locator)
        ]
        found += [
            ("Also in", one_line(" · ".join(filter(None, place))))
            for place in others[:_MOST_PLACES]
        ]
        names = ", ".join(one_line(name) for name in document.attachments)
        attached = f"{count(len(document.attachments), 'file')}: {names}"
        found.append(("Files", attached if document.attachments else ""))
        found += [("Note", one_line(remark)) for remark in document.remarks]
    return found


def written(when: datetime | None) -> str:
    """`Thursday, 8 May 2008, 06:00 +0000`; what is of a day only says no hour."""
    if when is None:
        return ""
    said = f"{when:%A}, {when.day} {when:%B %Y}"
    return said if (when.hour, when.minute) == (0, 0) else f"{said}, {when:%H:%M %z}".rstrip()


def fact(label: str, value: str, width: int) -> Content:
    """A line; what does not fit goes on below the value, not below the label."""
    lines = [value[start:end] for start, end in wrap(value, max(20, width - _LABEL))]
    rest = "".join(f"\n{'':{_LABEL}}{line}" for line in lines[1:])
    return Content.styled(f"{label:<{_LABEL}}", "$foreground 60%") + Content(lines[0] + rest)
