"""What is known of a person, in lines: the same in the shell and in the app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.charts import FILLINGS, stacked
from tui.clean import one_line
from tui.words import count, day, span

if TYPE_CHECKING:
    from index.acquaintance import Acquaintance, LostTouch, Origin, ThreadLine
    from index.timeline import Silence

_MOST_SILENCES = 3
_NUMBER = 10


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    title: str
    lines: tuple[str, ...]


def sections(card: Acquaintance, width: int) -> list[Section]:
    """Everything but the threads; sections without a line are left out."""
    silences = [silence_line(one) for one in card.silences[:_MOST_SILENCES]]
    found = [
        Section("Who", tuple(_who(card))),
        Section("Messages by year", tuple(_years(card, width))),
        Section("How they came in", tuple(_came_in(card))),
        Section(_topics_title(card), tuple(_topics(card))),
        Section("Lost touch", tuple(silences)),
    ]
    return [one for one in found if one.lines]


def thread_line(one: ThreadLine) -> str:
    """When, how many messages, and the subject."""
    when = span(one.first, one.last)
    messages = count(one.messages, "message")
    return f"{when:<26}  {messages:>12}  {one_line(one.title) or '(no title)'}"


def silence_line(one: Silence) -> str:
    """In which year, from when to when, and what was usual before."""
    end = f"to {day(one.next)}" if one.next else "to the end of the archive"
    return (
        f"in {one.last.year}: nothing from {day(one.last)} {end}, {one.days:,} days; in the"
        f" year before, {count(one.before, 'message')}, usually {pause(one.usual_days)} apart"
    )


def lost_line(one: LostTouch) -> str:
    """The same with the name before it."""
    return f"{one_line(one.label)}: {silence_line(one.silence)}"


def pause(days: float) -> str:
    """`1 day`, `7.5 days`."""
    return f"{days:g} day" + "s" * (days != 1)


def _who(card: Acquaintance) -> list[str]:
    who = card.who
    found = [f"wrote {who.wrote:,}, received {who.received:,}" + _not_a_person(card)]
    if who.first is not None:
        found.append(f"first contact {day(who.first)}, last {day(who.last)}")
    if who.addresses:
        found.append(one_line(", ".join(who.addresses)))
    others = [name for name in who.names if name != who.label]
    if others:
        found.append(one_line("also " + "; ".join(others)))
    return found


def _not_a_person(card: Acquaintance) -> str:
    if card.is_owner:
        return "; this is you"
    return "" if card.who.person else "; not a person"


def _years(card: Acquaintance, width: int) -> list[str]:
    rows = [(y.year, (y.from_them, y.to_them, y.together, y.others)) for y in card.years]
    names = _columns(card)
    kept = [
        place for place in range(4) if place == 0 or any(numbers[place] for _, numbers in rows)
    ]
    if not rows:
        return []
    most = max(sum(numbers) for _, numbers in rows)
    head = "".join(f"{names[place]:>{_NUMBER}}" for place in kept)
    room = max(6, width - 6 - _NUMBER * len(kept) - 4)
    found = [f"{'':4}{head}"]
    for year, numbers in rows:
        told = "".join(f"{numbers[place]:>{_NUMBER},}" for place in kept)
        found.append(f"{year:4}{told}  {stacked(numbers, most, room - 3)}".rstrip())
    shown = ", ".join(f"{FILLINGS[place]} {names[place]}" for place in kept)
    found.append(f"{'':4}{shown}")
    if card.undated:
        found.append(f"{'':4}and {card.undated:,} without a date")
    return found


def _columns(card: Acquaintance) -> Sequence[str]:
    if card.is_owner:
        return ("you wrote", "", "", "others")
    if not card.owner:
        return ("they wrote", "", "", "others")
    return ("to you", "from you", "you both", "others")


def _came_in(card: Acquaintance) -> list[str]:
    found = []
    for one in card.origins:
        seen = one.sighting
        title = one_line(seen.title) or "(no title)"
        quote = f", “{one_line(seen.quote)}”" if seen.quote else ""
        found.append(f"{_said(one)}: {title}, {day(seen.date)}{quote}  {one_line(seen.id)}")
    return found


def _said(one: Origin) -> str:
    by = "you" if one.owner else "them" if one.self else one_line(one.by) or "somebody"
    kind = one.sighting.kind
    where = f"a {kind} from {by}" if kind == "mail" else f"a {kind}"
    if one.how == "introduced":
        return f"introduced in {where}"
    if one.how == "named":
        return f"named before that in {where}"
    return f"first seen in {where}" + (" to you and them" if one.both else "")


def _topics_title(card: Acquaintance) -> str:
    return "Words that are theirs" if card.topics_of == "own" else "Words that go with them"


def _topics(card: Acquaintance) -> list[str]:
    if not card.topics:
        return []
    return [", ".join(f"{one_line(topic.word)} {topic.theirs}" for topic in card.topics)]
