"""Made-up people and days for the made-up archive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from index.acquaintance import Acquaintance, LostTouch, Origin, ThreadLine, YearCount
from index.introduced import Sighting
from index.passage import Passage
from index.people import Correspondent
from index.person_rules import nobody
from index.timeline import Silence, Timeline
from index.topics import Topic

DAY = datetime(2019, 3, 12, tzinfo=UTC)
SILENCE = Silence(
    last=date(2007, 5, 2), next=date(2009, 1, 5), days=614, before=48, usual_days=6.5
)


def correspondent(label: str, number: int, *addresses: str) -> Correspondent:
    return Correspondent(
        label=label,
        identities=(number,),
        person=True,
        names=(label,),
        addresses=addresses,
        wrote=12 * number,
        received=7,
        first=DAY,
        last=DAY,
    )


ANNA = correspondent("Anna Weber", 1, "anna@example.org", "weber@firm.example")
TOM = correspondent("Tom Lee", 2, "tom@example.org")
EVE = correspondent("[red]Eve[/] \x1b[2J", 3, "eve@example.org")


def card(who: Correspondent) -> Acquaintance:
    seen = Sighting(
        document_id=2,
        id="<2@example.org>",
        kind="mail",
        title="Appointment [b]",
        date=DAY,
        by=2,
        quote="Tom, meet Anna.",
    )
    return Acquaintance(
        who=who,
        owner="Tom Lee",
        is_owner=False,
        years=(YearCount(year=2019, from_them=30, to_them=12, together=0, others=3),),
        undated=1,
        origins=(
            Origin(
                how="introduced", by="Berg", self=False, owner=False, both=True, sighting=seen
            ),
        ),
        topics=(Topic("mast", 4, 9, 1),),
        topics_of="own",
        threads=(
            ThreadLine(
                title=f"The lease of {who.label}",
                first=DAY,
                last=DAY,
                messages=2,
                theirs=1,
                documents=(1, 2),
            ),
        ),
        thread_count=140,
        silences=(SILENCE,),
        until=date(2021, 1, 1),
    )


class FakePeople:
    """Three people, and mail in 2003 and 2019."""

    merged: tuple[str, str] | None = None
    apart: str | None = None

    def correspondents(self, name: str = "", *, limit: int = 20) -> list[Correspondent]:
        found = [one for one in (ANNA, TOM, EVE) if name.lower() in one.label.lower()]
        if not found:
            raise nobody(name)
        return found

    def acquaintance(self, who: Any) -> Acquaintance:
        return card(who)

    def merge_people(self, one: str, other: str) -> str:
        self.merged = (one, other)
        return "Anna Weber"

    def split_people(self, key: str) -> str:
        self.apart = key
        return "Anna Weber"

    def lost_touch(self) -> list[LostTouch]:
        return [LostTouch(label="Anna Weber", silence=SILENCE)]

    def timeline(self, query: str = "") -> Timeline:
        days = {date(2003, 5, 1): 2, date(2015, 1, 1): 1, date(2019, 3, 12): 40}
        if query:
            days = {date(2019, 3, 12): 4}
        return Timeline(said=query, days=days, undated=1, remarks=("no [b]date",) * bool(query))

    def on_this_day(self, day: date, query: str = "", *, each: int = 5) -> list[Passage]:
        from tests.tui.fakes import DOCUMENTS

        return [DOCUMENTS[1].passage] if day.day % 2 else []

    def beginnings(self, documents: Sequence[int]) -> list[Passage]:
        from tests.tui.fakes import DOCUMENTS

        return [DOCUMENTS[number].passage for number in documents]
