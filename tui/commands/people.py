"""Who is in the archive, who is who, and whose archive it is."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from tui.commands.common import dim, json_option, open_archive, print_json, safe
from tui.commands.timeline import silence_data

if TYPE_CHECKING:
    from datetime import datetime

    from archive.service import Archive
    from index.acquaintance import Acquaintance, Origin
    from index.people import Correspondent, OwnerGuess

_SCHEMA = 1
_PIPED_WIDTH = 80


class _NameOrCommand(click.Group):
    """`people NAME` is short for `people list NAME`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` first where no command is."""
        first = args[0] if args else ""
        if first not in self.commands and first not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_NameOrCommand)
def people() -> None:
    """List who is in the archive, and correct who is who.

    `archive people [NAME]` is short for `archive people list [NAME]`; a NAME that means one
    person shows all that is known of them. Names and addresses are
    joined where that is sure; the rest is yours to merge. NAME is an address, a name or part
    of one. What you say here holds for what is read later, too.
    """


@people.command("list")
@click.argument("name", nargs=-1)
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Only so many: of people, or of one's threads.",
)
@json_option
def list_people(name: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List names, addresses, messages from and to, first and last date.

    A NAME that means one person shows more: messages by year both ways, the mail they came in
    with, their words, their threads, and when you lost touch.
    """
    archive = open_archive()
    asked = " ".join(name)
    found = archive.correspondents(asked, limit=limit)
    card = _card(archive, asked)
    if as_json:
        data: dict[str, object] = {
            "schema": _SCHEMA,
            "people": [_as_data(one) for one in found],
        }
        if asked:
            data["detail"] = card and _card_as_data(card, limit)
        print_json(data)
        return
    if card is not None:
        _print_card(card, limit)
        others = [one.label for one in found if one.identities != card.who.identities]
        if others:
            more = ", ".join(dict.fromkeys(others))
            click.echo(dim(f"Less likely: {safe(more)}. Name one by the address."))
        return
    for one in found:
        _print(one, in_full=bool(name))
    if not found:
        click.echo("Nobody is known yet. Try: archive sync", err=True)


@people.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
def merge(one: str, other: str) -> None:
    """Say that two names or addresses are the same person."""
    click.echo(f"One person now: {safe(open_archive().merge_people(one, other))}")


@people.command()
@click.argument("address")
def split(address: str) -> None:
    """Say that an address, or a name as it is written, is somebody else's."""
    was = open_archive().split_people(address)
    click.echo(f"{safe(address)} is no longer counted as {safe(was)}.")


@people.command()
@click.argument("address", required=False)
@json_option
def me(address: str | None, as_json: bool) -> None:
    """Show whose archive this seems to be, or confirm it with your address or name."""
    archive = open_archive()
    if address is not None:
        archive.confirm_owner(address)
    guess = archive.owner()
    if as_json:
        print_json({"schema": _SCHEMA, "owner": guess and _owner_as_data(guess)})
    elif guess is None:
        click.echo("Nobody is clearly ahead. Say who you are: archive people me ADDRESS")
    elif guess.confirmed:
        click.echo(f"You are {safe(guess.label)}.")
    else:
        click.echo(
            f"You seem to be {safe(guess.label)}, who is in {guess.share:.0%} of the messages."
            " If so, confirm it with your address: archive people me ADDRESS"
        )


def _card(archive: Archive, name: str) -> Acquaintance | None:
    """All about whom a name means. None if it may mean several."""
    from index.person_rules import PersonUnclear

    if not name:
        return None
    try:
        return archive.acquaintance(name)
    except PersonUnclear:
        return None


def _print_card(card: Acquaintance, limit: int) -> None:
    from tui.acquainted import sections, thread_line

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH
    click.echo(safe(card.who.label))
    for section in sections(card, width):
        click.echo(dim(section.title))
        for line in section.lines:
            click.echo(f"  {line}")
    if card.threads:
        more = f", the latest {limit}" if card.thread_count > limit else ""
        click.echo(dim(f"Threads: {card.thread_count:,}{more}"))
        for one in card.threads[:limit]:
            click.echo(f"  {thread_line(one)}")


def _print(one: Correspondent, *, in_full: bool) -> None:
    what = "" if one.person else ", not a person"
    span = f", {_day(one.first)} to {_day(one.last)}" if one.first else ""
    click.echo(
        f"{safe(one.label)}\t" + dim(f"wrote {one.wrote}, received {one.received}{span}{what}")
    )
    if one.addresses:
        click.echo(f"  {safe(', '.join(one.addresses))}")
    others = [name for name in one.names if name != one.label]
    if others and in_full:
        click.echo(f"  {safe('also ' + '; '.join(others))}")


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _as_data(one: Correspondent) -> dict[str, object]:
    return {
        "label": one.label,
        "person": one.person,
        "names": list(one.names),
        "addresses": list(one.addresses),
        "wrote": one.wrote,
        "received": one.received,
        "first": one.first and one.first.isoformat(),
        "last": one.last and one.last.isoformat(),
    }


def _card_as_data(card: Acquaintance, limit: int) -> dict[str, object]:
    return {
        "label": card.who.label,
        "owner": card.owner or None,
        "is_owner": card.is_owner,
        "years": [
            {
                "year": one.year,
                "from_them": one.from_them,
                "to_them": one.to_them,
                "together": one.together,
                "others": one.others,
            }
            for one in card.years
        ],
        "undated": card.undated,
        "origins": [_origin_as_data(one) for one in card.origins],
        "topics": [
            {
                "word": one.word,
                "theirs": one.theirs,
                "of": one.of,
                "elsewhere": one.elsewhere,
            }
            for one in card.topics
        ],
        "topics_of": card.topics_of,
        "threads": [
            {
                "title": one.title,
                "first": one.first and one.first.isoformat(),
                "last": one.last and one.last.isoformat(),
                "messages": one.messages,
                "theirs": one.theirs,
            }
            for one in card.threads[:limit]
        ],
        "thread_count": card.thread_count,
        "silences": [silence_data(one) for one in card.silences],
    }


def _origin_as_data(one: Origin) -> dict[str, object]:
    return {
        "how": one.how,
        "by": one.by,
        "by_themselves": one.self,
        "by_owner": one.owner,
        "to_both": one.both,
        "id": one.sighting.id,
        "kind": one.sighting.kind,
        "title": one.sighting.title,
        "date": one.sighting.date.isoformat(),
        "quote": one.sighting.quote,
    }


def _owner_as_data(guess: OwnerGuess) -> dict[str, object]:
    return {
        "label": guess.label,
        "share": round(guess.share, 4),
        "confirmed": guess.confirmed,
    }
