"""The people of the archive: a list that narrows as one types, and all about the chosen one.

Names are looked up, and a card is counted, in threads; what an older wish brings is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ingest.errors import LifeArchiveError
from tui.acquainted import sections, thread_line
from tui.clean import one_line
from tui.handover import read, search_for, with_person
from tui.port import ArchiveLike
from tui.screens.confirm import ConfirmScreen
from tui.screens.narrowing import NarrowingScreen
from tui.screens.pick import PickScreen
from tui.widgets.filterline import FilterInput
from tui.widgets.keysline import KeysLine
from tui.widgets.notice import Notice
from tui.words import count
from tui.wrap import shorten

if TYPE_CHECKING:
    from index.acquaintance import Acquaintance
    from index.passage import Passage
    from index.people import Correspondent

LISTED = 60


class PeopleScreen(NarrowingScreen):
    """The line and the list, the card and its threads beside or below."""

    AUTO_FOCUS = "#name"
    BINDING_GROUP_TITLE = "Among people"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("tab", "app.focus_next", "Lists", tooltip="To the list, the card, the threads"),
        Binding("ctrl+g", "search", "Their mail", tooltip="Search what they take part in"),
        Binding("ctrl+y", "summarise", "Summarise", tooltip="Summarise what they take part in"),
        Binding("ctrl+n", "merge", "Merge", tooltip="Mark one, then merge with another"),
        Binding("ctrl+t", "split", "Split", tooltip="Take a name or address apart"),
    ]

    @dataclass
    class Listed(Message):
        """Who a name may mean."""

        name: str
        people: Sequence[Correspondent]

    @dataclass
    class Known(Message):
        """All about somebody."""

        card: Acquaintance

    @dataclass
    class Opened(Message):
        """The messages of a thread."""

        passages: Sequence[Passage]

    @dataclass
    class Changed(Message):
        """Two are one now, or one is two."""

        said: str

    def compose(self) -> ComposeResult:
        """One pane of names, one of what is known."""
        yield FilterInput("Type a name or an address", name="name")
        yield Notice()
        with Container(id="panes"):
            yield OptionList(id="people", markup=False)
            with Vertical(id="known"):
                with VerticalScroll(id="card"):
                    yield Static("Looking who is there …", id="lines", markup=False)
                yield OptionList(id="threads", markup=False)
        yield KeysLine()

    def on_mount(self) -> None:
        """Nobody is known yet."""
        self._people: Sequence[Correspondent] = ()
        self._card: Acquaintance | None = None
        self._marked: Correspondent | None = None
        self.query_one("#people").border_title = "People"
        self.query_one("#card").border_title = "Known of them"
        self.query_one("#threads").border_title = "Threads"

    # -- the list -------------------------------------------------------------------------

    @property
    def chosen(self) -> Correspondent | None:
        """Who is under the cursor."""
        at = self.query_one("#people", OptionList).highlighted
        return self._people[at] if at is not None and at < len(self._people) else None

    def look(self) -> None:
        """Who may be called so."""
        name = self.asked

        def job(archive: ArchiveLike, should_stop: Callable[[], bool]) -> Message:
            try:
                found = archive.correspondents(name, limit=LISTED)
            except LifeArchiveError:  # nobody is called so, or not yet
                found = []
            return self.Listed(name, found)

        self.run_job(job)

    @on(Listed)
    def _show_people(self, event: Listed) -> None:
        if event.name != self.asked:
            return
        before = self.chosen
        self._people = event.people
        listed = self.query_one("#people", OptionList)
        width = max(20, listed.scrollable_content_region.width - 2)
        listed.set_options([Option(_row(one, width)) for one in event.people])
        places = [
            place
            for place, one in enumerate(event.people)
            if before is not None and set(one.identities) & set(before.identities)
        ]
        listed.highlighted = (places or [0])[0] if event.people else None
        if not event.people:
            self._show_nobody()

    def _show_nobody(self) -> None:
        self._card = None
        self.query_one("#threads", OptionList).clear_options()
        told = (
            "Nobody is called so. Part of a name, or an address, is enough."
            if self.asked
            else "Nobody is known yet. Ctrl+R reads what was added."
        )
        self.query_one("#lines", Static).update(told)

    @on(FilterInput.Moved)
    def _move(self, event: FilterInput.Moved) -> None:
        listed = self.query_one("#people", OptionList)
        if self._people:
            at = (listed.highlighted or 0) + event.step
            listed.highlighted = max(0, min(at, len(self._people) - 1))

    @on(Input.Submitted, "#name")
    @on(OptionList.OptionSelected, "#people")
    def _to_threads(self) -> None:
        self.query_one("#threads").focus()

    # -- the card -------------------------------------------------------------------------

    @on(OptionList.OptionHighlighted, "#people")
    def _choose(self) -> None:
        self.after_a_pause(self._know)

    def _know(self) -> None:
        who = self.chosen
        if who is not None:
            self.run_job(lambda archive, _: self.Known(archive.acquaintance(who)))

    @on(Known)
    def _show_card(self, event: Known) -> None:
        who = self.chosen
        if who is None or who.identities != event.card.who.identities:
            return
        self._card = event.card
        self.draw()
        threads = self.query_one("#threads", OptionList)
        more = len(event.card.threads) < event.card.thread_count
        latest = f", the latest {len(event.card.threads)}" if more else ""
        threads.border_title = f"{count(event.card.thread_count, 'thread')}{latest}"
        threads.set_options([Option(Content(thread_line(one))) for one in event.card.threads])
        threads.highlighted = 0 if event.card.threads else None
        self.query_one("#card").scroll_home(animate=False)

    def draw(self) -> None:
        """The card of the chosen one."""
        if self._card is None:
            return
        width = self.query_one("#card").scrollable_content_region.width - 2
        pieces = [Content.styled(one_line(self._card.who.label), "bold $accent")]
        for section in sections(self._card, width):
            pieces.append(Content.styled(section.title, "bold"))
            pieces += [Content(f"  {line}") for line in section.lines]
        self.query_one("#lines", Static).update(Content("\n").join(pieces))

    @on(OptionList.OptionSelected, "#threads")
    def _open(self, event: OptionList.OptionSelected) -> None:
        if self._card is None:
            return
        documents = self._card.threads[event.option_index].documents
        self.run_job(lambda archive, _: self.Opened(archive.beginnings(documents)))

    @on(Opened)
    def _read(self, event: Opened) -> None:
        read(self.app, self._archive.result(), event.passages)

    # -- what can be done -----------------------------------------------------------------

    def action_search(self) -> None:
        """Search what the chosen one takes part in."""
        if (who := self.chosen) is not None:
            search_for(self.app, with_person(who.label, who.addresses))

    def action_summarise(self) -> None:
        """Hand over to the screen that summarises."""
        summarise = getattr(self.app, "action_summarise", None)
        if (who := self.chosen) is None:
            return
        if summarise is None:
            self.notify("In a shell: archive summarize --with NAME", timeout=4)
        else:
            summarise(with_person(who.label, who.addresses))

    def action_merge(self) -> None:
        """Mark somebody; with somebody marked, ask whether the two are one."""
        who, marked = self.chosen, self._marked
        if who is None:
            return
        if marked is None:
            self._marked = who
            self.notify(f"{one_line(who.label)} is marked. Choose who else that is, and again.")
            return
        self._marked = None
        if set(marked.identities) & set(who.identities):
            self.notify("Not marked any more.", timeout=2)
            return
        self.app.push_screen(
            ConfirmScreen(
                "Are they one person?",
                f"{_told(marked)}\n{_told(who)}\n\nTheir messages count as one person's;"
                " Split takes that back.",
                "Merge",
            ),
            lambda yes: self._merge(marked, who) if yes else None,
        )

    def _merge(self, one: Correspondent, other: Correspondent) -> None:
        keys = _key(one), _key(other)
        self.run_job(
            lambda archive, _: self.Changed(f"One person now: {archive.merge_people(*keys)}")
        )

    def action_split(self) -> None:
        """Choose an address or a name that is somebody else's."""
        who = self.chosen
        if who is None:
            return
        keys = (*who.addresses, *(name for name in who.names if name != who.label))
        if len(keys) < 2:
            self.notify("There is one name and address only; nothing to take apart.")
            return

        def ask(place: int | None) -> None:
            if place is not None:
                self._ask_split(who, keys[place])

        self.app.push_screen(PickScreen(f"Who is not {who.label}?", keys), ask)

    def _ask_split(self, who: Correspondent, key: str) -> None:
        question = f"Is {key} somebody else?"
        about = f"{one_line(key)} will be no longer counted as {one_line(who.label)}."
        self.app.push_screen(
            ConfirmScreen(question, about, "Split"),
            lambda yes: self._split(key) if yes else None,
        )

    def _split(self, key: str) -> None:
        self.run_job(
            lambda archive, _: self.Changed(
                f"{key} is no longer counted as {archive.split_people(key)}."
            )
        )

    @on(Changed)
    def _tell_change(self, event: Changed) -> None:
        self.notify(one_line(event.said))
        self.look()

    def action_back(self) -> None:
        """Close an error; else empty the line; else leave."""
        line = self.query_one("#name", Input)
        if not self.query_one(Notice).display and line.value:
            line.value = ""
            line.focus()
        else:
            super().action_back()


def _row(one: Correspondent, width: int) -> Content:
    """A name, and below it how much and until when."""
    last = f", last {one.last:%b %Y}" if one.last else ""
    facts = f"  wrote {one.wrote:,}, received {one.received:,}{last}"
    name = shorten(one_line(one.label) or "(no name)", width)[0]
    return (
        Content.styled(name, "bold")
        + Content("\n")
        + Content.styled(shorten(facts, width)[0], "$foreground 60%")
    )


def _told(one: Correspondent) -> str:
    addresses = ", ".join(one.addresses[:3])
    return one_line(f"{one.label} ({addresses})" if addresses else one.label)


def _key(one: Correspondent) -> str:
    """What a correction calls somebody."""
    return one.addresses[0] if one.addresses else one.label
